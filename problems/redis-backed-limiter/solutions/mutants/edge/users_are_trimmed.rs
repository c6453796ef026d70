//! Flaw: Spaces around a user's name are cut off.
#![forbid(unsafe_code)]
//! One atomic script per request, and a breaker that spares an ailing store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Why the store did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreError {
    /// No answer in time. Whatever was asked for may have happened or not.
    Timeout,
    /// The store cannot be reached; nothing has happened.
    Unavailable,
}

/// The store that all nodes share. Supplied; every method is one hop over the network.
pub trait RemoteStore: Send + Sync {
    /// The value of a key, if it has one.
    fn get(&self, key: &str) -> Result<Option<Vec<i64>>, StoreError>;

    /// Replaces the value of a key, which expires after `ttl`.
    fn set(&self, key: &str, value: &[i64], ttl: Duration) -> Result<(), StoreError>;

    /// Runs `script(server_now_ms, state)` on the server, once and atomically.
    fn eval(
        &self,
        key: &str,
        ttl: Duration,
        script: &mut dyn FnMut(u64, &mut Option<Vec<i64>>) -> i64,
    ) -> Result<i64, StoreError>;

    /// The server's clock in milliseconds.
    fn time_ms(&self) -> Result<u64, StoreError>;
}

/// What becomes of a request about which the store cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailMode {
    /// It is let through.
    Open,
    /// It is turned away.
    Closed,
}

/// Why a limiter cannot be made. If several apply, the first of this list is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    /// The limit is 0.
    ZeroLimit,
    /// The window is not a whole number of milliseconds from 1 ms to 24 h.
    BadWindow,
}

/// The limiter's answer to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the request may pass.
    pub allowed: bool,
    /// Whether this is the fail mode's answer, because the store gave none.
    pub degraded: bool,
    /// How many more whole requests would fit after the decision.
    pub remaining: u32,
    /// Denied: the time to the end of the current window on the server's clock.
    pub retry_after: Duration,
}

const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// Limits the requests of each user over all nodes that share a store.
pub struct RemoteLimiter {
    store: Arc<dyn RemoteStore>,
    prefix: String,
    limit: u32,
    /// In milliseconds.
    window: u64,
    fail: FailMode,
    breaker: Option<Breaker>,
}

impl RemoteLimiter {
    /// Admits `limit` requests of each user per `window`.
    pub fn new(
        store: Arc<dyn RemoteStore>,
        prefix: &str,
        limit: u32,
        window: Duration,
        fail: FailMode,
    ) -> Result<Self, ConfigError> {
        if limit == 0 {
            return Err(ConfigError::ZeroLimit);
        }
        let whole = window.subsec_nanos() % 1_000_000 == 0;
        if window.is_zero() || window > LONGEST || !whole {
            return Err(ConfigError::BadWindow);
        }
        Ok(RemoteLimiter {
            store,
            prefix: prefix.to_owned(),
            limit,
            window: window.as_millis() as u64,
            fail,
            breaker: None,
        })
    }

    /// Opens after so many errors in a row, for the cooldown.
    pub fn with_breaker(mut self, failures: u32, cooldown: Duration) -> Self {
        self.breaker = Some(Breaker {
            failures: failures.max(1),
            cooldown,
            state: Mutex::new(State {
                phase: Phase::Closed { errors: 0 },
                number: 0,
            }),
        });
        self
    }

    /// Decides one request of `user`, and counts it if it is admitted.
    pub fn check(&self, user: &str) -> Verdict {
        let Some(breaker) = &self.breaker else {
            return self.ask(user).unwrap_or(self.degraded());
        };
        let Some(mut call) = breaker.enter() else {
            return self.degraded();
        };
        let answer = self.ask(user);
        call.answered = answer.is_ok();
        drop(call);
        answer.unwrap_or(self.degraded())
    }

    /// One hop: the script decides on the server and leaves its verdict here.
    fn ask(&self, user: &str) -> Result<Verdict, StoreError> {
        let key = format!("{}:{}", self.prefix, user.trim());
        let ttl = Duration::from_millis(2 * self.window);
        let mut verdict = self.degraded();
        self.store.eval(&key, ttl, &mut |now, state| {
            let mut windows = Windows::at(now, self.window, state.as_deref());
            verdict = windows.decide(self.window, self.limit);
            *state = Some(windows.state());
            i64::from(verdict.allowed)
        })?;
        Ok(verdict)
    }

    fn degraded(&self) -> Verdict {
        let allowed = self.fail == FailMode::Open;
        Verdict {
            allowed,
            degraded: true,
            remaining: 0,
            retry_after: Duration::from_secs(if allowed { 0 } else { 1 }),
        }
    }
}

/// The two windows that matter to a user.
struct Windows {
    /// The number of the current window, from 0 on the server's clock.
    number: u64,
    /// Milliseconds of it that are gone.
    gone: u64,
    current: u64,
    previous: u64,
}

impl Windows {
    fn at(now: u64, window: u64, state: Option<&[i64]>) -> Self {
        let (number, gone) = (now / window, now % window);
        let known = match state {
            Some(&[newest, current, previous]) => Some((newest, current, previous)),
            _ => None,
        };
        let known = known.and_then(|(newest, current, previous)| {
            let newest = u64::try_from(newest).ok()?;
            let current = u64::try_from(current).ok()?;
            Some((newest, current, u64::try_from(previous).ok()?))
        });
        let (newest, current, previous) = known.unwrap_or((number, 0, 0));
        let (number, gone, current, previous) = if number < newest {
            (newest, 0, current, previous)
        } else if number == newest {
            (number, gone, current, previous)
        } else if number == newest + 1 {
            (number, gone, 0, current)
        } else {
            (number, gone, 0, 0)
        };
        Windows {
            number,
            gone,
            current,
            previous,
        }
    }

    fn decide(&mut self, window: u64, limit: u32) -> Verdict {
        let length = u128::from(window);
        let room = u128::from(limit) * length;
        let weighted = u128::from(self.previous) * u128::from(window - self.gone);
        let used = weighted + u128::from(self.current) * length;
        let allowed = used + length <= room;
        let after = if allowed { used + length } else { used };
        self.current += u64::from(allowed);
        let left = if allowed { 0 } else { window - self.gone };
        Verdict {
            allowed,
            degraded: false,
            remaining: (room.saturating_sub(after) / length) as u32,
            retry_after: Duration::from_millis(left),
        }
    }

    fn state(&self) -> Vec<i64> {
        [self.number, self.current, self.previous]
            .map(|count| count as i64)
            .to_vec()
    }
}

/// Keeps calls away from a store that has failed several times in a row.
struct Breaker {
    failures: u32,
    cooldown: Duration,
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    /// Grows with each change of the phase: what belongs to an earlier number no longer matters.
    number: u64,
}

enum Phase {
    Closed { errors: u32 },
    Open { since: Instant },
    Probing,
}

impl Breaker {
    /// A call that may go to the store; none while the breaker is open.
    fn enter(&self) -> Option<Call<'_>> {
        let mut state = self.lock();
        match state.phase {
            Phase::Closed { .. } => {}
            Phase::Open { since } if since.elapsed() >= self.cooldown => {
                state.turn(Phase::Probing);
            }
            Phase::Open { .. } | Phase::Probing => return None,
        }
        Some(Call {
            breaker: self,
            number: state.number,
            answered: false,
        })
    }

    fn leave(&self, number: u64, answered: bool) {
        let mut state = self.lock();
        if state.number != number {
            return;
        }
        match (&mut state.phase, answered) {
            (Phase::Closed { errors }, true) => *errors = 0,
            (Phase::Closed { errors }, false) if *errors + 1 < self.failures => *errors += 1,
            (_, true) => state.turn(Phase::Closed { errors: 0 }),
            (_, false) => state.turn(Phase::Open {
                since: Instant::now(),
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn turn(&mut self, phase: Phase) {
        self.phase = phase;
        self.number += 1;
    }
}

/// A call to the store; dropped without an answer, it has failed.
struct Call<'a> {
    breaker: &'a Breaker,
    number: u64,
    answered: bool,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.breaker.leave(self.number, self.answered);
    }
}
