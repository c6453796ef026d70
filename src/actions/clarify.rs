//! The end of the clarify phase.

use super::{Failure, House, Sitting};
use crate::domain::{problem::Clarification, session::Command};

/// Starts coding before the clock says so, and tells the answers that hidden checks depend on and nobody asked for.
pub fn code(house: &House, sitting: &mut Sitting) -> Result<Vec<Clarification>, Failure> {
    sitting.act(house, Command::Code)?;
    Ok(unasked(sitting))
}

/// The tested answers that were not asked for; to be shown once coding starts.
pub fn unasked(sitting: &Sitting) -> Vec<Clarification> {
    let asked = |question: &str| {
        sitting
            .state
            .asked_questions()
            .any(|known| known == question)
    };
    let clarifications = sitting.problem.clarifications.iter();
    clarifications
        .filter(|one| one.tested && !asked(&one.question))
        .cloned()
        .collect()
}
