//! The twist of minute 35 and its stub.

use super::{Failure, House, Sitting};
use crate::domain::{
    attempt::Mode,
    session::{Command, Phase},
};

/// Puts the stub of the follow-up under the candidate's code and returns the twist. Fails before minute 35 of a mock, in
/// modes without a follow-up, and the second time.
pub fn followup(house: &House, sitting: &mut Sitting) -> Result<String, Failure> {
    sitting.keep(house)?.ok();
    sitting.act(house, Command::Followup)?;
    Ok(sitting.problem.twist.clone())
}

/// The twist, once the interviewer has told it.
pub fn twist<'s>(house: &House, sitting: &'s Sitting) -> Option<&'s str> {
    let told = match sitting.state.mode {
        Mode::Mock => matches!(sitting.phase(house), Phase::Optimise | Phase::Validate),
        Mode::Untimed => true,
        Mode::Drill | Mode::Warmup => false,
    };
    (told || sitting.state.followup.is_some()).then_some(sitting.problem.twist.as_str())
}
