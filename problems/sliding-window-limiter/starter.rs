#![forbid(unsafe_code)]

use std::time::Duration;

/// The limiter's answer to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The request is admitted and counted.
    ///
    /// `remaining`: how many more requests of this key would be admitted right now.
    Allowed { remaining: u32 },
    /// The request is refused and leaves no trace.
    ///
    /// `retry_after`: time until one more request of this key would be admitted, to the nanosecond.
    Denied { retry_after: Duration },
}

/// Why a limiter cannot be made. If several apply, the first of this list is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    /// The limit is 0.
    ZeroLimit,
    /// The window has no length.
    ZeroWindow,
}

/// Admits at most `limit` requests per key in any window of time.
///
/// Shared by many threads: calls on one key take effect one after the other.
pub struct SlidingWindowLimiter {
    // Your fields.
}

impl SlidingWindowLimiter {
    /// A limiter that admits `limit` requests of each key per `window`.
    ///
    /// Everything but zero is a valid setting, up to `u32::MAX` and `Duration::MAX`.
    pub fn new(limit: u32, window: Duration) -> Result<Self, ConfigError> {
        let _ = (limit, window);
        todo!()
    }

    /// Decides one request of `key` now, and records it if it is admitted.
    ///
    /// A key never holds more than `limit` entries, and a denied request adds nothing.
    pub fn check(&self, key: &str) -> Decision {
        let _ = key;
        todo!()
    }

    /// Forgets the keys without any request in the window; returns how many were forgotten.
    pub fn evict_idle(&self) -> usize {
        todo!()
    }

    /// Keys held in memory: from their first request until `evict_idle` forgets them.
    pub fn tracked_keys(&self) -> usize {
        todo!()
    }
}
