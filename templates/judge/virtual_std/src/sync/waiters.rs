//! The tasks that wait at one primitive.

use engine::TaskId;
use std::cell::RefCell;

/// A queue of waiting tasks in order of arrival. It owns heap memory only while somebody waits.
pub(crate) struct Waiters(RefCell<Vec<TaskId>>);

impl Waiters {
    pub(crate) const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    /// Appends the current task.
    pub(crate) fn join(&self) {
        self.0.borrow_mut().push(engine::current());
    }

    /// Removes the current task; `false` if somebody else has removed it already.
    pub(crate) fn leave(&self) -> bool {
        let me = engine::current();
        let mut tasks = self.0.borrow_mut();
        let position = tasks.iter().position(|&task| task == me);
        if let Some(position) = position {
            tasks.remove(position);
        }
        if tasks.is_empty() {
            *tasks = Vec::new();
        }
        position.is_some()
    }

    /// Removes and returns the waiter at `position`, which must exist.
    pub(crate) fn take(&self, position: usize) -> TaskId {
        let mut tasks = self.0.borrow_mut();
        let task = tasks.remove(position);
        if tasks.is_empty() {
            *tasks = Vec::new();
        }
        task
    }

    /// Removes and returns all waiters.
    pub(crate) fn take_all(&self) -> Vec<TaskId> {
        std::mem::take(&mut *self.0.borrow_mut())
    }

    /// Makes all waiters runnable; they stay in the queue until they leave it themselves.
    pub(crate) fn wake_all(&self) {
        for &task in self.0.borrow().iter() {
            engine::wake(task);
        }
    }

    /// Sends those back to sleep that were woken but have not run yet: what they wait for has just been taken.
    pub(crate) fn reblock_all(&self) {
        for &task in self.0.borrow().iter() {
            engine::reblock(task);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn clear(&self) {
        self.take_all();
    }
}
