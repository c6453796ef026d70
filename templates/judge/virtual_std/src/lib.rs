//! The standard library that a candidate's crate is compiled against.
//!
//! It is passed to rustc as `std`, `core` and `alloc` in one, so that plain `std` source runs under the deterministic
//! engine without being touched. What is not here does not exist for the candidate: `use std::fs` is an unresolved
//! import.
//!
//! | Area | Here | Refused |
//! |---|---|---|
//! | `sync` | `Mutex`, `RwLock`, `Condvar`, `Once`, `OnceLock`, `LazyLock`, `Barrier`, `mpsc`, `atomic`: simulated; `Arc`, `Weak` and the error types: std's own | what is unstable |
//! | `thread` | `spawn`, `scope`, `Builder`, `park`, `sleep`, `yield_now`, `current`, `panicking`, `thread_local!`, `available_parallelism` (four): simulated | what is unstable |
//! | `time` | `Instant`, `SystemTime` on the virtual clock; `Duration`: std's own | |
//! | `hint` | `spin_loop` simulated; `black_box`, `cold_path`, `select_unpredictable` | `unreachable_unchecked`, `assert_unchecked` |
//! | `panic` | `catch_unwind`, `resume_unwind`, `panic_any`, `AssertUnwindSafe`, `Location` | `set_hook`, `take_hook` |
//! | `collections`, `vec`, `string`, `str`, `slice`, `boxed`, `rc`, `borrow`, `cell`, `fmt`, `hash`, `iter`, `ops`, `cmp`, `num`, `mem`, `any`, `array`, `ascii`, `char`, `clone`, `convert`, `default`, `error`, `future`, `marker`, `option`, `pin`, `primitive`, `result`, `task` and the modules of the number types | all of std's | |
//! | `io` | `Error`, `ErrorKind`, `Result`, `Read`, `Write`, `BufRead`, `Seek`, `Cursor`, buffers, `empty`, `sink`, `repeat` | standard streams (but `println!` and its relatives are here), pipes |
//! | `net` | the address types | sockets |
//! | `ptr` | comparing and making pointers | what takes `unsafe` |
//! | `alloc` | `Layout` and the modules of the `alloc` crate | allocators |
//! | macros | all of std's others | `env!`, `option_env!`, `include!`, `include_str!`, `include_bytes!`, `asm!` |
//! | `fs`, `env`, `process`, `os`, `ffi`, `path`, `backtrace`, `arch`, `intrinsics`, `simd` | | all |
//!
//! Every operation of the simulated parts is a scheduling point of the engine before it takes effect. All atomics are
//! sequentially consistent: what weaker orderings allow in addition is not explored, and neither are the counts of `Arc`;
//! reports name such lines. Statics start afresh in each schedule, on Linux only.
//!
//! Everything in here relies on one fact: one OS thread runs all tasks of an execution, and switches only inside the
//! engine's functions.

#[doc(hidden)]
#[path = "printing.rs"]
pub mod __printing;
pub mod alloc;
mod allowed;
pub mod hint;
pub mod io;
mod macros;
pub mod net;
mod operation;
pub mod panic;
pub mod prelude;
pub mod ptr;
mod statics;
pub mod sync;
pub mod thread;
pub mod time;

pub use allowed::*;
pub use macros::*;

#[doc(hidden)]
#[path = "test_support.rs"]
pub mod __test;
