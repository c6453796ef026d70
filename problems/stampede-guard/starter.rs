#![forbid(unsafe_code)]
//! A cache in which concurrent callers of one key share one load.

use std::marker::PhantomData;
use std::time::Duration;

/// Why a caller got no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError {
    /// The load failed, with these words.
    Failed(String),
    /// The load panicked, on the thread of another caller.
    Panicked,
}

/// Values by key, each alive for the time to live after its load was complete.
///
/// Shared by reference among threads. A key with neither a live value nor a load leaves nothing
/// behind; a value that has died may stay in memory until the next call for its key.
pub struct FlightCache<V> {
    // Replace this by what you need.
    values: PhantomData<V>,
}

impl<V: Clone + Send + Sync + 'static> FlightCache<V> {
    /// An empty cache. A value loaded at `t` is alive before `t + ttl` and dead from then on;
    /// `t` is the moment at which its load returned.
    ///
    /// With a `ttl` of zero nothing is cached, but a load is still shared. With `Duration::MAX`
    /// values stay alive for ever.
    pub fn new(ttl: Duration) -> Self {
        let _ = ttl;
        todo!()
    }

    /// The cached value, or the result of one load that all callers of this key share.
    ///
    /// If a load for the key is under way, the call waits for its result and does not run `load`.
    /// Otherwise it runs `load` on its own thread. An error goes to everybody who shares the load
    /// and is not cached. If `load` panics, the panic goes on to the caller it belongs to, and those
    /// who share the load get `Panicked`. As soon as one of them has its answer, the key is free for
    /// a new load.
    ///
    /// `load` may take long and may call the cache, for another key too; callers of other keys are
    /// never held up by it. Only waiting for the key that is being loaded, from inside its own load,
    /// is not provided for.
    pub fn get_or_load(
        &self,
        key: &str,
        load: impl FnOnce() -> Result<V, String>,
    ) -> Result<V, LoadError> {
        let _ = (key, load);
        todo!()
    }

    /// Forgets the value of the key, now and for loads that are under way.
    ///
    /// Callers who share such a load still get its result, but it is not cached, and callers who
    /// come later do not join it: they start a new load beside it.
    pub fn invalidate(&self, key: &str) {
        let _ = key;
        todo!()
    }

    /// How many keys have a live value or a load under way, also one that was invalidated. Each key
    /// counts once.
    pub fn len(&self) -> usize {
        let _ = self.values;
        todo!()
    }
}
