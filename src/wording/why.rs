//! One sentence on how a schedule came to its end, with the lines and threads that matter.
//!
//! The engine says what it knows; here the names of the candidate's own fields come in, and the step at which another thread
//! got in between.

use std::collections::BTreeSet;

use super::{
    fold::{Row, folded},
    labels::Labels,
    stuck::stuck,
};
use crate::domain::verdict::{Event, Story};

/// The kind of a failing schedule in one word or two.
pub fn kind_word(story: &Story) -> &'static str {
    match story.kind.as_str() {
        "passed" => "passes",
        "deadlock" => "deadlock",
        "livelock" => "livelock",
        "not_linearizable" => "no legal order",
        "panicked" if poisoned(story).is_some() => "poisoned",
        "panicked" => "panic",
        _ if story.events.iter().any(Event::is_deviation) => "race",
        _ => "wrong result",
    }
}

/// Why it happened, in one sentence or two.
pub fn why(story: &Story, labels: &Labels<'_>) -> String {
    if story.kind == "passed" {
        return "every step is as it should be".to_owned();
    }
    // An older kit did not say what happened to which lock.
    if story
        .events
        .iter()
        .all(|event| event.outcome.object.is_none())
    {
        return plainly(story, labels);
    }
    let found = match story.kind.as_str() {
        "deadlock" => stuck(story, labels),
        "livelock" => spinning(story, labels),
        "panicked" => told_poisoned(story, labels).or_else(|| in_between(story, labels)),
        _ => in_between(story, labels),
    };
    found.unwrap_or_else(|| plainly(story, labels))
}

/// What the engine says, with shorter places.
fn plainly(story: &Story, labels: &Labels<'_>) -> String {
    let words = story.why.split(' ').map(|word| {
        let bare = word.trim_end_matches(['.', ',', ';', ':', ')']);
        let start = bare.trim_start_matches('(');
        let is_place = start.starts_with("src/") || start.starts_with("suites/");
        match is_place {
            true => word.replace(start, &labels.place(start)),
            false => word.to_owned(),
        }
    });
    let text = words.collect::<Vec<_>>().join(" ");
    if text.starts_with("It happens in the plainest order") {
        return "No special timing is needed: it happens when every thread simply runs until it has to wait."
            .to_owned();
    }
    // A condition variable may wake any of those who wait.
    match text.split_once(" picks alternative ") {
        Some((head, _)) if head.contains("notify_one") && !text.contains(", then ") => {
            format!("{head} wakes another one than who has waited longest.")
        }
        _ => text,
    }
}

/// Who goes round and round, and who last touched what it looks at.
fn spinning(story: &Story, labels: &Labels<'_>) -> Option<String> {
    let again = folded(story).iter().rev().find_map(|row| match row {
        Row::Again { events, .. } => Some(*events),
        Row::Event(_) | Row::Gap => None,
    })?;
    let end = story.events.len();
    let round = end.checked_sub(again)?..end;
    let mut busy: Vec<u32> = round.clone().map(|at| story.events[at].thread).collect();
    busy.sort_unstable();
    busy.dedup();
    let told = busy.iter().map(|id| {
        let own = round.clone().filter(|at| story.events[*at].thread == *id);
        let steps: BTreeSet<String> = own.map(|at| step(labels, story, at)).collect();
        let steps: Vec<String> = steps.into_iter().collect();
        format!(
            "{} repeats {} without end",
            labels.thread(*id),
            steps.join(" and ")
        )
    });
    let told: Vec<String> = told.collect();
    let objects: BTreeSet<u32> = round
        .filter_map(|at| story.events[at].outcome.object)
        .collect();
    let last = (0..end).rev().find(|at| {
        let event = &story.events[*at];
        let seen = event
            .outcome
            .object
            .is_some_and(|object| objects.contains(&object));
        seen && changes(&event.op) && !busy.contains(&event.thread)
    });
    let last = last.map_or(String::new(), |at| {
        let event = &story.events[at];
        let name = labels.object(event.outcome.object).unwrap_or("it");
        format!(
            " The last other thread to touch {name} was {}: {}, step {}.",
            labels.thread(event.thread),
            step(labels, story, at),
            event.step
        )
    });
    Some(format!(
        "{}; nobody else can change what it looks at.{last}",
        told.join("; ")
    ))
}

/// The index of what met a poisoned lock, the lock, and the index of the panic that poisoned it.
fn poisoned(story: &Story) -> Option<(usize, u32, usize)> {
    let panics = |at: &usize| story.events[*at].op == "panics";
    let told = |at: &usize| panics(at) && story.events[*at].at == story.place;
    let last = (0..story.events.len()).rev().find(told)?;
    let me = story.events[last].thread;
    let before = (0..last).rev().find(|at| story.events[*at].thread == me)?;
    let event = &story.events[before];
    let object = event.outcome.took.or(event.outcome.object);
    let object = object.filter(|_| !event.op.contains("unlock"))?;
    let first = (0..before).rev().filter(panics).find(|at| {
        let held = story.moment(*at);
        let thread = held.threads.get(story.events[*at].thread as usize);
        thread.is_some_and(|thread| thread.holds.iter().any(|hold| hold.object == object))
    })?;
    Some((before, object, first))
}

fn told_poisoned(story: &Story, labels: &Labels<'_>) -> Option<String> {
    let (unwrapped, object, panicked) = poisoned(story)?;
    let (after, before) = (&story.events[unwrapped], &story.events[panicked]);
    let place = |at: Option<&str>| {
        at.map(|at| format!(" at {}", labels.place(at)))
            .unwrap_or_default()
    };
    Some(format!(
        "{} panicked{} (step {}) while it held {name}, so {name} is poisoned; {}'s {}{} gets the error and panics over it.",
        labels.thread(before.thread),
        place(before.at.as_deref()),
        before.step,
        labels.thread(after.thread),
        labels.named_call(after),
        place(after.at.as_deref()),
        name = labels.object(Some(object)).unwrap_or("the lock"),
    ))
}

/// Whether an operation may change what others see.
fn changes(op: &str) -> bool {
    let verb = op.split("::").nth(1).unwrap_or_default();
    let looks = ["load", "read", "is_", "unlock", "recv", "try_read"];
    !op.starts_with("Condvar") && !looks.iter().any(|one| verb.starts_with(one))
}

/// Whether an operation lets its thread know something.
fn looks(op: &str) -> bool {
    let verb = op.split("::").nth(1).unwrap_or_default();
    let changes = ["store", "unlock", "send", "drop"];
    !op.starts_with("Condvar") && !changes.iter().any(|one| verb.starts_with(one))
}

/// What other threads did to the same thing between two operations of one thread: changed what it had looked at, or looked
/// at what it had half changed.
fn in_between(story: &Story, labels: &Labels<'_>) -> Option<String> {
    let switches = (0..story.events.len()).rev();
    let switches: Vec<usize> = switches
        .filter(|at| story.events[*at].op == "switch")
        .collect();
    let first = |stale: bool| {
        switches
            .iter()
            .find_map(|at| gap(story, labels, *at, stale))
    };
    first(true).or_else(|| first(false))
}

/// One switch: whether somebody changed what its thread had looked at (`stale`), or looked at what it had changed.
fn gap(story: &Story, labels: &Labels<'_>, from: usize, stale: bool) -> Option<String> {
    let events = &story.events;
    let me = events[from].thread;
    let real = |at: &usize| !events[*at].is_deviation();
    let mine = |at: &usize| events[*at].thread == me && real(at);
    let after = (from + 1..events.len()).find(mine)?;
    let meets = |at: &usize| {
        if stale {
            changes(&events[*at].op)
        } else {
            looks(&events[*at].op)
        }
    };
    let theirs: Vec<usize> = (from..after)
        .filter(|at| !mine(at) && real(at) && meets(at))
        .collect();
    let before = (0..from).rev().filter(mine).take(8).find(|at| {
        let event = &events[*at];
        let own = event.at.as_deref().is_some_and(|at| at.starts_with("src/"));
        let object = event.outcome.object;
        let fits = if stale {
            looks(&event.op)
        } else {
            changes(&event.op)
        };
        let touched = || theirs.iter().any(|at| events[*at].outcome.object == object);
        own && fits && labels.object(object).is_some() && touched()
    })?;
    let object = events[before].outcome.object;
    let others = theirs
        .into_iter()
        .filter(|at| events[*at].outcome.object == object);
    let (name, then) = (labels.thread(me), &events[after]);
    let goes_on = match then.at.as_deref().is_some_and(|at| at.starts_with("src/")) {
        true => format!("goes on with {}", step(labels, story, after)),
        false => "goes on".to_owned(),
    };
    let end = match stale {
        true => format!("So {name} acts on what it saw earlier"),
        false => format!("So what {name} does is seen half done"),
    };
    Some(format!(
        "{name} did {}; before it {goes_on}, {}. {end}.",
        step(labels, story, before),
        done(story, labels, others)
    ))
}

/// `t2 did tokens.load at line 22 and tokens.store at line 23`, for each thread.
fn done(story: &Story, labels: &Labels<'_>, steps: impl Iterator<Item = usize>) -> String {
    let mut of_thread: Vec<(u32, Vec<String>)> = Vec::new();
    for at in steps {
        let thread = story.events[at].thread;
        if of_thread.last().is_none_or(|(last, _)| *last != thread) {
            of_thread.push((thread, Vec::new()));
        }
        let Some((_, done)) = of_thread.last_mut() else {
            continue;
        };
        let one = step(labels, story, at);
        if !done.contains(&one) && done.len() < 3 {
            done.push(one);
        }
    }
    let told = of_thread.iter().take(3);
    let told: Vec<String> = told
        .map(|(thread, done)| format!("{} did {}", labels.thread(*thread), done.join(" and ")))
        .collect();
    told.join(", ")
}

/// `tokens.load at line 22`.
fn step(labels: &Labels<'_>, story: &Story, index: usize) -> String {
    let event = &story.events[index];
    let place = event
        .at
        .as_deref()
        .map(|at| labels.place(at))
        .unwrap_or_default();
    format!("{} at {place}", labels.named_call(event))
}
