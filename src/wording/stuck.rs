//! Why threads that stand still cannot go on: a ring, a signal that went astray, an owner that is gone.

use super::labels::Labels;
use crate::domain::{
    playback::{Moment, ThreadAt, ThreadState, Wait},
    verdict::Story,
};

/// The reason in a sentence or two; none if nothing of the kind is seen.
pub(super) fn stuck(story: &Story, labels: &Labels<'_>) -> Option<String> {
    let moment = story.moment(story.events.len().saturating_sub(1));
    ring(&moment, labels)
        .or_else(|| unsignalled(story, &moment, labels))
        .or_else(|| left_behind(&moment, labels))
}

fn wait_of(thread: &ThreadAt) -> Option<&Wait> {
    match &thread.state {
        ThreadState::Waits(wait) => Some(wait),
        _ => None,
    }
}

/// Threads that wait for each other in a ring.
fn ring(moment: &Moment, labels: &Labels<'_>) -> Option<String> {
    let next = |id: u32| -> Option<u32> {
        let wait = wait_of(moment.threads.get(id as usize)?)?;
        let own = wait.owners.iter().find(|owner| **owner == id);
        own.or(wait.owners.first()).copied().or(wait.joins)
    };
    let rings = moment.threads.iter().filter_map(|thread| {
        let mut path = vec![thread.id];
        while let Some(after) = next(*path.last()?) {
            if after == thread.id {
                return Some(path);
            }
            if path.contains(&after) {
                return None;
            }
            path.push(after);
        }
        None
    });
    let ring = rings.min_by_key(Vec::len)?;
    let links: Vec<String> = ring
        .iter()
        .filter_map(|id| link(moment, *id, next(*id)?, labels))
        .collect();
    if let [alone] = links.as_slice() {
        return Some(format!("{alone}: it waits for itself."));
    }
    let who = if ring.len() == 2 {
        "Neither"
    } else {
        "None of them"
    };
    Some(format!("{}. {who} can go on.", links.join("; ")))
}

/// `t1 waits at line 24 for order, which t2 took at line 31`.
fn link(moment: &Moment, id: u32, other: u32, labels: &Labels<'_>) -> Option<String> {
    let thread = moment.threads.get(id as usize)?;
    let wait = wait_of(thread)?;
    let head = format!("{} waits{}", labels.thread(id), at(thread, labels));
    if wait.joins == Some(other) {
        return Some(format!("{head} for {} to end", labels.thread(other)));
    }
    let what = labels.object(wait.object).unwrap_or("a lock");
    let holder = moment.threads.get(other as usize)?;
    let hold = holder
        .holds
        .iter()
        .find(|hold| Some(hold.object) == wait.object);
    let place = hold.and_then(|hold| hold.at.as_deref());
    let place = place
        .map(|at| format!(" at {}", labels.place(at)))
        .unwrap_or_default();
    let owner = if other == id {
        "it".to_owned()
    } else {
        labels.thread(other)
    };
    Some(format!("{head} for {what}, which {owner} took{place}"))
}

fn at(thread: &ThreadAt, labels: &Labels<'_>) -> String {
    let place = thread.at.as_deref().map(|at| labels.place(at));
    place
        .map(|place| format!(" at {place}"))
        .unwrap_or_default()
}

/// Threads that wait for a signal which came too early, went to another one, or never was given.
fn unsignalled(story: &Story, moment: &Moment, labels: &Labels<'_>) -> Option<String> {
    let stuck = moment.threads.iter().filter(|thread| {
        wait_of(thread).is_some_and(|wait| {
            wait.joins.is_none() && wait.owners.is_empty() && wait.until_ns.is_none()
        })
    });
    let stuck: Vec<&ThreadAt> = stuck.collect();
    let missed = |passed_by: bool| {
        stuck
            .iter()
            .find_map(|thread| missed_signal(story, thread, labels, passed_by))
    };
    // One whom a signal passed by explains more than one who came too late for it.
    missed(true).or_else(|| missed(false)).or_else(|| {
        let waits = stuck.iter().filter_map(|thread| {
            let wait = wait_of(thread)?;
            let place = at(thread, labels);
            let what = waited_for(wait, labels);
            Some(format!(
                "{} waits{place} {what} since step {}",
                labels.thread(thread.id),
                wait.since_step
            ))
        });
        let waits: Vec<String> = waits.take(3).collect();
        let what = match stuck
            .iter()
            .any(|thread| wait_of(thread).is_some_and(|wait| wait.op.starts_with("Receiver")))
        {
            true => "Nobody is left who sends, but a Sender still lives, so the wait never ends",
            false => "Nobody is left who could end that",
        };
        (!waits.is_empty()).then(|| format!("{}. {what}.", waits.join(", and ")))
    })
}

fn waited_for(wait: &Wait, labels: &Labels<'_>) -> String {
    let noun = wait.op.split("::").next().unwrap_or(&wait.op);
    let what = labels.object(wait.object).unwrap_or(noun);
    match noun {
        _ if wait.op.contains("park") => "to be unparked".to_owned(),
        "Receiver" => format!("for a message from {what}"),
        "SyncSender" | "Sender" => format!("for room in {what}"),
        _ => format!("for {what}"),
    }
}

/// The last signal that a thread would have needed: one that came while it waited and woke another one, or one that came
/// before it waited.
fn missed_signal(
    story: &Story,
    thread: &ThreadAt,
    labels: &Labels<'_>,
    passed_by: bool,
) -> Option<String> {
    let wait = wait_of(thread)?;
    let event = story.events.iter().rev().find(|event| {
        let verb = ["notify", "unpark"]
            .iter()
            .any(|verb| event.op.contains(verb));
        let same = event.outcome.object == wait.object && wait.object.is_some();
        verb && same && event.thread != thread.id && !event.is_deviation()
    })?;
    let head = format!(
        "{} waits{} {} since step {}",
        labels.thread(thread.id),
        at(thread, labels),
        waited_for(wait, labels),
        wait.since_step
    );
    let place = event
        .at
        .as_deref()
        .map(|at| format!(" at {}", labels.place(at)));
    let told = format!(
        "The last {}, by {}{} (step {}),",
        event.op.split("::").nth(1).unwrap_or(&event.op),
        labels.thread(event.thread),
        place.unwrap_or_default(),
        event.step
    );
    let woke: Vec<u32> = event
        .outcome
        .woke
        .iter()
        .copied()
        .filter(|id| *id != thread.id)
        .collect();
    let came_before = event.step < wait.since_step;
    match (passed_by, came_before) {
        (true, false) if !woke.is_empty() => Some(format!(
            "{head}. {told} woke {} instead; nobody is left to do it again.",
            labels.threads(&woke)
        )),
        (true, _) => None,
        (false, true) => Some(format!(
            "{head}. {told} came before that and is lost; nobody is left to do it again."
        )),
        (false, false) => Some(format!(
            "{head}. {told} did not reach it; nobody is left to do it again."
        )),
    }
}

/// A thread that waits for a lock whose owner has ended, or waits itself for something else.
fn left_behind(moment: &Moment, labels: &Labels<'_>) -> Option<String> {
    let (thread, owner) = moment.threads.iter().find_map(|thread| {
        let owner = wait_of(thread)?.owners.first()?;
        Some((thread, *owner))
    })?;
    let link = link(moment, thread.id, owner, labels)?;
    let state = match moment.threads.get(owner as usize).map(|owner| &owner.state) {
        Some(ThreadState::Finished) => "ended without giving it back",
        _ => "cannot go on either",
    };
    Some(format!("{link}; {} {state}.", labels.thread(owner)))
}
