//! Attempts on disk: append-only journals, snapshots, reports.
//!
//! In: entries, submissions and reports as values. Out: the same, whatever moment a kill chose. A line of a journal is on
//! the disk before anybody hears that it happened; a torn last line is ignored and mended by the next one; reports and
//! snapshots appear whole or not at all. Knows no clock and no process: moments and pids are handed in.

mod attempts;
mod journal;
mod lock;
mod store;

use std::{
    io,
    path::{Path, PathBuf},
};

pub use attempts::{Attempt, Manifest, create, data_dir, find, list, seal};
pub use journal::Journal;
pub use lock::SessionLock;
pub use store::{
    has_snapshot, read_report, read_snapshot, read_standing, write_report, write_snapshot,
    write_standing,
};

/// Why an attempt could not be read or written: the machine's fault, or a file that somebody else changed.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The disk said no.
    #[error("cannot {action} {}: {}", path.display(), plain(source))]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// A file does not hold what this room writes.
    #[error("{}:{line}: {why}", path.display())]
    Corrupt {
        /// Which file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// Another process works on the attempt.
    #[error("the attempt is open in another window (process {holder})")]
    Held {
        /// The pid that the holder left, or `unknown`.
        holder: String,
    },
    /// No such attempt, or too many.
    #[error("no attempt is named {wanted}")]
    Unknown {
        /// As asked for.
        wanted: String,
    },
    /// A short name that fits several attempts.
    #[error("{wanted} fits {} attempts: {}", found.len(), found.join(", "))]
    Ambiguous {
        /// As asked for.
        wanted: String,
        /// What it fits.
        found: Vec<String>,
    },
}

impl HistoryError {
    fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> HistoryError {
        let path = path.to_owned();
        move |source| HistoryError::Io {
            action,
            path,
            source,
        }
    }
}

/// The system's word without its number: people cannot look that up.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_lowercase(),
        None => text,
    }
}
