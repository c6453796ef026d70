//! One rule, several rules, and windows that begin and end at different times.

use judge_kit::{assert_send_sync, check, clock};
use layered_limits::{Caller, Decision, LayeredLimiter, Rule, Scope};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn limiter(rules: &[(Scope, u32, Duration)]) -> LayeredLimiter {
    let rule = |&(scope, limit, window)| Rule {
        scope,
        limit,
        window,
    };
    LayeredLimiter::new(rules.iter().map(rule).collect()).expect("these are valid rules")
}

fn address(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(10, 0, 0, last))
}

/// A request of this user from 10.0.0.`last`; an anonymous one for "-".
fn ask(limiter: &LayeredLimiter, user: &str, last: u8) -> Decision {
    limiter.check(Caller {
        user: (user != "-").then_some(user),
        ip: address(last),
    })
}

fn allowed(remaining: u32) -> Decision {
    Decision::Allowed { remaining }
}

fn denied(scope: Scope, retry_after: Duration) -> Decision {
    Decision::Denied { scope, retry_after }
}

#[test]
fn a_rule_for_users_limits_each_user() {
    check(|| {
        assert_send_sync::<LayeredLimiter>();
        let limiter = limiter(&[(Scope::User, 3, 10 * SECOND)]);
        assert_eq!(ask(&limiter, "ann", 1), allowed(2), "ann, the 1st");
        assert_eq!(ask(&limiter, "ann", 2), allowed(1), "ann, elsewhere");
        assert_eq!(ask(&limiter, "bob", 1), allowed(2), "bob, the 1st");
        assert_eq!(ask(&limiter, "ann", 1), allowed(0), "ann, the 3rd");
        let full = denied(Scope::User, 10 * SECOND);
        assert_eq!(ask(&limiter, "ann", 3), full, "ann, the 4th of 3");
        assert_eq!(ask(&limiter, "bob", 3), allowed(1), "bob, the 2nd");
    });
}

#[test]
fn a_rule_for_addresses_limits_each_address() {
    check(|| {
        let limiter = limiter(&[(Scope::Ip, 2, 10 * SECOND)]);
        assert_eq!(ask(&limiter, "ann", 1), allowed(1), "10.0.0.1, the 1st");
        assert_eq!(ask(&limiter, "bob", 1), allowed(0), "10.0.0.1, the 2nd");
        let full = denied(Scope::Ip, 10 * SECOND);
        assert_eq!(ask(&limiter, "cyd", 1), full, "10.0.0.1, the 3rd of 2");
        assert_eq!(ask(&limiter, "ann", 2), allowed(1), "10.0.0.2, the 1st");
    });
}

#[test]
fn a_global_rule_limits_all_together() {
    check(|| {
        let limiter = limiter(&[
            (Scope::Global, 3, 10 * SECOND),
            (Scope::Ip, 2, 10 * SECOND),
            (Scope::User, 2, 10 * SECOND),
        ]);
        assert_eq!(ask(&limiter, "ann", 1), allowed(1), "the 1st");
        assert_eq!(ask(&limiter, "bob", 2), allowed(1), "the 2nd");
        assert_eq!(ask(&limiter, "cyd", 3), allowed(0), "the 3rd");
        clock::advance(SECOND);
        let full = denied(Scope::Global, 9 * SECOND);
        assert_eq!(ask(&limiter, "dan", 4), full, "the 4th of 3");
    });
}

#[test]
fn users_behind_one_address_share_its_limit() {
    check(|| {
        let limiter = limiter(&[(Scope::User, 2, 20 * SECOND), (Scope::Ip, 3, 10 * SECOND)]);
        assert_eq!(ask(&limiter, "ann", 1), allowed(1), "ann, the 1st");
        assert_eq!(ask(&limiter, "ann", 1), allowed(0), "ann, the 2nd");
        assert_eq!(ask(&limiter, "bob", 1), allowed(0), "bob, the 1st");
        let full = denied(Scope::Ip, 10 * SECOND);
        assert_eq!(ask(&limiter, "bob", 1), full, "the address, the 4th of 3");
        assert_eq!(ask(&limiter, "bob", 2), allowed(0), "bob from elsewhere");
        let full = denied(Scope::User, 20 * SECOND);
        assert_eq!(ask(&limiter, "bob", 2), full, "bob, the 3rd of 2");
    });
}

#[test]
fn remaining_is_the_least_of_all_rules() {
    check(|| {
        let limiter = limiter(&[
            (Scope::User, 4, 10 * SECOND),
            (Scope::Ip, 6, 10 * SECOND),
            (Scope::Global, 8, 10 * SECOND),
        ]);
        let remaining = [
            ("ann", 1, 3, "left to ann"),
            ("bob", 1, 3, "left to bob"),
            ("cyd", 1, 3, "left to cyd, and to the address"),
            ("dan", 1, 2, "left to the address"),
            ("dan", 2, 2, "left to dan"),
            ("dan", 3, 1, "left to dan"),
            ("eve", 4, 1, "left altogether"),
        ];
        for (user, last, left, what) in remaining {
            assert_eq!(ask(&limiter, user, last), allowed(left), "{what}");
        }
    });
}

/// Study: when does a window begin: with the service, at a full minute, or with the first request?
#[test]
fn a_window_begins_with_its_first_request() {
    check(|| {
        let limiter = limiter(&[(Scope::User, 2, 10 * SECOND)]);
        clock::advance(7 * SECOND);
        assert_eq!(ask(&limiter, "ann", 1), allowed(1), "ann at 7 s");
        clock::advance(6 * SECOND);
        assert_eq!(ask(&limiter, "bob", 1), allowed(1), "bob at 13 s");
        assert_eq!(ask(&limiter, "ann", 1), allowed(0), "ann at 13 s");
        let four = denied(Scope::User, 4 * SECOND);
        assert_eq!(ask(&limiter, "ann", 1), four, "until 17 s");
        clock::advance(4 * SECOND);
        assert_eq!(ask(&limiter, "ann", 1), allowed(1), "ann at 17 s");
        assert_eq!(ask(&limiter, "ann", 1), allowed(0), "ann at 17 s");
        assert_eq!(ask(&limiter, "bob", 1), allowed(0), "bob at 17 s");
        let six = denied(Scope::User, 6 * SECOND);
        assert_eq!(ask(&limiter, "bob", 1), six, "until 23 s");
    });
}

#[test]
fn the_window_of_one_rule_ends_while_another_still_runs() {
    check(|| {
        let limiter = limiter(&[(Scope::User, 3, 30 * SECOND), (Scope::Ip, 2, 10 * SECOND)]);
        clock::advance(3 * SECOND);
        assert_eq!(ask(&limiter, "ann", 1), allowed(1), "at 3 s");
        assert_eq!(ask(&limiter, "ann", 1), allowed(0), "at 3 s");
        let ten = denied(Scope::Ip, 10 * SECOND);
        assert_eq!(ask(&limiter, "ann", 1), ten, "the address until 13 s");
        clock::advance(10 * SECOND);
        assert_eq!(limiter.usage(Scope::Ip, "10.0.0.1"), 0, "at 13 s");
        assert_eq!(limiter.usage(Scope::User, "ann"), 2, "at 13 s");
        assert_eq!(ask(&limiter, "ann", 1), allowed(0), "ann's 3rd, at 13 s");
        assert_eq!(limiter.usage(Scope::Ip, "10.0.0.1"), 1, "at 13 s");
        let twenty = denied(Scope::User, 20 * SECOND);
        assert_eq!(ask(&limiter, "ann", 1), twenty, "ann until 33 s");
    });
}

#[test]
fn usage_tells_what_was_admitted() {
    check(|| {
        let limiter = limiter(&[
            (Scope::User, 2, 10 * SECOND),
            (Scope::Global, 9, 10 * SECOND),
        ]);
        for (user, last) in [("ann", 1), ("ann", 2), ("ann", 1), ("bob", 1)] {
            ask(&limiter, user, last);
        }
        let usage = |scope, key| limiter.usage(scope, key);
        assert_eq!(usage(Scope::User, "ann"), 2, "ann, one was denied");
        assert_eq!(usage(Scope::User, "bob"), 1, "bob");
        assert_eq!(usage(Scope::User, "cyd"), 0, "nobody knows cyd");
        assert_eq!(usage(Scope::Global, ""), 3, "altogether");
        assert_eq!(usage(Scope::Ip, "10.0.0.1"), 0, "there is no such rule");
        clock::advance(10 * SECOND);
        assert_eq!(usage(Scope::User, "ann"), 0, "ann's window has ended");
        assert_eq!(usage(Scope::Global, ""), 0, "the window has ended");
    });
}

#[test]
fn sweep_counts_the_keys_that_go() {
    check(|| {
        let limiter = limiter(&[(Scope::User, 5, 10 * SECOND), (Scope::Ip, 5, 20 * SECOND)]);
        assert_eq!(limiter.sweep(), 0, "a new limiter");
        ask(&limiter, "ann", 1);
        ask(&limiter, "ann", 2);
        ask(&limiter, "bob", 1);
        assert_eq!(limiter.sweep(), 0, "all windows run");
        clock::advance(10 * SECOND);
        assert_eq!(limiter.sweep(), 2, "ann and bob");
        assert_eq!(limiter.sweep(), 0, "again");
        clock::advance(10 * SECOND);
        assert_eq!(limiter.sweep(), 2, "two addresses");
        assert_eq!(ask(&limiter, "ann", 1), allowed(4), "ann starts afresh");
    });
}
