//! What tests of the judge have in common: one bench for all of them, problems and submissions out of the fixtures.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use fiftyten::catalog;
use fiftyten::domain::attempt::Submission;
use fiftyten::domain::problem::Problem;
use fiftyten::domain::verdict::{CheckResult, Outcome};
use fiftyten::judge::{self, Bench, Judgement, Order};

/// The folder of fixtures.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The cache that all tests share, so that the bench is built once.
pub fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

/// The one bench.
pub fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| judge::prepare(&cache(), &mut |_| {}).expect("the bench can be built"))
}

/// A small problem of the fixtures.
pub fn problem(id: &str) -> Problem {
    catalog::load_folder(&fixtures().join("problems").join(id)).unwrap_or_else(|offences| panic!("{id}: {offences:#?}"))
}

/// The text of a file.
pub fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Judges against the small problem with threads.
pub fn judge(submission: &Submission, order: &Order) -> Judgement {
    judge::judge(
        bench(),
        &problem("lock-step"),
        submission,
        order,
        &AtomicBool::new(false),
        &mut |_| {},
    )
    .expect("the machine can judge")
}

/// What was found, without the seconds.
pub fn outcomes(checks: &[CheckResult]) -> Vec<(String, Outcome, Option<String>)> {
    checks
        .iter()
        .map(|check| (check.name.clone(), check.outcome, check.message.clone()))
        .collect()
}
