//! Score over time: every kept state of the code, judged once after the end and remembered beside it.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Failure, House, Sitting, submit::judge_one};
use crate::{
    domain::{
        problem::Problem,
        timeline::{self, Standing, Timeline},
    },
    history,
    judge::{self, Order},
};

/// How much of the machine the work may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Somebody waits for it.
    Brisk,
    /// In the background: one check at a time, and whatever else runs goes first.
    Gentle,
}

/// The states of an attempt with what is already known of them. Nothing is judged.
///
/// Fails while the attempt is not over.
pub fn known_timeline(sitting: &Sitting) -> Result<Timeline, Failure> {
    let (states, end) = states(sitting)?;
    let key = key(&sitting.problem, sitting);
    Ok(Timeline::of(&states, end, |hash| {
        history::read_standing(&sitting.attempt, hash, &key)
    }))
}

/// Judges the states that were not judged yet, oldest first; the same content is judged once. Each is remembered as soon as it
/// is known, so that a later call goes on where this one was stopped.
///
/// `watch` hears of all that is known after each state. Fails only where the machine does, or when cancelled.
pub fn timeline(
    house: &House,
    sitting: &Sitting,
    pace: Pace,
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(&Timeline),
) -> Result<Timeline, Failure> {
    let mut known = known_timeline(sitting)?;
    if known.waiting == 0 {
        return Ok(known);
    }
    let (states, _) = states(sitting)?;
    // Others may wait for the bench, so that it is not built with good manners.
    let bench = judge::prepare(&house.cache, &mut |_| {})?;
    if pace == Pace::Gentle {
        judge::give_way();
    }
    let weights = sitting.weights();
    let order = Order {
        categories: timeline::categories(&weights),
        seed: sitting.state.seed,
        jobs: match pace {
            Pace::Brisk => Order::default().jobs,
            Pace::Gentle => 1,
        },
        ..Order::default()
    };
    let key = key(&sitting.problem, sitting);
    for (_, hash) in &states {
        if history::read_standing::<Standing>(&sitting.attempt, hash, &key).is_some() {
            continue;
        }
        if cancel.load(Ordering::Relaxed) {
            return Err(Failure::Cancelled);
        }
        let Some(submission) = history::read_snapshot(&sitting.attempt, hash)? else {
            continue;
        };
        let (problem, ignore) = (&sitting.problem, &mut |_| {});
        let judged = judge_one(&bench, problem, &submission, &order, cancel, ignore)?;
        let standing = Standing::of(&weights, &judged.into_verdict());
        history::write_standing(&sitting.attempt, hash, &key, &standing)?;
        known = known_timeline(sitting)?;
        watch(&known);
    }
    Ok(known)
}

/// The kept states and the counted time of the end. A snapshot that is gone is nobody's state.
fn states(sitting: &Sitting) -> Result<(Vec<(u64, String)>, u64), Failure> {
    let over = || {
        Failure::usage(
            "the attempt is not over yet",
            "`fiftyten submit` hands it in",
        )
    };
    let (mut states, end) = sitting.state.states().ok_or_else(over)?;
    states.retain(|(_, hash)| history::has_snapshot(&sitting.attempt, hash));
    Ok((states, end))
}

/// Changes with everything but the code that a standing depends on: what is known under another key is judged anew.
fn key(problem: &Problem, sitting: &Sitting) -> String {
    let weights = sitting.weights();
    let mut hasher = blake3::Hasher::new();
    for category in timeline::categories(&weights) {
        hasher.update(category.word().as_bytes());
        hasher.update(&[weights.of(category)]);
        let suite = problem.suite(category);
        hasher.update(suite.map_or("", |suite| suite.source.as_str()).as_bytes());
    }
    hasher.update(&sitting.state.seed.to_le_bytes());
    hasher.finalize().to_hex()[..16].to_owned()
}
