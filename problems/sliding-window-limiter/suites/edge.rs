//! Boundaries of time, extreme settings, strange keys, and what stays in memory.

use judge_kit::{allocated_bytes, check, clock};
use sliding_window_limiter::{ConfigError, Decision, SlidingWindowLimiter};
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);
const NS: Duration = Duration::from_nanos(1);

fn limiter(limit: u32, window: Duration) -> SlidingWindowLimiter {
    SlidingWindowLimiter::new(limit, window).expect("these are valid settings")
}

fn allowed(remaining: u32) -> Decision {
    Decision::Allowed { remaining }
}

fn denied(retry_after: Duration) -> Decision {
    Decision::Denied { retry_after }
}

/// Study: half-open windows, `(t - W, t]`.
#[test]
fn a_request_exactly_one_window_old_has_left() {
    check(|| {
        let limiter = limiter(1, 1000 * MS);
        limiter.check("ann");
        clock::advance(1000 * MS - NS);
        assert_eq!(
            limiter.check("ann"),
            denied(NS),
            "one nanosecond younger than the window still counts"
        );
        clock::advance(NS);
        assert_eq!(limiter.check("ann"), allowed(0), "exactly one window later");
    });
}

/// Study: why fixed windows admit twice the limit around their boundary.
#[test]
fn a_burst_around_a_window_boundary_is_caught() {
    check(|| {
        let limiter = limiter(3, 1000 * MS);
        // 3000 ms is a boundary both for windows counted from the limiter's birth
        // and for windows counted from the key's first request.
        clock::advance(2000 * MS);
        assert_eq!(limiter.check("ann"), allowed(2), "first request at 2000 ms");
        clock::advance(999 * MS);
        assert_eq!(limiter.check("ann"), allowed(1), "second at 2999 ms");
        assert_eq!(limiter.check("ann"), allowed(0), "third at 2999 ms");
        clock::advance(2 * MS);
        assert_eq!(
            limiter.check("ann"),
            allowed(0),
            "at 3001 ms two requests are 2 ms old, so one more fits"
        );
        assert_eq!(
            limiter.check("ann"),
            denied(998 * MS),
            "a 4th request within 2 ms, the limit is 3 in any second"
        );
    });
}

#[test]
fn denied_requests_do_not_postpone_the_next_admission() {
    check(|| {
        let limiter = limiter(2, 1000 * MS);
        limiter.check("ann");
        limiter.check("ann");
        for attempt in 1..100 {
            clock::advance(10 * MS);
            assert_eq!(
                limiter.check("ann"),
                denied(1000 * MS - attempt * 10 * MS),
                "attempt {attempt} of a client that keeps knocking"
            );
        }
        clock::advance(10 * MS);
        assert_eq!(limiter.check("ann"), allowed(1), "both requests have left");
        assert_eq!(limiter.check("ann"), allowed(0), "both requests have left");
    });
}

#[test]
fn the_largest_limit_works_and_costs_nothing_in_advance() {
    check(|| {
        let before = allocated_bytes();
        let limiter = limiter(u32::MAX, 1000 * MS);
        assert_eq!(limiter.check("ann"), allowed(u32::MAX - 1), "first request");
        let taken = allocated_bytes().saturating_sub(before);
        assert!(
            taken < 1 << 20,
            "one request with the largest limit took {taken} bytes"
        );
        clock::advance(500 * MS);
        assert_eq!(
            limiter.check("ann"),
            allowed(u32::MAX - 2),
            "second request"
        );
        clock::advance(500 * MS);
        assert_eq!(
            limiter.check("ann"),
            allowed(u32::MAX - 2),
            "the first has left"
        );
    });
}

/// Study: each request leaves at an instant of its own; neighbours must not be merged.
#[test]
fn requests_a_nanosecond_apart_leave_a_nanosecond_apart() {
    check(|| {
        let limiter = limiter(3, 1000 * MS);
        for remaining in [2, 1, 0] {
            assert_eq!(limiter.check("ann"), allowed(remaining));
            clock::advance(NS);
        }
        clock::advance(1000 * MS - 3 * NS);
        for request in ["first", "second"] {
            assert_eq!(limiter.check("ann"), allowed(0), "the {request} has left");
            assert_eq!(limiter.check("ann"), denied(NS), "the next has not");
            clock::advance(NS);
        }
    });
}

#[test]
fn a_window_of_one_nanosecond_forgets_at_the_next() {
    check(|| {
        let limiter = limiter(1, NS);
        for _ in 0..3 {
            assert_eq!(limiter.check("ann"), allowed(0), "a new nanosecond");
            assert_eq!(limiter.check("ann"), denied(NS), "the same nanosecond");
            clock::advance(NS);
        }
    });
}

/// Study: `checked_add`, or comparing ages instead of adding to instants.
#[test]
fn an_endless_window_never_gives_a_slot_back() {
    check(|| {
        let limiter = limiter(1, Duration::MAX);
        assert_eq!(limiter.check("ann"), allowed(0), "first request");
        let mut waited = Duration::ZERO;
        for pause in [Duration::ZERO, NS, 86_400_000 * MS] {
            clock::advance(pause);
            waited += pause;
            let Decision::Denied { retry_after } = limiter.check("ann") else {
                panic!("a second request was admitted, but the window never ends");
            };
            assert!(
                retry_after == Duration::MAX || retry_after == Duration::MAX - waited,
                "retry_after is {retry_after:?} for an endless window"
            );
        }
        assert_eq!(
            limiter.evict_idle(),
            0,
            "no request ever leaves this window"
        );
    });
}

#[test]
fn any_text_is_a_key() {
    check(|| {
        let limiter = limiter(1, 1000 * MS);
        let long = "k".repeat(10_000);
        let longer = "k".repeat(10_001);
        let other_end = format!("{}x", "k".repeat(9_999));
        let keys = [
            "", " ", "\0", "ann", "Ann", "ann ", &long, &longer, &other_end,
        ];
        for key in keys {
            assert_eq!(limiter.check(key), allowed(0), "each key is on its own");
        }
        for key in keys {
            assert_eq!(limiter.check(key), denied(1000 * MS), "each key is known");
        }
        assert_eq!(limiter.tracked_keys(), keys.len(), "nine different keys");
    });
}

#[test]
fn zero_settings_are_refused_and_the_limit_is_named_first() {
    check(|| {
        let error = |limit, window| SlidingWindowLimiter::new(limit, window).err();
        assert_eq!(error(0, MS), Some(ConfigError::ZeroLimit));
        assert_eq!(error(1, Duration::ZERO), Some(ConfigError::ZeroWindow));
        assert_eq!(
            error(0, Duration::ZERO),
            Some(ConfigError::ZeroLimit),
            "both are wrong: the limit is reported"
        );
        assert_eq!(error(1, NS), None, "the smallest valid settings");
        assert_eq!(error(u32::MAX, Duration::MAX), None, "the largest ones");
    });
}

/// Study: a key is idle when its newest request has left, not its oldest.
#[test]
fn eviction_forgets_only_keys_with_an_empty_window() {
    check(|| {
        let limiter = limiter(2, 1000 * MS);
        limiter.check("gone");
        limiter.check("gone");
        limiter.check("half");
        clock::advance(NS);
        limiter.check("just alive");
        limiter.check("just alive");
        clock::advance(500 * MS);
        limiter.check("half");
        assert_eq!(
            limiter.evict_idle(),
            0,
            "every key has requests in its window"
        );
        assert_eq!(limiter.tracked_keys(), 3, "nothing was forgotten");

        clock::advance(500 * MS - NS);
        assert_eq!(
            limiter.tracked_keys(),
            3,
            "idle keys are held until evicted"
        );
        assert_eq!(limiter.evict_idle(), 1, "only `gone` is idle");
        assert_eq!(limiter.tracked_keys(), 2, "two keys are left");
        assert_eq!(limiter.evict_idle(), 0, "nothing more to forget");
        assert_eq!(
            limiter.check("just alive"),
            denied(NS),
            "its two requests still count for a nanosecond"
        );
        assert_eq!(limiter.check("half"), allowed(0), "one of two still counts");
        assert_eq!(limiter.check("gone"), allowed(1), "a forgotten key is new");
        assert_eq!(limiter.tracked_keys(), 3, "the forgotten key came back");

        clock::advance(3000 * MS);
        assert_eq!(limiter.evict_idle(), 3, "all keys are idle");
        assert_eq!(limiter.tracked_keys(), 0, "nothing is held");
    });
}

/// Study: what a limiter under attack keeps in memory.
#[test]
fn memory_follows_the_limit_and_not_the_traffic() {
    const PER_KEY: usize = 16 * 1024;
    check(|| {
        let limiter = limiter(4, 1000 * MS);
        // Whatever is allocated once and for all is there after the first requests.
        for _ in 0..5_000 {
            limiter.check("ann");
        }
        let before = allocated_bytes();
        for _ in 0..20_000 {
            limiter.check("ann");
        }
        let after_denials = allocated_bytes();
        assert!(
            after_denials <= before + PER_KEY,
            "20,000 denied requests of one key took {} bytes",
            after_denials - before
        );
        for _ in 0..20_000 {
            clock::advance(250 * MS);
            limiter.check("ann");
        }
        let after_windows = allocated_bytes();
        assert!(
            after_windows <= before + PER_KEY,
            "a key that is never idle, with a limit of 4, took {} bytes after 20,000 requests",
            after_windows - before
        );
    });
}
