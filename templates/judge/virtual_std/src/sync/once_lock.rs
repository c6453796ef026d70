//! `OnceLock`: a cell that is filled one time.

use super::once::Once;
use crate::operation::op;
use crate::statics;
use engine::{Effect, Op};
use std::cell::UnsafeCell;
use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};

/// A cell that can be written one time, with std's interface.
pub struct OnceLock<T> {
    once: Once,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: the value is written by the one task that the gate lets through, and shared only after that.
unsafe impl<T: Sync + Send> Sync for OnceLock<T> {}
// SAFETY: nothing in it is bound to a thread.
unsafe impl<T: Send> Send for OnceLock<T> {}
impl<T: UnwindSafe> UnwindSafe for OnceLock<T> {}
impl<T: RefUnwindSafe + UnwindSafe> RefUnwindSafe for OnceLock<T> {}

impl<T> OnceLock<T> {
    /// An empty cell.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            once: Once::new(),
            value: UnsafeCell::new(None),
        }
    }

    /// The value, if there is one by now.
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        self.begin("OnceLock::get", Location::caller());
        engine::progress(Effect::Look);
        self.peek()
    }

    /// The value, mutably.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        statics::refresh(self);
        self.value.get_mut().as_mut()
    }

    /// Waits until somebody has filled the cell.
    #[track_caller]
    pub fn wait(&self) -> &T {
        let op = self.begin("OnceLock::wait", Location::caller());
        self.once.wait_done(op, true);
        self.filled()
    }

    /// Fills the cell.
    ///
    /// # Errors
    /// If it is full; the error holds `value`.
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        let op = self.begin("OnceLock::set", Location::caller());
        let mut value = Some(value);
        self.fill(op, || {
            value.take().expect("the gate runs its closure one time")
        });
        value.map_or(Ok(()), Err)
    }

    /// The value, which `f` makes if nobody has yet. While it runs, others wait; if it panics, the next one tries.
    #[track_caller]
    pub fn get_or_init<F: FnOnce() -> T>(&self, f: F) -> &T {
        let op = self.begin("OnceLock::get_or_init", Location::caller());
        self.fill(op, f);
        self.filled()
    }

    /// The value, if the cell is full.
    pub fn into_inner(self) -> Option<T> {
        statics::refresh(&self);
        self.value.into_inner()
    }

    /// Takes the value out and leaves the cell empty.
    pub fn take(&mut self) -> Option<T> {
        statics::refresh(self);
        self.once.reset();
        self.value.get_mut().take()
    }

    fn begin(&self, name: &'static str, at: &'static Location<'static>) -> Op {
        // The whole cell first: its gate is a part of it and must not be restored by itself.
        statics::refresh(self);
        let op = op(name, self, at);
        engine::point(op);
        op
    }

    fn fill(&self, op: Op, f: impl FnOnce() -> T) {
        self.once.call(op, true, |_| {
            let value = f();
            // SAFETY: the gate lets one closure through, and nobody reads before it has finished.
            unsafe { *self.value.get() = Some(value) };
        });
    }

    fn peek(&self) -> Option<&T> {
        // SAFETY: once the gate is complete, nobody writes any more.
        if self.once.is_done() {
            unsafe { (*self.value.get()).as_ref() }
        } else {
            None
        }
    }

    fn filled(&self) -> &T {
        self.peek()
            .expect("the gate is complete, so the cell is full")
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<T> for OnceLock<T> {
    fn from(value: T) -> Self {
        let cell = Self::new();
        let _ = cell.set(value);
        cell
    }
}

impl<T: Clone> Clone for OnceLock<T> {
    fn clone(&self) -> Self {
        self.get()
            .map_or_else(Self::new, |value| Self::from(value.clone()))
    }
}

impl<T: PartialEq> PartialEq for OnceLock<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceLock<T> {}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("OnceLock");
        match self.peek() {
            Some(value) => tuple.field(value),
            None => tuple.field(&format_args!("<uninit>")),
        };
        tuple.finish()
    }
}
