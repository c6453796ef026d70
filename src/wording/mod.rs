//! The only place where a verdict becomes English.
//!
//! In: values of the domain. Out: [`Line`]s of plain text with a tone, so that a pipe, a terminal and a screen show the same
//! words; the tone is never the only carrier of a meaning.

mod bars;
mod chart;
pub mod code;
mod columns;
mod compare;
mod designs;
mod figures;
mod fold;
pub mod html;
mod labels;
mod lanes;
mod names;
mod own_rating;
mod plan;
mod report;
mod session;
mod story;
mod stuck;
mod timeline;
mod verdict;
mod why;

pub use bars::bars;
pub use chart::{AXIS, Grain, chart};
pub use designs::{beside, printable};
pub use figures::{averages, score_chart, summary};
pub use labels::{Labels, file_and_line};
pub use lanes::lanes_of;
pub use own_rating::{gaps, part_question, rating_scale};
pub use plan::{picked, plan, plan_step};
pub use report::report;
pub use session::{answer, gap, guidance, phase_began, status, status_line, trial, unasked};
pub use story::{replayed, story, threads};
pub use timeline::{saves, timeline, timeline_chart, timeline_facts};
pub use verdict::{coverage, diagnostics, first_reason, refusals, samples, verdict_word};
pub use why::{kind_word, why};

use crate::domain::{
    score::{Band, Flag},
    verdict::Outcome,
};

/// How a line is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Text.
    Plain,
    /// Begins a part.
    Heading,
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// Worth a look.
    Warning,
    /// Beside the point.
    Quiet,
}

/// One line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How it is meant.
    pub tone: Tone,
    /// The text, without line break and without escapes.
    pub text: String,
}

impl Line {
    /// A line of that tone.
    pub fn new(tone: Tone, text: impl Into<String>) -> Line {
        Line {
            tone,
            text: text.into(),
        }
    }

    /// Plain text.
    pub fn plain(text: impl Into<String>) -> Line {
        Line::new(Tone::Plain, text)
    }

    /// Nothing.
    pub fn empty() -> Line {
        Line::plain("")
    }
}

/// The lines as one text, each ended by a line break.
pub fn text(lines: &[Line]) -> String {
    lines
        .iter()
        .map(|line| format!("{}\n", line.text))
        .collect()
}

/// A short word for an outcome, at most eleven letters.
pub fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "ok",
        Outcome::Failed => "FAIL",
        Outcome::Panicked => "PANIC",
        Outcome::Deadlock => "DEADLOCK",
        Outcome::Livelock => "LIVELOCK",
        Outcome::NotLinearizable => "NO ORDER",
        Outcome::WallTimeout => "TIMEOUT",
        Outcome::CpuTimeout => "CPU LIMIT",
        Outcome::MemoryLimit => "MEMORY",
        Outcome::OutputLimit => "OUTPUT",
        Outcome::ThreadLimit => "THREADS",
        Outcome::FileLimit => "FILE SIZE",
        Outcome::ResultLimit => "RESULT SIZE",
        Outcome::EndedEarly => "ENDED EARLY",
        Outcome::Crashed => "CRASH",
        Outcome::SecurityViolation => "FORBIDDEN",
        Outcome::NotBuilt => "NOT BUILT",
        Outcome::Skipped => "skipped",
    }
}

/// What an outcome means, for somebody who sees it for the first time.
pub fn outcome_meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "everything that was looked at held",
        Outcome::Failed => "an expectation did not hold",
        Outcome::Panicked => "your code panicked",
        Outcome::Deadlock => "every thread waits for another one, and nobody can go on",
        Outcome::Livelock => {
            "threads keep running without getting anywhere; wait on a condition instead of spinning"
        }
        Outcome::NotLinearizable => "no order of the calls explains what they returned",
        Outcome::WallTimeout => "it did not finish in time",
        Outcome::CpuTimeout => "it used up its processor time; look for a loop that does not end",
        Outcome::MemoryLimit => {
            "it wanted more memory than it may have; look for growth without a bound"
        }
        Outcome::OutputLimit => "it printed more than may be printed",
        Outcome::ThreadLimit => {
            "it started more threads than it may have; look for threads that never end"
        }
        Outcome::FileLimit => "it wrote a larger file than may be written",
        Outcome::ResultLimit => "what it had to report is larger than any report",
        Outcome::EndedEarly => "the process ended before the check was done; nothing may call exit",
        Outcome::Crashed => {
            "the process was ended by a signal: a stack overflow, an abort or the like"
        }
        Outcome::SecurityViolation => "it tried something that no solution needs",
        Outcome::NotBuilt => {
            "the suite does not compile with your code: a part of the API is missing or has another type"
        }
        Outcome::Skipped => "it was not run, because something before it made it pointless",
    }
}

/// What a band says to the candidate.
pub fn band_meaning(band: Band) -> &'static str {
    match band {
        Band::StrongHire => "an interviewer would argue for you",
        Band::Hire => "an interviewer would say yes",
        Band::Mixed => "good parts, but the interviewers would disagree",
        Band::NoHireYet => "not yet; the report says what to train",
    }
}

/// A red flag in words.
pub fn flag_words(flag: Flag) -> &'static str {
    match flag {
        Flag::SilentCoding => "silent coding",
        Flag::EdgesIgnored => "edge cases ignored",
        Flag::OverEngineering => "over-engineering before the core worked",
        Flag::NoThoughtForConcurrency => "no thought for concurrency",
        Flag::CannotExplain => "cannot explain own code",
    }
}

/// The sentence behind a check's name.
pub fn sentence(name: &str) -> String {
    name.rsplit("::").next().unwrap_or(name).replace('_', " ")
}

/// With its first letter large.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// `2,387` for 2387.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 note`, `2 notes`.
pub fn counted(number: usize, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {one}s"),
    }
}

/// Virtual time as people write it: `40ms`, `1.5s`.
pub fn span(nanoseconds: u64) -> String {
    format!("{:?}", std::time::Duration::from_nanos(nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_a_word_and_a_meaning_of_its_own() {
        let mut words: Vec<&str> = Outcome::ALL.into_iter().map(outcome_word).collect();
        let mut meanings: Vec<&str> = Outcome::ALL.into_iter().map(outcome_meaning).collect();
        assert!(words.iter().all(|word| word.len() <= 11));
        words.sort_unstable();
        words.dedup();
        meanings.sort_unstable();
        meanings.dedup();
        assert_eq!(
            (words.len(), meanings.len()),
            (Outcome::ALL.len(), Outcome::ALL.len())
        );
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
