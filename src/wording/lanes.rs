//! The steps of a story: one lane per thread where there is room for them, one below the other where there is not.

use super::{
    Line, Tone,
    columns::{fitted, wrapped},
    fold::{Row, folded},
    labels::Labels,
    span,
};
use crate::domain::verdict::{Event, Story};

/// The narrowest lane that is still readable, in columns.
const LANE: usize = 22;
/// The widest lane.
const WIDEST: usize = 60;
/// Columns of the step number.
const STEPS: usize = 6;
/// More rows than these are cut in the middle.
const ROWS: usize = 240;

/// Starting threads and waiting for their end: seldom what went wrong.
pub(super) fn is_bookkeeping(event: &Event) -> bool {
    event.starts_thread()
        || event.op.ends_with("::join")
        || event.op == "end of thread::scope"
        || event.op == "ends"
}

/// Threads that do something besides bookkeeping, in the order of their numbers. What the body of the check does before
/// it starts others is preparation.
pub fn lanes_of(story: &Story) -> Vec<u32> {
    let prepared = story.events.iter().position(Event::starts_thread);
    let busy = |id: u32| {
        let from = prepared.filter(|_| id == 0).unwrap_or(0);
        let events = story.events.iter().skip(from);
        events
            .filter(|event| event.thread == id)
            .any(|event| !(is_bookkeeping(event) || id == 0 && event.is_deviation()))
    };
    let ids = story.threads.iter().map(|lane| lane.id);
    let lanes: Vec<u32> = ids.clone().filter(|id| busy(*id)).collect();
    match lanes.is_empty() {
        true => ids.collect(),
        false => lanes,
    }
}

/// Draws the rows of a story.
struct Sheet<'a> {
    story: &'a Story,
    labels: &'a Labels<'a>,
    lanes: Vec<u32>,
    /// Columns of a lane; none if there is no room for lanes.
    column: Option<usize>,
    width: usize,
    lines: Vec<Line>,
    last: Option<usize>,
    /// Begun by a thread without a lane: first and last step, and what it did.
    aside: Option<(u32, u64, u64, Vec<String>)>,
}

/// All steps, `width` columns wide.
pub(super) fn steps(story: &Story, labels: &Labels<'_>, width: usize) -> Vec<Line> {
    let lanes = lanes_of(story);
    let column = (width.saturating_sub(STEPS) / lanes.len().max(1)).min(WIDEST);
    let mut sheet = Sheet {
        story,
        labels,
        column: (column >= LANE).then_some(column),
        lanes,
        width,
        lines: Vec::new(),
        last: None,
        aside: None,
    };
    sheet.head();
    for row in shown(&folded(story)) {
        match row {
            Row::Event(index) => sheet.event(index),
            Row::Again { events, rounds } => sheet.quiet(&format!(
                "… {} again, {rounds} more times",
                if events == 1 {
                    "this step".to_owned()
                } else {
                    format!("these {events} steps")
                }
            )),
            Row::Gap => sheet.quiet("… steps are left out here"),
        }
    }
    sheet.tell_aside();
    sheet.lines
}

/// The rows, or the first and last ones with a gap between them.
fn shown(rows: &[Row]) -> Vec<Row> {
    if rows.len() <= ROWS {
        return rows.to_vec();
    }
    let half = ROWS / 2;
    [&rows[..half], &[Row::Gap], &rows[rows.len() - half..]].concat()
}

impl Sheet<'_> {
    fn head(&mut self) {
        let Some(column) = self.column else { return };
        let names = self
            .lanes
            .iter()
            .map(|id| fitted(&self.labels.thread(*id), column));
        let text = " ".repeat(STEPS) + &names.collect::<String>();
        self.lines.push(Line::new(Tone::Heading, text.trim_end()));
    }

    fn quiet(&mut self, text: &str) {
        self.tell_aside();
        let text = format!("{:STEPS$}{text}", "");
        self.lines
            .push(Line::new(Tone::Quiet, fitted(&text, self.width).trim_end()));
    }

    fn event(&mut self, index: usize) {
        let event = &self.story.events[index];
        let before = index
            .checked_sub(1)
            .map_or(0, |at| self.story.events[at].virtual_ns);
        if event.virtual_ns > before {
            self.quiet(&format!(
                "-- {} pass, it is {} now --",
                span(event.virtual_ns - before),
                span(event.virtual_ns)
            ));
        }
        let prepares = event.thread == 0 && !self.lanes.contains(&0);
        if prepares || (!self.lanes.contains(&event.thread) && !event.is_deviation()) {
            return self.note_aside(index);
        }
        self.tell_aside();
        let switched = self
            .last
            .is_some_and(|last| self.story.events[last].thread != event.thread);
        let mark = if switched { '>' } else { ' ' };
        let tone = if event.note.is_some() {
            Tone::Warning
        } else {
            Tone::Plain
        };
        let text = match self.column {
            Some(_) => self.labels.event(index),
            None => format!(
                "{} {}",
                self.labels.thread(event.thread),
                self.labels.event(index)
            ),
        };
        self.cell(
            event.thread,
            &format!("{:>4}{mark}", event.step),
            &text,
            tone,
        );
        let place = |at: usize| {
            let event = &self.story.events[at];
            (event.thread, event.at.as_deref())
        };
        if event.is_deviation() {
            return;
        }
        if self.last.map(place) != Some(place(index))
            && let Some(code) = self.labels.source(event.at.as_deref())
        {
            let (column, _) = self.room(event.thread);
            let code = fitted(&format!("| {code}"), column);
            self.cell(event.thread, "", code.trim_end(), Tone::Quiet);
        }
        self.last = Some(index);
    }

    /// Columns and indent of a thread's cell.
    fn room(&self, thread: u32) -> (usize, usize) {
        let Some(column) = self.column else {
            return (self.width.saturating_sub(STEPS), 0);
        };
        let lane = self.lanes.iter().position(|id| *id == thread).unwrap_or(0);
        (column, column * lane)
    }

    /// A text in the lane of a thread, in as many rows as it takes.
    fn cell(&mut self, thread: u32, head: &str, text: &str, tone: Tone) {
        let (column, indent) = self.room(thread);
        for (row, part) in wrapped(text, column.saturating_sub(1))
            .into_iter()
            .enumerate()
        {
            let head = if row == 0 { head } else { "" };
            let hang = if row == 0 { "" } else { "  " };
            let text = fitted(&format!("{hang}{part}"), column);
            let line = format!("{head:<STEPS$}{:indent$}{text}", "");
            self.lines.push(Line::new(tone, line.trim_end()));
        }
    }

    /// Keeps what a thread without a lane does, until another one goes on.
    fn note_aside(&mut self, index: usize) {
        let event = &self.story.events[index];
        if self
            .aside
            .as_ref()
            .is_some_and(|(thread, ..)| *thread != event.thread)
        {
            self.tell_aside();
        }
        let begun = self.story.events.iter().position(Event::starts_thread);
        let what = match begun {
            Some(begin) if index < begin => "prepares".to_owned(),
            _ if event.op == "ends" => return,
            _ if event.is_deviation() => self.labels.event(index),
            _ if event.note.as_deref() == Some("goes on") => return,
            _ if event.waits() => format!("waits to {}", self.labels.call(index)),
            _ => self.labels.call(index),
        };
        let (_, _, last, done) =
            self.aside
                .get_or_insert((event.thread, event.step, event.step, Vec::new()));
        *last = event.step;
        if done.last() != Some(&what) {
            done.push(what);
        }
    }

    fn tell_aside(&mut self) {
        let Some((thread, from, to, done)) = self.aside.take() else {
            return;
        };
        let steps = match from == to {
            true => format!("{from:>4}"),
            false => format!("{:>4}", format!("{from}-{to}")),
        };
        let text = format!("{} {}", self.labels.thread(thread), done.join(", "));
        let room = self.width.saturating_sub(STEPS + 1);
        for (row, part) in wrapped(&text, room).into_iter().enumerate() {
            let head = if row == 0 { steps.as_str() } else { "" };
            self.lines
                .push(Line::new(Tone::Quiet, format!("{head:<STEPS$}{part}")));
        }
    }
}
