#![forbid(unsafe_code)]
//! All keys, of whatever scope, are spread over shards. A request takes the shards of its keys in ascending order, each
//! once, and holds them until it has counted.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
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

const SHARDS: usize = 8;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    User(String),
    Ip(IpAddr),
    Service,
}

impl Key {
    fn scope(&self) -> Scope {
        match self {
            Key::User(_) => Scope::User,
            Key::Ip(_) => Scope::Ip,
            Key::Service => Scope::Global,
        }
    }
}

/// What is known of a key.
#[derive(Clone, Copy, Default)]
struct Account {
    window: Option<(Instant, u32)>,
    /// A limit in place of the rule's.
    limit: Option<u32>,
}

type Shard = HashMap<Key, Account>;

/// A limiter in shards.
pub struct LayeredLimiter {
    rules: Vec<Rule>,
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
}

impl LayeredLimiter {
    /// At most one rule for each scope.
    pub fn new(mut rules: Vec<Rule>) -> Result<Self, ConfigError> {
        rules.sort_by_key(|rule| rule.scope);
        let twice = rules.windows(2).any(|pair| pair[0].scope == pair[1].scope);
        match rules.as_slice() {
            [] => Err(ConfigError::NoRules),
            all if all.iter().any(|rule| rule.limit == 0) => Err(ConfigError::ZeroLimit),
            all if all.iter().any(|rule| rule.window.is_zero()) => Err(ConfigError::ZeroWindow),
            _ if twice => Err(ConfigError::DuplicateScope),
            _ => Ok(LayeredLimiter {
                rules,
                hasher: RandomState::new(),
                shards: Default::default(),
            }),
        }
    }

    fn rule(&self, scope: Scope) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.scope == scope)
    }

    fn shard_of(&self, key: &Key) -> usize {
        (self.hasher.hash_one(key) % SHARDS as u64) as usize
    }

    fn lock(&self, shard: usize) -> MutexGuard<'_, Shard> {
        let shard = &self.shards[shard];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides one request.
    pub fn check(&self, who: Caller<'_>) -> Decision {
        let keys = [
            who.user.map(|user| Key::User(user.into())),
            Some(Key::Ip(who.ip)),
            Some(Key::Service),
        ];
        let asked: Vec<(Rule, Key, usize)> = keys
            .into_iter()
            .flatten()
            .filter_map(|key| {
                let rule = *self.rule(key.scope())?;
                let shard = self.shard_of(&key);
                Some((rule, key, shard))
            })
            .collect();
        let mut order: Vec<usize> = asked.iter().map(|(_, _, shard)| *shard).collect();
        order.sort_unstable();
        order.dedup();
        let mut held: Vec<_> = order.iter().map(|shard| self.lock(*shard)).collect();
        let place = |shard: usize| order.binary_search(&shard).unwrap_or(0);

        let now = Instant::now();
        let mut remaining = u32::MAX;
        let mut verdict: Option<(Duration, Scope)> = None;
        for (rule, key, shard) in &asked {
            let account = held[place(*shard)].get(key).copied().unwrap_or_default();
            match account.room(rule, now) {
                Ok(left) => remaining = remaining.min(left),
                Err(wait) => match verdict {
                    Some((longest, _)) if wait <= longest => {}
                    _ => verdict = Some((wait, rule.scope)),
                },
            }
        }
        if let Some((retry_after, scope)) = verdict {
            return Decision::Denied { scope, retry_after };
        }
        for (rule, key, shard) in &asked {
            let shard = &mut held[place(*shard)];
            if let Some(account) = shard.get_mut(key) {
                account.take(rule, now);
            } else {
                let mut account = Account::default();
                account.take(rule, now);
                shard.insert(key.clone(), account);
            }
        }
        Decision::Allowed { remaining }
    }

    /// Units used in the key's running window.
    pub fn usage(&self, scope: Scope, key: &str) -> u32 {
        let key = match (scope, key.parse()) {
            (Scope::User, _) => Key::User(key.into()),
            (Scope::Ip, Ok(ip)) => Key::Ip(ip),
            (Scope::Global, _) if key.is_empty() => Key::Service,
            _ => return 0,
        };
        let Some(rule) = self.rule(scope) else {
            return 0;
        };
        let shard = self.lock(self.shard_of(&key));
        let now = Instant::now();
        let account = shard.get(&key).copied().unwrap_or_default();
        account.running(rule, now).map_or(0, |(used, _)| used)
    }

    /// Drops finished windows, one shard after the other.
    pub fn sweep(&self) -> usize {
        let mut gone = 0;
        for shard in 0..SHARDS {
            let mut shard = self.lock(shard);
            let now = Instant::now();
            shard.retain(|key, account| {
                let rule = self.rule(key.scope());
                let runs = rule.is_some_and(|rule| account.running(rule, now).is_some());
                if !runs && account.window.take().is_some() {
                    gone += 1;
                }
                runs || account.limit.is_some()
            });
        }
        gone
    }

    /// A limit in place of the rule's.
    pub fn set_override(&self, user: &str, limit: Option<u32>) {
        let key = Key::User(user.to_owned());
        let mut shard = self.lock(self.shard_of(&key));
        shard.entry(key).or_default().limit = limit;
    }
}

impl Account {
    /// Used and left of the running window.
    fn running(&self, rule: &Rule, now: Instant) -> Option<(u32, Duration)> {
        let (start, used) = self.window?;
        let age = now.saturating_duration_since(start);
        (age < rule.window).then(|| (used, rule.window - age))
    }

    fn room(&self, rule: &Rule, now: Instant) -> Result<u32, Duration> {
        let limit = self.limit.unwrap_or(rule.limit);
        let (used, left) = self.running(rule, now).unwrap_or((0, rule.window));
        if limit == 0 {
            Err(rule.window)
        } else if used >= limit {
            Err(left)
        } else {
            Ok(limit - used - 1)
        }
    }

    fn take(&mut self, rule: &Rule, now: Instant) {
        self.window = match (self.running(rule, now), self.window) {
            (Some((used, _)), Some((start, _))) => Some((start, used + 1)),
            _ => Some((now, 1)),
        };
    }
}
