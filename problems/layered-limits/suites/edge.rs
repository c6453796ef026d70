//! What a rejected request leaves behind, odd callers, and exact moments.

use judge_kit::{allocated_bytes, check, clock};
use layered_limits::{Caller, ConfigError, Decision, LayeredLimiter, Rule, Scope};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

const MOMENT: Duration = Duration::from_nanos(1);
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

/// Usage of ann, of 10.0.0.1, and of the service.
fn usage(limiter: &LayeredLimiter) -> [u32; 3] {
    [
        limiter.usage(Scope::User, "ann"),
        limiter.usage(Scope::Ip, "10.0.0.1"),
        limiter.usage(Scope::Global, ""),
    ]
}

/// Study: look at every limit first, and count only when all of them have said yes.
#[test]
fn a_request_that_one_rule_rejects_counts_nowhere() {
    check(|| {
        for full in [Scope::User, Scope::Ip, Scope::Global] {
            let limit = |scope| if scope == full { 1 } else { 5 };
            let rules = [Scope::User, Scope::Ip, Scope::Global];
            let limiter = limiter(&rules.map(|scope| (scope, limit(scope), 10 * SECOND)));
            assert_eq!(ask(&limiter, "ann", 1), allowed(0), "the only one");
            for _ in 0..7 {
                let no = denied(full, 10 * SECOND);
                assert_eq!(ask(&limiter, "ann", 1), no, "{full:?} is full");
            }
            assert_eq!(
                usage(&limiter),
                [1, 1, 1],
                "usage of user, address and service after 7 requests that {full:?} rejected"
            );
        }
    });
}

#[test]
fn a_rejected_request_begins_no_window() {
    check(|| {
        let limiter = limiter(&[(Scope::User, 2, 10 * SECOND), (Scope::Ip, 1, 4 * SECOND)]);
        assert_eq!(ask(&limiter, "bob", 1), allowed(0), "bob at 0 s");
        let no = denied(Scope::Ip, 4 * SECOND);
        assert_eq!(ask(&limiter, "ann", 1), no, "ann at 0 s, same address");
        clock::advance(6 * SECOND);
        assert_eq!(ask(&limiter, "ann", 1), allowed(0), "ann at 6 s");
        clock::advance(5 * SECOND);
        assert_eq!(ask(&limiter, "ann", 1), allowed(0), "ann at 11 s");
        let five = denied(Scope::User, 5 * SECOND);
        assert_eq!(ask(&limiter, "ann", 2), five, "ann's window is from 6 s");
    });
}

#[test]
fn a_rejected_request_leaves_finished_windows_where_they_are() {
    check(|| {
        let limiter = limiter(&[(Scope::User, 2, 10 * SECOND), (Scope::Ip, 1, 60 * SECOND)]);
        assert_eq!(ask(&limiter, "ann", 1), allowed(0), "ann at 0 s");
        clock::advance(10 * SECOND);
        let no = denied(Scope::Ip, 50 * SECOND);
        assert_eq!(ask(&limiter, "ann", 1), no, "the address is full");
        assert_eq!(limiter.usage(Scope::User, "ann"), 0, "her window has ended");
        assert_eq!(limiter.sweep(), 1, "ann's window, which has ended");
        assert_eq!(ask(&limiter, "ann", 1), no, "the address is still full");
        assert_eq!(limiter.sweep(), 0, "again");
    });
}

#[test]
fn the_rule_for_users_does_not_apply_to_the_anonymous() {
    check(|| {
        let both = limiter(&[(Scope::User, 1, 10 * SECOND), (Scope::Ip, 3, 10 * SECOND)]);
        assert_eq!(ask(&both, "-", 1), allowed(2), "anonymous, the 1st");
        assert_eq!(ask(&both, "-", 1), allowed(1), "anonymous, the 2nd");
        assert_eq!(ask(&both, "", 1), allowed(0), "a user with an empty name");
        let no = denied(Scope::Ip, 10 * SECOND);
        assert_eq!(ask(&both, "-", 1), no, "anonymous, from a full address");
        assert_eq!(both.usage(Scope::User, ""), 1, "the empty name");
        let users = limiter(&[(Scope::User, 1, 10 * SECOND)]);
        for _ in 0..3 {
            assert_eq!(ask(&users, "-", 1), allowed(u32::MAX), "no rule applies");
        }
        assert_eq!(ask(&users, "", 1), allowed(0), "the empty name, the 1st");
        let no = denied(Scope::User, 10 * SECOND);
        assert_eq!(ask(&users, "", 1), no, "the empty name, the 2nd of 1");
    });
}

#[test]
fn of_several_full_rules_the_longest_wait_is_reported() {
    check(|| {
        let scopes = [Scope::User, Scope::Ip, Scope::Global];
        for longest in 0..3 {
            let window = |at| {
                if at == longest {
                    30 * SECOND
                } else {
                    20 * SECOND
                }
            };
            let rules = [0, 1, 2].map(|at| (scopes[at], 1, window(at)));
            let limiter = limiter(&rules);
            assert_eq!(ask(&limiter, "ann", 1), allowed(0), "the only one");
            clock::advance(5 * SECOND);
            let no = denied(scopes[longest], 25 * SECOND);
            assert_eq!(ask(&limiter, "ann", 1), no, "three rules are full");
        }
        let late = self::limiter(&[(Scope::User, 1, 30 * SECOND), (Scope::Ip, 1, 20 * SECOND)]);
        ask(&late, "ann", 1);
        clock::advance(25 * SECOND);
        ask(&late, "bob", 2);
        clock::advance(SECOND);
        let no = denied(Scope::Ip, 19 * SECOND);
        assert_eq!(
            ask(&late, "ann", 2),
            no,
            "ann waits for 4 s, her address for 19"
        );
        let no = denied(Scope::User, 4 * SECOND);
        assert_eq!(ask(&late, "ann", 3), no, "ann waits for 4 s");
        let no = denied(Scope::User, 29 * SECOND);
        assert_eq!(
            ask(&late, "bob", 2),
            no,
            "bob waits for 29 s, his address for 19"
        );
    });
}

#[test]
fn equal_waits_are_reported_in_the_order_of_scopes() {
    check(|| {
        let all = [Scope::Global, Scope::Ip, Scope::User].map(|scope| (scope, 1, 10 * SECOND));
        let limiter = [limiter(&all), limiter(&all[..2])];
        for (limiter, first) in limiter.iter().zip([Scope::User, Scope::Ip]) {
            assert_eq!(ask(limiter, "ann", 1), allowed(0), "the only one");
            let no = denied(first, 10 * SECOND);
            assert_eq!(ask(limiter, "ann", 1), no, "all rules are full alike");
        }
    });
}

#[test]
fn a_window_ends_exactly_at_its_length() {
    check(|| {
        let window = 10 * SECOND + MOMENT;
        let limiter = limiter(&[(Scope::User, 1, window), (Scope::Global, 2, 20 * SECOND)]);
        assert_eq!(ask(&limiter, "ann", 1), allowed(0), "at 0 s");
        clock::advance(window - MOMENT);
        let no = denied(Scope::User, MOMENT);
        assert_eq!(ask(&limiter, "ann", 1), no, "1 ns before the end");
        assert_eq!(limiter.usage(Scope::User, "ann"), 1, "1 ns before the end");
        assert_eq!(limiter.sweep(), 0, "1 ns before the end");
        clock::advance(MOMENT);
        assert_eq!(limiter.usage(Scope::User, "ann"), 0, "at the end");
        assert_eq!(ask(&limiter, "ann", 1), allowed(0), "at the end");
        clock::advance(window);
        assert_eq!(limiter.sweep(), 2, "the end of ann's and of the global one");
    });
}

#[test]
fn wrong_rules_are_refused_in_the_order_of_the_enum() {
    check(|| {
        let make = |rules: &[(Scope, u32, Duration)]| {
            let rule = |&(scope, limit, window)| Rule {
                scope,
                limit,
                window,
            };
            LayeredLimiter::new(rules.iter().map(rule).collect()).err()
        };
        let (user, ip) = (Scope::User, Scope::Ip);
        let none = Duration::ZERO;
        assert_eq!(make(&[]), Some(ConfigError::NoRules), "no rules");
        let zero_limit = Some(ConfigError::ZeroLimit);
        assert_eq!(make(&[(ip, 0, SECOND)]), zero_limit, "limit 0");
        assert_eq!(
            make(&[(ip, 1, none), (ip, 1, SECOND), (user, 0, SECOND)]),
            zero_limit,
            "all three wrong"
        );
        let zero_window = Some(ConfigError::ZeroWindow);
        assert_eq!(make(&[(user, 1, none)]), zero_window, "window 0");
        assert_eq!(
            make(&[(ip, 1, SECOND), (ip, 1, SECOND), (user, 1, none)]),
            zero_window,
            "two for addresses, and a window of 0"
        );
        for scope in [user, ip, Scope::Global] {
            let twice = [(scope, 1, SECOND), (scope, 2, 2 * SECOND)];
            let wrong = Some(ConfigError::DuplicateScope);
            assert_eq!(make(&twice), wrong, "two rules for {scope:?}");
        }
        let extreme = (ip, u32::MAX, Duration::MAX);
        assert_eq!(make(&[extreme, (user, 1, MOMENT)]), None, "extreme rules");
    });
}

/// Study: are a user and an address the same key if they are spelled alike?
#[test]
fn users_and_addresses_of_the_same_spelling_have_nothing_in_common() {
    check(|| {
        let rules = [Scope::User, Scope::Ip, Scope::Global].map(|scope| (scope, 3, 10 * SECOND));
        let limiter = limiter(&rules);
        assert_eq!(ask(&limiter, "10.0.0.1", 2), allowed(2), "a user 10.0.0.1");
        assert_eq!(ask(&limiter, "", 1), allowed(1), "a user without letters");
        let seen = [
            limiter.usage(Scope::User, "10.0.0.1"),
            limiter.usage(Scope::User, "10.0.0.2"),
            limiter.usage(Scope::User, ""),
            limiter.usage(Scope::Ip, "10.0.0.1"),
            limiter.usage(Scope::Ip, "10.0.0.2"),
            limiter.usage(Scope::Ip, ""),
            limiter.usage(Scope::Global, ""),
            limiter.usage(Scope::Global, "10.0.0.1"),
        ];
        assert_eq!(
            seen,
            [1, 0, 1, 1, 1, 0, 2, 0],
            "users 10.0.0.1, 10.0.0.2 and \"\", addresses 10.0.0.1, 10.0.0.2 and \"\", Global \"\" and \"10.0.0.1\""
        );
        clock::advance(10 * SECOND);
        assert_eq!(limiter.sweep(), 5, "two users, two addresses, and Global");
    });
}

#[test]
fn addresses_of_both_families_are_told_apart() {
    check(|| {
        let limiter = limiter(&[(Scope::Ip, 1, 10 * SECOND)]);
        let four = Ipv4Addr::new(10, 0, 0, 1);
        let mapped = four.to_ipv6_mapped();
        let six = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
        let neighbour = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);
        for ip in [four.into(), mapped.into(), six.into(), neighbour.into()] {
            let ip: IpAddr = ip;
            let who = Caller { user: None, ip };
            assert_eq!(limiter.check(who), allowed(0), "the first of {ip}");
            assert_eq!(limiter.usage(Scope::Ip, &ip.to_string()), 1, "{ip}");
            let no = denied(Scope::Ip, 10 * SECOND);
            assert_eq!(limiter.check(who), no, "the second of {ip}");
        }
    });
}

#[test]
fn the_largest_settings_do_not_overflow() {
    check(|| {
        let limiter = limiter(&[
            (Scope::User, 1, Duration::MAX),
            (Scope::Ip, u32::MAX, Duration::MAX),
        ]);
        assert_eq!(ask(&limiter, "ann", 1), allowed(0), "at first");
        assert_eq!(ask(&limiter, "-", 1), allowed(u32::MAX - 2), "the address");
        let age = 100 * 365 * 24 * 3_600 * SECOND;
        clock::advance(age);
        let later = ask(&limiter, "ann", 1);
        assert!(
            later == denied(Scope::User, Duration::MAX)
                || later == denied(Scope::User, Duration::MAX - age),
            "an endless window was full, and 100 years later the answer was {later:?}"
        );
        assert_eq!(limiter.sweep(), 0, "endless windows");
        assert_eq!(limiter.usage(Scope::User, "ann"), 1, "100 years later");
    });
}

#[test]
fn what_was_swept_takes_no_memory() {
    check(|| {
        let limiter = limiter(&[(Scope::User, 1, SECOND), (Scope::Global, u32::MAX, SECOND)]);
        let act = |round: u32| {
            for user in 0..20 {
                let name = format!("a user with a long name, number {user} of round {round}");
                assert_eq!(ask(&limiter, &name, 1), allowed(0), "a new user");
            }
            clock::advance(SECOND);
            assert_eq!(limiter.sweep(), 21, "keys of a round");
        };
        (0..5).for_each(act);
        let before = allocated_bytes();
        (5..105).for_each(act);
        let grown = allocated_bytes().saturating_sub(before);
        assert!(
            grown < 20_000,
            "2,000 users came and were swept, and {grown} bytes are still in use"
        );
    });
}
