//! The programs of `tests/fixtures/concurrency` as a submission and a problem that the judge takes.
//!
//! A program is a file of one folder; its suite is the file of the same name in `suites/`. All programs of a folder are
//! modules of one crate and all their suites modules of one suite, so that a folder costs two runs of the compiler.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use fiftyten::catalog;
use fiftyten::domain::attempt::Submission;
use fiftyten::domain::problem::{Category, Check, Problem, ProblemId, Suite};
use fiftyten::domain::verdict::{CheckResult, Outcome};
use fiftyten::judge::{self, Bench, Judgement, Order};

/// One program with its suite.
pub struct Program {
    /// Such as `01_token_bucket`.
    pub name: String,
    pub source: String,
    pub suite: String,
    /// What the judge has to say: the kind in the first line of a bug, else that it passed.
    pub expected: Outcome,
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/concurrency")
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All programs of a folder, by name.
pub fn programs(folder: &str) -> Vec<Program> {
    let mut files: Vec<PathBuf> = fs::read_dir(corpus().join(folder))
        .expect("the folder is there")
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.sort();
    files.iter().map(|file| program(file)).collect()
}

fn program(file: &Path) -> Program {
    let name = file
        .file_stem()
        .expect("a file has a name")
        .to_string_lossy()
        .into_owned();
    let source = text(file);
    let kind = source
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("//! Kind: "));
    let expected = kind.map_or(Outcome::Passed, |kind| {
        serde_json::from_value(kind.into())
            .unwrap_or_else(|_| panic!("{name}: `{kind}` is no outcome"))
    });
    let suite = text(&corpus().join("suites").join(format!("{name}.rs")));
    Program {
        name,
        source,
        suite,
        expected,
    }
}

/// The programs as modules of one crate.
fn submission(programs: &[Program]) -> Submission {
    let modules = programs
        .iter()
        .map(|program| format!("pub mod n{};\n", program.name));
    let mut files = BTreeMap::from([("src/lib.rs".to_owned(), modules.collect())]);
    for program in programs {
        files.insert(format!("src/n{}.rs", program.name), program.source.clone());
    }
    Submission {
        files,
        hash: String::new(),
    }
}

/// The names of the checks in a suite's text.
fn checks(suite: &str) -> impl Iterator<Item = &str> {
    suite
        .split("#[test]\nfn ")
        .skip(1)
        .filter_map(|rest| rest.split('(').next())
}

/// A problem whose only suite holds all of theirs; `super::subject` is the program in each.
fn problem(programs: &[Program]) -> Problem {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/problems/lock-step");
    let mut problem = catalog::load_folder(&path).expect("the small problem loads");
    problem.id = ProblemId::new("candidate").expect("a name");
    // The programs promise nothing but what their own suites use.
    problem.starter = String::new();
    problem.followup_stub = String::new();
    let mut together = Suite {
        category: Category::Concurrency,
        source: String::new(),
        checks: Vec::new(),
    };
    for Program { name, suite, .. } in programs {
        together.source += &format!(
            "mod n{name} {{\nuse candidate::n{name} as subject;\nmod suite {{\n{suite}}}\n}}\n"
        );
        together.checks.extend(checks(suite).map(|check| Check {
            name: format!("n{name}::suite::{check}"),
            study: None,
        }));
    }
    problem.suites = vec![together];
    problem
}

/// Builds the programs once and runs their checks once for each seed, `jobs` side by side.
pub fn judged(bench: &Bench, programs: &[Program], seeds: &[u64], jobs: usize) -> Vec<Judgement> {
    let order = |&seed| Order {
        categories: vec![Category::Concurrency],
        seed,
        jobs,
        ..Order::default()
    };
    let orders: Vec<Order> = seeds.iter().map(order).collect();
    let (problem, submission) = (problem(programs), submission(programs));
    judge::judge_each(
        bench,
        &problem,
        &submission,
        &orders,
        &AtomicBool::new(false),
        &mut |_| {},
    )
    .expect("the machine can judge")
}

/// The result of a program's check.
pub fn result_of<'a>(program: &Program, judgement: &'a Judgement) -> &'a CheckResult {
    let module = format!("n{}::", program.name);
    let checks = judgement.verdict.checks();
    checks
        .iter()
        .find(|check| check.name.starts_with(&module))
        .unwrap_or_else(|| panic!("{} was not judged: {:#?}", program.name, judgement.verdict))
}
