//! Remembers when the bucket was last full and what was drawn since. Tokens are handed to waiters: whoever comes by
//! serves the line first, so that a waiter may find itself served before it wakes up.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

/// Why a bucket cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    ZeroCapacity,
    ZeroRefill,
    BadPeriod,
}

/// Why no tokens were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcquireError {
    TooLarge { capacity: u64 },
    Insufficient { retry_after: Duration },
}

pub struct TokenBucket {
    capacity: u64,
    refill: u64,
    period: u128,
    state: Mutex<State>,
    served: Condvar,
}

struct State {
    full_since: Instant,
    drawn: u128,
    /// Waiters by number: what they want, and until when.
    waiting: BTreeMap<u64, (u64, Option<Instant>)>,
    granted: BTreeSet<u64>,
    calls: u64,
}

impl TokenBucket {
    pub fn new(capacity: u64, refill: u64, period: Duration) -> Result<Self, ConfigError> {
        if capacity == 0 {
            return Err(ConfigError::ZeroCapacity);
        }
        if refill == 0 {
            return Err(ConfigError::ZeroRefill);
        }
        let period = match period.as_nanos() {
            nanos @ 1..=86_400_000_000_000 => nanos,
            _ => return Err(ConfigError::BadPeriod),
        };
        Ok(Self {
            capacity,
            refill,
            period,
            state: Mutex::new(State {
                full_since: Instant::now(),
                drawn: 0,
                waiting: BTreeMap::new(),
                granted: BTreeSet::new(),
                calls: 0,
            }),
            served: Condvar::new(),
        })
    }

    pub fn try_acquire(&self, n: u64) -> Result<(), AcquireError> {
        self.refuse_too_large(n)?;
        let mut state = self.state.lock().unwrap();
        let now = Instant::now();
        self.serve(&mut state, now);
        let level = self.level(&mut state, now);
        let parts = u128::from(n) * self.period;
        if n == 0 || (state.waiting.is_empty() && parts <= level) {
            state.drawn += parts;
            return Ok(());
        }
        Err(AcquireError::Insufficient {
            retry_after: self.time_for(parts.saturating_sub(level)),
        })
    }

    pub fn available(&self) -> u64 {
        let mut state = self.state.lock().unwrap();
        let level = self.level(&mut state, Instant::now());
        (level / self.period) as u64
    }

    pub fn acquire(&self, n: u64, timeout: Duration) -> Result<(), AcquireError> {
        self.refuse_too_large(n)?;
        if n == 0 {
            return Ok(());
        }
        let mut state = self.state.lock().unwrap();
        let deadline = Instant::now().checked_add(timeout);
        state.calls += 1;
        let me = state.calls;
        state.waiting.insert(me, (n, deadline));
        loop {
            let now = Instant::now();
            self.serve(&mut state, now);
            if state.granted.remove(&me) {
                return Ok(());
            }
            let missing = (u128::from(n) * self.period).saturating_sub(self.level(&mut state, now));
            let retry_after = self.time_for(missing);
            let left = deadline.map(|deadline| deadline.saturating_duration_since(now));
            if left == Some(Duration::ZERO) || !state.waiting.contains_key(&me) {
                state.waiting.remove(&me);
                self.serve(&mut state, now);
                self.served.notify_all();
                return Err(AcquireError::Insufficient { retry_after });
            }
            let first = state.waiting.keys().next() == Some(&me);
            let nap = match (first, left) {
                (true, left) => left.unwrap_or(Duration::MAX).min(retry_after),
                (false, left) => left.unwrap_or(Duration::MAX),
            };
            state = self.served.wait_timeout(state, nap).unwrap().0;
        }
    }

    fn refuse_too_large(&self, n: u64) -> Result<(), AcquireError> {
        let capacity = self.capacity;
        match n > capacity {
            true => Err(AcquireError::TooLarge { capacity }),
            false => Ok(()),
        }
    }

    /// Grants from the front of the line while there are tokens; those who are too late are sent away.
    fn serve(&self, state: &mut State, now: Instant) {
        while let Some((&first, &(n, deadline))) = state.waiting.first_key_value() {
            let parts = u128::from(n) * self.period;
            let late = deadline.is_some_and(|deadline| deadline < now);
            if !late && self.level(state, now) < parts {
                break;
            }
            state.waiting.remove(&first);
            if !late {
                state.drawn += parts;
                state.granted.insert(first);
            }
            self.served.notify_all();
        }
    }

    fn level(&self, state: &mut State, now: Instant) -> u128 {
        let nanos = now.saturating_duration_since(state.full_since).as_nanos();
        let gained = nanos.saturating_mul(self.refill.into());
        let full = u128::from(self.capacity) * self.period;
        if gained >= state.drawn {
            state.full_since = now.max(state.full_since);
            state.drawn = 0;
            return full;
        }
        full - (state.drawn - gained)
    }

    fn time_for(&self, parts: u128) -> Duration {
        let nanos = parts.div_ceil(self.refill.into());
        let seconds = nanos / 1_000_000_000;
        match seconds > u64::MAX.into() {
            true => Duration::MAX,
            false => Duration::new(seconds as u64, (nanos % 1_000_000_000) as u32),
        }
    }
}
