//! Public samples: they run in the trainer and under plain `cargo test`.

use layered_limits::{Caller, ConfigError, Decision, LayeredLimiter, Rule, Scope};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn rule(scope: Scope, limit: u32) -> Rule {
    Rule {
        scope,
        limit,
        window: MINUTE,
    }
}

fn ip(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

fn ask(limiter: &LayeredLimiter, user: &str, last: u8) -> Decision {
    let user = Some(user);
    limiter.check(Caller { user, ip: ip(last) })
}

fn allowed(remaining: u32) -> Decision {
    Decision::Allowed { remaining }
}

fn denied_by(decision: Decision) -> Option<Scope> {
    match decision {
        Decision::Denied { scope, retry_after } if retry_after <= MINUTE => Some(scope),
        _ => None,
    }
}

#[test]
fn each_scope_limits_on_its_own() {
    let limiter = LayeredLimiter::new(vec![rule(Scope::User, 2)]).unwrap();
    assert_eq!(ask(&limiter, "ann", 1), allowed(1));
    assert_eq!(ask(&limiter, "ann", 2), allowed(0));
    assert_eq!(denied_by(ask(&limiter, "ann", 3)), Some(Scope::User));
    assert_eq!(ask(&limiter, "bob", 3), allowed(1));

    let limiter = LayeredLimiter::new(vec![rule(Scope::Ip, 1)]).unwrap();
    assert_eq!(ask(&limiter, "ann", 1), allowed(0));
    assert_eq!(denied_by(ask(&limiter, "bob", 1)), Some(Scope::Ip));
    assert_eq!(ask(&limiter, "bob", 2), allowed(0));
}

#[test]
fn users_behind_one_address_share_its_limit() {
    let rules = vec![rule(Scope::User, 3), rule(Scope::Ip, 4)];
    let limiter = LayeredLimiter::new(rules).unwrap();
    assert_eq!(ask(&limiter, "ann", 1), allowed(2));
    assert_eq!(ask(&limiter, "ann", 1), allowed(1));
    assert_eq!(ask(&limiter, "bob", 1), allowed(1));
    assert_eq!(ask(&limiter, "bob", 1), allowed(0));
    assert_eq!(denied_by(ask(&limiter, "bob", 1)), Some(Scope::Ip));
    assert_eq!(limiter.usage(Scope::User, "bob"), 2);
    assert_eq!(limiter.usage(Scope::Ip, "192.0.2.1"), 4);
    assert_eq!(ask(&limiter, "bob", 2), allowed(0));
}

#[test]
fn a_running_window_is_not_swept() {
    let limiter = LayeredLimiter::new(vec![rule(Scope::Global, 1)]).unwrap();
    assert_eq!(ask(&limiter, "ann", 1), allowed(0));
    assert_eq!(limiter.sweep(), 0);
    assert_eq!(limiter.usage(Scope::Global, ""), 1);
}

#[test]
fn a_limiter_without_rules_is_refused() {
    let made = LayeredLimiter::new(vec![]);
    assert_eq!(made.err(), Some(ConfigError::NoRules));
}
