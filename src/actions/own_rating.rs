//! The candidate rates the own work, part by part.

use super::{Failure, House, Sitting, regrade};
use crate::{
    domain::{
        own_rating::OwnRating, problem::Category, report::Report, score::Part, session::Command,
    },
    history,
};

/// The parts that earn points in this attempt, in the order of the interview.
pub fn rated_parts(sitting: &Sitting) -> Vec<Part> {
    let weights = sitting.weights();
    let asks = weights.clarify > 0 && !sitting.problem.clarifications.is_empty();
    let talks = weights.discussion > 0 && sitting.state.plan.discuss.is_some();
    let judged = Category::ALL
        .into_iter()
        .filter(|category| weights.of(*category) > 0)
        .map(Part::from);
    asks.then_some(Part::Clarify)
        .into_iter()
        .chain(judged)
        .chain(talks.then_some(Part::Discussion))
        .collect()
}

/// Keeps the ratings, and weighs the attempt again if it was judged already. Without any, the question counts as put aside.
///
/// Fails before the coding has begun, and for a part that earns no points here.
pub fn rate_self(
    house: &House,
    sitting: &mut Sitting,
    ratings: &[OwnRating],
) -> Result<Option<Report>, Failure> {
    let parts = rated_parts(sitting);
    if let Some(strange) = ratings.iter().find(|one| !parts.contains(&one.part)) {
        let names: Vec<&str> = parts.iter().map(|part| part.word()).collect();
        return Err(Failure::usage(
            format!("{} earns no points in this attempt", strange.part.word()),
            format!("the parts are {}", names.join(", ")),
        ));
    }
    sitting.act(
        house,
        Command::RateSelf {
            ratings: ratings.to_vec(),
        },
    )?;
    match history::read_report(&sitting.attempt)? {
        Some(_) => regrade(house, sitting).map(Some),
        None => Ok(None),
    }
}
