//! The virtual clock: reads it and moves it.

use std::panic::Location;
use std::time::Duration;

use engine::Op;

/// Where the engine's clock stands when an execution starts, in nanoseconds: far from 0, so that subtractions behave.
const START: u64 = 1_000_000 * 1_000_000_000;

/// Virtual time since the execution started. Running code takes none.
pub fn now() -> Duration {
    Duration::from_nanos(engine::now().saturating_sub(START))
}

/// Lets `time` pass as a patient observer would: one timer after the other.
///
/// First the other threads run until all of them wait; then, at each timer on the way, whoever is due runs until all wait
/// again. The call returns `time` later, with everything that was due done.
#[track_caller]
pub fn advance(time: Duration) {
    engine::advance(time, operation("clock::advance"));
}

/// Moves the clock by `time` at once, even while other threads are in the middle of something.
///
/// There is a scheduling point before and one after. Use it for "the clock jumped between the check and the use";
/// [`advance`] is the one for ordinary waiting.
#[track_caller]
pub fn jump(time: Duration) {
    engine::jump(time, operation("clock::jump"));
}

#[track_caller]
pub(crate) fn operation(name: &'static str) -> Op {
    Op {
        name,
        object: 0,
        at: Location::caller(),
    }
}
