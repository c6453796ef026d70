//! A hint and its price.

use super::{Failure, House, Sitting};
use crate::domain::session::Command;

/// A hint that was bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HintGiven {
    /// From 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// In words.
    pub text: String,
    /// Points off the total.
    pub cost: u8,
}

/// Buys the next hint. Fails if all were bought or the code is handed in.
pub fn hint(house: &House, sitting: &mut Sitting) -> Result<HintGiven, Failure> {
    let costs = sitting.problem.hints.iter().map(|hint| hint.cost).collect();
    sitting.act(house, Command::Hint { costs })?;
    let number = sitting.state.hints.len();
    let hint = &sitting.problem.hints[number - 1];
    Ok(HintGiven {
        number,
        of: sitting.problem.hints.len(),
        text: hint.text.clone(),
        cost: hint.cost,
    })
}
