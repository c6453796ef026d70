//! What performance suites are written with, on the real clock and the real std.
//!
//! Suites get this crate under the name `judge_kit`, the candidate's crate as `submission` and the problem's reference as
//! `reference`. Each check compares the two in one process and ends with exactly one of [`growth`], [`race_reference`] and
//! [`at_most_bytes`], which writes the check's record; a panic before that leaves none, and the judge reads it as a
//! failure.
//!
//! # What a check looks like
//!
//! ```standalone_crate
//! # extern crate stopwatch as judge_kit;
//! # extern crate self as submission;
//! # extern crate self as reference;
//! # pub struct LruTtlCache;
//! # impl LruTtlCache {
//! #     pub fn new(_capacity: usize, _ttl: std::time::Duration) -> Self { Self }
//! #     pub fn put(&self, _key: u64, _value: u64) {}
//! #     pub fn get(&self, key: &u64) -> Option<u64> { Some(*key) }
//! # }
//! # mod performance {
//! judge_kit::both_sides! {
//!     use std::time::Duration;
//!     use subject::LruTtlCache;
//!
//!     /// Returns the operation to time. Everything outside the returned closure is set-up and free of charge.
//!     pub fn hit(size: usize) -> impl FnMut() -> Option<u64> {
//!         let cache = LruTtlCache::new(size, Duration::from_secs(60));
//!         (0..size as u64).for_each(|key| cache.put(key, key));
//!         let mut key = 0;
//!         move || {
//!             key = (key + 1) % 256;
//!             cache.get(&key)
//!         }
//!     }
//! }
//!
//! use judge_kit::{Growth, growth};
//!
//! # #[cfg(any())]
//! #[test]
//! fn a_hit_costs_the_same_in_a_large_cache() {
//!     growth(submission::hit, reference::hit, [2_000, 32_000], Growth::CONSTANT);
//! }
//! # pub fn run() { growth(submission::hit, reference::hit, [2_000, 32_000], Growth::CONSTANT); }
//! # }
//! # fn main() { performance::run() }
//! ```
//!
//! - Touch a fixed set of at most 256 keys: a walk over all keys measures cache misses, not the algorithm.
//! - The operation is called thousands of times; it must leave the size as it found it (put and take, or overwrite).
//! - What it returns goes through `black_box`, so that nothing is optimised away. Return something.
//! - It runs on the calling thread: [`growth`] counts that thread's CPU time. Work of several threads belongs into
//!   [`race_reference`], one closure call being a whole round of 1 to 50 ms that ends when its threads have ended.
//!
//! - A submission may notice that it is measured and do nothing. Assert what comes back, on both sides, where that costs
//!   little: `assert!(bucket.try_acquire(1).is_ok())`.
//!
//! The judge names the check in `FIFTYTEN_CHECK` and takes the record from `FIFTYTEN_RECORD_FD`; without them the figures go
//! to stderr.
//!
//! # How a figure is come by
//!
//! Noise only ever makes things slower. So both sides take turns, in batches of at least 200 µs of CPU time, and the least
//! time of each counts, once a second batch has come within a tenth of it. A check that is clearly within its limits ends
//! there, after some 10 ms; one that is not goes on measuring up to 1.5 s of CPU time before it is believed.
//!
//! Credit follows the ratio to the reference: at most 3 times its time earns all points, at most 8 times half, else none.
//! 20 ns are added to both sides of every quotient: nobody is judged by a handful of instructions.

#![expect(
    clippy::test_attr_in_doctest,
    reason = "the example is a test, as suites are"
)]

mod check;
mod growth;
#[path = "../../judge_kit/src/heap.rs"]
mod heap;
mod measure;
mod race;
#[path = "../../engine/src/record.rs"]
#[expect(dead_code, reason = "the engine tells more of a check than a figure")]
mod record;

pub use check::at_most_bytes;
pub use growth::{Growth, growth};
pub use heap::{allocated_bytes, allocations_during};
pub use race::race_reference;

/// Writes the same items against both crates: `mod submission` and `mod reference`, in each of which `subject` is the
/// crate.
#[macro_export]
macro_rules! both_sides {
    ($($item:item)*) => {
        mod submission {
            use ::submission as subject;
            $($item)*
        }
        mod reference {
            use ::reference as subject;
            $($item)*
        }
    };
}
