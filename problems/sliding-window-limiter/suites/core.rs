//! What every rate limiter must do, on one thread and an exact clock.

use judge_kit::{check, clock};
use sliding_window_limiter::{Decision, SlidingWindowLimiter};
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

/// Study: which number does the client see after this very request?
#[test]
fn the_limit_is_admitted_and_remaining_counts_down_to_zero() {
    check(|| {
        let limiter = limiter(4, 1000 * MS);
        for remaining in (0..4).rev() {
            assert_eq!(
                limiter.check("ann"),
                allowed(remaining),
                "one of the first 4 requests, the limit is 4"
            );
        }
        assert!(
            matches!(limiter.check("ann"), Decision::Denied { .. }),
            "the 5th request inside the window was admitted, the limit is 4"
        );
    });
}

#[test]
fn keys_do_not_share_a_budget() {
    check(|| {
        let limiter = limiter(2, 1000 * MS);
        assert_eq!(limiter.check("ann"), allowed(1), "first of ann");
        assert_eq!(limiter.check("bob"), allowed(1), "first of bob");
        assert_eq!(limiter.check("ann"), allowed(0), "second of ann");
        clock::advance(300 * MS);
        assert_eq!(limiter.check("cyd"), allowed(1), "first of cyd");
        assert_eq!(limiter.check("ann"), denied(700 * MS), "third of ann");
        assert_eq!(limiter.check("bob"), allowed(0), "second of bob");
        assert_eq!(limiter.check("bob"), denied(700 * MS), "third of bob");
        assert_eq!(limiter.tracked_keys(), 3, "ann, bob and cyd are tracked");
    });
}

/// Study: a sliding log gives slots back in the order in which they were taken.
#[test]
fn slots_come_back_one_by_one() {
    check(|| {
        let limiter = limiter(3, 1000 * MS);
        assert_eq!(limiter.check("ann"), allowed(2), "at 0 ms");
        clock::advance(100 * MS);
        assert_eq!(limiter.check("ann"), allowed(1), "at 100 ms");
        clock::advance(150 * MS);
        assert_eq!(limiter.check("ann"), allowed(0), "at 250 ms");

        clock::advance(750 * MS);
        for (now, pause) in [(1000, 100), (1100, 150), (1250, 750)] {
            assert_eq!(
                limiter.check("ann"),
                allowed(0),
                "at {now} ms exactly one slot is free again"
            );
            assert!(
                matches!(limiter.check("ann"), Decision::Denied { .. }),
                "at {now} ms only one slot is free again, two requests were admitted"
            );
            clock::advance(pause * MS);
        }
        assert_eq!(
            limiter.check("ann"),
            allowed(0),
            "at 2000 ms the slot taken at 1000 ms is free"
        );
    });
}

#[test]
fn remaining_grows_as_requests_leave() {
    check(|| {
        let limiter = limiter(5, 1000 * MS);
        for _ in 0..3 {
            limiter.check("ann");
        }
        clock::advance(400 * MS);
        assert_eq!(limiter.check("ann"), allowed(1), "4 of 5 are in the window");
        clock::advance(600 * MS);
        assert_eq!(
            limiter.check("ann"),
            allowed(3),
            "the first three have left, two are in the window"
        );
        clock::advance(5000 * MS);
        assert_eq!(limiter.check("ann"), allowed(4), "after a long silence");
    });
}

/// Study: Retry-After is about the oldest request that still counts.
#[test]
fn retry_after_is_the_time_until_the_oldest_request_leaves() {
    check(|| {
        let limiter = limiter(3, 1000 * MS);
        limiter.check("ann");
        assert_eq!(limiter.check("bob"), allowed(2), "bob's first");
        clock::advance(100 * MS);
        limiter.check("ann");
        clock::advance(150 * MS);
        limiter.check("ann");
        assert_eq!(limiter.check("ann"), denied(750 * MS), "at 250 ms");
        clock::advance(150 * MS);
        assert_eq!(limiter.check("ann"), denied(600 * MS), "at 400 ms");
        clock::advance(600 * MS + 7 * NS);
        assert_eq!(limiter.check("ann"), allowed(0), "just after 1000 ms");
        assert_eq!(
            limiter.check("ann"),
            denied(100 * MS - 7 * NS),
            "the oldest is now the request made at 100 ms"
        );
    });
}

#[test]
fn waiting_exactly_retry_after_is_enough_and_a_nanosecond_less_is_not() {
    check(|| {
        let limiter = limiter(2, 1000 * MS + 3 * NS);
        limiter.check("ann");
        clock::advance(333 * MS);
        limiter.check("ann");
        clock::advance(100 * MS);
        for _ in 0..4 {
            let Decision::Denied { retry_after } = limiter.check("ann") else {
                panic!("a third request inside the window was admitted, the limit is 2");
            };
            assert!(!retry_after.is_zero(), "a denial said: come back at once");
            clock::advance(retry_after - NS);
            assert_eq!(
                limiter.check("ann"),
                denied(NS),
                "one nanosecond before the announced moment"
            );
            clock::advance(NS);
            assert_eq!(limiter.check("ann"), allowed(0), "at the announced moment");
        }
    });
}
