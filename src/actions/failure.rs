//! Why something asked for did not happen, and whose turn it is now.

use crate::{
    catalog::Offence, domain::session::Refused, history::HistoryError, judge::JudgeError,
    workspace::WorkspaceError,
};

/// Why something asked for did not happen. Never the candidate's code: that is a verdict.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The person asked for something that does not exist or has no place now.
    #[error("{what}")]
    Usage {
        /// What is wrong, without a final stop.
        what: String,
        /// What to type instead; empty if there is nothing to say.
        remedy: String,
    },
    /// A problem's folder is broken.
    #[error("the problem {id} is broken in {} places", offences.len())]
    Author {
        /// The folder's name.
        id: String,
        /// All that is wrong with it.
        offences: Vec<Offence>,
    },
    /// The machine, its disk or its tools.
    #[error("{what}")]
    Machine {
        /// What is wrong, without a final stop.
        what: String,
        /// What to do about it; empty if there is nothing to say.
        remedy: String,
    },
    /// Somebody raised the cancel flag.
    #[error("cancelled")]
    Cancelled,
}

impl Failure {
    /// The user's turn.
    pub fn usage(what: impl Into<String>, remedy: impl Into<String>) -> Failure {
        Failure::Usage {
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// The machine's fault.
    pub fn machine(what: impl Into<String>, remedy: impl Into<String>) -> Failure {
        Failure::Machine {
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

impl From<JudgeError> for Failure {
    fn from(error: JudgeError) -> Failure {
        match error {
            JudgeError::Cancelled => Failure::Cancelled,
            other => Failure::machine(other.to_string(), other.remedy()),
        }
    }
}

impl From<HistoryError> for Failure {
    fn from(error: HistoryError) -> Failure {
        let what = error.to_string();
        match error {
            HistoryError::Io { .. } => Failure::machine(
                what,
                "see that the data folder is writable and not full, or name another with --data DIR",
            ),
            HistoryError::Corrupt { .. } => Failure::machine(
                what,
                "somebody changed the file: mend or delete that line, the rest is fine",
            ),
            HistoryError::Held { .. } => {
                Failure::machine(what, "go on there, or close that window first")
            }
            HistoryError::Unknown { .. } => {
                Failure::usage(what, "`fiftyten history` names all attempts")
            }
            HistoryError::Ambiguous { .. } => Failure::usage(what, "give more of the name"),
        }
    }
}

impl From<WorkspaceError> for Failure {
    fn from(error: WorkspaceError) -> Failure {
        let what = error.to_string();
        match error {
            WorkspaceError::NotEmpty(_) => {
                Failure::usage(what, "name an empty or a new folder with --dir PATH")
            }
            WorkspaceError::StubPresent(_) => Failure::usage(what, "write the follow-up there"),
            WorkspaceError::Io { source, .. } => Failure::machine(
                format!("{what}: {source}"),
                "see that the folder is writable and the disk not full",
            ),
        }
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Failure {
        let remedy = match refused {
            Refused::Paused => "`fiftyten resume` lets the clock go on",
            Refused::NotPaused | Refused::NoGap => "the clock is running; just go on",
            Refused::PauseMarks => "`fiftyten pause --yes` if you want that",
            Refused::Over => "`fiftyten start ID` begins another attempt",
            Refused::AlreadySubmitted => "`fiftyten report` shows the result",
            Refused::NothingToSubmit => "`fiftyten status` shows where the workspace should be",
            Refused::NoHintLeft | Refused::HintsClosed => "`fiftyten note TEXT` keeps a thought",
            Refused::AlreadyCoding => "questions are still answered: `fiftyten ask TEXT`",
            Refused::TooEarlyForFollowup => "it comes at minute 35; get the core right until then",
            Refused::FollowupTaken => "write it in src/lib.rs",
            Refused::NoFollowup => "a full mock has one: `fiftyten start ID --mode mock`",
            Refused::TooEarlyToRate => "`fiftyten code` ends the questions and begins the coding",
            Refused::TooEarlyToDiscuss => "`fiftyten submit` hands the code in",
            Refused::GapUndecided => {
                "`fiftyten resume` leaves that time out and marks the attempt, `fiftyten resume --count` counts it"
            }
            Refused::TooEarlyToValidate => {
                "it begins at minute 45; `fiftyten test` runs them on your own code"
            }
            Refused::Empty => "say something",
        };
        Failure::usage(refused.to_string(), remedy)
    }
}
