//! The way of a thread's result to whoever joins it.

use super::scoped::ScopeData;
use engine::TaskId;
use std::cell::{Cell, UnsafeCell};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread::Result;

/// Where a thread leaves its result.
pub(super) struct Packet<T> {
    result: UnsafeCell<Option<Result<T>>>,
    scope: Option<Arc<ScopeData>>,
    /// The thread, once it has left its result.
    thread: Cell<TaskId>,
}

// SAFETY: the thread writes one time at its end, and only whoever has joined it reads; one OS thread runs both.
unsafe impl<T: Send> Sync for Packet<T> {}

impl<T> Packet<T> {
    pub(super) fn new(scope: Option<Arc<ScopeData>>) -> Arc<Self> {
        Arc::new(Self {
            result: UnsafeCell::new(None),
            scope,
            thread: Cell::new(TaskId::default()),
        })
    }

    /// Takes the result. `None` while the thread runs, or if it has been taken.
    pub(super) fn take(&self) -> Option<Result<T>> {
        // SAFETY: no reference into the cell outlives a statement, see above.
        unsafe { (*self.result.get()).take() }
    }

    /// Runs `body` and leaves its result or its panic here.
    pub(super) fn fill(self: Arc<Self>, body: impl FnOnce() -> T) {
        let result = crate::panic::catch_unwind(AssertUnwindSafe(body));
        self.thread.set(engine::current());
        // SAFETY: as above.
        unsafe { *self.result.get() = Some(result) };
    }
}

impl<T> Drop for Packet<T> {
    fn drop(&mut self) {
        let result = self.result.get_mut();
        if let (Some(scope), Some(Err(_))) = (&self.scope, &result) {
            // Nobody has joined the thread: the scope has to tell of its panic.
            scope.a_thread_panicked.set(true);
            engine::panic_unheard(self.thread.get(), scope.at);
        }
        if crate::panic::catch_unwind(AssertUnwindSafe(|| *result = None)).is_err() {
            // As std does: there is nobody left to whom this panic could go.
            eprintln!("the result of a thread panicked when it was dropped");
            std::process::abort();
        }
    }
}
