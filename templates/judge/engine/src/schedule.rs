//! What primitives are built from: points, blocking, waking and explored choices.

use crate::deviation::{Action, Deviation};
use crate::execution::{Execution, is_active, with};
use crate::run::suspend;
use crate::task::{Effect, Op, TaskId, Woken, only};

/// Whether an execution runs, so that waiting makes sense.
#[inline]
pub fn active() -> bool {
    is_active()
}

/// The task that runs; the first one outside of executions.
#[inline]
pub fn current() -> TaskId {
    with(|execution| execution.id(execution.current)).unwrap_or_default()
}

/// A scheduling point before the operation happens: another task may run first.
#[inline]
pub fn point(op: Op) {
    pass(op, false);
}

/// A scheduling point at which the current task is not chosen again if another can run.
#[inline]
pub fn yield_point(op: Op) {
    pass(op, true);
}

fn pass(op: Op, yielding: bool) {
    let Some((me, stays)) = with(|execution| {
        let me = execution.current;
        execution.tasks[me].op = op;
        (me, execution.decide(yielding) == Some(me))
    }) else {
        return;
    };
    if !stays {
        suspend(me);
    }
    with(|execution| {
        execution.stamps += 1;
        if execution.trace.is_some() {
            execution.trace_event(me, op, None);
        }
    });
}

/// Tells what the operation turned out to do. Called after it.
#[inline]
pub fn progress(effect: Effect) {
    with(|execution| execution.count(effect));
}

/// Attaches a word to the last traced event of the current task, such as "waits" or "failed".
#[inline]
pub fn note(text: &'static str) {
    with(|execution| {
        if execution.trace.is_some() {
            execution.trace_note(text);
        }
    });
}

/// Blocks the current task until somebody wakes it or virtual time reaches `deadline`, in nanoseconds.
///
/// A deadline that has passed is one scheduling point. Panics outside of executions, where nobody could ever wake it.
pub fn block(op: Op, deadline: Option<u64>) -> Woken {
    let Some((me, stays)) = with(|execution| {
        let me = execution.current;
        execution.begin_block(op, deadline);
        (me, execution.decide(false) == Some(me))
    }) else {
        panic!("this would wait for ever: no other thread runs here (use check or explore)");
    };
    if !stays {
        suspend(me);
    }
    with(|execution| execution.end_block(op)).unwrap_or(Woken::Notified)
}

impl Execution {
    fn begin_block(&mut self, op: Op, deadline: Option<u64>) {
        let me = self.current;
        let bit = only(me);
        self.stamps += 1;
        let (steps, now) = (self.steps, self.now);
        let task = &mut self.tasks[me];
        task.op = op;
        task.blocked_since = steps;
        task.deadline = deadline.unwrap_or(u64::MAX);
        let rousable = std::mem::take(&mut task.spurious_next);
        if task.deadline <= now {
            task.woken = Woken::TimedOut;
            self.pending |= bit;
        } else {
            self.runnable &= !bit;
            if deadline.is_some() {
                self.timed |= bit;
            }
            if rousable {
                self.rousable |= bit;
            }
        }
        if self.trace.is_some() {
            self.trace_block(me, op);
        }
    }

    fn end_block(&mut self, op: Op) -> Woken {
        let me = self.current;
        self.stamps += 1;
        self.rousable &= !only(me);
        let woken = self.tasks[me].woken;
        if self.trace.is_some() {
            let note = if woken == Woken::TimedOut {
                "timed out"
            } else {
                "goes on"
            };
            self.trace_event(me, op, Some(note));
        }
        woken
    }
}

/// Whether the task's timer has fired while it has not run since: it may still be notified instead.
pub fn blocked_by_timer_fired(task: TaskId) -> bool {
    with(|execution| {
        execution.living(task).is_some_and(|task| {
            execution.pending & only(task) != 0 && execution.tasks[task].woken == Woken::TimedOut
        })
    })
    .unwrap_or(false)
}

/// Makes a blocked task runnable, as notified. No effect on others.
pub fn wake(task: TaskId) {
    with(|execution| {
        if let Some(task) = execution.living(task) {
            execution.wake(task);
        }
    });
}

/// Puts a woken task that has not run yet back to sleep, because what it waited for was taken by somebody else.
///
/// If its deadline has passed meanwhile it stays runnable, as timed out.
pub fn reblock(task: TaskId) {
    with(|execution| {
        let Some(task) = execution.living(task) else {
            return;
        };
        let bit = only(task);
        if execution.pending & bit == 0 || execution.current == task {
            return;
        }
        let deadline = execution.tasks[task].deadline;
        if deadline <= execution.now {
            execution.tasks[task].woken = Woken::TimedOut;
            return;
        }
        execution.pending &= !bit;
        execution.runnable &= !bit;
        if deadline != u64::MAX {
            execution.timed |= bit;
        }
    });
}

/// The next block of the current task may be ended for no reason, in the pass that tries that.
pub fn may_wake_spuriously() {
    with(|execution| {
        let current = execution.current;
        execution.tasks[current].spurious_next = true;
    });
}

/// An explored choice among `alternatives`, such as which waiter is notified. 0 by default and outside of executions.
pub fn choose(alternatives: usize) -> usize {
    if alternatives < 2 {
        return 0;
    }
    with(|execution| execution.choose_index(alternatives)).unwrap_or(0)
}

/// Whether a weak compare-exchange fails here for no reason: only in the pass that tries that, and seldom.
pub fn may_fail_spuriously() -> bool {
    with(Execution::fails_spuriously).unwrap_or(false)
}

impl Execution {
    fn choose_index(&mut self, alternatives: usize) -> usize {
        let me = self.current;
        self.tasks[me].decisions += 1;
        let n = self.tasks[me].decisions;
        if self.main_done {
            return 0;
        }
        let fits =
            |action| matches!(action, Action::Choice(index) if usize::from(index) < alternatives);
        let chosen = if let Some(random) = self.strategy.random() {
            random.below(alternatives as u64) as usize
        } else if let Some(Action::Choice(index)) = self.planned(me, n, fits) {
            usize::from(index)
        } else {
            if self.notes_branches() {
                for index in 1..alternatives {
                    self.note_branch(me, Action::Choice(index as u16), true);
                }
            }
            0
        };
        if chosen != 0 {
            self.take(Deviation::new(
                self.number(me),
                n,
                Action::Choice(chosen as u16),
            ));
        }
        chosen
    }

    fn fails_spuriously(&mut self) -> bool {
        let me = self.current;
        self.tasks[me].decisions += 1;
        if !self.look_for_specials || self.main_done {
            return false;
        }
        let n = self.tasks[me].decisions;
        let fails = if self
            .planned(me, n, |action| action == Action::Fail)
            .is_some()
        {
            true
        } else if !self.specials.spurious {
            false
        } else if let Some(random) = self.strategy.random() {
            self.specials_left > 0 && random.below(4) == 0
        } else {
            if self.notes_branches() {
                self.note_branch(me, Action::Fail, false);
            }
            false
        };
        if fails {
            self.specials_left = self.specials_left.saturating_sub(1);
            self.take(Deviation::new(self.number(me), n, Action::Fail));
        }
        fails
    }
}

/// The current task now holds the lock `object`; for the report.
pub fn hold(object: usize, op: Op) {
    with(|execution| {
        if execution.trace.is_some() {
            let current = execution.current;
            execution.tasks[current].holds.push((object, op));
            execution.trace_outcome(current, |outcome| outcome.took = object);
        }
    });
}

/// The lock `object` was let go; for the report.
pub fn release(object: usize) {
    with(|execution| {
        if execution.trace.is_none() {
            return;
        }
        let current = execution.current;
        execution.trace_outcome(current, |outcome| outcome.let_go = object);
        let others = (0..execution.tasks.len()).filter(|&task| task != current);
        for task in std::iter::once(current).chain(others) {
            let holds = &mut execution.tasks[task].holds;
            if let Some(index) = holds.iter().rposition(|(held, _)| *held == object) {
                holds.remove(index);
                return;
            }
        }
    });
}

/// The name the task was started with; `main` for the body of a check.
pub fn task_name(task: TaskId) -> Option<String> {
    with(|execution| execution.tasks[execution.living(task)?].name.clone()).flatten()
}

/// Number of the present execution, counted up through the whole process; 0 outside.
#[inline]
pub fn execution() -> u64 {
    with(|execution| execution.number).unwrap_or(0)
}

/// A number that grows with each event of the engine, for the order of calls and returns in histories.
pub fn stamp() -> u64 {
    with(|execution| {
        execution.stamps += 1;
        execution.stamps
    })
    .unwrap_or(0)
}
