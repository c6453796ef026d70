#![forbid(unsafe_code)]

use std::time::Duration;

/// Why a bucket cannot be made. If several apply, the first of this list is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    /// The capacity is 0.
    ZeroCapacity,
    /// The refill is 0.
    ZeroRefill,
    /// The period is not within 1 ns and 24 h, both included.
    BadPeriod,
}

/// Why no tokens were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcquireError {
    /// More was asked for than the bucket can ever hold, which is `capacity`.
    TooLarge { capacity: u64 },
    /// There are too few tokens now.
    ///
    /// `retry_after`: the smallest whole number of nanoseconds after which the same call would succeed if nobody else
    /// takes tokens.
    Insufficient { retry_after: Duration },
}

/// Tokens that flow in at a steady rate, up to a capacity.
///
/// Shared by many threads: calls take effect one after the other.
pub struct TokenBucket {
    // Your fields.
}

impl TokenBucket {
    /// Starts full; gains `refill` tokens per `period`, continuously.
    ///
    /// The period must be within 1 ns ..= 24 h, else `BadPeriod`.
    pub fn new(capacity: u64, refill: u64, period: Duration) -> Result<Self, ConfigError> {
        let _ = (capacity, refill, period);
        todo!()
    }

    /// Takes `n` tokens, or takes nothing and says why. Never waits.
    ///
    /// 0 tokens are always granted; more than the capacity is always `TooLarge`.
    pub fn try_acquire(&self, n: u64) -> Result<(), AcquireError> {
        let _ = n;
        todo!()
    }

    /// Whole tokens available now.
    pub fn available(&self) -> u64 {
        todo!()
    }
}
