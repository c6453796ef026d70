#![forbid(unsafe_code)]
//! Another design: who is inside stands in one atomic word. The mutex is needed only where somebody has to wait.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
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

/// A writer is inside.
const WRITER: usize = 1;
/// Somebody waits; the quick ways are closed. Changed only with the waiting room locked.
const CROWDED: usize = 2;
/// One reader; all bits from here on are their number.
const READER: usize = 4;

#[derive(Default)]
struct WaitingRoom {
    readers: usize,
    writers: usize,
    phase: usize,
}

/// Many readers or one writer, in turns.
#[derive(Default)]
pub struct PhaseFairLock {
    word: AtomicUsize,
    room: Mutex<WaitingRoom>,
    readers: Condvar,
    writers: Condvar,
}

/// A reader is inside until this is dropped.
pub struct ReadGuard<'a>(&'a PhaseFairLock);

/// The writer is inside until this is dropped.
pub struct WriteGuard<'a>(&'a PhaseFairLock);

impl PhaseFairLock {
    /// A lock with nobody inside.
    pub fn new() -> Self {
        Self::default()
    }

    /// Enters as a reader; waits while a writer is inside or waiting.
    pub fn read(&self) -> ReadGuard<'_> {
        if self.swap_while(|word| (word & (WRITER | CROWDED) == 0).then_some(word + READER)) {
            return ReadGuard(self);
        }
        let mut room = self.room();
        if self.enter_or_crowd(|word| word & WRITER == 0 && room.writers == 0, READER) {
            return ReadGuard(self);
        }
        room.readers += 1;
        let phase = room.phase;
        let called = self.readers.wait_while(room, |room| room.phase == phase);
        drop(called.unwrap_or_else(PoisonError::into_inner));
        ReadGuard(self)
    }

    /// Enters as the writer; waits while anybody is inside.
    pub fn write(&self) -> WriteGuard<'_> {
        match self.write_timeout(Duration::MAX) {
            Some(guard) => guard,
            None => unreachable!("it waits as long as it takes"),
        }
    }

    /// Enters as a reader unless a writer is inside or waiting; never waits.
    pub fn try_read(&self) -> Option<ReadGuard<'_>> {
        if self.swap_while(|word| (word & (WRITER | CROWDED) == 0).then_some(word + READER)) {
            return Some(ReadGuard(self));
        }
        let room = self.room();
        let free = |word| (word & WRITER == 0 && room.writers == 0).then_some(word + READER);
        self.swap_while(free).then(|| ReadGuard(self))
    }

    /// Enters as the writer unless anybody is inside; never waits.
    pub fn try_write(&self) -> Option<WriteGuard<'_>> {
        let free = |word| (word == 0).then_some(WRITER);
        self.swap_while(free).then(|| WriteGuard(self))
    }

    /// Like `write`, but gives up with `None` once `timeout` has passed.
    pub fn write_timeout(&self, timeout: Duration) -> Option<WriteGuard<'_>> {
        let begun = Instant::now();
        if let Some(guard) = self.try_write() {
            return Some(guard);
        }
        if timeout.is_zero() {
            return None;
        }
        let mut room = self.room();
        let is_free = |word: usize| word & !CROWDED == 0;
        if self.enter_or_crowd(is_free, WRITER) {
            return Some(WriteGuard(self));
        }
        room.writers += 1;
        loop {
            let left = timeout.saturating_sub(begun.elapsed());
            let woken = self.writers.wait_timeout(room, left);
            room = woken.unwrap_or_else(PoisonError::into_inner).0;
            if self.swap_while(|word| is_free(word).then_some(word | WRITER)) {
                room.writers -= 1;
                self.clear_if_empty(&room);
                return Some(WriteGuard(self));
            }
            if begun.elapsed() >= timeout {
                break;
            }
        }
        room.writers -= 1;
        if room.writers == 0 && self.word.load(SeqCst) & WRITER == 0 {
            self.call_readers(&mut room);
        }
        self.clear_if_empty(&room);
        None
    }

    /// Who is inside, and who waits.
    pub fn state(&self) -> LockState {
        let room = self.room();
        let word = self.word.load(SeqCst);
        LockState {
            readers: word / READER,
            writer: word & WRITER != 0,
            waiting_readers: room.readers,
            waiting_writers: room.writers,
        }
    }

    /// Replaces the word as `change` says; false as soon as it says nothing.
    fn swap_while(&self, change: impl FnMut(usize) -> Option<usize>) -> bool {
        self.word.fetch_update(SeqCst, SeqCst, change).is_ok()
    }

    /// Enters if the word allows it, else notes in the same step that somebody waits.
    fn enter_or_crowd(&self, allows: impl Fn(usize) -> bool, entry: usize) -> bool {
        let change = |word| {
            Some(if allows(word) {
                word + entry
            } else {
                word | CROWDED
            })
        };
        let before = self.word.fetch_update(SeqCst, SeqCst, change);
        before.is_ok_and(allows)
    }

    fn call_readers(&self, room: &mut WaitingRoom) {
        let called = mem::take(&mut room.readers);
        if called > 0 {
            self.word.fetch_add(called * READER, SeqCst);
            room.phase += 1;
            self.readers.notify_all();
        }
    }

    fn clear_if_empty(&self, room: &WaitingRoom) {
        if room.readers == 0 && room.writers == 0 {
            self.word.fetch_and(!CROWDED, SeqCst);
        }
    }

    fn call_writer(&self, room: &WaitingRoom) {
        if room.writers > 0 && self.word.load(SeqCst) & !CROWDED == 0 {
            self.writers.notify_one();
        }
    }

    fn room(&self) -> MutexGuard<'_, WaitingRoom> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> WriteGuard<'a> {
    /// Turns the writer into a reader, in one step and without waiting.
    pub fn downgrade(self) -> ReadGuard<'a> {
        let lock = self.0;
        mem::forget(self);
        let mut room = lock.room();
        lock.word.fetch_add(READER - WRITER, SeqCst);
        lock.call_readers(&mut room);
        lock.clear_if_empty(&room);
        ReadGuard(lock)
    }
}

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        let before = self.0.word.fetch_sub(READER, SeqCst);
        if before == READER | CROWDED {
            self.0.call_writer(&self.0.room());
        }
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        if self.0.swap_while(|word| (word == WRITER).then_some(0)) {
            return;
        }
        let mut room = self.0.room();
        if room.readers > 0 {
            // First the readers and then the writer's leaving: nobody must slip in between.
            self.0.call_readers(&mut room);
        }
        self.0.word.fetch_and(!WRITER, SeqCst);
        self.0.clear_if_empty(&room);
        self.0.call_writer(&room);
    }
}
