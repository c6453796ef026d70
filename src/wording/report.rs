//! The report of one submission in words.

use super::{
    Line, Tone, band_meaning, capital, counted, flag_words, grouped, sentence,
    verdict::{coverage, diagnostics, refusals, suspicions, told, verdict_word},
};
use crate::domain::{
    report::Report,
    score::{CategoryScore, Score},
    session::facts::clock,
    verdict::{CheckResult, Coverage, Outcome, Verdict},
};

/// The whole report.
pub fn report(report: &Report) -> Vec<Line> {
    let mut lines = vec![Line::new(
        Tone::Heading,
        format!("{} ({})", report.title, report.problem),
    )];
    let tone = if report.verdict.accepted() {
        Tone::Good
    } else {
        Tone::Bad
    };
    lines.push(Line::new(
        tone,
        format!(
            "{}: {:.1} of 100, {}",
            verdict_word(&report.verdict),
            report.score.total,
            report.score.band.word()
        ),
    ));
    lines.push(Line::new(
        Tone::Quiet,
        format!("{}.", capital(band_meaning(report.score.band))),
    ));
    lines.push(Line::empty());
    lines.extend(report.score.categories.iter().map(points));
    lines.extend(unmeasured(&report.score));
    lines.extend(super::gaps(report));
    lines.extend(remarks(report));
    match &report.verdict {
        Verdict::Judged { checks, warnings } => {
            lines.extend(failing(checks, report));
            lines.extend(slow(checks));
            lines.extend(suspicions(checks));
            lines.extend(searched(checks));
            lines.extend(
                report
                    .unexplored
                    .iter()
                    .map(|sentence| Line::new(Tone::Quiet, sentence)),
            );
            if !warnings.is_empty() {
                lines.push(Line::empty());
                lines.push(Line::new(
                    Tone::Quiet,
                    format!("The compiler has {}.", counted(warnings.len(), "warning")),
                ));
            }
        }
        Verdict::NotCompiled(found) => {
            lines.push(Line::empty());
            lines.extend(diagnostics(found));
        }
        Verdict::Refused(found) => {
            lines.push(Line::empty());
            lines.extend(refusals(found));
        }
    }
    lines.extend(closing(report));
    lines
}

fn points(line: &CategoryScore) -> Line {
    let full = line.points >= line.max;
    let first = line
        .evidence
        .first()
        .map(|evidence| evidence.what.as_str())
        .unwrap_or_default();
    let gate = match line.evidence.last() {
        Some(last) if last.place.starts_with("core is at") => {
            format!("; {}, {}", last.what, last.place)
        }
        _ => String::new(),
    };
    let tone = if full { Tone::Good } else { Tone::Plain };
    Line::new(
        tone,
        format!(
            "  {:<12}{:>6.2} of {:>3.0}   {first}{gate}",
            line.category.word(),
            line.points,
            line.max
        ),
    )
}

fn unmeasured(score: &Score) -> Vec<Line> {
    let max: f64 = score.categories.iter().map(|line| line.max).sum();
    if max >= 100.0 || max == 0.0 {
        return Vec::new();
    }
    vec![Line::new(
        Tone::Quiet,
        format!("  What was not measured is left out: {max:.0} of 100 make up the whole."),
    )]
}

/// Deductions, red flags, and what holds the band back.
fn remarks(report: &Report) -> Vec<Line> {
    let mut lines = Vec::new();
    for taken in &report.score.deductions {
        let what = format!(
            "  -{:<4.0} {} ({})",
            taken.points, taken.evidence.what, taken.evidence.place
        );
        lines.push(Line::new(Tone::Warning, what));
    }
    for flag in &report.score.flags {
        lines.push(Line::empty());
        lines.push(Line::new(
            Tone::Bad,
            format!("Red flag: {}", flag_words(flag.flag)),
        ));
        lines.extend(
            flag.evidence
                .iter()
                .map(|one| Line::plain(format!("  {} ({})", one.what, place(&one.place)))),
        );
    }
    if !report.score.held_back.is_empty() {
        lines.push(Line::empty());
        lines.push(Line::new(Tone::Heading, "What keeps a better band away"));
        lines.extend(
            report
                .score
                .held_back
                .iter()
                .map(|one| Line::plain(format!("  {} ({})", one.what, one.place))),
        );
    }
    if let Some(part) = &report.attempt {
        lines.push(Line::empty());
        let facts = &part.facts;
        let green = facts
            .first_green
            .map_or("samples never all passed".to_owned(), |at| {
                format!("samples first passed at {}", clock(at))
            });
        let talk = format!(
            "{}, {}, {green}",
            counted(facts.asked.len(), "counting question"),
            counted(facts.notes.len(), "note"),
        );
        lines.push(Line::new(Tone::Quiet, capital(&talk) + "."));
        if let Some((tests, wrong, caught, of)) = facts.validated {
            let wrong = if wrong > 0 {
                format!(", {wrong} of them wrong")
            } else {
                String::new()
            };
            let text = format!(
                "{} of your own{wrong}: {caught} of {of} flawed solutions caught.",
                counted(tests, "test")
            );
            lines.push(Line::new(Tone::Quiet, text));
        }
        if facts.pauses.0 > 0 {
            let text = format!(
                "Paused {} times, {} in all.",
                facts.pauses.0,
                clock(facts.pauses.1)
            );
            lines.push(Line::new(Tone::Warning, text));
        }
        if facts.gaps_left_out > 0 {
            lines.push(Line::new(
                Tone::Warning,
                format!(
                    "Interrupted: {} were not counted.",
                    clock(facts.gaps_left_out)
                ),
            ));
        }
        if facts.late {
            lines.push(Line::new(
                Tone::Warning,
                "Nothing was kept by the end of the time; a later state was judged.",
            ));
        }
    }
    lines
}

/// The failed checks, but of a suite that was not built only the first: the others have nothing to add.
fn once_per_suite<'c>(failed: &[&'c CheckResult]) -> Vec<&'c CheckResult> {
    let mut told = Vec::new();
    let mut not_built = Vec::new();
    for check in failed {
        if check.outcome == Outcome::NotBuilt {
            if not_built.contains(&check.category) {
                continue;
            }
            not_built.push(check.category);
        }
        told.push(*check);
    }
    told
}

/// Checks that passed without all their points: correct, but slower than it should be.
fn slow(checks: &[CheckResult]) -> Vec<Line> {
    let slow: Vec<&CheckResult> = checks
        .iter()
        .filter(|check| check.passed() && !check.full())
        .collect();
    if slow.is_empty() {
        return Vec::new();
    }
    let head = format!("{} passed without all points", counted(slow.len(), "check"));
    let mut lines = vec![Line::empty(), Line::new(Tone::Heading, head)];
    for check in slow {
        let (category, name) = (check.category.word(), sentence(&check.name));
        let text = format!(
            "  {:<11} {category}: {name}, counts {:.0} %",
            "SLOW",
            check.credit * 100.0
        );
        lines.push(Line::new(Tone::Warning, text));
        let message = check.message.iter().flat_map(|message| message.lines());
        lines.extend(message.map(|line| Line::plain(format!("      {line}"))));
    }
    lines
}

fn failing(checks: &[CheckResult], report: &Report) -> Vec<Line> {
    let failed: Vec<&CheckResult> = checks.iter().filter(|check| !check.passed()).collect();
    if failed.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        Line::empty(),
        Line::new(
            Tone::Heading,
            format!("{} did not pass", counted(failed.len(), "check")),
        ),
    ];
    for check in once_per_suite(&failed) {
        lines.extend(told(check));
        if check
            .story
            .as_ref()
            .is_some_and(|story| story.events.is_empty() || !story.tells_of_threads())
        {
            continue;
        }
        if let (Some(story), Some(part)) = (&check.story, &report.attempt) {
            let command = format!("fiftyten replay {} {}", part.id, check.name);
            lines.push(Line::new(
                Tone::Quiet,
                format!("      schedule {}: {command}", story.token),
            ));
        } else if let Some(story) = &check.story {
            lines.push(Line::new(
                Tone::Quiet,
                format!("      schedule {}: {}", story.token, story.why),
            ));
        }
    }
    lines
}

/// How much was searched in all of the passed explorations.
fn searched(checks: &[CheckResult]) -> Vec<Line> {
    let explored: Vec<&Coverage> = checks
        .iter()
        .filter(|check| check.passed())
        .filter_map(|check| check.coverage.as_ref())
        .collect();
    let schedules: u64 = explored.iter().map(|one| one.systematic + one.random).sum();
    if schedules <= explored.len() as u64 {
        return Vec::new();
    }
    let widest = explored
        .iter()
        .max_by_key(|one| one.systematic + one.random);
    let widest = widest
        .map(|one| format!("; the widest check: {}", coverage(one)))
        .unwrap_or_default();
    let text = format!(
        "{} schedules were run for the checks that passed{widest}.",
        grouped(schedules)
    );
    vec![Line::empty(), Line::new(Tone::Quiet, text)]
}

fn closing(report: &Report) -> Vec<Line> {
    let mut lines = vec![Line::empty()];
    if let Some(next) = &report.next_drill {
        let weak = report.score.weakest().map_or(String::new(), |category| {
            format!(" ({} is the weakest part)", category.word())
        });
        lines.push(Line::plain(format!(
            "Next: fiftyten start {next} --mode drill{weak}"
        )));
    }
    let seconds = &report.seconds;
    let text = format!(
        "{} in {}, sandbox {}, {:.1} s to build, {:.1} s in all",
        counted(report.submission.lines, "line"),
        counted(report.submission.files, "file"),
        report.sandbox.level,
        seconds.build,
        seconds.total
    );
    lines.push(Line::new(Tone::Quiet, text));
    lines
}

/// A check's name as a place reads as its sentence.
fn place(text: &str) -> String {
    if text.contains('_') && !text.contains(' ') {
        sentence(text)
    } else {
        text.to_owned()
    }
}
