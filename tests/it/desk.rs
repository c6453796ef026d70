//! What tests of the judge have in common: one bench for all of them, problems and submissions out of the fixtures.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use fiftyten::domain::attempt::Submission;
use fiftyten::domain::problem::{Category, Check, Problem, ProblemId, Solution, Suite, Weights};
use fiftyten::domain::verdict::{CheckResult, Outcome};
use fiftyten::judge::{self, Bench, Judgement, Order};

/// The folder of fixtures.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The cache that all tests share, so that the bench is built once.
pub fn cache() -> PathBuf {
    Path::new(option_env!("CARGO_TARGET_TMPDIR").unwrap_or("target/tmp")).join("cache")
}

/// The one bench.
pub fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| judge::prepare(&cache(), &mut |_| {}).expect("the bench can be built"))
}

/// A small problem of the fixtures.
pub fn problem(id: &str) -> Problem {
    load(&fixtures().join("problems").join(id))
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

/// Reads what the judge needs of a problem's folder.
pub fn load(folder: &Path) -> Problem {
    let suite = |category: Category, file: &str| {
        let source = text(&folder.join("suites").join(file));
        let parsed = syn_names(&source);
        let checks = parsed.into_iter().map(|name| Check { name, study: None }).collect();
        Suite {
            category,
            source,
            checks,
        }
    };
    let solution = |path: &Path| Solution {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        source: text(path),
    };
    let id = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Problem {
        id: ProblemId::new(&id).expect("a folder is named like a problem"),
        title: id,
        tier: 1,
        group: String::new(),
        frequency: 1,
        tags: Vec::new(),
        difficulty: 1,
        drill_minutes: 5,
        weights: Weights::DRILL,
        statement: String::new(),
        starter: text(&folder.join("starter.rs")),
        followup_stub: text(&folder.join("followup.rs")),
        twist: String::new(),
        clarifications: Vec::new(),
        discussion: Vec::new(),
        hints: Vec::new(),
        samples: suite(Category::Core, "sample.rs"),
        suites: vec![
            suite(Category::Core, "core.rs"),
            suite(Category::Edge, "edge.rs"),
            suite(Category::Concurrency, "concurrency.rs"),
            suite(Category::Performance, "performance.rs"),
            suite(Category::FollowUp, "followup.rs"),
        ],
        reference: solution(&folder.join("solutions/reference.rs")),
        alternates: Vec::new(),
        mutants: Vec::new(),
    }
}

/// The names of the functions below `#[test]`.
fn syn_names(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in source.lines() {
        if line == "#[test]" {
            is_test = true;
        } else if let Some(rest) = line.strip_prefix("fn ")
            && std::mem::take(&mut is_test)
        {
            names.push(rest.split('(').next().unwrap_or_default().to_owned());
        }
    }
    names
}
