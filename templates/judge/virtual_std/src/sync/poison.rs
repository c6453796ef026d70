//! Poisoning, by the panics of the task that holds the lock and no other's.

pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};

use std::cell::Cell;

/// The mark a panicking owner leaves on a lock.
pub(crate) struct Flag(Cell<bool>);

/// What a guard remembers: whether its task was already panicking when it got the lock.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    was_panicking: bool,
}

impl Entry {
    pub(crate) fn now() -> Self {
        Self {
            was_panicking: engine::panic_count() > 0,
        }
    }
}

impl Flag {
    pub(crate) const fn new() -> Self {
        Self(Cell::new(false))
    }

    pub(crate) fn get(&self) -> bool {
        self.0.get()
    }

    pub(crate) fn clear(&self) {
        self.0.set(false);
    }

    /// To be called when a guard goes: poisons if a panic began while it was held.
    pub(crate) fn leave(&self, entry: Entry) {
        if !entry.was_panicking && engine::panic_count() > 0 {
            self.0.set(true);
        }
    }

    /// Wraps what a lock operation returns.
    pub(crate) fn wrap<G>(&self, guard: G) -> LockResult<G> {
        if self.get() {
            Err(PoisonError::new(guard))
        } else {
            Ok(guard)
        }
    }
}
