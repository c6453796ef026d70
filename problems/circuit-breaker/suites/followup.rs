//! The failure rate of the follow-up.

use circuit_breaker::{BreakerError, CircuitBreaker, Config, ConfigError, State};
use judge_kit::{Gate, allocated_bytes, check, clock, explore, settle};
use std::panic::{self, AssertUnwindSafe};
use std::thread;
use std::time::Duration;

const OPEN_FOR: Duration = Duration::from_secs(1);
const WINDOW: Duration = Duration::from_secs(10);
const NS: Duration = Duration::from_nanos(1);

/// Opens its gate at last, also when an assertion fails: threads that wait would hide its message.
struct OpenedAtLast(Gate);

impl Drop for OpenedAtLast {
    fn drop(&mut self) {
        self.0.open();
    }
}

fn config(failure_threshold: u32, half_open_probes: u32) -> Config {
    Config {
        failure_threshold,
        open_for: OPEN_FOR,
        half_open_probes,
    }
}

/// Opens at `percent` of at least `min_calls` in 10 s.
fn rated(min_calls: u32, percent: u32) -> CircuitBreaker {
    let made = CircuitBreaker::with_rate(config(1, 1), WINDOW, min_calls, percent);
    made.unwrap_or_else(|error| panic!("valid settings were refused: {error:?}"))
}

fn fail(breaker: &CircuitBreaker) {
    let answer = breaker.call(|| Err::<(), _>("down"));
    assert_eq!(
        answer,
        Err(BreakerError::Inner("down")),
        "a failing call that is let through"
    );
}

fn succeed(breaker: &CircuitBreaker) {
    let answer = breaker.call(|| Ok::<_, &str>("up"));
    assert_eq!(answer, Ok("up"), "a successful call that is let through");
}

#[test]
fn it_opens_when_the_failures_reach_the_percentage() {
    check(|| {
        let breaker = rated(10, 40);
        for _ in 0..6 {
            succeed(&breaker);
        }
        for _ in 0..3 {
            fail(&breaker);
        }
        succeed(&breaker);
        assert_eq!(breaker.state(), State::Closed, "3 of 10 failed, below 40 %");
        fail(&breaker);
        assert_eq!(breaker.state(), State::Closed, "4 of 11 failed, below 40 %");
        fail(&breaker);
        assert_eq!(breaker.state(), State::Open, "5 of 12 failed, over 40 %");
    });
    check(|| {
        let breaker = rated(4, 50);
        succeed(&breaker);
        succeed(&breaker);
        fail(&breaker);
        fail(&breaker);
        assert_eq!(breaker.state(), State::Open, "2 of 4 failed, exactly 50 %");
    });
}

#[test]
fn too_few_calls_do_not_open_it() {
    check(|| {
        let breaker = rated(5, 20);
        for count in 1..=4 {
            fail(&breaker);
            assert_eq!(
                breaker.state(),
                State::Closed,
                "{count} calls, 5 are needed"
            );
        }
        fail(&breaker);
        assert_eq!(breaker.state(), State::Open, "5 calls, all failed");
    });
}

#[test]
fn a_success_may_be_the_result_that_completes_the_calls() {
    check(|| {
        let breaker = rated(4, 50);
        fail(&breaker);
        fail(&breaker);
        succeed(&breaker);
        assert_eq!(breaker.state(), State::Closed, "3 calls, 4 are needed");
        succeed(&breaker);
        assert_eq!(breaker.state(), State::Open, "2 of 4 failed, exactly 50 %");
    });
}

#[test]
fn results_older_than_the_window_are_forgotten() {
    check(|| {
        let breaker = rated(4, 50);
        for _ in 0..3 {
            fail(&breaker);
        }
        clock::advance(Duration::from_secs(12));
        for count in 1..=3 {
            fail(&breaker);
            assert_eq!(
                breaker.state(),
                State::Closed,
                "{count} calls in the last 10 s, 4 are needed"
            );
        }
        fail(&breaker);
        assert_eq!(breaker.state(), State::Open, "4 calls in the last 10 s");
    });
}

#[test]
fn old_successes_no_longer_dilute_the_rate() {
    check(|| {
        let breaker = rated(4, 50);
        for _ in 0..100 {
            succeed(&breaker);
        }
        clock::advance(Duration::from_secs(12));
        succeed(&breaker);
        succeed(&breaker);
        fail(&breaker);
        fail(&breaker);
        assert_eq!(
            breaker.state(),
            State::Open,
            "2 of 4 failed in the last 10 s; 100 successes are 12 s old"
        );
    });
}

/// Study: a window that slides, in buckets, instead of one that starts again every 10 s.
#[test]
fn results_younger_than_the_window_all_count() {
    check(|| {
        let breaker = rated(4, 80);
        succeed(&breaker);
        clock::advance(Duration::from_secs(9));
        fail(&breaker);
        fail(&breaker);
        clock::advance(Duration::from_secs(3));
        fail(&breaker);
        assert_eq!(breaker.state(), State::Closed, "3 calls in the last 10 s");
        fail(&breaker);
        assert_eq!(
            breaker.state(),
            State::Open,
            "4 calls in the last 10 s, the oldest 3 s old, and all failed"
        );
    });
    check(|| {
        let breaker = rated(4, 100);
        for _ in 0..3 {
            fail(&breaker);
            clock::advance(Duration::from_millis(2_900));
        }
        fail(&breaker);
        assert_eq!(
            breaker.state(),
            State::Open,
            "4 calls in the last 10 s, the oldest 8.7 s old, and all failed"
        );
    });
}

/// Study: ten full buckets and the one that is being filled, wherever they begin.
#[test]
fn a_result_counts_by_its_age_wherever_it_falls_in_its_bucket() {
    let (young, old) = (WINDOW * 9 / 10 - NS, WINDOW * 11 / 10 + NS);
    for (age, after, state) in [
        (young, "the last three are younger than 9 s", State::Open),
        (old, "all but the last are older than 11 s", State::Closed),
    ] {
        for step in 0..20 {
            check(|| {
                let breaker = rated(3, 75);
                // The first bucket may begin here; whether this one still counts later does not matter.
                succeed(&breaker);
                clock::advance(WINDOW * step / 100);
                fail(&breaker);
                fail(&breaker);
                clock::advance(age);
                fail(&breaker);
                let since = WINDOW * step / 100;
                assert_eq!(
                    breaker.state(),
                    state,
                    "a success, {since:?} later two failures, {age:?} later another: {after}"
                );
            });
        }
    }
}

#[test]
fn a_change_of_state_forgets_all_results() {
    check(|| {
        let breaker = rated(2, 50);
        fail(&breaker);
        fail(&breaker);
        assert_eq!(breaker.state(), State::Open, "2 of 2 failed");
        clock::advance(OPEN_FOR);
        succeed(&breaker);
        assert_eq!(breaker.state(), State::Closed, "the only probe succeeded");
        fail(&breaker);
        assert_eq!(
            breaker.state(),
            State::Closed,
            "1 call since it closed, 2 are needed; the probe was before"
        );
        fail(&breaker);
        assert_eq!(
            breaker.state(),
            State::Open,
            "2 of 2 failed since it closed"
        );
    });
}

#[test]
fn the_half_open_phase_works_as_before() {
    check(|| {
        let made = CircuitBreaker::with_rate(config(1, 2), WINDOW, 3, 50);
        let breaker = made.unwrap_or_else(|error| panic!("settings refused: {error:?}"));
        for _ in 0..3 {
            fail(&breaker);
        }
        clock::advance(OPEN_FOR - Duration::from_millis(1));
        let answer = breaker.call(|| Ok::<_, &str>("up"));
        assert_eq!(
            answer,
            Err(BreakerError::Rejected {
                retry_after: Duration::from_millis(1)
            }),
            "1 ms before it is half open"
        );
        clock::advance(Duration::from_millis(1));
        succeed(&breaker);
        assert_eq!(breaker.state(), State::HalfOpen, "1 of 2 probes succeeded");
        fail(&breaker);
        assert_eq!(breaker.state(), State::Open, "the 2nd probe failed");
        clock::advance(OPEN_FOR);
        succeed(&breaker);
        succeed(&breaker);
        assert_eq!(breaker.state(), State::Closed, "2 of 2 probes succeeded");
    });
}

#[test]
fn a_late_result_does_not_enter_the_rate() {
    check(|| {
        let breaker = rated(2, 100);
        let gate = Gate::new();
        thread::scope(|scope| {
            let _opened = OpenedAtLast(gate.clone());
            let slow = scope.spawn(|| {
                breaker.call(|| {
                    gate.wait();
                    Err::<(), _>("late")
                })
            });
            settle();
            fail(&breaker);
            fail(&breaker);
            clock::advance(OPEN_FOR);
            succeed(&breaker);
            assert_eq!(breaker.state(), State::Closed, "the breaker has healed");
            gate.open();
            let answer = slow.join().expect("the slow call panicked");
            assert_eq!(answer, Err(BreakerError::Inner("late")), "the late call");
            fail(&breaker);
            assert_eq!(
                breaker.state(),
                State::Closed,
                "1 call since it closed; the late one began before"
            );
        });
    });
}

#[test]
fn a_panic_is_a_failure_for_the_rate_too() {
    check(|| {
        let breaker = rated(2, 100);
        for _ in 0..2 {
            let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
                let _ = breaker.call(|| -> Result<(), &str> { panic!("it blew up") });
            }));
            assert!(outcome.is_err(), "a panic goes on to the caller");
        }
        assert_eq!(breaker.state(), State::Open, "2 of 2 panicked");
    });
}

#[test]
fn the_threshold_is_ignored_and_the_probes_are_not() {
    check(|| {
        let error = |config| CircuitBreaker::with_rate(config, WINDOW, 3, 50).err();
        assert_eq!(error(config(0, 1)), None, "a threshold of 0 is ignored");
        assert_eq!(
            error(config(1, 0)),
            Some(ConfigError::ZeroProbes),
            "no probes"
        );
        assert_eq!(
            error(config(0, 0)),
            Some(ConfigError::ZeroProbes),
            "no probes, and an ignored threshold"
        );
        let breaker = rated(3, 50);
        fail(&breaker);
        fail(&breaker);
        assert_eq!(
            breaker.state(),
            State::Closed,
            "a threshold of 1 is ignored, and 3 calls are needed"
        );
    });
}

/// Study: count per time bucket instead of keeping each result.
#[test]
fn memory_does_not_grow_with_the_calls() {
    // A breaker may have a thread of its own, which can only start inside.
    check(|| {
        let breaker = rated(100_000, 50);
        let many_calls = |count| {
            for _ in 0..count {
                succeed(&breaker);
            }
        };
        many_calls(1_000);
        let before = allocated_bytes();
        many_calls(5_000);
        let grown = allocated_bytes().saturating_sub(before);
        assert!(
            grown < 32 * 1024,
            "5,000 more calls in the window made the breaker {grown} bytes larger"
        );
    });
}

#[test]
fn concurrent_results_all_enter_the_rate() {
    explore(|| {
        let breaker = rated(3, 67);
        thread::scope(|scope| {
            for result in [Ok(()), Err("down"), Err("down")] {
                let breaker = &breaker;
                scope.spawn(move || {
                    let _ = breaker.call(|| result);
                });
            }
        });
        assert_eq!(breaker.state(), State::Closed, "2 of 3 failed, below 67 %");
        fail(&breaker);
        assert_eq!(breaker.state(), State::Open, "3 of 4 failed, over 67 %");
    });
}
