//! The loop on the real stack that resumes whichever task was chosen.

use std::panic::{AssertUnwindSafe, catch_unwind};

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult};

use crate::execution::{Entered, Execution, with};
use crate::failure::RawFailure;
use crate::task::{Op, Seat, Stackful, Task, members, only};
use crate::{hash_keys, locals, panics, stack};

/// Runs `body` once as the execution's settings say. None if it passed.
///
/// The trace, the deviations taken and the state of all tasks stay readable until the next run.
pub(crate) fn execute(
    execution: &mut Execution,
    body: Box<dyn FnOnce() + '_>,
) -> Option<RawFailure> {
    panics::install_hook();
    hash_keys::reset();
    execution.reset();
    if let Some(trace) = &mut execution.trace {
        trace.clear();
    }
    // SAFETY: only the lifetime changes. The body is called, or left for good, before this function returns.
    let body: Box<dyn FnOnce() + 'static> = unsafe { std::mem::transmute(body) };
    let main = coroutine(stack::take(stack::MAIN), body);
    add(execution, 0, Some("main".into()), main, Op::new("start", 0));
    let execution: *mut Execution = execution;
    let entered = Entered::new(execution);
    turn(execution);
    drop(entered);
    // SAFETY: no task runs any more, so the caller's reference is again the only one.
    let execution = unsafe { &mut *execution };
    abandon(execution);
    RawFailure::of(execution)
}

/// Resumes chosen tasks until the execution has a reason to stop.
fn turn(execution: *mut Execution) {
    loop {
        // SAFETY: no task runs at this moment, so no other reference to the execution is alive. Tasks never move,
        // because their vector has room for all of them from the start.
        let (current, resumed): (Seat, *mut Stackful) = unsafe {
            let execution = &mut *execution;
            if execution.stop.is_some() {
                return;
            }
            let current = execution.current;
            let Some(resumed) = execution.tasks[current].coroutine.as_mut() else {
                return;
            };
            (current, resumed)
        };
        // SAFETY: a task touches its own coroutine only through its yielder; nobody else holds it.
        let result = unsafe { (*resumed).resume(()) };
        if let CoroutineResult::Return(()) = result {
            // SAFETY: as above, the task has just ended.
            finish(unsafe { &mut *execution }, current);
        }
    }
}

fn finish(execution: &mut Execution, task: Seat) {
    execution.runnable &= !only(task);
    execution.finished |= only(task);
    if let Some(ended) = execution.tasks[task].coroutine.take() {
        stack::give_back(ended.into_stack());
    }
    if execution.trace.is_some() {
        let op = Op {
            name: "ends",
            object: 0,
            ..execution.tasks[task].op
        };
        execution.trace_event(task, op, None);
    }
    let joiners = execution.tasks[task].joiners;
    for joiner in members(joiners) {
        execution.wake(joiner);
    }
    // The end of a thread is something others may wait for.
    execution.change();
    if task == 0 {
        execution.main_done = true;
    }
    if execution.stop.is_none() {
        execution.decide(false);
    }
}

/// Leaves unfinished tasks where they stand: nothing is unwound, so no code of theirs runs and none can be surprised.
fn abandon(execution: &mut Execution) {
    for task in &mut execution.tasks {
        if let Some(mut left) = task.coroutine.take() {
            // SAFETY: values on that stack are leaked, never used again: the coroutine is gone with this.
            unsafe { left.force_reset() };
            stack::give_back(left.into_stack());
        }
    }
}

/// Puts a new task into the execution, behind the others or into the seat of one that has finished.
pub(crate) fn add(
    execution: &mut Execution,
    seat: Seat,
    name: Option<String>,
    coroutine: Stackful,
    op: Op,
) {
    let mut task = Task::new(execution.started as u16, name, coroutine, op);
    execution.started += 1;
    task.priority = execution.strategy.first_priority();
    task.last_run = execution.steps;
    task.born = execution.steps;
    let bit = only(seat);
    if let Some(taken) = execution.tasks.get_mut(seat) {
        let gone = std::mem::replace(taken, task);
        if execution.trace.is_some() {
            execution.gone.push((gone.number, gone.name));
        }
        for set in [
            &mut execution.finished,
            &mut execution.ended,
            &mut execution.pending,
            &mut execution.idle,
        ] {
            *set &= !bit;
        }
    } else {
        execution.tasks.push(task);
    }
    execution.runnable |= bit;
}

/// A coroutine that runs a body and then the destructors of its thread-locals.
pub(crate) fn coroutine(stack: DefaultStack, body: Box<dyn FnOnce()>) -> Stackful {
    Coroutine::with_stack(stack, move |yielder, ()| {
        with(|execution| {
            let current = execution.current;
            execution.tasks[current].yielder = yielder;
        });
        // Nothing may unwind out of a coroutine. Bodies of spawned tasks catch their panics themselves; one that does
        // not ends the execution as the main body does.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(body)) {
            with(|execution| panics::end_execution(execution, payload.as_ref()));
            // A payload with a destructor of the program's own must not run here.
            std::mem::forget(payload);
        }
        locals::destroy();
    })
}

/// Gives the real stack back to the loop. Returns when the current task is chosen again.
pub(crate) fn suspend(task: Seat) {
    let yielder = with(|execution| execution.tasks[task].yielder);
    if let Some(yielder) = yielder {
        // SAFETY: set by this very task when it started; it lives at the bottom of the stack that runs right now.
        unsafe { (*yielder).suspend(()) };
    }
}
