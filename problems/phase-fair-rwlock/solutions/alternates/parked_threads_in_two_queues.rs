#![forbid(unsafe_code)]
//! Another design: no condition variable. Whoever leaves picks who comes next, counts them in and unparks them.

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
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

enum Inside {
    Readers(usize),
    Writer,
}

struct Ticket {
    thread: Thread,
    called: AtomicBool,
}

struct Porter {
    inside: Inside,
    readers: Vec<Arc<Ticket>>,
    writers: VecDeque<Arc<Ticket>>,
}

/// Many readers or one writer, in turns.
pub struct PhaseFairLock {
    porter: Mutex<Porter>,
}

/// A reader is inside until this is dropped.
pub struct ReadGuard<'a>(&'a PhaseFairLock);

/// The writer is inside until this is dropped.
pub struct WriteGuard<'a> {
    lock: &'a PhaseFairLock,
    downgraded: bool,
}

impl PhaseFairLock {
    /// A lock with nobody inside.
    pub fn new() -> Self {
        Self {
            porter: Mutex::new(Porter {
                inside: Inside::Readers(0),
                readers: Vec::new(),
                writers: VecDeque::new(),
            }),
        }
    }

    /// Enters as a reader; waits while a writer is inside or waiting.
    pub fn read(&self) -> ReadGuard<'_> {
        let mut porter = self.porter();
        if !porter.take_reader() {
            let ticket = Ticket::new();
            porter.readers.push(Arc::clone(&ticket));
            drop(porter);
            ticket.wait(None);
        }
        ReadGuard(self)
    }

    /// Enters as the writer; waits while anybody is inside.
    pub fn write(&self) -> WriteGuard<'_> {
        let mut porter = self.porter();
        if !porter.take_writer() {
            let ticket = Ticket::new();
            porter.writers.push_back(Arc::clone(&ticket));
            drop(porter);
            ticket.wait(None);
        }
        self.write_guard()
    }

    /// Enters as a reader unless a writer is inside or waiting; never waits.
    pub fn try_read(&self) -> Option<ReadGuard<'_>> {
        let taken = self.porter().take_reader();
        taken.then(|| ReadGuard(self))
    }

    /// Enters as the writer unless anybody is inside; never waits.
    pub fn try_write(&self) -> Option<WriteGuard<'_>> {
        let taken = self.porter().take_writer();
        taken.then(|| self.write_guard())
    }

    /// Like `write`, but gives up with `None` once `timeout` has passed.
    pub fn write_timeout(&self, timeout: Duration) -> Option<WriteGuard<'_>> {
        let start = Instant::now();
        let mut porter = self.porter();
        if porter.take_writer() {
            return Some(self.write_guard());
        }
        if timeout.is_zero() {
            return None;
        }
        let ticket = Ticket::new();
        porter.writers.push_back(Arc::clone(&ticket));
        drop(porter);
        if ticket.wait(Some((start, timeout))) {
            return Some(self.write_guard());
        }
        let mut porter = self.porter();
        if ticket.called.load(Ordering::SeqCst) {
            return Some(self.write_guard());
        }
        porter.writers.retain(|other| !Arc::ptr_eq(other, &ticket));
        if porter.writers.is_empty()
            && let Inside::Readers(_) = porter.inside
        {
            porter.call_readers();
        }
        None
    }

    /// Who is inside, and who waits.
    pub fn state(&self) -> LockState {
        let porter = self.porter();
        let (readers, writer) = match porter.inside {
            Inside::Readers(count) => (count, false),
            Inside::Writer => (0, true),
        };
        LockState {
            readers,
            writer,
            waiting_readers: porter.readers.len(),
            waiting_writers: porter.writers.len(),
        }
    }

    fn write_guard(&self) -> WriteGuard<'_> {
        WriteGuard {
            lock: self,
            downgraded: false,
        }
    }

    fn porter(&self) -> MutexGuard<'_, Porter> {
        self.porter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Porter {
    fn take_reader(&mut self) -> bool {
        match &mut self.inside {
            Inside::Readers(count) if self.writers.is_empty() => {
                *count += 1;
                true
            }
            _ => false,
        }
    }

    fn take_writer(&mut self) -> bool {
        let empty = matches!(self.inside, Inside::Readers(0));
        if empty {
            self.inside = Inside::Writer;
        }
        empty
    }

    fn call_readers(&mut self) {
        let called = mem::take(&mut self.readers);
        if let Inside::Readers(count) = &mut self.inside {
            *count += called.len();
        }
        called.iter().for_each(|ticket| ticket.call());
    }

    fn call_writer(&mut self) {
        if let Inside::Readers(0) = self.inside
            && let Some(ticket) = self.writers.pop_front()
        {
            self.inside = Inside::Writer;
            ticket.call();
        }
    }
}

impl Ticket {
    fn new() -> Arc<Self> {
        Arc::new(Ticket {
            thread: thread::current(),
            called: AtomicBool::new(false),
        })
    }

    fn call(&self) {
        self.called.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }

    /// Whether the ticket was called in time.
    fn wait(&self, limit: Option<(Instant, Duration)>) -> bool {
        while !self.called.load(Ordering::SeqCst) {
            let Some((start, timeout)) = limit else {
                thread::park();
                continue;
            };
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            thread::park_timeout(left);
        }
        true
    }
}

impl<'a> WriteGuard<'a> {
    /// Turns the writer into a reader, in one step and without waiting.
    pub fn downgrade(mut self) -> ReadGuard<'a> {
        self.downgraded = true;
        let mut porter = self.lock.porter();
        porter.inside = Inside::Readers(1);
        porter.call_readers();
        ReadGuard(self.lock)
    }
}

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        let mut porter = self.0.porter();
        if let Inside::Readers(count) = &mut porter.inside {
            *count -= 1;
        }
        porter.call_writer();
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        if self.downgraded {
            return;
        }
        let mut porter = self.lock.porter();
        porter.inside = Inside::Readers(0);
        porter.call_readers();
        porter.call_writer();
    }
}
