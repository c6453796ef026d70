//! Sample tests: the same rules as in the hidden suites, with other numbers.

use circuit_breaker::{BreakerError, CircuitBreaker, Config, State};
use std::cell::Cell;
use std::thread;
use std::time::Duration;

fn breaker(failure_threshold: u32, open_for: Duration) -> CircuitBreaker {
    CircuitBreaker::new(Config {
        failure_threshold,
        open_for,
        half_open_probes: 1,
    })
    .expect("valid settings")
}

#[test]
fn it_opens_after_two_failures_in_a_row() {
    let breaker = breaker(2, Duration::from_secs(60));
    assert_eq!(breaker.state(), State::Closed);
    let first = breaker.call(|| Err::<(), _>("down"));
    assert_eq!(first, Err(BreakerError::Inner("down")));
    assert_eq!(breaker.state(), State::Closed);
    let _ = breaker.call(|| Err::<(), _>("down"));
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn an_open_breaker_does_not_run_the_call() {
    let breaker = breaker(1, Duration::from_secs(60));
    let _ = breaker.call(|| Err::<(), _>("down"));
    let ran = Cell::new(false);
    let answer = breaker.call(|| {
        ran.set(true);
        Ok::<_, &str>(())
    });
    assert!(matches!(answer, Err(BreakerError::Rejected { .. })));
    assert!(!ran.get());
    assert_eq!(breaker.rejected(), 1);
}

#[test]
fn a_successful_probe_closes_it_again() {
    let breaker = breaker(1, Duration::from_millis(5));
    let _ = breaker.call(|| Err::<(), _>("down"));
    thread::sleep(Duration::from_millis(20));
    assert_eq!(breaker.state(), State::HalfOpen);
    assert_eq!(breaker.call(|| Ok::<_, &str>("up")), Ok("up"));
    assert_eq!(breaker.state(), State::Closed);
}
