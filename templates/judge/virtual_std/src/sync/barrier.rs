//! `Barrier`: tasks that wait for each other.

use super::waiters::Waiters;
use crate::operation::op;
use crate::statics::{Fresh, Seen};
use engine::Effect;
use std::cell::Cell;
use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};

/// Lets `n` tasks go on together, again and again.
pub struct Barrier {
    seen: Seen,
    size: usize,
    arrived: Cell<usize>,
    generation: Cell<usize>,
    waiters: Waiters,
}

// SAFETY: its cells are only touched by the one OS thread that runs all tasks.
unsafe impl Sync for Barrier {}
// SAFETY: as above.
unsafe impl Send for Barrier {}
impl UnwindSafe for Barrier {}
impl RefUnwindSafe for Barrier {}

impl Fresh for Barrier {
    fn seen(&self) -> &Seen {
        &self.seen
    }

    fn forget_tasks(&self) {
        self.arrived.set(0);
        self.waiters.clear();
    }
}

/// Tells the one that came last.
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    /// `true` for one of the tasks of each round.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl fmt::Debug for BarrierWaitResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarrierWaitResult")
            .field("is_leader", &self.0)
            .finish()
    }
}

impl Barrier {
    /// A barrier for `n` tasks; 0 and 1 let everybody through.
    #[must_use]
    pub const fn new(n: usize) -> Self {
        Self {
            seen: Seen::never(),
            size: n,
            arrived: Cell::new(0),
            generation: Cell::new(0),
            waiters: Waiters::new(),
        }
    }

    /// Waits until `n` tasks are here.
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        self.refresh();
        let op = op("Barrier::wait", self, Location::caller());
        engine::point(op);
        engine::progress(Effect::Change);
        self.arrived.set(self.arrived.get() + 1);
        if self.arrived.get() >= self.size {
            self.arrived.set(0);
            self.generation.set(self.generation.get().wrapping_add(1));
            self.waiters.wake_all();
            return BarrierWaitResult(true);
        }
        let generation = self.generation.get();
        engine::note("waits");
        while generation == self.generation.get() {
            self.waiters.join();
            engine::block(op, None);
            self.waiters.leave();
        }
        BarrierWaitResult(false)
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").finish_non_exhaustive()
    }
}
