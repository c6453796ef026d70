//! What a call costs on top of the call itself, and that it does not grow with the past.

use judge_kit::{Growth, growth, race_reference};

judge_kit::both_sides! {
    use std::hint::black_box;
    use std::thread;
    use std::time::Duration;
    use subject::{CircuitBreaker, Config};

    fn breaker(failure_threshold: u32) -> CircuitBreaker {
        let made = CircuitBreaker::new(Config {
            failure_threshold,
            open_for: Duration::from_secs(86_400),
            half_open_probes: 1,
        });
        made.unwrap_or_else(|_| panic!("valid settings were refused"))
    }

    /// Some tens of nanoseconds: even the cheapest real call does more.
    fn work() -> u64 {
        (0..64).fold(1, |sum: u64, step| black_box(sum.wrapping_mul(31) ^ step))
    }

    fn succeed(breaker: &CircuitBreaker) {
        assert!(breaker.call(|| Ok::<u64, u64>(work())).is_ok());
    }

    fn fail(breaker: &CircuitBreaker) {
        assert!(breaker.call(|| Err::<u64, u64>(work())).is_err());
    }

    /// Calls through a closed breaker that has seen so many before.
    pub fn closed_call(calls_before: usize) -> impl FnMut() {
        let breaker = breaker(2);
        for _ in 0..calls_before / 2 {
            fail(&breaker);
            succeed(&breaker);
        }
        move || {
            for _ in 0..4 {
                fail(&breaker);
                succeed(&breaker);
            }
        }
    }

    /// Rejections by an open breaker that has rejected so many before.
    pub fn rejection(rejections_before: usize) -> impl FnMut() {
        let breaker = breaker(1);
        for _ in 0..=rejections_before {
            fail(&breaker);
        }
        move || {
            for _ in 0..8 {
                fail(&breaker);
            }
        }
    }

    /// Eight threads call through one closed breaker.
    pub fn eight_threads() {
        let breaker = breaker(1_000_000);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..2_000 {
                        succeed(&breaker);
                    }
                });
            }
        });
    }
}

#[test]
fn a_call_costs_the_same_after_many_calls() {
    growth(
        submission::closed_call,
        reference::closed_call,
        [2_000, 32_000],
        Growth::CONSTANT,
    );
}

#[test]
fn a_rejection_costs_the_same_after_many_rejections() {
    growth(
        submission::rejection,
        reference::rejection,
        [2_000, 32_000],
        Growth::CONSTANT,
    );
}

#[test]
fn eight_threads_keep_up_with_the_reference() {
    race_reference(submission::eight_threads, reference::eight_threads);
}
