//! The record reaches the descriptor that the judge names.

use std::hint::black_box;
use std::process::Command;

use serde_json::{Value, json};
use stopwatch::{at_most_bytes, race_reference};

fn work(amount: u64) -> u64 {
    (0..amount * 100_000).fold(1, |sum: u64, i| black_box(sum.wrapping_mul(i | 1)))
}

#[test]
fn half_a_credit() {
    race_reference(|| work(5), || work(1));
}

#[test]
fn no_credit_for_slowness() {
    race_reference(|| work(40), || work(1));
}

#[test]
#[should_panic(expected = "one entry takes 200 bytes; the limit is 128")]
fn no_credit() {
    at_most_bytes("one entry", 200, 128);
}

/// Runs one of the tests above in a process of its own, with the judge's descriptor led to where we can read it.
fn record_of(test: &str) -> Value {
    let output = Command::new("sh")
        .args(["-c", r#"exec "$0" "$@" 3>&1 >/dev/null"#])
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--test-threads=1", "--nocapture"])
        .envs([
            ("FIFTYTEN_RECORD_FD", "3"),
            ("FIFTYTEN_CHECK", "performance_suite::a_check"),
        ])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_failed_check_says_so_with_its_figures() {
    let expected = json!({
        "format": 1,
        "check": "performance_suite::a_check",
        "outcome": "failed",
        "message": "one entry takes 200 bytes; the limit is 128",
        "credit": 0.0,
        "coverage": null,
        "suspicion": null,
        "failure": null,
        "replay": null,
        "measurements": [{ "what": "bytes: one entry", "value": 200.0, "limit": 128.0, "decides": true }],
    });
    assert_eq!(record_of("no_credit"), expected);
}

#[test]
fn a_slow_check_passes_with_half_the_credit_and_a_reason() {
    let record = record_of("half_a_credit");
    assert_eq!(
        (&record["outcome"], &record["credit"]),
        (&json!("passed"), &json!(0.5))
    );
    assert!(
        record["message"]
            .as_str()
            .unwrap()
            .contains("at most 8 half"),
        "{record}"
    );
    assert_eq!(record["measurements"][0]["what"], "ratio to the reference");
}

#[test]
fn a_check_that_is_many_times_slower_passes_without_a_point() {
    let record = record_of("no_credit_for_slowness");
    assert_eq!(
        (&record["outcome"], &record["credit"]),
        (&json!("passed"), &json!(0.0))
    );
    assert_eq!(record["measurements"][0]["decides"], json!(false));
}
