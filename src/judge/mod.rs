//! Submission and problem in, one outcome per check out.
//!
//! One straight path: [`intake()`] takes the sources, [`prepare`] has the bench ready, [`judge`] builds and runs:
//! the submission alone first, with no hidden file in sight; then all simulated suites at once, and beside them the optimised
//! build for performance; then one process per check. Only this room starts processes that run candidate code.
//!
//! A wrong, slow or crashing solution is a verdict. [`JudgeError`] is never the candidate's fault.

mod activity;
mod bench;
mod build;
mod cargo;
mod clean;
mod compile;
mod conduct;
mod contract;
mod courtesy;
mod diagnostics;
mod formatting;
#[cfg(test)]
mod fuzz;
mod intake;
mod mutations;
mod outcome;
mod performance;
mod pool;
mod printed;
mod process;
mod record;
mod replay;
mod run;
mod samples;
mod sandbox;
mod scan;
mod seats;
mod toolchain;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::domain::attempt::Submission;
use crate::domain::problem::{Category, Problem};
use crate::domain::verdict::{Cage, CheckResult, Verdict};

pub use bench::{Bench, CageFound, bench_is_ready, cage_of, prepare, prepare_from};
pub use courtesy::give_way;
pub use formatting::unformatted;
pub use intake::{intake, submission_of};
pub use mutations::{Mutation, mutations_of};
pub use replay::replay;
pub use samples::run_samples;
pub use sandbox::trial::{Tried, cost_of_the_cage, try_out};
pub use sandbox::{Missing, layers::Level, limits::Limits};
pub use seats::seats_of_this_machine;
pub use toolchain::Toolchain;

/// What happens while the judge works, for whoever watches.
#[derive(Debug, Clone, PartialEq)]
pub enum JudgeEvent {
    /// The kit has to be built; so long did it take the last time, if there was one.
    BenchStarted { estimate_seconds: Option<f64> },
    /// A crate of the kit is finished.
    BenchBuilding {
        crate_name: String,
        done: usize,
        of: usize,
    },
    /// Another process is building the same bench; this is its lock.
    BenchWaiting { path: PathBuf },
    /// The bench can be used; `built` tells whether it was built just now.
    BenchReady { seconds: f64, built: bool },
    /// The compiler starts on something, in words.
    Building { what: String },
    /// The compiler is done with it.
    Built { what: String, seconds: f64 },
    /// A check's process starts.
    CheckStarted { category: Category, name: String },
    /// A check is decided.
    CheckEnded(Box<CheckResult>),
}

/// What is to be judged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Which suites to run.
    pub categories: Vec<Category>,
    /// Mixed into every search; 0 is the seed of a normal verdict.
    pub seed: u64,
    /// Checks run side by side, at least 1. Performance checks always run alone.
    pub jobs: usize,
    /// Leaves out what comes after the first failing check, in the order of the suites.
    pub stop_at_first_failure: bool,
    /// What each check may use.
    pub limits: Limits,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            categories: Category::ALL.to_vec(),
            seed: 0,
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            stop_at_first_failure: false,
            limits: Limits::CHECK,
        }
    }
}

/// Wall-clock seconds of a judgement.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Seconds {
    /// Until the last suite was built. Checks already run while the optimised build goes on.
    pub build: f64,
    /// From the first check to the last.
    pub run: f64,
    /// All of it.
    pub total: f64,
}

/// A verdict with the circumstances in which it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    pub verdict: Verdict,
    pub cage: Cage,
    /// The first line of `rustc -vV`.
    pub toolchain: String,
    pub seconds: Seconds,
}

/// Why a submission could not be judged.
///
/// Never the candidate's fault: what a submission does wrong is a verdict.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// No cargo to build the bench with.
    #[error("cargo is not on the PATH")]
    CargoMissing,
    /// No compiler, or one that does not answer.
    #[error("rustc cannot be used: {0}")]
    RustcMissing(String),
    /// The crates of the kit are not in cargo's cache and cannot be fetched.
    #[error("the crates of the judge's kit could not be fetched: {0}")]
    CratesMissing(String),
    /// The kit does not build with this toolchain.
    #[error("the judge's kit does not build: {0}")]
    BenchBroken(String),
    /// The bench was fine once and is not any more: something was deleted or changed under it.
    #[error("the bench in {} is damaged: {said}", path.display())]
    BenchDamaged { path: PathBuf, said: String },
    /// Nobody who knows how to change a reference a little.
    #[error("cargo-mutants gives no list of changes: {0}")]
    MutantsMissing(String),
    /// The machine refused something.
    #[error("could not {action}: {source}")]
    Io { action: String, source: io::Error },
    /// The machine no longer grants a layer of the cage that was asked for.
    #[error("the sandbox is not as good as asked for: {0}")]
    CageTooWeak(sandbox::Missing),
    /// Somebody raised the cancel flag.
    #[error("cancelled")]
    Cancelled,
}

impl JudgeError {
    /// What the person in front of the machine can do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            JudgeError::CargoMissing => {
                "install Rust with rustup (https://rustup.rs) and open a new shell"
            }
            JudgeError::RustcMissing(_) => {
                "install Rust with rustup (https://rustup.rs); `rustup default stable` picks a toolchain"
            }
            JudgeError::CratesMissing(_) => {
                "connect to the network once and run `fiftyten setup`; afterwards no network is needed"
            }
            JudgeError::BenchBroken(_) => "update Rust (`rustup update`) and run `fiftyten setup`",
            JudgeError::BenchDamaged { .. } => "delete that folder and run `fiftyten setup`",
            JudgeError::MutantsMissing(_) => {
                "`cargo install cargo-mutants --locked`, then try again"
            }
            JudgeError::Io { .. } => {
                "see that the disk is writable and not full, then run `fiftyten doctor`"
            }
            JudgeError::CageTooWeak(_) => {
                "`fiftyten doctor` tells how to get it; `--sandbox none` is for code that you trust"
            }
            JudgeError::Cancelled => "start again when you like",
        }
    }

    fn io(action: impl Into<String>) -> impl FnOnce(io::Error) -> JudgeError {
        let action = action.into();
        move |source| JudgeError::Io { action, source }
    }

    /// [`JudgeError::io`] for what happens in the cage.
    fn caged(action: &'static str) -> impl FnOnce(io::Error) -> JudgeError {
        move |error| match error.downcast::<sandbox::Missing>() {
            Ok(missing) => JudgeError::CageTooWeak(missing),
            Err(error) => JudgeError::io(action)(error),
        }
    }
}

/// Judges a submission: builds it, runs the hidden suites of the order, says what was found.
///
/// The same submission gets the same judgement but for the seconds. Raising `cancel` ends every process at once.
/// Fails only for reasons that are not the candidate's: see [`JudgeError`].
pub fn judge(
    bench: &Bench,
    problem: &Problem,
    submission: &Submission,
    order: &Order,
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(JudgeEvent),
) -> Result<Judgement, JudgeError> {
    let orders = std::slice::from_ref(order);
    // One order, one judgement.
    judge_each(bench, problem, submission, orders, cancel, watch)
        .map(|mut judgements| judgements.swap_remove(0))
}

/// Judges a submission once per order, building it only once, for the categories of the first.
///
/// Authors prove a problem with several seeds; everybody else wants [`judge`].
pub fn judge_each(
    bench: &Bench,
    problem: &Problem,
    submission: &Submission,
    orders: &[Order],
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(JudgeEvent),
) -> Result<Vec<Judgement>, JudgeError> {
    pool::with_events(watch, |events| {
        conduct::conduct(bench, problem, submission, orders, cancel, events)
    })
}

/// Where benches and other things that can be rebuilt are kept below a cache folder.
pub(crate) fn bench_folder(cache: &Path) -> PathBuf {
    cache.join("bench")
}
