//! The standard library that a candidate's crate is compiled against where it is measured: the real one, and of it
//! exactly what `virtual_std` has.
//!
//! Without it, the optimised build would see names that the simulated one does not, and code can be written that means
//! one thing here and another there: a glob import of `std` takes `process` from std where std has it, and from an
//! outer module of the candidate's where it does not. With it, both builds resolve every name alike.
//!
//! Nothing here has code of its own; what is named is std's.

#[path = "../../virtual_std/src/alloc.rs"]
pub mod alloc;
#[path = "../../virtual_std/src/allowed.rs"]
mod allowed;
#[path = "../../virtual_std/src/io.rs"]
pub mod io;
#[path = "../../virtual_std/src/net.rs"]
pub mod net;
#[path = "../../virtual_std/src/ptr.rs"]
pub mod ptr;

mod macros;
pub mod prelude;
pub mod sync;
pub mod thread;

/// `std::hint`.
pub mod hint {
    pub use std::hint::{black_box, cold_path, select_unpredictable, spin_loop};
}

/// `std::panic`, without hooks.
pub mod panic {
    #[expect(deprecated, reason = "std still has it")]
    pub use std::panic::PanicInfo;
    pub use std::panic::{
        AssertUnwindSafe, Location, PanicHookInfo, RefUnwindSafe, UnwindSafe, catch_unwind,
        panic_any, resume_unwind,
    };
}

/// `std::time`.
pub mod time {
    pub use std::time::{
        Duration, Instant, SystemTime, SystemTimeError, TryFromFloatSecsError, UNIX_EPOCH,
    };
}

pub use allowed::*;
pub use macros::*;
pub use std::thread_local;
