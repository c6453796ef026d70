//! One lock around everything, keys in an ordered map.
//!
//! The clock is read before the lock is taken, so a thread may come with an instant that is older
//! than the newest entry; it is then put into its place.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, VecDeque};
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
    logs: Mutex<BTreeMap<Box<str>, Log>>,
}

/// Instants in ascending order, each with the units taken up to and including it since the key became known.
#[derive(Default)]
struct Log {
    admitted: VecDeque<(Instant, u64)>,
    /// Units that have left already.
    gone: u64,
}

impl SlidingWindowLimiter {
    pub fn new(limit: u32, window: Duration) -> Result<Self, ConfigError> {
        if limit == 0 {
            Err(ConfigError::ZeroLimit)
        } else if window == Duration::ZERO {
            Err(ConfigError::ZeroWindow)
        } else {
            let logs = Mutex::new(BTreeMap::new());
            Ok(Self {
                limit,
                window,
                logs,
            })
        }
    }

    pub fn check(&self, key: &str) -> Decision {
        self.decide(key, 1, Instant::now())
    }

    pub fn check_cost(&self, key: &str, cost: u32) -> Result<Decision, CostError> {
        if cost > self.limit {
            return Err(CostError::ExceedsLimit);
        }
        let now = Instant::now();
        if cost == 0 {
            let mut logs = self.logs.lock().unwrap();
            let remaining = match logs.get_mut(key) {
                Some(log) => self.left(log, now),
                None => self.limit,
            };
            return Ok(Decision::Allowed { remaining });
        }
        Ok(self.decide(key, cost, now))
    }

    pub fn evict_idle(&self) -> usize {
        let now = Instant::now();
        let mut logs = self.logs.lock().unwrap();
        let idle: Vec<Box<str>> = logs
            .iter()
            .filter(|(_, log)| log.admitted.iter().all(|&(at, _)| self.has_left(at, now)))
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

    /// Drops what has left; returns the units that are free.
    fn left(&self, log: &mut Log, now: Instant) -> u32 {
        while let Some(&(at, total)) = log.admitted.front()
            && self.has_left(at, now)
        {
            log.gone = total;
            log.admitted.pop_front();
        }
        self.limit - (log.total() - log.gone) as u32
    }

    fn decide(&self, key: &str, cost: u32, now: Instant) -> Decision {
        let mut logs = self.logs.lock().unwrap();
        let log = match logs.get_mut(key) {
            Some(log) => log,
            None => logs.entry(key.into()).or_default(),
        };
        let left = self.left(log, now);
        if cost <= left {
            log.record(now, cost.into());
            return Decision::Allowed {
                remaining: left - cost,
            };
        }
        let needed = log.gone + u64::from(cost - left);
        let enough = log.admitted.partition_point(|&(_, total)| total < needed);
        let (at, _) = log.admitted[enough];
        Decision::Denied {
            retry_after: self.window - now.saturating_duration_since(at),
        }
    }
}

impl Log {
    fn total(&self) -> u64 {
        self.admitted.back().map_or(self.gone, |&(_, total)| total)
    }

    fn record(&mut self, now: Instant, cost: u64) {
        let total = self.total();
        self.admitted.push_back((now, total + cost));
        // Nearly always in its place already.
        let mut place = self.admitted.len() - 1;
        while place > 0 && self.admitted[place - 1].0 > now {
            let (later, before) = self.admitted[place - 1];
            let earlier = before - self.share(place - 1);
            self.admitted[place - 1] = (now, earlier + cost);
            self.admitted[place] = (later, before + cost);
            place -= 1;
        }
    }

    /// The units of one entry.
    fn share(&self, index: usize) -> u64 {
        let before = match index {
            0 => self.gone,
            _ => self.admitted[index - 1].1,
        };
        self.admitted[index].1 - before
    }
}
