#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::Duration;

/// Why the store did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreError {
    /// No answer in time. Whatever was asked for may have happened or not.
    Timeout,
    /// The store cannot be reached; nothing has happened.
    Unavailable,
}

/// The store that all nodes share. Supplied; every method is one hop over the network.
pub trait RemoteStore: Send + Sync {
    /// The value of a key, if it has one.
    fn get(&self, key: &str) -> Result<Option<Vec<i64>>, StoreError>;

    /// Replaces the value of a key, which expires after `ttl`.
    fn set(&self, key: &str, value: &[i64], ttl: Duration) -> Result<(), StoreError>;

    /// Runs `script(server_now_ms, state)` on the server, once and atomically; afterwards the key expires in `ttl`.
    ///
    /// Returns what the script returned. `Timeout` means that it may or may not have run.
    fn eval(
        &self,
        key: &str,
        ttl: Duration,
        script: &mut dyn FnMut(u64, &mut Option<Vec<i64>>) -> i64,
    ) -> Result<i64, StoreError>;

    /// The server's clock in milliseconds.
    fn time_ms(&self) -> Result<u64, StoreError>;
}

/// What becomes of a request about which the store cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailMode {
    /// It is let through.
    Open,
    /// It is turned away.
    Closed,
}

/// Why a limiter cannot be made. If several apply, the first of this list is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    /// The limit is 0.
    ZeroLimit,
    /// The window is not a whole number of milliseconds from 1 ms to 24 h.
    BadWindow,
}

/// The limiter's answer to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the request may pass.
    pub allowed: bool,
    /// Whether this is the fail mode's answer, because the store gave none.
    ///
    /// `Open`: allowed, remaining 0, retry_after 0. `Closed`: not allowed, remaining 0, retry_after 1 s.
    pub degraded: bool,
    /// `floor((limit*W - prev*(W-e) - cur*W) / W)` after the decision, at least 0.
    pub remaining: u32,
    /// Allowed: 0. Denied: the time from `e` to the end of the current window on the server's clock.
    pub retry_after: Duration,
}

/// Limits the requests of each user over all nodes that share a store.
///
/// Windows have the length `W` and begin at multiples of `W` on the server's clock, which the script is given. With `e`
/// milliseconds of the current window gone, and `cur` and `prev` requests admitted in the current window and in the one
/// before it, a request is admitted if and only if `prev*(W-e) + (cur+1)*W <= limit*W`.
///
/// If the server's clock stands before the newest window that was seen for a user, that window is still the current
/// one, with `e` = 0. A stored state of unknown shape counts as none. The limiter itself keeps nothing per user.
pub struct RemoteLimiter {
    // Your fields.
}

impl RemoteLimiter {
    /// Admits `limit` requests of each user per `window`, counted under the key `"{prefix}:{user}"` of the store.
    ///
    /// `window` must be a whole number of milliseconds, at least 1 ms and at most 24 h, else `BadWindow`.
    pub fn new(
        store: Arc<dyn RemoteStore>,
        prefix: &str,
        limit: u32,
        window: Duration,
        fail: FailMode,
    ) -> Result<Self, ConfigError> {
        let _ = (store, prefix, limit, window, fail);
        todo!()
    }

    /// Decides one request of `user`, and counts it if it is admitted.
    ///
    /// Calls the store exactly once, whatever comes back, with a `ttl` of two windows. Only the store's answer decides
    /// about a request; a store that fails leads to a degraded verdict, a store that panics to the same panic here.
    /// A call that hangs in the store holds up no other caller.
    pub fn check(&self, user: &str) -> Verdict {
        let _ = user;
        todo!()
    }
}
