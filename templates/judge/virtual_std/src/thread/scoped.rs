//! `thread::scope`: threads that may borrow.

use super::builder::Builder;
use super::current::Thread;
use super::join::Handle;
use crate::operation::op;
use engine::TaskId;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location};
use std::sync::Arc;
use std::thread::Result;

/// What a scope knows of its threads.
pub(super) struct ScopeData {
    pub(super) tasks: RefCell<Vec<TaskId>>,
    pub(super) a_thread_panicked: Cell<bool>,
    /// Where the scope was opened.
    pub(super) at: &'static Location<'static>,
}

// SAFETY: its cells are only touched by the one OS thread that runs all tasks, and no borrow of them spans a switch.
unsafe impl Sync for ScopeData {}
// SAFETY: as above.
unsafe impl Send for ScopeData {}

/// Starts threads that may borrow what lives longer than it.
pub struct Scope<'scope, 'env: 'scope> {
    data: Arc<ScopeData>,
    // Both invariant, as in std: otherwise the lifetimes could be shortened and a thread borrow too much.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// Owns the right to join a scoped thread.
pub struct ScopedJoinHandle<'scope, T> {
    handle: Handle<T>,
    scope: PhantomData<&'scope ()>,
}

/// Runs `f`, then waits until all threads it has started are done with their work.
///
/// # Panics
/// If `f` panics, or a thread panicked that nobody joined.
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let at = Location::caller();
    let data = Arc::new(ScopeData {
        tasks: RefCell::new(Vec::new()),
        a_thread_panicked: Cell::new(false),
        at,
    });
    let scope = Scope {
        data: data.clone(),
        scope: PhantomData,
        env: PhantomData,
    };
    // A panic stays counted while this waits: should the threads never end, it is the cause and not they.
    let result = std::panic::catch_unwind(AssertUnwindSafe(|| f(&scope)));
    // Threads may start further ones in the scope while this waits.
    loop {
        let next = data.tasks.borrow_mut().pop();
        let Some(task) = next else { break };
        // As in std, their thread-locals may be destroyed later; only `join` waits for that.
        engine::wait_ended(task, op("end of thread::scope", &*data, at));
    }
    match result {
        Err(payload) => std::panic::resume_unwind(payload),
        Ok(_) if data.a_thread_panicked.get() => panic!("a scoped thread panicked"),
        Ok(result) => result,
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Starts a thread that may borrow from outside the scope.
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        Builder::new()
            .spawn_scoped(self, f)
            .expect("starting a thread never fails")
    }

    pub(super) fn data(&self) -> Arc<ScopeData> {
        self.data.clone()
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl<T> std::panic::UnwindSafe for ScopedJoinHandle<'_, T> {}
impl<T> std::panic::RefUnwindSafe for ScopedJoinHandle<'_, T> {}

impl<T> ScopedJoinHandle<'_, T> {
    pub(super) fn new(handle: Handle<T>) -> Self {
        Self {
            handle,
            scope: PhantomData,
        }
    }

    /// The thread.
    #[must_use]
    pub fn thread(&self) -> &Thread {
        self.handle.thread()
    }

    /// Waits for the thread's end.
    ///
    /// # Errors
    /// If it panicked; the error is what it panicked with.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        self.handle.join(Location::caller())
    }

    /// Whether the thread has ended.
    #[track_caller]
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished(Location::caller())
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle").finish_non_exhaustive()
    }
}
