#![forbid(unsafe_code)]
//! Written from the statement alone. There is no clock: every invalidation tells the tickets that are
//! open, and every ticket keeps what it was told. Cache and tickets share one lock.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, RwLockReadGuard, RwLockWriteGuard};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, Weak};

#[derive(Default)]
struct Heard {
    tags: HashSet<String>,
    too_late: bool,
}

pub struct FillTicket {
    desk: Weak<RwLock<Desk>>,
    key: String,
    id: usize,
}

#[derive(Default)]
struct Desk {
    pages: BTreeMap<String, (String, HashSet<String>)>,
    by_tag: HashMap<String, HashSet<String>>,
    /// Open tickets by key, in the order in which they began.
    open: BTreeMap<(String, usize), Mutex<Heard>>,
    next: usize,
}

pub struct TagCache(Arc<RwLock<Desk>>);

fn heard(of: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    fn throw_out(&mut self, key: &str) {
        if let Some((_, tags)) = self.pages.remove(key) {
            for tag in tags {
                if let Some(keys) = self.by_tag.get_mut(&tag) {
                    keys.remove(key);
                    if keys.is_empty() {
                        self.by_tag.remove(&tag);
                    }
                }
            }
        }
    }

    fn too_late<'a>(&'a self, from: &str, matches: impl Fn(&str) -> bool + 'a) {
        let from = (from.to_owned(), 0);
        for ((key, _), ticket) in self.open.range(from..) {
            if !matches(key) {
                break;
            }
            heard(ticket).too_late = true;
        }
    }
}

impl TagCache {
    pub fn new() -> Self {
        TagCache(Arc::default())
    }

    fn read(&self) -> RwLockReadGuard<'_, Desk> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Desk> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn get(&self, key: &str) -> Option<String> {
        self.read().pages.get(key).map(|(page, _)| page.to_owned())
    }

    pub fn begin_fill(&self, key: &str) -> FillTicket {
        let mut desk = self.write();
        let id = desk.next;
        desk.next += 1;
        desk.open.insert((key.to_owned(), id), Mutex::default());
        FillTicket {
            desk: Arc::downgrade(&self.0),
            key: key.to_owned(),
            id,
        }
    }

    pub fn complete_fill(&self, mut ticket: FillTicket, value: String, tags: &[&str]) -> bool {
        // Its destructor must not meet the lock.
        ticket.desk = Weak::new();
        let mut desk = self.write();
        let own = (ticket.key.clone(), ticket.id);
        let Some(told) = desk.open.remove(&own) else {
            return false;
        };
        let told = told.into_inner().unwrap_or_else(PoisonError::into_inner);
        if told.too_late || tags.iter().any(|tag| told.tags.contains(*tag)) {
            return false;
        }
        // Those who began before this one come too late from now on.
        for (_, earlier) in desk.open.range((ticket.key.clone(), 0)..own) {
            heard(earlier).too_late = true;
        }
        desk.throw_out(&ticket.key);
        let tags: HashSet<String> = tags.iter().map(|tag| tag.to_string()).collect();
        for tag in &tags {
            let keys = desk.by_tag.entry(tag.clone()).or_default();
            keys.insert(ticket.key.clone());
        }
        desk.pages.insert(ticket.key.clone(), (value, tags));
        true
    }

    pub fn invalidate_key(&self, key: &str) {
        let mut desk = self.write();
        desk.too_late(key, |other| other == key);
        desk.throw_out(key);
    }

    pub fn invalidate_tag(&self, tag: &str) {
        let mut desk = self.write();
        for ticket in desk.open.values() {
            heard(ticket).tags.insert(tag.to_owned());
        }
        let keys = desk.by_tag.remove(tag);
        for key in keys.into_iter().flatten() {
            desk.throw_out(&key);
        }
    }

    pub fn invalidate_prefix(&self, prefix: &str) {
        let mut desk = self.write();
        desk.too_late(prefix, |other| other.starts_with(prefix));
        let after = desk.pages.range(prefix.to_owned()..);
        let keys: Vec<String> = after
            .map(|(key, _)| key.clone())
            .take_while(|key| key.starts_with(prefix))
            .collect();
        keys.iter().for_each(|key| desk.throw_out(key));
    }

    pub fn len(&self) -> usize {
        self.read().pages.len()
    }
}

impl Drop for FillTicket {
    fn drop(&mut self) {
        if let Some(desk) = self.desk.upgrade() {
            let mut desk = desk.write().unwrap_or_else(PoisonError::into_inner);
            desk.open.remove(&(std::mem::take(&mut self.key), self.id));
        }
    }
}
