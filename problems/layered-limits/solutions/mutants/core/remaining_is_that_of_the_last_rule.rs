//! Flaw: `remaining` is what the last rule has left.
#![forbid(unsafe_code)]
//! One lock around all windows: first every rule is looked at, then the request is counted under all of them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
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

const SCOPES: [Scope; 3] = [Scope::User, Scope::Ip, Scope::Global];

/// Limits requests by user, by address and altogether.
pub struct LayeredLimiter {
    user: Option<Rule>,
    ip: Option<Rule>,
    global: Option<Rule>,
    windows: Mutex<Windows>,
}

/// All windows, and the limits that some users have in place of the rule's.
#[derive(Default)]
struct Windows {
    users: HashMap<String, Window>,
    ips: HashMap<IpAddr, Window>,
    global: Option<Window>,
    overrides: HashMap<String, u32>,
}

struct Window {
    start: Instant,
    used: u32,
}

impl LayeredLimiter {
    /// A limiter with at most one rule for each scope.
    pub fn new(rules: Vec<Rule>) -> Result<Self, ConfigError> {
        if rules.is_empty() {
            return Err(ConfigError::NoRules);
        }
        if rules.iter().any(|rule| rule.limit == 0) {
            return Err(ConfigError::ZeroLimit);
        }
        if rules.iter().any(|rule| rule.window.is_zero()) {
            return Err(ConfigError::ZeroWindow);
        }
        let of = |scope| rules.iter().filter(move |rule| rule.scope == scope);
        if SCOPES.iter().any(|scope| of(*scope).count() > 1) {
            return Err(ConfigError::DuplicateScope);
        }
        let rule = |scope| of(scope).next().copied();
        Ok(LayeredLimiter {
            user: rule(Scope::User),
            ip: rule(Scope::Ip),
            global: rule(Scope::Global),
            windows: Mutex::default(),
        })
    }

    /// Replaces the limit of the User rule for this user; `None` returns to the rule's own.
    pub fn set_override(&self, user: &str, limit: Option<u32>) {
        let mut windows = self.lock();
        match limit {
            Some(limit) => windows.overrides.insert(user.to_owned(), limit),
            None => windows.overrides.remove(user),
        };
    }

    /// Decides one request, and counts it under all rules that apply, or under none.
    pub fn check(&self, who: Caller<'_>) -> Decision {
        let mut windows = self.lock();
        let now = Instant::now();
        let named = self.user.zip(who.user);
        let mut look = Look::new(now);
        if let Some((rule, user)) = named {
            let limit = windows.overrides.get(user).copied();
            look.at(rule, limit, windows.users.get(user));
        }
        if let Some(rule) = self.ip {
            look.at(rule, None, windows.ips.get(&who.ip));
        }
        if let Some(rule) = self.global {
            look.at(rule, None, windows.global.as_ref());
        }
        if let Some((scope, retry_after)) = look.denied {
            return Decision::Denied { scope, retry_after };
        }
        if let Some((rule, user)) = named {
            match windows.users.get_mut(user) {
                Some(window) => window.count(rule, now),
                None => drop(windows.users.insert(user.to_owned(), Window::first(now))),
            }
        }
        if let Some(rule) = self.ip {
            match windows.ips.get_mut(&who.ip) {
                Some(window) => window.count(rule, now),
                None => drop(windows.ips.insert(who.ip, Window::first(now))),
            }
        }
        if let Some(rule) = self.global {
            match &mut windows.global {
                Some(window) => window.count(rule, now),
                none => *none = Some(Window::first(now)),
            }
        }
        Decision::Allowed {
            remaining: look.remaining,
        }
    }

    /// Units used in the key's current window.
    pub fn usage(&self, scope: Scope, key: &str) -> u32 {
        let windows = self.lock();
        let now = Instant::now();
        let (rule, window) = match scope {
            Scope::User => (self.user, windows.users.get(key)),
            Scope::Ip => {
                let ip = key.parse().ok();
                (self.ip, ip.and_then(|ip: IpAddr| windows.ips.get(&ip)))
            }
            Scope::Global => {
                let window = windows.global.as_ref();
                (self.global, window.filter(|_| key.is_empty()))
            }
        };
        rule.zip(window)
            .filter(|(rule, window)| window.left(*rule, now).is_some())
            .map_or(0, |(_, window)| window.used)
    }

    /// Drops finished windows, returns how many keys went away.
    pub fn sweep(&self) -> usize {
        let mut windows = self.lock();
        let now = Instant::now();
        let all = windows.len();
        let runs = |rule: Option<Rule>, window: &Window| {
            rule.is_some_and(|rule| window.left(rule, now).is_some())
        };
        windows.users.retain(|_, window| runs(self.user, window));
        windows.ips.retain(|_, window| runs(self.ip, window));
        windows.global.take_if(|window| !runs(self.global, window));
        all - windows.len()
    }

    fn lock(&self) -> MutexGuard<'_, Windows> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Windows {
    fn len(&self) -> usize {
        self.users.len() + self.ips.len() + usize::from(self.global.is_some())
    }
}

impl Window {
    fn first(now: Instant) -> Self {
        Window {
            start: now,
            used: 1,
        }
    }

    /// What is left of the window; none if it has ended.
    fn left(&self, rule: Rule, now: Instant) -> Option<Duration> {
        let age = now.duration_since(self.start);
        rule.window.checked_sub(age).filter(|left| !left.is_zero())
    }

    fn count(&mut self, rule: Rule, now: Instant) {
        if self.left(rule, now).is_some() {
            self.used += 1;
        } else {
            *self = Window::first(now);
        }
    }
}

/// What all rules together say about a request.
struct Look {
    now: Instant,
    denied: Option<(Scope, Duration)>,
    remaining: u32,
}

impl Look {
    fn new(now: Instant) -> Self {
        Look {
            now,
            denied: None,
            remaining: u32::MAX,
        }
    }

    /// Asks one rule. Rules are asked in the order in which equals are reported.
    fn at(&mut self, rule: Rule, limit: Option<u32>, window: Option<&Window>) {
        let limit = limit.unwrap_or(rule.limit);
        let running = window.and_then(|window| Some((window.used, window.left(rule, self.now)?)));
        let (used, left) = running.unwrap_or((0, rule.window));
        if used < limit {
            self.remaining = limit - used - 1;
            return;
        }
        let wait = if limit == 0 { rule.window } else { left };
        if self.denied.is_none_or(|(_, longest)| wait > longest) {
            self.denied = Some((rule.scope, wait));
        }
    }
}
