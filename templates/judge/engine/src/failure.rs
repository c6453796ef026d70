//! A failure with all its evidence.

use serde_json::{Value, json};

use crate::execution::{BASE, Execution, Stop, with};
use crate::run::suspend;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// An assertion of the check.
    Failed,
    /// A panic in the code under test.
    Panicked,
    /// Nothing can run and no timer is set.
    Deadlock,
    /// Threads run, but only wait.
    Livelock,
    /// No order of the calls explains their results.
    NotLinearizable,
    /// The same schedule did not give the same run; the engine cannot tell the story.
    Internal,
}

impl FailureKind {
    /// The word of the record. An internal failure counts as a panic there.
    pub fn word(self) -> &'static str {
        match self {
            FailureKind::Failed => "failed",
            FailureKind::Panicked | FailureKind::Internal => "panicked",
            FailureKind::Deadlock => "deadlock",
            FailureKind::Livelock => "livelock",
            FailureKind::NotLinearizable => "not_linearizable",
        }
    }
}

/// A thread at the moment of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadReport {
    /// Number of the task.
    pub id: usize,
    /// Its name, or `t3`.
    pub name: String,
    /// `finished`, `running`, `ready`, `sleeps`, `waits for Mutex`, …
    pub state: String,
    /// `file:line` of its last operation.
    pub at: String,
    /// Step at which it began to wait.
    pub since_step: Option<u64>,
    /// `Mutex at src/lib.rs:12`, for each lock it holds.
    pub holds: Vec<String>,
}

/// Something that happened in a traced run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventReport {
    /// Counted through the execution.
    pub step: u64,
    /// Who did it.
    pub thread: usize,
    /// `Mutex::lock`.
    pub op: String,
    /// `file:line`.
    pub at: String,
    /// Since the start of the execution.
    pub virtual_ns: u64,
    /// `waits`, `failed`, `timed out`, …
    pub note: Option<String>,
    /// Number of the primitive, from 1 in the order in which they are met.
    pub object: Option<u32>,
    /// Number of the lock that was taken.
    pub took: Option<u32>,
    /// Number of the lock that was let go.
    pub let_go: Option<u32>,
    /// Threads that can go on because of it.
    pub woke: Vec<usize>,
    /// The thread whose end is waited for.
    pub joins: Option<usize>,
    /// When the wait ends by itself, since the start of the execution.
    pub until_ns: Option<u64>,
}

impl EventReport {
    /// An object of the record; what is not there is left out, because there are many of them.
    fn to_json(&self) -> Value {
        let mut object = json!({
            "step": self.step, "thread": self.thread, "op": self.op, "at": self.at,
            "virtual_ns": self.virtual_ns, "note": self.note,
        });
        let more = [
            ("object", self.object.map(Value::from)),
            ("took", self.took.map(Value::from)),
            ("let_go", self.let_go.map(Value::from)),
            (
                "woke",
                (!self.woke.is_empty()).then(|| self.woke.clone().into()),
            ),
            ("joins", self.joins.map(Value::from)),
            ("until_ns", self.until_ns.map(Value::from)),
        ];
        for (name, value) in more {
            if let Some(value) = value {
                object[name] = value;
            }
        }
        object
    }
}

/// A failure with all its evidence.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What went wrong.
    pub kind: FailureKind,
    /// In words.
    pub message: String,
    /// `file:line` of the panic.
    pub place: Option<String>,
    /// The schedule as deviations from the default one.
    pub token: String,
    /// Number of the schedule that first showed it.
    pub found_at: u64,
    /// Virtual time of the failure since the start of the execution.
    pub virtual_ns: u64,
    /// All threads.
    pub threads: Vec<ThreadReport>,
    /// What happened, oldest first.
    pub events: Vec<EventReport>,
    /// Calls and returns, as given to [`fail`].
    pub history: Option<Value>,
    /// One sentence, computed from the facts.
    pub why: String,
    /// The nearest schedule that passes.
    pub passing_token: Option<String>,
    /// Its run in the same form, if it is short enough to be told.
    pub passing: Option<Value>,
}

impl Failure {
    /// The `failure` object of the record.
    pub fn to_json(&self) -> Value {
        let threads: Vec<Value> = self
            .threads
            .iter()
            .map(|thread| {
                json!({
                    "id": thread.id, "name": thread.name, "state": thread.state, "at": thread.at,
                    "since_step": thread.since_step, "holds": thread.holds,
                })
            })
            .collect();
        let events: Vec<Value> = self.events.iter().map(EventReport::to_json).collect();
        json!({
            "kind": self.kind.word(), "found_at": self.found_at, "token": self.token,
            "virtual_ns": self.virtual_ns, "why": self.why, "place": self.place,
            "threads": threads, "events": events, "history": self.history,
            "passing_token": self.passing_token, "passing": self.passing,
        })
    }
}

/// Ends the check as failed. The program under test cannot catch this: its threads are left where they stand.
///
/// Outside of executions it is a plain panic.
pub fn fail(kind: FailureKind, message: String, history: Option<Value>) -> ! {
    let stopped = message.clone();
    let Some(me) = with(|execution| {
        execution.stop = Some(Stop::Failed(kind, stopped, history));
        execution.current
    }) else {
        panic!("{message}");
    };
    loop {
        suspend(me);
    }
}

/// What ended an execution, before its story is told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RawFailure {
    pub kind: FailureKind,
    pub message: String,
    pub place: Option<String>,
    pub history: Option<Value>,
}

impl RawFailure {
    /// What ended this execution; None if it passed.
    pub fn of(execution: &mut Execution) -> Option<RawFailure> {
        let stop = execution.stop.take();
        let panicked = execution.tasks.first().is_some_and(|main| main.panics > 0);
        let unheard = execution
            .unheard
            .and_then(|task| crate::explain::panic_unheard(execution, task));
        let plain = |kind, message| {
            Some(RawFailure {
                kind,
                message,
                place: None,
                history: None,
            })
        };
        match stop {
            Some(Stop::Done) => None,
            Some(Stop::Failed(kind, message, history)) => Some(RawFailure {
                kind,
                message,
                place: None,
                history,
            }),
            // What came later while the body unwinds is only a consequence.
            Some(_) if panicked => Some(crate::explain::panic_of_main(execution)),
            // So is what comes after a panic that nobody but the check itself can hear of.
            Some(Stop::Deadlock | Stop::Livelock(_)) if unheard.is_some() => unheard,
            Some(Stop::Deadlock) => {
                plain(FailureKind::Deadlock, crate::explain::deadlock(execution))
            }
            Some(Stop::Livelock(message)) => plain(FailureKind::Livelock, message),
            Some(Stop::Panicked) | None => plain(
                FailureKind::Internal,
                "internal: the execution ended without a reason".into(),
            ),
        }
    }
}

/// Virtual nanoseconds since the start of the execution.
pub(crate) fn since_start(now: u64) -> u64 {
    now.saturating_sub(BASE)
}
