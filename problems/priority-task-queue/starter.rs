#![forbid(unsafe_code)]
//! A queue of tasks that prefers important ones and lets the others age into their turn.

use std::marker::PhantomData;
use std::time::Duration;

/// How important a task is. From Low to Normal is one step, from Low to High two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Whenever there is time.
    Low,
    /// The usual.
    Normal,
    /// As soon as possible.
    High,
}

/// Names a task. The ids of a queue count 1, 2, 3, … in the order in which pushes take effect.
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

/// A queue of tasks, shared by reference among the threads that push and the workers.
///
/// Each call takes effect at one moment between its start and its end, as if the calls came one
/// after the other. Which of several waiting workers gets a task is not specified.
/// Items that are still inside when the queue is dropped are dropped with it.
pub struct PriorityTaskQueue<T> {
    // Replace this by what you need.
    items: PhantomData<T>,
}

impl<T: Send> PriorityTaskQueue<T> {
    /// An empty, open queue. One step of priority makes up for `ageing` of waiting.
    ///
    /// The rank of a task is the time of its push minus steps times `ageing`; the smallest rank is
    /// next, and at equal ranks the smaller id. `None`: the highest priority is next, and at equal
    /// priority the smaller id. Zero ranks by the time of the push alone, and no duration is too
    /// long: `Duration::MAX` amounts to `None`.
    pub fn new(ageing: Option<Duration>) -> Self {
        let _ = ageing;
        todo!()
    }

    /// Takes a task in and tells its id; wakes a worker if one waits.
    ///
    /// After `close` the item comes back in the error.
    pub fn push(&self, priority: Priority, item: T) -> Result<TaskId, Closed<T>> {
        let _ = (priority, item);
        todo!()
    }

    /// Takes the next task if one waits; never waits.
    pub fn try_pop(&self) -> Option<Task<T>> {
        todo!()
    }

    /// Takes the next task; waits for one up to `timeout`.
    ///
    /// `timeout` bounds the whole call, however often the thread wakes up in between. Zero does not
    /// wait; `Duration::MAX` waits as long as it takes. Tasks that are left in a closed queue come
    /// before the error `Closed`, which is told at once, also to those who already wait.
    pub fn pop_timeout(&self, timeout: Duration) -> Result<Task<T>, PopError> {
        let _ = timeout;
        todo!()
    }

    /// Takes a waiting task out and returns its item, also after `close`.
    ///
    /// `None`, without effect, if no task of this id waits.
    pub fn cancel(&self, id: TaskId) -> Option<T> {
        let _ = id;
        todo!()
    }

    /// The number of tasks that wait.
    pub fn len(&self) -> usize {
        todo!()
    }

    /// Refuses tasks from now on. Closing twice is fine.
    pub fn close(&self) {
        todo!()
    }
}
