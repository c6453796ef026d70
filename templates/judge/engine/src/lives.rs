//! Threads from their start to their end, and who waits for it.

use crate::execution::{Execution, with};
use crate::failure::{FailureKind, fail};
use crate::run::{add, coroutine};
use crate::schedule::block;
use crate::stack;
use crate::task::{MOST_NUMBERS, MOST_TASKS, Op, Seat, Task, TaskId, TaskSet, members, only};

/// Starts a task. It runs when it is chosen at a later point.
///
/// `body` must not unwind. Ends the check if there are too many tasks; panics outside of executions.
#[track_caller]
pub fn spawn(name: Option<String>, body: Box<dyn FnOnce()>) -> TaskId {
    spawn_with_stack(name, 0, body)
}

/// Like [`spawn`], on a stack of at least so many bytes.
#[track_caller]
pub fn spawn_with_stack(
    name: Option<String>,
    stack_bytes: usize,
    body: Box<dyn FnOnce()>,
) -> TaskId {
    let op = Op::new("start", 0);
    let Some((started, room)) = with(|execution| (execution.started, execution.free_seat())) else {
        panic!("no thread can be started here: use check or explore");
    };
    let Some(seat) = room.filter(|_| started < MOST_NUMBERS) else {
        let words = if started < MOST_NUMBERS {
            format!("more than {MOST_TASKS} threads at once")
        } else {
            format!("more than {MOST_NUMBERS} threads")
        };
        fail(
            FailureKind::Failed,
            format!("the check started {words}"),
            None,
        );
    };
    let task = coroutine(stack::take(stack_bytes), body);
    with(|execution| {
        add(execution, seat, name, task, op);
        execution.id(seat)
    })
    .unwrap_or_default()
}

/// Whether the task's body and its thread-locals' destructors are done.
pub fn is_finished(task: TaskId) -> bool {
    has_left(task, |execution| execution.finished)
}

/// The current task's work is done; what is left are the destructors of its thread-locals.
pub fn end_body() {
    with(|execution| {
        let current = execution.current;
        execution.ended |= only(current);
        for waiter in members(execution.tasks[current].enders) {
            execution.wake(waiter);
        }
        execution.change();
    });
}

/// Whether the task has finished, or has called [`end_body`].
pub fn has_ended(task: TaskId) -> bool {
    has_left(task, |execution| execution.finished | execution.ended)
}

/// Whether the task is in the set, or long gone.
fn has_left(task: TaskId, set: fn(&Execution) -> TaskSet) -> bool {
    with(|execution| {
        execution
            .living(task)
            .is_none_or(|task| set(execution) & only(task) != 0)
    })
    .unwrap_or(true)
}

impl Execution {
    /// The task that sits there, for good.
    pub fn id(&self, seat: Seat) -> TaskId {
        TaskId::new(self.number(seat), seat)
    }

    /// Where the task sits, unless its seat has been taken by another.
    pub fn living(&self, task: TaskId) -> Option<Seat> {
        let sits = self.tasks.get(task.seat())?.number;
        (usize::from(sits) == task.number()).then_some(task.seat())
    }

    /// Where another task can sit: behind all others, or instead of one that has finished and that nobody waits for.
    fn free_seat(&self) -> Option<Seat> {
        if self.tasks.len() < MOST_TASKS {
            return Some(self.tasks.len());
        }
        let awaited = |seat| self.tasks.iter().any(|task| task.joining == Some(seat));
        let needed = |seat| seat == 0 || self.unheard == Some(seat) || awaited(seat);
        members(self.finished).find(|&seat| !needed(seat))
    }
}

/// Blocks until the task has ended its work, as a scope does: thread-locals may be destroyed later.
pub fn wait_ended(task: TaskId, op: Op) {
    wait(task, op, has_ended, |task| &mut task.enders);
}

/// Blocks until the task has finished.
pub fn wait_finished(task: TaskId, op: Op) {
    wait(task, op, is_finished, |task| &mut task.joiners);
}

fn wait(task: TaskId, op: Op, done: fn(TaskId) -> bool, waiters: fn(&mut Task) -> &mut TaskSet) {
    while !done(task) {
        with(|execution| {
            let current = execution.current;
            if let Some(task) = execution.living(task) {
                *waiters(&mut execution.tasks[task]) |= only(current);
                execution.tasks[current].joining = Some(task);
            }
        });
        block(op, None);
        with(|execution| {
            let current = execution.current;
            execution.tasks[current].joining = None;
        });
    }
}
