//! Judges code without a session: a reviewer's folder of other people's attempts.
//!
//! One straight path: [`subjects`] tells what there is and what is skipped, every submission is taken in once so that identical ones
//! are known, [`crew`] judges one of each kind. Verdicts do not depend on how many are judged at once: all runs share the seats of
//! one bench, and what is measured on the real clock is measured in silence.

mod crew;
mod subjects;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
};

pub use self::subjects::Skipped;
use self::{
    crew::Crew,
    subjects::{Found, Subject},
};
use super::{Failure, House, show};
use crate::{
    domain::{problem::Problem, report::Report},
    judge::{self, Bench, JudgeEvent, Level},
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

/// A submission that an earlier run has scored: its problem, its path as it was named, its content hash.
pub type Known = (String, String, String);

/// What is to be scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreWish {
    /// Attempts, cargo packages, `.rs` files, or folders of these.
    pub paths: Vec<PathBuf>,
    /// The problem's id, where a path does not tell it.
    pub problem: Option<String>,
    /// Submissions judged side by side; as many as the machine bears if nothing is said.
    pub jobs: Option<usize>,
    /// How good the cage has to be.
    pub cage: CageWish,
    /// The judge's seed; 0 is the normal verdict.
    pub seed: u64,
    /// What is not scored again.
    pub known: BTreeSet<Known>,
}

/// A submission with its report.
#[derive(Debug, Clone)]
pub struct Scored {
    /// The report.
    pub report: Report,
    /// The earlier submission of exactly the same code, whose verdict this is.
    pub same_as: Option<PathBuf>,
}

/// What happens while scoring.
#[derive(Debug, Clone)]
pub enum ScoreEvent {
    /// Everything was looked at, nothing is judged yet.
    Found {
        /// How many will be scored.
        of: usize,
        /// How many of them are judged, one of each kind.
        distinct: usize,
        /// How many an earlier run has scored.
        known: usize,
        /// What will not be scored, and why.
        skipped: Vec<Skipped>,
    },
    /// Somebody begins with a submission.
    Began {
        /// As it was named.
        path: PathBuf,
    },
    /// Word from the judge: about the bench, or about the only submission.
    Judge(JudgeEvent),
    /// A submission is done; its report comes when those before it are done too.
    Ended {
        /// As it was named.
        path: PathBuf,
    },
    /// A report, in the order in which submissions were named and found.
    Scored(Box<Scored>),
    /// In place of a report: somebody took the submission away meanwhile.
    Skipped(Skipped),
}

/// Scores every submission that the paths hold; the same code for the same problem is judged once.
///
/// Fails before anything is run if a path, a problem or the cage is not as it should be, or if there is nothing to score. What
/// was scored before a failure or a cancellation has been told through `watch`.
pub fn score(
    house: &House,
    wish: &ScoreWish,
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(ScoreEvent),
) -> Result<(), Failure> {
    let Found { subjects, skipped } = subjects::find(house, wish)?;
    let batch = Batch::of(subjects, skipped, &wish.known, cancel)?;
    if batch.subjects.is_empty() && batch.known == 0 {
        return Err(nothing_to_score(&batch.skipped));
    }
    let mut problems: BTreeMap<String, Problem> = BTreeMap::new();
    for subject in &batch.subjects {
        if !problems.contains_key(&subject.problem) {
            problems.insert(subject.problem.clone(), show(house, &subject.problem)?);
        }
    }
    watch(ScoreEvent::Found {
        of: batch.subjects.len(),
        distinct: batch.groups.len(),
        known: batch.known,
        skipped: batch.skipped,
    });
    if batch.subjects.is_empty() {
        return Ok(());
    }
    let bench = judge::prepare(&house.cache, &mut |event| watch(ScoreEvent::Judge(event)))?;
    the_cage_is_good_enough(&bench, wish.cage)?;
    let seats = judge::seats_of_this_machine();
    let jobs = wish.jobs.unwrap_or(seats).max(1);
    // One submission alone orders its own steps, and has the machine for itself.
    let (bench, workers, checks) = match batch.groups.len() {
        1 => (bench, 1, jobs),
        groups => {
            let workers = jobs.min(groups);
            (bench.with_seats(seats), workers, seats.div_ceil(workers))
        }
    };
    let crew = Crew {
        house,
        bench: &bench,
        problems: &problems,
        subjects: &batch.subjects,
        groups: &batch.groups,
        seed: wish.seed,
        workers,
        checks,
        cancel,
    };
    crew.work(watch)
}

/// What is to be judged, and what is the same.
struct Batch {
    subjects: Vec<Subject>,
    /// Places in `subjects`.
    groups: Vec<Vec<usize>>,
    skipped: Vec<Skipped>,
    known: usize,
}

impl Batch {
    /// Takes every submission in for a moment. Only hashes are kept: hundreds of submissions are no load on the memory.
    fn of(
        found: Vec<Subject>,
        mut skipped: Vec<Skipped>,
        done: &BTreeSet<Known>,
        cancel: &AtomicBool,
    ) -> Result<Self, Failure> {
        let mut subjects: Vec<Subject> = Vec::new();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut known = 0;
        for subject in found {
            if cancel.load(Ordering::Relaxed) {
                return Err(Failure::Cancelled);
            }
            let at = subjects.len();
            let hash = match judge::intake(&subject.code) {
                Ok(taken) => taken.ok().map(|submission| submission.hash),
                Err(error) => {
                    skipped.push(Skipped {
                        path: subject.shown,
                        reason: format!("cannot be read: {error}"),
                    });
                    continue;
                }
            };
            let path = subject.shown.display().to_string();
            let fingerprint = hash.clone().unwrap_or_default();
            if done.contains(&(subject.problem.clone(), path, fingerprint)) {
                known += 1;
                continue;
            }
            let same = hash.map(|hash| {
                let fresh = groups.len();
                *places
                    .entry((subject.problem.clone(), hash))
                    .or_insert(fresh)
            });
            match same {
                Some(group) if group < groups.len() => groups[group].push(at),
                _ => groups.push(vec![at]),
            }
            subjects.push(subject);
        }
        Ok(Self {
            subjects,
            groups,
            skipped,
            known,
        })
    }
}

fn nothing_to_score(skipped: &[Skipped]) -> Failure {
    match skipped {
        [] => Failure::usage("there is nothing to score", ""),
        [one] => Failure::usage(format!("{} {}", one.path.display(), one.reason), ""),
        [first, ..] => Failure::usage(
            format!("there is nothing to score among {} paths", skipped.len()),
            format!("{} {}", first.path.display(), first.reason),
        ),
    }
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
