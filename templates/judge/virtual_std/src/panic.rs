//! `std::panic`: without hooks, and counted for each task by itself.

use std::any::Any;

#[expect(deprecated, reason = "std still has it")]
pub use std::panic::PanicInfo;
pub use std::panic::{
    AssertUnwindSafe, Location, PanicHookInfo, RefUnwindSafe, UnwindSafe, panic_any,
};

/// Runs `f` and catches its panic.
///
/// # Errors
/// If it panicked; the error is what it panicked with.
pub fn catch_unwind<F: FnOnce() -> R + UnwindSafe, R>(f: F) -> std::thread::Result<R> {
    let result = std::panic::catch_unwind(f);
    if result.is_err() {
        engine::panic_caught();
    }
    result
}

/// Goes on with a panic that was caught.
pub fn resume_unwind(payload: Box<dyn Any + Send>) -> ! {
    engine::panic_resumed();
    std::panic::resume_unwind(payload)
}
