#![forbid(unsafe_code)]
//! Each cached key has a slot of its own: a short lock for its contents and a long one that is held
//! while it is saved. A map finds the slots; uses are written to a list that is cleaned up lazily.
//!
//! Loads take a slot as well, which a put of the key marks. A slot without contents goes when its
//! last user goes.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError(pub String);

pub trait Store: Send + Sync {
    fn load(&self, key: &str) -> Result<Option<String>, StoreError>;
    fn save(&self, key: &str, value: &str) -> Result<(), StoreError>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    WriteThrough,
    WriteBack,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    ZeroCapacity,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlushError {
    pub saved: usize,
    pub failed: Vec<String>,
}

pub struct PolicyCache {
    store: Arc<dyn Store>,
    policy: Policy,
    capacity: usize,
    index: Mutex<Index>,
}

#[derive(Default)]
struct Index {
    slots: HashMap<String, Arc<Slot>>,
    /// How many slots hold a value.
    cached: usize,
    dirty: BTreeMap<String, Arc<Slot>>,
    /// Uses, oldest first; one that is not the latest of its key means nothing.
    uses: VecDeque<(u64, Arc<Slot>)>,
    clock: u64,
}

/// The contents are changed only by who holds the index as well.
struct Slot {
    key: String,
    contents: Mutex<Contents>,
    /// Held while the key is saved.
    saving: Mutex<()>,
}

#[derive(Default)]
struct Contents {
    value: Option<String>,
    /// Counts the puts.
    written: u64,
    used: u64,
    dirty: bool,
    /// Calls that hold the slot.
    users: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Index {
    fn slot(&mut self, key: &str) -> Arc<Slot> {
        if let Some(slot) = self.slots.get(key) {
            return Arc::clone(slot);
        }
        let slot = Arc::new(Slot {
            key: key.to_owned(),
            contents: Mutex::default(),
            saving: Mutex::new(()),
        });
        self.slots.insert(key.to_owned(), Arc::clone(&slot));
        slot
    }

    fn touch(&mut self, slot: &Arc<Slot>, contents: &mut Contents) {
        self.clock += 1;
        contents.used = self.clock;
        self.uses.push_back((self.clock, Arc::clone(slot)));
        if self.uses.len() > 2 * self.cached + 16 {
            self.uses.retain(|(used, slot)| {
                // The contents of this very slot are locked by the caller: it is the newest use.
                *used == self.clock || slot.contents.try_lock().is_ok_and(|c| c.used == *used)
            });
        }
    }

    fn set(&mut self, slot: &Arc<Slot>, value: &str) {
        let mut contents = lock(&slot.contents);
        if contents.value.replace(value.to_owned()).is_none() {
            self.cached += 1;
        }
        self.touch(slot, &mut contents);
    }

    fn oldest(&mut self) -> Option<Arc<Slot>> {
        loop {
            let (used, slot) = self.uses.front()?;
            let contents = lock(&slot.contents);
            if contents.used == *used && contents.value.is_some() {
                let slot = Arc::clone(slot);
                drop(contents);
                return Some(slot);
            }
            drop(contents);
            self.uses.pop_front();
        }
    }

    fn forget(&mut self, slot: &Arc<Slot>) {
        if lock(&slot.contents).value.take().is_some() {
            self.cached -= 1;
        }
        self.release(slot);
    }

    /// Takes an empty slot out of the map if no call holds it.
    fn release(&mut self, slot: &Arc<Slot>) {
        let contents = lock(&slot.contents);
        if contents.value.is_none() && contents.users == 0 {
            self.slots.remove(&slot.key);
        }
    }
}

/// A slot in use by a call; an empty one goes with its last user.
struct Hold<'a> {
    cache: &'a PolicyCache,
    slot: &'a Arc<Slot>,
}

impl<'a> Hold<'a> {
    /// To be called under the lock of the index.
    fn new(cache: &'a PolicyCache, slot: &'a Arc<Slot>) -> Self {
        lock(&slot.contents).users += 1;
        Hold { cache, slot }
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut index = lock(&self.cache.index);
        lock(&self.slot.contents).users -= 1;
        index.release(self.slot);
    }
}

impl PolicyCache {
    pub fn new(
        store: Arc<dyn Store>,
        policy: Policy,
        capacity: usize,
    ) -> Result<Self, ConfigError> {
        if capacity == 0 {
            return Err(ConfigError::ZeroCapacity);
        }
        let index = Mutex::default();
        Ok(Self {
            store,
            policy,
            capacity,
            index,
        })
    }

    pub fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut index = lock(&self.index);
        let slot = index.slot(key);
        let written = {
            let mut contents = lock(&slot.contents);
            if contents.value.is_some() {
                index.touch(&slot, &mut contents);
                return Ok(contents.value.clone());
            }
            contents.written
        };
        let _hold = Hold::new(self, &slot);
        drop(index);
        let Some(loaded) = self.store.load(key)? else {
            return Ok(None);
        };
        loop {
            let mut index = lock(&self.index);
            let contents = lock(&slot.contents);
            if contents.value.is_some() {
                return Ok(contents.value.clone());
            }
            if contents.written != written {
                return Ok(Some(loaded));
            }
            drop(contents);
            match self.room(&mut index) {
                None => {
                    index.set(&slot, &loaded);
                    return Ok(Some(loaded));
                }
                Some(victim) => {
                    drop(index);
                    if self.save(&victim).is_err() {
                        return Ok(Some(loaded));
                    }
                }
            }
        }
    }

    pub fn put(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let mut index = lock(&self.index);
        let slot = index.slot(key);
        let _hold = Hold::new(self, &slot);
        drop(index);
        let through = self.policy == Policy::WriteThrough;
        let _turn = through.then(|| lock(&slot.saving));
        if through {
            self.store.save(key, value)?;
        }
        loop {
            let mut index = lock(&self.index);
            let is_cached = lock(&slot.contents).value.is_some();
            if !is_cached && let Some(victim) = self.room(&mut index) {
                drop(index);
                self.save(&victim)?;
                continue;
            }
            index.set(&slot, value);
            let mut contents = lock(&slot.contents);
            contents.written += 1;
            if !through {
                contents.dirty = true;
                index.dirty.insert(key.to_owned(), Arc::clone(&slot));
            }
            return Ok(());
        }
    }

    pub fn flush(&self) -> Result<usize, FlushError> {
        let slots: Vec<_> = lock(&self.index).dirty.values().cloned().collect();
        let (mut saved, mut failed) = (0, Vec::new());
        for slot in slots {
            match self.save(&slot) {
                Ok(own) => saved += usize::from(own),
                Err(_) => failed.push(slot.key.clone()),
            }
        }
        if failed.is_empty() {
            Ok(saved)
        } else {
            Err(FlushError { saved, failed })
        }
    }

    pub fn dirty(&self) -> usize {
        lock(&self.index).dirty.len()
    }

    /// None if there is room now, else the dirty slot that has to be saved first.
    fn room(&self, index: &mut Index) -> Option<Arc<Slot>> {
        while index.cached >= self.capacity {
            let oldest = index.oldest()?;
            if lock(&oldest.contents).dirty {
                return Some(oldest);
            }
            index.forget(&oldest);
        }
        None
    }

    /// Saves a slot when it is its turn; false if it is clean by then.
    fn save(&self, slot: &Arc<Slot>) -> Result<bool, StoreError> {
        let _turn = lock(&slot.saving);
        let (value, written) = {
            let contents = lock(&slot.contents);
            match &contents.value {
                Some(value) if contents.dirty => (value.clone(), contents.written),
                _ => return Ok(false),
            }
        };
        self.store.save(&slot.key, &value)?;
        let mut index = lock(&self.index);
        let mut contents = lock(&slot.contents);
        if contents.written == written {
            contents.dirty = false;
            index.dirty.remove(&slot.key);
        }
        Ok(true)
    }

    pub fn start_flusher(self: &Arc<Self>, every: std::time::Duration) -> Flusher {
        let cache = Arc::clone(self);
        let (alive, ended) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            while ended.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                let cache = Arc::clone(&cache);
                let _ = thread::spawn(move || cache.flush()).join();
            }
        });
        Flusher {
            cache: Arc::clone(self),
            thread: Some((alive, thread)),
        }
    }
}

pub struct Flusher {
    cache: Arc<PolicyCache>,
    thread: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Flusher {
    pub fn stop(mut self) -> Result<usize, FlushError> {
        self.end();
        self.cache.flush()
    }

    fn end(&mut self) {
        if let Some((alive, thread)) = self.thread.take() {
            drop(alive);
            let _ = thread.join();
        }
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.end();
    }
}
