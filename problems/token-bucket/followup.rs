impl TokenBucket {
    /// Waits until `n` tokens are taken, at most for `timeout` from now.
    ///
    /// - Waiters are served strictly in the order of their calls, each in the instant in which its tokens exist.
    /// - After the timeout: `Insufficient` with any `retry_after`, nothing taken, and the next in line moves up at once.
    ///   A wait that cannot succeed in time lasts as long. `Duration::MAX` means for ever.
    /// - Tokens and timeout in the same instant: both outcomes are right.
    /// - While somebody waits, `try_acquire` of 1 or more is `Insufficient`.
    /// - 0 tokens succeed at once, more than the capacity is `TooLarge` at once, whoever waits.
    pub fn acquire(&self, n: u64, timeout: Duration) -> Result<(), AcquireError> {
        let _ = (n, timeout);
        todo!()
    }
}
