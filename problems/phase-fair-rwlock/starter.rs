#![forbid(unsafe_code)]
//! A reader-writer lock in which neither side can starve.

use std::marker::PhantomData;
use std::time::Duration;

/// Who is inside the lock, and who waits.
///
/// Exact when nobody is on the way in or out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockState {
    /// Readers inside.
    pub readers: usize,
    /// Whether a writer is inside.
    pub writer: bool,
    /// Readers asleep in `read`.
    pub waiting_readers: usize,
    /// Writers asleep in `write` or `write_timeout`.
    pub waiting_writers: usize,
}

/// Many readers or one writer, in turns.
///
/// Readers wait while a writer is inside or waiting. When a writer leaves, all readers waiting at
/// that moment enter together before any other writer. The order among writers is not specified.
///
/// Shared by reference among threads. Taking it again on a thread that holds it is not supported.
pub struct PhaseFairLock {
    // Replace this by what you need.
    state: PhantomData<LockState>,
}

/// A reader is inside until this is dropped.
pub struct ReadGuard<'a> {
    lock: PhantomData<&'a PhaseFairLock>,
}

/// The writer is inside until this is dropped.
pub struct WriteGuard<'a> {
    lock: PhantomData<&'a PhaseFairLock>,
}

impl PhaseFairLock {
    /// A lock with nobody inside.
    pub fn new() -> Self {
        todo!()
    }

    /// Enters as a reader; waits while a writer is inside or waiting.
    ///
    /// Who waits when a writer leaves enters then, together with all other waiting readers and
    /// before any other writer.
    pub fn read(&self) -> ReadGuard<'_> {
        let _ = self.state;
        todo!()
    }

    /// Enters as the writer; waits while anybody is inside.
    pub fn write(&self) -> WriteGuard<'_> {
        todo!()
    }

    /// Enters as a reader unless a writer is inside or waiting; never waits.
    pub fn try_read(&self) -> Option<ReadGuard<'_>> {
        todo!()
    }

    /// Enters as the writer unless anybody is inside; never waits.
    ///
    /// What it says between somebody's leaving and the entry of a waiting writer is open.
    pub fn try_write(&self) -> Option<WriteGuard<'_>> {
        todo!()
    }

    /// Like `write`, but gives up with `None` once `timeout` has passed.
    ///
    /// `timeout` bounds the whole call, however often the thread wakes up in between. Zero is like
    /// `try_write`, `Duration::MAX` waits as long as it takes. A writer that has given up does not
    /// count as waiting any more, and readers who waited only because of it enter at once.
    pub fn write_timeout(&self, timeout: Duration) -> Option<WriteGuard<'_>> {
        let _ = timeout;
        todo!()
    }

    /// Who is inside, and who waits.
    pub fn state(&self) -> LockState {
        todo!()
    }
}

impl Drop for ReadGuard<'_> {
    /// The reader leaves. The last one to leave lets a waiting writer in.
    fn drop(&mut self) {
        let _ = self.lock;
    }
}

impl Drop for WriteGuard<'_> {
    /// The writer leaves: the waiting readers enter or, if there are none, a waiting writer.
    fn drop(&mut self) {
        let _ = self.lock;
    }
}
