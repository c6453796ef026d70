//! Says in words who waits for whom.

use crate::execution::Execution;
use crate::failure::{FailureKind, RawFailure};

pub(crate) fn panic_of_main(execution: &Execution) -> RawFailure {
    let caught = execution.tasks[0].last_panic.clone();
    let message = caught.as_ref().map_or_else(String::new, |caught| caught.message.clone());
    let place = caught.and_then(|caught| caught.place).map(|(file, line)| format!("{file}:{line}"));
    RawFailure { kind: FailureKind::Panicked, message, place, history: None }
}

pub(crate) fn deadlock(_execution: &Execution) -> String {
    "deadlock".into()
}
