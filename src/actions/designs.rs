//! The reference and the other designs, for whoever is done.

use super::{Failure, House, Sitting};
use crate::{
    domain::{attempt::Submission, problem::Solution},
    history,
};

/// The solutions of a problem beside the code of an attempt.
#[derive(Debug, Clone)]
pub struct Designs {
    /// The attempt.
    pub attempt: String,
    /// What was handed in, or kept last; none if nothing was kept.
    pub own: Option<Submission>,
    /// The reference first, then the alternates.
    pub solutions: Vec<Solution>,
}

/// The designs for an attempt that is over. Fails while it is not: they would spoil it.
pub fn designs(house: &House, wanted: &str) -> Result<Designs, Failure> {
    let sitting = Sitting::open(house, Some(wanted))?;
    let state = &sitting.state;
    if state.scored.is_none() && state.abandoned.is_none() {
        return Err(Failure::usage(
            format!(
                "{} is not over yet, and the designs would spoil it",
                sitting.attempt.id
            ),
            "`fiftyten submit` hands it in",
        ));
    }
    let handed_in = state.submitted.as_ref().map(|(_, hash, _)| hash);
    let last = || state.snapshots.last().map(|kept| &kept.hash);
    let own = match handed_in.or_else(last) {
        Some(hash) => history::read_snapshot(&sitting.attempt, hash)?,
        None => None,
    };
    let problem = &sitting.problem;
    let reference = Solution {
        name: "reference".to_owned(),
        ..problem.reference.clone()
    };
    Ok(Designs {
        attempt: sitting.attempt.id.clone(),
        own,
        solutions: std::iter::once(reference)
            .chain(problem.alternates.iter().cloned())
            .collect(),
    })
}
