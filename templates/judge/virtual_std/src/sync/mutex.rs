//! `Mutex`: std's, scheduled by the engine.

use super::poison::{Entry, Flag, LockResult, TryLockError, TryLockResult};
use super::raw_lock::RawLock;
use crate::operation::op;
use crate::statics::{Fresh, Seen};
use engine::{Effect, Op};
use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{Location, RefUnwindSafe, UnwindSafe};

/// A mutual exclusion lock, with std's interface and poisoning.
pub struct Mutex<T: ?Sized> {
    seen: Seen,
    poison: Flag,
    raw: RawLock,
    data: UnsafeCell<T>,
}

// SAFETY: as for std's Mutex, the lock lets one task at a time reach the data; its own cells are only touched by the one
// OS thread that runs all tasks.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}
// SAFETY: as above; nothing in it is bound to a thread.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
impl<T: ?Sized> UnwindSafe for Mutex<T> {}
impl<T: ?Sized> RefUnwindSafe for Mutex<T> {}

impl<T: ?Sized> Fresh for Mutex<T> {
    fn seen(&self) -> &Seen {
        &self.seen
    }

    fn forget_tasks(&self) {
        self.raw.forget_tasks();
    }
}

impl<T> Mutex<T> {
    /// An unlocked mutex around `value`.
    pub const fn new(value: T) -> Self {
        Self {
            seen: Seen::never(),
            poison: Flag::new(),
            raw: RawLock::new(),
            data: UnsafeCell::new(value),
        }
    }

    /// The data, without locking: nobody else can have the mutex.
    ///
    /// # Errors
    /// If the mutex is poisoned; the error holds the data.
    pub fn into_inner(self) -> LockResult<T> {
        self.refresh();
        let Self { poison, data, .. } = self;
        poison.wrap(data.into_inner())
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits for the lock and takes it.
    ///
    /// # Errors
    /// If an earlier owner panicked while it held the lock; the error holds the guard.
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        self.refresh();
        let op = op("Mutex::lock", self, Location::caller());
        engine::point(op);
        self.raw.acquire(op);
        self.guard(op.at)
    }

    /// Takes the lock if that is possible at once.
    ///
    /// # Errors
    /// If somebody holds it, or if it is poisoned.
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        self.refresh();
        let op = op("Mutex::try_lock", self, Location::caller());
        engine::point(op);
        if self.raw.try_acquire(op) {
            Ok(self.guard(op.at)?)
        } else {
            Err(TryLockError::WouldBlock)
        }
    }

    /// Whether an owner panicked.
    #[track_caller]
    pub fn is_poisoned(&self) -> bool {
        self.refresh();
        engine::point(op("Mutex::is_poisoned", self, Location::caller()));
        engine::progress(Effect::Look);
        self.poison.get()
    }

    /// Declares the data sound again.
    #[track_caller]
    pub fn clear_poison(&self) {
        self.refresh();
        engine::point(op("Mutex::clear_poison", self, Location::caller()));
        engine::progress(Effect::Change);
        self.poison.clear();
    }

    /// The data, without locking: the borrow proves that nobody else has it.
    ///
    /// # Errors
    /// If the mutex is poisoned; the error holds the reference.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.refresh();
        let Self { poison, data, .. } = self;
        poison.wrap(data.get_mut())
    }

    fn guard(&self, at: &'static Location<'static>) -> LockResult<MutexGuard<'_, T>> {
        self.poison.wrap(MutexGuard {
            lock: self,
            at,
            entry: Entry::now(),
            changed: false,
            not_send: PhantomData,
        })
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Mutex");
        match self.try_lock() {
            Ok(guard) => debug.field("data", &&*guard),
            Err(TryLockError::Poisoned(error)) => debug.field("data", &&**error.get_ref()),
            Err(TryLockError::WouldBlock) => debug.field("data", &"<locked>"),
        };
        debug
            .field("poisoned", &self.poison.get())
            .finish_non_exhaustive()
    }
}

/// Holds the lock until it is dropped.
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MutexGuard<'a, T: ?Sized> {
    lock: &'a Mutex<T>,
    at: &'static Location<'static>,
    entry: Entry,
    /// Whether the data was reached mutably: only then does unlocking count as a change that others may wait for.
    changed: bool,
    not_send: PhantomData<*const ()>,
}

// SAFETY: a shared guard only gives out shared references to the data.
unsafe impl<T: ?Sized + Sync> Sync for MutexGuard<'_, T> {}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// The object's identity and the place of locking, for operations of the same owner.
    pub(super) fn op(&self, name: &'static str) -> Op {
        op(name, self.lock, self.at)
    }

    /// Frees the lock without a scheduling point, for a condition variable. The guard stays, unusable, until `retake`.
    pub(super) fn give_up(&self) {
        self.lock.raw.release(self.op("").object, self.changed);
    }

    /// Gets the lock back after `give_up`.
    pub(super) fn retake(
        mut self,
        at: &'static Location<'static>,
    ) -> LockResult<MutexGuard<'a, T>> {
        self.lock.raw.acquire(op("Mutex::lock", self.lock, at));
        self.changed = false;
        self.at = at;
        let lock = self.lock;
        lock.poison.wrap(self)
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard holds the lock.
        unsafe { &*self.lock.data.get() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.changed = true;
        // SAFETY: the guard holds the lock and is borrowed mutably.
        unsafe { &mut *self.lock.data.get() }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        let op = self.op("Mutex::unlock");
        engine::point(op);
        self.lock.poison.leave(self.entry);
        self.lock.raw.release(op.object, self.changed);
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
