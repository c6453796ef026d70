//! Flaw: free places and items are counted by two semaphores, so that in the middle of a push the buffer is full for producers and empty for consumers at the same moment.
#![forbid(unsafe_code)]

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
    places: Semaphore,
    ready: Semaphore,
    queue: Mutex<Queue<T>>,
}

struct Queue<T> {
    items: VecDeque<T>,
    closed: bool,
}

impl<T: Send> BoundedBuffer<T> {
    /// An empty, open buffer.
    ///
    /// Panics if `capacity` is 0.
    pub fn new(capacity: usize) -> Self {
        assert!(capacity >= 1, "a buffer needs at least one place");
        BoundedBuffer {
            places: Semaphore::new(capacity),
            ready: Semaphore::new(0),
            queue: Mutex::new(Queue {
                items: VecDeque::with_capacity(capacity),
                closed: false,
            }),
        }
    }

    /// Appends the item; waits while the buffer is full. The only error is `Closed`.
    pub fn push(&self, item: T) -> Result<(), PushError<T>> {
        self.push_before(item, Deadline::NEVER)
    }

    /// Appends the item if there is room now; never waits.
    pub fn try_push(&self, item: T) -> Result<(), PushError<T>> {
        self.push_before(item, Deadline::within(Duration::ZERO))
    }

    /// Like `push`, but gives up with `Full` once `timeout` has passed.
    pub fn push_timeout(&self, item: T, timeout: Duration) -> Result<(), PushError<T>> {
        self.push_before(item, Deadline::within(timeout))
    }

    /// Takes the oldest item; waits while the buffer is empty. `None` means closed and drained.
    pub fn pop(&self) -> Option<T> {
        self.pop_before(Deadline::NEVER).ok()
    }

    /// Like `pop`, but gives up with `TimedOut` once `timeout` has passed.
    pub fn pop_timeout(&self, timeout: Duration) -> Result<T, PopError> {
        self.pop_before(Deadline::within(timeout))
    }

    /// Refuses items from now on and wakes everybody who waits.
    pub fn close(&self) {
        let mut queue = self.queue();
        queue.closed = true;
        // All three at once: nobody may hear of the closing and then find the buffer open.
        self.places.close();
        self.ready.close();
    }

    /// The number of items inside.
    pub fn len(&self) -> usize {
        self.queue().items.len()
    }

    /// Takes up to `max` items: waits for the first one, then lingers for more.
    pub fn pop_batch(&self, max: usize, linger: Duration) -> Vec<T> {
        let mut batch = Vec::new();
        let mut deadline = Deadline::NEVER;
        while batch.len() < max {
            let Ok(item) = self.pop_before(deadline) else {
                break;
            };
            if batch.is_empty() {
                deadline = Deadline::within(linger);
            }
            batch.push(item);
        }
        batch
    }

    fn push_before(&self, item: T, deadline: Deadline) -> Result<(), PushError<T>> {
        match self.places.acquire(deadline, ClosedWhen::Always) {
            Acquired::Permit => {}
            Acquired::Closed => return Err(PushError::Closed(item)),
            Acquired::TooLate => return Err(PushError::Full(item)),
        }
        let mut queue = self.queue();
        if queue.closed {
            return Err(PushError::Closed(item));
        }
        queue.items.push_back(item);
        // Under the lock, so that a closing cannot come between the item and its permit.
        self.ready.release();
        Ok(())
    }

    fn pop_before(&self, deadline: Deadline) -> Result<T, PopError> {
        match self.ready.acquire(deadline, ClosedWhen::Exhausted) {
            Acquired::Permit => {}
            Acquired::Closed => return Err(PopError::Closed),
            Acquired::TooLate => return Err(PopError::TimedOut),
        }
        let item = self.queue().items.pop_front();
        self.places.release();
        Ok(item.expect("there is an item for each permit"))
    }

    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone, Copy)]
struct Deadline(Option<Instant>);

impl Deadline {
    const NEVER: Deadline = Deadline(None);

    fn within(timeout: Duration) -> Self {
        Deadline(Instant::now().checked_add(timeout))
    }

    fn left(self) -> Duration {
        self.0.map_or(Duration::MAX, |at| {
            at.saturating_duration_since(Instant::now())
        })
    }
}

struct Semaphore {
    state: Mutex<Permits>,
    changed: Condvar,
}

struct Permits {
    free: usize,
    closed: bool,
}

enum Acquired {
    Permit,
    Closed,
    TooLate,
}

/// Whether permits that are left may still be taken after the closing.
#[derive(Clone, Copy, PartialEq)]
enum ClosedWhen {
    Always,
    Exhausted,
}

impl Semaphore {
    fn new(free: usize) -> Self {
        Semaphore {
            state: Mutex::new(Permits {
                free,
                closed: false,
            }),
            changed: Condvar::new(),
        }
    }

    fn acquire(&self, deadline: Deadline, closed_when: ClosedWhen) -> Acquired {
        let mut state = self.state();
        loop {
            if state.closed && (closed_when == ClosedWhen::Always || state.free == 0) {
                return Acquired::Closed;
            }
            if state.free > 0 {
                state.free -= 1;
                return Acquired::Permit;
            }
            let left = deadline.left();
            if left.is_zero() {
                return Acquired::TooLate;
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn release(&self) {
        self.state().free += 1;
        self.changed.notify_one();
    }

    fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, Permits> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
