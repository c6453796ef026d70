//! `JoinHandle`, and what it shares with the scoped one.

use super::current::{Thread, thread_of};
use super::packet::Packet;
use crate::operation::op;
use engine::{Effect, TaskId};
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::thread::Result;

/// What both kinds of handles hold.
pub(super) struct Handle<T> {
    task: TaskId,
    thread: Thread,
    packet: Arc<Packet<T>>,
}

// SAFETY: as for std's handles: whoever has one can only join, and then gets a `T` that was sent by the thread.
unsafe impl<T> Send for Handle<T> {}
// SAFETY: a shared handle gives no access to the `T`.
unsafe impl<T> Sync for Handle<T> {}

impl<T> Handle<T> {
    pub(super) fn new(task: TaskId, packet: Arc<Packet<T>>) -> Self {
        Self {
            task,
            thread: thread_of(task),
            packet,
        }
    }

    pub(super) fn thread(&self) -> &Thread {
        &self.thread
    }

    pub(super) fn join(self, at: &'static Location<'static>) -> Result<T> {
        engine::wait_finished(self.task, op("JoinHandle::join", &*self.packet, at));
        self.packet
            .take()
            .expect("a finished thread has left its result, and only this handle takes it")
    }

    pub(super) fn is_finished(&self, at: &'static Location<'static>) -> bool {
        engine::point(op("JoinHandle::is_finished", &*self.packet, at));
        let finished = engine::has_ended(self.task);
        engine::progress(if finished { Effect::Look } else { Effect::Wait });
        finished
    }
}

/// Owns the right to join a thread; dropping it lets the thread run on.
pub struct JoinHandle<T>(pub(super) Handle<T>);

impl<T> std::panic::UnwindSafe for JoinHandle<T> {}
impl<T> std::panic::RefUnwindSafe for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// The thread.
    #[must_use]
    pub fn thread(&self) -> &Thread {
        self.0.thread()
    }

    /// Waits for the thread's end.
    ///
    /// # Errors
    /// If it panicked; the error is what it panicked with.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        self.0.join(Location::caller())
    }

    /// Whether the thread has ended.
    #[track_caller]
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.is_finished(Location::caller())
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").finish_non_exhaustive()
    }
}
