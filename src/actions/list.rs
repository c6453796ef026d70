//! The problems with what was reached in each.

use std::collections::BTreeMap;

use super::{Failure, House, history};
use crate::{
    catalog::{self, Offence},
    domain::{problem::Problem, progress},
};

/// The library as a person sees it.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Sound problems by tier and id, each with the best attempt.
    pub problems: Vec<(Problem, Option<progress::Past>)>,
    /// When a problem should be tried again, in unix milliseconds; those that were tried.
    pub repeat_at: BTreeMap<String, u64>,
    /// Broken folders with their offences.
    pub broken: Vec<(String, Vec<Offence>)>,
}

/// Lists the library. Fails if its folder or the history cannot be read.
pub fn list(house: &House) -> Result<Listing, Failure> {
    let (problems, broken) = load_all(house)?;
    let past: Vec<progress::Past> = history::finished(house)?;
    let repeated = |problem: &Problem| {
        let id = problem.id.to_string();
        let at = progress::repeat_at(&past, &id)?;
        Some((id, at))
    };
    let repeat_at = problems.iter().filter_map(repeated).collect();
    let problems = problems
        .into_iter()
        .map(|problem| {
            let best = progress::best(&past, problem.id.as_str()).cloned();
            (problem, best)
        })
        .collect();
    Ok(Listing {
        problems,
        repeat_at,
        broken,
    })
}

/// What [`load_all`] finds: sound problems, and broken folders with their offences.
type Shelves = (Vec<Problem>, Vec<(String, Vec<Offence>)>);

/// All problems of the library.
pub(super) fn load_all(house: &House) -> Result<Shelves, Failure> {
    catalog::load_all(&house.library).map_err(|error| {
        Failure::usage(
            format!("cannot list the library: {error}"),
            "name a folder of problems with --library DIR",
        )
    })
}

/// The ids that were named, or all of the library if none was.
pub(super) fn named_or_all(house: &House, named: &[String]) -> Result<Vec<String>, Failure> {
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    house.library.problem_ids().map_err(|error| {
        Failure::machine(
            format!("could not list the problems of the library: {error}"),
            "see that --library names a folder",
        )
    })
}
