#![forbid(unsafe_code)]
//! Everything that happens is written to a journal while tickets are open. A ticket is a place in it,
//! and a fill reads what was written since. Entries live in a hash map, their keys in an ordered set.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

enum Event {
    Key(Box<str>),
    Tag(Box<str>),
    Prefix(Box<str>),
    /// A fill that began at this place was stored for this key.
    Stored(Box<str>, u64),
}

#[derive(Default)]
struct Journal {
    events: VecDeque<Event>,
    /// The place of the first event.
    first: u64,
    /// For each event, and for the place after the last, how many open tickets start there.
    readers: VecDeque<u32>,
}

impl Journal {
    fn end(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    fn write(&mut self, event: Event) {
        self.events.push_back(event);
        self.readers.resize(self.events.len() + 1, 0);
        self.forget();
    }

    fn open(&mut self) -> u64 {
        self.readers.resize(self.events.len() + 1, 0);
        if let Some(last) = self.readers.back_mut() {
            *last += 1;
        }
        self.end()
    }

    fn close(&mut self, place: u64) {
        self.readers[(place - self.first) as usize] -= 1;
        self.forget();
    }

    fn forget(&mut self) {
        while !self.events.is_empty() && self.readers.front() == Some(&0) {
            self.events.pop_front();
            self.readers.pop_front();
            self.first += 1;
        }
    }
}

#[derive(Default)]
struct Shelf {
    journal: Journal,
    slots: HashMap<Arc<str>, Slot>,
    keys: BTreeSet<Arc<str>>,
    tags: HashMap<Box<str>, BTreeSet<Arc<str>>>,
}

struct Slot {
    value: Arc<str>,
    tags: Vec<Box<str>>,
}

pub struct FillTicket {
    shelf: Arc<Mutex<Shelf>>,
    key: Box<str>,
    place: u64,
    /// Fills in the order in which they began.
    number: u64,
}

pub struct TagCache {
    shelf: Arc<Mutex<Shelf>>,
    begun: AtomicU64,
}

fn lock(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shelf {
    fn clear(&mut self, key: &str) {
        let Some(slot) = self.slots.remove(key) else {
            return;
        };
        self.keys.remove(key);
        for tag in slot.tags {
            let Some(keys) = self.tags.get_mut(&tag) else {
                continue;
            };
            keys.remove(key);
            if keys.is_empty() {
                self.tags.remove(&tag);
            }
        }
    }
}

impl TagCache {
    pub fn new() -> Self {
        Self {
            shelf: Arc::default(),
            begun: AtomicU64::new(1),
        }
    }

    pub fn get(&self, key: &str) -> Option<String> {
        let value = Arc::clone(&lock(&self.shelf).slots.get(key)?.value);
        Some(value.to_string())
    }

    pub fn begin_fill(&self, key: &str) -> FillTicket {
        let mut shelf = lock(&self.shelf);
        FillTicket {
            shelf: Arc::clone(&self.shelf),
            key: key.into(),
            place: shelf.journal.open(),
            number: self.begun.fetch_add(1, Ordering::Relaxed),
        }
    }

    pub fn complete_fill(&self, ticket: FillTicket, value: String, tags: &[&str]) -> bool {
        let mut shelf = lock(&self.shelf);
        let since = (ticket.place - shelf.journal.first) as usize;
        let refused = shelf
            .journal
            .events
            .range(since..)
            .any(|event| match event {
                Event::Key(key) => *key == ticket.key,
                Event::Tag(tag) => tags.contains(&&**tag),
                Event::Prefix(prefix) => ticket.key.starts_with(&**prefix),
                Event::Stored(key, number) => *key == ticket.key && *number > ticket.number,
            });
        if !refused {
            shelf.clear(&ticket.key);
            let key: Arc<str> = Arc::from(&*ticket.key);
            let mut own: Vec<Box<str>> = tags.iter().map(|tag| Box::from(*tag)).collect();
            own.sort();
            own.dedup();
            for tag in &own {
                let keys = shelf.tags.entry(tag.clone()).or_default();
                keys.insert(Arc::clone(&key));
            }
            shelf.keys.insert(Arc::clone(&key));
            let slot = Slot {
                value: value.into(),
                tags: own,
            };
            shelf.slots.insert(key, slot);
            let stored = Event::Stored(ticket.key.clone(), ticket.number);
            shelf.journal.write(stored);
        }
        drop(shelf);
        !refused
    }

    pub fn invalidate_key(&self, key: &str) {
        let mut shelf = lock(&self.shelf);
        shelf.journal.write(Event::Key(key.into()));
        shelf.clear(key);
    }

    pub fn invalidate_tag(&self, tag: &str) {
        let mut shelf = lock(&self.shelf);
        shelf.journal.write(Event::Tag(tag.into()));
        for key in shelf.tags.remove(tag).into_iter().flatten() {
            shelf.clear(&key);
        }
    }

    pub fn invalidate_prefix(&self, prefix: &str) {
        let mut shelf = lock(&self.shelf);
        shelf.journal.write(Event::Prefix(prefix.into()));
        loop {
            let from = std::ops::Bound::Included(prefix);
            let mut rest = shelf
                .keys
                .range::<str, _>((from, std::ops::Bound::Unbounded));
            match rest.next() {
                Some(key) if key.starts_with(prefix) => {
                    let key = Arc::clone(key);
                    shelf.clear(&key);
                }
                _ => return,
            }
        }
    }

    pub fn len(&self) -> usize {
        lock(&self.shelf).slots.len()
    }
}

impl Drop for FillTicket {
    fn drop(&mut self) {
        lock(&self.shelf).journal.close(self.place);
    }
}
