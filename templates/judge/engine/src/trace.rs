//! Events of a run. Only kept in traced runs, so that the many others stay fast.

use std::collections::VecDeque;

use crate::deviation::{Action, Deviation};
use crate::execution::Execution;
use crate::failure::{EventReport, since_start};
use crate::task::{Op, TaskId};

/// Events kept of one run; the oldest give way.
const MOST_EVENTS: usize = 4_000;

/// One event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub step: u64,
    pub task: TaskId,
    pub op: Op,
    pub now: u64,
    pub note: Option<&'static str>,
    /// Why the order was changed here, instead of an operation that happened.
    pub deviation: Option<Deviation>,
}

/// The events of a run.
pub(crate) struct Trace {
    pub events: VecDeque<Event>,
}

impl Default for Trace {
    /// Has room for all events from the start, so that no check sees the heap grow under its feet.
    fn default() -> Self {
        Trace {
            events: VecDeque::with_capacity(MOST_EVENTS),
        }
    }
}

impl Trace {
    pub fn clear(&mut self) {
        self.events.clear();
    }

    fn push(&mut self, event: Event) {
        if self.events.len() == MOST_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }
}

impl Execution {
    /// Adds an event, if this run is traced.
    pub fn trace_event(&mut self, task: TaskId, op: Op, note: Option<&'static str>) {
        let event = Event {
            step: self.steps,
            task,
            op,
            now: self.now,
            note,
            deviation: None,
        };
        if let Some(trace) = &mut self.trace {
            trace.push(event);
        }
    }

    /// Notes on the task's last event that it waits, or adds an event that says so.
    pub fn trace_block(&mut self, task: TaskId, op: Op) {
        let last = self.last_event(task);
        match last {
            Some(event) if event.op.name == op.name && std::ptr::eq(event.op.at, op.at) => {
                event.note.get_or_insert("waits");
            }
            _ => self.trace_event(task, op, Some("waits")),
        }
    }

    /// Attaches a word to the last event of the current task.
    pub fn trace_note(&mut self, text: &'static str) {
        let current = self.current;
        if let Some(event) = self.last_event(current) {
            event.note = Some(text);
        }
    }

    /// Adds an event that says how the default order is left.
    pub fn trace_deviation(&mut self, deviation: Deviation) {
        let task = usize::from(deviation.task);
        let op = self.tasks[task].op;
        let event = Event {
            step: self.steps,
            task,
            op,
            now: self.now,
            note: None,
            deviation: Some(deviation),
        };
        if let Some(trace) = &mut self.trace {
            trace.push(event);
        }
    }

    fn last_event(&mut self, task: TaskId) -> Option<&mut Event> {
        let trace = self.trace.as_mut()?;
        trace
            .events
            .iter_mut()
            .rev()
            .find(|event| event.task == task && event.deviation.is_none())
    }

    /// The events as a report shows them.
    pub fn event_reports(&self) -> Vec<EventReport> {
        let Some(trace) = &self.trace else {
            return Vec::new();
        };
        trace
            .events
            .iter()
            .map(|event| self.event_report(event))
            .collect()
    }

    fn event_report(&self, event: &Event) -> EventReport {
        let (op, note) = match event.deviation.map(|deviation| deviation.action) {
            None => (event.op.name.to_owned(), event.note.map(str::to_owned)),
            Some(Action::Switch(to)) => {
                let note = format!(
                    "before {}: {} goes first",
                    event.op.name,
                    self.name_of(usize::from(to))
                );
                ("switch".to_owned(), Some(note))
            }
            Some(Action::Choice(index)) => (
                "choice".to_owned(),
                Some(format!("alternative {index} instead of 0")),
            ),
            Some(Action::Rouse(task)) => {
                let note = format!("{} wakes for no reason", self.name_of(usize::from(task)));
                ("spurious wake-up".to_owned(), Some(note))
            }
            Some(Action::Fail) => ("spurious failure".to_owned(), None),
            Some(Action::Tick) => (
                "late".to_owned(),
                Some("the clock moves on while it could run".to_owned()),
            ),
        };
        EventReport {
            step: event.step,
            thread: event.task,
            op,
            at: place(&event.op),
            virtual_ns: since_start(event.now),
            note,
        }
    }

    /// How reports call a task: its name, or `t3`.
    pub fn name_of(&self, task: TaskId) -> String {
        self.tasks
            .get(task)
            .and_then(|task| task.name.clone())
            .unwrap_or_else(|| format!("t{task}"))
    }
}

/// `file:line` of an operation.
pub(crate) fn place(op: &Op) -> String {
    format!("{}:{}", op.at.file(), op.at.line())
}
