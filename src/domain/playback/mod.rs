//! A story step by step: where every thread is after a step, what it holds and what it waits for.
//!
//! In: a [`Story`]. Out: a [`Moment`] for any of its events. All of it is computed from the events before, so that a screen
//! can go back as well as forward.

use serde::Serialize;

use super::verdict::{Event, Story};

/// All threads right after an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// In the order of their numbers.
    pub threads: Vec<ThreadAt>,
    /// Virtual nanoseconds since the check began.
    pub virtual_ns: u64,
}

/// One thread at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ThreadAt {
    /// 0 is the body of the check.
    pub id: u32,
    /// Whether it can go on.
    pub state: ThreadState,
    /// `file:line` of its last operation.
    pub at: Option<String>,
    /// The locks it has, the oldest first.
    pub holds: Vec<Hold>,
}

/// Whether a thread can go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreadState {
    /// Nobody has started it yet.
    NotStarted,
    /// It could run, but another one does.
    Ready,
    /// It did the step.
    Running,
    /// It waits.
    Waits(Wait),
    /// It is over.
    Finished,
}

/// What a thread waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// The operation it is in.
    pub op: String,
    /// Number of the primitive.
    pub object: Option<u32>,
    /// The step at which it began.
    pub since_step: u64,
    /// The thread whose end it waits for.
    pub joins: Option<u32>,
    /// Who holds the lock that it waits for.
    pub owners: Vec<u32>,
    /// When the wait ends by itself, in virtual nanoseconds.
    pub until_ns: Option<u64>,
}

/// A lock that a thread has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// Number of the lock.
    pub object: u32,
    /// `file:line` where it was taken.
    pub at: Option<String>,
    /// The step at which it was taken.
    pub step: u64,
}

/// A thread while the events are gone through.
#[derive(Default)]
struct Track {
    started: bool,
    finished: bool,
    at: Option<String>,
    holds: Vec<Hold>,
    wait: Option<Wait>,
    /// Somebody let it go on, and it has not run since.
    woken: bool,
}

impl Event {
    /// Whether the order of threads, or another free choice, is not the plain one here. No operation happened then.
    pub fn is_deviation(&self) -> bool {
        let words = [
            "switch",
            "choice",
            "spurious wake-up",
            "spurious failure",
            "late",
        ];
        words.contains(&self.op.as_str())
    }

    /// Whether its thread waits after it.
    pub fn waits(&self) -> bool {
        self.note.as_deref() == Some("waits")
    }

    /// Whether it starts another thread.
    pub fn starts_thread(&self) -> bool {
        self.op.ends_with("spawn") || self.op.ends_with("spawn_scoped")
    }
}

impl Story {
    /// Everything right after the event of that index; before anything happened if there is none.
    pub fn moment(&self, index: usize) -> Moment {
        let shown = self.events.get(..=index).unwrap_or(&self.events);
        let most = shown.iter().map(|event| event.thread as usize + 1).max();
        let count = self.threads.len().max(most.unwrap_or(0));
        let mut tracks: Vec<Track> = (0..count).map(|_| Track::default()).collect();
        // Without the begin of the story nobody knows who was started when.
        let whole = self.spawns() + 1 >= self.threads.len();
        for (id, track) in tracks.iter_mut().enumerate() {
            track.started = id == 0 || !whole;
        }
        let mut spawned = 0;
        for event in shown {
            spawned += usize::from(event.starts_thread());
            if let Some(track) = tracks.get_mut(spawned) {
                track.started = true;
            }
            apply(&mut tracks, event);
        }
        let now = shown.last().map_or(0, |event| event.virtual_ns);
        let running = shown.last().filter(|event| !event.is_deviation());
        let running = running.map(|event| event.thread as usize);
        let threads = (0..count).map(|id| thread_at(&tracks, id, running, now));
        let mut threads: Vec<ThreadAt> = threads.collect();
        if shown.len() == self.events.len() {
            threads
                .iter_mut()
                .for_each(|thread| self.set_straight(thread));
        }
        Moment {
            threads,
            virtual_ns: now,
        }
    }

    /// What the engine says about the end wins: it knows also what long stories and those of an older kit leave out.
    fn set_straight(&self, thread: &mut ThreadAt) {
        let Some(lane) = self.threads.iter().find(|lane| lane.id == thread.id) else {
            return;
        };
        let waits = matches!(thread.state, ThreadState::Waits(_));
        match lane.since_step {
            _ if lane.state == "finished" => thread.state = ThreadState::Finished,
            Some(step) if !waits => {
                let op = lane.state.trim_start_matches("waits for ");
                thread.state = ThreadState::Waits(Wait {
                    op: op.to_owned(),
                    object: None,
                    since_step: step,
                    joins: op.strip_prefix("thread t").and_then(|id| id.parse().ok()),
                    owners: Vec::new(),
                    until_ns: None,
                });
            }
            _ => {}
        }
        if thread.at.is_none() {
            thread.at.clone_from(&lane.at);
        }
    }

    fn spawns(&self) -> usize {
        self.events
            .iter()
            .filter(|event| event.starts_thread())
            .count()
    }

    /// The next event after `index` where the order is not the plain one; in a story of the plain order, where another
    /// thread goes on.
    pub fn next_turn(&self, index: usize) -> Option<usize> {
        (index + 1..self.events.len()).find(|at| self.is_turn(*at))
    }

    /// The one before `index`.
    pub fn previous_turn(&self, index: usize) -> Option<usize> {
        (0..index.min(self.events.len()))
            .rev()
            .find(|at| self.is_turn(*at))
    }

    fn is_turn(&self, index: usize) -> bool {
        let event = &self.events[index];
        if self.events.iter().any(Event::is_deviation) {
            return event.is_deviation();
        }
        index > 0 && self.events[index - 1].thread != event.thread
    }

    /// How many events this story and another one begin with in common.
    pub fn common_with(&self, other: &Story) -> usize {
        let pairs = self.events.iter().zip(&other.events);
        pairs
            .take_while(|(one, two)| {
                (one.thread, &one.op, &one.at) == (two.thread, &two.op, &two.at)
            })
            .count()
    }
}

fn apply(tracks: &mut [Track], event: &Event) {
    if event.is_deviation() {
        return;
    }
    let me = event.thread as usize;
    if let Some(object) = event.outcome.let_go {
        let others = (0..tracks.len()).filter(|id| *id != me);
        for id in std::iter::once(me).chain(others) {
            let holds = &mut tracks[id].holds;
            if let Some(at) = holds.iter().rposition(|hold| hold.object == object) {
                holds.remove(at);
                break;
            }
        }
    }
    let since = tracks[me]
        .wait
        .take()
        .map(|wait| (wait.object, wait.since_step));
    let outcome = &event.outcome;
    let track = &mut tracks[me];
    track.started = true;
    track.woken = false;
    track.at.clone_from(&event.at);
    track.finished = event.op == "ends";
    track.wait = event.waits().then(|| Wait {
        op: event.op.clone(),
        object: outcome.object,
        since_step: match since {
            // A lock that somebody else got first is still the same wait.
            Some((object, step)) if object == outcome.object && outcome.joins.is_none() => step,
            _ => event.step,
        },
        joins: outcome.joins,
        owners: Vec::new(),
        until_ns: outcome.until_ns,
    });
    if let Some(object) = outcome.took {
        tracks[me].holds.push(Hold {
            object,
            at: event.at.clone(),
            step: event.step,
        });
        // Whoever was let go on for this lock is too late.
        for track in tracks.iter_mut() {
            track.woken &= track
                .wait
                .as_ref()
                .is_none_or(|wait| wait.object != Some(object));
        }
    }
    for id in &outcome.woke {
        if let Some(track) = tracks.get_mut(*id as usize) {
            track.woken = true;
        }
    }
}

fn thread_at(tracks: &[Track], id: usize, running: Option<usize>, now: u64) -> ThreadAt {
    let track = &tracks[id];
    let owners = |object: u32| {
        let holds = |track: &Track| track.holds.iter().any(|hold| hold.object == object);
        (0..)
            .zip(tracks)
            .filter(move |(_, track)| holds(track))
            .map(|(id, _)| id)
            .collect()
    };
    let over = |wait: &Wait| wait.until_ns.is_some_and(|until| until <= now);
    let state = match &track.wait {
        _ if track.finished => ThreadState::Finished,
        _ if !track.started => ThreadState::NotStarted,
        Some(wait) if !track.woken && !over(wait) => ThreadState::Waits(Wait {
            owners: wait.object.map(owners).unwrap_or_default(),
            ..wait.clone()
        }),
        None if running == Some(id) => ThreadState::Running,
        _ => ThreadState::Ready,
    };
    ThreadAt {
        id: u32::try_from(id).unwrap_or(u32::MAX),
        state,
        at: track.at.clone(),
        holds: track.holds.clone(),
    }
}

#[cfg(test)]
mod tests;
