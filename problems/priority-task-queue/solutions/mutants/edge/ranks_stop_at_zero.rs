//! Flaw: ranks are unsigned and saturate, so young important tasks are all alike.
#![forbid(unsafe_code)]
//! A queue of tasks that prefers important ones and lets the others age into their turn.
//!
//! All tasks age at the same speed, so their order is settled when they are pushed.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How important a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Whenever there is time.
    Low,
    /// The usual.
    Normal,
    /// As soon as possible.
    High,
}

/// Names a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u64);

/// A task as a worker receives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task<T> {
    /// What `push` returned for it.
    pub id: TaskId,
    /// Its priority.
    pub priority: Priority,
    /// What was pushed.
    pub item: T,
}

/// The queue is closed. The item comes back unharmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed<T>(pub T);

/// Why [`PriorityTaskQueue::pop_timeout`] came back without a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PopError {
    /// The queue is closed and no task waits.
    Closed,
    /// No task came in time.
    TimedOut,
}

/// A queue of tasks, shared by reference among threads.
pub struct PriorityTaskQueue<T> {
    ageing: Option<Duration>,
    created: Instant,
    inner: Mutex<Inner<T>>,
    arrived: Condvar,
}

struct Inner<T> {
    /// In the order in which they leave.
    waiting: BTreeMap<Place, Waiting<T>>,
    /// Where each waiting task is.
    places: HashMap<TaskId, Place>,
    last_id: u64,
    closed: bool,
}

/// Rank in nanoseconds, or in steps without ageing; then the id.
type Place = (i128, TaskId);

struct Waiting<T> {
    priority: Priority,
    /// Since the creation of the queue.
    pushed: Duration,
    item: T,
}

impl<T: Send> PriorityTaskQueue<T> {
    /// An empty, open queue. One step of priority makes up for `ageing` of waiting.
    pub fn new(ageing: Option<Duration>) -> Self {
        PriorityTaskQueue {
            ageing,
            created: Instant::now(),
            inner: Mutex::new(Inner {
                waiting: BTreeMap::new(),
                places: HashMap::new(),
                last_id: 0,
                closed: false,
            }),
            arrived: Condvar::new(),
        }
    }

    /// Takes a task in and tells its id.
    pub fn push(&self, priority: Priority, item: T) -> Result<TaskId, Closed<T>> {
        let mut inner = self.lock();
        if inner.closed {
            return Err(Closed(item));
        }
        // Under the lock, or a later id could have an earlier time.
        let pushed = self.created.elapsed();
        inner.last_id += 1;
        let id = TaskId(inner.last_id);
        let task = Waiting {
            priority,
            pushed,
            item,
        };
        inner.insert(self.rank(priority, pushed), id, task);
        drop(inner);
        self.arrived.notify_one();
        Ok(id)
    }

    /// Takes the next task if one waits.
    pub fn try_pop(&self) -> Option<Task<T>> {
        self.lock().pop()
    }

    /// Takes the next task; waits for one up to `timeout`.
    pub fn pop_timeout(&self, timeout: Duration) -> Result<Task<T>, PopError> {
        let deadline = Instant::now().checked_add(timeout);
        let mut inner = self.lock();
        loop {
            if let Some(task) = inner.pop() {
                return Ok(task);
            }
            if inner.closed {
                return Err(PopError::Closed);
            }
            inner = match deadline {
                None => self
                    .arrived
                    .wait(inner)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(PopError::TimedOut);
                    }
                    // After the last wake-up, too, there is a look for a task: its notification may have been for us.
                    let woken = self.arrived.wait_timeout(inner, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Takes a waiting task out and returns its item.
    pub fn cancel(&self, id: TaskId) -> Option<T> {
        self.lock().remove(id).map(|task| task.item)
    }

    /// The number of tasks that wait.
    pub fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Refuses tasks from now on.
    pub fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    /// Gives a waiting task another priority; it keeps its id and the time of its push.
    pub fn set_priority(&self, id: TaskId, priority: Priority) -> bool {
        let mut inner = self.lock();
        let Some(task) = inner.remove(id) else {
            return false;
        };
        let rank = self.rank(priority, task.pushed);
        inner.insert(rank, id, Waiting { priority, ..task });
        true
    }

    /// The smaller, the sooner. Signed, as important tasks rank before the creation of the queue.
    fn rank(&self, priority: Priority, pushed: Duration) -> i128 {
        let steps = priority as i128;
        match self.ageing {
            None => -steps,
            Some(ageing) => (nanos(pushed) - steps * nanos(ageing)).max(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Inner<T> {
    fn insert(&mut self, rank: i128, id: TaskId, task: Waiting<T>) {
        self.places.insert(id, (rank, id));
        self.waiting.insert((rank, id), task);
    }

    fn remove(&mut self, id: TaskId) -> Option<Waiting<T>> {
        let place = self.places.remove(&id)?;
        self.waiting.remove(&place)
    }

    fn pop(&mut self) -> Option<Task<T>> {
        let ((_, id), task) = self.waiting.pop_first()?;
        self.places.remove(&id);
        Some(Task {
            id,
            priority: task.priority,
            item: task.item,
        })
    }
}

/// No duration comes near the end of this range.
fn nanos(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}
