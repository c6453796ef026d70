//! `Once`: code that runs one time.

use super::waiters::Waiters;
use crate::operation::op;
use crate::statics::{Fresh, Seen};
use engine::{Effect, Op};
use std::cell::Cell;
use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};

/// The start value of a `Once`.
#[deprecated(since = "1.38.0", note = "the `Once::new()` function is now preferred")]
#[expect(
    clippy::declare_interior_mutable_const,
    reason = "std has this constant"
)]
pub const ONCE_INIT: Once = Once::new();

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Incomplete,
    Running,
    Poisoned,
    Complete,
}

/// A gate for initialisation that must happen one time. Calling it from within its own closure waits for ever, as in std.
pub struct Once {
    seen: Seen,
    state: Cell<State>,
    waiters: Waiters,
}

// SAFETY: its cells are only touched by the one OS thread that runs all tasks.
unsafe impl Sync for Once {}
// SAFETY: as above.
unsafe impl Send for Once {}
impl UnwindSafe for Once {}
impl RefUnwindSafe for Once {}

impl Fresh for Once {
    fn seen(&self) -> &Seen {
        &self.seen
    }

    fn forget_tasks(&self) {
        if self.state.get() == State::Running {
            self.state.set(State::Incomplete);
        }
        self.waiters.clear();
    }
}

/// What the closure of `call_once_force` can learn.
pub struct OnceState {
    poisoned: bool,
}

impl OnceState {
    /// Whether an earlier initialisation panicked.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }
}

impl fmt::Debug for OnceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceState")
            .field("poisoned", &self.poisoned)
            .finish()
    }
}

/// Sets the state an initialisation ends in, also if it ends by a panic.
struct Completion<'a> {
    once: &'a Once,
    state: State,
}

impl Drop for Completion<'_> {
    fn drop(&mut self) {
        self.once.state.set(self.state);
        self.once.waiters.wake_all();
        engine::progress(Effect::Change);
    }
}

#[expect(clippy::new_without_default, reason = "std's has no Default")]
impl Once {
    /// A gate through which nobody has gone.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            seen: Seen::never(),
            state: Cell::new(State::Incomplete),
            waiters: Waiters::new(),
        }
    }

    /// Runs `f` if nobody has; returns when it has run.
    ///
    /// # Panics
    /// If an earlier initialisation panicked.
    #[track_caller]
    pub fn call_once<F: FnOnce()>(&self, f: F) {
        self.call(
            self.begin("Once::call_once", Location::caller()),
            false,
            |_| f(),
        );
    }

    /// Runs `f` if nobody has finished one, also after a panic.
    #[track_caller]
    pub fn call_once_force<F: FnOnce(&OnceState)>(&self, f: F) {
        self.call(
            self.begin("Once::call_once_force", Location::caller()),
            true,
            f,
        );
    }

    /// Whether an initialisation has finished.
    #[track_caller]
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.begin("Once::is_completed", Location::caller());
        engine::progress(Effect::Look);
        self.is_done()
    }

    /// Waits until an initialisation has finished.
    ///
    /// # Panics
    /// If one panicked.
    #[track_caller]
    pub fn wait(&self) {
        self.wait_done(self.begin("Once::wait", Location::caller()), false);
    }

    /// Waits until an initialisation has finished, also after a panic.
    #[track_caller]
    pub fn wait_force(&self) {
        self.wait_done(self.begin("Once::wait_force", Location::caller()), true);
    }

    /// Without a scheduling point.
    pub(super) fn is_done(&self) -> bool {
        self.refresh();
        self.state.get() == State::Complete
    }

    fn begin(&self, name: &'static str, at: &'static Location<'static>) -> Op {
        self.refresh();
        let op = op(name, self, at);
        engine::point(op);
        op
    }

    /// `call_once` and its relatives, after their scheduling point.
    #[track_caller]
    pub(super) fn call(&self, op: Op, ignore_poison: bool, f: impl FnOnce(&OnceState)) {
        self.refresh();
        loop {
            match self.state.get() {
                State::Complete => return engine::progress(Effect::Look),
                State::Running => self.sleep(op),
                State::Poisoned if !ignore_poison => {
                    panic!("Once instance has previously been poisoned")
                }
                state => {
                    self.state.set(State::Running);
                    engine::progress(Effect::Change);
                    let mut completion = Completion {
                        once: self,
                        state: State::Poisoned,
                    };
                    f(&OnceState {
                        poisoned: state == State::Poisoned,
                    });
                    completion.state = State::Complete;
                    return;
                }
            }
        }
    }

    /// `wait` and its relatives, after their scheduling point.
    #[track_caller]
    pub(super) fn wait_done(&self, op: Op, ignore_poison: bool) {
        self.refresh();
        loop {
            match self.state.get() {
                State::Complete => return engine::progress(Effect::Look),
                State::Poisoned if !ignore_poison => {
                    panic!("Once instance has previously been poisoned")
                }
                _ => self.sleep(op),
            }
        }
    }

    fn sleep(&self, op: Op) {
        engine::note("waits");
        self.waiters.join();
        engine::block(op, None);
        self.waiters.leave();
    }

    /// Takes the gate back to its start.
    pub(super) fn reset(&mut self) {
        self.state.set(State::Incomplete);
    }

    pub(super) fn is_poisoned_now(&self) -> bool {
        self.state.get() == State::Poisoned
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}
