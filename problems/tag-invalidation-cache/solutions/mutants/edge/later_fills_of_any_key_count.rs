//! Flaw: A fill is refused if a later one was stored for whatever key.
#![forbid(unsafe_code)]
//! Begun fills and invalidations take numbers from one clock. As long as a ticket is open, the cache
//! remembers what happened to names since then; a fill looks that up under the lock that stores it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The right to fill one key with what is read from the sources after `begin_fill`.
pub struct FillTicket {
    shared: Arc<Mutex<State>>,
    key: String,
    number: u64,
}

/// Values by key, each with tags, shared by reference among threads.
pub struct TagCache {
    shared: Arc<Mutex<State>>,
}

type Name = Arc<str>;

#[derive(Default)]
struct State {
    clock: u64,
    entries: BTreeMap<Name, Entry>,
    /// The keys of the entries that have a tag.
    dependents: HashMap<Name, HashSet<Name>>,
    /// The numbers of the tickets that are open.
    open: BTreeSet<u64>,
    memory: Memory,
}

struct Entry {
    value: String,
    tags: Vec<Name>,
}

/// What happened to names, as long as there is a ticket that is older.
#[derive(Default)]
struct Memory {
    notes: [HashMap<Name, Note>; 4],
    /// The notes by their times.
    order: BTreeMap<u64, (Kind, Name)>,
}

#[derive(Clone, Copy)]
enum Kind {
    KeyInvalidated,
    TagInvalidated,
    PrefixInvalidated,
    /// A fill of the key was stored; its number counts, not the time at which that happened.
    Stored,
}

struct Note {
    time: u64,
    number: u64,
}

impl TagCache {
    /// An empty cache.
    pub fn new() -> Self {
        TagCache {
            shared: Arc::default(),
        }
    }

    /// The value of the key, if it was filled and not invalidated since.
    pub fn get(&self, key: &str) -> Option<String> {
        let state = lock(&self.shared);
        state.entries.get(key).map(|entry| entry.value.clone())
    }

    /// Call before reading the source data.
    pub fn begin_fill(&self, key: &str) -> FillTicket {
        let mut state = lock(&self.shared);
        let number = state.tick();
        state.open.insert(number);
        FillTicket {
            shared: Arc::clone(&self.shared),
            key: key.to_owned(),
            number,
        }
    }

    /// Stores the value with its tags, unless it may be stale; true if stored.
    pub fn complete_fill(&self, ticket: FillTicket, value: String, tags: &[&str]) -> bool {
        let mut state = lock(&self.shared);
        let is_fresh = state.is_fresh(&ticket, tags);
        if is_fresh {
            state.store(&ticket.key, value, tags);
            state.note(Kind::Stored, "", ticket.number);
        }
        drop(state);
        drop(ticket);
        is_fresh
    }

    /// Removes the entry of the key.
    pub fn invalidate_key(&self, key: &str) {
        let mut state = lock(&self.shared);
        let now = state.tick();
        state.note(Kind::KeyInvalidated, key, now);
        state.remove(key);
    }

    /// Removes all entries with the tag.
    pub fn invalidate_tag(&self, tag: &str) {
        let mut state = lock(&self.shared);
        let now = state.tick();
        state.note(Kind::TagInvalidated, tag, now);
        for key in state.dependents.remove(tag).unwrap_or_default() {
            state.remove(&key);
        }
    }

    /// Removes all entries whose key begins with `prefix`.
    pub fn invalidate_prefix(&self, prefix: &str) {
        let mut state = lock(&self.shared);
        let now = state.tick();
        state.note(Kind::PrefixInvalidated, prefix, now);
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let keys = state.entries.range::<str, _>(from).map(|(key, _)| key);
        let matching = keys.take_while(|key| key.starts_with(prefix));
        for key in matching.cloned().collect::<Vec<_>>() {
            state.remove(&key);
        }
    }

    /// Entries currently readable.
    pub fn len(&self) -> usize {
        lock(&self.shared).entries.len()
    }
}

impl State {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// Whether nothing has happened since the ticket that makes its fill stale.
    fn is_fresh(&self, ticket: &FillTicket, tags: &[&str]) -> bool {
        let is_older = |kind, name: &str| self.memory.number(kind, name) > ticket.number;
        let key = ticket.key.as_str();
        let ends = key.char_indices().map(|(end, _)| end).chain([key.len()]);
        let mut prefixes = ends.map(|end| &key[..end]);
        !is_older(Kind::KeyInvalidated, key)
            && !is_older(Kind::Stored, "")
            && !tags.iter().any(|tag| is_older(Kind::TagInvalidated, tag))
            && !prefixes.any(|prefix| is_older(Kind::PrefixInvalidated, prefix))
    }

    fn store(&mut self, key: &str, value: String, tags: &[&str]) {
        self.remove(key);
        let key: Name = key.into();
        let mut own = Vec::with_capacity(tags.len());
        for &tag in tags {
            let tag = match self.dependents.get_key_value(tag) {
                Some((tag, _)) => Arc::clone(tag),
                None => tag.into(),
            };
            let dependents = self.dependents.entry(Arc::clone(&tag)).or_default();
            if dependents.insert(Arc::clone(&key)) {
                own.push(tag);
            }
        }
        self.entries.insert(key, Entry { value, tags: own });
    }

    /// Removes an entry, and itself from its tags.
    fn remove(&mut self, key: &str) {
        let Some(entry) = self.entries.remove(key) else {
            return;
        };
        for tag in entry.tags {
            if let Some(dependents) = self.dependents.get_mut(&tag) {
                dependents.remove(key);
                if dependents.is_empty() {
                    self.dependents.remove(&tag);
                }
            }
        }
    }

    /// Remembers what happened to a name, if there is a ticket to which it matters.
    fn note(&mut self, kind: Kind, name: &str, number: u64) {
        if self.open.is_empty() {
            return;
        }
        let time = self.tick();
        self.memory.set(kind, name.into(), Note { time, number });
    }

    fn close(&mut self, number: u64) {
        self.open.remove(&number);
        let oldest = self.open.first().copied().unwrap_or(u64::MAX);
        self.memory.forget_before(oldest);
    }
}

impl Memory {
    /// The number in the note for the name; 0 without one.
    fn number(&self, kind: Kind, name: &str) -> u64 {
        let note = self.notes[kind as usize].get(name);
        note.map_or(0, |note| note.number)
    }

    fn set(&mut self, kind: Kind, name: Name, note: Note) {
        self.order.insert(note.time, (kind, Arc::clone(&name)));
        if let Some(old) = self.notes[kind as usize].insert(name, note) {
            self.order.remove(&old.time);
        }
    }

    fn forget_before(&mut self, time: u64) {
        while let Some(first) = self.order.first_entry() {
            if *first.key() > time {
                break;
            }
            let (kind, name) = first.remove();
            self.notes[kind as usize].remove(&name);
        }
    }
}

impl Drop for FillTicket {
    fn drop(&mut self) {
        lock(&self.shared).close(self.number);
    }
}

fn lock(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
