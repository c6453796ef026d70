//! Whole tokens and a remainder below one token; waiters are parked threads.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::thread::{self, Thread};
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
    period: Duration,
    state: Mutex<State>,
}

struct State {
    tokens: u64,
    /// Parts of the next token, of which `period` in nanoseconds make it whole.
    rest: u64,
    at: Instant,
    line: VecDeque<Arc<Thread>>,
}

impl TokenBucket {
    pub fn new(capacity: u64, refill: u64, period: Duration) -> Result<Self, ConfigError> {
        match (capacity, refill) {
            (0, _) => return Err(ConfigError::ZeroCapacity),
            (_, 0) => return Err(ConfigError::ZeroRefill),
            _ => {}
        }
        if !(Duration::from_nanos(1)..=Duration::from_secs(86_400)).contains(&period) {
            return Err(ConfigError::BadPeriod);
        }
        let state = State {
            tokens: capacity,
            rest: 0,
            at: Instant::now(),
            line: VecDeque::new(),
        };
        Ok(Self {
            capacity,
            refill,
            period,
            state: Mutex::new(state),
        })
    }

    pub fn try_acquire(&self, n: u64) -> Result<(), AcquireError> {
        if n == 0 {
            return Ok(());
        }
        if n > self.capacity {
            let capacity = self.capacity;
            return Err(AcquireError::TooLarge { capacity });
        }
        let mut state = self.state.lock().unwrap();
        self.fill(&mut state);
        if state.tokens >= n && state.line.is_empty() {
            state.tokens -= n;
            return Ok(());
        }
        let retry_after = self.time_until(&state, n);
        Err(AcquireError::Insufficient { retry_after })
    }

    pub fn available(&self) -> u64 {
        let mut state = self.state.lock().unwrap();
        self.fill(&mut state);
        state.tokens
    }

    pub fn acquire(&self, n: u64, timeout: Duration) -> Result<(), AcquireError> {
        let start = Instant::now();
        if n == 0 || n > self.capacity {
            return self.try_acquire(n);
        }
        let me = Arc::new(thread::current());
        let is_me = |other: &Arc<Thread>| Arc::ptr_eq(other, &me);
        self.state.lock().unwrap().line.push_back(Arc::clone(&me));
        loop {
            let mut state = self.state.lock().unwrap();
            self.fill(&mut state);
            let first = state.line.front().is_some_and(is_me);
            let granted = first && state.tokens >= n;
            let left = timeout.saturating_sub(start.elapsed());
            let retry_after = self.time_until(&state, n);
            if granted || left.is_zero() {
                if granted {
                    state.tokens -= n;
                }
                state.line.retain(|other| !is_me(other));
                if let Some(next) = state.line.front() {
                    next.unpark();
                }
                return match granted {
                    true => Ok(()),
                    false => Err(AcquireError::Insufficient { retry_after }),
                };
            }
            drop(state);
            thread::park_timeout(if first { left.min(retry_after) } else { left });
        }
    }

    fn fill(&self, state: &mut State) {
        let now = Instant::now();
        let elapsed = now.saturating_duration_since(state.at).as_nanos();
        let token = self.period.as_nanos();
        let parts = elapsed
            .saturating_mul(self.refill.into())
            .saturating_add(state.rest.into());
        state.at = now.max(state.at);
        let room = u128::from(self.capacity - state.tokens);
        if parts / token >= room {
            state.tokens = self.capacity;
            state.rest = 0;
        } else {
            state.tokens += (parts / token) as u64;
            state.rest = (parts % token) as u64;
        }
    }

    fn time_until(&self, state: &State, n: u64) -> Duration {
        let Some(missing @ 1..) = n.checked_sub(state.tokens) else {
            return Duration::ZERO;
        };
        let parts = u128::from(missing) * self.period.as_nanos() - u128::from(state.rest);
        let nanos = parts.div_ceil(self.refill.into());
        let seconds = u64::try_from(nanos / 1_000_000_000).unwrap_or(u64::MAX);
        Duration::new(seconds, (nanos % 1_000_000_000) as u32)
    }
}
