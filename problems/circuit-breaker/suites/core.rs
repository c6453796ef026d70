//! The three states, what moves the breaker between them, and when.

use circuit_breaker::{BreakerError, CircuitBreaker, Config, State};
use judge_kit::{assert_send_sync, check, clock};
use std::cell::Cell;
use std::time::Duration;

const OPEN_FOR: Duration = Duration::from_secs(30);

fn breaker(failure_threshold: u32, half_open_probes: u32) -> CircuitBreaker {
    let made = CircuitBreaker::new(Config {
        failure_threshold,
        open_for: OPEN_FOR,
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

#[test]
fn results_reach_the_caller() {
    assert_send_sync::<CircuitBreaker>();
    check(|| {
        let breaker = breaker(5, 1);
        let answer = breaker.call(|| Ok::<u32, String>(42));
        assert_eq!(answer, Ok(42), "what the call returned");
        let answer = breaker.call(|| Err::<u32, _>("no route".to_string()));
        assert_eq!(
            answer,
            Err(BreakerError::Inner("no route".to_string())),
            "what the call failed with"
        );
        assert_eq!(breaker.rejected(), 0, "nothing was rejected");
    });
}

#[test]
fn it_opens_with_the_last_failure_of_the_threshold() {
    check(|| {
        let breaker = breaker(3, 1);
        assert_eq!(breaker.state(), State::Closed, "a new breaker");
        fail(&breaker);
        fail(&breaker);
        assert_eq!(breaker.state(), State::Closed, "2 failures of 3");
        fail(&breaker);
        assert_eq!(breaker.state(), State::Open, "3 failures of 3");
    });
}

#[test]
fn an_open_breaker_rejects_without_running_the_call() {
    check(|| {
        let breaker = breaker(1, 1);
        fail(&breaker);
        let runs = Cell::new(0);
        for _ in 0..3 {
            let answer = breaker.call(|| {
                runs.set(runs.get() + 1);
                Ok::<_, &str>("up")
            });
            assert!(
                matches!(answer, Err(BreakerError::Rejected { .. })),
                "an open breaker answered {answer:?}"
            );
        }
        assert_eq!(runs.get(), 0, "how often the calls ran");
        assert_eq!(breaker.state(), State::Open, "rejections change nothing");
    });
}

#[test]
fn it_is_half_open_exactly_when_the_time_has_passed() {
    check(|| {
        let breaker = breaker(2, 1);
        fail(&breaker);
        clock::advance(Duration::from_secs(5));
        fail(&breaker);
        clock::advance(OPEN_FOR - Duration::from_nanos(1));
        assert_eq!(
            breaker.state(),
            State::Open,
            "1 ns before the 30 s are over"
        );
        clock::advance(Duration::from_nanos(1));
        assert_eq!(breaker.state(), State::HalfOpen, "30 s after the opening");
    });
}

#[test]
fn the_first_call_after_the_time_has_passed_is_let_through() {
    check(|| {
        let breaker = breaker(1, 2);
        fail(&breaker);
        clock::advance(OPEN_FOR);
        // Nobody has looked at the state in between.
        succeed(&breaker);
        assert_eq!(breaker.state(), State::HalfOpen, "1 probe of 2 succeeded");
    });
}

#[test]
fn it_closes_when_all_probes_have_succeeded() {
    check(|| {
        let breaker = breaker(1, 2);
        fail(&breaker);
        clock::advance(OPEN_FOR);
        succeed(&breaker);
        assert_eq!(breaker.state(), State::HalfOpen, "1 probe of 2 succeeded");
        succeed(&breaker);
        assert_eq!(breaker.state(), State::Closed, "2 probes of 2 succeeded");
        for _ in 0..5 {
            succeed(&breaker);
        }
        assert_eq!(breaker.state(), State::Closed, "a healed breaker");
    });
}

#[test]
fn a_failed_probe_opens_it_for_the_full_time_again() {
    check(|| {
        let breaker = breaker(3, 2);
        for _ in 0..3 {
            fail(&breaker);
        }
        clock::advance(OPEN_FOR + Duration::from_secs(7));
        succeed(&breaker);
        fail(&breaker);
        assert_eq!(breaker.state(), State::Open, "the 2nd probe failed");
        clock::advance(OPEN_FOR - Duration::from_nanos(1));
        assert_eq!(
            breaker.state(),
            State::Open,
            "1 ns before the 30 s after the failed probe are over"
        );
        clock::advance(Duration::from_nanos(1));
        assert_eq!(
            breaker.state(),
            State::HalfOpen,
            "30 s after the failed probe"
        );
        succeed(&breaker);
        succeed(&breaker);
        assert_eq!(breaker.state(), State::Closed, "2 probes of 2 succeeded");
    });
}

#[test]
fn a_success_ends_a_row_of_failures() {
    check(|| {
        let breaker = breaker(3, 1);
        for _ in 0..4 {
            fail(&breaker);
            fail(&breaker);
            succeed(&breaker);
        }
        assert_eq!(breaker.state(), State::Closed, "never 3 failures in a row");
        fail(&breaker);
        fail(&breaker);
        assert_eq!(breaker.state(), State::Closed, "2 failures in a row");
        fail(&breaker);
        assert_eq!(breaker.state(), State::Open, "3 failures in a row");
    });
}

#[test]
fn a_healed_breaker_starts_without_failures() {
    check(|| {
        let breaker = breaker(3, 1);
        for _ in 0..3 {
            fail(&breaker);
        }
        clock::advance(OPEN_FOR);
        succeed(&breaker);
        fail(&breaker);
        fail(&breaker);
        assert_eq!(
            breaker.state(),
            State::Closed,
            "2 failures of 3 since it closed"
        );
        fail(&breaker);
        assert_eq!(breaker.state(), State::Open, "3 failures since it closed");
    });
}
