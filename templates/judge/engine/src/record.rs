//! The record of one check: one JSON object on one line, from the kit to the judge.
//!
//! Needs nothing but std and `serde_json`, so that other crates of the kit can include this file. Never writes to
//! standard output, which belongs to the program under test.

use std::fs::File;
use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{FromRawFd, RawFd};

use serde_json::{Map, Value, json};

/// Version of the format.
pub const FORMAT: u64 = 1;
/// Names the descriptor the record goes to.
pub const DESCRIPTOR: &str = "FIFTYTEN_RECORD_FD";
/// So many events stay at the begin of a story as long as there are twice as many.
const FIRST_EVENTS: usize = 200;
/// Most bytes of a record, its newline included.
pub const MOST_BYTES: usize = 256 << 10;

/// What is told of one check.
#[derive(Clone, Debug)]
pub struct Record {
    /// `core_suite::name`.
    pub check: String,
    /// `passed`, `failed`, `panicked`, `deadlock`, `livelock` or `not_linearizable`.
    pub outcome: String,
    /// What went wrong, in words.
    pub message: Option<String>,
    /// 1.0 for all of the check's points, 0.0 for none.
    pub credit: f64,
    /// What was searched: an object, or null.
    pub coverage: Value,
    /// What only a spurious wake-up or a late clock brings out.
    pub suspicion: Option<String>,
    /// The story of the failure: an object, or null.
    pub failure: Value,
    /// The story of a replayed schedule that passed: an object, or null.
    pub replay: Value,
    /// Objects with `what`, `value` and `limit`.
    pub measurements: Vec<Value>,
}

impl Record {
    /// The record of a check that passed.
    pub fn passed(check: &str) -> Record {
        Record {
            check: check.to_owned(),
            outcome: "passed".to_owned(),
            message: None,
            credit: 1.0,
            coverage: Value::Null,
            suspicion: None,
            failure: Value::Null,
            replay: Value::Null,
            measurements: Vec::new(),
        }
    }

    /// The record of a check that did not pass.
    pub fn failed(check: &str, outcome: &str, message: String) -> Record {
        Record {
            outcome: outcome.to_owned(),
            message: Some(message),
            credit: 0.0,
            ..Record::passed(check)
        }
    }

    /// The record as one line, with its newline, of at most [`MOST_BYTES`].
    ///
    /// What is too long loses events between the first and the last, then the run that passes, all events, the history, then the end of the message.
    pub fn to_line(&self) -> String {
        let mut record = self.clone();
        loop {
            let mut line = record.to_json().to_string();
            line.push('\n');
            if line.len() <= MOST_BYTES || !record.shrink() {
                return line;
            }
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "format": FORMAT, "check": self.check, "outcome": self.outcome, "message": self.message,
            "credit": self.credit, "coverage": self.coverage, "suspicion": self.suspicion,
            "failure": self.failure, "replay": self.replay, "measurements": self.measurements,
        })
    }

    /// Drops the least important part. False if nothing is left to drop.
    fn shrink(&mut self) -> bool {
        for story in [&mut self.failure, &mut self.replay] {
            let Some(story) = story.as_object_mut() else {
                continue;
            };
            if long(story) && drop_events(story) {
                return true;
            }
            if story
                .get("passing")
                .is_some_and(|passing| !passing.is_null())
            {
                story.insert("passing".to_owned(), Value::Null);
                return true;
            }
            if drop_events(story) {
                return true;
            }
            if story
                .get("history")
                .is_some_and(|history| !history.is_null())
            {
                story.insert("history".to_owned(), Value::Null);
                return true;
            }
        }
        if let Some(story) = self.failure.as_object_mut()
            && shorten(story.get_mut("why"))
        {
            return true;
        }
        for text in [&mut self.message, &mut self.suspicion]
            .into_iter()
            .flatten()
        {
            if cut(text) {
                return true;
            }
        }
        !std::mem::take(&mut self.measurements).is_empty()
    }

    /// Writes the line to the descriptor named by the environment. False if it names none.
    ///
    /// Fails as the write fails.
    pub fn write(&self) -> io::Result<bool> {
        let Some(descriptor) = descriptor() else {
            return Ok(false);
        };
        // SAFETY: the judge opened the descriptor for this process and nobody else here closes it; it is not closed
        // when the file goes out of scope.
        let mut file = ManuallyDrop::new(unsafe { File::from_raw_fd(descriptor) });
        file.write_all(self.to_line().as_bytes())?;
        Ok(true)
    }
}

/// The descriptor records go to, if there is one.
pub fn descriptor() -> Option<RawFd> {
    std::env::var(DESCRIPTOR)
        .ok()?
        .parse()
        .ok()
        .filter(|&number| number > 2)
}

/// Whether there are events between the first ones and the end.
fn long(story: &Map<String, Value>) -> bool {
    let events = story.get("events").and_then(Value::as_array);
    events.is_some_and(|events| events.len() > 2 * FIRST_EVENTS)
}

/// A quarter of the events goes, from between the first ones, which say how it began, and the end.
fn drop_events(story: &mut Map<String, Value>) -> bool {
    let Some(events) = story.get_mut("events").and_then(Value::as_array_mut) else {
        return false;
    };
    if events.is_empty() {
        return false;
    }
    let from = if events.len() > 2 * FIRST_EVENTS {
        FIRST_EVENTS
    } else {
        0
    };
    events.drain(from..from + events.len().div_ceil(4));
    true
}

fn shorten(text: Option<&mut Value>) -> bool {
    let Some(Value::String(text)) = text else {
        return false;
    };
    cut(text)
}

/// Halves a text that is longer than a page.
fn cut(text: &mut String) -> bool {
    if text.len() <= 4_000 {
        return false;
    }
    let mut end = text.len() / 2;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.push('…');
    true
}
