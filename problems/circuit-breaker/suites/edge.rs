//! Smallest and largest settings, panics, calls within calls, and exact figures.

use circuit_breaker::{BreakerError, CircuitBreaker, Config, ConfigError, State};
use judge_kit::{check, clock};
use std::panic::{self, AssertUnwindSafe};
use std::thread;
use std::time::Duration;

const OPEN_FOR: Duration = Duration::from_secs(30);

fn with(failure_threshold: u32, half_open_probes: u32, open_for: Duration) -> CircuitBreaker {
    let made = CircuitBreaker::new(Config {
        failure_threshold,
        open_for,
        half_open_probes,
    });
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

fn blow_up(breaker: &CircuitBreaker) {
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        let _ = breaker.call(|| -> Result<(), &str> { panic!("the dependency blew up") });
    }));
    assert!(outcome.is_err(), "a panic goes on to the caller");
}

/// How long a rejected caller is told to wait.
fn retry_after(breaker: &CircuitBreaker) -> Duration {
    match breaker.call(|| Ok::<_, &str>("up")) {
        Err(BreakerError::Rejected { retry_after }) => retry_after,
        other => panic!("this call should be rejected, but the answer was {other:?}"),
    }
}

#[test]
fn settings_of_zero_are_refused() {
    check(|| {
        let config = |failure_threshold, half_open_probes| Config {
            failure_threshold,
            open_for: OPEN_FOR,
            half_open_probes,
        };
        let error = |config| CircuitBreaker::new(config).err();
        assert_eq!(
            error(config(0, 1)),
            Some(ConfigError::ZeroThreshold),
            "a threshold of 0"
        );
        assert_eq!(
            error(config(1, 0)),
            Some(ConfigError::ZeroProbes),
            "no probes"
        );
        assert_eq!(
            error(config(0, 0)),
            Some(ConfigError::ZeroThreshold),
            "the threshold is reported first"
        );
        assert_eq!(error(config(1, 1)), None, "the smallest valid settings");
    });
}

#[test]
fn a_threshold_of_one_opens_with_the_first_failure() {
    check(|| {
        let breaker = with(1, 1, OPEN_FOR);
        succeed(&breaker);
        fail(&breaker);
        assert_eq!(breaker.state(), State::Open, "1 failure of 1");
    });
}

#[test]
fn three_probes_one_after_the_other_must_all_succeed() {
    check(|| {
        let breaker = with(1, 3, OPEN_FOR);
        fail(&breaker);
        clock::advance(OPEN_FOR);
        for done in 1..3 {
            succeed(&breaker);
            assert_eq!(
                breaker.state(),
                State::HalfOpen,
                "{done} of 3 probes succeeded"
            );
        }
        succeed(&breaker);
        assert_eq!(breaker.state(), State::Closed, "3 of 3 probes succeeded");
    });
}

#[test]
fn a_panic_counts_as_a_failure() {
    check(|| {
        let breaker = with(2, 1, OPEN_FOR);
        blow_up(&breaker);
        assert_eq!(breaker.state(), State::Closed, "1 failure of 2");
        succeed(&breaker);
        fail(&breaker);
        assert_eq!(breaker.state(), State::Closed, "1 failure since a success");
        blow_up(&breaker);
        assert_eq!(breaker.state(), State::Open, "2 failures in a row");
    });
}

/// Study: what gives the probe back when the call unwinds? A value with a Drop does.
#[test]
fn a_panicking_probe_opens_it_again_and_leaks_no_place() {
    check(|| {
        let breaker = with(1, 1, OPEN_FOR);
        blow_up(&breaker);
        for round in 1..=3 {
            clock::advance(OPEN_FOR);
            assert_eq!(
                breaker.state(),
                State::HalfOpen,
                "round {round}: 30 s later"
            );
            blow_up(&breaker);
            assert_eq!(
                breaker.state(),
                State::Open,
                "round {round}: the probe panicked"
            );
        }
        clock::advance(OPEN_FOR);
        succeed(&breaker);
        assert_eq!(breaker.state(), State::Closed, "the only probe succeeded");
    });
}

#[test]
fn open_for_zero_is_half_open_at_once() {
    check(|| {
        let breaker = with(1, 1, Duration::ZERO);
        fail(&breaker);
        assert_eq!(breaker.state(), State::HalfOpen, "after the opening");
        fail(&breaker);
        assert_eq!(breaker.state(), State::HalfOpen, "after a failed probe");
        succeed(&breaker);
        assert_eq!(breaker.state(), State::Closed, "after a successful probe");
        assert_eq!(breaker.rejected(), 0, "nothing was rejected");
    });
}

#[test]
fn open_for_ever_never_lets_a_call_through() {
    check(|| {
        let breaker = with(1, 1, Duration::MAX);
        fail(&breaker);
        assert_eq!(retry_after(&breaker), Duration::MAX, "just opened");
        let years = Duration::from_secs(100 * 365 * 86_400);
        clock::advance(years);
        assert_eq!(breaker.state(), State::Open, "a hundred years later");
        let told = retry_after(&breaker);
        assert!(
            told == Duration::MAX || told == Duration::MAX - years,
            "a hundred years later the caller is told to wait {told:?}"
        );
    });
}

#[test]
fn retry_after_is_the_exact_rest_of_the_time() {
    check(|| {
        let breaker = with(1, 1, OPEN_FOR);
        fail(&breaker);
        assert_eq!(retry_after(&breaker), OPEN_FOR, "just opened");
        clock::advance(Duration::from_millis(12_345));
        assert_eq!(
            retry_after(&breaker),
            Duration::from_millis(17_655),
            "12.345 s later"
        );
        clock::advance(Duration::from_millis(17_655) - Duration::from_nanos(1));
        assert_eq!(
            retry_after(&breaker),
            Duration::from_nanos(1),
            "1 ns before it is half open"
        );
        clock::advance(Duration::from_nanos(1));
        fail(&breaker);
        assert_eq!(retry_after(&breaker), OPEN_FOR, "the probe failed just now");
    });
}

#[test]
fn retry_after_is_zero_while_the_probes_are_taken() {
    check(|| {
        let breaker = with(1, 1, OPEN_FOR);
        fail(&breaker);
        clock::advance(OPEN_FOR);
        let answer = breaker.call(|| {
            assert_eq!(
                retry_after(&breaker),
                Duration::ZERO,
                "the only probe is under way"
            );
            assert_eq!(breaker.state(), State::HalfOpen, "the probe is under way");
            Ok::<_, &str>("up")
        });
        assert_eq!(answer, Ok("up"), "the probe itself");
        assert_eq!(breaker.state(), State::Closed, "the only probe succeeded");
    });
}

/// Study: the dependency was last seen failing when the call came back, not when it left.
#[test]
fn a_slow_failure_opens_it_from_its_end_on() {
    check(|| {
        let breaker = with(1, 1, OPEN_FOR);
        let answer = breaker.call(|| {
            thread::sleep(Duration::from_secs(20));
            Err::<(), _>("timeout")
        });
        assert_eq!(answer, Err(BreakerError::Inner("timeout")), "a slow call");
        assert_eq!(retry_after(&breaker), OPEN_FOR, "it opened just now");
        clock::advance(Duration::from_secs(29));
        assert_eq!(breaker.state(), State::Open, "29 s after the opening");
    });
}

#[test]
fn a_call_may_use_the_breaker_itself() {
    check(|| {
        let breaker = with(2, 2, OPEN_FOR);
        let answer = breaker.call(|| {
            fail(&breaker);
            assert_eq!(breaker.state(), State::Closed, "1 failure of 2");
            Err::<(), _>("outer")
        });
        assert_eq!(answer, Err(BreakerError::Inner("outer")), "the outer call");
        assert_eq!(
            breaker.state(),
            State::Open,
            "the inner and the outer call failed in a row"
        );
        clock::advance(OPEN_FOR);
        let answer = breaker.call(|| {
            succeed(&breaker);
            assert_eq!(breaker.state(), State::HalfOpen, "1 of 2 probes succeeded");
            Ok::<_, &str>("outer")
        });
        assert_eq!(answer, Ok("outer"), "the outer call");
        assert_eq!(
            breaker.state(),
            State::Closed,
            "the inner and the outer probe succeeded"
        );
    });
}

#[test]
fn an_inner_call_that_opens_the_breaker_makes_the_outer_one_late() {
    check(|| {
        let breaker = with(1, 1, OPEN_FOR);
        let answer = breaker.call(|| {
            fail(&breaker);
            Ok::<_, &str>("outer")
        });
        assert_eq!(answer, Ok("outer"), "the outer call has its result");
        assert_eq!(breaker.state(), State::Open, "the late success is ignored");
    });
}

#[test]
fn rejections_are_counted_over_all_phases() {
    check(|| {
        let breaker = with(2, 1, OPEN_FOR);
        fail(&breaker);
        fail(&breaker);
        assert_eq!(breaker.rejected(), 0, "failures are not rejections");
        retry_after(&breaker);
        retry_after(&breaker);
        assert_eq!(breaker.rejected(), 2, "2 rejections while open");
        clock::advance(OPEN_FOR);
        let _ = breaker.call(|| {
            retry_after(&breaker);
            Ok::<_, &str>("up")
        });
        assert_eq!(breaker.rejected(), 3, "1 more while half open");
        assert_eq!(breaker.state(), State::Closed, "the only probe succeeded");
        succeed(&breaker);
        fail(&breaker);
        fail(&breaker);
        assert_eq!(breaker.rejected(), 3, "closing and opening keep the count");
        retry_after(&breaker);
        assert_eq!(breaker.rejected(), 4, "1 more while open again");
    });
}
