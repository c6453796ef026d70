//! Every limit has an outcome of its own, and the report says in words what was used and what is allowed.

use serde_json::Value;

use crate::desk::{Desk, fixtures};

/// The outcome of the first thing that did not pass, and what the report says about it.
fn told(file: &str) -> (String, String) {
    let desk = Desk::new();
    let path = fixtures().join(file).display().to_string();
    let ran = desk.run(&["score", &path, "--problem", "lock-step", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    let checks = report["categories"].as_array().into_iter().flatten();
    let failed = checks
        .flat_map(|category| category["checks"].as_array().cloned().unwrap_or_default())
        .find(|check| check["outcome"] != "passed");
    match failed {
        Some(check) => (
            check["outcome"].as_str().unwrap_or_default().to_owned(),
            check["message"].as_str().unwrap_or_default().to_owned(),
        ),
        None => (
            report["verdict"].as_str().unwrap_or_default().to_owned(),
            report["diagnostics"][0]["message"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        ),
    }
}

fn assert_told(file: &str, outcome: &str, words: &[&str]) {
    let (found, message) = told(file);
    assert_eq!(found, outcome, "{message}");
    for word in words {
        assert!(message.contains(word), "`{word}` is not in: {message}");
    }
}

#[test]
fn processor_time() {
    let words = ["used 1", "10 s are allowed"];
    assert_told(
        "hostile/judged/spins_only_when_measured.rs",
        "cpu_timeout",
        &words,
    );
}

#[test]
fn time_on_the_wall() {
    let words = ["ran for ", "20 s are allowed"];
    assert_told(
        "submissions/wall_timeout/sleeps_in_earnest.rs",
        "wall_timeout",
        &words,
    );
}

#[test]
fn memory() {
    let words = ["wanted 1048576 MiB", "1024 MiB are allowed"];
    assert_told(
        "hostile/judged/allocates_a_terabyte.rs",
        "memory_limit",
        &words,
    );
}

#[test]
fn threads() {
    let words = ["one thread more than the 256"];
    assert_told(
        "hostile/judged/thread_bomb_only_when_measured.rs",
        "thread_limit",
        &words,
    );
}

#[test]
fn output() {
    let words = ["printed more than 1024 KiB", "allowed"];
    assert_told(
        "hostile/judged/prints_only_when_measured.rs",
        "output_limit",
        &words,
    );
}

#[test]
fn size_of_the_result() {
    let words = ["256 KiB into the result channel", "allowed"];
    assert_told(
        "hostile/judged/deadlocks_with_names_like_books.rs",
        "result_limit",
        &words,
    );
}

#[test]
fn time_of_the_compiler() {
    let words = ["the compiler used 3", "30 s are allowed"];
    assert_told(
        "hostile/not_compiled/computes_without_a_warning.rs",
        "not_compiled",
        &words,
    );
}

#[test]
fn size_of_the_diagnostics() {
    let words = ["more than 4096 KiB of errors", "allowed"];
    assert_told(
        "hostile/not_compiled/drowns_its_errors.rs",
        "not_compiled",
        &words,
    );
}

#[test]
fn memory_of_the_compiler() {
    let words = [
        "more memory than available to compiler",
        "2048 MiB are allowed",
    ];
    assert_told(
        "hostile/not_compiled/wants_all_memory.rs",
        "not_compiled",
        &words,
    );
}
