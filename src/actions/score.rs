//! Judges code without a session: a reviewer's folder of other people's attempts.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use super::{
    Failure, House, show,
    submit::{Judged, judge_one, refused, weighed, without_session},
};
use crate::{
    domain::{problem::Problem, report::Report},
    history,
    judge::{self, Bench, JudgeEvent, Level, Order},
};

/// How good the cage has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CageWish {
    /// Every layer, or nothing is run: for strangers' code.
    Full,
    /// Limits and process groups at least.
    Fallback,
    /// Whatever holds: for one's own code.
    Whatever,
}

/// What is to be scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreWish {
    /// Attempts, cargo packages, `.rs` files, or folders of packages.
    pub paths: Vec<PathBuf>,
    /// The problem's id, where a path does not tell it.
    pub problem: Option<String>,
    /// Checks run side by side; the number of cores if nothing is said.
    pub jobs: Option<usize>,
    /// How good the cage has to be.
    pub cage: CageWish,
    /// The judge's seed; 0 is the normal verdict.
    pub seed: u64,
}

/// What happens while scoring.
#[derive(Debug, Clone)]
pub enum ScoreEvent {
    /// A submission's turn has come; counted from 1.
    Began {
        /// As it was named.
        path: PathBuf,
        /// Its place.
        number: usize,
        /// How many there are.
        of: usize,
    },
    /// Word from the judge.
    Judge(JudgeEvent),
    /// A submission is done.
    Scored(Box<Report>),
}

/// One thing to score.
struct Subject {
    /// As it was named.
    shown: PathBuf,
    /// Package or file.
    code: PathBuf,
    problem: String,
}

/// Scores every path in order; the same code for the same problem is judged once.
///
/// Fails before anything is run if a path, a problem or the cage is not as it should be. What was scored before a failure or
/// a cancellation has been told through `watch`.
pub fn score(
    house: &House,
    wish: &ScoreWish,
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(ScoreEvent),
) -> Result<Vec<Report>, Failure> {
    let subjects = subjects(house, wish)?;
    let mut problems: BTreeMap<String, Problem> = BTreeMap::new();
    for subject in &subjects {
        if !problems.contains_key(&subject.problem) {
            problems.insert(subject.problem.clone(), show(house, &subject.problem)?);
        }
    }
    let bench = judge::prepare(&house.cache, &mut |event| watch(ScoreEvent::Judge(event)))?;
    the_cage_is_good_enough(&bench, wish.cage)?;
    let mut known: BTreeMap<(String, String), Judged> = BTreeMap::new();
    let mut reports = Vec::new();
    for (at, subject) in subjects.iter().enumerate() {
        if cancel.load(Ordering::Relaxed) {
            return Err(Failure::Cancelled);
        }
        watch(ScoreEvent::Began {
            path: subject.shown.clone(),
            number: at + 1,
            of: subjects.len(),
        });
        let problem = &problems[&subject.problem];
        let taken = judge::intake(&subject.code).map_err(|error| {
            Failure::usage(
                format!("cannot read {}: {error}", subject.shown.display()),
                "",
            )
        })?;
        let judged = match taken {
            Err(refusals) => refused(refusals),
            Ok(submission) => {
                let key = (subject.problem.clone(), submission.hash.clone());
                match known.get(&key) {
                    Some(judged) => judged.clone(),
                    None => {
                        let mut order = Order {
                            categories: weighed(&problem.weights),
                            seed: wish.seed,
                            ..Order::default()
                        };
                        order.jobs = wish.jobs.unwrap_or(order.jobs).max(1);
                        let told = &mut |event| watch(ScoreEvent::Judge(event));
                        let judged = judge_one(&bench, problem, &submission, &order, cancel, told)?;
                        known.insert(key, judged.clone());
                        judged
                    }
                }
            }
        };
        let shown = subject.shown.display().to_string();
        let (report, _) =
            without_session(house, shown, problem, &problem.weights, wish.seed, judged);
        watch(ScoreEvent::Scored(Box::new(report.clone())));
        reports.push(report);
    }
    Ok(reports)
}

/// Refuses to go on with less than was asked for, now or later.
fn the_cage_is_good_enough(bench: &Bench, wish: CageWish) -> Result<(), Failure> {
    let least = match wish {
        CageWish::Full => Level::Full,
        CageWish::Fallback => Level::Fallback,
        CageWish::Whatever => Level::None,
    };
    bench.insist_on(least);
    let cage = bench.cage();
    if cage.level >= least {
        return Ok(());
    }
    let missing: Vec<String> = cage
        .missing
        .iter()
        .map(|missing| format!("{} ({})", missing.layer, missing.reason))
        .collect();
    let what = format!(
        "the sandbox is not as good as asked for: missing here are {}",
        missing.join(", ")
    );
    Err(Failure::machine(
        what,
        "`fiftyten doctor` tells more; `--sandbox none` scores code that you trust",
    ))
}

fn subjects(house: &House, wish: &ScoreWish) -> Result<Vec<Subject>, Failure> {
    let mut subjects = Vec::new();
    for path in &wish.paths {
        for code in spread(path) {
            subjects.push(subject(house, code, wish.problem.as_deref())?);
        }
    }
    Ok(subjects)
}

/// A folder that is no submission itself, but holds some, stands for them in the order of their names.
fn spread(path: &Path) -> Vec<PathBuf> {
    let is_package = |dir: &Path| {
        dir.join("src").exists()
            || dir.join("Cargo.toml").exists()
            || dir.join("attempt.toml").exists()
    };
    if !path.is_dir() || is_package(path) {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let mut inside: Vec<PathBuf> = entries
        .filter(|entry| {
            if entry.is_dir() {
                is_package(entry)
            } else {
                entry.extension().is_some_and(|ending| ending == "rs")
            }
        })
        .collect();
    inside.sort();
    if inside.is_empty() {
        vec![path.to_owned()]
    } else {
        inside
    }
}

/// Finds the code and the problem of one path: an attempt tells its problem, a package by its name.
fn subject(house: &House, path: PathBuf, problem: Option<&str>) -> Result<Subject, Failure> {
    let named = path.to_string_lossy().into_owned();
    if path.join("attempt.toml").is_file() || !path.exists() {
        let attempt =
            history::find(&house.data, &named).map_err(|error| match Failure::from(error) {
                Failure::Usage { .. } => {
                    Failure::usage(format!("there is no file, folder or attempt {named}"), "")
                }
                other => other,
            })?;
        let problem = problem.unwrap_or(&attempt.manifest.problem).to_owned();
        return Ok(Subject {
            code: attempt.workspace(),
            shown: path,
            problem,
        });
    }
    let guessed = problem.map(str::to_owned).or_else(|| package_name(&path));
    match guessed {
        Some(problem) => Ok(Subject {
            code: path.clone(),
            shown: path,
            problem,
        }),
        None => Err(Failure::usage(
            format!("{named} does not tell which problem it solves"),
            "name it with --problem ID",
        )),
    }
}

/// The name in a package's manifest, which the trainer's own packages share with their problem. Read as plain text: nothing
/// of a stranger's manifest is obeyed.
fn package_name(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path.join("Cargo.toml")).ok()?;
    let manifest: toml::Table = toml::from_str(&text).ok()?;
    Some(
        manifest
            .get("package")?
            .get("name")?
            .as_str()?
            .replace('_', "-"),
    )
}
