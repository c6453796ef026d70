#![forbid(unsafe_code)]

use std::net::IpAddr;
use std::time::Duration;

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
    /// None for somebody who is not logged in. The empty name is a user like any other.
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
    ///
    /// `remaining`: the least that any of these rules has left, after this request. `u32::MAX` if no rule applies.
    Allowed { remaining: u32 },
    /// The request is turned away, and changes nothing.
    ///
    /// `retry_after`: the time to the end of the full window. Of several full ones the longest time is reported, and
    /// among equals the first `scope` in the order User, Ip, Global.
    Denied { scope: Scope, retry_after: Duration },
}

/// Limits requests by user, by address and altogether.
///
/// Each key has a window of its own under its rule. It begins with the first request that is admitted while none is running, and
/// has ended when it is `window` old. Shared by many threads: calls take effect one after the other.
pub struct LayeredLimiter {
    // Your fields.
}

impl LayeredLimiter {
    /// A limiter with at most one rule for each scope, in any order. A scope without a rule is not limited.
    ///
    /// Everything but zero is valid, up to `u32::MAX` and `Duration::MAX`.
    pub fn new(rules: Vec<Rule>) -> Result<Self, ConfigError> {
        let _ = rules;
        todo!()
    }

    /// Decides one request, and counts it under all rules that apply, or under none.
    pub fn check(&self, who: Caller<'_>) -> Decision {
        let _ = who;
        todo!()
    }

    /// Units used in the key's current window. `key`: user name, `ip.to_string()`, or "" for Global.
    ///
    /// 0 if no window is running, if nobody knows the key, and for a scope without a rule. Changes nothing.
    pub fn usage(&self, scope: Scope, key: &str) -> u32 {
        let _ = (scope, key);
        todo!()
    }

    /// Drops finished windows, returns how many keys went away.
    ///
    /// A key of each scope counts on its own, and Global is one key. Nothing else drops a window, though a new one
    /// may take its place. Need not look at all keys at the same moment.
    pub fn sweep(&self) -> usize {
        todo!()
    }
}
