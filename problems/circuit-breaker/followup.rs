impl CircuitBreaker {
    /// A closed breaker that opens by the failure rate instead of by failures in a row.
    ///
    /// After each result, success or failure, it looks at the results of the last `window`. If there
    /// are at least `min_calls` and `failures * 100 >= percent * calls`, it opens. A result counts
    /// from the moment the call completes.
    ///
    /// Results may be kept in ten time buckets per window: one that is younger than 9/10 of
    /// `window` counts for certain, one that is older than 11/10 does not, and in between both is
    /// right. Memory must not grow with the number of calls in the window.
    ///
    /// All else is as for `new`: half-open phases, late results, panics. Each change of state
    /// forgets all results. `failure_threshold` is ignored and may be anything, 0 included;
    /// `half_open_probes` of 0 is still an error.
    pub fn with_rate(
        config: Config,
        window: Duration,
        min_calls: u32,
        percent: u32,
    ) -> Result<Self, ConfigError> {
        let _ = (config, window, min_calls, percent);
        todo!()
    }
}
