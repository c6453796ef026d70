//! Stopping the clock, and deciding about time in which nobody was there.

use super::{Failure, House, Sitting};
use crate::domain::session::Command;

/// Stops the clock. In a mock it has to be `confirmed`, because it marks the attempt.
pub fn pause(house: &House, sitting: &mut Sitting, confirmed: bool) -> Result<(), Failure> {
    sitting.act(house, Command::Pause { confirmed })?;
    Ok(())
}

/// Lets the clock go on.
pub fn resume(house: &House, sitting: &mut Sitting) -> Result<(), Failure> {
    sitting.act(house, Command::Resume)?;
    Ok(())
}

/// Decides whether the time in which nobody was there counts as working time.
pub fn decide_gap(house: &House, sitting: &mut Sitting, counted: bool) -> Result<(), Failure> {
    sitting.act(house, Command::Gap { counted })?;
    Ok(())
}
