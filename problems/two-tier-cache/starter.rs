#![forbid(unsafe_code)]
//! A local cache before a shared one before the origin of all data.

use std::{sync::Arc, time::Duration};

/// A value and its version; of two the higher version is the newer one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    pub version: u64,
    pub value: String,
}

/// Why a tier could not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierError(pub String);

/// The cache that all nodes share (L2). May be slow, fail or panic.
pub trait SharedCache: Send + Sync {
    fn get(&self, key: &str) -> Result<Option<Versioned>, TierError>;
    /// Stores the item, whatever was there.
    fn put(&self, key: &str, item: &Versioned) -> Result<(), TierError>;
}

/// Where the data comes from. May be slow, fail or panic.
pub trait Origin: Send + Sync {
    fn load(&self, key: &str) -> Result<Option<Versioned>, TierError>;
}

/// What has happened so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Gets that were answered by the local cache.
    pub l1_hits: u64,
    /// Gets that were answered by the shared cache.
    pub l2_hits: u64,
    /// Gets that had to ask the origin, whatever it answered.
    pub origin_loads: u64,
    /// Calls of the shared cache that returned an error.
    pub l2_errors: u64,
}

/// A bounded local cache (L1) before the two tiers, shared by reference among threads.
///
/// A slow tier holds up nobody who works on other keys. The tiers may call the cache, with `get` for
/// another key and with all other methods. Apart from announced versions, a key that is not in L1
/// leaves no trace in memory.
pub struct TwoTierCache {
    // Replace this by what you need.
    state: (),
}

impl TwoTierCache {
    /// A cache with an empty L1 of at most `l1_capacity` entries; 0 means without L1.
    ///
    /// An entry filled at `t` is alive before `t + l1_ttl`. Expired entries count to the capacity.
    /// The least recently used one goes when there is no room; hits and fills are uses.
    pub fn new(
        l1_capacity: usize,
        l1_ttl: Duration,
        l2: Arc<dyn SharedCache>,
        origin: Arc<dyn Origin>,
    ) -> Self {
        let _ = (l1_capacity, l1_ttl, l2, origin);
        todo!()
    }

    /// The value of L1, else of L2, else of the origin; what is found fills the tiers above before
    /// this returns, and what does not exist fills none.
    ///
    /// An error of L2 counts and is treated as a miss, and so is a version below the one announced.
    /// An error of the origin is returned. A version of the origin that is below the one announced
    /// is returned and not cached. A lower version never replaces a live higher one in L1.
    pub fn get(&self, key: &str) -> Result<Option<String>, TierError> {
        let _ = key;
        todo!()
    }

    /// Bus message: `key` changed at `version`; anything with a smaller version is stale.
    ///
    /// Messages may be late, repeated and out of order: the highest version counts. Once this has
    /// returned, no smaller version is in L1, and no `put` of a smaller one to L2 starts. To be
    /// sure of that it may wait for puts of this key that are under way, but not if it is called
    /// from inside a `put` on the same thread.
    pub fn on_invalidate(&self, key: &str, version: u64) {
        let _ = (key, version);
        todo!()
    }

    /// The counters. Every get counts in exactly one of the first three.
    pub fn stats(&self) -> Stats {
        let () = self.state;
        todo!()
    }
}
