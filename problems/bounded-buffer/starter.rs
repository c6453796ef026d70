#![forbid(unsafe_code)]
//! A queue with a limit between threads that produce and threads that consume.

use std::marker::PhantomData;
use std::time::Duration;

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
///
/// Each call takes effect at one moment between its start and its end, as if the calls came one
/// after the other. Threads that have to wait sleep. Which of several waiting threads goes first is not specified.
/// Items that are still inside when the buffer is dropped are dropped with it.
pub struct BoundedBuffer<T> {
    // Replace this by what you need.
    items: PhantomData<T>,
}

impl<T: Send> BoundedBuffer<T> {
    /// An empty, open buffer.
    ///
    /// Panics if `capacity` is 0.
    pub fn new(capacity: usize) -> Self {
        let _ = capacity;
        todo!()
    }

    /// Appends the item; waits while the buffer is full.
    ///
    /// The only error is `Closed`, also when the buffer is closed while this call waits.
    pub fn push(&self, item: T) -> Result<(), PushError<T>> {
        let _ = item;
        todo!()
    }

    /// Appends the item if there is room now; never waits.
    pub fn try_push(&self, item: T) -> Result<(), PushError<T>> {
        let _ = item;
        todo!()
    }

    /// Like `push`, but gives up with `Full` once `timeout` has passed.
    ///
    /// `timeout` bounds the whole call, however often the thread wakes up in between.
    /// Zero does not wait; `Duration::MAX` waits as long as it takes.
    pub fn push_timeout(&self, item: T, timeout: Duration) -> Result<(), PushError<T>> {
        let _ = (item, timeout);
        todo!()
    }

    /// Takes the oldest item; waits while the buffer is empty.
    ///
    /// `None` means closed and drained, also when that happens while this call waits.
    pub fn pop(&self) -> Option<T> {
        todo!()
    }

    /// Like `pop`, but gives up with `TimedOut` once `timeout` has passed.
    ///
    /// `timeout` is measured as in `push_timeout`. Items that are left in a closed buffer come
    /// before the error `Closed`.
    pub fn pop_timeout(&self, timeout: Duration) -> Result<T, PopError> {
        let _ = timeout;
        todo!()
    }

    /// Refuses items from now on and wakes everybody who waits. Closing twice is fine.
    pub fn close(&self) {
        todo!()
    }

    /// The number of items inside; never more than the capacity.
    pub fn len(&self) -> usize {
        todo!()
    }
}
