#![forbid(unsafe_code)]
//! A cache in front of a slow store, writing through or back.

use std::sync::Arc;

/// Why the store could not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError(pub String);

/// The slow durable store. Its methods may take long, fail or panic, and may be called by several
/// threads at once.
pub trait Store: Send + Sync {
    /// The value of the key, if the store has one.
    fn load(&self, key: &str) -> Result<Option<String>, StoreError>;
    /// Stores the value; it replaces the one before.
    fn save(&self, key: &str, value: &str) -> Result<(), StoreError>;
}

/// When a written value goes to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Before `put` returns.
    WriteThrough,
    /// When it is flushed or evicted.
    WriteBack,
}

/// What is wrong with the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    /// A cache without room.
    ZeroCapacity,
}

/// A flush that could not save everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlushError {
    /// How many keys this flush saved.
    pub saved: usize,
    /// The keys that failed and are still dirty, ascending.
    pub failed: Vec<String>,
}

/// A bounded cache, shared by reference among threads.
///
/// Saves of one key never overlap. A slow call to the store holds up nobody who works on other keys
/// that are cached or find room, and the store may call `dirty`, or `get` for another key, from
/// inside its methods. A key that is no longer cached leaves no trace in memory.
pub struct PolicyCache {
    // Replace this by what you need.
    state: (),
}

impl PolicyCache {
    /// An empty cache for at most `capacity` entries; 0 is an error.
    pub fn new(
        store: Arc<dyn Store>,
        policy: Policy,
        capacity: usize,
    ) -> Result<Self, ConfigError> {
        let _ = (store, policy, capacity);
        todo!()
    }

    /// The cached value, or the one that the store has, which is cached from now on.
    ///
    /// What the store does not have is not cached. An error of the load is returned. If there is no
    /// room because a dirty entry could not be saved, the loaded value is returned uncached.
    ///
    /// Never gives a value that is older than one whose `put` returned before this call, and a load
    /// that was overtaken by a `put` of its key does not replace what was put.
    pub fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let _ = key;
        todo!()
    }

    /// Writes a value, by the policy: through to the store and then into the cache, or only into the
    /// cache, where the entry is dirty until its newest value was saved.
    ///
    /// In a full cache a new entry pushes out the least recently used one (by `get` and `put`), which
    /// is saved before if it is dirty and can be read until then. If a save fails or panics, nothing
    /// has changed in the cache.
    pub fn put(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let _ = (key, value);
        todo!()
    }

    /// Saves every entry that is dirty at the call, one after the other in ascending key order; says
    /// how many this call saved.
    ///
    /// Tries all keys, whatever fails. Waits for a save of a key that another thread is just
    /// making, and makes its own if that one fails. Does not count as a use of the entries. If the
    /// store panics, the panic goes on, and that entry and the ones after it stay dirty.
    pub fn flush(&self) -> Result<usize, FlushError> {
        todo!()
    }

    /// How many entries are dirty; one that is just being saved still is.
    pub fn dirty(&self) -> usize {
        let () = self.state;
        todo!()
    }
}
