//! Flaw: each round of the linger takes up to `max` again, as if the batch were still empty.
#![forbid(unsafe_code)]
//! A queue with a limit: one lock, and one condition variable for each thing to wait for.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Why an item was not taken in. The item comes back unharmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushError<T> {
    /// The buffer is closed. Said of a closed buffer even if it is full as well.
    Closed(T),
    /// There was no room, or none in time.
    Full(T),
}

/// Why [`BoundedBuffer::pop_timeout`] came back without an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PopError {
    /// The buffer is closed and nothing is left inside.
    Closed,
    /// Nothing arrived in time.
    TimedOut,
}

/// A first-in, first-out queue of at most `capacity` items, shared by reference among threads.
pub struct BoundedBuffer<T> {
    capacity: usize,
    inner: Mutex<Inner<T>>,
    not_empty: Condvar,
    not_full: Condvar,
}

struct Inner<T> {
    items: VecDeque<T>,
    closed: bool,
}

impl<T: Send> BoundedBuffer<T> {
    /// An empty, open buffer.
    ///
    /// Panics if `capacity` is 0.
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "a buffer without room can never take an item");
        BoundedBuffer {
            capacity,
            inner: Mutex::new(Inner {
                items: VecDeque::new(),
                closed: false,
            }),
            not_empty: Condvar::new(),
            not_full: Condvar::new(),
        }
    }

    /// Appends the item; waits while the buffer is full. The only error is `Closed`.
    pub fn push(&self, item: T) -> Result<(), PushError<T>> {
        self.push_until(item, None)
    }

    /// Appends the item if there is room now; never waits.
    pub fn try_push(&self, item: T) -> Result<(), PushError<T>> {
        self.push_timeout(item, Duration::ZERO)
    }

    /// Like `push`, but gives up with `Full` once `timeout` has passed.
    pub fn push_timeout(&self, item: T, timeout: Duration) -> Result<(), PushError<T>> {
        self.push_until(item, Instant::now().checked_add(timeout))
    }

    /// Takes the oldest item; waits while the buffer is empty. `None` means closed and drained.
    pub fn pop(&self) -> Option<T> {
        self.pop_until(None).ok()
    }

    /// Like `pop`, but gives up with `TimedOut` once `timeout` has passed.
    pub fn pop_timeout(&self, timeout: Duration) -> Result<T, PopError> {
        self.pop_until(Instant::now().checked_add(timeout))
    }

    /// Refuses items from now on and wakes everybody who waits.
    pub fn close(&self) {
        self.lock().closed = true;
        self.not_empty.notify_all();
        self.not_full.notify_all();
    }

    /// The number of items inside.
    pub fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// Takes up to `max` items: waits for the first one, then lingers for more.
    pub fn pop_batch(&self, max: usize, linger: Duration) -> Vec<T> {
        let mut batch = Vec::new();
        if max == 0 {
            return batch;
        }
        let mut inner = self.lock();
        while inner.items.is_empty() && !inner.closed {
            inner = self
                .not_empty
                .wait(inner)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let deadline = Instant::now().checked_add(linger);
        loop {
            let wanted = max;
            let taken = wanted.min(inner.items.len());
            batch.extend(inner.items.drain(..taken));
            for _ in 0..taken {
                self.not_full.notify_one();
            }
            if batch.len() == max || inner.closed {
                return batch;
            }
            match wait(&self.not_empty, inner, deadline) {
                Some(woken) => inner = woken,
                None => return batch,
            }
        }
    }

    /// Waits for room until the deadline; none means for ever.
    fn push_until(&self, item: T, deadline: Option<Instant>) -> Result<(), PushError<T>> {
        let mut inner = self.lock();
        loop {
            if inner.closed {
                return Err(PushError::Closed(item));
            }
            if inner.items.len() < self.capacity {
                inner.items.push_back(item);
                drop(inner);
                self.not_empty.notify_one();
                return Ok(());
            }
            match wait(&self.not_full, inner, deadline) {
                Some(woken) => inner = woken,
                None => return Err(PushError::Full(item)),
            }
        }
    }

    /// Waits for an item until the deadline; none means for ever.
    fn pop_until(&self, deadline: Option<Instant>) -> Result<T, PopError> {
        let mut inner = self.lock();
        loop {
            if let Some(item) = inner.items.pop_front() {
                drop(inner);
                self.not_full.notify_one();
                return Ok(item);
            }
            if inner.closed {
                return Err(PopError::Closed);
            }
            match wait(&self.not_empty, inner, deadline) {
                Some(woken) => inner = woken,
                None => return Err(PopError::TimedOut),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sleeps until woken or until the deadline; none if the deadline had passed before.
///
/// The caller looks at its condition again after each wake-up, also after the last one: the
/// notification it may have used up must not be lost on those who still sleep.
fn wait<'a, T>(
    condvar: &Condvar,
    inner: MutexGuard<'a, Inner<T>>,
    deadline: Option<Instant>,
) -> Option<MutexGuard<'a, Inner<T>>> {
    let Some(deadline) = deadline else {
        return Some(condvar.wait(inner).unwrap_or_else(PoisonError::into_inner));
    };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return None;
    }
    let (woken, _) = condvar
        .wait_timeout(inner, left)
        .unwrap_or_else(PoisonError::into_inner);
    Some(woken)
}
