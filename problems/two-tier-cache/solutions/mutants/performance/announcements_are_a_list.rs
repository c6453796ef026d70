//! Flaw: Announced versions are searched for in a list.
#![forbid(unsafe_code)]
//! One lock around the local cache, the announced versions and the books of puts under way, never
//! held across a call to a tier.
//!
//! A value is compared with the announced version, goes into L1 and has its put entered in the books
//! in one critical section. An announcement removes what is in L1 and waits for older puts.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// A value and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    pub version: u64,
    pub value: String,
}

/// Why a tier could not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierError(pub String);

/// The cache that all nodes share.
pub trait SharedCache: Send + Sync {
    fn get(&self, key: &str) -> Result<Option<Versioned>, TierError>;
    fn put(&self, key: &str, item: &Versioned) -> Result<(), TierError>;
}

/// Where the data comes from.
pub trait Origin: Send + Sync {
    fn load(&self, key: &str) -> Result<Option<Versioned>, TierError>;
}

/// What has happened so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    pub l1_hits: u64,
    pub l2_hits: u64,
    pub origin_loads: u64,
    pub l2_errors: u64,
}

/// A bounded local cache before the two tiers.
pub struct TwoTierCache {
    capacity: usize,
    ttl: Duration,
    grace: Duration,
    l2: Arc<dyn SharedCache>,
    origin: Arc<dyn Origin>,
    state: Mutex<State>,
    /// Told whenever a put has ended.
    put_ended: Condvar,
}

type Key = Arc<str>;

struct State {
    entries: HashMap<Key, Entry>,
    /// The keys by their last use, oldest first.
    order: BTreeMap<u64, Key>,
    clock: u64,
    /// The highest version announced.
    floors: Vec<(Key, u64)>,
    puts: Vec<Put>,
    stats: Stats,
    stale_served: u64,
}

struct Entry {
    item: Versioned,
    since: Instant,
    used: u64,
}

/// A put to L2 that is decided or under way.
struct Put {
    number: u64,
    thread: ThreadId,
    key: Key,
    version: u64,
}

impl TwoTierCache {
    /// A cache with an empty L1.
    pub fn new(
        l1_capacity: usize,
        l1_ttl: Duration,
        l2: Arc<dyn SharedCache>,
        origin: Arc<dyn Origin>,
    ) -> Self {
        TwoTierCache {
            capacity: l1_capacity,
            ttl: l1_ttl,
            grace: Duration::ZERO,
            l2,
            origin,
            state: Mutex::new(State::new()),
            put_ended: Condvar::new(),
        }
    }

    /// Serves old values when the origin is down.
    pub fn with_stale_if_error(self, grace: Duration) -> Self {
        TwoTierCache { grace, ..self }
    }

    /// How many gets returned an expired value because the origin reported an error.
    pub fn stale_served(&self) -> u64 {
        self.lock().stale_served
    }

    /// The value of L1, else of L2, else of the origin.
    pub fn get(&self, key: &str) -> Result<Option<String>, TierError> {
        let mut state = self.lock();
        if let Some(value) = state.younger(key, self.ttl) {
            state.touch(key);
            state.stats.l1_hits += 1;
            return Ok(Some(value));
        }
        drop(state);
        let shared = self.l2.get(key);
        let mut state = self.lock();
        match shared {
            Ok(Some(item)) if item.version >= state.floor(key) => {
                state.stats.l2_hits += 1;
                self.fill(&mut state, key, &item);
                return Ok(Some(item.value));
            }
            Ok(_) => {}
            Err(_) => state.stats.l2_errors += 1,
        }
        state.stats.origin_loads += 1;
        drop(state);
        match self.origin.load(key) {
            Ok(Some(item)) => {
                self.keep(key, &item);
                Ok(Some(item.value))
            }
            Ok(None) => Ok(None),
            Err(error) => self.stale(key).map(Some).ok_or(error),
        }
    }

    /// Bus message: `key` changed at `version`.
    pub fn on_invalidate(&self, key: &str, version: u64) {
        let mut state = self.lock();
        if state.floor(key) < version {
            state.floors.retain(|(other, _)| &**other != key);
            state.floors.push((key.into(), version));
        }
        if state.version(key).is_some_and(|own| own < version) {
            state.remove(key);
        }
        let own = thread::current().id();
        if state.puts.iter().any(|put| put.thread == own) {
            return;
        }
        let is_older = |put: &Put| &*put.key == key && put.version < version;
        while state.puts.iter().any(is_older) {
            state = self
                .put_ended
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The counters.
    pub fn stats(&self) -> Stats {
        self.lock().stats
    }

    /// Caches what came from the origin in both tiers, unless something newer was announced.
    fn keep(&self, key: &str, item: &Versioned) {
        let mut state = self.lock();
        if item.version < state.floor(key) {
            return;
        }
        self.fill(&mut state, key, item);
        let number = state.tick();
        state.puts.push(Put {
            number,
            thread: thread::current().id(),
            key: key.into(),
            version: item.version,
        });
        drop(state);
        let _booked = Booked {
            cache: self,
            number,
        };
        if self.l2.put(key, item).is_err() {
            self.lock().stats.l2_errors += 1;
        }
    }

    /// Puts an item into L1, unless a higher version is alive there.
    fn fill(&self, state: &mut State, key: &str, item: &Versioned) {
        let is_alive = state.younger(key, self.ttl).is_some();
        if self.capacity == 0 || is_alive && state.version(key) > Some(item.version) {
            return;
        }
        state.remove(key);
        if state.entries.len() == self.capacity {
            state.evict();
        }
        state.insert(key, item);
    }

    /// An expired entry that is still good enough when the origin is down.
    fn stale(&self, key: &str) -> Option<String> {
        let mut state = self.lock();
        let value = state.younger(key, self.ttl.saturating_add(self.grace))?;
        state.stale_served += 1;
        Some(value)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new() -> Self {
        State {
            entries: HashMap::new(),
            order: BTreeMap::new(),
            clock: 0,
            floors: Vec::new(),
            puts: Vec::new(),
            stats: Stats {
                l1_hits: 0,
                l2_hits: 0,
                origin_loads: 0,
                l2_errors: 0,
            },
            stale_served: 0,
        }
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn floor(&self, key: &str) -> u64 {
        let is_own = |other: &Key| other.chars().eq(key.chars());
        let announced = self.floors.iter().filter(|(other, _)| is_own(other));
        announced.map(|(_, version)| *version).max().unwrap_or(0)
    }

    fn version(&self, key: &str) -> Option<u64> {
        self.entries.get(key).map(|entry| entry.item.version)
    }

    /// The value of the entry if it is younger than that.
    fn younger(&self, key: &str, age: Duration) -> Option<String> {
        let entry = self.entries.get(key)?;
        (entry.since.elapsed() < age).then(|| entry.item.value.clone())
    }

    fn touch(&mut self, key: &str) {
        let now = self.tick();
        if let Some(entry) = self.entries.get_mut(key)
            && let Some(key) = self.order.remove(&entry.used)
        {
            entry.used = now;
            self.order.insert(now, key);
        }
    }

    fn insert(&mut self, key: &str, item: &Versioned) {
        let used = self.tick();
        let key: Key = key.into();
        self.order.insert(used, Arc::clone(&key));
        let entry = Entry {
            item: item.clone(),
            since: Instant::now(),
            used,
        };
        self.entries.insert(key, entry);
    }

    fn remove(&mut self, key: &str) {
        if let Some(entry) = self.entries.remove(key) {
            self.order.remove(&entry.used);
        }
    }

    fn evict(&mut self) {
        if let Some((_, key)) = self.order.pop_first() {
            self.entries.remove(&key);
        }
    }
}

/// A put in the books; taken out in any case.
struct Booked<'a> {
    cache: &'a TwoTierCache,
    number: u64,
}

impl Drop for Booked<'_> {
    fn drop(&mut self) {
        let mut state = self.cache.lock();
        state.puts.retain(|put| put.number != self.number);
        drop(state);
        self.cache.put_ended.notify_all();
    }
}
