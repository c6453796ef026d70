impl<V: Clone + Send + Sync + 'static> FlightCache<V> {
    /// Refreshes values ahead of their end: from the age of `soft` on, which is less than the time
    /// to live.
    ///
    /// The first caller who finds a live value that old loads anew, on its own thread. Until that
    /// load is complete or the value dies, all others get the old value at once. A new value
    /// starts a new life when its load returns.
    ///
    /// If the refresh fails, its caller gets the old value; if it panics, its caller sees the panic.
    /// In both cases the old value stays in force until the end of its time to live, and the next
    /// caller may try again.
    ///
    /// If the old value dies during the refresh, callers from then on share that load as any other:
    /// they wait, and get `Failed` or `Panicked` if it does not succeed. `invalidate` works on a
    /// refresh as on any load.
    pub fn with_refresh_ahead(self, soft: Duration) -> Self {
        let _ = soft;
        todo!()
    }
}
