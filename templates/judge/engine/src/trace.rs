//! Events of a run. Only kept in traced runs, so that the many others stay fast.

use std::collections::VecDeque;

use crate::deviation::{Action, Deviation};
use crate::execution::Execution;
use crate::failure::{EventReport, since_start};
use crate::task::{Op, Seat};
use crate::thin::thin;

/// Events kept of one run; of those who do the most, the older ones give way.
const MOST_EVENTS: usize = 4_000;
/// Events of a story that a person still reads.
const MOST_TOLD: usize = 240;

/// One event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub step: u64,
    /// Number of the task.
    pub task: u16,
    pub op: Op,
    pub now: u64,
    /// Events of the same task that were left out just before.
    pub left_out: u32,
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
            thin(&mut self.events, MOST_EVENTS / 2);
        }
        self.events.push_back(event);
    }
}

impl Execution {
    /// Adds an event, if this run is traced.
    pub fn trace_event(&mut self, task: Seat, op: Op, note: Option<&'static str>) {
        let event = Event {
            step: self.steps,
            task: self.number(task),
            op,
            now: self.now,
            left_out: 0,
            note,
            deviation: None,
        };
        if let Some(trace) = &mut self.trace {
            trace.push(event);
        }
    }

    /// Notes on the task's last event that it waits, or adds an event that says so.
    pub fn trace_block(&mut self, task: Seat, op: Op) {
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
        let op = self.tasks[self.current].op;
        let event = Event {
            step: self.steps,
            task: deviation.task,
            op,
            now: self.now,
            left_out: 0,
            note: None,
            deviation: Some(deviation),
        };
        if let Some(trace) = &mut self.trace {
            trace.push(event);
        }
    }

    fn last_event(&mut self, task: Seat) -> Option<&mut Event> {
        let task = self.number(task);
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
        let mut told = trace.events.clone();
        thin(&mut told, MOST_TOLD);
        told.iter()
            .flat_map(|event| [self.gap(event), Some(self.event_report(event))])
            .flatten()
            .collect()
    }

    /// What stands for the steps that were left out before an event.
    fn gap(&self, event: &Event) -> Option<EventReport> {
        let steps = if event.left_out == 1 { "step" } else { "steps" };
        let name = self.called(event.task);
        let note = format!("{} more {steps} of {name} left out", event.left_out);
        (event.left_out > 0).then(|| EventReport {
            step: event.step,
            thread: usize::from(event.task),
            op: "…".to_owned(),
            at: place(&event.op),
            virtual_ns: since_start(event.now),
            note: Some(note),
        })
    }

    fn event_report(&self, event: &Event) -> EventReport {
        let (op, note) = match event.deviation.map(|deviation| deviation.action) {
            None => (event.op.name.to_owned(), event.note.map(str::to_owned)),
            Some(Action::Switch(to)) => {
                let note = format!("before {}: {} goes first", event.op.name, self.called(to));
                ("switch".to_owned(), Some(note))
            }
            Some(Action::Choice(index)) => (
                "choice".to_owned(),
                Some(format!("alternative {index} instead of 0")),
            ),
            Some(Action::Rouse(task)) => {
                let note = format!("{} wakes for no reason", self.called(task));
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
            thread: usize::from(event.task),
            op,
            at: place(&event.op),
            virtual_ns: since_start(event.now),
            note,
        }
    }

    /// How reports call the task that sits there: its name, or `t3`.
    pub fn name_of(&self, task: Seat) -> String {
        self.called(self.number(task))
    }

    /// How reports call the task of this number.
    pub fn called(&self, number: u16) -> String {
        let sitting = self
            .seat(number)
            .and_then(|seat| self.tasks[seat].name.clone());
        let gone = || {
            let (_, name) = self.gone.iter().find(|(gone, _)| *gone == number)?;
            name.clone()
        };
        sitting
            .or_else(gone)
            .unwrap_or_else(|| format!("t{number}"))
    }
}

/// `file:line` of an operation.
pub(crate) fn place(op: &Op) -> String {
    format!("{}:{}", op.at.file(), op.at.line())
}
