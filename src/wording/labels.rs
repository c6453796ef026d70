//! What the parts of a story are called: threads by their names, locks by the field that the candidate's own line names, places
//! by their line.

use std::collections::{BTreeMap, BTreeSet};

use super::names::objects;
use crate::domain::{
    attempt::Submission,
    playback::{Hold, Moment, ThreadState, Wait},
    verdict::{Event, Story},
};

/// The names of one story.
pub struct Labels<'s> {
    story: &'s Story,
    submission: Option<&'s Submission>,
    /// Names of primitives by their numbers.
    objects: BTreeMap<u32, String>,
    /// The only source file of the story, whose name need not be said again and again.
    only_file: Option<&'s str>,
}

impl<'s> Labels<'s> {
    /// Finds the names. Without the submission primitives are called by their types.
    pub fn new(story: &'s Story, submission: Option<&'s Submission>) -> Labels<'s> {
        let files: BTreeSet<&str> = story
            .events
            .iter()
            .filter_map(|event| event.at.as_deref()?.split(':').next())
            .filter(|file| file.starts_with("src/"))
            .collect();
        Labels {
            story,
            submission,
            objects: objects(story, submission),
            only_file: files.first().copied().filter(|_| files.len() == 1),
        }
    }

    /// `main`, `t2`, or `t2 worker`.
    pub fn thread(&self, id: u32) -> String {
        let lane = self.story.threads.iter().find(|lane| lane.id == id);
        let name = lane.map(|lane| lane.name.as_str()).unwrap_or_default();
        let short = format!("t{id}");
        match name {
            "main" => "main".to_owned(),
            "" => short,
            name if name == short || *name == format!("thread {id}") => short,
            name => format!("{short} {name}"),
        }
    }

    /// The name of a primitive, such as `map`; none if it has no number.
    pub fn object(&self, number: Option<u32>) -> Option<&str> {
        self.objects.get(&number?).map(String::as_str)
    }

    /// `line 22`, `other.rs line 22`, `the check, line 14`.
    pub fn place(&self, at: &str) -> String {
        let Some((file, line)) = file_and_line(at) else {
            return at.to_owned();
        };
        match file {
            _ if file.starts_with("suites/") => format!("the check, line {line}"),
            _ if Some(file) == self.only_file => format!("line {line}"),
            _ => format!("{} line {line}", bare(file)),
        }
    }

    /// `:22`, `other.rs:22`, or nothing for places that are not the candidate's.
    pub fn short_place(&self, at: Option<&str>) -> String {
        let Some((file, line)) = at.and_then(file_and_line) else {
            return String::new();
        };
        match file {
            _ if Some(file) == self.only_file => format!(":{line}"),
            _ if file.starts_with("src/") => format!("{}:{line}", bare(file)),
            _ => String::new(),
        }
    }

    /// What an operation is called: `map.lock`, `start t1`, `Instant::now`.
    pub fn call(&self, index: usize) -> String {
        let Some(event) = self.story.events.get(index) else {
            return String::new();
        };
        if event.starts_thread() {
            let before = self.story.events[..index].iter();
            let id = 1 + before.filter(|event| event.starts_thread()).count();
            return format!("starts {}", self.thread(u32::try_from(id).unwrap_or(0)));
        }
        match (is_join(event), self.joined(index)) {
            (true, Some(other)) if event.waits() => format!("join {}", self.thread(other)),
            (true, Some(other)) => format!("{} has ended", self.thread(other)),
            (true, None) => "join".to_owned(),
            _ => self.named_call(event),
        }
    }

    /// Whose end an event is about.
    fn joined(&self, index: usize) -> Option<u32> {
        let event = &self.story.events[index];
        let before = self.story.events[..=index].iter().rev();
        let mut own = before.filter(|one| one.thread == event.thread && is_join(one));
        own.find_map(|one| one.outcome.joins)
    }

    /// The operation with the name of what it is done to.
    pub fn named_call(&self, event: &Event) -> String {
        let verb = event.op.split("::").nth(1);
        match (self.object(event.outcome.object), verb) {
            (Some(name), Some(verb)) if !event.op.starts_with("thread::") => {
                format!("{name}.{verb}")
            }
            _ => event.op.clone(),
        }
    }

    /// One event in a few words: what, where, and what came of it.
    pub fn event(&self, index: usize) -> String {
        let Some(event) = self.story.events.get(index) else {
            return String::new();
        };
        if event.is_deviation() {
            return self.deviation(event);
        }
        let place = self.short_place(event.at.as_deref());
        let mut text = self.call(index);
        if event.op != "ends" && !is_join(event) && !place.is_empty() {
            text += &format!(" {place}");
        }
        if let Some(note) = self.remark(index) {
            text += &format!(" - {note}");
        }
        text
    }

    /// What came of an event: who it waits for, whom it wakes.
    fn remark(&self, index: usize) -> Option<String> {
        let event = &self.story.events[index];
        let mut parts: Vec<String> = Vec::new();
        if event.waits() {
            // Only locks have owners, and to find them costs a look at everything before.
            let lock = ["Mutex", "RwLock"]
                .iter()
                .any(|one| event.op.starts_with(one));
            let moment = self.story.moment(if lock { index } else { 0 });
            let owners = match moment
                .threads
                .get(event.thread as usize)
                .map(|at| &at.state)
            {
                Some(ThreadState::Waits(wait)) => self.threads(&wait.owners),
                _ => String::new(),
            };
            parts.push(match owners.is_empty() {
                true => "waits".to_owned(),
                false => format!("waits for {owners}"),
            });
        } else if let Some(note) = event.note.as_ref().filter(|_| !is_join(event)) {
            parts.push(note.clone());
        }
        // Whoever unlocks wakes all that wait, and whoever ends those who wait for that; it says nothing.
        let signals = [
            "notify", "unpark", "send", "recv", "open", "drop", "Barrier",
        ];
        let signals = signals.iter().any(|verb| event.op.contains(verb));
        if signals && !event.outcome.woke.is_empty() {
            parts.push(format!("wakes {}", self.threads(&event.outcome.woke)));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    fn deviation(&self, event: &Event) -> String {
        let note = event.note.as_deref().unwrap_or_default();
        match event.op.as_str() {
            "switch" => {
                let first = note.rsplit(": ").next().unwrap_or(note);
                format!("<- here {first}")
            }
            "choice" => "<- not the one who waited longest".to_owned(),
            "late" => "<- time passes here".to_owned(),
            "spurious failure" => "<- fails for no reason".to_owned(),
            _ => format!("<- {note}"),
        }
    }

    /// `t1`, `t1, t2 and t3`.
    pub fn threads(&self, ids: &[u32]) -> String {
        let names: Vec<String> = ids.iter().map(|id| self.thread(*id)).collect();
        match names.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        }
    }

    /// What each thread is at, in one line each: state, since when, what it holds.
    pub fn thread_lines(&self, moment: &Moment) -> Vec<(u32, String)> {
        let told = moment.threads.iter().map(|thread| {
            let mut text = match &thread.state {
                ThreadState::NotStarted => "not started".to_owned(),
                ThreadState::Ready => "could run".to_owned(),
                ThreadState::Running => "runs".to_owned(),
                ThreadState::Finished => "finished".to_owned(),
                ThreadState::Waits(wait) => self.waiting(wait, thread.at.as_deref()),
            };
            if let ThreadState::Waits(wait) = &thread.state {
                text += &format!(", since step {}", wait.since_step);
                if let Some(until) = wait.until_ns {
                    text += &format!(", until {}", super::span(until));
                }
            }
            if !thread.holds.is_empty() {
                text += &format!("; holds {}", self.holds(&thread.holds));
            }
            (thread.id, text)
        });
        told.collect()
    }

    fn waiting(&self, wait: &Wait, at: Option<&str>) -> String {
        let place = self.short_place(at);
        let place = match place.is_empty() {
            true => place,
            false => format!(" at {place}"),
        };
        if let Some(other) = wait.joins {
            return format!("waits{place} for {} to end", self.thread(other));
        }
        let noun = wait.op.split("::").next().unwrap_or(&wait.op);
        let what = match self.object(wait.object) {
            _ if wait.op == "thread::sleep" => return format!("sleeps{place}"),
            _ if wait.op.contains("park") => return format!("waits{place} to be unparked"),
            Some(name) => name,
            None => noun,
        };
        match wait.owners.as_slice() {
            [] => format!("waits{place} for {what}"),
            owners => format!("waits{place} for {what}, held by {}", self.threads(owners)),
        }
    }

    /// `map (:22) and order (:31)`.
    pub fn holds(&self, holds: &[Hold]) -> String {
        let one = |hold: &Hold| {
            let name = self.object(Some(hold.object)).unwrap_or("a lock");
            let place = self.short_place(hold.at.as_deref());
            match place.is_empty() {
                true => name.to_owned(),
                false => format!("{name} ({place})"),
            }
        };
        holds.iter().map(one).collect::<Vec<_>>().join(" and ")
    }

    /// The candidate's own line at a place, without its indent.
    pub fn source(&self, at: Option<&str>) -> Option<&'s str> {
        let (file, line) = file_and_line(at?)?;
        let text = self.submission?.files.get(file)?;
        text.lines().nth(line.checked_sub(1)?).map(str::trim)
    }
}

/// Whether a thread asks there for the end of another one.
fn is_join(event: &Event) -> bool {
    event.op.ends_with("::join") || event.op == "end of thread::scope"
}

/// File and line of `src/lib.rs:31` or `src/lib.rs:31:9`.
pub fn file_and_line(at: &str) -> Option<(&str, usize)> {
    let (file, rest) = at.split_once(':')?;
    Some((file, rest.split(':').next()?.parse().ok()?))
}

fn bare(file: &str) -> &str {
    file.strip_prefix("src/").unwrap_or(file)
}
