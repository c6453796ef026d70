impl TwoTierCache {
    /// Serves old values when the origin is down.
    ///
    /// When the origin returns an error, an entry of L1 whose age is at least its time to live but
    /// less than that plus `grace`, and which is not below the announced version, is returned
    /// instead. That counts as an origin load as before, not as a hit, and the entry gets no new life.
    /// An expired entry stays in L1 until it is replaced, invalidated or evicted.
    pub fn with_stale_if_error(self, grace: Duration) -> Self {
        let _ = grace;
        todo!()
    }

    /// How many gets returned an expired value because the origin reported an error.
    pub fn stale_served(&self) -> u64 {
        todo!()
    }
}
