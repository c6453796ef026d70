//! What Gate, Recorder and Script share: an operation as the engine traces it, and where an object belongs.
//!
//! All threads of a check share one OS thread and change only at scheduling points. The locks of the kit are the real
//! ones, never held across such a point, and therefore never contended.

use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::Op;

/// The operation `name` on the object at `object`, at the caller's line.
#[track_caller]
pub(crate) fn operation<T>(name: &'static str, object: &T) -> Op {
    Op {
        name,
        object: std::ptr::from_ref(object).addr(),
        at: Location::caller(),
    }
}

/// Locks `state`. A panic elsewhere does not matter: the kit leaves its state whole between any two statements.
pub(crate) fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The execution in which an object was made; it is of no use in another, where thread 3 is somebody else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Home(u64);

impl Home {
    pub(crate) fn here() -> Self {
        Self(engine::execution())
    }

    /// Panics if the object called `what` was made in another execution.
    #[track_caller]
    pub(crate) fn must_be_here(self, what: &str) {
        assert!(
            self.0 == engine::execution(),
            "this {what} was made outside the running execution: make it inside the body of check or explore"
        );
    }
}
