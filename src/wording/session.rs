//! The session in words: phases, the clock, the interviewer's answers.

use super::{Line, Tone, counted};
use crate::{
    actions::{Answer, Status, Trial},
    domain::{
        attempt::Mode,
        problem::Clarification,
        session::{MINUTE, Phase, facts::clock},
    },
};

/// What to do in a phase.
pub fn guidance(phase: Phase) -> &'static str {
    match phase {
        Phase::Clarify => {
            "Restate the task; ask about size, limits, errors, sharing between threads; write the invariant in one line."
        }
        Phase::Implement => {
            "State and types first; the simplest correct version; say what you postpone."
        }
        Phase::Optimise => {
            "The follow-up is here. Go through errors, boundaries, locks (what is called under them?) and growth."
        }
        Phase::Validate => {
            "Run through two cases by hand, one of them concurrent; name what you would monitor."
        }
        Phase::Discuss => {
            "Explain decisions and alternatives; what changes with many nodes and in production?"
        }
        Phase::Over => "Read the report; drill what it names.",
    }
}

/// A phase begins.
pub fn phase_began(phase: Phase) -> Vec<Line> {
    vec![
        Line::new(Tone::Heading, format!("Phase {}", phase.word())),
        Line::plain(guidance(phase)),
    ]
}

/// The interviewer's answer.
pub fn answer(answer: &Answer) -> Vec<Line> {
    match &answer.matched {
        Some(found) => {
            let mut lines = vec![
                Line::new(Tone::Quiet, format!("({})", found.question)),
                Line::plain(found.answer.clone()),
            ];
            if answer.counted {
                lines.push(Line::new(Tone::Good, "This question counts."));
            }
            lines
        }
        None => vec![Line::plain(
            "Good question; assume whatever is simplest, and say so in a note.",
        )],
    }
}

/// Answers that hidden checks depend on and nobody asked for.
pub fn unasked(clarifications: &[Clarification]) -> Vec<Line> {
    if clarifications.is_empty() {
        return Vec::new();
    }
    let head = "You did not ask, and it matters:";
    let mut lines = vec![Line::new(Tone::Heading, head)];
    for one in clarifications {
        lines.push(Line::new(Tone::Quiet, format!("  {}", one.question)));
        lines.push(Line::plain(format!("  {}", one.answer)));
    }
    lines
}

/// What the candidate's own tests are worth.
pub fn trial(trial: &Trial) -> Vec<Line> {
    let mut lines = Vec::new();
    for test in &trial.wrong {
        lines.push(Line::new(
            Tone::Bad,
            format!(
                "  {} fails on a correct solution",
                super::sentence(&test.name)
            ),
        ));
        lines.extend(
            test.message
                .iter()
                .flat_map(|text| text.lines().take(4))
                .map(|line| Line::plain(format!("      {line}"))),
        );
    }
    let tests = counted(trial.tests.len(), "test");
    let tone = if trial.caught == trial.of {
        Tone::Good
    } else {
        Tone::Plain
    };
    let text = format!(
        "{} of your own: they catch {} of {} flawed solutions",
        tests, trial.caught, trial.of
    );
    lines.push(Line::new(tone, text));
    if let Some(flaw) = &trial.missed {
        lines.push(Line::plain(format!("One that they miss: {flaw}")));
    }
    lines
}

/// Where the session stands.
pub fn status(status: &Status) -> Vec<Line> {
    let mut lines = vec![Line::new(
        Tone::Heading,
        format!(
            "{} ({}, {})",
            status.title,
            status.problem,
            status.mode.word()
        ),
    )];
    lines.push(Line::plain(format!("Attempt    {}", status.attempt)));
    lines.push(Line::plain(format!(
        "Code       {}",
        status.workspace.join("src/lib.rs").display()
    )));
    let phase = match status.left_in_phase {
        Some(left) if left >= 0 => format!("{}, {} left", status.phase.word(), clock(left as u64)),
        Some(over) => format!(
            "{}, {} over time",
            status.phase.word(),
            clock(over.unsigned_abs())
        ),
        None => status.phase.word().to_owned(),
    };
    lines.push(Line::plain(format!("Phase      {phase}")));
    lines.push(Line::plain(format!(
        "Elapsed    {}{}",
        clock(status.elapsed),
        if status.paused { ", paused" } else { "" }
    )));
    lines.extend(warning(status));
    let talk = format!(
        "{} of {} questions, {}, {}",
        status.asked,
        status.questions,
        counted(status.notes, "note"),
        counted(status.hints, "hint")
    );
    lines.push(Line::plain(format!("Talk       {talk}")));
    if let Some(tested) = &status.tested {
        let text = if tested.compiled {
            format!("{} of {} passed", tested.passed, tested.of)
        } else {
            "does not compile".to_owned()
        };
        lines.push(Line::plain(format!("Samples    {text}")));
    }
    if let Some((total, band, verdict)) = &status.scored {
        lines.push(Line::plain(format!(
            "Result     {verdict}, {total:.1} of 100, {band}"
        )));
    }
    if let Some(span) = status.gap {
        lines.extend(gap(span));
    }
    if !status.unasked.is_empty() {
        lines.push(Line::empty());
        lines.extend(unasked(&status.unasked));
    }
    if let Some(twist) = &status.twist {
        lines.push(Line::empty());
        lines.push(Line::new(Tone::Heading, "The follow-up"));
        lines.extend(twist.trim().lines().map(Line::plain));
    }
    lines.push(Line::empty());
    lines.push(Line::new(Tone::Quiet, guidance(status.phase)));
    lines
}

/// The last five minutes and the last one are said.
fn warning(status: &Status) -> Option<Line> {
    let left = status
        .left_to_code
        .filter(|_| status.mode != Mode::Untimed)?;
    let (mark, left) = match u64::try_from(left) {
        Err(_) => return None,
        Ok(left) if left <= MINUTE => ("!! ", left),
        Ok(left) if left <= 5 * MINUTE => ("! ", left),
        Ok(_) => return None,
    };
    Some(Line::new(
        Tone::Warning,
        format!("           {mark}{} left for the code", clock(left)),
    ))
}

/// Nobody was there: a question.
pub fn gap((from, until): (u64, u64)) -> Vec<Line> {
    let text = format!(
        "Nobody was there for {}. Does that time count?",
        clock(until.saturating_sub(from))
    );
    vec![
        Line::new(Tone::Warning, text),
        Line::plain(
            "  fiftyten resume          leaves it out, and marks the attempt as interrupted",
        ),
        Line::plain("  fiftyten resume --count  counts it"),
    ]
}

/// One line for prompts and status bars. Knows `{left}`, `{phase}`, `{elapsed}`, `{tests}`, `{problem}` and `{mode}`.
pub fn status_line(status: &Status, format: &str) -> String {
    let left = match status.left_to_code.or(status.left_in_phase) {
        Some(left) if left < 0 => format!("+{}", clock(left.unsigned_abs())),
        Some(left) => clock(left as u64),
        None => "-".to_owned(),
    };
    let tests = match &status.tested {
        Some(tested) if !tested.compiled => "does not compile".to_owned(),
        Some(tested) => format!("{}/{}", tested.passed, tested.of),
        None => "-".to_owned(),
    };
    let phase = if status.paused {
        "paused"
    } else {
        status.phase.word()
    };
    format
        .replace("{left}", &left)
        .replace("{phase}", phase)
        .replace("{elapsed}", &clock(status.elapsed))
        .replace("{tests}", &tests)
        .replace("{problem}", &status.problem)
        .replace("{mode}", status.mode.word())
}
