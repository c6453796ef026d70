//! Panics of tasks: counted per task, silent, remembered with their message and place.

use std::any::Any;
use std::panic::PanicHookInfo;
use std::sync::Once;

use crate::execution::{Execution, is_active, with};

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
        Caught { message: words(info.payload()), place }
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
                });
            } else if !crate::report::take_note(info) {
                before(info);
            }
        }));
    });
}

/// Remembers what ended the body, if the hook has not seen it.
pub(crate) fn keep_payload(execution: &mut Execution, payload: &(dyn Any + Send)) {
    let task = &mut execution.tasks[0];
    task.panics = task.panics.max(1);
    if task.last_panic.is_none() {
        task.last_panic = Some(Caught { message: words(payload), place: None });
    }
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
