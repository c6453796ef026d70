//! What can be asked of a session, and what may come of it.

use super::{
    entry::{Entry, Question},
    phases::Phase,
};
use crate::domain::own_rating::OwnRating;

/// What the candidate, the clock or the trainer wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Ask the interviewer; the caller has looked the question up.
    Ask {
        /// As typed.
        text: String,
        /// The question it was taken for.
        matched: Option<Question>,
    },
    /// Say something about the work.
    Note {
        /// As typed.
        text: String,
    },
    /// Buy the next hint.
    Hint {
        /// The costs of the problem's hints, in order.
        costs: Vec<u8>,
    },
    /// Leave the clarify phase early.
    Code,
    /// Take the stub of the follow-up.
    Followup,
    /// The workspace was kept under this hash.
    Snapshot {
        /// Hash in `snapshots/`.
        hash: String,
    },
    /// Samples and own tests were run.
    Tested {
        /// What was tested.
        hash: String,
        /// Whether it compiled.
        compiled: bool,
        /// Checks that passed.
        passed: usize,
        /// Checks in all.
        of: usize,
    },
    /// Own tests were run on the reference and on the mutants.
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
    /// Stop the clock.
    Pause {
        /// Whether the candidate knows that it marks a mock.
        confirmed: bool,
    },
    /// Let the clock go on.
    Resume,
    /// Decide about the time in which nobody was there.
    Gap {
        /// Whether it counts as working time.
        counted: bool,
    },
    /// A screen watches; to be sent every few seconds.
    Alive,
    /// The screen closes on purpose.
    Leave,
    /// Only let the clock do what is due.
    Tick,
    /// The answer to [`Effect::Freeze`]: the workspace as it was when time was up.
    Freeze {
        /// Hash in `snapshots/`; none if the workspace could not be read.
        hash: Option<String>,
    },
    /// Hand the code to the judge.
    Submit {
        /// Hash of the workspace as it is, already kept; none if it could not be read.
        workspace: Option<String>,
    },
    /// Answer a question of the discussion and rate the answer.
    Rate {
        /// The interviewer's question.
        question: String,
        /// Whether it is about the candidate's own code.
        own_code: bool,
        /// As typed.
        answer: String,
        /// 0 to 4.
        points: u8,
    },
    /// Rate oneself part by part, before looking at the result; nothing in it means that nobody wants to.
    RateSelf {
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
    /// Give the attempt up.
    Abandon,
}

/// What the caller has to do after a step. The entries are written first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A phase began.
    Began(Phase),
    /// Coding starts: show the answers that hidden checks depend on and that were not asked for.
    ShowUnasked,
    /// Minute 35: the interviewer tells the twist.
    ShowTwist,
    /// Put the stub of the follow-up under the candidate's code.
    AppendFollowup,
    /// Time is up just now: keep the workspace and answer with [`Command::Freeze`].
    Freeze,
    /// Judge this submission.
    Judge {
        /// Hash in `snapshots/`.
        hash: String,
        /// Whether it is a state from after the freeze.
        late: bool,
    },
}

/// Entries to append, then effects to carry out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Step {
    /// In order of time.
    pub entries: Vec<Entry>,
    /// In order.
    pub effects: Vec<Effect>,
}

/// Why a command is not carried out. The journal stays as it is, but for what the clock was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The clock stands.
    #[error("the session is paused")]
    Paused,
    /// It does not.
    #[error("the session is not paused")]
    NotPaused,
    /// A mock's pause marks the attempt, and nobody said yes to that.
    #[error("a pause in a mock is granted, but marks the attempt")]
    PauseMarks,
    /// Nothing is left to do.
    #[error("the attempt is over")]
    Over,
    /// The judge has it.
    #[error("the attempt was already submitted")]
    AlreadySubmitted,
    /// No workspace could be read and nothing was kept.
    #[error("there is nothing to submit")]
    NothingToSubmit,
    /// All hints were bought.
    #[error("there are no more hints")]
    NoHintLeft,
    /// The code is frozen or handed in.
    #[error("hints end when the code is handed in")]
    HintsClosed,
    /// The clarify phase is over, or the mode has none.
    #[error("the coding has already begun")]
    AlreadyCoding,
    /// The twist comes at minute 35.
    #[error("the interviewer has not told the follow-up yet")]
    TooEarlyForFollowup,
    /// The stub is in the workspace.
    #[error("the stub of the follow-up was already taken")]
    FollowupTaken,
    /// Drills and warm-ups end with the main task.
    #[error("this mode has no follow-up")]
    NoFollowup,
    /// The discussion comes after the code.
    #[error("the discussion begins when the code is handed in")]
    TooEarlyToDiscuss,
    /// Nothing was written yet.
    #[error("there is nothing to rate before the coding has begun")]
    TooEarlyToRate,
    /// Somebody has to say whether the missing time counts.
    #[error("nobody was there for a while, and it is not decided whether that time counts")]
    GapUndecided,
    /// There is nothing to decide.
    #[error("there is no gap to decide about")]
    NoGap,
    /// In a mock, own tests meet the mutants from minute 45.
    #[error("own tests are tried on flawed solutions in the validate phase")]
    TooEarlyToValidate,
    /// Nothing was typed.
    #[error("the text is empty")]
    Empty,
}
