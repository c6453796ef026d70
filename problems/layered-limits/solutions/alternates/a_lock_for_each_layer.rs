#![forbid(unsafe_code)]
//! Each scope is a layer with a lock and an ordered map of its own. A request locks its layers from the user down to the
//! service, and works with moments at which windows end; an endless one has none.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// What a rule limits. The order is that in which equals are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Each user on its own.
    User,
    /// Each client address on its own.
    Ip,
    /// All requests together.
    Global,
}

/// At most `limit` requests of each key of the scope in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// What is limited.
    pub scope: Scope,
    /// Requests in a window.
    pub limit: u32,
    /// The length of a window.
    pub window: Duration,
}

/// Who makes a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller<'a> {
    /// None for somebody who is not logged in.
    pub user: Option<&'a str>,
    /// The client's address.
    pub ip: IpAddr,
}

/// Why a limiter cannot be made. If several apply, the first of this list is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    /// There is no rule at all.
    NoRules,
    /// A rule has a limit of 0.
    ZeroLimit,
    /// A rule has a window of no length.
    ZeroWindow,
    /// Two rules have the same scope.
    DuplicateScope,
}

/// The limiter's answer to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The request passes, and counts under every rule that applies to it.
    Allowed { remaining: u32 },
    /// The request is turned away, and changes nothing.
    Denied { scope: Scope, retry_after: Duration },
}

/// A stack of layers.
pub struct LayeredLimiter {
    layers: [Option<Layer>; 3],
}

struct Layer {
    rule: Rule,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    slots: BTreeMap<String, Slot>,
    own_limits: BTreeMap<String, u32>,
}

struct Slot {
    end: Option<Instant>,
    used: u32,
}

impl Slot {
    fn runs(&self, now: Instant) -> bool {
        self.end.is_none_or(|end| now < end)
    }
}

impl Layer {
    fn open(&self) -> MutexGuard<'_, Book> {
        match self.book.lock() {
            Ok(book) => book,
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    /// What is left after one more request, or how long to wait.
    fn judge(&self, book: &Book, key: &str, now: Instant) -> Result<u32, Duration> {
        let limit = *book.own_limits.get(key).unwrap_or(&self.rule.limit);
        let slot = book.slots.get(key).filter(|slot| slot.runs(now));
        let used = slot.map_or(0, |slot| slot.used);
        match (limit.checked_sub(used), slot) {
            _ if limit == 0 => Err(self.rule.window),
            (None | Some(0), Some(Slot { end: Some(end), .. })) => Err(*end - now),
            (None | Some(0), _) => Err(Duration::MAX),
            (Some(free), _) => Ok(free - 1),
        }
    }

    fn charge(&self, book: &mut Book, key: &str, now: Instant) {
        let fresh = Slot {
            end: now.checked_add(self.rule.window),
            used: 0,
        };
        if let Some(slot) = book.slots.get_mut(key) {
            if !slot.runs(now) {
                *slot = fresh;
            }
            slot.used += 1;
        } else {
            book.slots.insert(key.to_owned(), Slot { used: 1, ..fresh });
        }
    }
}

impl LayeredLimiter {
    /// At most one rule for each scope.
    pub fn new(rules: Vec<Rule>) -> Result<Self, ConfigError> {
        if rules.is_empty() {
            return Err(ConfigError::NoRules);
        }
        let mut layers = [None, None, None];
        let mut error = None;
        let mut report = |found: ConfigError| {
            let rank = |error: ConfigError| error as usize;
            if error.is_none_or(|so_far| rank(found) < rank(so_far)) {
                error = Some(found);
            }
        };
        for rule in rules {
            if rule.limit == 0 {
                report(ConfigError::ZeroLimit);
            }
            if rule.window == Duration::ZERO {
                report(ConfigError::ZeroWindow);
            }
            let book = Mutex::default();
            let layer = layers[rule.scope as usize].replace(Layer { rule, book });
            if layer.is_some() {
                report(ConfigError::DuplicateScope);
            }
        }
        match error {
            Some(error) => Err(error),
            None => Ok(Self { layers }),
        }
    }

    /// Decides one request.
    pub fn check(&self, who: Caller<'_>) -> Decision {
        let address = who.ip.to_string();
        let keys = [who.user, Some(address.as_str()), Some("")];
        let mut held = Vec::with_capacity(3);
        for (layer, key) in self.layers.iter().zip(keys) {
            if let (Some(layer), Some(key)) = (layer, key) {
                held.push((layer, key, layer.open()));
            }
        }
        let now = Instant::now();
        let mut least = u32::MAX;
        let mut refusals = Vec::new();
        for (layer, key, book) in &held {
            match layer.judge(book, key, now) {
                Ok(left) => least = least.min(left),
                Err(wait) => refusals.push((layer.rule.scope, wait)),
            }
        }
        // The last of equals is taken, and the first scope is to be reported.
        let worst = refusals.into_iter().rev().max_by_key(|(_, wait)| *wait);
        if let Some((scope, retry_after)) = worst {
            return Decision::Denied { scope, retry_after };
        }
        for (layer, key, book) in &mut held {
            layer.charge(book, key, now);
        }
        Decision::Allowed { remaining: least }
    }

    /// Units used in the key's running window.
    pub fn usage(&self, scope: Scope, key: &str) -> u32 {
        let Some(layer) = &self.layers[scope as usize] else {
            return 0;
        };
        let book = layer.open();
        let now = Instant::now();
        let slot = book.slots.get(key).filter(|slot| slot.runs(now));
        slot.map_or(0, |slot| slot.used)
    }

    /// Drops finished windows.
    pub fn sweep(&self) -> usize {
        let mut gone = 0;
        for layer in self.layers.iter().flatten() {
            let mut book = layer.open();
            let now = Instant::now();
            let before = book.slots.len();
            book.slots.retain(|_, slot| slot.runs(now));
            gone += before - book.slots.len();
        }
        gone
    }

    /// A limit of the user's own.
    pub fn set_override(&self, user: &str, limit: Option<u32>) {
        let Some(layer) = &self.layers[Scope::User as usize] else {
            return;
        };
        let mut book = layer.open();
        match limit {
            None => drop(book.own_limits.remove(user)),
            Some(limit) => drop(book.own_limits.insert(user.to_owned(), limit)),
        }
    }
}
