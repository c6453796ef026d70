//! Written from the statement alone: the only number kept is the moment at which the bucket will be full again.
//!
//! The clock is read before the lock is taken. A reading that is overtaken sees a later moment, hence fewer tokens, and
//! moves nothing back. Waiters sleep at the end of a channel of their own.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard};
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

/// Time in parts: a nanosecond is `refill` of them, and a token costs `period` in nanoseconds of them.
type Parts = u128;

pub struct TokenBucket {
    birth: Instant,
    capacity: u64,
    refill: Parts,
    token: Parts,
    inner: Mutex<Inner>,
}

struct Inner {
    full_at: Parts,
    line: VecDeque<(u64, Sender<()>)>,
    last_name: u64,
}

impl TokenBucket {
    pub fn new(capacity: u64, refill: u64, period: Duration) -> Result<Self, ConfigError> {
        if capacity < 1 {
            Err(ConfigError::ZeroCapacity)
        } else if refill < 1 {
            Err(ConfigError::ZeroRefill)
        } else if period < Duration::from_nanos(1) || period > Duration::from_secs(24 * 60 * 60) {
            Err(ConfigError::BadPeriod)
        } else {
            Ok(TokenBucket {
                birth: Instant::now(),
                capacity,
                refill: refill.into(),
                token: period.as_nanos(),
                inner: Mutex::new(Inner {
                    full_at: 0,
                    line: VecDeque::new(),
                    last_name: 0,
                }),
            })
        }
    }

    pub fn try_acquire(&self, n: u64) -> Result<(), AcquireError> {
        if n > self.capacity {
            return Err(AcquireError::TooLarge {
                capacity: self.capacity,
            });
        }
        let now = self.now();
        let mut inner = self.lock();
        if n == 0 {
            return Ok(());
        }
        if !inner.line.is_empty() {
            let retry_after = self.missing(&inner, n, now).unwrap_or_default();
            return Err(AcquireError::Insufficient { retry_after });
        }
        self.take(&mut inner, n, now)
    }

    pub fn available(&self) -> u64 {
        let now = self.now();
        let debt = self.lock().full_at.saturating_sub(now);
        (self.full().saturating_sub(debt) / self.token) as u64
    }

    pub fn acquire(&self, n: u64, timeout: Duration) -> Result<(), AcquireError> {
        let deadline = Instant::now().checked_add(timeout);
        let (name, my_turn) = {
            let mut inner = self.lock();
            if n == 0 || n > self.capacity || inner.line.is_empty() {
                drop(inner);
                let answer = self.try_acquire(n);
                if n == 0 || n > self.capacity || answer.is_ok() {
                    return answer;
                }
                inner = self.lock();
            }
            let (tell, my_turn) = channel();
            inner.last_name += 1;
            let name = inner.last_name;
            inner.line.push_back((name, tell));
            (name, my_turn)
        };
        loop {
            let now = self.now();
            let mut inner = self.lock();
            let first = inner.line[0].0 == name;
            let missing = self.missing(&inner, n, now);
            let late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            let grant = first && missing.is_none();
            if grant || late {
                let answer = match grant {
                    true => self.take(&mut inner, n, now),
                    false => Err(AcquireError::Insufficient {
                        retry_after: missing.unwrap_or_default(),
                    }),
                };
                inner.line.retain(|(other, _)| *other != name);
                if let Some((_, next)) = inner.line.front() {
                    let _ = next.send(());
                }
                return answer;
            }
            drop(inner);
            let until_deadline = deadline.map(|deadline| deadline - Instant::now());
            let nap = match (first, missing) {
                (true, Some(missing)) => Some(missing.min(until_deadline.unwrap_or(missing))),
                _ => until_deadline,
            };
            sleep(&my_turn, nap);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    fn now(&self) -> Parts {
        self.birth.elapsed().as_nanos().saturating_mul(self.refill)
    }

    fn full(&self) -> Parts {
        Parts::from(self.capacity) * self.token
    }

    fn take(&self, inner: &mut Inner, n: u64, now: Parts) -> Result<(), AcquireError> {
        match self.missing(inner, n, now) {
            None => {
                inner.full_at = inner.full_at.max(now) + Parts::from(n) * self.token;
                Ok(())
            }
            Some(retry_after) => Err(AcquireError::Insufficient { retry_after }),
        }
    }

    /// Time until `n` tokens are there, if they are not.
    fn missing(&self, inner: &Inner, n: u64, now: Parts) -> Option<Duration> {
        let debt = inner.full_at.saturating_sub(now) + Parts::from(n) * self.token;
        let parts = debt.checked_sub(self.full()).filter(|parts| *parts > 0)?;
        let nanos = parts.div_ceil(self.refill);
        let seconds = (nanos / 1_000_000_000).try_into().unwrap_or(u64::MAX);
        Some(Duration::new(seconds, (nanos % 1_000_000_000) as u32))
    }
}

/// Returns when it is this waiter's turn or the time is over; the caller looks which.
fn sleep(my_turn: &Receiver<()>, time: Option<Duration>) {
    match time {
        Some(time) => drop(my_turn.recv_timeout(time)),
        None => drop(my_turn.recv()),
    }
}
