//! `RwLock`: std's, with the rules of its futex lock for who may enter.

use super::poison::{Entry, Flag, LockResult, TryLockError, TryLockResult};
use super::rwlock_guards::{RwLockReadGuard, RwLockWriteGuard};
use super::waiters::Waiters;
use crate::operation::op;
use crate::statics::{Fresh, Seen};
use engine::{Effect, Op};
use std::cell::{Cell, UnsafeCell};
use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};

/// A lock for many readers or one writer. A waiting writer keeps new readers out, so a task that reads twice while a
/// writer waits is stuck, as it is with std on Linux. It is not fair: between an unlock and the turn of the writer that it
/// woke, others may slip in.
pub struct RwLock<T: ?Sized> {
    seen: Seen,
    pub(super) poison: Flag,
    pub(super) raw: RawRwLock,
    pub(super) data: UnsafeCell<T>,
}

// SAFETY: as for std's RwLock, readers share the data and a writer has it alone; the lock's own cells are only touched
// by the one OS thread that runs all tasks.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}
// SAFETY: as above; nothing in it is bound to a thread.
unsafe impl<T: ?Sized + Send> Send for RwLock<T> {}
impl<T: ?Sized> UnwindSafe for RwLock<T> {}
impl<T: ?Sized> RefUnwindSafe for RwLock<T> {}

impl<T: ?Sized> Fresh for RwLock<T> {
    fn seen(&self) -> &Seen {
        &self.seen
    }

    fn forget_tasks(&self) {
        self.raw.forget_tasks();
    }
}

/// Who is inside and who waits, by the rules of `std::sys::sync::rwlock::futex`: its two bits are told by those who go to
/// sleep, and taken back by whoever wakes them.
pub(super) struct RawRwLock {
    readers: Cell<usize>,
    writing: Cell<bool>,
    /// Whether somebody's try failed since it was free.
    refused: Cell<bool>,
    /// Readers have said that they sleep. While this stands, no other reader enters, even if nobody is inside: a writer is
    /// being woken, or all of them will be.
    readers_wait: Cell<bool>,
    /// Writers have said that they sleep, or may do.
    writers_wait: Cell<bool>,
    waiting_readers: Waiters,
    waiting_writers: Waiters,
}

impl RawRwLock {
    const fn new() -> Self {
        Self {
            readers: Cell::new(0),
            writing: Cell::new(false),
            refused: Cell::new(false),
            readers_wait: Cell::new(false),
            writers_wait: Cell::new(false),
            waiting_readers: Waiters::new(),
            waiting_writers: Waiters::new(),
        }
    }

    fn admits_reader(&self) -> bool {
        !self.writing.get() && !self.readers_wait.get() && !self.writers_wait.get()
    }

    /// A reader that was asleep may also join others whom a downgrade let in, past writers that wait.
    fn admits_woken_reader(&self) -> bool {
        self.readers.get() > 0 && !self.readers_wait.get()
    }

    fn admits_writer(&self) -> bool {
        !self.writing.get() && self.readers.get() == 0
    }

    fn read(&self, op: Op) {
        let mut has_slept = false;
        while !(self.admits_reader() || has_slept && self.admits_woken_reader()) {
            self.readers_wait.set(true);
            engine::note("waits");
            self.waiting_readers.join();
            engine::block(op, None);
            self.waiting_readers.leave();
            has_slept = true;
        }
        self.enter_reading(op);
    }

    fn write(&self, op: Op) {
        while !self.admits_writer() {
            self.writers_wait.set(true);
            engine::note("waits");
            self.waiting_writers.join();
            engine::block(op, None);
            self.waiting_writers.leave();
        }
        self.enter_writing(op);
    }

    fn refuse<G>(&self) -> TryLockResult<G> {
        engine::note("would wait");
        engine::progress(Effect::Wait);
        self.refused.set(true);
        Err(TryLockError::WouldBlock)
    }

    fn enter_reading(&self, op: Op) {
        self.readers.set(self.readers.get() + 1);
        engine::hold(op.object, op);
        engine::progress(Effect::Look);
    }

    fn enter_writing(&self, op: Op) {
        self.writing.set(true);
        // Those who were woken find it taken, say so again and go back to sleep, which they may as well do at once.
        if !self.waiting_writers.is_empty() {
            self.writers_wait.set(true);
            self.waiting_writers.reblock_all();
        }
        if !self.waiting_readers.is_empty() {
            self.readers_wait.set(true);
            self.waiting_readers.reblock_all();
        }
        engine::hold(op.object, op);
        engine::progress(Effect::Look);
    }

    pub(super) fn leave_reading(&self, object: usize) {
        self.readers.set(self.readers.get() - 1);
        engine::release(object);
        if self.readers.get() == 0 {
            self.wake();
        }
        let news = self.refused.take();
        engine::progress(if news { Effect::Change } else { Effect::Look });
    }

    pub(super) fn leave_writing(&self, object: usize, changed: bool) {
        self.writing.set(false);
        engine::release(object);
        self.wake();
        // For somebody who was refused, that the lock is free is news.
        let news = self.refused.take() || changed;
        engine::progress(if news { Effect::Change } else { Effect::Look });
    }

    /// Turns the writer inside into a reader; readers that wait may join it, even if writers wait, too.
    pub(super) fn downgrade(&self) {
        self.writing.set(false);
        self.readers.set(1);
        if self.readers_wait.take() {
            self.waiting_readers.wake_all();
        }
    }

    /// Nobody is inside any more: writers are woken, or all readers if no writer waits.
    fn wake(&self) {
        // Of the woken writers the first to run enters and the others sleep on: one is enough, and the search picks it.
        if self.writers_wait.take() && !self.waiting_writers.is_empty() {
            self.waiting_writers.wake_all();
        } else if self.readers_wait.take() {
            self.waiting_readers.wake_all();
        }
    }

    fn forget_tasks(&self) {
        self.readers.set(0);
        self.writing.set(false);
        self.readers_wait.set(false);
        self.writers_wait.set(false);
        self.waiting_readers.clear();
        self.waiting_writers.clear();
    }
}

impl<T> RwLock<T> {
    /// An unlocked lock around `value`.
    pub const fn new(value: T) -> Self {
        Self {
            seen: Seen::never(),
            poison: Flag::new(),
            raw: RawRwLock::new(),
            data: UnsafeCell::new(value),
        }
    }

    /// The data, without locking: nobody else can have the lock.
    ///
    /// # Errors
    /// If the lock is poisoned; the error holds the data.
    pub fn into_inner(self) -> LockResult<T> {
        self.refresh();
        let Self { poison, data, .. } = self;
        poison.wrap(data.into_inner())
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until no writer is inside or waits, and enters as a reader.
    ///
    /// # Errors
    /// If a writer panicked; the error holds the guard.
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let op = self.begin("RwLock::read", Location::caller());
        self.raw.read(op);
        self.poison.wrap(RwLockReadGuard::new(self, op.at))
    }

    /// Enters as a reader if that is possible at once.
    ///
    /// # Errors
    /// If a writer is inside or waits, or if the lock is poisoned.
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let op = self.begin("RwLock::try_read", Location::caller());
        if !self.raw.admits_reader() {
            return self.raw.refuse();
        }
        self.raw.enter_reading(op);
        Ok(self.poison.wrap(RwLockReadGuard::new(self, op.at))?)
    }

    /// Waits until nobody is inside, and enters as the writer.
    ///
    /// # Errors
    /// If an earlier writer panicked; the error holds the guard.
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let op = self.begin("RwLock::write", Location::caller());
        self.raw.write(op);
        self.poison
            .wrap(RwLockWriteGuard::new(self, op.at, Entry::now()))
    }

    /// Enters as the writer if that is possible at once.
    ///
    /// # Errors
    /// If somebody is inside, or if the lock is poisoned.
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let op = self.begin("RwLock::try_write", Location::caller());
        if !self.raw.admits_writer() {
            return self.raw.refuse();
        }
        self.raw.enter_writing(op);
        Ok(self
            .poison
            .wrap(RwLockWriteGuard::new(self, op.at, Entry::now()))?)
    }

    /// Whether a writer panicked.
    #[track_caller]
    pub fn is_poisoned(&self) -> bool {
        self.begin("RwLock::is_poisoned", Location::caller());
        engine::progress(Effect::Look);
        self.poison.get()
    }

    /// Declares the data sound again.
    #[track_caller]
    pub fn clear_poison(&self) {
        self.begin("RwLock::clear_poison", Location::caller());
        engine::progress(Effect::Change);
        self.poison.clear();
    }

    /// The data, without locking: the borrow proves that nobody else has it.
    ///
    /// # Errors
    /// If the lock is poisoned; the error holds the reference.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.refresh();
        let Self { poison, data, .. } = self;
        poison.wrap(data.get_mut())
    }

    fn begin(&self, name: &'static str, at: &'static Location<'static>) -> Op {
        self.refresh();
        let op = op(name, self, at);
        engine::point(op);
        op
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("RwLock");
        match self.try_read() {
            Ok(guard) => debug.field("data", &&*guard),
            Err(TryLockError::Poisoned(error)) => debug.field("data", &&**error.get_ref()),
            Err(TryLockError::WouldBlock) => debug.field("data", &format_args!("<locked>")),
        };
        debug
            .field("poisoned", &self.poison.get())
            .finish_non_exhaustive()
    }
}
