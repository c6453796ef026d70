//! Verdicts, scores and reports in words.

use super::{Line, Tone, band_meaning, counted, flag_words, grouped, outcome_meaning, outcome_word, sentence};
use crate::domain::{
    report::Report,
    score::{CategoryScore, Score},
    session::facts::clock,
    verdict::{CheckResult, Coverage, Diagnostic, Refusal, Verdict},
};

/// How many compiler errors are shown in full.
const SHOWN_ERRORS: usize = 5;

/// The verdict as a person reads it.
pub fn verdict_word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Judged { .. } if verdict.accepted() => "accepted",
        Verdict::Judged { .. } => "rejected",
        Verdict::NotCompiled(_) => "does not compile",
        Verdict::Refused(_) => "refused",
    }
}

/// What a search went through, in one sentence without a stop.
pub fn coverage(coverage: &Coverage) -> String {
    let bounds = match (coverage.delays, coverage.preemptions) {
        (0, 0) => "in the plain order".to_owned(),
        (delays, 0) => format!("with at most {}", counted(delays as usize, "delay")),
        (0, preemptions) => format!("with at most {}", counted(preemptions as usize, "preemption")),
        (delays, preemptions) => {
            format!(
                "with at most {} or {}",
                counted(delays as usize, "delay"),
                counted(preemptions as usize, "preemption")
            )
        }
    };
    let random = match coverage.random {
        0 => String::new(),
        number => format!("{} more at random", grouped(number)),
    };
    let systematic = match (coverage.systematic, coverage.exhausted) {
        (0, _) => String::new(),
        (1, true) if coverage.random == 0 => return "one schedule; not a search".to_owned(),
        (number, true) => format!("all {} schedules {bounds}", grouped(number)),
        (number, false) => format!("{} schedules {bounds}, not all of them", grouped(number)),
    };
    let parts: Vec<String> = [systematic, random]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    match parts.as_slice() {
        [] => "nothing was searched".to_owned(),
        parts => format!(
            "{}; not a proof",
            parts.join(", ").replace(
                " more at random",
                if parts.len() == 1 {
                    " at random"
                } else {
                    " more at random"
                }
            )
        ),
    }
}

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
    lines.extend(remarks(report));
    match &report.verdict {
        Verdict::Judged { checks, warnings } => {
            lines.extend(failing(checks, report));
            lines.extend(suspicions(checks));
            lines.extend(searched(checks));
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
        Some(last) if last.place.starts_with("core is at") => format!("; {}, {}", last.what, last.place),
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
        lines.push(Line::new(Tone::Bad, format!("Red flag: {}", flag_words(flag.flag))));
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
        let green = facts.first_green.map_or("samples never all passed".to_owned(), |at| {
            format!("samples first passed at {}", clock(at))
        });
        let talk = format!(
            "{}, {}, {green}",
            counted(facts.asked.len(), "counting question"),
            counted(facts.notes.len(), "note"),
        );
        lines.push(Line::new(Tone::Quiet, capital(&talk) + "."));
        if facts.pauses.0 > 0 {
            let text = format!("Paused {} times, {} in all.", facts.pauses.0, clock(facts.pauses.1));
            lines.push(Line::new(Tone::Warning, text));
        }
        if facts.gaps_left_out > 0 {
            lines.push(Line::new(
                Tone::Warning,
                format!("Interrupted: {} were not counted.", clock(facts.gaps_left_out)),
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
    for check in failed {
        lines.extend(told(check));
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

/// A failing check with its message, its measurements and what to study.
fn told(check: &CheckResult) -> Vec<Line> {
    let head = format!(
        "  {:<11} {}: {}",
        outcome_word(check.outcome),
        check.category.word(),
        sentence(&check.name)
    );
    let mut lines = vec![Line::new(Tone::Bad, head)];
    match &check.message {
        Some(message) => lines.extend(
            message
                .lines()
                .take(12)
                .map(|line| Line::plain(format!("      {line}"))),
        ),
        None => lines.push(Line::plain(format!("      {}", outcome_meaning(check.outcome)))),
    }
    for measured in check.measurements.iter().filter(|one| one.value > one.limit) {
        let text = format!(
            "      {} is {:.1}, {:.1} is the limit",
            measured.what, measured.value, measured.limit
        );
        lines.push(Line::plain(text));
    }
    if let Some(study) = &check.study {
        lines.extend(
            study
                .lines()
                .map(|line| Line::new(Tone::Quiet, format!("      study: {}", line.trim()))),
        );
    }
    lines
}

fn suspicions(checks: &[CheckResult]) -> Vec<Line> {
    let found: Vec<Line> = checks
        .iter()
        .filter_map(|check| {
            let text = check.suspicion.as_ref()?;
            Some(Line::plain(format!("  {}: {text}", sentence(&check.name))))
        })
        .collect();
    if found.is_empty() {
        return found;
    }
    let heading = [
        Line::empty(),
        Line::new(
            Tone::Warning,
            "Suspicions: they cost nothing here, and would be found elsewhere",
        ),
    ];
    heading.into_iter().chain(found).collect()
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
    let widest = explored.iter().max_by_key(|one| one.systematic + one.random);
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
        lines.push(Line::plain(format!("Next: fiftyten start {next} --mode drill{weak}")));
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

/// Compiler messages in the candidate's own lines, with our remedy where we know better.
pub fn diagnostics(found: &[Diagnostic]) -> Vec<Line> {
    let errors: Vec<&Diagnostic> = found.iter().filter(|one| one.level == "error").collect();
    let mut lines = vec![Line::new(
        Tone::Heading,
        format!("The compiler says: {}", counted(errors.len(), "error")),
    )];
    for one in errors.iter().take(SHOWN_ERRORS) {
        lines.extend(
            one.rendered
                .trim_end()
                .lines()
                .map(|line| Line::plain(format!("  {line}"))),
        );
        if let Some(remedy) = &one.remedy {
            lines.push(Line::new(Tone::Warning, format!("  -> {remedy}")));
        }
    }
    if errors.len() > SHOWN_ERRORS {
        lines.push(Line::new(
            Tone::Quiet,
            format!("  and {} more", errors.len() - SHOWN_ERRORS),
        ));
    }
    lines
}

/// Files that intake did not take.
pub fn refusals(found: &[Refusal]) -> Vec<Line> {
    let head = Line::new(Tone::Heading, "The submission was not taken in");
    let files = found
        .iter()
        .map(|one| Line::plain(format!("  {}: {}", one.path, one.reason)));
    std::iter::once(head).chain(files).collect()
}

/// A run of samples and own tests.
pub fn samples(verdict: &Verdict, seconds: f64) -> Vec<Line> {
    match verdict {
        Verdict::NotCompiled(found) => diagnostics(found),
        Verdict::Refused(found) => refusals(found),
        Verdict::Judged { checks, .. } => {
            let mut lines = Vec::new();
            for check in checks {
                if check.passed() {
                    lines.push(Line::new(
                        Tone::Good,
                        format!("  {:<11} {}", outcome_word(check.outcome), sentence(&check.name)),
                    ));
                } else {
                    lines.extend(told(check));
                    let why = check
                        .story
                        .as_ref()
                        .map(|story| format!("      schedule {}: {}", story.token, story.why));
                    lines.extend(why.map(|why| Line::new(Tone::Quiet, why)));
                }
            }
            let passed = checks.iter().filter(|check| check.passed()).count();
            let all = passed == checks.len();
            let text = format!("{passed} of {} passed in {seconds:.1} s", checks.len());
            lines.push(Line::new(if all { Tone::Good } else { Tone::Bad }, text));
            lines.extend(suspicions(checks));
            lines
        }
    }
}

/// A check's name as a place reads as its sentence.
fn place(text: &str) -> String {
    if text.contains('_') && !text.contains(' ') {
        sentence(text)
    } else {
        text.to_owned()
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_says_what_was_searched_and_that_it_is_no_proof() {
        let table = [
            (
                2_387,
                2,
                0,
                true,
                600,
                "all 2,387 schedules with at most 2 delays, 600 more at random; not a proof",
            ),
            (
                9,
                2,
                1,
                true,
                0,
                "all 9 schedules with at most 2 delays or 1 preemption; not a proof",
            ),
            (
                20_000,
                1,
                0,
                false,
                5,
                "20,000 schedules with at most 1 delay, not all of them, 5 more at random; not a proof",
            ),
            (0, 0, 0, true, 300, "300 at random; not a proof"),
            (1, 0, 0, true, 0, "one schedule; not a search"),
            (0, 0, 0, true, 0, "nothing was searched"),
        ];
        for (systematic, delays, preemptions, exhausted, random, words) in table {
            assert_eq!(
                coverage(&Coverage {
                    systematic,
                    delays,
                    preemptions,
                    exhausted,
                    random
                }),
                words
            );
        }
    }
}
