#![forbid(unsafe_code)]

use std::{hash::Hash, marker::PhantomData, time::Duration};

/// A bounded cache that evicts the least recently used entry and whose entries expire.
///
/// - Any number of threads share one cache by reference. Every call takes effect at one instant
///   between its beginning and its return.
/// - An entry stored at instant `t` with time to live `d` is alive at instants before `t + d` and
///   dead from `t + d` on. `Duration::MAX` means that it never expires. Time is
///   `std::time::Instant`; the judge's clock is simulated and exact.
/// - A dead entry is as good as absent in every answer.
/// - An entry is used when it is stored and when a `get` finds it. When a new key needs room, the
///   live entry whose last use lies furthest back is evicted.
/// - Memory: between calls the cache holds at most `capacity + 1` values, dead ones included, and
///   its own book-keeping stays in proportion to that, however long it has been running.
/// - Cost: `get` is O(1) or nearly so, `put` at most O(log n), both amortised.
pub struct LruTtlCache<K, V> {
    entries: PhantomData<(K, V)>,
}

impl<K: Hash + Eq + Clone + Send + 'static, V: Clone + Send + 'static> LruTtlCache<K, V> {
    /// An empty cache for at most `capacity` live entries.
    pub fn new(capacity: usize, default_ttl: Duration) -> Self {
        let _ = (capacity, default_ttl);
        todo!()
    }

    /// A copy of the live value of `key`; the entry becomes the most recently used one.
    ///
    /// If cloning the value panics, the panic reaches the caller of this `get` and the cache stays
    /// usable for everybody, this entry included.
    pub fn get(&self, key: &K) -> Option<V> {
        let _ = key;
        todo!()
    }

    /// Stores `value` under `key` with the default time to live.
    ///
    /// Returns the live value it took the place of: `None` for a new key and for an expired entry.
    pub fn put(&self, key: K, value: V) -> Option<V> {
        let _ = (key, value);
        todo!()
    }

    /// Like `put`, with a time to live for this entry alone.
    pub fn put_with_ttl(&self, key: K, value: V, ttl: Duration) -> Option<V> {
        let _ = (key, value, ttl);
        todo!()
    }

    /// Takes the entry out and returns its value if it was alive.
    pub fn remove(&self, key: &K) -> Option<V> {
        let _ = key;
        todo!()
    }

    /// How many live entries there are at the moment of the call.
    pub fn len(&self) -> usize {
        todo!()
    }

    /// Whether no live entry is left.
    pub fn is_empty(&self) -> bool {
        todo!()
    }
}
