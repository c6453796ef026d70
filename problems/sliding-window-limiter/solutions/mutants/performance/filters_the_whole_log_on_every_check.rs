//! Flaw: every check walks the whole log to find out what still counts.
#![forbid(unsafe_code)]

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Enough for more threads than cores; a power of two is not needed.
const SHARDS: usize = 16;

/// The limiter's answer to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The request is admitted and counted.
    Allowed { remaining: u32 },
    /// The request is refused and leaves no trace.
    Denied { retry_after: Duration },
}

/// Why a limiter cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    ZeroLimit,
    ZeroWindow,
}

/// Why a cost cannot be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostError {
    ExceedsLimit,
}

/// Admits at most `limit` units per key in any window of time.
pub struct SlidingWindowLimiter {
    limit: u32,
    window: Duration,
    hasher: RandomState,
    shards: Vec<Mutex<HashMap<String, Log>>>,
}

/// The admitted requests of one key, oldest first.
#[derive(Default)]
struct Log {
    admitted: VecDeque<(Instant, u32)>,
    /// The sum of all costs in `admitted`, never above the limit.
    used: u32,
}

impl SlidingWindowLimiter {
    pub fn new(limit: u32, window: Duration) -> Result<Self, ConfigError> {
        if limit == 0 {
            return Err(ConfigError::ZeroLimit);
        }
        if window.is_zero() {
            return Err(ConfigError::ZeroWindow);
        }
        let mut shards = Vec::new();
        shards.resize_with(SHARDS, Mutex::default);
        Ok(Self {
            limit,
            window,
            hasher: RandomState::new(),
            shards,
        })
    }

    pub fn check(&self, key: &str) -> Decision {
        self.decide(key, 1)
    }

    pub fn check_cost(&self, key: &str, cost: u32) -> Result<Decision, CostError> {
        if cost > self.limit {
            return Err(CostError::ExceedsLimit);
        }
        Ok(self.decide(key, cost))
    }

    pub fn evict_idle(&self) -> usize {
        // An instant that is a little old by the time of the last shard forgets fewer keys, never too many.
        let now = Instant::now();
        let mut forgotten = 0;
        for shard in &self.shards {
            let mut logs = lock(shard);
            let before = logs.len();
            logs.retain(|_, log| {
                log.expire(now, self.window);
                !log.admitted.is_empty()
            });
            forgotten += before - logs.len();
        }
        forgotten
    }

    pub fn tracked_keys(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// Decides a cost that is not above the limit.
    fn decide(&self, key: &str, cost: u32) -> Decision {
        let index = self.hasher.hash_one(key) as usize % self.shards.len();
        let mut logs = lock(&self.shards[index]);
        // Read under the lock, so that the instants of a log never decrease.
        let now = Instant::now();
        if let Some(log) = logs.get_mut(key) {
            return log.decide(cost, now, self.limit, self.window);
        }
        let mut log = Log::default();
        let decision = log.decide(cost, now, self.limit, self.window);
        if !log.admitted.is_empty() {
            logs.insert(key.to_owned(), log);
        }
        decision
    }
}

impl Log {
    fn decide(&mut self, cost: u32, now: Instant, limit: u32, window: Duration) -> Decision {
        self.expire(now, window);
        let left = limit - self.used;
        if cost > left {
            return Decision::Denied {
                retry_after: self.time_until_free(cost - left, now, window),
            };
        }
        if cost > 0 {
            self.admitted.push_back((now, cost));
            self.used += cost;
        }
        Decision::Allowed {
            remaining: limit - self.used,
        }
    }

    /// Drops what is a window old or older.
    fn expire(&mut self, now: Instant, window: Duration) {
        self.admitted
            .retain(|&(at, _)| now.duration_since(at) < window);
        self.used = self.admitted.iter().map(|&(_, cost)| cost).sum();
    }

    /// Time until the oldest requests have given back `missing` units.
    fn time_until_free(&self, missing: u32, now: Instant, window: Duration) -> Duration {
        let mut freed = 0;
        for &(at, cost) in &self.admitted {
            freed += cost;
            if freed >= missing {
                return window - now.duration_since(at);
            }
        }
        unreachable!("a cost within the limit fits into an empty window")
    }
}

/// No user code runs under these locks, so a poisoned one still guards sound data.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
