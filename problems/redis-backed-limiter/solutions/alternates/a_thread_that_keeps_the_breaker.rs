#![forbid(unsafe_code)]
//! A sparse history of the newest windows in the store. The breaker is kept by a thread of its own, which is asked and
//! told through a channel.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
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

/// A limiter over a common store.
pub struct RemoteLimiter {
    store: Arc<dyn RemoteStore>,
    prefix: String,
    limit: u32,
    window: Duration,
    fail: FailMode,
    keeper: Option<Mutex<Sender<Message>>>,
}

/// Admitted requests by the number of the window.
type Log = BTreeMap<i64, i64>;

fn parse(state: Option<&Vec<i64>>) -> Log {
    let pairs = state.filter(|state| matches!(state.len(), 2 | 4));
    let pairs = pairs.map_or(&[][..], Vec::as_slice).chunks_exact(2);
    pairs.map(|pair| (pair[0], pair[1])).collect()
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
        let millisecond = Duration::from_millis(1);
        let fraction = window.as_nanos() % millisecond.as_nanos();
        match () {
            () if limit == 0 => Err(ConfigError::ZeroLimit),
            () if window < millisecond || fraction > 0 => Err(ConfigError::BadWindow),
            () if window > Duration::from_secs(86_400) => Err(ConfigError::BadWindow),
            () => Ok(RemoteLimiter {
                store,
                prefix: prefix.to_owned(),
                limit,
                window,
                fail,
                keeper: None,
            }),
        }
    }

    /// Opens after so many errors in a row, for the cooldown.
    pub fn with_breaker(mut self, failures: u32, cooldown: Duration) -> Self {
        let (sender, messages) = channel();
        thread::spawn(move || keep(messages, failures.max(1), cooldown));
        self.keeper = Some(Mutex::new(sender));
        self
    }

    /// Decides one request.
    pub fn check(&self, user: &str) -> Verdict {
        let Some(keeper) = &self.keeper else {
            return self.asked(user).unwrap_or(self.fallback());
        };
        let keeper = keeper
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let (reply, permit) = channel();
        let _ = keeper.send(Message::May(reply));
        let Ok(Some(number)) = permit.recv() else {
            return self.fallback();
        };
        let mut told = Told {
            keeper,
            number,
            good: false,
        };
        let answer = self.asked(user);
        told.good = answer.is_some();
        drop(told);
        answer.unwrap_or(self.fallback())
    }

    fn asked(&self, user: &str) -> Option<Verdict> {
        let key = format!("{}:{}", self.prefix, user);
        let length = self.window.as_millis() as i64;
        let limit = i64::from(self.limit);
        let mut verdict = None;
        let mut script = |now: u64, state: &mut Option<Vec<i64>>| -> i64 {
            let mut log = parse(state.as_ref());
            let here = now as i64 / length;
            let newest = log
                .last_key_value()
                .map_or(here, |(newest, _)| here.max(*newest));
            let gone = if newest == here {
                now as i64 % length
            } else {
                0
            };
            let before = log.get(&(newest - 1)).copied().unwrap_or(0);
            let current = log.entry(newest).or_insert(0);
            let fits = before * (length - gone) + (*current + 1) * length <= limit * length;
            *current += i64::from(fits);
            let free = limit * length - before * (length - gone) - *current * length;
            let wait = if fits { 0 } else { (length - gone) as u64 };
            verdict = Some(Verdict {
                allowed: fits,
                degraded: false,
                remaining: free.max(0).div_euclid(length) as u32,
                retry_after: Duration::from_millis(wait),
            });
            log.retain(|number, _| newest - *number < 2);
            *state = Some(
                log.into_iter()
                    .flat_map(|(number, count)| [number, count])
                    .collect(),
            );
            0
        };
        match self.store.eval(&key, 2 * self.window, &mut script) {
            Ok(_) => verdict,
            Err(_) => None,
        }
    }

    fn fallback(&self) -> Verdict {
        let (allowed, seconds) = match self.fail {
            FailMode::Open => (true, 0),
            FailMode::Closed => (false, 1),
        };
        Verdict {
            allowed,
            degraded: true,
            remaining: 0,
            retry_after: Duration::from_secs(seconds),
        }
    }
}

enum Message {
    /// May I call the store? The answer is the number to be given with the outcome.
    May(Sender<Option<u64>>),
    /// A call has ended, at this time.
    Ended {
        number: u64,
        good: bool,
        at: Instant,
        done: Sender<()>,
    },
}

struct Told {
    keeper: Sender<Message>,
    number: u64,
    good: bool,
}

impl Drop for Told {
    fn drop(&mut self) {
        let (done, heard) = channel();
        let _ = self.keeper.send(Message::Ended {
            number: self.number,
            good: self.good,
            at: Instant::now(),
            done,
        });
        let _ = heard.recv();
    }
}

fn keep(messages: Receiver<Message>, failures: u32, cooldown: Duration) {
    let (mut errors, mut number) = (0, 0);
    let (mut open_since, mut probing): (Option<Instant>, bool) = (None, false);
    for message in messages {
        match message {
            Message::May(reply) => {
                let may = match open_since {
                    None => true,
                    Some(since) => !probing && since.elapsed() >= cooldown,
                };
                if may && open_since.is_some() {
                    probing = true;
                    number += 1;
                }
                let _ = reply.send(may.then_some(number));
            }
            Message::Ended {
                number: of,
                good,
                at,
                done,
            } => {
                if of == number && (probing || open_since.is_none()) {
                    errors = if good { 0 } else { errors + 1 };
                    let was_open = open_since.is_some();
                    let opens = !good && (probing || errors >= failures);
                    open_since = opens.then_some(at);
                    if opens || was_open {
                        (errors, probing, number) = (0, false, number + 1);
                    }
                }
                let _ = done.send(());
            }
        }
    }
}
