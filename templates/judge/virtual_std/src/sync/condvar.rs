//! `Condvar`: std's, with exact timeouts.

use super::mutex::MutexGuard;
use super::poison::{LockResult, PoisonError};
use super::waiters::Waiters;
use crate::operation::{deadline_after, is_over, op};
use crate::statics::{Fresh, Seen};
use engine::{Effect, Woken};
use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::time::Duration;

/// A condition variable, with std's interface. The engine may wake a waiter for no reason where a search asks for it.
pub struct Condvar {
    seen: Seen,
    waiters: Waiters,
}

// SAFETY: its cells are only touched by the one OS thread that runs all tasks.
unsafe impl Sync for Condvar {}
// SAFETY: as above.
unsafe impl Send for Condvar {}
impl UnwindSafe for Condvar {}
impl RefUnwindSafe for Condvar {}

impl Fresh for Condvar {
    fn seen(&self) -> &Seen {
        &self.seen
    }

    fn forget_tasks(&self) {
        self.waiters.clear();
    }
}

/// Whether a timed wait ended by its timeout.
#[derive(Debug, PartialEq, Eq, Copy, Clone)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// `true` if the time was over before a notification came.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

/// What the timed waits return.
type Timed<'a, T> = LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)>;

impl Condvar {
    /// A condition variable on which nobody waits.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            seen: Seen::never(),
            waiters: Waiters::new(),
        }
    }

    /// Frees the lock, waits for a notification and takes the lock again.
    ///
    /// # Errors
    /// If the mutex is poisoned by then; the error holds the guard.
    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        self.wait_until("Condvar::wait", guard, None, Location::caller())
            .0
    }

    /// Waits as long as `condition` holds.
    ///
    /// # Errors
    /// If the mutex is poisoned; the error holds the guard.
    #[track_caller]
    pub fn wait_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: F,
    ) -> LockResult<MutexGuard<'a, T>>
    where
        F: FnMut(&mut T) -> bool,
    {
        let at = Location::caller();
        while condition(&mut *guard) {
            guard = self.wait_until("Condvar::wait_while", guard, None, at).0?;
        }
        Ok(guard)
    }

    /// Waits for a notification, at most for `wait` of virtual time.
    ///
    /// # Errors
    /// If the mutex is poisoned; the error holds guard and result.
    #[track_caller]
    pub fn wait_timeout<'a, T>(&self, guard: MutexGuard<'a, T>, wait: Duration) -> Timed<'a, T> {
        let at = Location::caller();
        let (guard, timed_out) =
            self.wait_until("Condvar::wait_timeout", guard, deadline_after(wait), at);
        timed(guard, timed_out)
    }

    /// Waits as long as `condition` holds, at most for `wait` of virtual time in all.
    ///
    /// # Errors
    /// If the mutex is poisoned; the error holds guard and result.
    #[track_caller]
    pub fn wait_timeout_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        wait: Duration,
        mut condition: F,
    ) -> Timed<'a, T>
    where
        F: FnMut(&mut T) -> bool,
    {
        let (deadline, at) = (deadline_after(wait), Location::caller());
        loop {
            if !condition(&mut *guard) {
                return Ok((guard, WaitTimeoutResult(false)));
            }
            // Virtual time does not pass between two looks: a wait of zero would come back here for ever.
            if is_over(deadline) {
                return Ok((guard, WaitTimeoutResult(true)));
            }
            let (again, timed_out) =
                self.wait_until("Condvar::wait_timeout_while", guard, deadline, at);
            guard = timed(again, timed_out)?.0;
        }
    }

    /// Waits for a notification, at most for `ms` milliseconds; returns whether one came.
    ///
    /// # Errors
    /// If the mutex is poisoned; the error holds guard and result.
    #[track_caller]
    #[deprecated(
        since = "1.6.0",
        note = "replaced by `std::sync::Condvar::wait_timeout`"
    )]
    pub fn wait_timeout_ms<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        ms: u32,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        match self.wait_timeout(guard, Duration::from_millis(u64::from(ms))) {
            Ok((guard, result)) => Ok((guard, !result.timed_out())),
            Err(error) => {
                let (guard, result) = error.into_inner();
                Err(PoisonError::new((guard, !result.timed_out())))
            }
        }
    }

    /// Wakes one waiter, if there is one. Which one is a choice that the search explores.
    #[track_caller]
    pub fn notify_one(&self) {
        self.refresh();
        engine::point(op("Condvar::notify_one", self, Location::caller()));
        if self.nobody_waits() {
            return;
        }
        let heir = self.waiters.take(engine::choose(self.waiters.len()));
        engine::wake(heir);
        engine::progress(Effect::Change);
    }

    /// Wakes all waiters.
    #[track_caller]
    pub fn notify_all(&self) {
        self.refresh();
        engine::point(op("Condvar::notify_all", self, Location::caller()));
        if self.nobody_waits() {
            return;
        }
        for heir in self.waiters.take_all() {
            engine::wake(heir);
        }
        engine::progress(Effect::Change);
    }

    fn nobody_waits(&self) -> bool {
        let empty = self.waiters.is_empty();
        if empty {
            engine::note("nobody waits");
            engine::progress(Effect::Look);
        }
        empty
    }

    /// One wait. Without a `deadline` only a notification ends it. Returns the lock and
    /// whether the time was over: a waiter that was notified is never told that it timed out.
    fn wait_until<'a, T>(
        &self,
        name: &'static str,
        guard: MutexGuard<'a, T>,
        deadline: Option<u64>,
        at: &'static Location<'static>,
    ) -> (LockResult<MutexGuard<'a, T>>, bool) {
        self.refresh();
        let op = op(name, self, at);
        engine::point(op);
        self.waiters.join();
        guard.give_up();
        engine::note("waits");
        engine::may_wake_spuriously();
        let woken = engine::block(op, deadline);
        let not_notified = self.waiters.leave();
        (
            guard.retake(at),
            not_notified && matches!(woken, Woken::TimedOut),
        )
    }
}

fn timed<T>(guard: LockResult<MutexGuard<'_, T>>, timed_out: bool) -> Timed<'_, T> {
    match guard {
        Ok(guard) => Ok((guard, WaitTimeoutResult(timed_out))),
        Err(error) => Err(PoisonError::new((
            error.into_inner(),
            WaitTimeoutResult(timed_out),
        ))),
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}
