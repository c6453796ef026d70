//! Which problem the next mock is about: likely ones more often, recent ones hardly, weak spots twice as often.

use super::{
    problem::{Category, Problem},
    progress::{Past, average},
};

/// Share of all mocks per tier, in percent; a tier without problems leaves its share to the others.
pub const TIER_SHARES: [(u8, f64); 3] = [(1, 60.0), (2, 30.0), (3, 10.0)];

/// A problem not tried for so long counts as fresh, in milliseconds.
const FRESH_AFTER: u64 = 14 * 24 * 3_600_000;

/// A category below this average share is weak.
const WEAK: f64 = 0.7;

/// A problem trains a category if the category has at least this weight in it, in percent.
const TRAINS: u8 = 20;

/// A problem, and why it was picked.
#[derive(Debug, Clone, PartialEq)]
pub struct Pick<'p> {
    /// The problem.
    pub problem: &'p Problem,
    /// Never tried, or not for two weeks; false only where all are recent.
    pub fresh: bool,
    /// The weak categories that it trains.
    pub trains: Vec<Category>,
}

/// Picks a problem for a mock, of one tier if one is named. The same seed and history give the same pick.
///
/// None if there is no such problem.
pub fn pick<'p>(
    problems: &'p [Problem],
    past: &[Past],
    tier: Option<u8>,
    now: u64,
    seed: u64,
) -> Option<Pick<'p>> {
    let weak: Vec<Category> = Category::ALL
        .into_iter()
        .filter(|category| average(past, *category).is_some_and(|average| average < WEAK))
        .collect();
    let all: Vec<Pick> = problems
        .iter()
        .filter(|problem| tier.is_none_or(|tier| problem.tier == tier))
        .map(|problem| Pick {
            problem,
            fresh: is_fresh(problem, past, now),
            trains: trained(problem, &weak),
        })
        .collect();
    let any_fresh = all.iter().any(|pick| pick.fresh);
    let choices: Vec<Pick> = all
        .into_iter()
        .filter(|pick| pick.fresh || !any_fresh)
        .collect();
    let weights: Vec<f64> = choices.iter().map(|pick| weight(pick, &choices)).collect();
    let mut left = fastrand::Rng::with_seed(seed).f64() * weights.iter().sum::<f64>();
    let index = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    let index = index.or(choices.len().checked_sub(1))?;
    choices.into_iter().nth(index)
}

fn is_fresh(problem: &Problem, past: &[Past], now: u64) -> bool {
    !past.iter().any(|attempt| {
        attempt.problem == problem.id.as_str() && attempt.started + FRESH_AFTER > now
    })
}

fn trained(problem: &Problem, weak: &[Category]) -> Vec<Category> {
    let trains = |category: &&Category| problem.weights.of(**category) >= TRAINS;
    weak.iter().filter(trains).copied().collect()
}

/// The tier's share, spread over its choices by how often their groups are asked for; twice that for a weak spot.
fn weight(pick: &Pick, choices: &[Pick]) -> f64 {
    let tier = pick.problem.tier;
    let share = TIER_SHARES
        .iter()
        .find(|(one, _)| *one == tier)
        .map_or(0.0, |(_, share)| *share);
    let often = |problem: &Problem| f64::from(problem.frequency.max(1));
    let of_tier: f64 = choices
        .iter()
        .filter(|other| other.problem.tier == tier)
        .map(|other| often(other.problem))
        .sum();
    let boost = if pick.trains.is_empty() { 1.0 } else { 2.0 };
    share * often(pick.problem) / of_tier * boost
}

#[cfg(test)]
mod tests;
