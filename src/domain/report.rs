//! Verdict, score and evidence of one submission as they are kept and shown.

use serde::{Deserialize, Serialize};

use super::{
    attempt::{Mode, Submission},
    score::Score,
    session::SessionFacts,
    verdict::{Cage, Verdict},
};

/// The version of `report.json`.
pub const FORMAT: u32 = 1;

/// What was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// As the person named it: an attempt's workspace, a package, a file.
    pub path: String,
    /// Content hash; empty if intake refused it.
    pub hash: String,
    /// Number of files.
    pub files: usize,
    /// Lines over all files.
    pub lines: usize,
}

impl Subject {
    /// A submission that came from a path.
    pub fn of(path: impl Into<String>, submission: &Submission) -> Subject {
        Subject {
            path: path.into(),
            hash: submission.hash.clone(),
            files: submission.files.len(),
            lines: submission.lines(),
        }
    }
}

/// Wall-clock seconds of judging.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Seconds {
    /// Compiling.
    pub build: f64,
    /// Running checks.
    pub run: f64,
    /// Everything.
    pub total: f64,
}

/// What belongs to an attempt beyond its code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttemptPart {
    /// The attempt's name.
    pub id: String,
    /// How it was made.
    pub mode: Mode,
    /// Unix milliseconds.
    pub started: u64,
    /// What the session told.
    pub facts: SessionFacts,
}

/// The report of one submission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// The problem's id.
    pub problem: String,
    /// The problem's title.
    pub title: String,
    /// What was judged.
    pub submission: Subject,
    /// What the judge found.
    pub verdict: Verdict,
    /// What the code does that no search could see, one sentence each; the key is left out where there is nothing to say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unexplored: Vec<String>,
    /// Verdict and session weighed.
    pub score: Score,
    /// The attempt; none for code that was scored without a session.
    pub attempt: Option<AttemptPart>,
    /// What to drill next, a problem's id.
    pub next_drill: Option<String>,
    /// The seed of the search.
    pub seed: u64,
    /// How well the code was caged.
    pub sandbox: Cage,
    /// Compiler and kit.
    pub toolchain: String,
    /// Times of judging.
    pub seconds: Seconds,
    /// Unix milliseconds of the report.
    pub written: u64,
}
