//! Giving way and waiting for time.

use super::current::current;
use crate::operation::{deadline_after, op};
use engine::Effect;
use std::panic::Location;
use std::time::Duration;

/// Lets another thread run.
#[track_caller]
pub fn yield_now() {
    engine::yield_point(op("thread::yield_now", &(), Location::caller()));
    engine::progress(Effect::Wait);
}

/// Waits until `wait` of virtual time has passed; a time beyond the clock's range never does.
#[track_caller]
pub fn sleep(wait: Duration) {
    let op = op("thread::sleep", &(), Location::caller());
    let deadline = deadline_after(wait);
    engine::point(op);
    engine::progress(Effect::Wait);
    if !wait.is_zero() {
        engine::block(op, deadline);
    }
}

/// `sleep` in milliseconds.
#[track_caller]
#[deprecated(since = "1.6.0", note = "replaced by `std::thread::sleep`")]
pub fn sleep_ms(ms: u32) {
    sleep(Duration::from_millis(u64::from(ms)));
}

/// Waits for `unpark`. It may return for no reason where a search asks for it.
#[track_caller]
pub fn park() {
    current().park("thread::park", None, Location::caller());
}

/// Waits for `unpark`, at most for `wait` of virtual time.
#[track_caller]
pub fn park_timeout(wait: Duration) {
    current().park(
        "thread::park_timeout",
        deadline_after(wait),
        Location::caller(),
    );
}

/// `park_timeout` in milliseconds.
#[track_caller]
#[deprecated(since = "1.6.0", note = "replaced by `std::thread::park_timeout`")]
pub fn park_timeout_ms(ms: u32) {
    park_timeout(Duration::from_millis(u64::from(ms)));
}
