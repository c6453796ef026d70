#![forbid(unsafe_code)]
//! A push hands its task to a parked worker if there is one; nobody else can get at it then.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
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
    desk: Mutex<Desk<T>>,
}

struct Desk<T> {
    opened: Instant,
    closed: bool,
    last: u64,
    queue: BTreeSet<(u128, TaskId)>,
    tasks: HashMap<TaskId, (Task<T>, Duration)>,
    sleepers: VecDeque<(u64, Thread)>,
    tickets: u64,
    /// Tasks on their way to a worker who has slept, by the number of the ticket.
    served: HashMap<u64, Task<T>>,
}

impl<T: Send> PriorityTaskQueue<T> {
    /// An empty, open queue.
    pub fn new(ageing: Option<Duration>) -> Self {
        PriorityTaskQueue {
            ageing,
            desk: Mutex::new(Desk {
                opened: Instant::now(),
                closed: false,
                last: 0,
                queue: BTreeSet::new(),
                tasks: HashMap::new(),
                sleepers: VecDeque::new(),
                tickets: 0,
                served: HashMap::new(),
            }),
        }
    }

    /// Takes a task in and tells its id.
    pub fn push(&self, priority: Priority, item: T) -> Result<TaskId, Closed<T>> {
        let mut desk = self.desk();
        if desk.closed {
            return Err(Closed(item));
        }
        desk.last += 1;
        let id = TaskId(desk.last);
        let task = Task { id, priority, item };
        if let Some((ticket, worker)) = desk.sleepers.pop_front() {
            desk.served.insert(ticket, task);
            drop(desk);
            worker.unpark();
        } else {
            let pushed = desk.opened.elapsed();
            desk.queue.insert((self.rank(priority, pushed), id));
            desk.tasks.insert(id, (task, pushed));
        }
        Ok(id)
    }

    /// Takes the next task if one waits.
    pub fn try_pop(&self) -> Option<Task<T>> {
        self.desk().next()
    }

    /// Takes the next task; waits for one up to `timeout`.
    pub fn pop_timeout(&self, timeout: Duration) -> Result<Task<T>, PopError> {
        let deadline = Instant::now().checked_add(timeout);
        let mut desk = self.desk();
        if let Some(task) = desk.next() {
            return Ok(task);
        }
        desk.tickets += 1;
        let ticket = desk.tickets;
        if !desk.closed {
            desk.sleepers.push_back((ticket, thread::current()));
        }
        loop {
            if let Some(task) = desk.served.remove(&ticket) {
                return Ok(task);
            }
            if desk.closed {
                return Err(PopError::Closed);
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                desk.sleepers.retain(|(sleeper, _)| *sleeper != ticket);
                return Err(PopError::TimedOut);
            }
            drop(desk);
            match left {
                Some(left) => thread::park_timeout(left),
                None => thread::park(),
            }
            desk = self.desk();
        }
    }

    /// Takes a waiting task out and returns its item.
    pub fn cancel(&self, id: TaskId) -> Option<T> {
        self.desk().remove(id, self).map(|(task, _)| task.item)
    }

    /// The number of tasks that wait.
    pub fn len(&self) -> usize {
        self.desk().queue.len()
    }

    /// Refuses tasks from now on.
    pub fn close(&self) {
        let mut desk = self.desk();
        desk.closed = true;
        for (_, worker) in desk.sleepers.drain(..) {
            worker.unpark();
        }
    }

    /// Gives a waiting task another priority.
    pub fn set_priority(&self, id: TaskId, priority: Priority) -> bool {
        let mut desk = self.desk();
        let Some((task, pushed)) = desk.remove(id, self) else {
            return false;
        };
        desk.queue.insert((self.rank(priority, pushed), id));
        desk.tasks.insert(id, (Task { priority, ..task }, pushed));
        true
    }

    /// The moment at which a High task would be as good.
    fn rank(&self, priority: Priority, pushed: Duration) -> u128 {
        let handicap = 2 - priority as u128;
        match self.ageing {
            Some(ageing) => pushed.as_nanos() + handicap * ageing.as_nanos(),
            None => handicap,
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk<T>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send> Desk<T> {
    fn next(&mut self) -> Option<Task<T>> {
        let (_, id) = self.queue.pop_first()?;
        self.tasks.remove(&id).map(|(task, _)| task)
    }

    fn remove(&mut self, id: TaskId, queue: &PriorityTaskQueue<T>) -> Option<(Task<T>, Duration)> {
        let found = self.tasks.remove(&id)?;
        let rank = queue.rank(found.0.priority, found.1);
        self.queue.remove(&(rank, id));
        Some(found)
    }
}
