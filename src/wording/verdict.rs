//! Verdicts in words.

use super::{
    Labels, Line, Tone, counted, grouped, outcome_meaning, outcome_word, sentence,
    why::why as why_of,
};
use crate::domain::verdict::{CheckResult, Coverage, Diagnostic, Outcome, Refusal, Verdict};

/// How many compiler errors are shown in full.
const SHOWN_ERRORS: usize = 5;
/// How many lines of what a test printed are shown.
const PRINTED: usize = 20;

/// The verdict as a person reads it.
pub fn verdict_word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Judged { .. } if verdict.accepted() => "accepted",
        Verdict::Judged { .. } => "rejected",
        Verdict::NotCompiled(_) => "does not compile",
        Verdict::Refused(_) => "refused",
    }
}

/// The first thing that keeps a submission from being accepted, in one line; none if nothing does.
pub fn first_reason(verdict: &Verdict) -> Option<String> {
    let more = |number: usize| match number {
        0 | 1 => String::new(),
        _ => format!(", and {} more", number - 1),
    };
    match verdict {
        Verdict::Judged { checks, .. } => {
            let mut failed = checks.iter().filter(|check| !check.passed());
            let first = failed.next()?;
            let (category, name) = (first.category.word(), sentence(&first.name));
            let word = outcome_word(first.outcome);
            Some(format!(
                "{category}: {name}: {word}{}",
                more(1 + failed.count())
            ))
        }
        Verdict::NotCompiled(found) => {
            let mut errors = found.iter().filter(|one| one.level == "error");
            let first = errors.next()?;
            let place = match (&first.file, first.line) {
                (Some(file), Some(line)) => format!("{file}:{line}: "),
                _ => String::new(),
            };
            let message = first.message.lines().next().unwrap_or_default();
            Some(format!("{place}{message}{}", more(1 + errors.count())))
        }
        Verdict::Refused(found) => {
            let first = found.first()?;
            Some(format!(
                "{}: {}{}",
                first.path,
                first.reason,
                more(found.len())
            ))
        }
    }
}

/// What a search went through, in one sentence without a stop.
pub fn coverage(coverage: &Coverage) -> String {
    let bounds = match (coverage.delays, coverage.preemptions) {
        (0, 0) => "in the plain order".to_owned(),
        (delays, 0) => format!("with at most {}", counted(delays as usize, "delay")),
        (0, preemptions) => format!(
            "with at most {}",
            counted(preemptions as usize, "preemption")
        ),
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

/// A failing check with its message, its measurements and what to study.
pub(super) fn told(check: &CheckResult) -> Vec<Line> {
    let head = format!(
        "  {:<11} {}: {}",
        outcome_word(check.outcome),
        check.category.word(),
        sentence(&check.name)
    );
    let mut lines = vec![Line::new(Tone::Bad, head)];
    let stands_still = matches!(check.outcome, Outcome::Deadlock | Outcome::Livelock);
    let why = check.story.as_ref().filter(|_| stands_still);
    let why = why.map(|story| why_of(story, &Labels::new(story, None)));
    match why.as_ref().or(check.message.as_ref()) {
        Some(message) => lines.extend(
            message
                .lines()
                .take(12)
                .map(|line| Line::plain(format!("      {line}"))),
        ),
        None => lines.push(Line::plain(format!(
            "      {}",
            outcome_meaning(check.outcome)
        ))),
    }
    for measured in check
        .measurements
        .iter()
        .filter(|one| one.value > one.limit)
    {
        let text = format!(
            "      {} is {:.2}, {:.2} is the limit",
            measured.what, measured.value, measured.limit
        );
        lines.push(Line::plain(text));
    }
    lines.extend(check.printed.iter().flat_map(|text| printed(text)));
    if let Some(study) = &check.study {
        lines.extend(
            study
                .lines()
                .map(|line| Line::new(Tone::Quiet, format!("      study: {}", line.trim()))),
        );
    }
    lines
}

/// What a test printed, bounded.
fn printed(text: &str) -> Vec<Line> {
    let count = text.lines().count();
    let mut lines = vec![Line::new(Tone::Quiet, "      it printed:")];
    let shown = text.lines().take(PRINTED);
    lines.extend(shown.map(|line| Line::plain(format!("      | {line}"))));
    if count > PRINTED {
        let more = counted(count - PRINTED, "more line");
        lines.push(Line::new(Tone::Quiet, format!("      and {more}")));
    }
    lines
}

pub(super) fn suspicions(checks: &[CheckResult]) -> Vec<Line> {
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
                        format!(
                            "  {:<11} {}",
                            outcome_word(check.outcome),
                            sentence(&check.name)
                        ),
                    ));
                } else {
                    lines.extend(told(check));
                    let why = check
                        .story
                        .as_ref()
                        .filter(|story| story.tells_of_threads())
                        .map(|story| match check.outcome {
                            Outcome::Deadlock | Outcome::Livelock => {
                                format!("      schedule {}", story.token)
                            }
                            _ => {
                                let why = why_of(story, &Labels::new(story, None));
                                format!("      schedule {}: {why}", story.token)
                            }
                        });
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
