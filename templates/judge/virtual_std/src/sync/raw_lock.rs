//! The lock beneath `Mutex`: who may enter, without the data.

use super::waiters::Waiters;
use engine::{Effect, Op};
use std::cell::Cell;

/// An unfair lock: whoever runs first after an unlock gets it, as with std's futex lock.
pub(crate) struct RawLock {
    locked: Cell<bool>,
    /// Whether somebody's try failed since it was taken.
    refused: Cell<bool>,
    waiters: Waiters,
}

impl RawLock {
    pub(crate) const fn new() -> Self {
        Self {
            locked: Cell::new(false),
            refused: Cell::new(false),
            waiters: Waiters::new(),
        }
    }

    /// Takes the lock, waiting while somebody else has it. The scheduling point comes before, at the caller.
    pub(crate) fn acquire(&self, op: Op) {
        while self.locked.get() {
            self.waiters.join();
            engine::block(op, None);
            self.waiters.leave();
        }
        self.enter(op);
    }

    /// Takes the lock if it is free.
    pub(crate) fn try_acquire(&self, op: Op) -> bool {
        if self.locked.get() {
            engine::note("would wait");
            engine::progress(Effect::Wait);
            self.refused.set(true);
            return false;
        }
        self.enter(op);
        true
    }

    fn enter(&self, op: Op) {
        self.locked.set(true);
        self.waiters.reblock_all();
        engine::hold(op.object, op);
        engine::progress(Effect::Look);
    }

    /// Frees the lock and lets all waiters try again. `changed` tells whether its owner may have changed the data.
    pub(crate) fn release(&self, object: usize, changed: bool) {
        self.locked.set(false);
        engine::release(object);
        self.waiters.wake_all();
        // For somebody who was refused, that the lock is free is news.
        let news = self.refused.take() || changed;
        engine::progress(if news { Effect::Change } else { Effect::Look });
    }

    /// Frees a lock whose owner's execution is over.
    pub(crate) fn forget_tasks(&self) {
        self.locked.set(false);
        self.waiters.clear();
    }
}
