//! Users with numbers of their own.

use judge_kit::{check, clock, explore};
use layered_limits::{Caller, Decision, LayeredLimiter, Rule, Scope};
use std::net::{IpAddr, Ipv4Addr};
use std::thread;
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

fn two_each() -> LayeredLimiter {
    limiter(&[(Scope::User, 2, 10 * SECOND), (Scope::Ip, 9, 60 * SECOND)])
}

#[test]
fn a_raised_limit_applies_at_once_and_keeps_what_was_used() {
    check(|| {
        let limiter = two_each();
        ask(&limiter, "ann", 1);
        ask(&limiter, "ann", 1);
        clock::advance(SECOND);
        let no = denied(Scope::User, 9 * SECOND);
        assert_eq!(ask(&limiter, "ann", 1), no, "the 3rd of 2");
        limiter.set_override("ann", Some(5));
        assert_eq!(limiter.usage(Scope::User, "ann"), 2, "usage stays");
        assert_eq!(ask(&limiter, "ann", 2), allowed(2), "the 3rd of 5");
        assert_eq!(ask(&limiter, "bob", 2), allowed(1), "bob, the 1st of 2");
        clock::advance(9 * SECOND);
        assert_eq!(ask(&limiter, "ann", 2), allowed(4), "a new window of 5");
    });
}

#[test]
fn a_lowered_limit_denies_until_the_window_ends() {
    check(|| {
        let limiter = limiter(&[(Scope::User, 5, 10 * SECOND)]);
        for left in [4, 3, 2] {
            assert_eq!(ask(&limiter, "ann", 1), allowed(left), "of 5");
        }
        clock::advance(4 * SECOND);
        for lowered in [1, 2, 3] {
            limiter.set_override("ann", Some(lowered));
            let no = denied(Scope::User, 6 * SECOND);
            assert_eq!(ask(&limiter, "ann", 1), no, "the 4th of {lowered}");
        }
        assert_eq!(limiter.usage(Scope::User, "ann"), 3, "usage stays");
        clock::advance(6 * SECOND);
        assert_eq!(ask(&limiter, "ann", 1), allowed(2), "a new window of 3");
    });
}

#[test]
fn none_returns_to_the_rule() {
    check(|| {
        let limiter = two_each();
        limiter.set_override("bob", None);
        assert_eq!(ask(&limiter, "bob", 1), allowed(1), "there was no override");
        limiter.set_override("ann", Some(4));
        for left in [3, 2, 1] {
            assert_eq!(ask(&limiter, "ann", 1), allowed(left), "of 4");
        }
        limiter.set_override("ann", None);
        let no = denied(Scope::User, 10 * SECOND);
        assert_eq!(ask(&limiter, "ann", 1), no, "the 4th of 2");
        limiter.set_override("ann", Some(7));
        limiter.set_override("ann", Some(4));
        assert_eq!(ask(&limiter, "ann", 1), allowed(0), "the 4th of 4 again");
    });
}

#[test]
fn a_blocked_user_waits_for_a_whole_window_at_any_time() {
    check(|| {
        let limiter = two_each();
        limiter.set_override("eve", Some(0));
        let no = denied(Scope::User, 10 * SECOND);
        assert_eq!(ask(&limiter, "eve", 1), no, "no window is running");
        ask(&limiter, "ann", 1);
        clock::advance(3 * SECOND);
        limiter.set_override("ann", Some(0));
        assert_eq!(ask(&limiter, "ann", 1), no, "3 s of 10 s are gone");
        assert_eq!(limiter.usage(Scope::User, "ann"), 1, "usage stays");
        assert_eq!(limiter.usage(Scope::User, "eve"), 0, "never admitted");
        assert_eq!(limiter.usage(Scope::Ip, "10.0.0.1"), 1, "the address");
        clock::advance(7 * SECOND);
        assert_eq!(ask(&limiter, "ann", 1), no, "her window has ended");
        limiter.set_override("ann", Some(1));
        assert_eq!(ask(&limiter, "ann", 1), allowed(0), "no longer blocked");
    });
}

#[test]
fn a_block_is_compared_with_other_rules_as_usual() {
    check(|| {
        for (window, scope, wait) in [
            (30, Scope::Ip, 30),
            (5, Scope::User, 10),
            (10, Scope::User, 10),
        ] {
            let limiter = limiter(&[
                (Scope::User, 1, 10 * SECOND),
                (Scope::Ip, 1, window * SECOND),
            ]);
            assert_eq!(ask(&limiter, "ann", 1), allowed(0), "ann");
            limiter.set_override("eve", Some(0));
            let no = denied(scope, wait * SECOND);
            assert_eq!(
                ask(&limiter, "eve", 1),
                no,
                "and {window} s for the address"
            );
        }
    });
}

#[test]
fn overrides_survive_the_sweep_and_are_no_keys() {
    check(|| {
        let limiter = two_each();
        limiter.set_override("ann", Some(3));
        limiter.set_override("eve", Some(0));
        assert_eq!(limiter.sweep(), 0, "nobody has made a request");
        ask(&limiter, "ann", 1);
        clock::advance(10 * SECOND);
        assert_eq!(limiter.sweep(), 1, "ann's window");
        clock::advance(60 * SECOND);
        assert_eq!(limiter.sweep(), 1, "the address");
        assert_eq!(ask(&limiter, "ann", 1), allowed(2), "ann, the 1st of 3");
        let no = denied(Scope::User, 10 * SECOND);
        assert_eq!(ask(&limiter, "eve", 1), no, "eve is still blocked");
    });
}

#[test]
fn an_override_needs_a_rule_and_a_user() {
    check(|| {
        let addresses = limiter(&[(Scope::Ip, 2, 10 * SECOND)]);
        addresses.set_override("ann", Some(0));
        assert_eq!(ask(&addresses, "ann", 1), allowed(1), "no rule for users");
        addresses.set_override("ann", Some(1));
        assert_eq!(ask(&addresses, "ann", 1), allowed(0), "no rule for users");
        assert_eq!(addresses.usage(Scope::User, "ann"), 0, "no rule for users");
        clock::advance(10 * SECOND);
        assert_eq!(addresses.sweep(), 1, "the address");
        let both = two_each();
        both.set_override("", Some(0));
        both.set_override("10.0.0.1", Some(0));
        assert_eq!(ask(&both, "-", 1), allowed(8), "nobody, from 10.0.0.1");
        let no = denied(Scope::User, 10 * SECOND);
        assert_eq!(ask(&both, "", 1), no, "the user with the empty name");
    });
}

#[test]
fn remaining_is_still_the_least_of_all_rules() {
    check(|| {
        let limiter = limiter(&[(Scope::User, 2, 10 * SECOND), (Scope::Ip, 4, 10 * SECOND)]);
        limiter.set_override("ann", Some(u32::MAX));
        assert_eq!(ask(&limiter, "ann", 1), allowed(3), "left to the address");
        assert_eq!(ask(&limiter, "ann", 2), allowed(3), "left to the address");
        assert_eq!(ask(&limiter, "bob", 2), allowed(1), "left to bob");
        limiter.set_override("ann", Some(4));
        assert_eq!(ask(&limiter, "ann", 3), allowed(1), "left to ann");
    });
}

/// Study: the limit that is compared must be the one in force when the request is counted.
#[test]
fn after_a_block_nobody_gets_in() {
    explore(|| {
        let limiter = limiter(&[(Scope::User, 5, 10 * SECOND)]);
        thread::scope(|scope| {
            let callers = [(); 2].map(|()| scope.spawn(|| ask(&limiter, "eve", 1)));
            limiter.set_override("eve", Some(0));
            let used = limiter.usage(Scope::User, "eve");
            let late = ask(&limiter, "eve", 1);
            let no = denied(Scope::User, 10 * SECOND);
            assert_eq!(late, no, "a request after the block");
            for caller in callers {
                caller.join().expect("check panicked");
            }
            let after = limiter.usage(Scope::User, "eve");
            assert_eq!(after, used, "usage when eve was blocked, and at the end");
        });
    });
}

#[test]
fn an_override_among_callers_keeps_what_they_use() {
    explore(|| {
        let limiter = limiter(&[(Scope::User, 1, 10 * SECOND)]);
        let passed = thread::scope(|scope| {
            let callers = [(); 2].map(|()| scope.spawn(|| ask(&limiter, "ann", 1)));
            limiter.set_override("ann", Some(2));
            callers.map(|caller| caller.join().expect("check panicked"))
        });
        let passed = passed
            .iter()
            .filter(|one| matches!(one, Decision::Allowed { .. }));
        let passed = passed.count() as u32;
        assert!(passed >= 1, "the first request was within either limit");
        assert_eq!(limiter.usage(Scope::User, "ann"), passed, "admitted");
    });
}
