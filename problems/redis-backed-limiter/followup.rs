impl RemoteLimiter {
    /// Spares a store that fails: after `failures` errors in a row the breaker opens, and checks are degraded at once,
    /// without a call to the store. 0 counts as 1.
    ///
    /// - Errors are counted over all users in the order in which they arrive; any answer of the store starts the row
    ///   again. A panic of the store counts as an error, and still reaches its caller.
    /// - The breaker stays open for `cooldown` from the arrival of the error that opened it, measured with
    ///   `std::time::Instant`. From that very moment on, the next check probes: it calls the store. `Duration::MAX` never
    ///   ends.
    /// - There is one probe at a time, however many checks come; until it is back, all others are degraded at once.
    /// - If the probe gets an answer, the breaker closes, and a new row of errors is counted from 0. If it gets an error
    ///   or panics, the breaker is open for a further `cooldown` from then on.
    /// - What becomes of a store call that was begun before the breaker opened no longer matters to the breaker, neither
    ///   while it is open nor later. Its own caller gets the verdict as ever.
    pub fn with_breaker(self, failures: u32, cooldown: Duration) -> Self {
        let _ = (failures, cooldown);
        todo!()
    }
}
