//! Requests that cost more than one unit.

use judge_kit::{allocated_bytes, check, clock, explore};
use sliding_window_limiter::{CostError, Decision, SlidingWindowLimiter};
use std::thread;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);
const NS: Duration = Duration::from_nanos(1);

fn limiter(limit: u32) -> SlidingWindowLimiter {
    SlidingWindowLimiter::new(limit, 1000 * MS).expect("these are valid settings")
}

fn allowed(remaining: u32) -> Result<Decision, CostError> {
    Ok(Decision::Allowed { remaining })
}

fn denied(retry_after: Duration) -> Result<Decision, CostError> {
    Ok(Decision::Denied { retry_after })
}

#[test]
fn costs_and_plain_requests_draw_on_one_budget() {
    check(|| {
        let limiter = limiter(10);
        assert_eq!(limiter.check_cost("ann", 4), allowed(6), "4 of 10 units");
        assert_eq!(
            Ok(limiter.check("ann")),
            allowed(5),
            "a plain request is one unit"
        );
        clock::advance(100 * MS);
        assert_eq!(limiter.check_cost("ann", 5), allowed(0), "the last 5 units");
        assert_eq!(
            Ok(limiter.check("ann")),
            denied(900 * MS),
            "nothing is left"
        );
        assert_eq!(
            limiter.check_cost("bob", 10),
            allowed(0),
            "bob has his own 10"
        );
        clock::advance(900 * MS);
        assert_eq!(
            Ok(limiter.check("ann")),
            allowed(4),
            "5 units have left together"
        );
    });
}

#[test]
fn a_cost_is_granted_whole_or_not_at_all() {
    check(|| {
        let limiter = limiter(10);
        limiter.check_cost("ann", 7).expect("7 of 10 fit");
        for _ in 0..5 {
            assert_eq!(
                limiter.check_cost("ann", 4),
                denied(1000 * MS),
                "3 are left"
            );
        }
        assert_eq!(
            limiter.check_cost("ann", 3),
            allowed(0),
            "all 3 that are left"
        );
    });
}

/// Study: walk from the oldest request until enough units have come back.
#[test]
fn retry_after_waits_for_enough_units() {
    check(|| {
        let limiter = limiter(10);
        limiter.check_cost("ann", 3).expect("fits");
        clock::advance(100 * MS);
        limiter.check_cost("ann", 4).expect("fits");
        clock::advance(100 * MS);
        limiter.check_cost("ann", 2).expect("fits");
        clock::advance(100 * MS);
        // One unit is left at 300 ms.
        for (cost, retry_after) in [(2, 700), (4, 700), (5, 800), (8, 800), (9, 900), (10, 900)] {
            assert_eq!(
                limiter.check_cost("ann", cost),
                denied(retry_after * MS),
                "a cost of {cost} at 300 ms; 3, 4 and 2 of 10 units were taken at 0, 100 and 200 ms"
            );
        }
        clock::advance(800 * MS - NS);
        assert_eq!(
            limiter.check_cost("ann", 5),
            denied(NS),
            "a nanosecond too early"
        );
        clock::advance(NS);
        assert_eq!(
            limiter.check_cost("ann", 5),
            allowed(3),
            "at the announced moment"
        );
    });
}

#[test]
fn a_cost_of_zero_is_always_allowed_and_leaves_no_trace() {
    check(|| {
        let limiter = limiter(2);
        assert_eq!(limiter.check_cost("ann", 0), allowed(2), "an unknown key");
        assert_eq!(limiter.tracked_keys(), 0, "a cost of 0 makes no key known");
        limiter.check_cost("ann", 2).expect("fits");
        clock::advance(600 * MS);
        for _ in 0..3 {
            assert_eq!(limiter.check_cost("ann", 0), allowed(0), "a full window");
        }
        clock::advance(400 * MS);
        assert_eq!(
            limiter.check_cost("ann", 0),
            allowed(2),
            "the units have left"
        );
        assert_eq!(limiter.evict_idle(), 1, "a cost of 0 keeps no key alive");
    });
}

#[test]
fn a_cost_above_the_limit_is_an_error_without_a_trace() {
    check(|| {
        let limiter = limiter(5);
        let error = Err(CostError::ExceedsLimit);
        assert_eq!(limiter.check_cost("ann", 6), error, "6 never fit into 5");
        assert_eq!(limiter.tracked_keys(), 0, "the error made no key known");
        assert_eq!(limiter.check_cost("ann", 5), allowed(0), "5 fit exactly");
        assert_eq!(
            limiter.check_cost("ann", 6),
            error,
            "also when the window is full"
        );
        assert_eq!(
            limiter.check_cost("ann", u32::MAX),
            error,
            "the largest cost"
        );
        clock::advance(1000 * MS);
        assert_eq!(
            limiter.check_cost("ann", 5),
            allowed(0),
            "the errors cost nothing"
        );
    });
}

/// Study: `cost > limit - used` cannot overflow, `used + cost > limit` can.
#[test]
fn the_largest_costs_neither_overflow_nor_fill_the_memory() {
    check(|| {
        let limiter = limiter(u32::MAX);
        let before = allocated_bytes();
        assert_eq!(
            limiter.check_cost("ann", 1_000_000),
            allowed(u32::MAX - 1_000_000)
        );
        let grown = allocated_bytes().saturating_sub(before);
        assert!(
            grown < 64 * 1024,
            "one request of a million units took {grown} bytes"
        );
        assert_eq!(
            limiter.check_cost("ann", u32::MAX),
            denied(1000 * MS),
            "all units, while a million are taken"
        );
        assert_eq!(limiter.check_cost("ann", u32::MAX - 1_000_000), allowed(0));
        clock::advance(1000 * MS);
        assert_eq!(
            limiter.check_cost("ann", u32::MAX),
            allowed(0),
            "all units at once"
        );
        assert_eq!(
            limiter.check_cost("ann", u32::MAX),
            denied(1000 * MS),
            "and again"
        );
    });
}

#[test]
fn costs_that_race_never_exceed_the_limit() {
    explore(|| {
        let limiter = limiter(3);
        let decisions = thread::scope(|scope| {
            let handlers = [2, 2, 1].map(|cost| {
                let limiter = &limiter;
                scope.spawn(move || (cost, limiter.check_cost("ann", cost)))
            });
            handlers.map(|handler| handler.join().expect("a handler panicked"))
        });
        let admitted: Vec<u32> = decisions
            .iter()
            .filter(|(_, decision)| matches!(decision, Ok(Decision::Allowed { .. })))
            .map(|(cost, _)| *cost)
            .collect();
        assert_eq!(
            (admitted.len(), admitted.iter().sum::<u32>()),
            (2, 3),
            "left: number of admitted requests and their units; \
             costs of 2, 2 and 1 at the same moment, the limit is 3"
        );
        assert_eq!(
            limiter.check_cost("ann", 0),
            allowed(0),
            "all 3 units are taken"
        );
    });
}
