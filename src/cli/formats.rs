//! JUnit, as CI systems read it, and the table of several submissions.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use crate::{
    domain::{
        report::Report,
        verdict::{CheckResult, Outcome, Verdict},
    },
    wording::{self, Line, Tone},
};

/// One test suite per submission, one test case per check.
pub(super) fn junit(reports: &[Report]) -> Result<String, quick_junit::SerializeError> {
    let mut junit = Junit::new("fiftyten");
    for report in reports {
        let mut suite = TestSuite::new(format!("{} {}", report.problem, report.submission.path));
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
        junit.add_test_suite(suite);
    }
    junit.to_string()
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

/// One line per submission.
pub(super) fn table(reports: &[Report]) -> Vec<Line> {
    let width = reports
        .iter()
        .map(|report| report.submission.path.chars().count())
        .max()
        .unwrap_or(0)
        .min(60);
    let mut lines = vec![Line::new(
        Tone::Heading,
        format!(
            "{:<width$}  {:<16} {:>5}  {:<12} checks",
            "submission", "verdict", "score", "band"
        ),
    )];
    for report in reports {
        let checks = report.verdict.checks();
        let passed = checks.iter().filter(|check| check.passed()).count();
        let tone = if report.verdict.accepted() {
            Tone::Good
        } else {
            Tone::Bad
        };
        lines.push(Line::new(
            tone,
            format!(
                "{:<width$}  {:<16} {:>5.1}  {:<12} {passed} of {}",
                report.submission.path,
                wording::verdict_word(&report.verdict),
                report.score.total,
                report.score.band.word(),
                checks.len()
            ),
        ));
    }
    let accepted = reports
        .iter()
        .filter(|report| report.verdict.accepted())
        .count();
    lines.push(Line::plain(format!(
        "{accepted} of {} accepted",
        reports.len()
    )));
    lines
}
