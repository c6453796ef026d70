//! Written from the statement and the starter alone: shared handles to a key's slots, which
//! eviction retires, so that a late handler notices and fetches a new handle.
//!
//! A slot remembers when it comes free; a slot of an endless window never does.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
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

/// `None` is "never".
type Moment = Option<Instant>;

pub struct SlidingWindowLimiter {
    limit: u32,
    window: Duration,
    known: Mutex<HashMap<Arc<str>, Arc<Mutex<Slots>>>>,
}

/// A ring of taken slots that doubles when it is full.
struct Slots {
    ring: Vec<(Moment, u32)>,
    first: usize,
    count: usize,
    units: u32,
    retired: bool,
}

impl SlidingWindowLimiter {
    pub fn new(limit: u32, window: Duration) -> Result<Self, ConfigError> {
        if limit < 1 {
            return Err(ConfigError::ZeroLimit);
        }
        if window < Duration::from_nanos(1) {
            return Err(ConfigError::ZeroWindow);
        }
        let known = Mutex::new(HashMap::new());
        Ok(SlidingWindowLimiter {
            limit,
            window,
            known,
        })
    }

    pub fn check(&self, key: &str) -> Decision {
        loop {
            let handle = self.handle(key);
            let mut slots = handle.lock().unwrap();
            if !slots.retired {
                return self.take(&mut slots, 1);
            }
        }
    }

    pub fn check_cost(&self, key: &str, cost: u32) -> Result<Decision, CostError> {
        if cost > self.limit {
            return Err(CostError::ExceedsLimit);
        }
        if cost == 0 {
            let handle = self.known.lock().unwrap().get(key).cloned();
            let remaining = match handle {
                None => self.limit,
                Some(handle) => {
                    let mut slots = handle.lock().unwrap();
                    slots.give_back(Instant::now());
                    self.limit - slots.units
                }
            };
            return Ok(Decision::Allowed { remaining });
        }
        loop {
            let handle = self.handle(key);
            let mut slots = handle.lock().unwrap();
            if !slots.retired {
                return Ok(self.take(&mut slots, cost));
            }
        }
    }

    pub fn evict_idle(&self) -> usize {
        let mut known = self.known.lock().unwrap();
        let idle: Vec<Arc<str>> = known
            .iter()
            .filter(|(_, handle)| {
                let mut slots = handle.lock().unwrap();
                slots.give_back(Instant::now());
                // A handle that was fetched for the very first request is not idle, it is about to be used.
                slots.retired = slots.count == 0 && !slots.ring.is_empty();
                slots.retired
            })
            .map(|(key, _)| Arc::clone(key))
            .collect();
        for key in &idle {
            known.remove(key);
        }
        idle.len()
    }

    pub fn tracked_keys(&self) -> usize {
        self.known.lock().unwrap().len()
    }

    fn handle(&self, key: &str) -> Arc<Mutex<Slots>> {
        let mut known = self.known.lock().unwrap();
        match known.get(key) {
            Some(handle) => Arc::clone(handle),
            None => {
                let handle = Arc::new(Mutex::new(Slots {
                    ring: Vec::new(),
                    first: 0,
                    count: 0,
                    units: 0,
                    retired: false,
                }));
                known.insert(Arc::from(key), Arc::clone(&handle));
                handle
            }
        }
    }

    fn take(&self, slots: &mut MutexGuard<'_, Slots>, cost: u32) -> Decision {
        let now = Instant::now();
        slots.give_back(now);
        if self.limit - slots.units >= cost {
            slots.push(now.checked_add(self.window), cost);
            let remaining = self.limit - slots.units;
            return Decision::Allowed { remaining };
        }
        let mut units = slots.units;
        let mut index = 0;
        loop {
            let (moment, back) = slots.at(index);
            units -= back;
            if self.limit - units >= cost {
                let retry_after = moment.map_or(Duration::MAX, |moment| moment - now);
                return Decision::Denied { retry_after };
            }
            index += 1;
        }
    }
}

impl Slots {
    fn at(&self, index: usize) -> (Moment, u32) {
        self.ring[(self.first + index) % self.ring.len()]
    }

    fn push(&mut self, moment: Moment, cost: u32) {
        if self.count == self.ring.len() {
            let slots: Vec<_> = (0..self.count).map(|index| self.at(index)).collect();
            self.ring = slots;
            self.first = 0;
            self.ring.resize((2 * self.count).max(1), (None, 0));
        }
        let end = (self.first + self.count) % self.ring.len();
        self.ring[end] = (moment, cost);
        self.count += 1;
        self.units += cost;
    }

    fn give_back(&mut self, now: Instant) {
        while self.count > 0 {
            match self.at(0) {
                (Some(moment), cost) if moment <= now => {
                    self.units -= cost;
                    self.count -= 1;
                    self.first = (self.first + 1) % self.ring.len();
                }
                _ => break,
            }
        }
    }
}
