#![forbid(unsafe_code)]
//! The state is a window that knows its predecessor. The breaker is an immutable phase behind a lock for readers: who
//! changes it puts a new one in the place of the very one that his call began in.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
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

/// A limiter for all nodes.
pub struct RemoteLimiter {
    store: Arc<dyn RemoteStore>,
    prefix: String,
    rule: Rule,
    fail: FailMode,
    breaker: Option<Breaker>,
}

#[derive(Clone, Copy)]
struct Rule {
    limit: u64,
    length: u64,
}

/// A window of a user: its begin on the server's clock, and what was admitted in it and in the one before.
struct Window {
    begin: u64,
    admitted: u64,
    before: u64,
}

impl Window {
    fn read(state: &[i64]) -> Option<Self> {
        let mut fields = state.iter().map(|field| u64::try_from(*field).ok());
        let window = Window {
            begin: fields.next()??,
            admitted: fields.next()??,
            before: fields.next()??,
        };
        (fields.next() == Some(None) || state.len() == 3).then_some(window)
    }

    fn write(&self) -> Vec<i64> {
        vec![self.begin as i64, self.admitted as i64, self.before as i64]
    }

    /// The window in which `now` is, or this one if it is newer.
    fn proceed(self, now: u64, rule: Rule) -> Self {
        let begin = now - now % rule.length;
        if begin <= self.begin {
            return self;
        }
        let adjacent = begin - self.begin == rule.length;
        Window {
            begin,
            admitted: 0,
            before: if adjacent { self.admitted } else { 0 },
        }
    }

    fn free(&self, left: u64, rule: Rule) -> Option<u64> {
        (rule.limit * rule.length)
            .checked_sub(self.before * left)?
            .checked_sub(self.admitted * rule.length)
    }

    fn admit(&mut self, now: u64, rule: Rule) -> Verdict {
        let left = rule.length - now.saturating_sub(self.begin);
        let room = self
            .free(left, rule)
            .is_some_and(|free| free >= rule.length);
        self.admitted += u64::from(room);
        let remaining = self.free(left, rule).unwrap_or(0) / rule.length;
        Verdict {
            allowed: room,
            degraded: false,
            remaining: remaining as u32,
            retry_after: Duration::from_millis(if room { 0 } else { left }),
        }
    }
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
        let length = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
        if limit == 0 {
            Err(ConfigError::ZeroLimit)
        } else if length == 0 || length > 86_400_000 || Duration::from_millis(length) != window {
            Err(ConfigError::BadWindow)
        } else {
            Ok(RemoteLimiter {
                store,
                prefix: prefix.into(),
                rule: Rule {
                    limit: u64::from(limit),
                    length,
                },
                fail,
                breaker: None,
            })
        }
    }

    /// Opens after so many errors in a row, for the cooldown.
    pub fn with_breaker(mut self, failures: u32, cooldown: Duration) -> Self {
        self.breaker = Some(Breaker {
            failures: failures.max(1),
            cooldown,
            phase: RwLock::new(Arc::new(Phase::closed())),
        });
        self
    }

    /// Decides one request.
    pub fn check(&self, user: &str) -> Verdict {
        let mut verdict = None;
        let mut ask = || {
            let rule = self.rule;
            let mut script = |now: u64, state: &mut Option<Vec<i64>>| {
                let known = state.as_deref().and_then(Window::read);
                let mut window = known
                    .unwrap_or(Window {
                        begin: now - now % rule.length,
                        admitted: 0,
                        before: 0,
                    })
                    .proceed(now, rule);
                verdict = Some(window.admit(now, rule));
                *state = Some(window.write());
                0
            };
            let ttl = Duration::from_millis(rule.length * 2);
            let key = [&self.prefix, user].join(":");
            self.store.eval(&key, ttl, &mut script).is_ok()
        };
        let answered = match &self.breaker {
            Some(breaker) => breaker.guard(ask),
            None => ask(),
        };
        match verdict {
            Some(verdict) if answered => verdict,
            _ => Verdict {
                allowed: self.fail == FailMode::Open,
                degraded: true,
                remaining: 0,
                retry_after: match self.fail {
                    FailMode::Open => Duration::ZERO,
                    FailMode::Closed => Duration::from_secs(1),
                },
            },
        }
    }
}

struct Breaker {
    failures: u32,
    cooldown: Duration,
    phase: RwLock<Arc<Phase>>,
}

enum Phase {
    Closed { errors: AtomicU32 },
    Open { since: Instant, probed: AtomicBool },
}

impl Phase {
    fn closed() -> Self {
        Phase::Closed {
            errors: AtomicU32::new(0),
        }
    }

    fn open() -> Self {
        Phase::Open {
            since: Instant::now(),
            probed: AtomicBool::new(false),
        }
    }
}

/// Tells the breaker how a call ended; badly, if nothing else was said.
struct Outcome<'a> {
    breaker: &'a Breaker,
    began_in: Arc<Phase>,
    answered: bool,
}

impl Breaker {
    /// Whether there was an answer.
    fn guard(&self, ask: impl FnOnce() -> bool) -> bool {
        let phase = Arc::clone(&self.phase.read().unwrap_or_else(PoisonError::into_inner));
        if let Phase::Open { since, probed } = &*phase {
            let early = since.elapsed() < self.cooldown;
            if early || probed.swap(true, Ordering::SeqCst) {
                return false;
            }
        }
        let mut outcome = Outcome {
            breaker: self,
            began_in: phase,
            answered: false,
        };
        outcome.answered = ask();
        outcome.answered
    }
}

impl Drop for Outcome<'_> {
    fn drop(&mut self) {
        let place = &self.breaker.phase;
        let mut phase = place.write().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&phase, &self.began_in) {
            return;
        }
        match (&*self.began_in, self.answered) {
            (Phase::Closed { errors }, true) => errors.store(0, Ordering::SeqCst),
            (Phase::Closed { errors }, false) => {
                if errors.fetch_add(1, Ordering::SeqCst) + 1 >= self.breaker.failures {
                    *phase = Arc::new(Phase::open());
                }
            }
            (Phase::Open { .. }, true) => *phase = Arc::new(Phase::closed()),
            (Phase::Open { .. }, false) => *phase = Arc::new(Phase::open()),
        }
    }
}
