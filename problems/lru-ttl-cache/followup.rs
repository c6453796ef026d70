/// Why a value left the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Its time to live was over, whichever call noticed it.
    Expired,
    /// It was the least recently used entry when a new key needed room.
    Capacity,
    /// A `put` of the same key took its place.
    Replaced,
    /// `remove` took it out, or a `put` of the same key with a time to live of zero.
    Removed,
}

impl<K: Hash + Eq + Clone + Send + 'static, V: Clone + Send + 'static> LruTtlCache<K, V> {
    /// Sets the function that hears about each value leaving the cache from now on.
    ///
    /// - It is called exactly once per leaving value, on the thread whose call made the value leave
    ///   or noticed its expiry, before that call returns and after the change can be seen.
    /// - It may call any method of the cache but this one, for any key: no lock is held meanwhile.
    /// - A dead value leaves as `Expired`, whatever is done to its key. Which call notices that is
    ///   up to you, but a `put` or `remove` of its key does so at the latest.
    /// - A value that is refused at once (time to live or capacity of zero) was never inside: no
    ///   call. Nor is there one for what is inside when the cache itself is dropped.
    /// - Setting a second listener replaces the first.
    pub fn set_listener(&self, f: impl Fn(&K, &V, Cause) + Send + Sync + 'static) {
        let _ = f;
        todo!()
    }
}
