//! One lock around everything; the requests of an instant are one entry of an ordered map.
//!
//! The clock is read before the lock is taken, so a thread may come with an instant that is older
//! than the newest entry. An ordered map does not mind.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The limiter's answer to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Allowed { remaining: u32 },
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

pub struct SlidingWindowLimiter {
    limit: u32,
    window: Duration,
    logs: Mutex<HashMap<Box<str>, Log>>,
}

#[derive(Default)]
struct Log {
    by_instant: BTreeMap<Instant, u32>,
    used: u32,
}

impl SlidingWindowLimiter {
    pub fn new(limit: u32, window: Duration) -> Result<Self, ConfigError> {
        if limit == 0 {
            Err(ConfigError::ZeroLimit)
        } else if window == Duration::ZERO {
            Err(ConfigError::ZeroWindow)
        } else {
            let logs = Mutex::new(HashMap::new());
            Ok(Self {
                limit,
                window,
                logs,
            })
        }
    }

    pub fn check(&self, key: &str) -> Decision {
        let now = Instant::now();
        let mut logs = self.logs.lock().unwrap();
        if !logs.contains_key(key) {
            logs.insert(key.into(), Log::default());
        }
        let log = logs.get_mut(key).unwrap();
        self.decide(log, 1, now)
    }

    pub fn check_cost(&self, key: &str, cost: u32) -> Result<Decision, CostError> {
        if cost > self.limit {
            return Err(CostError::ExceedsLimit);
        }
        let now = Instant::now();
        let mut logs = self.logs.lock().unwrap();
        if cost == 0 {
            let used = logs.get_mut(key).map_or(0, |log| self.expire(log, now));
            return Ok(Decision::Allowed {
                remaining: self.limit - used,
            });
        }
        Ok(self.decide(logs.entry(key.into()).or_default(), cost, now))
    }

    pub fn evict_idle(&self) -> usize {
        let now = Instant::now();
        let mut logs = self.logs.lock().unwrap();
        let idle: Vec<Box<str>> = logs
            .iter()
            .filter(|(_, log)| log.by_instant.keys().all(|&at| self.has_left(at, now)))
            .map(|(key, _)| key.clone())
            .collect();
        for key in &idle {
            logs.remove(key);
        }
        idle.len()
    }

    pub fn tracked_keys(&self) -> usize {
        self.logs.lock().unwrap().len()
    }

    fn has_left(&self, at: Instant, now: Instant) -> bool {
        now.saturating_duration_since(at) >= self.window
    }

    /// Drops what has left; returns the units still in use.
    fn expire(&self, log: &mut Log, now: Instant) -> u32 {
        while let Some(oldest) = log.by_instant.first_entry() {
            if !self.has_left(*oldest.key(), now) {
                break;
            }
            log.used -= oldest.remove();
        }
        log.used
    }

    fn decide(&self, log: &mut Log, cost: u32, now: Instant) -> Decision {
        let left = self.limit - self.expire(log, now);
        if cost <= left {
            *log.by_instant.entry(now).or_insert(0) += cost;
            log.used += cost;
            return Decision::Allowed {
                remaining: left - cost,
            };
        }
        let mut missing = cost - left;
        for (&at, &units) in &log.by_instant {
            if units >= missing {
                return Decision::Denied {
                    retry_after: self.window - now.saturating_duration_since(at),
                };
            }
            missing -= units;
        }
        unreachable!("a cost within the limit fits into an empty window")
    }
}
