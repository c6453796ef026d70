//! Flaw: a handler takes a shared handle to the log and locks it later; eviction may drop the log in between.
#![forbid(unsafe_code)]

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, RwLock};
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
    keys: RwLock<HashMap<String, Arc<Mutex<Log>>>>,
}

struct Log {
    left: u32,
    admitted: VecDeque<Request>,
}

#[derive(Clone, Copy)]
struct Request {
    at: Instant,
    cost: u32,
}

impl SlidingWindowLimiter {
    pub fn new(limit: u32, window: Duration) -> Result<Self, ConfigError> {
        match (limit, window) {
            (0, _) => Err(ConfigError::ZeroLimit),
            (_, Duration::ZERO) => Err(ConfigError::ZeroWindow),
            _ => Ok(Self {
                limit,
                window,
                keys: RwLock::default(),
            }),
        }
    }

    pub fn check(&self, key: &str) -> Decision {
        self.check_cost(key, 1)
            .expect("the limit is at least one unit")
    }

    pub fn check_cost(&self, key: &str, cost: u32) -> Result<Decision, CostError> {
        if cost > self.limit {
            return Err(CostError::ExceedsLimit);
        }
        {
            let keys = self.keys.read().unwrap();
            if let Some(log) = keys.get(key).cloned() {
                drop(keys);
                return Ok(log.lock().unwrap().decide(cost, self.window));
            }
            if cost == 0 {
                let remaining = self.limit;
                return Ok(Decision::Allowed { remaining });
            }
        }
        let mut keys = self.keys.write().unwrap();
        // Somebody else may have added the key meanwhile.
        let log = keys.entry(key.to_owned()).or_insert_with(|| {
            Arc::new(Mutex::new(Log {
                left: self.limit,
                admitted: VecDeque::new(),
            }))
        });
        Ok(log.lock().unwrap().decide(cost, self.window))
    }

    pub fn evict_idle(&self) -> usize {
        let mut keys = self.keys.write().unwrap();
        let before = keys.len();
        keys.retain(|_, log| {
            let log = log.lock().unwrap();
            // Only the newest request matters here; the others leave at the next check.
            log.admitted
                .back()
                .is_some_and(|newest| newest.at.elapsed() < self.window)
        });
        before - keys.len()
    }

    pub fn tracked_keys(&self) -> usize {
        self.keys.read().unwrap().len()
    }
}

impl Log {
    fn decide(&mut self, cost: u32, window: Duration) -> Decision {
        let now = Instant::now();
        while let Some(oldest) = self.admitted.front().copied()
            && now - oldest.at >= window
        {
            self.admitted.pop_front();
            self.left += oldest.cost;
        }
        if cost <= self.left {
            if cost > 0 {
                self.left -= cost;
                self.admitted.push_back(Request { at: now, cost });
            }
            return Decision::Allowed {
                remaining: self.left,
            };
        }
        let mut free = self.left;
        let enough = self
            .admitted
            .iter()
            .find(|request| {
                free += request.cost;
                free >= cost
            })
            .expect("an empty window has room for any cost within the limit");
        Decision::Denied {
            retry_after: window - (now - enough.at),
        }
    }
}
