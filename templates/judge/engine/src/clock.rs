//! Virtual time: it moves when nobody can run, or when a check says so.

use std::time::Duration;

use crate::execution::{BASE, with};
use crate::run::suspend;
use crate::schedule::point;
use crate::task::{Op, only};

/// Virtual nanoseconds; an execution starts at a million seconds.
///
/// A `Wait` that is told after this counts as a reading of the clock: it takes many in a row to count as spinning.
pub fn now() -> u64 {
    with(|execution| {
        execution.clock_read = execution.window;
        let current = execution.current;
        execution.tasks[current].read_clock = true;
        execution.now
    })
    .unwrap_or(BASE)
}

/// Lets time pass in an orderly way: others come to rest at each timer on the way, then time is `d` later, everything
/// due runs, and all have come to rest again.
///
/// Outside of executions nothing happens.
pub fn advance(d: Duration, op: Op) {
    let Some(target) = with(|execution| execution.now.saturating_add(nanoseconds(d))) else {
        return;
    };
    loop {
        settle(op);
        let moved = with(|execution| {
            let next = execution.next_timer().filter(|&next| next <= target);
            execution.now = execution.now.max(next.unwrap_or(target));
            execution.fire();
            execution.change();
            next.is_some()
        });
        if moved != Some(true) {
            break;
        }
    }
    settle(op);
}

/// Moves time at once, even while others are in the middle of something. A scheduling point before and after.
pub fn jump(d: Duration, op: Op) {
    point(op);
    with(|execution| {
        execution.now = execution.now.saturating_add(nanoseconds(d));
        execution.fire();
        execution.change();
    });
    point(op);
}

/// Returns when every other task is blocked, sleeping, spinning or finished. No time passes.
pub fn settle(op: Op) {
    let Some((me, stays)) = with(|execution| {
        let me = execution.current;
        execution.stamps += 1;
        execution.tasks[me].op = op;
        execution.tasks[me].blocked_since = execution.steps;
        execution.runnable &= !only(me);
        execution.settling |= only(me);
        (me, execution.decide(false) == Some(me))
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

/// A duration on the virtual clock; what does not fit is for ever.
fn nanoseconds(d: Duration) -> u64 {
    u64::try_from(d.as_nanos()).unwrap_or(u64::MAX)
}
