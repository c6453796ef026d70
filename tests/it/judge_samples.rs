//! The quick look while coding.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use fiftyten::domain::verdict::{Outcome, Verdict};
use fiftyten::judge::{self, Judgement};

use crate::desk;

fn look(lib: &str, own_tests: &[(&str, &str)]) -> Judgement {
    let own_tests: BTreeMap<String, String> = own_tests
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    let (problem, submission) = (desk::problem("lock-step"), judge::submission_of(lib));
    judge::run_samples(
        desk::bench(),
        &problem,
        &submission,
        &own_tests,
        &AtomicBool::new(false),
        &mut |_| {},
    )
    .expect("the machine can judge")
}

fn reference() -> String {
    desk::text(&desk::fixtures().join("problems/lock-step/solutions/reference.rs"))
}

fn outcome_of(judgement: &Judgement, name: &str) -> Option<Outcome> {
    judgement
        .verdict
        .checks()
        .iter()
        .find(|check| check.name == name)
        .map(|check| check.outcome)
}

#[test]
fn samples_and_own_tests_run_side_by_side() {
    let own = "use lock_step::Tally;\n#[test]\nfn starts_at_zero() { assert_eq!(Tally::new().total(), 0); }\n\
               #[test]\nfn is_wrong() { assert_eq!(Tally::new().total(), 1); }\n\
               #[test]\n#[ignore]\nfn later() {}\n\
               #[test]\n#[should_panic]\nfn panics() { panic!(\"as it should\"); }\n";
    let lib = reference()
        + "#[cfg(test)]\nmod tests {\n    #[test]\n    fn inside() { assert_eq!(super::Tally::new().add(1), 1); }\n}\n";
    let judgement = look(&lib, &[("tests/mine.rs", own)]);
    let found = desk::outcomes(judgement.verdict.checks());
    assert_eq!(
        outcome_of(&judgement, "sample::what_is_added_is_there"),
        Some(Outcome::Passed),
        "{found:#?}"
    );
    assert_eq!(
        outcome_of(&judgement, "mine::starts_at_zero"),
        Some(Outcome::Passed),
        "{found:#?}"
    );
    assert_eq!(
        outcome_of(&judgement, "mine::is_wrong"),
        Some(Outcome::Failed),
        "{found:#?}"
    );
    assert_eq!(
        outcome_of(&judgement, "mine::later"),
        Some(Outcome::Skipped),
        "{found:#?}"
    );
    assert_eq!(
        outcome_of(&judgement, "mine::panics"),
        Some(Outcome::Passed),
        "{found:#?}"
    );
    assert_eq!(
        outcome_of(&judgement, "tests::inside"),
        Some(Outcome::Passed),
        "{found:#?}"
    );
}

#[test]
fn a_test_file_that_does_not_compile_costs_nothing_but_itself() {
    let judgement = look(
        &reference(),
        &[(
            "tests/broken.rs",
            "#[test]\nfn broken() { let x: u32 = \"\"; }\n",
        )],
    );
    let found = desk::outcomes(judgement.verdict.checks());
    assert_eq!(
        outcome_of(&judgement, "tests/broken.rs"),
        Some(Outcome::NotBuilt),
        "{found:#?}"
    );
    assert_eq!(
        outcome_of(&judgement, "sample::what_is_added_is_there"),
        Some(Outcome::Passed),
        "{found:#?}"
    );
    assert!(found.iter().any(|(_, _, message)| {
        message
            .as_ref()
            .is_some_and(|text| text.starts_with("tests/broken.rs:2"))
    }));
}

#[test]
fn the_starter_compiles_and_fails_its_samples() {
    let starter = desk::text(&desk::fixtures().join("problems/lock-step/starter.rs"));
    let judgement = look(&starter, &[]);
    assert!(
        matches!(judgement.verdict, Verdict::Judged { .. }),
        "{:?}",
        judgement.verdict.word()
    );
    assert_eq!(
        outcome_of(&judgement, "sample::what_is_added_is_there"),
        Some(Outcome::Panicked)
    );
}

#[test]
fn a_race_in_an_own_test_is_found() {
    let racy = desk::text(&desk::fixtures().join("submissions/failed/adds_in_two_steps.rs"));
    let own = "use lock_step::Tally;\nuse std::{sync::Arc, thread};\n#[test]\nfn two_threads() {\n    let tally = Arc::new(Tally::new());\n    \
               let other = Arc::clone(&tally);\n    let adder = thread::spawn(move || other.add(1));\n    tally.add(1);\n    adder.join().unwrap();\n    \
               assert_eq!(tally.total(), 2);\n}\n";
    let judgement = look(&racy, &[("tests/mine.rs", own)]);
    assert_eq!(
        outcome_of(&judgement, "mine::two_threads"),
        Some(Outcome::Failed)
    );
}
