//! Events of a run. Only kept in traced runs, so that the many others stay fast.

use std::collections::{HashMap, VecDeque};

use crate::deviation::{Action, Deviation};
use crate::execution::Execution;
use crate::failure::{EventReport, since_start};
use crate::task::{Op, Seat, TaskSet, members, only};
use crate::thin::thin;

/// The event of a panic.
const PANICS: &str = "panics";
/// Events kept of one run; of those who do the most, the ones in the middle give way.
const MOST_EVENTS: usize = 4_000;
/// Events of a story that a person may still want to step through.
const MOST_TOLD: usize = 800;

/// What an operation came to, for locks and for other tasks. Of fixed size, as events must not touch the heap.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    /// The lock that was taken; 0 for none.
    pub took: usize,
    /// The lock that was let go; 0 for none.
    pub let_go: usize,
    /// Who can go on because of it.
    pub woke: TaskSet,
    /// Whose end is waited for.
    pub joins: Option<u16>,
    /// When the wait ends by itself, in virtual nanoseconds.
    pub until: Option<u64>,
}

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
    pub outcome: Outcome,
    /// Why the order was changed here, instead of an operation that happened.
    pub deviation: Option<Deviation>,
}

/// The events of a run.
pub(crate) struct Trace {
    events: VecDeque<Event>,
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

    /// All that were kept, the oldest first.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter()
    }

    pub fn len(&self) -> usize {
        self.events.len()
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
            outcome: Outcome::default(),
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
            Some(event)
                if event.op.name == op.name
                    && std::ptr::eq(event.op.at, op.at)
                    && !matches!(event.note, Some("goes on" | "timed out")) =>
            {
                event.note.get_or_insert("waits");
            }
            _ => self.trace_event(task, op, Some("waits")),
        }
        let joins = self.tasks[task].joining.map(|seat| self.number(seat));
        let deadline = self.tasks[task].deadline;
        if let Some(event) = self.last_event(task) {
            event.outcome.joins = joins;
            event.outcome.until = (deadline != u64::MAX).then_some(deadline);
        }
    }

    /// Adds an event that says that a task panics.
    pub fn trace_panic(&mut self, task: Seat) {
        let op = Op {
            name: PANICS,
            object: 0,
            ..self.tasks[task].op
        };
        self.trace_event(task, op, None);
    }

    /// Adds to what the last operation of a task came to.
    pub fn trace_outcome(&mut self, task: Seat, add: impl FnOnce(&mut Outcome)) {
        if let Some(event) = self.last_event(task) {
            add(&mut event.outcome);
        }
    }

    /// The current task lets another one go on.
    pub fn trace_wake(&mut self, task: Seat) {
        let current = self.current;
        if self.trace.is_some() && current != task {
            self.trace_outcome(current, |outcome| outcome.woke |= only(task));
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
            outcome: Outcome::default(),
            deviation: Some(deviation),
        };
        if let Some(trace) = &mut self.trace {
            trace.push(event);
        }
    }

    fn last_event(&mut self, task: Seat) -> Option<&mut Event> {
        let task = self.number(task);
        let trace = self.trace.as_mut()?;
        let events = trace.events.iter_mut();
        events
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
        let mut numbers = Numbers::default();
        let mut reports = Vec::with_capacity(told.len());
        for event in &told {
            reports.extend(self.gap(event));
            reports.push(self.event_report(event, &mut numbers));
        }
        reports
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
            object: None,
            took: None,
            let_go: None,
            woke: Vec::new(),
            joins: None,
            until_ns: None,
        })
    }

    fn event_report(&self, event: &Event, numbers: &mut Numbers) -> EventReport {
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
            at: self.place_of(event),
            virtual_ns: since_start(event.now),
            note,
            object: numbers.of(event.op.object),
            took: numbers.of(event.outcome.took),
            let_go: numbers.of(event.outcome.let_go),
            woke: self.numbers_of(event.outcome.woke, event.step),
            joins: event.outcome.joins.map(usize::from),
            until_ns: event.outcome.until.map(since_start),
        }
    }

    /// The numbers of those who sat there at that step, as far as they are still there.
    fn numbers_of(&self, seats: TaskSet, step: u64) -> Vec<usize> {
        members(seats)
            .filter(|&seat| self.tasks[seat].born <= step)
            .map(|seat| usize::from(self.number(seat)))
            .collect()
    }

    /// Where it happened. Of a task's panics only the last one's place is known.
    fn place_of(&self, event: &Event) -> String {
        let panic = self
            .seat(event.task)
            .and_then(|seat| self.tasks[seat].last_panic.as_ref());
        match panic.and_then(|caught| caught.place.as_ref()) {
            Some((file, line)) if event.op.name == PANICS => format!("{file}:{line}"),
            _ => place(&event.op),
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

/// Addresses → numbers in the order in which they are met, so that a report is the same in every process.
#[derive(Default)]
struct Numbers(HashMap<usize, u32>);

impl Numbers {
    /// None for 0, which is no primitive.
    fn of(&mut self, address: usize) -> Option<u32> {
        let next = self.0.len() as u32 + 1;
        (address != 0).then(|| *self.0.entry(address).or_insert(next))
    }
}

/// `file:line` of an operation.
pub(crate) fn place(op: &Op) -> String {
    format!("{}:{}", op.at.file(), op.at.line())
}
