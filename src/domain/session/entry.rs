//! The lines of a journal.

use serde::{Deserialize, Serialize};

use super::phases::Phase;
use crate::domain::{attempt::Mode, own_rating::OwnRating};

/// One line of a journal: what happened, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Unix time in milliseconds.
    pub at: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// A question of the clarify phase that was found in the problem's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The problem's own wording; names the question in the facts.
    pub question: String,
    /// What the interviewer said.
    pub answer: String,
}

/// What can happen in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The first line.
    Started {
        /// The problem's id.
        problem: String,
        /// How the attempt is made.
        mode: Mode,
        /// The judge's seed.
        seed: u64,
        /// Minutes of the short form, so that a later change of the problem moves no deadline.
        drill_minutes: u16,
    },
    /// A question was typed.
    Asked {
        /// As typed.
        text: String,
        /// The question of the list that it was taken for; none if the interviewer had no answer.
        matched: Option<Question>,
    },
    /// The candidate said something about the work.
    Noted {
        /// As typed; `plan: …` tags a plan.
        text: String,
    },
    /// The workspace was kept.
    Snapshot {
        /// Hash of the submission in `snapshots/`.
        hash: String,
    },
    /// Samples and own tests were run.
    Tested {
        /// Hash of what was tested.
        hash: String,
        /// Whether it compiled.
        compiled: bool,
        /// Checks that passed.
        passed: usize,
        /// Checks in all.
        of: usize,
    },
    /// The candidate's own tests were run on the reference and on the mutants.
    Validated {
        /// Own tests.
        tests: usize,
        /// Own tests that fail on the reference.
        wrong: usize,
        /// Mutants that they convict.
        caught: usize,
        /// Mutants in all.
        of: usize,
    },
    /// A hint was bought.
    Hint {
        /// Which one, from 1.
        number: usize,
        /// Points off the total.
        cost: u8,
    },
    /// A phase began, by the clock or because the candidate moved on.
    Phase {
        /// The phase that began.
        to: Phase,
    },
    /// The candidate took the stub of the follow-up.
    Followup {},
    /// The clock was stopped.
    Paused {},
    /// The clock goes on.
    Resumed {},
    /// Time in which nobody was there: sleep, kill, reboot.
    Gap {
        /// Unix milliseconds of the last sign of life.
        from: u64,
        /// Unix milliseconds of the return.
        until: u64,
        /// Whether it counts as working time.
        counted: bool,
    },
    /// A screen is open and watches; written every few seconds.
    Alive {},
    /// The screen was closed on purpose; the clock goes on.
    Left {},
    /// Time is up: this is what will be judged.
    Frozen {
        /// Hash of the frozen submission; none if no readable one existed.
        hash: Option<String>,
        /// Whether nobody was there at that moment, so that the last snapshot before it was taken.
        late: bool,
    },
    /// The code went to the judge.
    Submitted {
        /// Hash of what is judged.
        hash: String,
        /// Whether it is a state of the workspace from after the freeze.
        late: bool,
    },
    /// An answer of the discussion with the candidate's own rating.
    Rated {
        /// The interviewer's question.
        question: String,
        /// Whether it is about one of the candidate's own functions.
        own_code: bool,
        /// What the candidate typed.
        answer: String,
        /// 0 to 4.
        points: u8,
    },
    /// The candidate's view of the own work, part by part; empty if the question was put aside.
    SelfRated {
        /// Each part at most once.
        ratings: Vec<OwnRating>,
    },
    /// The report was written.
    Scored {
        /// Points, 0 to 100.
        total: f64,
        /// The band's word.
        band: String,
        /// The verdict's word.
        verdict: String,
    },
    /// The attempt was given up.
    Abandoned {},
}

impl Entry {
    /// An entry of that moment.
    pub fn new(at: u64, event: Event) -> Entry {
        Entry { at, event }
    }
}
