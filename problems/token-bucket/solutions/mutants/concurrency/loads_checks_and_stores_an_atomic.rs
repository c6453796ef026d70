//! Flaw: tokens are drawn by loading, checking and storing an atomic number, without a compare-exchange.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const LONGEST_PERIOD: Duration = Duration::from_secs(24 * 3600);
const NANOS_PER_SECOND: u128 = 1_000_000_000;

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

/// Tokens that flow in at a steady rate, up to a capacity.
pub struct TokenBucket {
    capacity: u64,
    /// Parts per nanosecond.
    refill: u64,
    /// Parts per token, the period in nanoseconds: below 2^47.
    token: u64,
    state: Mutex<State>,
    /// Tokens taken since the level was last brought up to date.
    drawn: AtomicU64,
    /// Told whenever the line of waiters moves up.
    moved_up: Condvar,
}

struct State {
    /// Parts in the bucket: at most capacity times token, below 2^111.
    level: u128,
    /// When `level` was right. Never goes back.
    at: Instant,
    /// The tickets of those who wait, first come first.
    line: VecDeque<u64>,
    next_ticket: u64,
}

impl TokenBucket {
    pub fn new(capacity: u64, refill: u64, period: Duration) -> Result<Self, ConfigError> {
        if capacity == 0 {
            return Err(ConfigError::ZeroCapacity);
        }
        if refill == 0 {
            return Err(ConfigError::ZeroRefill);
        }
        if period.is_zero() || period > LONGEST_PERIOD {
            return Err(ConfigError::BadPeriod);
        }
        let token = period.as_nanos() as u64;
        Ok(Self {
            capacity,
            refill,
            token,
            state: Mutex::new(State {
                level: u128::from(capacity) * u128::from(token),
                at: Instant::now(),
                line: VecDeque::new(),
                next_ticket: 0,
            }),
            drawn: AtomicU64::new(0),
            moved_up: Condvar::new(),
        })
    }

    pub fn try_acquire(&self, n: u64) -> Result<(), AcquireError> {
        if let Some(answer) = self.at_once(n) {
            return answer;
        }
        let state = self.filled();
        let (level, alone) = (state.level, state.line.is_empty());
        drop(state);
        let drawn = self.drawn.load(Ordering::SeqCst);
        let parts = (u128::from(drawn) + u128::from(n)) * u128::from(self.token);
        if alone && parts <= level {
            self.drawn.store(drawn + n, Ordering::SeqCst);
            return Ok(());
        }
        let state = self.filled();
        Err(AcquireError::Insufficient {
            retry_after: self.time_until(&state, n),
        })
    }

    pub fn available(&self) -> u64 {
        // At most the capacity, so the cast loses nothing.
        (self.filled().level / u128::from(self.token)) as u64
    }

    pub fn acquire(&self, n: u64, timeout: Duration) -> Result<(), AcquireError> {
        if let Some(answer) = self.at_once(n) {
            return answer;
        }
        let mut state = self.filled();
        if state.line.is_empty() && self.take(&mut state, n) {
            return Ok(());
        }
        // A deadline that no instant can express never comes.
        let deadline = state.at.checked_add(timeout);
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        state.line.push_back(ticket);
        loop {
            let first = state.line.front() == Some(&ticket);
            if first && self.take(&mut state, n) {
                state.line.pop_front();
                self.moved_up.notify_all();
                return Ok(());
            }
            let tokens_in = self.time_until(&state, n);
            let timeout_in = deadline.map(|deadline| deadline.duration_since(state.at));
            if timeout_in == Some(Duration::ZERO) {
                state.line.retain(|&other| other != ticket);
                self.moved_up.notify_all();
                return Err(AcquireError::Insufficient {
                    retry_after: tokens_in,
                });
            }
            let sleep = match timeout_in {
                Some(timeout_in) if first => Some(timeout_in.min(tokens_in)),
                None if first => Some(tokens_in),
                only_the_timeout => only_the_timeout,
            };
            state = match sleep {
                Some(sleep) => {
                    let woken = self.moved_up.wait_timeout(state, sleep);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let woken = self.moved_up.wait(state);
                    woken.unwrap_or_else(PoisonError::into_inner)
                }
            };
            self.fill(&mut state);
        }
    }

    /// The answers that depend on no token and nobody else.
    fn at_once(&self, n: u64) -> Option<Result<(), AcquireError>> {
        match n {
            0 => Some(Ok(())),
            n if n > self.capacity => Some(Err(AcquireError::TooLarge {
                capacity: self.capacity,
            })),
            _ => None,
        }
    }

    /// The state as of now.
    fn filled(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.fill(&mut state);
        state
    }

    /// Adds what has flowed in since the last look.
    fn fill(&self, state: &mut State) {
        // Read under the lock, so it is not before `state.at`.
        let now = Instant::now();
        let nanos = now.duration_since(state.at).as_nanos();
        let gained = nanos.saturating_mul(u128::from(self.refill));
        let drawn = self.drawn.swap(0, Ordering::SeqCst);
        state.level = state
            .level
            .saturating_sub(u128::from(drawn) * u128::from(self.token));
        let full = u128::from(self.capacity) * u128::from(self.token);
        state.level = state.level.saturating_add(gained).min(full);
        state.at = now;
    }

    /// Takes `n` tokens if they are there.
    fn take(&self, state: &mut State, n: u64) -> bool {
        let parts = u128::from(n) * u128::from(self.token);
        let enough = state.level >= parts;
        if enough {
            state.level -= parts;
        }
        enough
    }

    /// Time until the bucket holds `n` tokens, rounded up to a nanosecond.
    fn time_until(&self, state: &State, n: u64) -> Duration {
        let parts = u128::from(n) * u128::from(self.token);
        let nanos = parts
            .saturating_sub(state.level)
            .div_ceil(u128::from(self.refill));
        match u64::try_from(nanos / NANOS_PER_SECOND) {
            Ok(seconds) => Duration::new(seconds, (nanos % NANOS_PER_SECOND) as u32),
            Err(_) => Duration::MAX,
        }
    }
}
