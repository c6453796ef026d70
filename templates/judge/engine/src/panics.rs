//! Panics of tasks: counted per task, silent, remembered with their message and place.

use std::any::Any;
use std::panic::{Location, PanicHookInfo};
use std::sync::Once;

use crate::execution::{Execution, Stop, is_active, with};
use crate::failure::FailureKind;
use crate::task::TaskId;

/// A panic as it is remembered.
#[derive(Clone, Debug)]
pub(crate) struct Caught {
    pub message: String,
    /// File and line; None for a payload that was thrown without the hook.
    pub place: Option<(String, u32)>,
}

fn words(payload: &dyn Any) -> String {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic with a payload that is not text".to_owned()
    }
}

impl Caught {
    pub fn new(info: &PanicHookInfo<'_>) -> Caught {
        let place = info.location().map(|at| (at.file().to_owned(), at.line()));
        Caught {
            message: words(info.payload()),
            place,
        }
    }
}

/// Installs the hook, once in a process. Panics outside executions and checks go to the hook that was there before.
pub(crate) fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if is_active() {
                let caught = Caught::new(info);
                with(|execution| {
                    let current = execution.current;
                    let task = &mut execution.tasks[current];
                    task.panics += 1;
                    task.last_panic = Some(caught);
                    execution.trace_panic(current);
                });
            } else if !crate::report::take_note(info) {
                before(info);
            }
        }));
    });
}

/// Ends the execution with the panic that came out of the current task's body.
pub(crate) fn end_execution(execution: &mut Execution, payload: &(dyn Any + Send)) {
    let current = execution.current;
    let task = &mut execution.tasks[current];
    task.panics = task.panics.max(1);
    let caught = task
        .last_panic
        .get_or_insert_with(|| Caught {
            message: words(payload),
            place: None,
        })
        .clone();
    if execution.stop.is_some() {
        return;
    }
    execution.stop = Some(if current == 0 {
        Stop::Panicked
    } else {
        let message = format!(
            "thread {} panicked: {}",
            execution.name_of(current),
            caught.message
        );
        Stop::Failed(FailureKind::Panicked, message, None)
    });
}

/// Panics in flight of the current task.
pub fn panic_count() -> usize {
    with(|execution| execution.tasks[execution.current].panics)
        .unwrap_or_else(|| usize::from(std::thread::panicking()))
}

/// A panic of the current task was caught.
pub fn panic_caught() {
    with(|execution| {
        let current = execution.current;
        let task = &mut execution.tasks[current];
        task.panics = task.panics.saturating_sub(1);
    });
}

/// A panic of the current task goes on with `resume_unwind`, which the hook does not see.
pub fn panic_resumed() {
    with(|execution| {
        let current = execution.current;
        execution.tasks[current].panics += 1;
    });
}

/// Nobody can hear of `task`'s panic any more but the scope that was opened at `at`, which will panic in turn.
///
/// If it was the check that opened it, the check has failed already: should it get stuck on its way to the scope's end,
/// because others wait for the one who panicked, then that is a consequence.
pub fn panic_unheard(task: TaskId, at: &'static Location<'static>) {
    with(|execution| {
        if let Some(seat) = execution.living(task)
            && crate::report::is_suite_file(at.file())
        {
            execution.unheard.get_or_insert(seat);
        }
    });
}
