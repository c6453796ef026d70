//! The JSON of `score` and `report`, in the order that the contract gives.

use std::path::Path;

use serde::Serialize;

use crate::domain::{
    own_rating::OwnRating,
    report::{Report, Seconds, Subject},
    timeline::Timeline,
    verdict::{Cage, CheckResult, Diagnostic, Outcome, Refusal, Verdict},
};

#[derive(Serialize)]
struct Object<'r> {
    format: u32,
    problem: &'r str,
    submission: &'r Subject,
    verdict: &'r str,
    score: f64,
    band: &'r str,
    categories: Vec<Category<'r>>,
    sandbox: &'r Cage,
    toolchain: &'r str,
    seconds: Seconds,
    /// Only where the candidate said something.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    own_ratings: &'r [OwnRating],
    /// Only for code that does not compile.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    diagnostics: &'r [Diagnostic],
    /// Only for code that intake did not take.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    refusals: &'r [Refusal],
    /// Only for code that is exactly that of an earlier submission.
    #[serde(skip_serializing_if = "Option::is_none")]
    same_as: Option<String>,
}

#[derive(Serialize)]
struct Category<'r> {
    category: &'r str,
    points: f64,
    max: f64,
    checks: Vec<Check<'r>>,
}

#[derive(Serialize)]
struct Check<'r> {
    name: &'r str,
    outcome: Outcome,
    message: Option<&'r str>,
    schedule: Option<&'r str>,
    seconds: f64,
}

/// One report as one object on one line; `same_as` is the earlier submission that its verdict was taken from.
pub(super) fn line(report: &Report, same_as: Option<&Path>) -> String {
    serde_json::to_string(&object(report, same_as))
        .expect("a report has neither odd keys nor odd numbers")
}

/// One report as an object that a person can read too.
pub(super) fn pretty(report: &Report, same_as: Option<&Path>) -> String {
    serde_json::to_string_pretty(&object(report, same_as))
        .expect("a report has neither odd keys nor odd numbers")
}

#[derive(Serialize)]
struct Saves<'t> {
    format: u32,
    attempt: &'t str,
    /// Counted milliseconds since the start, like every `at_ms`.
    end_ms: u64,
    first_green_ms: Option<u64>,
    peak_ms: Option<u64>,
    waiting: usize,
    saves: Vec<Save<'t>>,
}

#[derive(Serialize)]
struct Save<'t> {
    at_ms: u64,
    hash: &'t str,
    compiled: bool,
    score: f64,
    passed: usize,
    of: usize,
    broke: &'t [String],
}

/// What the saves of an attempt were worth, as an object.
pub(super) fn timeline(attempt: &str, timeline: &Timeline) -> String {
    let saves = timeline.moments.iter().map(|one| Save {
        at_ms: one.at,
        hash: &one.hash,
        compiled: one.standing.compiled,
        score: one.standing.total,
        passed: one.standing.passing.len(),
        of: one.standing.of,
        broke: &one.broke,
    });
    let object = Saves {
        format: 1,
        attempt,
        end_ms: timeline.end,
        first_green_ms: timeline.first_green().map(|one| one.at),
        peak_ms: timeline.peak().map(|one| one.at),
        waiting: timeline.waiting,
        saves: saves.collect(),
    };
    serde_json::to_string_pretty(&object).expect("neither odd keys nor odd numbers")
}

fn object<'r>(report: &'r Report, same_as: Option<&Path>) -> Object<'r> {
    let checks = report.verdict.checks();
    let categories = report.score.categories.iter().map(|line| Category {
        category: line.category.word(),
        points: line.points,
        max: line.max,
        checks: checks
            .iter()
            .filter(|check| Some(check.category) == line.category.category())
            .map(check)
            .collect(),
    });
    let (diagnostics, refusals) = match &report.verdict {
        Verdict::Judged { .. } => Default::default(),
        Verdict::NotCompiled(found) => (found.as_slice(), Default::default()),
        Verdict::Refused(found) => (Default::default(), found.as_slice()),
    };
    Object {
        format: report.format,
        problem: &report.problem,
        submission: &report.submission,
        verdict: report.verdict.word(),
        score: report.score.total,
        band: report.score.band.word(),
        categories: categories.collect(),
        sandbox: &report.sandbox,
        toolchain: &report.toolchain,
        seconds: Seconds {
            build: milli(report.seconds.build),
            run: milli(report.seconds.run),
            total: milli(report.seconds.total),
        },
        own_ratings: report
            .attempt
            .as_ref()
            .map(|part| part.facts.own_ratings.as_slice())
            .unwrap_or_default(),
        diagnostics,
        refusals,
        same_as: same_as.map(|path| path.display().to_string()),
    }
}

fn check(check: &CheckResult) -> Check<'_> {
    Check {
        name: &check.name,
        outcome: check.outcome,
        message: check.message.as_deref(),
        schedule: check.schedule.as_deref(),
        seconds: milli(check.seconds),
    }
}

/// Milliseconds are exact enough for seconds.
fn milli(seconds: f64) -> f64 {
    (seconds * 1_000.0).round() / 1_000.0
}
