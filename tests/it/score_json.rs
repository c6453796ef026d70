//! The JSON of `score`, as the contract writes it.

use serde_json::Value;

use crate::desk::{Desk, fixtures};

fn solution(problem: &str, path: &str) -> String {
    fixtures()
        .join("problems")
        .join(problem)
        .join("solutions")
        .join(path)
        .display()
        .to_string()
}

fn score(desk: &Desk, paths: &[&str], more: &[&str], code: i32) -> String {
    let arguments: Vec<&str> = ["score"].iter().chain(paths).chain(more).copied().collect();
    let ran = desk.run(&arguments);
    assert_eq!(ran.code, Some(code), "{ran:?}");
    ran.out
}

/// Keys in the order in which they are written.
fn keys(text: &str, indent: usize) -> Vec<String> {
    let start = format!("{}\"", " ".repeat(indent));
    let lines = text.lines().filter_map(|line| line.strip_prefix(&start));
    lines
        .filter_map(|line| Some(line.split_once("\":")?.0.to_owned()))
        .collect()
}

#[test]
fn one_submission_is_one_object_with_its_keys_in_order() {
    let desk = Desk::new();
    let reference = solution("lock-step", "reference.rs");
    let text = score(
        &desk,
        &[&reference],
        &["--problem", "lock-step", "--format", "json"],
        0,
    );
    assert_eq!(
        keys(&text, 2),
        [
            "format",
            "problem",
            "submission",
            "verdict",
            "score",
            "band",
            "categories",
            "sandbox",
            "toolchain",
            "seconds"
        ]
    );
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["format"], 1);
    assert_eq!(value["verdict"], "accepted");
    assert_eq!(value["score"], 100.0);
    let names: Vec<&str> = value["submission"]
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(names, ["files", "hash", "lines", "path"]);
    for category in value["categories"].as_array().expect("an array") {
        assert_eq!(category["points"], category["max"], "{category}");
        for check in category["checks"].as_array().expect("an array") {
            assert_eq!(check["outcome"], "passed", "{check}");
            for key in ["name", "message", "schedule", "seconds"] {
                assert!(check.get(key).is_some(), "{key} is missing in {check}");
            }
        }
    }
    assert!(value["sandbox"]["layers"].is_array() && value["seconds"]["total"].is_number());
}

#[test]
fn the_same_code_gets_the_same_bytes_but_for_the_times() {
    let desk = Desk::new();
    let mutant = solution("lock-step", "mutants/concurrency/adds_in_two_steps.rs");
    let timeless = || {
        let text = score(
            &desk,
            &[&mutant],
            &["--problem", "lock-step", "--format", "json"],
            1,
        );
        let kept: Vec<&str> = text
            .lines()
            .filter(|line| {
                !["\"seconds\"", "\"build\"", "\"run\"", "\"total\""]
                    .iter()
                    .any(|time| line.contains(time))
            })
            .collect();
        kept.join("\n")
    };
    let first = timeless();
    assert!(first.contains("\"schedule\": \"t"), "{first}");
    for _ in 0..2 {
        assert_eq!(timeless(), first);
    }
}

#[test]
fn a_category_that_was_not_fully_passed_has_less_than_its_points() {
    let desk = Desk::new();
    let mutant = solution("add-two", "mutants/core/adds_three.rs");
    let text = score(
        &desk,
        &[&mutant],
        &["--problem", "add-two", "--format", "json"],
        1,
    );
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["verdict"], "rejected");
    for category in value["categories"].as_array().expect("an array") {
        let all = category["checks"]
            .as_array()
            .expect("an array")
            .iter()
            .all(|check| check["outcome"] == "passed");
        let (points, max) = (category["points"].as_f64(), category["max"].as_f64());
        assert!(all || points < max, "{category}");
    }
}

#[test]
fn several_submissions_are_an_array_or_a_line_each_and_identical_ones_are_judged_once() {
    let desk = Desk::new();
    let reference = solution("add-two", "reference.rs");
    let copy = desk.home().join("copy.rs");
    std::fs::copy(&reference, &copy).expect("copied");
    let copy = copy.display().to_string();
    let array = score(
        &desk,
        &[&reference, &copy],
        &["--problem", "add-two", "--format", "json"],
        0,
    );
    let array: Vec<Value> = serde_json::from_str(&array).expect("an array");
    assert_eq!(array.len(), 2);
    assert_eq!(
        array[0]["categories"], array[1]["categories"],
        "even the times are the same"
    );
    assert_ne!(
        array[0]["submission"]["path"],
        array[1]["submission"]["path"]
    );
    let lines = score(
        &desk,
        &[&reference, &copy],
        &["--problem", "add-two", "--format", "ndjson"],
        0,
    );
    assert_eq!(
        lines
            .lines()
            .filter(|line| serde_json::from_str::<Value>(line).is_ok())
            .count(),
        2
    );
}

#[test]
fn code_that_does_not_compile_says_where() {
    let desk = Desk::new();
    let path = fixtures()
        .join("submissions/not_compiled/broken_syntax.rs")
        .display()
        .to_string();
    let text = score(
        &desk,
        &[&path],
        &["--problem", "lock-step", "--format", "json"],
        1,
    );
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        (value["verdict"].as_str(), value["score"].as_f64()),
        (Some("not_compiled"), Some(0.0))
    );
    assert_eq!(value["diagnostics"][0]["file"], "src/lib.rs");
}

#[test]
fn junit_has_a_case_for_every_check() {
    let desk = Desk::new();
    let path = solution("lock-step", "mutants/concurrency/wakes_nobody.rs");
    let text = score(
        &desk,
        &[&path],
        &["--problem", "lock-step", "--format", "junit"],
        1,
    );
    assert!(
        text.starts_with("<?xml") && text.contains("<testcase") && text.contains("DEADLOCK"),
        "{text}"
    );
}

#[test]
fn an_attempt_and_a_package_tell_their_problem_themselves() {
    let desk = Desk::new();
    let package = desk
        .done(&["start", "add-two", "--dir", "mine"])
        .trim()
        .to_owned();
    let reference = std::fs::read_to_string(solution("add-two", "reference.rs")).expect("readable");
    std::fs::write(std::path::Path::new(&package).join("src/lib.rs"), reference).expect("writable");
    let attempt = desk.attempt().display().to_string();
    for path in [package.as_str(), attempt.as_str()] {
        let text = score(&desk, &[path], &["--format", "json"], 0);
        assert!(text.contains("\"problem\": \"add-two\""), "{text}");
    }
}
