//! What a self-studier relies on: the plan says what comes next, and a mock is picked with a reason.

use crate::desk::{Desk, Ran};

/// Runs the trainer with the bank that is baked in.
fn run(desk: &Desk, arguments: &[&str]) -> Ran {
    let mut command = desk.command(arguments);
    let output = command
        .env_remove("FIFTYTEN_LIBRARY")
        .output()
        .expect("the trainer starts");
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("answers are UTF-8"),
        err: String::from_utf8(output.stderr).expect("remarks are UTF-8"),
    }
}

#[test]
fn the_plan_names_the_first_step_and_the_command_for_it() {
    let desk = Desk::new();
    let plan = run(&desk, &["plan"]);
    assert_eq!(plan.code, Some(0), "{plan:?}");
    assert!(
        plan.out
            .contains("> open    drill   sliding-window-limiter"),
        "{}",
        plan.out
    );
    assert_eq!(plan.out.matches('>').count(), 1, "{}", plan.out);
    assert_eq!(
        plan.err.trim(),
        "fiftyten start sliding-window-limiter --mode drill"
    );
    let weeks = run(&desk, &["plan", "six-weeks"]);
    assert!(weeks.out.starts_with("Six weeks: 0 of "), "{}", weeks.out);
}

#[test]
fn a_plan_that_there_is_not_is_told_with_those_that_there_are() {
    let ran = run(&Desk::new(), &["plan", "two-hours"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("six-weeks, three-days"), "{}", ran.err);
}

#[test]
fn a_problem_that_is_not_in_the_library_is_shown_and_not_set() {
    let ran = Desk::new().run(&["plan"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out
            .contains("later   drill   token-bucket, not in this library"),
        "{}",
        ran.out
    );
}

#[test]
fn a_mock_is_picked_with_a_reason_and_again_by_its_seed() {
    let desk = Desk::new();
    let told = run(&desk, &["mock", "--dry-run", "--seed", "7"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(
        told.err.contains("not tried in the last two weeks"),
        "{told:?}"
    );
    let id = told.out.trim().to_owned();
    let started = run(&desk, &["mock", "--seed", "7"]);
    assert_eq!(started.code, Some(0), "{started:?}");
    assert!(
        started.err.starts_with(&format!("{id}: tier ")),
        "{started:?}"
    );
    let manifest = std::fs::read_to_string(desk.attempt().join("attempt.toml"));
    let manifest = manifest.expect("there is an attempt");
    assert!(
        manifest.contains(&id) && manifest.contains("mock"),
        "{manifest}"
    );
}

#[test]
fn a_tier_without_problems_is_told() {
    let ran = Desk::new().run(&["mock", "--tier", "3"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("no problem of tier 3"), "{}", ran.err);
}
