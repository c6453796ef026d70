//! Says in words which course a run took: who spins, and where the plain order was left.

use crate::deviation::Action;
use crate::execution::Execution;
use crate::task::only;
use crate::trace::place;

/// Who runs without getting anywhere.
pub(crate) fn spinning(execution: &Execution) -> String {
    let busy: Vec<String> = (0..execution.tasks.len())
        .filter(|&task| execution.runnable & only(task) != 0)
        .map(|task| {
            let op = &execution.tasks[task].op;
            format!(
                "{} repeats {} at {}",
                execution.name_of(task),
                op.name,
                place(op)
            )
        })
        .collect();
    format!(
        "{}, and no other thread can change what they wait for.",
        busy.join(", ")
    )
}

/// Whether the last thing that the task did was to end.
fn has_ended(execution: &Execution, number: u16) -> bool {
    execution
        .seat(number)
        .is_none_or(|seat| execution.tasks[seat].op.name == "ends")
}

/// Which departures from the plain order it takes.
pub(crate) fn order(execution: &Execution) -> String {
    if execution.taken.is_empty() {
        return "It happens in the plainest order: every thread runs until it has to wait."
            .to_owned();
    }
    let deviating = execution.trace.iter().flat_map(|trace| trace.events());
    let parts: Vec<String> = deviating
        .filter_map(|event| {
            let deviation = event.deviation?;
            let name = execution.called(event.task);
            let at = place(&event.op);
            Some(match deviation.action {
                Action::Switch(to)
                    if event.op.name == "ends" && has_ended(execution, event.task) =>
                {
                    format!("{} goes first when {name} has ended", execution.called(to))
                }
                Action::Switch(to) => format!(
                    "{} runs before {name} goes on with {} at {at}",
                    execution.called(to),
                    event.op.name
                ),
                Action::Choice(index) => {
                    format!(
                        "{name}'s {} at {at} picks alternative {index}",
                        event.op.name
                    )
                }
                Action::Rouse(task) => {
                    format!("{} wakes for no reason", execution.called(task))
                }
                Action::Fail => format!("{name}'s {} at {at} fails for no reason", event.op.name),
                Action::Tick => format!(
                    "time passes before {name} goes on with {} at {at}",
                    event.op.name
                ),
            })
        })
        .take(4)
        .collect();
    format!("It happens if {}.", parts.join(", then "))
}
