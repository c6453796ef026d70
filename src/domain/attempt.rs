//! One try at one problem, and the submission that came out of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How an attempt is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The hour: clarify 5, implement 30, optimise 10, validate 5, discuss 10.
    Mock,
    /// The short form: two minutes to clarify, the rest to implement; no follow-up, no discussion.
    Drill,
    /// Ten to fifteen minutes, no threads, no clock in the problem.
    Warmup,
    /// No clock.
    Untimed,
}

impl Mode {
    /// The mode of a word.
    pub fn named(word: &str) -> Option<Mode> {
        [Mode::Mock, Mode::Drill, Mode::Warmup, Mode::Untimed]
            .into_iter()
            .find(|mode| mode.word() == word)
    }

    /// The word used on the command line and in files.
    pub fn word(self) -> &'static str {
        match self {
            Mode::Mock => "mock",
            Mode::Drill => "drill",
            Mode::Warmup => "warmup",
            Mode::Untimed => "untimed",
        }
    }
}

/// The candidate's sources as the judge took them in.
///
/// Paths are relative to the package and start with `src/`; the texts are unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// Path → text, in the order of paths. Always holds `src/lib.rs`.
    pub files: BTreeMap<String, String>,
    /// Content hash over paths and texts, hexadecimal.
    pub hash: String,
}

impl Submission {
    /// Lines over all files.
    pub fn lines(&self) -> usize {
        self.files.values().map(|text| text.lines().count()).sum()
    }
}
