#![forbid(unsafe_code)]
//! Another design: a ring of slots, one lock for each end, and an atomic count between them.
//!
//! Producers and consumers meet on the count only. Whoever sees that there is more to do for
//! its own side passes the wake-up on, so that no side ever needs the lock of the other one
//! except when the buffer was empty or full.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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
    slots: Box<[Mutex<Option<T>>]>,
    count: AtomicUsize,
    closed: AtomicBool,
    /// The slot of the next pop.
    head: Mutex<usize>,
    not_empty: Condvar,
    /// The slot of the next push.
    tail: Mutex<usize>,
    not_full: Condvar,
}

impl<T: Send> BoundedBuffer<T> {
    /// An empty, open buffer.
    ///
    /// Panics if `capacity` is 0.
    pub fn new(capacity: usize) -> Self {
        assert_ne!(capacity, 0, "the capacity must be at least 1");
        BoundedBuffer {
            slots: (0..capacity).map(|_| Mutex::new(None)).collect(),
            count: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            head: Mutex::new(0),
            not_empty: Condvar::new(),
            tail: Mutex::new(0),
            not_full: Condvar::new(),
        }
    }

    /// Appends the item; waits while the buffer is full. The only error is `Closed`.
    pub fn push(&self, item: T) -> Result<(), PushError<T>> {
        self.insert(item, None)
    }

    /// Appends the item if there is room now; never waits.
    pub fn try_push(&self, item: T) -> Result<(), PushError<T>> {
        self.insert(item, Some(Instant::now()))
    }

    /// Like `push`, but gives up with `Full` once `timeout` has passed.
    pub fn push_timeout(&self, item: T, timeout: Duration) -> Result<(), PushError<T>> {
        self.insert(item, Instant::now().checked_add(timeout))
    }

    /// Takes the oldest item; waits while the buffer is empty. `None` means closed and drained.
    pub fn pop(&self) -> Option<T> {
        self.remove(None).ok()
    }

    /// Like `pop`, but gives up with `TimedOut` once `timeout` has passed.
    pub fn pop_timeout(&self, timeout: Duration) -> Result<T, PopError> {
        self.remove(Instant::now().checked_add(timeout))
    }

    /// Refuses items from now on and wakes everybody who waits.
    pub fn close(&self) {
        let tail = lock(&self.tail);
        self.closed.store(true, Ordering::SeqCst);
        drop(tail);
        self.not_full.notify_all();
        // A consumer between its look at the flag and its sleep holds this lock.
        drop(lock(&self.head));
        self.not_empty.notify_all();
    }

    /// The number of items inside.
    pub fn len(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Takes up to `max` items: waits for the first one, then lingers for more.
    pub fn pop_batch(&self, max: usize, linger: Duration) -> Vec<T> {
        let mut batch = Vec::new();
        if max == 0 {
            return batch;
        }
        let mut deadline = None;
        let mut head = lock(&self.head);
        loop {
            // Nobody pushes after the closing: a look at the flag before the count is safe.
            let closed = self.closed.load(Ordering::SeqCst);
            while batch.len() < max && self.len() > 0 {
                let (item, was_full) = self.take(&mut head);
                batch.push(item);
                if was_full {
                    drop(lock(&self.tail));
                    self.not_full.notify_one();
                }
            }
            if batch.len() == max || closed {
                break;
            }
            if deadline.is_none() && !batch.is_empty() {
                deadline = Some(Instant::now().checked_add(linger));
            }
            match sleep(&self.not_empty, head, deadline.flatten()) {
                Ok(woken) => head = woken,
                Err(same) => {
                    head = same;
                    break;
                }
            }
        }
        self.pass_on_to_consumers(head);
        batch
    }

    fn insert(&self, item: T, deadline: Option<Instant>) -> Result<(), PushError<T>> {
        let mut tail = lock(&self.tail);
        loop {
            if self.closed.load(Ordering::SeqCst) {
                return Err(PushError::Closed(item));
            }
            if self.len() < self.slots.len() {
                break;
            }
            match sleep(&self.not_full, tail, deadline) {
                Ok(woken) => tail = woken,
                Err(_) => return Err(PushError::Full(item)),
            }
        }
        *lock(&self.slots[*tail]) = Some(item);
        *tail = (*tail + 1) % self.slots.len();
        let before = self.count.fetch_add(1, Ordering::SeqCst);
        let room_for_more = before + 1 < self.slots.len();
        drop(tail);
        if room_for_more {
            self.not_full.notify_one();
        }
        if before == 0 {
            drop(lock(&self.head));
            self.not_empty.notify_one();
        }
        Ok(())
    }

    fn remove(&self, deadline: Option<Instant>) -> Result<T, PopError> {
        let mut head = lock(&self.head);
        loop {
            let closed = self.closed.load(Ordering::SeqCst);
            if self.len() > 0 {
                break;
            }
            if closed {
                return Err(PopError::Closed);
            }
            match sleep(&self.not_empty, head, deadline) {
                Ok(woken) => head = woken,
                Err(_) => return Err(PopError::TimedOut),
            }
        }
        let (item, was_full) = self.take(&mut head);
        self.pass_on_to_consumers(head);
        if was_full {
            drop(lock(&self.tail));
            self.not_full.notify_one();
        }
        Ok(item)
    }

    /// The oldest item, and whether the buffer was full before. There must be an item.
    fn take(&self, head: &mut usize) -> (T, bool) {
        let item = lock(&self.slots[*head]).take();
        *head = (*head + 1) % self.slots.len();
        let before = self.count.fetch_sub(1, Ordering::SeqCst);
        (
            item.expect("the count is right"),
            before == self.slots.len(),
        )
    }

    fn pass_on_to_consumers(&self, head: MutexGuard<'_, usize>) {
        let more = self.len() > 0;
        drop(head);
        if more {
            self.not_empty.notify_one();
        }
    }
}

/// Sleeps until woken or until the deadline; hands the guard back if that had passed before.
fn sleep<'a>(
    condvar: &Condvar,
    guard: MutexGuard<'a, usize>,
    deadline: Option<Instant>,
) -> Result<MutexGuard<'a, usize>, MutexGuard<'a, usize>> {
    let Some(deadline) = deadline else {
        return Ok(condvar.wait(guard).unwrap_or_else(PoisonError::into_inner));
    };
    let now = Instant::now();
    if deadline <= now {
        return Err(guard);
    }
    let woken = condvar.wait_timeout(guard, deadline - now);
    Ok(woken.unwrap_or_else(PoisonError::into_inner).0)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
