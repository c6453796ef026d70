//! `std::thread`: threads that the engine runs one at a time.

mod builder;
mod current;
mod join;
mod local;
mod packet;
mod scoped;
mod waiting;

pub use builder::{Builder, spawn};
pub use current::{Thread, ThreadId, current, panicking};
pub use join::JoinHandle;
pub use local::{AccessError, LocalKey};
pub use scoped::{Scope, ScopedJoinHandle, scope};
pub use std::thread::Result;
#[expect(deprecated, reason = "std still has them")]
pub use waiting::{park, park_timeout, park_timeout_ms, sleep, sleep_ms, yield_now};

use std::num::NonZeroUsize;

/// How many threads run well side by side: four, on every machine.
///
/// # Errors
/// Never.
pub fn available_parallelism() -> std::io::Result<NonZeroUsize> {
    Ok(NonZeroUsize::new(4).expect("four is not zero"))
}
