//! A course of study with what is done, what is due and what comes next; and the problem of the next mock.

use super::{Failure, House, history, list::load_all};
use crate::{
    catalog::plans,
    domain::{
        picker,
        plan::Course,
        problem::{Category, Problem},
        progress,
    },
};

/// The plan that is meant if none is named.
pub const FIRST_PLAN: &str = "three-days";

/// Ids of all plans.
pub fn plans() -> Vec<String> {
    plans::ids()
}

/// A plan with the standing of its steps by the attempts so far.
///
/// Fails if there is no such plan, or if the library or the history cannot be read.
pub fn plan(house: &House, id: &str) -> Result<Course, Failure> {
    let plan = plans::load(id).ok_or_else(|| {
        let known = plans::ids().join(", ");
        Failure::usage(
            format!("there is no plan {id}"),
            format!("there are: {known}"),
        )
    })?;
    let plan = plan.map_err(|offences| Failure::Author {
        id: format!("study/plans/{id}"),
        offences,
    })?;
    let (problems, _) = load_all(house)?;
    Ok(Course::of(plan, &problems, &history::finished(house)?))
}

/// A problem to repeat today or later.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// The problem's id.
    pub problem: String,
    /// Unix milliseconds since when, or from when.
    pub at: u64,
}

/// Every problem that was tried, by the time when it should be repeated.
pub fn due(house: &House) -> Result<Vec<Due>, Failure> {
    let past = history::finished(house)?;
    let mut due: Vec<Due> = load_all(house)?
        .0
        .iter()
        .filter_map(|problem| {
            let problem = problem.id.to_string();
            let at = progress::repeat_at(&past, &problem)?;
            Some(Due { problem, at })
        })
        .collect();
    due.sort_by(|a, b| (a.at, &a.problem).cmp(&(b.at, &b.problem)));
    Ok(due)
}

/// A problem for a mock, and why this one.
#[derive(Debug, Clone, PartialEq)]
pub struct Picked {
    /// The problem.
    pub problem: Problem,
    /// Never tried, or not for two weeks.
    pub fresh: bool,
    /// The weak categories that it trains.
    pub trains: Vec<Category>,
}

/// Picks the problem of a mock, of one tier if one is named; the same seed and history give the same pick.
///
/// Fails if the library has no such problem, or if it or the history cannot be read.
pub fn pick(house: &House, tier: Option<u8>, seed: u64) -> Result<Picked, Failure> {
    let (problems, _) = load_all(house)?;
    let past = history::finished(house)?;
    let pick = picker::pick(&problems, &past, tier, house.now(), seed).ok_or_else(|| {
        let tier = tier
            .map(|tier| format!(" of tier {tier}"))
            .unwrap_or_default();
        Failure::usage(
            format!("the library has no problem{tier}"),
            "`fiftyten list` shows all",
        )
    })?;
    Ok(Picked {
        problem: pick.problem.clone(),
        fresh: pick.fresh,
        trains: pick.trains,
    })
}
