#![forbid(unsafe_code)]
//! Another design: readers draw numbers, a leaving writer announces up to which number they may pass, and
//! everybody sleeps on the same condition variable.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

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

#[derive(Default)]
struct Board {
    /// The number for the next reader who has to wait.
    next_number: u64,
    /// Readers with a smaller number may pass.
    called_up_to: u64,
    /// Readers with a number who are still outside.
    outside: usize,
    /// Those of them who were called and are on their way in.
    entering: usize,
    readers: usize,
    writer: bool,
    waiting_writers: usize,
}

impl Board {
    fn admits_reader(&self) -> bool {
        !self.writer && self.waiting_writers == 0
    }

    fn admits_writer(&self) -> bool {
        !self.writer && self.readers == 0 && self.entering == 0
    }

    fn call_readers(&mut self) {
        self.called_up_to = self.next_number;
        self.entering = self.outside;
    }
}

/// Many readers or one writer, in turns.
#[derive(Default)]
pub struct PhaseFairLock {
    board: Mutex<Board>,
    changed: Condvar,
}

/// A reader is inside until this is dropped.
pub struct ReadGuard<'a> {
    lock: &'a PhaseFairLock,
}

/// The writer is inside until this is dropped.
pub struct WriteGuard<'a> {
    /// None once it has become a reader.
    lock: Option<&'a PhaseFairLock>,
}

impl PhaseFairLock {
    /// A lock with nobody inside.
    pub fn new() -> Self {
        Self::default()
    }

    /// Enters as a reader; waits while a writer is inside or waiting.
    pub fn read(&self) -> ReadGuard<'_> {
        let mut board = self.board.lock().unwrap();
        if !board.admits_reader() {
            let number = board.next_number;
            board.next_number += 1;
            board.outside += 1;
            board = self
                .changed
                .wait_while(board, |board| board.called_up_to <= number)
                .unwrap();
            board.outside -= 1;
            board.entering -= 1;
        }
        board.readers += 1;
        ReadGuard { lock: self }
    }

    /// Enters as the writer; waits while anybody is inside.
    pub fn write(&self) -> WriteGuard<'_> {
        let mut board = self.board.lock().unwrap();
        board.waiting_writers += 1;
        board = self
            .changed
            .wait_while(board, |board| !board.admits_writer())
            .unwrap();
        board.waiting_writers -= 1;
        board.writer = true;
        WriteGuard { lock: Some(self) }
    }

    /// Enters as a reader unless a writer is inside or waiting; never waits.
    pub fn try_read(&self) -> Option<ReadGuard<'_>> {
        let mut board = self.board.lock().unwrap();
        if board.admits_reader() {
            board.readers += 1;
            Some(ReadGuard { lock: self })
        } else {
            None
        }
    }

    /// Enters as the writer unless anybody is inside; never waits.
    pub fn try_write(&self) -> Option<WriteGuard<'_>> {
        let mut board = self.board.lock().unwrap();
        if board.admits_writer() {
            board.writer = true;
            Some(WriteGuard { lock: Some(self) })
        } else {
            None
        }
    }

    /// Like `write`, but gives up with `None` once `timeout` has passed.
    pub fn write_timeout(&self, timeout: Duration) -> Option<WriteGuard<'_>> {
        let mut board = self.board.lock().unwrap();
        board.waiting_writers += 1;
        let waited = self
            .changed
            .wait_timeout_while(board, timeout, |board| !board.admits_writer());
        board = waited.unwrap().0;
        board.waiting_writers -= 1;
        if board.admits_writer() {
            board.writer = true;
            return Some(WriteGuard { lock: Some(self) });
        }
        if board.admits_reader() {
            board.call_readers();
            self.changed.notify_all();
        }
        None
    }

    /// Who is inside, and who waits.
    pub fn state(&self) -> LockState {
        let board = self.board.lock().unwrap();
        LockState {
            readers: board.readers + board.entering,
            writer: board.writer,
            waiting_readers: board.outside - board.entering,
            waiting_writers: board.waiting_writers,
        }
    }
}

impl<'a> WriteGuard<'a> {
    /// Turns the writer into a reader, in one step and without waiting.
    pub fn downgrade(mut self) -> ReadGuard<'a> {
        let lock = self.lock.take().expect("a write guard is downgraded once");
        let mut board = lock.board.lock().unwrap();
        board.writer = false;
        board.readers = 1;
        board.call_readers();
        lock.changed.notify_all();
        ReadGuard { lock }
    }
}

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        // Taken for the first time during unwinding, a lock is not poisoned.
        let mut board = self.lock.board.lock().unwrap();
        board.readers -= 1;
        if board.waiting_writers > 0 && board.admits_writer() {
            self.lock.changed.notify_all();
        }
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        let Some(lock) = self.lock else {
            return;
        };
        let mut board = lock.board.lock().unwrap();
        board.writer = false;
        board.call_readers();
        if board.entering + board.waiting_writers > 0 {
            lock.changed.notify_all();
        }
    }
}
