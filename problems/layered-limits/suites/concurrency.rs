//! Threads that meet in some keys and not in others.

use judge_kit::{History, clock, explore};
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

fn passes(decision: Decision) -> bool {
    matches!(decision, Decision::Allowed { .. })
}

/// Study: whatever a request takes before it is rejected, others see as taken.
#[test]
fn a_request_that_is_rejected_never_stands_in_the_way_of_another() {
    explore(|| {
        let limiter = limiter(&[
            (Scope::User, 1, 10 * SECOND),
            (Scope::Ip, 1, 10 * SECOND),
            (Scope::Global, 2, 10 * SECOND),
        ]);
        let passed = thread::scope(|scope| {
            let callers = [("u1", 1), ("u2", 1), ("u1", 2)].map(|(user, last)| {
                let limiter = &limiter;
                scope.spawn(move || passes(ask(limiter, user, last)))
            });
            callers.map(|caller| caller.join().expect("check panicked"))
        });
        assert!(
            passed == [true, false, false] || passed == [false, true, true],
            "(u1, a), (u2, a) and (u1, b) with one request for each: {passed:?}; in any order \
             either the first one passes, or both of the others"
        );
        let count = |of: [bool; 3]| of.iter().filter(|passed| **passed).count() as u32;
        let [first, second, third] = passed;
        let usage = [
            limiter.usage(Scope::User, "u1"),
            limiter.usage(Scope::User, "u2"),
            limiter.usage(Scope::Ip, "10.0.0.1"),
            limiter.usage(Scope::Ip, "10.0.0.2"),
            limiter.usage(Scope::Global, ""),
        ];
        let expected = [
            count([first, false, third]),
            count([false, second, false]),
            count([first, second, false]),
            count([false, false, third]),
            count(passed),
        ];
        assert_eq!(usage, expected, "usage of u1, u2, a, b and the service");
    });
}

#[test]
fn three_threads_share_two_places_of_an_address() {
    explore(|| {
        let limiter = limiter(&[(Scope::User, 5, 10 * SECOND), (Scope::Ip, 2, 10 * SECOND)]);
        let decisions = thread::scope(|scope| {
            let callers = ["u1", "u2", "u3"].map(|user| {
                let limiter = &limiter;
                scope.spawn(move || ask(limiter, user, 1))
            });
            callers.map(|caller| caller.join().expect("check panicked"))
        });
        let mut left: Vec<_> = decisions
            .iter()
            .filter_map(|decision| match decision {
                Decision::Allowed { remaining } => Some(*remaining),
                Decision::Denied { .. } => None,
            })
            .collect();
        left.sort_unstable();
        assert_eq!(
            left,
            [0, 1],
            "remaining of the admitted ones, of three requests from an address with a limit of 2"
        );
        assert_eq!(limiter.usage(Scope::Ip, "10.0.0.1"), 2, "the address");
    });
}

/// Study: if there are several locks, everybody must take them in the same order.
#[test]
fn callers_with_keys_in_opposite_orders_never_block_each_other_for_ever() {
    explore(|| {
        let limiter = limiter(&[
            (Scope::User, 5, 10 * SECOND),
            (Scope::Ip, 5, 10 * SECOND),
            (Scope::Global, 5, 10 * SECOND),
        ]);
        thread::scope(|scope| {
            scope.spawn(|| {
                ask(&limiter, "u1", 2);
                limiter.sweep()
            });
            scope.spawn(|| {
                ask(&limiter, "u2", 1);
                limiter.usage(Scope::Ip, "10.0.0.2")
            });
            ask(&limiter, "u1", 1);
            limiter.sweep();
        });
        let usage = [
            limiter.usage(Scope::User, "u1"),
            limiter.usage(Scope::User, "u2"),
            limiter.usage(Scope::Ip, "10.0.0.1"),
            limiter.usage(Scope::Ip, "10.0.0.2"),
            limiter.usage(Scope::Global, ""),
        ];
        assert_eq!(
            usage,
            [2, 1, 2, 1, 3],
            "usage of u1, u2, a, b and the service"
        );
    });
}

#[derive(Clone, Debug)]
enum Act {
    Ask(&'static str, u8),
    Usage(Scope, &'static str),
}

#[derive(Clone, Debug, PartialEq)]
enum Answer {
    Decision(Decision),
    Usage(u32),
}

fn act(limiter: &LayeredLimiter, act: &Act) -> Answer {
    match act {
        Act::Ask(user, last) => Answer::Decision(ask(limiter, user, *last)),
        Act::Usage(scope, key) => Answer::Usage(limiter.usage(*scope, key)),
    }
}

/// The rules in force, in the order User, Ip, Global: 2, 2 and 3 in 10, 10 and 20 s.
const LIMITS: [(Scope, u32, u64); 3] = [
    (Scope::User, 2, 10),
    (Scope::Ip, 2, 10),
    (Scope::Global, 3, 20),
];

/// Admitted requests of u1 and u2, of 10.0.0.1 and 10.0.0.2, and of the service.
type Counts = [u32; 5];

/// What has to come out, one call after the other, while no time passes.
fn model(counts: &Counts, act: &Act) -> (Answer, Counts) {
    let of_user = |user: &str| usize::from(user == "u2");
    let of_address = |last: u8| 1 + usize::from(last);
    let (user, last) = match act {
        Act::Ask(user, last) => (*user, *last),
        Act::Usage(scope, key) => {
            let place = match scope {
                Scope::User => of_user(key),
                Scope::Ip => of_address(if *key == "10.0.0.1" { 1 } else { 2 }),
                Scope::Global => 4,
            };
            return (Answer::Usage(counts[place]), *counts);
        }
    };
    let mut after = *counts;
    let mut remaining = u32::MAX;
    let mut worst: Option<(Scope, u64)> = None;
    let places = [of_user(user), of_address(last), 4];
    for ((scope, limit, window), place) in LIMITS.into_iter().zip(places) {
        let used = counts[place];
        if used >= limit && worst.is_none_or(|(_, longest)| window > longest) {
            worst = Some((scope, window));
        }
        remaining = remaining.min(limit.saturating_sub(used + 1));
        after[place] += 1;
    }
    match worst {
        None => (Answer::Decision(allowed(remaining)), after),
        Some((scope, window)) => {
            let wait = Duration::from_secs(window);
            (Answer::Decision(denied(scope, wait)), *counts)
        }
    }
}

fn overlap(threads: [&[Act]; 3]) {
    explore(|| {
        let rule = |(scope, limit, window)| (scope, limit, Duration::from_secs(window));
        let limiter = limiter(&LIMITS.map(rule));
        let history = History::new();
        thread::scope(|scope| {
            for acts in threads {
                let (limiter, history) = (&limiter, history.clone());
                scope.spawn(move || {
                    for one in acts {
                        history.call(one.clone(), || act(limiter, one));
                    }
                });
            }
        });
        history.linearizable([0; 5], |counts, act, answer| {
            let (expected, after) = model(counts, act);
            (*answer == expected).then_some(after)
        });
    });
}

#[test]
fn overlapping_requests_take_effect_one_after_the_other() {
    overlap([
        &[Act::Ask("u1", 1), Act::Ask("u1", 2)],
        &[Act::Ask("u2", 1), Act::Ask("u1", 1)],
        &[Act::Ask("u2", 2)],
    ]);
}

#[test]
fn nobody_sees_a_request_that_is_half_counted() {
    overlap([
        &[Act::Ask("u1", 1), Act::Ask("u1", 2)],
        &[Act::Usage(Scope::Global, ""), Act::Usage(Scope::User, "u1")],
        &[
            Act::Usage(Scope::User, "u1"),
            Act::Usage(Scope::Ip, "10.0.0.1"),
        ],
    ]);
}

/// Study: between "this window has ended" and "drop it" a new one may have begun in its place.
#[test]
fn sweep_never_takes_a_window_that_has_just_begun() {
    explore(|| {
        let limiter = limiter(&[(Scope::User, 2, 10 * SECOND)]);
        ask(&limiter, "u1", 1);
        clock::jump(10 * SECOND);
        let (swept, passed) = thread::scope(|scope| {
            let sweeper = scope.spawn(|| limiter.sweep());
            let callers = [(); 2].map(|()| scope.spawn(|| passes(ask(&limiter, "u1", 1))));
            let passed = callers.map(|caller| caller.join().expect("check panicked"));
            (sweeper.join().expect("sweep panicked"), passed)
        });
        assert!(swept <= 1, "{swept} keys were swept, there is only one");
        assert_eq!(passed, [true; 2], "two requests in a new window of 2");
        assert_eq!(limiter.usage(Scope::User, "u1"), 2, "the new window");
        let third = ask(&limiter, "u1", 1);
        assert_eq!(third, denied(Scope::User, 10 * SECOND), "the third");
    });
}

/// Study: a time that was read before the lock was free is old.
#[test]
fn a_window_that_ends_among_callers_begins_once() {
    explore(|| {
        let limiter = limiter(&[(Scope::User, 1, 10 * SECOND), (Scope::Ip, 9, 60 * SECOND)]);
        ask(&limiter, "u1", 1);
        clock::jump(10 * SECOND - Duration::from_millis(1));
        let during = thread::scope(|scope| {
            let callers = [(); 2].map(|()| scope.spawn(|| ask(&limiter, "u1", 1)));
            clock::jump(Duration::from_millis(1));
            callers.map(|caller| caller.join().expect("check panicked"))
        });
        let after = ask(&limiter, "u1", 1);
        let decisions = [during[0], during[1], after];
        let passed = decisions.into_iter().filter(|one| passes(*one)).count();
        assert_eq!(
            passed, 1,
            "a new window of 1 began, and there came {decisions:?}"
        );
        for decision in decisions {
            if let Decision::Denied { retry_after, .. } = decision {
                // Who has read the clock before the window began may count from then.
                assert!(
                    retry_after <= 10 * SECOND + Duration::from_millis(1),
                    "a window of 10 s is full, and one is told to wait for {retry_after:?}"
                );
            }
        }
        assert_eq!(limiter.usage(Scope::Ip, "10.0.0.1"), 2, "the address");
    });
}
