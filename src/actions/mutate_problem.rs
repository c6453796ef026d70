//! Mutation-tests a problem: every small change of the reference must be noticed by a hidden check, or be explained.
//!
//! cargo-mutants finds the changes, the judge tries them. A change that no check notices is a hole in the suites, unless
//! `solutions/survivors.toml` says why nobody could notice it.

use std::{
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use crate::{
    actions::{
        Failure, House,
        list::named_or_all,
        trials::{Court, Trial},
    },
    catalog,
    domain::{
        problem::{Category, Problem, ProblemId, Survivor},
        verdict::{CheckResult, Verdict},
    },
    judge::{self, Bench, JudgeError, JudgeEvent, Mutation, Order},
};

/// What happens meanwhile, for whoever watches.
#[derive(Debug, Clone)]
pub enum MutateEvent {
    /// Word from the judge's bench.
    Bench(JudgeEvent),
    /// A problem's turn has come; so many changes of its reference will be tried.
    Problem(ProblemId, usize),
    /// A change is about to be tried, in words.
    Trying(String),
    /// A problem is done.
    Done(Mutated),
}

/// How a problem's hidden suites did against small changes of its reference.
#[derive(Debug, Clone)]
pub struct Mutated {
    /// The problem.
    pub id: ProblemId,
    /// Changes that do not compile and so say nothing.
    pub unviable: usize,
    /// Changes that at least one hidden check convicted.
    pub killed: usize,
    /// Changes that no hidden check noticed.
    pub survivors: Vec<Survived>,
    /// Explanations in `survivors.toml` whose change was killed or exists no more.
    pub stale: Vec<Survivor>,
    /// Wall-clock time of the trial.
    pub took: Duration,
}

/// A change that no hidden check noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survived {
    /// The change in words.
    pub change: String,
    /// Line of the reference, from 1.
    pub number: usize,
    /// Text of that line.
    pub line: String,
    /// Why nobody could notice it; `None` is a hole in the suites.
    pub reason: Option<String>,
}

impl Mutated {
    /// Changes that compile.
    pub fn viable(&self) -> usize {
        self.killed + self.survivors.len()
    }

    /// Percent of the viable changes that were killed; 100 if there is none.
    pub fn percent(&self) -> f64 {
        match self.viable() {
            0 => 100.0,
            viable => 100.0 * self.killed as f64 / viable as f64,
        }
    }

    /// Whether every survivor is explained and every explanation is needed.
    pub fn is_settled(&self) -> bool {
        self.stale.is_empty()
            && self
                .survivors
                .iter()
                .all(|survived| survived.reason.is_some())
    }
}

/// Tries the problems named, or all of the library.
///
/// Fails where the machine does, where cargo-mutants is missing, or where a problem's folder is broken.
pub fn mutate_problems(
    house: &House,
    ids: &[String],
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(MutateEvent),
) -> Result<Vec<Mutated>, Failure> {
    let ids = named_or_all(house, ids)?;
    let problems = ids
        .into_iter()
        .map(|id| {
            catalog::load(&house.library, &id).map_err(|offences| Failure::Author { id, offences })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let bench = judge::prepare(&house.cache, &mut |event| watch(MutateEvent::Bench(event)))?;
    problems
        .iter()
        .map(|problem| mutate(&bench, problem, cancel, watch))
        .collect()
}

fn mutate(
    bench: &Bench,
    problem: &Problem,
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(MutateEvent),
) -> Result<Mutated, Failure> {
    let started = Instant::now();
    let mutations = judge::mutations_of(&problem.reference.source)?;
    watch(MutateEvent::Problem(problem.id.clone(), mutations.len()));
    let court = Court {
        bench,
        problem,
        cancel,
    };
    let simulated: Vec<Category> = Category::ALL
        .into_iter()
        .filter(|category| *category != Category::Performance)
        .collect();
    let mut killed = 0;
    let mut left: Vec<&Mutation> = mutations.iter().collect();
    let mut unviable = 0;
    // Measured last, one at a time, and only what nothing else has caught.
    for categories in [simulated, vec![Category::Performance]] {
        let found = try_all(court, &left, &categories, watch)?;
        let of = |wanted: Found| found.iter().filter(|found| **found == wanted).count();
        killed += of(Found::Killed);
        unviable += of(Found::Unviable);
        left = left
            .into_iter()
            .zip(&found)
            .filter_map(|(mutation, found)| (*found == Found::Survives).then_some(mutation))
            .collect();
    }
    let (survivors, stale) = explained(&left, &problem.survivors);
    let mutated = Mutated {
        id: problem.id.clone(),
        unviable,
        killed,
        survivors,
        stale,
        took: started.elapsed(),
    };
    watch(MutateEvent::Done(mutated.clone()));
    Ok(mutated)
}

/// What became of a change in some suites.
#[derive(PartialEq, Eq)]
enum Found {
    Unviable,
    Killed,
    Survives,
}

fn try_all(
    court: Court<'_>,
    mutations: &[&Mutation],
    categories: &[Category],
    watch: &mut dyn FnMut(MutateEvent),
) -> Result<Vec<Found>, JudgeError> {
    let order = Order {
        categories: categories.to_vec(),
        stop_at_first_failure: true,
        ..Order::default()
    };
    let trials: Vec<Trial> = mutations
        .iter()
        .map(|mutation| Trial {
            what: format!("line {}: {}", mutation.number, mutation.change),
            source: mutation.source.clone(),
            orders: vec![order.clone()],
        })
        .collect();
    let heard = court.hear(&trials, &mut |what| watch(MutateEvent::Trying(what)))?;
    let found = |verdict: &Verdict| match verdict {
        Verdict::NotCompiled(_) | Verdict::Refused(_) => Found::Unviable,
        Verdict::Judged { checks, .. } if checks.iter().all(CheckResult::full) => Found::Survives,
        Verdict::Judged { .. } => Found::Killed,
    };
    Ok(heard
        .iter()
        .flatten()
        .map(|judgement| found(&judgement.verdict))
        .collect())
}

/// Survivors with their reasons, and the reasons that nothing needs.
fn explained(left: &[&Mutation], reasons: &[Survivor]) -> (Vec<Survived>, Vec<Survivor>) {
    let fits = |mutation: &Mutation, reason: &Survivor| {
        mutation.change == reason.change && mutation.line == reason.line
    };
    let survivors = left
        .iter()
        .map(|mutation| Survived {
            change: mutation.change.clone(),
            number: mutation.number,
            line: mutation.line.clone(),
            reason: reasons
                .iter()
                .find(|reason| fits(mutation, reason))
                .map(|reason| reason.reason.clone()),
        })
        .collect();
    let stale = reasons
        .iter()
        .filter(|reason| !left.iter().any(|mutation| fits(mutation, reason)))
        .cloned()
        .collect();
    (survivors, stale)
}
