//! Score over time: every kept state of the code, judged after the end.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{
    Failure, House, Sitting,
    submit::{judge_one, weighed},
};
use crate::{
    domain::{problem::Category, score::grade, verdict::Verdict},
    history,
    judge::{self, Order},
};

/// A kept state of the code and what it was worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// Counted milliseconds since the start.
    pub at: u64,
    /// Hash of the snapshot.
    pub hash: String,
    /// `accepted`, `rejected` or `not_compiled`, performance left out.
    pub verdict: &'static str,
    /// Points of the judged categories, 0 to 100.
    pub total: f64,
    /// Checks that passed.
    pub passed: usize,
    /// Checks that passed in the last compiling state before and do not any more: "you broke eviction at 31:40".
    pub broke: Vec<String>,
}

/// Judges the snapshots of a finished attempt, oldest first; the same content is judged once. Performance is left out: it
/// would take minutes and tell little about half-done code.
///
/// `watch` hears of each moment with how many there are. Fails only where the machine does, or when cancelled.
pub fn timeline(
    house: &House,
    sitting: &Sitting,
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(&Moment, usize),
) -> Result<Vec<Moment>, Failure> {
    let state = &sitting.state;
    if state.submitted.is_none() && state.abandoned.is_none() {
        return Err(Failure::usage(
            "the attempt is not over yet",
            "`fiftyten submit` hands it in",
        ));
    }
    let bench = judge::prepare(&house.cache, &mut |_| {})?;
    let mut weights = sitting.weights();
    weights.performance = 0;
    // States from before the twist are not measured by it.
    let without_followup: Vec<Category> = weighed(&weights)
        .into_iter()
        .filter(|category| *category != Category::FollowUp)
        .collect();
    let order = Order {
        categories: without_followup,
        seed: state.seed,
        ..Order::default()
    };
    let mut moments: Vec<Moment> = Vec::new();
    let mut known: Vec<(String, Verdict)> = Vec::new();
    let mut before: Vec<String> = Vec::new();
    for kept in &state.snapshots {
        if cancel.load(Ordering::Relaxed) {
            return Err(Failure::Cancelled);
        }
        let verdict = match known.iter().find(|(hash, _)| *hash == kept.hash) {
            Some((_, verdict)) => verdict.clone(),
            None => {
                let Some(submission) = history::read_snapshot(&sitting.attempt, &kept.hash)? else {
                    continue;
                };
                let judged = judge_one(
                    &bench,
                    &sitting.problem,
                    &submission,
                    &order,
                    cancel,
                    &mut |_| {},
                )?;
                let verdict = judged.into_verdict();
                known.push((kept.hash.clone(), verdict.clone()));
                verdict
            }
        };
        let checks = verdict.checks();
        let passing: Vec<String> = checks
            .iter()
            .filter(|check| check.passed())
            .map(|check| check.name.clone())
            .collect();
        let broke = match verdict {
            Verdict::Judged { .. } => before
                .iter()
                .filter(|name| !passing.contains(name))
                .cloned()
                .collect(),
            Verdict::NotCompiled(_) | Verdict::Refused(_) => Vec::new(),
        };
        let moment = Moment {
            at: state.elapsed(kept.at),
            hash: kept.hash.clone(),
            verdict: verdict.word(),
            total: grade(&weights, &verdict, None).total,
            passed: passing.len(),
            broke,
        };
        if matches!(verdict, Verdict::Judged { .. }) {
            before = passing;
        }
        watch(&moment, state.snapshots.len());
        moments.push(moment);
    }
    Ok(moments)
}
