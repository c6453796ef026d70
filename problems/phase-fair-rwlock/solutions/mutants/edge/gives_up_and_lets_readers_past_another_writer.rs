//! Flaw: A writer that gives up lets the readers in, whoever else waits.
#![forbid(unsafe_code)]
//! All counts under one mutex; readers sleep until the number of the phase has changed.

use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Who is inside the lock, and who waits.
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
pub struct PhaseFairLock {
    desk: Mutex<Desk>,
    /// Told when a phase of readers begins.
    readers: Condvar,
    /// Told, one writer at a time, when nobody is inside.
    writers: Condvar,
}

struct Desk {
    state: LockState,
    /// Grows whenever the waiting readers are let in.
    phase: u64,
}

/// A reader is inside until this is dropped.
pub struct ReadGuard<'a> {
    lock: &'a PhaseFairLock,
}

/// The writer is inside until this is dropped.
pub struct WriteGuard<'a> {
    lock: &'a PhaseFairLock,
}

impl PhaseFairLock {
    /// A lock with nobody inside.
    pub fn new() -> Self {
        PhaseFairLock {
            desk: Mutex::new(Desk {
                state: LockState {
                    readers: 0,
                    writer: false,
                    waiting_readers: 0,
                    waiting_writers: 0,
                },
                phase: 0,
            }),
            readers: Condvar::new(),
            writers: Condvar::new(),
        }
    }

    /// Enters as a reader; waits while a writer is inside or waiting.
    pub fn read(&self) -> ReadGuard<'_> {
        let mut desk = self.desk();
        if !desk.admit_reader() {
            desk.state.waiting_readers += 1;
            let phase = desk.phase;
            while desk.phase == phase {
                desk = self
                    .readers
                    .wait(desk)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        }
        ReadGuard { lock: self }
    }

    /// Enters as the writer; waits while anybody is inside.
    pub fn write(&self) -> WriteGuard<'_> {
        self.write_timeout(Duration::MAX)
            .expect("there was no limit")
    }

    /// Enters as a reader unless a writer is inside or waiting; never waits.
    pub fn try_read(&self) -> Option<ReadGuard<'_>> {
        let admitted = self.desk().admit_reader();
        admitted.then(|| ReadGuard { lock: self })
    }

    /// Enters as the writer unless anybody is inside; never waits.
    pub fn try_write(&self) -> Option<WriteGuard<'_>> {
        let admitted = self.desk().admit_writer();
        admitted.then(|| WriteGuard { lock: self })
    }

    /// Like `write`, but gives up with `None` once `timeout` has passed.
    pub fn write_timeout(&self, timeout: Duration) -> Option<WriteGuard<'_>> {
        let mut desk = self.desk();
        if desk.admit_writer() {
            return Some(WriteGuard { lock: self });
        }
        desk.state.waiting_writers += 1;
        let deadline = Instant::now().checked_add(timeout);
        let admitted = loop {
            desk = if let Some(deadline) = deadline {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break false;
                }
                let woken = self.writers.wait_timeout(desk, left);
                woken.unwrap_or_else(PoisonError::into_inner).0
            } else {
                let woken = self.writers.wait(desk);
                woken.unwrap_or_else(PoisonError::into_inner)
            };
            if desk.admit_writer() {
                break true;
            }
        };
        desk.state.waiting_writers -= 1;
        if admitted {
            return Some(WriteGuard { lock: self });
        }
        if !desk.state.writer {
            self.begin_phase(&mut desk);
        }
        None
    }

    /// Who is inside, and who waits.
    pub fn state(&self) -> LockState {
        self.desk().state
    }

    /// Lets all waiting readers in.
    fn begin_phase(&self, desk: &mut Desk) {
        let called = mem::take(&mut desk.state.waiting_readers);
        if called == 0 {
            return;
        }
        desk.state.readers += called;
        desk.phase += 1;
        self.readers.notify_all();
    }

    /// Wakes a waiting writer if the way is free for one.
    fn call_writer(&self, desk: &Desk) {
        if let (0, 1..) = (desk.state.readers, desk.state.waiting_writers) {
            self.writers.notify_one();
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    fn admit_reader(&mut self) -> bool {
        let free = !self.state.writer && self.state.waiting_writers == 0;
        self.state.readers += usize::from(free);
        free
    }

    fn admit_writer(&mut self) -> bool {
        let free = !self.state.writer && self.state.readers == 0;
        self.state.writer |= free;
        free
    }
}

impl<'a> WriteGuard<'a> {
    /// Turns the writer into a reader, in one step and without waiting.
    pub fn downgrade(self) -> ReadGuard<'a> {
        let lock = self.lock;
        mem::forget(self);
        let mut desk = lock.desk();
        desk.state.writer = false;
        desk.state.readers = 1;
        lock.begin_phase(&mut desk);
        ReadGuard { lock }
    }
}

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        let mut desk = self.lock.desk();
        desk.state.readers -= 1;
        self.lock.call_writer(&desk);
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        let mut desk = self.lock.desk();
        desk.state.writer = false;
        self.lock.begin_phase(&mut desk);
        self.lock.call_writer(&desk);
    }
}
