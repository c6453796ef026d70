//! What an earlier run of `score --format ndjson` has left in its file.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use serde::Deserialize;

use crate::{
    actions::{Failure, Known},
    domain::report::FORMAT,
};

/// What an earlier run has scored.
pub(super) struct Earlier {
    pub known: BTreeSet<Known>,
    pub all_accepted: bool,
    /// Whether the last line was cut off, so that the next one must not be joined to it.
    pub ends_torn: bool,
    /// What the person should know about the file.
    pub remarks: Vec<String>,
}

/// The part of a line that matters here.
#[derive(Deserialize)]
struct Line {
    format: u32,
    problem: String,
    submission: Submission,
    verdict: String,
}

#[derive(Deserialize)]
struct Submission {
    path: String,
    hash: String,
}

impl Earlier {
    /// There was no earlier run.
    pub fn nothing() -> Self {
        Self {
            known: BTreeSet::new(),
            all_accepted: true,
            ends_torn: false,
            remarks: Vec::new(),
        }
    }

    /// Reads the file. A line that is no result, as a kill may leave one, is told and scored again.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let shown = file.display();
        let unreadable = |error: std::io::Error| {
            Failure::usage(
                format!("cannot read {shown}: {error}"),
                "name the file that an earlier --format ndjson was written to",
            )
        };
        let mut reader = BufReader::new(File::open(file).map_err(unreadable)?);
        let mut earlier = Self::nothing();
        let mut bytes = Vec::new();
        for number in 1.. {
            bytes.clear();
            if reader.read_until(b'\n', &mut bytes).map_err(unreadable)? == 0 {
                break;
            }
            earlier.ends_torn = !bytes.ends_with(b"\n");
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice::<Line>(&bytes) {
                Ok(line) if line.format == FORMAT => {
                    earlier.all_accepted &= line.verdict == "accepted";
                    let Submission { path, hash } = line.submission;
                    earlier.known.insert((line.problem, path, hash));
                }
                _ => earlier.remarks.push(format!(
                    "line {number} of {shown} is no result and is left out"
                )),
            }
        }
        Ok(earlier)
    }
}
