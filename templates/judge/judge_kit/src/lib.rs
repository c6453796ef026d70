//! What simulated suites are written with.
mod check;
pub mod clock;
mod drops;
mod gate;
mod heap;
mod history;
mod recorder;
mod script;
mod waiting;

pub use check::{Explore, check, explore};
pub use drops::{DropCounter, Tracked};
pub use gate::Gate;
pub use heap::{allocated_bytes, allocations_during};
pub use history::{Call, History};
pub use recorder::Recorder;
pub use script::{Inside, Respond, Script, Scripted};
pub use virtual_std::thread::{JoinHandle, spawn};

/// Returns when every other thread is blocked, sleeping or finished. No time passes.
///
/// Ask for this before asserting that something has *not* happened.
#[track_caller]
pub fn settle() {
    engine::settle(clock::operation("settle"));
}

/// Compiles only if `T` can be shared and sent between threads.
///
/// ```
/// judge_kit::assert_send_sync::<std::sync::Mutex<u32>>();
/// ```
pub const fn assert_send_sync<T: ?Sized + Send + Sync>() {}
