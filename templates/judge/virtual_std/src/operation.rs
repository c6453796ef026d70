//! How an operation of this library presents itself to the engine.

use engine::Op;
use std::panic::Location;
use std::time::Duration;

/// The description of operation `name` on `object`, called from `at`.
pub(crate) fn op<T: ?Sized>(name: &'static str, object: &T, at: &'static Location<'static>) -> Op {
    Op {
        name,
        object: std::ptr::from_ref(object).cast::<u8>().addr(),
        at,
    }
}

/// The virtual instant (ns) that lies `wait` ahead; `None` when that is further than the clock reaches, which means never.
pub(crate) fn deadline_after(wait: Duration) -> Option<u64> {
    u64::try_from(wait.as_nanos())
        .ok()
        .and_then(|wait| engine::now().checked_add(wait))
}

/// Whether `deadline` has been reached.
pub(crate) fn is_over(deadline: Option<u64>) -> bool {
    deadline.is_some_and(|deadline| engine::now() >= deadline)
}
