//! `std::sync::atomic`: every access is a scheduling point and sequentially consistent, whatever ordering it names.
//! Weaker orderings are checked for being legal, but what they would additionally allow is not explored.
//!
//! The types have the size and alignment of std's.

mod boolean;
mod cell;
mod integer;
mod pointer;

pub use boolean::AtomicBool;
pub use integer::{
    AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32,
    AtomicU64, AtomicUsize,
};
pub use pointer::AtomicPtr;
pub use std::sync::atomic::Ordering;

use crate::operation::op;
use engine::Effect;
use std::panic::Location;

/// The start value of an `AtomicIsize`.
#[deprecated(since = "1.34.0", note = "the `new` function is now preferred")]
#[expect(
    clippy::declare_interior_mutable_const,
    reason = "std has this constant"
)]
pub const ATOMIC_ISIZE_INIT: AtomicIsize = AtomicIsize::new(0);
/// The start value of an `AtomicUsize`.
#[deprecated(since = "1.34.0", note = "the `new` function is now preferred")]
#[expect(
    clippy::declare_interior_mutable_const,
    reason = "std has this constant"
)]
pub const ATOMIC_USIZE_INIT: AtomicUsize = AtomicUsize::new(0);
/// The start value of an `AtomicBool`.
#[deprecated(since = "1.34.0", note = "the `new` function is now preferred")]
#[expect(
    clippy::declare_interior_mutable_const,
    reason = "std has this constant"
)]
pub const ATOMIC_BOOL_INIT: AtomicBool = AtomicBool::new(false);

/// Orders memory accesses; all of them are ordered already.
///
/// # Panics
/// If `order` is `Relaxed`.
#[track_caller]
pub fn fence(order: Ordering) {
    assert!(
        !matches!(order, Ordering::Relaxed),
        "there is no such thing as a relaxed fence"
    );
    engine::point(op("fence", &(), Location::caller()));
    engine::progress(Effect::Look);
}

/// Orders memory accesses for the compiler only; all of them are ordered already.
///
/// # Panics
/// If `order` is `Relaxed`.
#[track_caller]
pub fn compiler_fence(order: Ordering) {
    assert!(
        !matches!(order, Ordering::Relaxed),
        "there is no such thing as a relaxed compiler fence"
    );
}

/// Politely waits; `std::hint::spin_loop` is its new name.
#[deprecated(since = "1.51.0", note = "use hint::spin_loop instead")]
#[track_caller]
pub fn spin_loop_hint() {
    crate::hint::spin_loop();
}
