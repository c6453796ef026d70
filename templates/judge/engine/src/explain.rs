//! Says in words what a run came to: who holds what, who waits for whom, and why nobody goes on.

use crate::course;
use crate::deviation::token;
use crate::execution::Execution;
use crate::failure::{EventReport, Failure, FailureKind, RawFailure, ThreadReport, since_start};
use crate::panics::Caught;
use crate::task::{Op, Seat, Woken, only};
use crate::trace::place;

/// The failure with all that the last, traced run shows.
pub(crate) fn story(
    execution: &Execution,
    raw: RawFailure,
    found_at: u64,
    passing_token: Option<String>,
) -> Failure {
    let events = execution.event_reports();
    Failure {
        why: why(execution, &raw),
        kind: raw.kind,
        message: raw.message,
        place: raw.place,
        token: token(&execution.taken),
        found_at,
        virtual_ns: since_start(execution.now),
        threads: threads(execution, &events),
        events,
        history: raw.history,
        passing_token,
        passing: None,
    }
}

/// A run that passed, told in the same form, to be compared with one that failed.
pub(crate) fn passing(execution: &Execution) -> serde_json::Value {
    let raw = RawFailure {
        kind: FailureKind::Failed,
        message: String::new(),
        place: None,
        history: None,
    };
    let mut told = story(execution, raw, 1, None).to_json();
    told["kind"] = "passed".into();
    told["why"] = "".into();
    told
}

/// What the panic that ended the body means: an assertion of the check, or a panic of the code under test.
pub(crate) fn panic_of_main(execution: &Execution) -> RawFailure {
    let Some(mut caught) = execution
        .tasks
        .first()
        .and_then(|main| main.last_panic.clone())
    else {
        let message = "the body panicked".to_owned();
        return RawFailure {
            kind: FailureKind::Panicked,
            message,
            place: None,
            history: None,
        };
    };
    // The news that another thread panicked is worth less than what that thread said.
    if (caught.message.contains("Any { .. }") || caught.message.contains("scoped thread panicked"))
        && let Some((task, cause)) = first_panic_elsewhere(execution)
    {
        caught = told_of(execution, task, cause);
    }
    meaning(caught)
}

/// What a panic means that only a scope of the check can tell of.
pub(crate) fn panic_unheard(execution: &Execution, task: Seat) -> Option<RawFailure> {
    let cause = execution.tasks.get(task)?.last_panic.clone()?;
    Some(meaning(told_of(execution, task, cause)))
}

/// The panic as those hear of it who wait for the thread.
fn told_of(execution: &Execution, task: Seat, cause: Caught) -> Caught {
    let name = execution.name_of(task);
    Caught {
        message: format!("thread {name} panicked: {}", cause.message),
        place: cause.place,
    }
}

/// A panic in the suite is an assertion, one elsewhere is one of the code under test.
fn meaning(caught: Caught) -> RawFailure {
    let kind = match &caught.place {
        Some((file, _)) if crate::report::is_suite_file(file) => FailureKind::Failed,
        _ => FailureKind::Panicked,
    };
    let place = caught.place.map(|(file, line)| format!("{file}:{line}"));
    RawFailure {
        kind,
        message: caught.message,
        place,
        history: None,
    }
}

fn first_panic_elsewhere(execution: &Execution) -> Option<(Seat, Caught)> {
    let others = execution.tasks.iter().enumerate().skip(1);
    others
        .filter_map(|(id, task)| Some((id, task.last_panic.clone()?)))
        .next()
}

/// A deadlock as a message: every thread that waits, and for what.
pub(crate) fn deadlock(execution: &Execution) -> String {
    let waiting: Vec<String> = blocked(execution)
        .map(|task| {
            let op = &execution.tasks[task].op;
            format!(
                "{} {} ({})",
                execution.name_of(task),
                waits_for(execution, task),
                place(op)
            )
        })
        .collect();
    let head = if execution.timed | execution.runnable == 0 {
        "nothing can run any more"
    } else {
        "nothing goes on but timers that wake nobody else"
    };
    format!("{head}: {}", waiting.join("; "))
}

/// Tasks that wait without a deadline or with one, but cannot run.
fn blocked(execution: &Execution) -> impl Iterator<Item = Seat> {
    let free = execution.runnable | execution.finished;
    (0..execution.tasks.len()).filter(move |&task| free & only(task) == 0)
}

fn waits_for(execution: &Execution, task: Seat) -> String {
    let waiting = &execution.tasks[task];
    if let Some(other) = waiting.joining {
        return format!("waits for thread {}", execution.name_of(other));
    }
    match waiting.op.noun() {
        "thread" if waiting.op.name.contains("park") => "waits to be unparked".to_owned(),
        "thread" => "sleeps".to_owned(),
        noun => format!("waits for {noun}"),
    }
}

/// All threads that are there, and those of the events whose seats others have taken.
fn threads(execution: &Execution, events: &[EventReport]) -> Vec<ThreadReport> {
    let told = |number: u16| {
        events
            .iter()
            .rfind(|event| event.thread == usize::from(number))
    };
    let gone = execution.gone.iter().filter_map(|(number, _)| {
        Some(ThreadReport {
            id: usize::from(*number),
            name: execution.called(*number),
            state: "finished".to_owned(),
            at: told(*number)?.at.clone(),
            since_step: None,
            holds: Vec::new(),
        })
    });
    let mut all: Vec<ThreadReport> = (0..execution.tasks.len())
        .map(|id| {
            let task = &execution.tasks[id];
            let bit = only(id);
            let waits = (execution.runnable | execution.finished) & bit == 0;
            let state = if execution.finished & bit != 0 {
                "finished".to_owned()
            } else if waits {
                waits_for(execution, id)
            } else if execution.pending & bit != 0 && task.woken == Woken::TimedOut {
                "ready: its time is up".to_owned()
            } else if execution.current == id {
                "running".to_owned()
            } else {
                "ready".to_owned()
            };
            ThreadReport {
                id: usize::from(task.number),
                name: execution.name_of(id),
                state,
                at: place(&task.op),
                since_step: waits.then_some(task.blocked_since),
                holds: task.holds.iter().map(|(_, op)| lock(op)).collect(),
            }
        })
        .chain(gone)
        .collect();
    all.sort_by_key(|thread| thread.id);
    all
}

/// `Mutex at src/lib.rs:12`.
fn lock(op: &Op) -> String {
    format!("{} at {}", op.noun(), place(op))
}

/// One sentence on how it came to this.
fn why(execution: &Execution, raw: &RawFailure) -> String {
    match raw.kind {
        FailureKind::Deadlock => cycle(execution)
            .or_else(|| lost(execution))
            .unwrap_or_else(|| raw.message.clone()),
        FailureKind::Livelock => course::spinning(execution),
        FailureKind::Failed
        | FailureKind::Panicked
        | FailureKind::NotLinearizable
        | FailureKind::Internal => course::order(execution),
    }
}

/// The thread that holds what `task` waits for, and how it got it.
fn holder(execution: &Execution, task: Seat) -> Option<(Seat, Option<Op>)> {
    let waiting = &execution.tasks[task];
    if let Some(other) = waiting.joining {
        return Some((other, None));
    }
    let object = waiting.op.object;
    let holds = |other: Seat| {
        execution.tasks[other]
            .holds
            .iter()
            .find(|(held, _)| object != 0 && *held == object)
    };
    // Its own hold first: waiting for oneself is the shortest cycle.
    std::iter::once(task)
        .chain(0..execution.tasks.len())
        .find_map(|other| holds(other).map(|(_, op)| (other, Some(*op))))
}

/// A ring of threads that wait for each other.
fn cycle(execution: &Execution) -> Option<String> {
    let mut best: Option<Vec<Seat>> = None;
    for start in blocked(execution) {
        let mut path = vec![start];
        while let Some((next, _)) = path.last().and_then(|&task| holder(execution, task)) {
            if next == start {
                if best.as_ref().is_none_or(|known| path.len() < known.len()) {
                    best = Some(path);
                }
                break;
            }
            if path.contains(&next) {
                break;
            }
            path.push(next);
        }
    }
    let ring = best?;
    if let [alone] = ring[..] {
        let (_, held) = holder(execution, alone)?;
        let op = &execution.tasks[alone].op;
        let held = held.map_or_else(String::new, |held| format!(", taken at {}", place(&held)));
        return Some(format!(
            "{} waits at {} for a {} that it holds itself{held}.",
            execution.name_of(alone),
            place(op),
            op.noun()
        ));
    }
    let links: Vec<String> = ring
        .iter()
        .filter_map(|&task| {
            let (by, held) = holder(execution, task)?;
            let name = execution.name_of(task);
            let other = execution.name_of(by);
            let op = &execution.tasks[task].op;
            Some(match held {
                None => format!("{name} waits at {} for {other} to end", place(op)),
                Some(held) => format!(
                    "{name} waits at {} for the {} that {other} took at {}",
                    place(op),
                    op.noun(),
                    place(&held)
                ),
            })
        })
        .collect();
    Some(format!(
        "{}: a ring, so nobody can go on.",
        links.join(", and ")
    ))
}

/// A thread that waits for a signal which will not come, or for a lock that a stuck or finished thread holds.
fn lost(execution: &Execution) -> Option<String> {
    let waits_for_signal = |&task: &Seat| {
        let waiting = &execution.tasks[task];
        let sleeps = execution.timed & only(task) != 0;
        !sleeps && waiting.joining.is_none() && holder(execution, task).is_none()
    };
    let task = blocked(execution).find(waits_for_signal)?;
    let waiting = &execution.tasks[task];
    let name = execution.name_of(task);
    let since = waiting.blocked_since;
    let head = format!(
        "{name} has waited for the {} at {} since step {since}",
        waiting.op.noun(),
        place(&waiting.op)
    );
    let signal = execution.trace.as_ref().and_then(|trace| {
        trace.events().rev().find(|event| {
            event.deviation.is_none()
                && event.task != waiting.number
                && event.op.object == waiting.op.object
                && event.op.object != 0
                && ["notify", "unpark", "send", "open"]
                    .iter()
                    .any(|verb| event.op.name.contains(verb))
        })
    });
    Some(match signal {
        Some(event) if event.step < since => format!(
            "{head}; the last {} came before that, at step {} ({}, {}), and nobody is left to do it again.",
            event.op.name,
            event.step,
            execution.called(event.task),
            place(&event.op)
        ),
        Some(event) => format!(
            "{head}; the last {} at step {} ({}, {}) did not reach it, and nobody is left to do it again.",
            event.op.name,
            event.step,
            execution.called(event.task),
            place(&event.op)
        ),
        None => format!("{head}, and nobody is left who could end that."),
    })
}
