//! JUnit, as CI systems read it.

use std::{path::Path, time::Duration};

use quick_junit::{NonSuccessKind, Property, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use crate::{
    actions::{Failure, Skipped},
    domain::{
        report::Report,
        verdict::{CheckResult, Outcome, Verdict},
    },
    wording,
};

/// The suites as one document.
pub(super) fn junit(suites: impl IntoIterator<Item = TestSuite>) -> Result<String, Failure> {
    let mut junit = Junit::new("fiftyten");
    junit.add_test_suites(suites);
    let written = junit.to_string();
    written.map_err(|error| Failure::machine(format!("cannot write JUnit: {error}"), ""))
}

/// One test suite for a submission, one test case for each check.
pub(super) fn suite(report: &Report, same_as: Option<&Path>) -> TestSuite {
    let mut suite = TestSuite::new(format!("{} {}", report.problem, report.submission.path));
    if let Some(path) = same_as {
        suite.add_property(Property::new("same_as", path.display().to_string()));
    }
    match &report.verdict {
        Verdict::Judged { checks, .. } => suite.add_test_cases(checks.iter().map(case)),
        Verdict::NotCompiled(found) => {
            let words = wording::text(&wording::diagnostics(found));
            suite.add_test_case(broken("the_code_compiles", "does not compile", &words))
        }
        Verdict::Refused(found) => {
            let words = wording::text(&wording::refusals(found));
            suite.add_test_case(broken("the_code_is_taken_in", "refused", &words))
        }
    };
    suite
}

/// A test suite for what is no submission.
pub(super) fn skipped(skipped: &Skipped) -> TestSuite {
    let mut suite = TestSuite::new(skipped.path.display().to_string());
    let mut status = TestCaseStatus::skipped();
    status.set_message(skipped.reason.clone());
    suite.add_test_case(TestCase::new("it_is_a_submission", status));
    suite
}

fn case(check: &CheckResult) -> TestCase {
    let message = check
        .message
        .clone()
        .unwrap_or_else(|| wording::outcome_meaning(check.outcome).to_owned());
    let status = match check.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Skipped => TestCaseStatus::skipped(),
        _ => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(wording::outcome_word(check.outcome));
            status.set_message(message);
            if let Some(story) = &check.story {
                status.set_description(wording::text(&wording::story(story, None, 100)));
            }
            status
        }
    };
    let mut case = TestCase::new(check.name.clone(), status);
    case.set_classname(check.category.word());
    case.set_time(Duration::try_from_secs_f64(check.seconds).unwrap_or_default());
    case
}

fn broken(name: &str, kind: &str, words: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(kind);
    status.set_description(words);
    TestCase::new(name, status)
}
