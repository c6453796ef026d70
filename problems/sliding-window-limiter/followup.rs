/// Why a cost cannot be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostError {
    /// The cost is above the limit: no waiting could ever help.
    ExceedsLimit,
}

impl SlidingWindowLimiter {
    /// Decides one request of `key` that costs `cost` units; `check` is a cost of 1.
    ///
    /// - All units or none. They count from now and leave together, one window later.
    /// - `remaining` is the number of units left, `retry_after` the time until `cost` units are free.
    /// - A cost of 0 is always allowed, counts for nothing, and does not make an unknown key tracked.
    /// - A cost above the limit is `ExceedsLimit`; nothing is counted and an unknown key stays unknown.
    /// - A key's memory grows with its requests, not with their units.
    pub fn check_cost(&self, key: &str, cost: u32) -> Result<Decision, CostError> {
        let _ = (key, cost);
        todo!()
    }
}
