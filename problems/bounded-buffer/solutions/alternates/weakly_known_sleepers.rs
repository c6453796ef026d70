#![forbid(unsafe_code)]
//! Who waits parks in a bed of its own; the buffer knows the beds only weakly, so that whoever
//! gets up by himself is forgotten without being told.

use std::cell::Cell;
use std::collections::{LinkedList, VecDeque};
use std::fmt::{self, Debug};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushError<T> {
    Closed(T),
    Full(T),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PopError {
    Closed,
    TimedOut,
}

struct Bed {
    sleeper: Thread,
    called: AtomicBool,
}

/// Beds in which somebody may lie.
#[derive(Default)]
struct Dormitory(LinkedList<Weak<Bed>>);

impl Dormitory {
    fn lie_down(&mut self) -> Arc<Bed> {
        let bed = Arc::new(Bed {
            sleeper: thread::current(),
            called: AtomicBool::new(false),
        });
        // Forget those who got up by themselves, so that polling with timeouts costs no memory.
        while self.0.front().is_some_and(|bed| bed.strong_count() == 0) {
            self.0.pop_front();
        }
        self.0.push_back(Arc::downgrade(&bed));
        bed
    }

    /// Calls up to `count` sleepers.
    fn call(&mut self, mut count: usize) {
        while count > 0
            && let Some(bed) = self.0.pop_front()
        {
            if let Some(bed) = bed.upgrade() {
                bed.called.store(true, SeqCst);
                bed.sleeper.unpark();
                count -= 1;
            }
        }
    }
}

enum Intake {
    Open,
    Ended,
}

struct Hall<T> {
    items: VecDeque<T>,
    intake: Intake,
    want_room: Dormitory,
    want_items: Dormitory,
}

pub struct BoundedBuffer<T> {
    hall: Mutex<Hall<T>>,
    capacity: usize,
}

impl<T> Debug for BoundedBuffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BoundedBuffer of {}", self.capacity)
    }
}

enum Step<R> {
    Done(R),
    Wait,
}

impl<T: Send> BoundedBuffer<T> {
    pub fn new(capacity: usize) -> Self {
        if capacity == 0 {
            panic!("a capacity of 0");
        }
        let hall = Hall {
            items: VecDeque::with_capacity(capacity.min(64)),
            intake: Intake::Open,
            want_room: Dormitory::default(),
            want_items: Dormitory::default(),
        };
        Self {
            hall: Mutex::new(hall),
            capacity,
        }
    }

    fn hall(&self) -> MutexGuard<'_, Hall<T>> {
        self.hall
            .lock()
            .unwrap_or_else(|poison| poison.into_inner())
    }

    /// Tries until it is done or time is over; in between it sleeps.
    fn until<R>(
        &self,
        deadline: Option<Instant>,
        dormitory: fn(&mut Hall<T>) -> &mut Dormitory,
        mut step: impl FnMut(&mut Hall<T>) -> Step<R>,
    ) -> Option<R> {
        loop {
            let bed = {
                let mut hall = self.hall();
                if let Step::Done(result) = step(&mut hall) {
                    return Some(result);
                }
                if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                    return None;
                }
                dormitory(&mut hall).lie_down()
            };
            let late = Cell::new(false);
            while !bed.called.load(SeqCst) && !late.get() {
                match deadline {
                    None => thread::park(),
                    Some(deadline) => {
                        let now = Instant::now();
                        late.set(now >= deadline);
                        thread::park_timeout(deadline.saturating_duration_since(now));
                    }
                }
            }
            if late.get() {
                // A call may have come meanwhile. It is answered by the try that follows, and
                // if that one finds nothing to do, so would anybody else.
                let mut hall = self.hall();
                let called = bed.called.load(SeqCst);
                drop(bed);
                let last = step(&mut hall);
                return match last {
                    Step::Done(result) => Some(result),
                    Step::Wait => {
                        debug_assert!(!called || deadline.is_some());
                        None
                    }
                };
            }
        }
    }

    fn push_until(&self, item: T, deadline: Option<Instant>) -> Result<(), PushError<T>> {
        let mut item = Some(item);
        let pushed = self.until(
            deadline,
            |hall| &mut hall.want_room,
            |hall| match hall.intake {
                Intake::Ended => Step::Done(false),
                Intake::Open if hall.items.len() < self.capacity => {
                    hall.items.extend(item.take());
                    hall.want_items.call(1);
                    Step::Done(true)
                }
                Intake::Open => Step::Wait,
            },
        );
        match (item, pushed) {
            (None, _) => Ok(()),
            (Some(item), Some(_)) => Err(PushError::Closed(item)),
            (Some(item), None) => Err(PushError::Full(item)),
        }
    }

    /// Done with `None` means closed and drained.
    fn pop_until(&self, deadline: Option<Instant>) -> Option<Option<T>> {
        self.until(
            deadline,
            |hall| &mut hall.want_items,
            |hall| match (hall.items.pop_front(), &hall.intake) {
                (None, Intake::Open) => Step::Wait,
                (None, Intake::Ended) => Step::Done(None),
                (item, _) => {
                    hall.want_room.call(1);
                    Step::Done(item)
                }
            },
        )
    }

    pub fn push(&self, item: T) -> Result<(), PushError<T>> {
        self.push_until(item, None)
    }

    pub fn try_push(&self, item: T) -> Result<(), PushError<T>> {
        self.push_until(item, Some(Instant::now()))
    }

    pub fn push_timeout(&self, item: T, timeout: Duration) -> Result<(), PushError<T>> {
        self.push_until(item, Instant::now().checked_add(timeout))
    }

    pub fn pop(&self) -> Option<T> {
        self.pop_until(None).flatten()
    }

    pub fn pop_timeout(&self, timeout: Duration) -> Result<T, PopError> {
        self.pop_until(Instant::now().checked_add(timeout))
            .ok_or(PopError::TimedOut)?
            .ok_or(PopError::Closed)
    }

    pub fn close(&self) {
        let mut hall = self.hall();
        hall.intake = Intake::Ended;
        hall.want_room.call(usize::MAX);
        hall.want_items.call(usize::MAX);
    }

    pub fn len(&self) -> usize {
        self.hall().items.len()
    }

    pub fn pop_batch(&self, max: usize, linger: Duration) -> Vec<T> {
        if max == 0 {
            return vec![];
        }
        let mut batch = Vec::from_iter(self.pop());
        if batch.is_empty() {
            return batch;
        }
        let deadline = Instant::now().checked_add(linger);
        while batch.len() < max
            && let Some(Some(item)) = self.pop_until(deadline)
        {
            batch.push(item);
        }
        batch
    }
}
