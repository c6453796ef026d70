#![forbid(unsafe_code)]
//! Another design: no condition variables; threads park, and items are handed over in person.
//!
//! Who has to wait leaves a card in a queue, with its thread and a field for the item. Who
//! comes next from the other side serves the oldest card, so that waiting is fair.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
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
    desk: Mutex<Desk<T>>,
}

struct Desk<T> {
    items: VecDeque<T>,
    closed: bool,
    /// Waiting producers, each with its item. Empty unless the buffer is full.
    producers: VecDeque<Arc<Card<T>>>,
    /// Waiting consumers. Empty unless the buffer is.
    consumers: VecDeque<Arc<Card<T>>>,
}

struct Card<T> {
    owner: Thread,
    field: Mutex<Field<T>>,
}

enum Field<T> {
    /// A consumer waits.
    Wanted,
    /// A producer waits with its item.
    Offered(T),
    /// A consumer was given this item.
    Given(T),
    /// The producer's item was taken in.
    Accepted,
    /// The buffer was closed; the producer takes its item home.
    Refused(T),
    /// Nothing more will happen here.
    Ended,
}

impl<T: Send> BoundedBuffer<T> {
    /// An empty, open buffer.
    ///
    /// Panics if `capacity` is 0.
    pub fn new(capacity: usize) -> Self {
        if capacity == 0 {
            panic!("capacity 0");
        }
        BoundedBuffer {
            capacity,
            desk: Mutex::new(Desk {
                items: VecDeque::new(),
                closed: false,
                producers: VecDeque::new(),
                consumers: VecDeque::new(),
            }),
        }
    }

    /// Appends the item; waits while the buffer is full. The only error is `Closed`.
    pub fn push(&self, item: T) -> Result<(), PushError<T>> {
        self.push_timeout(item, Duration::MAX)
    }

    /// Appends the item if there is room now; never waits.
    pub fn try_push(&self, item: T) -> Result<(), PushError<T>> {
        let mut desk = lock(&self.desk);
        if desk.closed {
            Err(PushError::Closed(item))
        } else if let Some(card) = desk.consumers.pop_front() {
            card.fill(Field::Given(item));
            Ok(())
        } else if desk.items.len() < self.capacity {
            desk.items.push_back(item);
            Ok(())
        } else {
            Err(PushError::Full(item))
        }
    }

    /// Like `push`, but gives up with `Full` once `timeout` has passed.
    pub fn push_timeout(&self, item: T, timeout: Duration) -> Result<(), PushError<T>> {
        let start = Instant::now();
        let mut desk = lock(&self.desk);
        if desk.closed {
            return Err(PushError::Closed(item));
        }
        if let Some(card) = desk.consumers.pop_front() {
            card.fill(Field::Given(item));
            return Ok(());
        }
        if desk.items.len() < self.capacity {
            desk.items.push_back(item);
            return Ok(());
        }
        if timeout.is_zero() {
            return Err(PushError::Full(item));
        }
        let card = Card::new(Field::Offered(item));
        desk.producers.push_back(Arc::clone(&card));
        drop(desk);

        park_until_served(&card, start, timeout, |field| {
            matches!(field, Field::Offered(_))
        });
        let mut desk = lock(&self.desk);
        desk.producers.retain(|other| !Arc::ptr_eq(other, &card));
        match card.fill_quietly(Field::Ended) {
            Field::Accepted => Ok(()),
            Field::Refused(item) => Err(PushError::Closed(item)),
            Field::Offered(item) => Err(PushError::Full(item)),
            Field::Wanted | Field::Given(_) | Field::Ended => unreachable!("a producer's card"),
        }
    }

    /// Takes the oldest item; waits while the buffer is empty. `None` means closed and drained.
    pub fn pop(&self) -> Option<T> {
        self.pop_timeout(Duration::MAX).ok()
    }

    /// Like `pop`, but gives up with `TimedOut` once `timeout` has passed.
    pub fn pop_timeout(&self, timeout: Duration) -> Result<T, PopError> {
        let start = Instant::now();
        let mut desk = lock(&self.desk);
        if let Some(item) = desk.take() {
            return Ok(item);
        }
        if desk.closed {
            return Err(PopError::Closed);
        }
        if timeout.is_zero() {
            return Err(PopError::TimedOut);
        }
        let card = Card::new(Field::Wanted);
        desk.consumers.push_back(Arc::clone(&card));
        drop(desk);

        park_until_served(&card, start, timeout, |field| {
            matches!(field, Field::Wanted)
        });
        let mut desk = lock(&self.desk);
        desk.consumers.retain(|other| !Arc::ptr_eq(other, &card));
        match card.fill_quietly(Field::Ended) {
            Field::Given(item) => Ok(item),
            Field::Wanted => Err(PopError::TimedOut),
            Field::Ended => Err(PopError::Closed),
            Field::Offered(_) | Field::Accepted | Field::Refused(_) => {
                unreachable!("a consumer's card")
            }
        }
    }

    /// Refuses items from now on and wakes everybody who waits.
    pub fn close(&self) {
        let mut desk = lock(&self.desk);
        desk.closed = true;
        for card in mem::take(&mut desk.consumers) {
            card.fill(Field::Ended);
        }
        for card in mem::take(&mut desk.producers) {
            if let Field::Offered(item) = card.fill_quietly(Field::Ended) {
                card.fill(Field::Refused(item));
            }
        }
    }

    /// The number of items inside.
    pub fn len(&self) -> usize {
        lock(&self.desk).items.len()
    }

    /// Takes up to `max` items: waits for the first one, then lingers for more.
    pub fn pop_batch(&self, max: usize, linger: Duration) -> Vec<T> {
        if max == 0 {
            return Vec::new();
        }
        let Some(first) = self.pop() else {
            return Vec::new();
        };
        let start = Instant::now();
        let mut batch = vec![first];
        while batch.len() < max {
            let left = linger.saturating_sub(start.elapsed());
            match self.pop_timeout(left) {
                Ok(item) => batch.push(item),
                Err(_) => break,
            }
        }
        batch
    }
}

impl<T> Desk<T> {
    /// The oldest item; the oldest waiting producer moves up.
    fn take(&mut self) -> Option<T> {
        let item = self.items.pop_front()?;
        if let Some(card) = self.producers.pop_front() {
            let Field::Offered(next) = card.fill_quietly(Field::Accepted) else {
                unreachable!("a waiting producer offers something")
            };
            self.items.push_back(next);
            card.owner.unpark();
        }
        Some(item)
    }
}

impl<T> Card<T> {
    fn new(field: Field<T>) -> Arc<Self> {
        Arc::new(Card {
            owner: thread::current(),
            field: Mutex::new(field),
        })
    }

    fn fill(&self, field: Field<T>) {
        self.fill_quietly(field);
        self.owner.unpark();
    }

    /// Exchanges the field without waking the owner.
    fn fill_quietly(&self, field: Field<T>) -> Field<T> {
        mem::replace(&mut *lock(&self.field), field)
    }
}

/// Parks until the field shows something else, or the timeout is over.
fn park_until_served<T>(
    card: &Card<T>,
    start: Instant,
    timeout: Duration,
    unserved: impl Fn(&Field<T>) -> bool,
) {
    while unserved(&lock(&card.field)) {
        let left = timeout.saturating_sub(start.elapsed());
        if left.is_zero() {
            return;
        }
        thread::park_timeout(left);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
