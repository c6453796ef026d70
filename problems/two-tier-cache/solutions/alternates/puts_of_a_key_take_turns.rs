#![forbid(unsafe_code)]
//! A put to L2 is made under a lock of its key, in which the announced version is compared. An
//! announcement takes that lock for a moment, after raising the version, and so has seen the last
//! older put. L1 is a list threaded through slots behind a lock of its own; counters are atomics.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    pub version: u64,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierError(pub String);

pub trait SharedCache: Send + Sync {
    fn get(&self, key: &str) -> Result<Option<Versioned>, TierError>;
    fn put(&self, key: &str, item: &Versioned) -> Result<(), TierError>;
}

pub trait Origin: Send + Sync {
    fn load(&self, key: &str) -> Result<Option<Versioned>, TierError>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    pub l1_hits: u64,
    pub l2_hits: u64,
    pub origin_loads: u64,
    pub l2_errors: u64,
}

thread_local! {
    /// How many puts this thread is inside of.
    static INSIDE: Cell<u32> = const { Cell::new(0) };
}

struct Inside;

impl Inside {
    fn enter() -> Self {
        INSIDE.with(|inside| inside.set(inside.get() + 1));
        Inside
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.with(|inside| inside.set(inside.get() - 1));
    }
}

pub struct TwoTierCache {
    ttl: Duration,
    grace: Option<Duration>,
    l2: Arc<dyn SharedCache>,
    origin: Arc<dyn Origin>,
    local: Mutex<Local>,
    /// Changed only under the lock of L1, so that comparing and filling are one step.
    floors: RwLock<HashMap<String, u64>>,
    turns: Mutex<HashMap<String, Arc<Mutex<()>>>>,
    l1_hits: AtomicU64,
    l2_hits: AtomicU64,
    origin_loads: AtomicU64,
    l2_errors: AtomicU64,
    stale_served: AtomicU64,
}

struct Local {
    capacity: usize,
    slot_of: HashMap<Arc<str>, usize>,
    slots: Vec<Slot>,
    free: Vec<usize>,
}

/// Slot 0 is the anchor of the ring.
struct Slot {
    key: Arc<str>,
    item: Versioned,
    since: Instant,
    older: usize,
    newer: usize,
}

impl Slot {
    fn new(key: &str, item: Versioned) -> Self {
        Slot {
            key: key.into(),
            item,
            since: Instant::now(),
            older: 0,
            newer: 0,
        }
    }
}

impl Local {
    fn unlink(&mut self, slot: usize) {
        let (older, newer) = (self.slots[slot].older, self.slots[slot].newer);
        self.slots[older].newer = newer;
        self.slots[newer].older = older;
    }

    fn link(&mut self, slot: usize) {
        let newest = self.slots[0].older;
        self.slots[newest].newer = slot;
        self.slots[slot].older = newest;
        self.slots[slot].newer = 0;
        self.slots[0].older = slot;
    }

    fn find(&self, key: &str) -> Option<&Slot> {
        self.slot_of.get(key).map(|slot| &self.slots[*slot])
    }

    fn clear(&mut self, slot: usize) {
        self.unlink(slot);
        let old = std::mem::replace(&mut self.slots[slot], Slot::new("", nothing()));
        self.slot_of.remove(&old.key);
        self.free.push(slot);
    }

    fn set(&mut self, key: &str, item: &Versioned) {
        if self.capacity == 0 {
            return;
        }
        if let Some(slot) = self.slot_of.get(key).copied() {
            self.clear(slot);
        }
        if self.slot_of.len() >= self.capacity {
            self.clear(self.slots[0].newer);
        }
        let new = Slot::new(key, item.clone());
        let name = Arc::clone(&new.key);
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot] = new;
                slot
            }
            None => {
                self.slots.push(new);
                self.slots.len() - 1
            }
        };
        self.slot_of.insert(name, slot);
        self.link(slot);
    }
}

fn nothing() -> Versioned {
    Versioned {
        version: 0,
        value: String::new(),
    }
}

impl TwoTierCache {
    pub fn new(
        l1_capacity: usize,
        l1_ttl: Duration,
        l2: Arc<dyn SharedCache>,
        origin: Arc<dyn Origin>,
    ) -> Self {
        let local = Local {
            capacity: l1_capacity,
            slot_of: HashMap::new(),
            slots: vec![Slot::new("", nothing())],
            free: Vec::new(),
        };
        Self {
            ttl: l1_ttl,
            grace: None,
            l2,
            origin,
            local: Mutex::new(local),
            floors: RwLock::default(),
            turns: Mutex::default(),
            l1_hits: AtomicU64::new(0),
            l2_hits: AtomicU64::new(0),
            origin_loads: AtomicU64::new(0),
            l2_errors: AtomicU64::new(0),
            stale_served: AtomicU64::new(0),
        }
    }

    pub fn with_stale_if_error(mut self, grace: Duration) -> Self {
        self.grace = Some(grace);
        self
    }

    pub fn stale_served(&self) -> u64 {
        self.stale_served.load(Ordering::SeqCst)
    }

    pub fn stats(&self) -> Stats {
        let read = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        Stats {
            l1_hits: read(&self.l1_hits),
            l2_hits: read(&self.l2_hits),
            origin_loads: read(&self.origin_loads),
            l2_errors: read(&self.l2_errors),
        }
    }

    pub fn get(&self, key: &str) -> Result<Option<String>, TierError> {
        if let Some(value) = self.hit(key) {
            count(&self.l1_hits);
            return Ok(Some(value));
        }
        match self.l2.get(key) {
            Ok(Some(item)) if self.fill(key, &item) => {
                count(&self.l2_hits);
                return Ok(Some(item.value));
            }
            Ok(_) => {}
            Err(_) => count(&self.l2_errors),
        }
        count(&self.origin_loads);
        let item = match self.origin.load(key) {
            Ok(Some(item)) => item,
            Ok(None) => return Ok(None),
            Err(error) => return self.old(key).map(Some).ok_or(error),
        };
        if self.fill(key, &item) {
            self.put(key, &item);
        }
        Ok(Some(item.value))
    }

    pub fn on_invalidate(&self, key: &str, version: u64) {
        let mut local = lock(&self.local);
        let mut floors = self.floors.write().unwrap_or_else(PoisonError::into_inner);
        let floor = floors.entry(key.to_owned()).or_insert(0);
        *floor = version.max(*floor);
        drop(floors);
        if local
            .find(key)
            .is_some_and(|slot| slot.item.version < version)
        {
            let slot = local.slot_of[key];
            local.clear(slot);
        }
        drop(local);
        if INSIDE.with(Cell::get) == 0 {
            let turn = lock(&self.turns).get(key).cloned();
            if let Some(turn) = turn {
                drop(lock(&turn));
            }
        }
    }

    fn hit(&self, key: &str) -> Option<String> {
        let mut local = lock(&self.local);
        let slot = *local.slot_of.get(key)?;
        if local.slots[slot].since.elapsed() >= self.ttl {
            return None;
        }
        local.unlink(slot);
        local.link(slot);
        Some(local.slots[slot].item.value.clone())
    }

    fn old(&self, key: &str) -> Option<String> {
        let local = lock(&self.local);
        let slot = local.find(key)?;
        let limit = self.ttl.checked_add(self.grace?);
        if limit.is_some_and(|limit| slot.since.elapsed() >= limit) {
            return None;
        }
        count(&self.stale_served);
        Some(slot.item.value.clone())
    }

    fn is_announced_newer(&self, key: &str, version: u64) -> bool {
        let floors = self.floors.read().unwrap_or_else(PoisonError::into_inner);
        floors.get(key).is_some_and(|floor| version < *floor)
    }

    /// False if a newer version was announced.
    fn fill(&self, key: &str, item: &Versioned) -> bool {
        let mut local = lock(&self.local);
        if self.is_announced_newer(key, item.version) {
            return false;
        }
        let keeps = local.find(key).is_some_and(|slot| {
            slot.item.version > item.version && slot.since.elapsed() < self.ttl
        });
        if !keeps {
            local.set(key, item);
        }
        true
    }

    fn put(&self, key: &str, item: &Versioned) {
        let turn = {
            let mut turns = lock(&self.turns);
            let turn = turns.entry(key.to_owned()).or_default();
            Arc::clone(turn)
        };
        let turn = Turn(self, key, Some(turn));
        let Some(own) = &turn.2 else { return };
        let _held = lock(own);
        if self.is_announced_newer(key, item.version) {
            return;
        }
        let _inside = Inside::enter();
        if self.l2.put(key, item).is_err() {
            count(&self.l2_errors);
        }
    }
}

/// Takes the lock of a key away when its last user goes.
struct Turn<'a>(&'a TwoTierCache, &'a str, Option<Arc<Mutex<()>>>);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut turns = lock(&self.0.turns);
        self.2 = None;
        if turns
            .get(self.1)
            .is_some_and(|turn| Arc::strong_count(turn) == 1)
        {
            turns.remove(self.1);
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::SeqCst);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
