//! Flaw: requests less than a microsecond apart are merged and leave together.
#![forbid(unsafe_code)]

use std::array;
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::num::NonZeroU32;
use std::sync::{LockResult, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Allowed { remaining: u32 },
    Denied { retry_after: Duration },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    ZeroLimit,
    ZeroWindow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostError {
    ExceedsLimit,
}

/// A queue out of two stacks, with runs of requests of the same instant merged.
#[derive(Default)]
struct Log {
    /// Oldest last.
    old: Vec<(Instant, NonZeroU32)>,
    /// Newest last.
    new: Vec<(Instant, NonZeroU32)>,
    used: u32,
}

impl Log {
    fn oldest_first(&self) -> impl Iterator<Item = (Instant, u32)> + '_ {
        self.old
            .iter()
            .rev()
            .chain(&self.new)
            .map(|&(at, units)| (at, units.get()))
    }

    fn expire(&mut self, now: Instant, window: Duration) {
        loop {
            if self.old.is_empty() {
                self.old.extend(self.new.drain(..).rev());
            }
            match self.old.last() {
                Some(&(at, units)) if now.saturating_duration_since(at) >= window => {
                    self.old.pop();
                    self.used -= units.get();
                }
                _ => break,
            }
        }
        if self.used == 0 {
            *self = Self::default();
        }
    }

    fn record(&mut self, now: Instant, units: NonZeroU32) {
        self.used += units.get();
        match self.new.last_mut() {
            Some((at, run)) if now - *at < Duration::from_micros(1) => {
                *run = run.saturating_add(units.get())
            }
            _ => self.new.push((now, units)),
        }
    }
}

type Shard = Mutex<BTreeMap<Box<str>, Log>>;

trait Unpoisoned<T> {
    fn unpoisoned(self) -> T;
}

impl<T> Unpoisoned<T> for LockResult<T> {
    fn unpoisoned(self) -> T {
        self.unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct SlidingWindowLimiter {
    limit: NonZeroU32,
    window: Duration,
    hasher: RandomState,
    shards: [OnceLock<Shard>; Self::SHARDS],
}

impl SlidingWindowLimiter {
    const SHARDS: usize = 8;

    pub fn new(limit: u32, window: Duration) -> Result<Self, ConfigError> {
        let limit = NonZeroU32::new(limit).ok_or(ConfigError::ZeroLimit)?;
        (!window.is_zero())
            .then(|| Self {
                limit,
                window,
                hasher: RandomState::new(),
                shards: array::from_fn(|_| OnceLock::new()),
            })
            .ok_or(ConfigError::ZeroWindow)
    }

    fn shard(&self, key: impl Borrow<str>) -> MutexGuard<'_, BTreeMap<Box<str>, Log>> {
        let hash = self.hasher.hash_one(key.borrow());
        let index = (hash % Self::SHARDS as u64) as usize;
        self.shards[index]
            .get_or_init(Shard::default)
            .lock()
            .unpoisoned()
    }

    fn all(&self) -> impl Iterator<Item = MutexGuard<'_, BTreeMap<Box<str>, Log>>> {
        self.shards
            .iter()
            .filter_map(OnceLock::get)
            .map(|shard| shard.lock().unpoisoned())
    }

    pub fn check(&self, key: &str) -> Decision {
        match self.check_cost(key, 1) {
            Ok(decision) => decision,
            Err(CostError::ExceedsLimit) => unreachable!("a limit is at least 1"),
        }
    }

    pub fn evict_idle(&self) -> usize {
        self.all()
            .map(|mut shard| {
                let now = Instant::now();
                let before = shard.len();
                shard.retain(|_, log| {
                    log.expire(now, self.window);
                    log.used > 0
                });
                before - shard.len()
            })
            .sum()
    }

    pub fn tracked_keys(&self) -> usize {
        self.all().map(|shard| shard.len()).sum()
    }

    pub fn check_cost(&self, key: &str, cost: u32) -> Result<Decision, CostError> {
        let limit = self.limit.get();
        if cost > limit {
            return Err(CostError::ExceedsLimit);
        }
        let mut shard = self.shard(key);
        let now = Instant::now();
        let Some(cost) = NonZeroU32::new(cost) else {
            let used = shard.get_mut(key).map_or(0, |log| {
                log.expire(now, self.window);
                log.used
            });
            return Ok(Decision::Allowed {
                remaining: limit - used,
            });
        };
        let log = match shard.get_mut(key) {
            Some(log) => log,
            None => shard.entry(key.into()).or_default(),
        };
        log.expire(now, self.window);
        let free = limit - log.used;
        if cost.get() <= free {
            log.record(now, cost);
            return Ok(Decision::Allowed {
                remaining: free - cost.get(),
            });
        }
        let leaving = log
            .oldest_first()
            .scan(free, |sum, (at, units)| {
                *sum += units;
                Some((at, *sum))
            })
            .find_map(|(at, sum)| (sum >= cost.get()).then_some(at))
            .expect("all units together are the limit");
        Ok(Decision::Denied {
            retry_after: self.window - now.saturating_duration_since(leaving),
        })
    }
}
