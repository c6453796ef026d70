#![forbid(unsafe_code)]
//! As with a real store, nothing but the script's number comes back: the verdict is packed into it. The two windows are
//! kept by the parity of their number. The breaker is one word that threads exchange.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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

/// Counts requests per user in a store that others use too.
pub struct RemoteLimiter {
    store: Arc<dyn RemoteStore>,
    prefix: String,
    limit: i64,
    window: i64,
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
        let nanos = window.as_nanos();
        let millis = nanos / 1_000_000;
        if nanos % 1_000_000 != 0 || !(1..=86_400_000).contains(&millis) {
            return Err(ConfigError::BadWindow);
        }
        Ok(Self {
            store,
            prefix: prefix.to_string() + ":",
            limit: limit.into(),
            window: millis as i64,
            fail,
            breaker: None,
        })
    }

    /// Opens after so many errors in a row, for the cooldown.
    pub fn with_breaker(self, failures: u32, cooldown: Duration) -> Self {
        let breaker = Breaker {
            failures: failures.clamp(1, 1 << 30),
            cooldown,
            start: Instant::now(),
            word: AtomicU64::new(0),
            opened: AtomicU64::new(0),
        };
        Self {
            breaker: Some(breaker),
            ..self
        }
    }

    /// Decides one request.
    pub fn check(&self, user: &str) -> Verdict {
        let answer = match &self.breaker {
            None => self.eval(user).ok(),
            Some(breaker) => breaker.call(|| self.eval(user)),
        };
        match (answer, self.fail) {
            (Some(packed), _) => self.unpack(packed),
            (None, FailMode::Open) => Verdict {
                allowed: true,
                degraded: true,
                remaining: 0,
                retry_after: Duration::ZERO,
            },
            (None, FailMode::Closed) => Verdict {
                allowed: false,
                degraded: true,
                remaining: 0,
                retry_after: Duration::from_secs(1),
            },
        }
    }

    fn eval(&self, user: &str) -> Result<i64, StoreError> {
        let (window, limit) = (self.window, self.limit);
        let key = self.prefix.clone() + user;
        let ttl = Duration::from_millis(window as u64) * 2;
        self.store.eval(&key, ttl, &mut |now, state| {
            script(now as i64, window, limit, state)
        })
    }

    /// remaining << 28 | milliseconds to the end, which are 0 if the request is admitted.
    fn unpack(&self, packed: i64) -> Verdict {
        let wait = (packed & 0xfff_ffff) as u64;
        Verdict {
            allowed: wait == 0,
            degraded: false,
            remaining: (packed >> 28) as u32,
            retry_after: Duration::from_millis(wait),
        }
    }
}

fn script(now: i64, window: i64, limit: i64, state: &mut Option<Vec<i64>>) -> i64 {
    let mut counts = match state.take() {
        Some(counts) if counts.len() == 3 && counts.iter().all(|count| *count >= 0) => counts,
        _ => vec![now / window, 0, 0],
    };
    let (number, newest) = (now / window, counts[0]);
    if number > newest {
        let place = |number: i64| 1 + (number & 1) as usize;
        counts[place(number)] = 0;
        if number > newest + 1 {
            counts[place(number + 1)] = 0;
        }
        counts[0] = number;
    }
    let gone = if number < newest { 0 } else { now % window };
    let current = 1 + (counts[0] & 1) as usize;
    let free = limit * window - counts[3 - current] * (window - gone) - counts[current] * window;
    let allowed = free >= window;
    let (free, wait) = if allowed {
        counts[current] += 1;
        (free - window, 0)
    } else {
        (free.max(0), window - gone)
    };
    *state = Some(counts);
    (free / window) << 28 | wait
}

/// The word: generation in the upper half; below it the errors in a row, or one of these.
struct Breaker {
    failures: u32,
    cooldown: Duration,
    start: Instant,
    word: AtomicU64,
    /// When the breaker opened, in nanoseconds after `start`. Written before the word says so.
    opened: AtomicU64,
}

const OPEN: u64 = 0xffff_fffe;
const PROBING: u64 = 0xffff_ffff;

fn split(word: u64) -> (u64, u64) {
    (word >> 32, word & 0xffff_ffff)
}

impl Breaker {
    fn call<T>(&self, hop: impl FnOnce() -> Result<T, StoreError>) -> Option<T> {
        struct Report<'a>(&'a Breaker, u64, bool);
        impl Drop for Report<'_> {
            fn drop(&mut self) {
                self.0.report(self.1, self.2);
            }
        }
        let generation = self.admit()?;
        let mut report = Report(self, generation, false);
        let answer = hop();
        report.2 = answer.is_ok();
        answer.ok()
    }

    fn admit(&self) -> Option<u64> {
        loop {
            let word = self.word.load(Ordering::SeqCst);
            let (generation, phase) = split(word);
            match phase {
                PROBING => return None,
                OPEN => {
                    let opened = Duration::from_nanos(self.opened.load(Ordering::SeqCst));
                    if self.start.elapsed().saturating_sub(opened) < self.cooldown {
                        return None;
                    }
                    let probing = (generation + 1) << 32 | PROBING;
                    if self.swap(word, probing) {
                        return Some(generation + 1);
                    }
                }
                _ => return Some(generation),
            }
        }
    }

    fn report(&self, generation: u64, answered: bool) {
        let now = self.start.elapsed().as_nanos() as u64;
        loop {
            let word = self.word.load(Ordering::SeqCst);
            let (current, phase) = split(word);
            if current != generation {
                return;
            }
            let errors = if phase == PROBING {
                u64::from(self.failures)
            } else {
                phase + 1
            };
            let next = match (phase, answered) {
                (PROBING, true) => (generation + 1) << 32,
                (_, true) => generation << 32,
                (_, false) if errors < u64::from(self.failures) => generation << 32 | errors,
                (_, false) => {
                    // Nobody reads it before the word says that the breaker is open, and time only grows.
                    self.opened.fetch_max(now, Ordering::SeqCst);
                    (generation + 1) << 32 | OPEN
                }
            };
            if self.swap(word, next) {
                return;
            }
        }
    }

    fn swap(&self, from: u64, to: u64) -> bool {
        self.word
            .compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }
}
