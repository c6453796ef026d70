#![forbid(unsafe_code)]
//! Another design: each waiting thread has a condition variable of its own, in a queue.
//!
//! A wake-up goes to the thread that has waited longest; it still has to look whether somebody
//! was faster, and queues again in that case.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
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
    state: Mutex<State<T>>,
}

struct State<T> {
    items: VecDeque<T>,
    open: bool,
    producers: Line,
    consumers: Line,
}

/// The threads that wait for one thing, longest first.
#[derive(Default)]
struct Line(VecDeque<Arc<Condvar>>);

impl<T: Send> BoundedBuffer<T> {
    /// An empty, open buffer.
    ///
    /// Panics if `capacity` is 0.
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "the capacity must not be 0");
        let state = State {
            items: VecDeque::new(),
            open: true,
            producers: Line::default(),
            consumers: Line::default(),
        };
        BoundedBuffer {
            capacity,
            state: Mutex::new(state),
        }
    }

    /// Appends the item; waits while the buffer is full. The only error is `Closed`.
    pub fn push(&self, item: T) -> Result<(), PushError<T>> {
        self.push_timeout(item, Duration::MAX)
    }

    /// Appends the item if there is room now; never waits.
    pub fn try_push(&self, item: T) -> Result<(), PushError<T>> {
        self.push_timeout(item, Duration::ZERO)
    }

    /// Like `push`, but gives up with `Full` once `timeout` has passed.
    pub fn push_timeout(&self, item: T, timeout: Duration) -> Result<(), PushError<T>> {
        let begun = Instant::now();
        let done = |state: &State<T>| !state.open || state.items.len() < self.capacity;
        let mut state = self.sleep_until(done, |state| &mut state.producers, begun, timeout);
        if !state.open {
            Err(PushError::Closed(item))
        } else if state.items.len() < self.capacity {
            state.items.push_back(item);
            state.consumers.wake_first();
            Ok(())
        } else {
            Err(PushError::Full(item))
        }
    }

    /// Takes the oldest item; waits while the buffer is empty. `None` means closed and drained.
    pub fn pop(&self) -> Option<T> {
        self.pop_timeout(Duration::MAX).ok()
    }

    /// Like `pop`, but gives up with `TimedOut` once `timeout` has passed.
    pub fn pop_timeout(&self, timeout: Duration) -> Result<T, PopError> {
        let begun = Instant::now();
        let done = |state: &State<T>| !state.open || !state.items.is_empty();
        let mut state = self.sleep_until(done, |state| &mut state.consumers, begun, timeout);
        match state.items.pop_front() {
            Some(item) => {
                state.producers.wake_first();
                Ok(item)
            }
            None if state.open => Err(PopError::TimedOut),
            None => Err(PopError::Closed),
        }
    }

    /// Refuses items from now on and wakes everybody who waits.
    pub fn close(&self) {
        let mut state = self.state();
        state.open = false;
        while state.producers.wake_first() {}
        while state.consumers.wake_first() {}
    }

    /// The number of items inside.
    pub fn len(&self) -> usize {
        self.state().items.len()
    }

    /// Takes up to `max` items: waits for the first one, then lingers for more.
    pub fn pop_batch(&self, max: usize, linger: Duration) -> Vec<T> {
        let mut batch = Vec::new();
        let mut begun = Instant::now();
        let mut patience = Duration::MAX;
        while batch.len() < max {
            let done = |state: &State<T>| !state.open || !state.items.is_empty();
            let mut state = self.sleep_until(done, |state| &mut state.consumers, begun, patience);
            if state.items.is_empty() {
                break;
            }
            if batch.is_empty() {
                begun = Instant::now();
                patience = linger;
            }
            while batch.len() < max {
                let Some(item) = state.items.pop_front() else {
                    break;
                };
                batch.push(item);
                state.producers.wake_first();
            }
        }
        batch
    }

    /// Sleeps in a line until `done` or until the time is over, whichever the caller then finds.
    fn sleep_until(
        &self,
        done: impl Fn(&State<T>) -> bool,
        line: impl Fn(&mut State<T>) -> &mut Line,
        begun: Instant,
        timeout: Duration,
    ) -> MutexGuard<'_, State<T>> {
        let mut state = self.state();
        while !done(&state) {
            let left = timeout.saturating_sub(begun.elapsed());
            if left.is_zero() {
                break;
            }
            let bell = Arc::new(Condvar::new());
            line(&mut state).0.push_back(Arc::clone(&bell));
            state = bell
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            // Rung bells have left the line already; this one may have ended by itself.
            line(&mut state)
                .0
                .retain(|other| !Arc::ptr_eq(other, &bell));
        }
        state
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Whether there was anybody to wake.
    fn wake_first(&mut self) -> bool {
        let first = self.0.pop_front();
        if let Some(bell) = &first {
            bell.notify_one();
        }
        first.is_some()
    }
}
