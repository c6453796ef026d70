//! Builds the bench.

use super::{Failure, House};
use crate::judge::{self, JudgeEvent};

/// What setting up did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SetUp {
    /// Whether the bench was built just now; it was there already otherwise.
    pub built: bool,
    /// Seconds it took.
    pub seconds: f64,
}

/// Has the bench ready. Fails if there is no toolchain, or the kit cannot be had or built.
pub fn setup(house: &House, watch: &mut dyn FnMut(JudgeEvent)) -> Result<SetUp, Failure> {
    let mut done = SetUp {
        built: false,
        seconds: 0.0,
    };
    judge::prepare(&house.cache, &mut |event| {
        if let JudgeEvent::BenchReady { seconds, built } = event {
            done = SetUp { built, seconds };
        }
        watch(event);
    })?;
    Ok(done)
}
