//! `std::thread`.

pub use std::thread::{
    AccessError, Builder, JoinHandle, LocalKey, Result, Scope, ScopedJoinHandle, Thread, ThreadId,
    available_parallelism, current, panicking, park, park_timeout, scope, sleep, spawn, yield_now,
};
#[expect(deprecated, reason = "std still has them")]
pub use std::thread::{park_timeout_ms, sleep_ms};
