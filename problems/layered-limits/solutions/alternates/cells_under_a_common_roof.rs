#![forbid(unsafe_code)]
//! Every key has a cell with a lock of its own. Requests share the roof and lock their cells by scope; only somebody who
//! builds or pulls down cells has the roof for himself.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError, RwLock};
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

#[derive(Default)]
struct Roof {
    user: HashMap<String, Mutex<Cell>>,
    ip: HashMap<IpAddr, Mutex<Cell>>,
    global: Mutex<Cell>,
    vip: BTreeMap<String, u32>,
}

/// When the window began and what was used in it; nothing before the first request.
#[derive(Default)]
struct Cell(Option<(Instant, u32)>);

/// A limiter with a cell for each key.
pub struct LayeredLimiter {
    rules: BTreeMap<Scope, Rule>,
    roof: RwLock<Roof>,
}

fn free<T>(result: Result<T, PoisonError<T>>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}

impl Cell {
    fn used(&self, rule: Rule, now: Instant) -> u32 {
        match self.0 {
            Some((start, used)) if now.duration_since(start) < rule.window => used,
            _ => 0,
        }
    }

    fn wait(&self, rule: Rule, now: Instant) -> Duration {
        let start = self.0.map_or(now, |(start, _)| start);
        rule.window.saturating_sub(now.duration_since(start))
    }

    fn add(&mut self, rule: Rule, now: Instant) {
        let used = self.used(rule, now);
        let start = match self.0 {
            Some((start, _)) if used > 0 => start,
            _ => now,
        };
        self.0 = Some((start, used + 1));
    }

    fn over(&self, rule: Option<&Rule>, now: Instant) -> bool {
        self.0.is_some() && rule.is_none_or(|rule| self.used(*rule, now) == 0)
    }
}

impl LayeredLimiter {
    /// At most one rule for each scope.
    pub fn new(rules: Vec<Rule>) -> Result<Self, ConfigError> {
        let given = rules.len();
        if given == 0 {
            return Err(ConfigError::NoRules);
        }
        for rule in &rules {
            if rule.limit < 1 {
                return Err(ConfigError::ZeroLimit);
            }
        }
        for rule in &rules {
            if rule.window.as_nanos() < 1 {
                return Err(ConfigError::ZeroWindow);
            }
        }
        let rules: BTreeMap<_, _> = rules.into_iter().map(|rule| (rule.scope, rule)).collect();
        if rules.len() < given {
            return Err(ConfigError::DuplicateScope);
        }
        let roof = RwLock::default();
        Ok(LayeredLimiter { rules, roof })
    }

    /// Builds the cells that a request needs.
    fn build(&self, who: Caller<'_>) {
        let mut roof = free(self.roof.write());
        if let (true, Some(user)) = (self.rules.contains_key(&Scope::User), who.user) {
            roof.user.entry(user.to_owned()).or_default();
        }
        if self.rules.contains_key(&Scope::Ip) {
            roof.ip.entry(who.ip).or_default();
        }
    }

    /// Decides one request.
    pub fn check(&self, who: Caller<'_>) -> Decision {
        loop {
            if let Some(decision) = self.attempt(who) {
                return decision;
            }
            self.build(who);
        }
    }

    /// None if a cell is missing.
    fn attempt(&self, who: Caller<'_>) -> Option<Decision> {
        let roof = free(self.roof.read());
        let mut cells = Vec::new();
        for rule in self.rules.values() {
            let mut limit = rule.limit;
            let cell = match (rule.scope, who.user) {
                (Scope::User, None) => continue,
                (Scope::User, Some(user)) => {
                    limit = roof.vip.get(user).copied().unwrap_or(limit);
                    roof.user.get(user)?
                }
                (Scope::Ip, _) => roof.ip.get(&who.ip)?,
                (Scope::Global, _) => &roof.global,
            };
            cells.push((*rule, limit, free(cell.lock())));
        }
        let now = Instant::now();
        let mut refusal = None;
        for (rule, limit, cell) in &cells {
            if cell.used(*rule, now) < *limit {
                continue;
            }
            let wait = if *limit == 0 {
                rule.window
            } else {
                cell.wait(*rule, now)
            };
            let longer = |(_, so_far): (Scope, Duration)| so_far < wait;
            if refusal.is_none_or(longer) {
                refusal = Some((rule.scope, wait));
            }
        }
        if let Some((scope, retry_after)) = refusal {
            return Some(Decision::Denied { scope, retry_after });
        }
        let left = cells.iter_mut().map(|(rule, limit, cell)| {
            cell.add(*rule, now);
            *limit - cell.used(*rule, now)
        });
        let remaining = left.min().unwrap_or(u32::MAX);
        Some(Decision::Allowed { remaining })
    }

    /// Units used in the key's running window.
    pub fn usage(&self, scope: Scope, key: &str) -> u32 {
        let roof = free(self.roof.read());
        let cell = match scope {
            Scope::User => roof.user.get(key),
            Scope::Ip => key.parse().ok().and_then(|ip: IpAddr| roof.ip.get(&ip)),
            Scope::Global => key.is_empty().then_some(&roof.global),
        };
        match (self.rules.get(&scope), cell) {
            (Some(rule), Some(cell)) => {
                let cell = free(cell.lock());
                cell.used(*rule, Instant::now())
            }
            _ => 0,
        }
    }

    /// Drops finished windows; cells that were never used go along, uncounted.
    pub fn sweep(&self) -> usize {
        let mut roof = free(self.roof.write());
        let now = Instant::now();
        let mut gone = 0;
        let mut keep = |scope: Scope, cell: &mut Mutex<Cell>| {
            let cell = free(cell.get_mut());
            let over = cell.over(self.rules.get(&scope), now);
            if over {
                gone += 1;
                cell.0 = None;
            }
            cell.0.is_some()
        };
        roof.user.retain(|_, cell| keep(Scope::User, cell));
        roof.ip.retain(|_, cell| keep(Scope::Ip, cell));
        keep(Scope::Global, &mut roof.global);
        gone
    }

    /// A limit in place of the rule's.
    pub fn set_override(&self, user: &str, limit: Option<u32>) {
        let mut roof = free(self.roof.write());
        roof.vip.remove(user);
        roof.vip.extend(limit.map(|limit| (user.to_owned(), limit)));
    }
}
