//! The record as the judge reads it, through a real descriptor of a real child process.

mod support;

use std::io::Read;
use std::os::fd::AsRawFd;
use std::process::Command;

use engine::record::{MOST_BYTES, Record};
use engine::report::{raise, run_check};
use engine::{Plan, search};
use serde_json::{Value, json};
use support::{Number, crowd};

/// Names the check that a child process is to run.
const CHILD: &str = "ENGINE_TEST_CHECK";

fn lost_update() {
    let total = crowd(2, |_, total: &Number| {
        let seen = total.load();
        total.store(seen + 1);
    });
    assert_eq!(total.load(), 2, "an update was lost");
}

fn explored(body: &dyn Fn()) {
    if let Err(failure) = search(
        &Plan {
            random: 5,
            ..Plan::default()
        },
        body,
    ) {
        raise(failure);
    }
}

/// Runs one check in a child process and reads its record back; also gives what it wrote to standard error.
fn record_of(check: &str, variables: &[(&str, &str)]) -> (Value, String, bool) {
    let (mut reader, writer) = std::io::pipe().unwrap();
    // The child must inherit the descriptor under its number.
    // SAFETY: it is open, and only its flags change.
    assert_eq!(
        unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETFD, 0) },
        0
    );
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(CHILD, check)
        .env("FIFTYTEN_RECORD_FD", writer.as_raw_fd().to_string())
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    drop(writer);
    let mut line = String::new();
    reader.read_to_string(&mut line).unwrap();
    assert_eq!(line.matches('\n').count(), 1, "{line}");
    let errors = String::from_utf8(output.stderr).unwrap();
    (
        serde_json::from_str(&line).unwrap(),
        errors,
        output.status.success(),
    )
}

#[test]
fn child() {
    match std::env::var(CHILD).as_deref() {
        Ok("passes") => run_check("core::passes", || {
            explored(&|| drop(crowd(2, |_, n: &Number| n.store(1))))
        }),
        Ok("fails") => run_check("core::fails", || explored(&lost_update)),
        Ok("body") => run_check("sample::body", lost_update),
        Ok("plain") => run_check("core::plain", || panic!("two and two")),
        _ => {}
    }
}

#[test]
fn a_check_that_passes_says_what_was_covered() {
    let (record, _, success) = record_of("passes", &[]);
    assert!(success);
    assert_eq!(record["outcome"], "passed");
    assert_eq!(record["check"], "core::passes");
    assert_eq!(record["credit"], 1.0);
    assert_eq!(record["coverage"]["delays"], 2);
    assert_eq!(record["coverage"]["exhausted"], true);
    assert_eq!(record["failure"], Value::Null);
}

#[test]
fn a_check_that_fails_carries_its_story() {
    let (record, errors, success) = record_of("fails", &[]);
    assert!(!success);
    assert_eq!(record["outcome"], "failed");
    let failure = &record["failure"];
    assert_eq!(failure["token"], "t1@2>t2");
    assert_eq!(failure["passing_token"], "default");
    assert!(failure["events"].as_array().unwrap().len() > 4);
    assert!(!errors.contains("panicked at"), "{errors}");
}

#[test]
fn a_replay_runs_just_that_schedule() {
    let (record, _, success) = record_of("fails", &[("FIFTYTEN_REPLAY", "default")]);
    assert!(success);
    assert_eq!(record["replay"]["kind"], "passed");
    assert!(record["replay"]["events"].as_array().unwrap().len() > 4);
    let (record, ..) = record_of("fails", &[("FIFTYTEN_REPLAY", "t1@2>t2")]);
    assert_eq!(record["failure"]["token"], "t1@2>t2");
}

#[test]
fn a_sample_is_explored_as_a_whole() {
    let (record, ..) = record_of("body", &[("FIFTYTEN_BODY", "explore")]);
    assert_eq!(record["failure"]["token"], "t1@2>t2");
}

#[test]
fn a_panic_outside_of_schedules_is_recorded_too() {
    let (record, ..) = record_of("plain", &[]);
    assert_eq!(
        (&record["outcome"], &record["message"]),
        (&json!("failed"), &json!("two and two"))
    );
}

#[test]
fn a_long_record_keeps_its_newest_events() {
    let mut record = Record::failed("core::long", "deadlock", "stuck".into());
    let events: Vec<Value> = (0..20_000)
        .map(|step| json!({ "step": step, "op": "Mutex::lock" }))
        .collect();
    record.failure = json!({ "kind": "deadlock", "events": events, "why": "x".repeat(300_000) });
    let line = record.to_line();
    assert!(line.len() <= MOST_BYTES);
    record.failure = json!({ "kind": "deadlock", "events": events, "why": "" });
    let kept: Value = serde_json::from_str(&record.to_line()).unwrap();
    let kept = kept["failure"]["events"].as_array().unwrap();
    assert_eq!(kept.last().unwrap()["step"], 19_999);
}
