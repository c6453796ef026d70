#![forbid(unsafe_code)]
//! A level for each priority, in the order of pushes; a pop compares the three oldest tasks.

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
    inner: Mutex<Inner<T>>,
    changed: Condvar,
}

struct Inner<T> {
    /// Low, Normal, High; each by id, which is by time, too.
    levels: [BTreeMap<TaskId, (Instant, T)>; 3],
    level_of: HashMap<TaskId, Priority>,
    given: u64,
    closed: bool,
}

impl<T: Send> PriorityTaskQueue<T> {
    /// An empty, open queue.
    pub fn new(ageing: Option<Duration>) -> Self {
        PriorityTaskQueue {
            ageing,
            inner: Mutex::new(Inner {
                levels: [const { BTreeMap::new() }; 3],
                level_of: HashMap::new(),
                given: 0,
                closed: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// Takes a task in and tells its id.
    pub fn push(&self, priority: Priority, item: T) -> Result<TaskId, Closed<T>> {
        let mut inner = self.locked();
        if inner.closed {
            return Err(Closed(item));
        }
        inner.given += 1;
        let id = TaskId(inner.given);
        inner.level_of.insert(id, priority);
        inner.levels[priority as usize].insert(id, (Instant::now(), item));
        self.changed.notify_one();
        Ok(id)
    }

    /// Takes the next task if one waits.
    pub fn try_pop(&self) -> Option<Task<T>> {
        let mut inner = self.locked();
        self.take_next(&mut inner)
    }

    /// Takes the next task; waits for one up to `timeout`.
    pub fn pop_timeout(&self, timeout: Duration) -> Result<Task<T>, PopError> {
        let idle = |inner: &mut Inner<T>| inner.level_of.is_empty() && !inner.closed;
        let inner = self.locked();
        let (mut inner, _) = self
            .changed
            .wait_timeout_while(inner, timeout, idle)
            .unwrap_or_else(PoisonError::into_inner);
        let closed = inner.closed;
        self.take_next(&mut inner).ok_or(if closed {
            PopError::Closed
        } else {
            PopError::TimedOut
        })
    }

    /// Takes a waiting task out and returns its item.
    pub fn cancel(&self, id: TaskId) -> Option<T> {
        let mut inner = self.locked();
        let level = inner.level_of.remove(&id)?;
        let (_, item) = inner.levels[level as usize].remove(&id)?;
        Some(item)
    }

    /// The number of tasks that wait.
    pub fn len(&self) -> usize {
        self.locked().levels.iter().map(BTreeMap::len).sum()
    }

    /// Refuses tasks from now on.
    pub fn close(&self) {
        let mut inner = self.locked();
        inner.closed = true;
        self.changed.notify_all();
    }

    /// Moves a waiting task to another level.
    pub fn set_priority(&self, id: TaskId, priority: Priority) -> bool {
        let mut inner = self.locked();
        let Some(level) = inner.level_of.insert(id, priority) else {
            inner.level_of.remove(&id);
            return false;
        };
        if let Some(task) = inner.levels[level as usize].remove(&id) {
            inner.levels[priority as usize].insert(id, task);
        }
        true
    }

    fn take_next(&self, inner: &mut Inner<T>) -> Option<Task<T>> {
        let mut best: Option<(Priority, TaskId, Instant)> = None;
        for priority in [Priority::High, Priority::Normal, Priority::Low] {
            let Some((&id, &(pushed, _))) = inner.levels[priority as usize].first_key_value()
            else {
                continue;
            };
            // Lower levels come later in this loop: they need the longer wait, or as long and the older id.
            let better = best.is_none_or(|(upper, other, since)| {
                self.lead(upper, priority).is_some_and(|lead| {
                    let age = since.saturating_duration_since(pushed);
                    age > lead || (age == lead && id < other)
                })
            });
            if better {
                best = Some((priority, id, pushed));
            }
        }
        let (priority, id, _) = best?;
        inner.level_of.remove(&id);
        let (_, item) = inner.levels[priority as usize].remove(&id)?;
        Some(Task { id, priority, item })
    }

    /// How much longer a task of the lower level must have waited; none if that never helps.
    fn lead(&self, upper: Priority, lower: Priority) -> Option<Duration> {
        self.ageing?.checked_mul(upper as u32 - lower as u32)
    }

    fn locked(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
