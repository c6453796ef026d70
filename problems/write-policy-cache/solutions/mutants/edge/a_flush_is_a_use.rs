//! Flaw: A flush makes an entry the most recently used one.
#![forbid(unsafe_code)]
//! One lock around map, order of use and dirty set, never held across a call to the store.
//!
//! A key in `saving` belongs to one thread, which may save it; others wait. An entry becomes clean
//! only if the version that was saved is still its newest. A load is registered while it runs, and a
//! put of its key strikes it off, so that it cannot fill the cache any more.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Why the store could not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError(pub String);

/// The slow durable store.
pub trait Store: Send + Sync {
    fn load(&self, key: &str) -> Result<Option<String>, StoreError>;
    fn save(&self, key: &str, value: &str) -> Result<(), StoreError>;
}

/// When a written value goes to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    WriteThrough,
    WriteBack,
}

/// What is wrong with the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    ZeroCapacity,
}

/// A flush that could not save everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlushError {
    pub saved: usize,
    pub failed: Vec<String>,
}

/// A bounded cache, shared by reference among threads.
pub struct PolicyCache {
    store: Arc<dyn Store>,
    policy: Policy,
    capacity: usize,
    state: Mutex<State>,
    /// Told whenever a key leaves `saving`.
    released: Condvar,
}

type Key = Arc<str>;
type Locked<'a> = MutexGuard<'a, State>;

#[derive(Default)]
struct State {
    entries: HashMap<Key, Entry>,
    /// The keys by their last use, oldest first.
    order: BTreeMap<u64, Key>,
    dirty: BTreeSet<Key>,
    saving: HashSet<Key>,
    /// Loads under way that no put has overtaken.
    loading: HashMap<Key, Vec<u64>>,
    /// Source of ticks, versions and the numbers of loads.
    clock: u64,
}

struct Entry {
    value: String,
    version: u64,
    used: u64,
}

impl PolicyCache {
    /// An empty cache for at most `capacity` entries.
    pub fn new(
        store: Arc<dyn Store>,
        policy: Policy,
        capacity: usize,
    ) -> Result<Self, ConfigError> {
        if capacity == 0 {
            return Err(ConfigError::ZeroCapacity);
        }
        Ok(PolicyCache {
            store,
            policy,
            capacity,
            state: Mutex::new(State::default()),
            released: Condvar::new(),
        })
    }

    /// The cached value, or the one that the store has.
    pub fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut state = self.lock();
        if let Some(value) = state.hit(key) {
            return Ok(Some(value));
        }
        let number = state.tick();
        state.loading.entry(key.into()).or_default().push(number);
        drop(state);
        let load = Load {
            cache: self,
            key,
            number,
        };
        let loaded = self.store.load(key)?;
        Ok(loaded.map(|value| load.fill(value)))
    }

    /// Writes a value, by the policy.
    pub fn put(&self, key: &str, value: &str) -> Result<(), StoreError> {
        match self.policy {
            Policy::WriteThrough => self.put_through(key, value),
            Policy::WriteBack => self.put_back(key, value),
        }
    }

    /// Saves every entry that is dirty at the call, in ascending key order.
    pub fn flush(&self) -> Result<usize, FlushError> {
        let keys: Vec<Key> = self.lock().dirty.iter().cloned().collect();
        let mut saved = 0;
        let mut failed = Vec::new();
        for key in keys {
            let state = self.turn(&key);
            if !state.dirty.contains(&key) {
                continue;
            }
            match self.save(state, &key) {
                Ok(()) => saved += 1,
                Err(_) => failed.push(key.to_string()),
            }
        }
        if failed.is_empty() {
            Ok(saved)
        } else {
            Err(FlushError { saved, failed })
        }
    }

    /// How many entries are dirty.
    pub fn dirty(&self) -> usize {
        self.lock().dirty.len()
    }

    /// Starts a thread that flushes the cache every time `every` has passed.
    pub fn start_flusher(self: &Arc<Self>, every: std::time::Duration) -> Flusher {
        let cache = Arc::clone(self);
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let thread = thread::spawn({
            let (cache, stop) = (Arc::clone(&cache), Arc::clone(&stop));
            move || flush_every(&cache, &stop, every)
        });
        Flusher {
            cache,
            stop,
            thread: Some(thread),
        }
    }

    fn put_through(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let mut state = self.turn(key);
        state.saving.insert(key.into());
        drop(state);
        let _turn = Turn { cache: self, key };
        self.store.save(key, value)?;
        let mut state = self.lock();
        if !state.entries.contains_key(key) && state.entries.len() == self.capacity {
            state.evict();
        }
        state.write(key, value);
        Ok(())
    }

    fn put_back(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let mut state = self.lock();
        while !state.entries.contains_key(key) {
            let (next, room) = self.room(state);
            state = next;
            if room? {
                break;
            }
        }
        state.write(key, value);
        state.dirty.insert(key.into());
        Ok(())
    }

    /// One step towards room for one more entry. If it is not there yet, the lock was released, and
    /// the caller has to look at everything again.
    fn room<'a>(&'a self, mut state: Locked<'a>) -> (Locked<'a>, Result<bool, StoreError>) {
        if state.entries.len() < self.capacity {
            return (state, Ok(true));
        }
        let victim = state.oldest();
        if !state.dirty.contains(&victim) {
            state.evict();
            return (state, Ok(true));
        }
        if state.saving.contains(&victim) {
            return (self.wait(state), Ok(false));
        }
        let result = self.save(state, &victim);
        (self.lock(), result.map(|()| false))
    }

    /// Saves the newest value of a dirty entry that nobody else is saving.
    fn save(&self, mut state: Locked<'_>, key: &str) -> Result<(), StoreError> {
        state.hit(key);
        let entry = &state.entries[key];
        let (value, version) = (entry.value.clone(), entry.version);
        state.saving.insert(key.into());
        drop(state);
        let _turn = Turn { cache: self, key };
        self.store.save(key, &value)?;
        let mut state = self.lock();
        if state.entries[key].version == version {
            state.dirty.remove(key);
        }
        Ok(())
    }

    /// The lock, at a moment at which nobody saves the key.
    fn turn(&self, key: &str) -> Locked<'_> {
        let mut state = self.lock();
        while state.saving.contains(key) {
            state = self.wait(state);
        }
        state
    }

    fn wait<'a>(&'a self, state: Locked<'a>) -> Locked<'a> {
        self.released
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> Locked<'_> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn hit(&mut self, key: &str) -> Option<String> {
        let now = self.tick();
        let entry = self.entries.get_mut(key)?;
        if let Some(key) = self.order.remove(&entry.used) {
            self.order.insert(now, key);
        }
        entry.used = now;
        Some(entry.value.clone())
    }

    /// Writes a new value; loads of this key that are under way are too old from now on.
    fn write(&mut self, key: &str, value: &str) {
        self.loading.remove(key);
        self.insert(key, value);
    }

    fn insert(&mut self, key: &str, value: &str) {
        let now = self.tick();
        let key: Key = key.into();
        let entry = Entry {
            value: value.to_owned(),
            version: now,
            used: now,
        };
        if let Some(old) = self.entries.insert(Arc::clone(&key), entry) {
            self.order.remove(&old.used);
        }
        self.order.insert(now, key);
    }

    fn oldest(&self) -> Key {
        let (_, key) = self.order.first_key_value().expect("the cache is full");
        Arc::clone(key)
    }

    fn evict(&mut self) {
        if let Some((_, key)) = self.order.pop_first() {
            self.entries.remove(&key);
        }
    }
}

/// A load under way; when it ends, however it ends, it is struck off.
struct Load<'a> {
    cache: &'a PolicyCache,
    key: &'a str,
    number: u64,
}

impl Load<'_> {
    /// Caches what was loaded, if no put came meanwhile and if there is room; returns the newest value.
    fn fill(&self, value: String) -> String {
        let mut state = self.cache.lock();
        loop {
            if let Some(newest) = state.hit(self.key) {
                return newest;
            }
            if !self.is_current(&state) {
                return value;
            }
            let (next, room) = self.cache.room(state);
            state = next;
            match room {
                Ok(true) => break,
                Ok(false) => {}
                Err(_) => return value,
            }
        }
        state.insert(self.key, &value);
        value
    }

    fn is_current(&self, state: &State) -> bool {
        let loads = state.loading.get(self.key);
        loads.is_some_and(|loads| loads.contains(&self.number))
    }
}

impl Drop for Load<'_> {
    fn drop(&mut self) {
        let mut state = self.cache.lock();
        if let Some(loads) = state.loading.get_mut(self.key) {
            loads.retain(|number| *number != self.number);
            if loads.is_empty() {
                state.loading.remove(self.key);
            }
        }
    }
}

/// The right to save a key; given back in any case.
struct Turn<'a> {
    cache: &'a PolicyCache,
    key: &'a str,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.cache.lock().saving.remove(self.key);
        self.cache.released.notify_all();
    }
}

/// A thread that flushes a cache once per period.
pub struct Flusher {
    cache: Arc<PolicyCache>,
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Flusher {
    /// Ends the thread at once, then flushes a last time.
    pub fn stop(mut self) -> Result<usize, FlushError> {
        self.end();
        self.cache.flush()
    }

    fn end(&mut self) {
        let (stopped, told) = &*self.stop;
        *stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        told.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.end();
    }
}

fn flush_every(cache: &PolicyCache, (stopped, told): &(Mutex<bool>, Condvar), every: Duration) {
    loop {
        let guard = stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let (guard, _) = told
            .wait_timeout_while(guard, every, |stopped| !*stopped)
            .unwrap_or_else(PoisonError::into_inner);
        if *guard {
            return;
        }
        drop(guard);
        // What failed is still dirty and comes again in the next period; so does what panicked.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| cache.flush()));
    }
}
