//! Reads what a check reports through the result channel: one JSON object on one line.
//!
//! The guest writes it in the candidate's process, so nothing in it is trusted to be well-formed, and every text is cleaned.

use serde::Deserialize;
use serde_json::Value;

use super::clean::clean_value;
use crate::domain::verdict::{Coverage, Measurement, Outcome, Story};

/// The format this program understands.
const FORMAT: u64 = 1;

/// What a check says about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Never `ended_early` and its like, which only the judge can find.
    pub outcome: Outcome,
    pub message: Option<String>,
    /// Between 0 and 1.
    pub credit: f64,
    pub coverage: Option<Coverage>,
    pub suspicion: Option<String>,
    pub story: Option<Story>,
    /// What happened in a schedule that was replayed and passed.
    pub replayed: Option<Story>,
    /// What a performance check measured.
    pub measurements: Vec<Measurement>,
}

/// The line as it is written.
#[derive(Deserialize)]
struct Line {
    format: u64,
    check: String,
    outcome: Outcome,
    message: Option<String>,
    credit: Option<f64>,
    coverage: Option<Searched>,
    suspicion: Option<String>,
    failure: Option<Value>,
    /// What happened in a schedule that was to be replayed and passed.
    replay: Option<Value>,
    #[serde(default)]
    measurements: Vec<Value>,
}

/// What the search went through, as it is written: a level that was not reached is null.
#[derive(Deserialize)]
struct Searched {
    systematic: u64,
    delays: Option<u32>,
    preemptions: Option<u32>,
    exhausted: bool,
    random: u64,
}

impl From<Searched> for Coverage {
    fn from(searched: Searched) -> Self {
        Self {
            systematic: searched.systematic,
            delays: searched.delays.unwrap_or(0),
            preemptions: searched.preemptions.unwrap_or(0),
            exhausted: searched.exhausted,
            random: searched.random,
        }
    }
}

/// The record of `check` in what came through the channel; none if nothing came.
///
/// Fails, with the reason in words, on anything but exactly one well-formed record of this check.
pub fn read(channel: &[u8], check: &str) -> Result<Option<Record>, &'static str> {
    let text = std::str::from_utf8(channel).map_err(|_| "the record is not UTF-8")?;
    let mut lines = text.lines().filter(|line| !line.is_empty());
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    if lines.next().is_some() {
        return Err("more than one record was written");
    }
    if !text.ends_with('\n') {
        return Err("the record breaks off");
    }
    let mut value: Value = serde_json::from_str(line).map_err(|_| "the record is not JSON")?;
    clean_value(&mut value);
    let line: Line = serde_json::from_value(value).map_err(|_| "the record lacks something")?;
    if line.format != FORMAT {
        return Err("the record has another format");
    }
    if line.check != check {
        return Err("the record is about another check");
    }
    if !says_itself(line.outcome) {
        return Err("the record claims what only the judge can find");
    }
    let passed = line.outcome == Outcome::Passed;
    let credit = line
        .credit
        .filter(|credit| credit.is_finite())
        .unwrap_or(if passed { 1.0 } else { 0.0 });
    Ok(Some(Record {
        outcome: line.outcome,
        message: line.message.filter(|message| !message.is_empty()),
        credit: credit.clamp(0.0, 1.0),
        coverage: line.coverage.map(Coverage::from),
        suspicion: line.suspicion,
        // A story that cannot be told does not change the outcome.
        story: line.failure.and_then(story),
        replayed: line.replay.and_then(story),
        measurements: line
            .measurements
            .into_iter()
            .filter_map(|one| serde_json::from_value(one).ok())
            .collect(),
    }))
}

fn story(mut value: Value) -> Option<Story> {
    // A run that passed has no reason to give.
    if value.get("why").is_some_and(Value::is_null) {
        value["why"] = Value::String(String::new());
    }
    serde_json::from_value(value).ok()
}

fn says_itself(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Passed
        | Outcome::Failed
        | Outcome::Panicked
        | Outcome::Deadlock
        | Outcome::Livelock
        | Outcome::NotLinearizable => true,
        Outcome::WallTimeout
        | Outcome::CpuTimeout
        | Outcome::MemoryLimit
        | Outcome::OutputLimit
        | Outcome::ThreadLimit
        | Outcome::FileLimit
        | Outcome::ResultLimit
        | Outcome::EndedEarly
        | Outcome::Crashed
        | Outcome::SecurityViolation
        | Outcome::NotBuilt
        | Outcome::Skipped => false,
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    const PASS: &str = r#"{"format":1,"check":"core_suite::adds","outcome":"passed","message":null,"credit":1.0,"coverage":null,"suspicion":null,"failure":null,"measurements":[]}"#;

    #[test]
    fn exactly_one_record_of_the_right_check_is_taken() {
        let line = format!("{PASS}\n");
        assert!(read(line.as_bytes(), "core_suite::adds").is_ok_and(|record| record.is_some()));
        assert!(read(line.repeat(2).as_bytes(), "core_suite::adds").is_err());
        assert!(read(line.as_bytes(), "core_suite::subtracts").is_err());
        assert!(
            read(PASS.as_bytes(), "core_suite::adds").is_err(),
            "without its end of line it may be cut off"
        );
        assert_eq!(read(b"", "core_suite::adds"), Ok(None));
    }

    #[test]
    fn a_record_cannot_claim_what_only_the_judge_can_find() {
        let line = format!("{}\n", PASS.replace("passed", "skipped"));
        assert!(read(line.as_bytes(), "core_suite::adds").is_err());
    }

    #[test]
    fn credit_stays_between_nothing_and_everything() {
        let line = format!("{}\n", PASS.replace("1.0", "1e9"));
        let record = read(line.as_bytes(), "core_suite::adds");
        assert!(record.is_ok_and(|record| record.is_some_and(|record| record.credit == 1.0)));
    }
}
