//! Proves a problem sound: what passes passes, what must fail fails, and every hidden check earns its place.
//!
//! Each rule is one function named as a statement; all offences are collected, none hides another.

mod proofs;
mod public_items;
mod texts;

use std::{
    collections::BTreeMap,
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use crate::{
    actions::{Failure, House, list::named_or_all, trials::Court},
    catalog::{self, Offence},
    domain::problem::{Category, ProblemId},
    judge::{self, Bench, JudgeEvent},
};

/// Seeds with which correct solutions must pass and mutants must fail.
pub const SEEDS: [u64; 3] = [0, 1, 2];

/// What happens meanwhile, for whoever watches.
#[derive(Debug, Clone)]
pub enum CheckEvent {
    /// Word from the judge's bench.
    Bench(JudgeEvent),
    /// A problem's turn has come.
    Problem(ProblemId),
    /// A problem's proof is done.
    Proved(Soundness),
    /// Something is about to be judged: `mutant core/off_by_one`.
    Judging(String),
}

/// What was found out about one problem.
#[derive(Debug, Clone)]
pub struct Soundness {
    /// The folder's name.
    pub id: String,
    /// Everything wrong with it; empty for a sound problem.
    pub offences: Vec<Offence>,
    /// Hidden check → the mutants that it convicts, both by name.
    pub kills: BTreeMap<(Category, String), Vec<String>>,
    /// Wall-clock time of the proof.
    pub took: Duration,
}

/// Proves the problems named, or all of the library.
///
/// Fails only where the machine does; what is wrong with a problem is in its [`Soundness`].
pub fn check_problems(
    house: &House,
    ids: &[String],
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(CheckEvent),
) -> Result<Vec<Soundness>, Failure> {
    let ids = named_or_all(house, ids)?;
    let bench = judge::prepare(&house.cache, &mut |event| watch(CheckEvent::Bench(event)))?;
    ids.iter()
        .map(|id| check_problem(house, &bench, id, cancel, watch))
        .collect()
}

fn check_problem(
    house: &House,
    bench: &Bench,
    id: &str,
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(CheckEvent),
) -> Result<Soundness, Failure> {
    let started = Instant::now();
    let mut soundness = Soundness {
        id: id.to_owned(),
        offences: Vec::new(),
        kills: BTreeMap::new(),
        took: Duration::ZERO,
    };
    match catalog::load(&house.library, id) {
        Err(offences) => soundness.offences = offences,
        Ok(problem) => {
            watch(CheckEvent::Problem(problem.id.clone()));
            let offences = &mut soundness.offences;
            texts::starter_and_reference_offer_the_same_items(&problem, offences);
            texts::all_rust_is_formatted(bench, &problem, offences)?;
            let court = Court {
                bench,
                problem: &problem,
                cancel,
            };
            let mut desk = proofs::Desk {
                court,
                watch: &mut |what| watch(CheckEvent::Judging(what)),
            };
            desk.starter_compiles_without_warnings_and_fails(offences)?;
            desk.correct_solutions_are_accepted(offences)?;
            desk.samples_pass_on_the_reference_and_fail_on_the_starter(offences)?;
            soundness.kills = desk.mutants_fail_their_category(offences)?;
            proofs::every_hidden_check_earns_its_place(&problem, &soundness.kills, offences);
        }
    }
    soundness.took = started.elapsed();
    watch(CheckEvent::Proved(soundness.clone()));
    Ok(soundness)
}
