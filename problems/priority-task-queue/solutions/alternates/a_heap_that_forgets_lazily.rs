#![forbid(unsafe_code)]
//! A binary heap of tickets; tickets of cancelled and bumped tasks are thrown away when they surface.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap};
use std::sync::{Condvar, Mutex};
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
    born: Instant,
    state: Mutex<State<T>>,
    news: Condvar,
}

struct State<T> {
    tickets: BinaryHeap<Reverse<Ticket>>,
    tasks: HashMap<TaskId, Entrant<T>>,
    next: u64,
    open: bool,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ticket {
    /// Nanoseconds on a scale that starts so early that nothing is below zero.
    due: u128,
    /// Strict priority: how far from the top.
    below: u8,
    id: TaskId,
    priority: Priority,
}

struct Entrant<T> {
    priority: Priority,
    since: Duration,
    item: T,
}

impl<T: Send> PriorityTaskQueue<T> {
    /// An empty, open queue.
    pub fn new(ageing: Option<Duration>) -> Self {
        let state = State {
            tickets: BinaryHeap::new(),
            tasks: HashMap::new(),
            next: 1,
            open: true,
        };
        Self {
            ageing,
            born: Instant::now(),
            state: Mutex::new(state),
            news: Condvar::new(),
        }
    }

    fn ticket(&self, id: TaskId, priority: Priority, since: Duration) -> Reverse<Ticket> {
        let below = 2 - priority as u8;
        let (due, below) = match self.ageing {
            Some(step) => (since.as_nanos() + u128::from(below) * step.as_nanos(), 0),
            None => (0, below),
        };
        Reverse(Ticket {
            due,
            below,
            id,
            priority,
        })
    }

    /// Takes a task in and tells its id.
    pub fn push(&self, priority: Priority, item: T) -> Result<TaskId, Closed<T>> {
        let mut state = self.state.lock().unwrap();
        if !state.open {
            return Err(Closed(item));
        }
        let id = TaskId(state.next);
        state.next += 1;
        let since = Instant::now() - self.born;
        state.tickets.push(self.ticket(id, priority, since));
        let entrant = Entrant {
            priority,
            since,
            item,
        };
        state.tasks.insert(id, entrant);
        self.news.notify_one();
        Ok(id)
    }

    /// Takes the next task if one waits.
    pub fn try_pop(&self) -> Option<Task<T>> {
        self.state.lock().unwrap().surface()
    }

    /// Takes the next task; waits for one up to `timeout`.
    pub fn pop_timeout(&self, timeout: Duration) -> Result<Task<T>, PopError> {
        let begin = Instant::now();
        let mut state = self.state.lock().unwrap();
        loop {
            match state.surface() {
                Some(task) => return Ok(task),
                None if !state.open => return Err(PopError::Closed),
                None => {}
            }
            let Some(left) = timeout
                .checked_sub(begin.elapsed())
                .filter(|left| !left.is_zero())
            else {
                return Err(PopError::TimedOut);
            };
            state = self.news.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Takes a waiting task out and returns its item.
    pub fn cancel(&self, id: TaskId) -> Option<T> {
        let mut state = self.state.lock().unwrap();
        Some(state.tasks.remove(&id)?.item)
    }

    /// The number of tasks that wait.
    pub fn len(&self) -> usize {
        self.state.lock().unwrap().tasks.len()
    }

    /// Refuses tasks from now on.
    pub fn close(&self) {
        self.state.lock().unwrap().open = false;
        self.news.notify_all();
    }

    /// Gives a waiting task another priority by a second ticket.
    pub fn set_priority(&self, id: TaskId, priority: Priority) -> bool {
        let state = &mut *self.state.lock().unwrap();
        let Some(entrant) = state.tasks.get_mut(&id) else {
            return false;
        };
        if entrant.priority != priority {
            entrant.priority = priority;
            state.tickets.push(self.ticket(id, priority, entrant.since));
        }
        true
    }
}

impl<T> State<T> {
    fn surface(&mut self) -> Option<Task<T>> {
        while let Some(Reverse(ticket)) = self.tickets.pop() {
            if let Entry::Occupied(entry) = self.tasks.entry(ticket.id)
                && entry.get().priority == ticket.priority
            {
                let (id, Entrant { priority, item, .. }) = entry.remove_entry();
                return Some(Task { id, priority, item });
            }
        }
        None
    }
}
