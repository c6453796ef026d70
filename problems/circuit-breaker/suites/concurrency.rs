//! Slow calls, late results and racing probes.

use circuit_breaker::{BreakerError, CircuitBreaker, Config, State};
use judge_kit::{Gate, check, clock, explore, settle};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

const OPEN_FOR: Duration = Duration::from_secs(30);

type Answer = Result<u32, BreakerError<u32>>;

fn with(failure_threshold: u32, half_open_probes: u32, open_for: Duration) -> CircuitBreaker {
    let made = CircuitBreaker::new(Config {
        failure_threshold,
        open_for,
        half_open_probes,
    });
    made.unwrap_or_else(|error| panic!("valid settings were refused: {error:?}"))
}

fn fail(breaker: &CircuitBreaker) {
    let answer = breaker.call(|| Err::<u32, _>(0));
    assert_eq!(
        answer,
        Err(BreakerError::Inner(0)),
        "a failing call that is let through"
    );
}

fn succeed(breaker: &CircuitBreaker) {
    let answer: Answer = breaker.call(|| Ok(1));
    assert_eq!(answer, Ok(1), "a successful call that is let through");
}

/// Opens its gate at last, also when an assertion fails: threads that wait would hide its message.
struct OpenedAtLast(Gate);

impl Drop for OpenedAtLast {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// A call on a thread of its own that is under way until its gate opens.
struct Slow<'scope> {
    gate: OpenedAtLast,
    thread: ScopedJoinHandle<'scope, Answer>,
}

impl<'scope> Slow<'scope> {
    fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        breaker: &'env CircuitBreaker,
        result: Result<u32, u32>,
    ) -> Self {
        let gate = Gate::new();
        let inside = gate.clone();
        let thread = scope.spawn(move || {
            breaker.call(|| {
                inside.wait();
                result
            })
        });
        settle();
        let arrivals = gate.arrivals();
        let gate = OpenedAtLast(gate);
        assert_eq!(arrivals, 1, "slow calls that are let through, of 1");
        Slow { gate, thread }
    }

    /// Lets the call return and tells its answer.
    fn finish(self) -> Answer {
        self.gate.0.open();
        self.thread.join().expect("the slow call panicked")
    }
}

/// Study: the breaker's lock must not be held while the call runs.
#[test]
fn a_slow_call_holds_nobody_up() {
    check(|| {
        let breaker = with(2, 1, OPEN_FOR);
        thread::scope(|scope| {
            let slow = Slow::start(scope, &breaker, Ok(7));
            assert_eq!(breaker.state(), State::Closed, "a slow call is under way");
            succeed(&breaker);
            fail(&breaker);
            fail(&breaker);
            assert_eq!(breaker.state(), State::Open, "2 failures in a row");
            assert_eq!(slow.finish(), Ok(7), "the slow call has its result");
        });
    });
}

#[test]
fn a_late_result_does_not_touch_an_open_breaker() {
    for late in [Ok(7), Err(7)] {
        check(move || {
            let breaker = with(1, 1, OPEN_FOR);
            thread::scope(|scope| {
                let slow = Slow::start(scope, &breaker, late);
                fail(&breaker);
                clock::advance(Duration::from_secs(10));
                let answer = slow.finish();
                assert_eq!(answer, late.map_err(BreakerError::Inner), "the late call");
                clock::advance(Duration::from_secs(20) - Duration::from_nanos(1));
                assert_eq!(
                    breaker.state(),
                    State::Open,
                    "1 ns before the 30 s are over, with a late {late:?} after 10 s"
                );
                clock::advance(Duration::from_nanos(1));
                assert_eq!(
                    breaker.state(),
                    State::HalfOpen,
                    "30 s after the opening, with a late {late:?} after 10 s"
                );
            });
        });
    }
}

#[test]
fn a_late_result_is_not_that_of_a_probe() {
    for late in [Ok(7), Err(7)] {
        check(move || {
            let breaker = with(1, 1, OPEN_FOR);
            thread::scope(|scope| {
                let slow = Slow::start(scope, &breaker, late);
                fail(&breaker);
                clock::advance(OPEN_FOR);
                assert_eq!(breaker.state(), State::HalfOpen, "30 s after the opening");
                let answer = slow.finish();
                assert_eq!(answer, late.map_err(BreakerError::Inner), "the late call");
                assert_eq!(
                    breaker.state(),
                    State::HalfOpen,
                    "no probe was made yet, and a late call ended with {late:?}"
                );
                succeed(&breaker);
                assert_eq!(breaker.state(), State::Closed, "the only probe succeeded");
            });
        });
    }
}

/// Study: closed, open and closed again is not the same closed; comparing states is not enough.
#[test]
fn a_failure_from_before_the_healing_does_not_count_after_it() {
    check(|| {
        let breaker = with(1, 1, OPEN_FOR);
        thread::scope(|scope| {
            let slow = Slow::start(scope, &breaker, Err(7));
            fail(&breaker);
            clock::advance(OPEN_FOR);
            succeed(&breaker);
            assert_eq!(breaker.state(), State::Closed, "the breaker has healed");
            let answer = slow.finish();
            assert_eq!(answer, Err(BreakerError::Inner(7)), "the late call");
            assert_eq!(breaker.state(), State::Closed, "after an old failure");
        });
    });
}

/// Study: closed, open and closed again is not the same closed; comparing states is not enough.
#[test]
fn a_success_from_before_the_healing_does_not_end_a_row_after_it() {
    check(|| {
        let breaker = with(2, 1, OPEN_FOR);
        thread::scope(|scope| {
            let slow = Slow::start(scope, &breaker, Ok(7));
            fail(&breaker);
            fail(&breaker);
            clock::advance(OPEN_FOR);
            succeed(&breaker);
            fail(&breaker);
            assert_eq!(slow.finish(), Ok(7), "the late call has its result");
            fail(&breaker);
            assert_eq!(
                breaker.state(),
                State::Open,
                "2 failures in a row since it closed"
            );
        });
    });
}

#[test]
fn a_hanging_probe_neither_blocks_nor_decides_a_later_half_open_phase() {
    for late in [Ok(7), Err(7)] {
        check(move || {
            let breaker = with(1, 2, OPEN_FOR);
            fail(&breaker);
            clock::advance(OPEN_FOR);
            thread::scope(|scope| {
                let hanging = Slow::start(scope, &breaker, late);
                fail(&breaker);
                assert_eq!(breaker.state(), State::Open, "the other probe failed");
                clock::advance(OPEN_FOR);
                assert_eq!(breaker.state(), State::HalfOpen, "30 s after that");
                let probe = Slow::start(scope, &breaker, Ok(1));
                let answer = hanging.finish();
                assert_eq!(answer, late.map_err(BreakerError::Inner), "the old probe");
                assert_eq!(
                    breaker.state(),
                    State::HalfOpen,
                    "a probe of the phase before came back with {late:?}"
                );
                succeed(&breaker);
                assert_eq!(breaker.state(), State::HalfOpen, "1 of 2 probes succeeded");
                assert_eq!(probe.finish(), Ok(1), "the first probe of this phase");
                assert_eq!(breaker.state(), State::Closed, "2 of 2 probes succeeded");
            });
        });
    }
}

#[test]
fn no_more_calls_than_probes_are_let_through_at_a_time() {
    explore(|| {
        let breaker = with(1, 2, OPEN_FOR);
        fail(&breaker);
        thread::sleep(OPEN_FOR);
        let gate = Gate::new();
        thread::scope(|scope| {
            let _opened = OpenedAtLast(gate.clone());
            let calls = [(); 3].map(|()| {
                scope.spawn(|| {
                    breaker.call(|| {
                        gate.wait();
                        Ok::<u32, u32>(1)
                    })
                })
            });
            settle();
            let running = gate.arrivals();
            assert_eq!(running, 2, "half-open calls running; 2 probes, 3 callers");
            assert_eq!(breaker.state(), State::HalfOpen, "2 probes are under way");
            gate.open();
            let mut answers = calls.map(|call| call.join().expect("a call panicked"));
            answers.sort_by_key(Result::is_err);
            let turned_away = Err(BreakerError::Rejected {
                retry_after: Duration::ZERO,
            });
            assert_eq!(answers, [Ok(1), Ok(1), turned_away], "2 probes, 3 callers");
        });
        assert_eq!(breaker.rejected(), 1, "the figure of the breaker");
        assert_eq!(breaker.state(), State::Closed, "2 of 2 probes succeeded");
    });
}

#[test]
fn no_more_calls_than_probes_are_let_through_in_one_phase() {
    check(|| {
        let breaker = with(1, 2, OPEN_FOR);
        fail(&breaker);
        clock::advance(OPEN_FOR);
        thread::scope(|scope| {
            let hanging = Slow::start(scope, &breaker, Ok(1));
            succeed(&breaker);
            let answer: Answer = breaker.call(|| Ok(2));
            assert_eq!(
                answer,
                Err(BreakerError::Rejected {
                    retry_after: Duration::ZERO
                }),
                "one probe is done and one under way, of 2"
            );
            assert_eq!(breaker.state(), State::HalfOpen, "a probe is under way");
            assert_eq!(hanging.finish(), Ok(1), "the hanging probe");
            assert_eq!(breaker.state(), State::Closed, "2 of 2 probes succeeded");
        });
    });
}

/// Study: reading a counter and writing it back must be one step.
#[test]
fn concurrent_failures_are_all_counted() {
    explore(|| {
        let exact = with(3, 1, OPEN_FOR);
        let one_more = with(4, 1, OPEN_FOR);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let _ = exact.call(|| Err::<(), _>("down"));
                    let _ = one_more.call(|| Err::<(), _>("down"));
                });
            }
        });
        assert_eq!(exact.state(), State::Open, "3 failures of 3");
        assert_eq!(one_more.state(), State::Closed, "3 failures of 4");
        fail(&one_more);
        assert_eq!(one_more.state(), State::Open, "4 failures of 4");
    });
}

#[test]
fn every_call_either_runs_or_is_rejected() {
    explore(|| {
        let breaker = with(1, 1, OPEN_FOR);
        let runs = AtomicU32::new(0);
        let answers = thread::scope(|scope| {
            let calls = [(); 3].map(|()| {
                scope.spawn(|| {
                    breaker.call(|| {
                        runs.fetch_add(1, Ordering::SeqCst);
                        Err::<u32, u32>(5)
                    })
                })
            });
            calls.map(|call| call.join().expect("a call panicked"))
        });
        let inner = Err(BreakerError::Inner(5));
        let ran = answers.iter().filter(|answer| **answer == inner).count();
        let rejected = answers.len() - ran;
        assert_eq!(runs.into_inner() as usize, ran, "runs, of {answers:?}");
        assert_eq!(
            breaker.rejected(),
            rejected as u64,
            "the count of rejections, of {answers:?}"
        );
        assert_eq!(breaker.state(), State::Open, "1 failure of 1");
    });
}

/// Study: whether a result still counts must be decided under the same lock that counts it.
#[test]
fn a_result_that_races_with_the_opening_counts_before_it_or_not_at_all() {
    explore(|| {
        let breaker = with(1, 1, Duration::ZERO);
        let both_inside = Barrier::new(2);
        let call = |result: Result<u32, u32>| {
            breaker.call(|| {
                both_inside.wait();
                result
            })
        };
        thread::scope(|scope| {
            scope.spawn(|| call(Err(1)));
            scope.spawn(|| call(Ok(2)));
        });
        assert_eq!(
            breaker.state(),
            State::HalfOpen,
            "one of two calls failed, both began while it was closed, and no probe was made"
        );
    });
}

#[test]
fn one_failing_probe_beats_a_successful_one_in_any_order() {
    explore(|| {
        let breaker = with(1, 2, OPEN_FOR);
        fail(&breaker);
        thread::sleep(OPEN_FOR);
        let both_inside = Barrier::new(2);
        let call = |result: Result<u32, u32>| {
            breaker.call(|| {
                both_inside.wait();
                result
            })
        };
        thread::scope(|scope| {
            scope.spawn(|| call(Err(1)));
            scope.spawn(|| call(Ok(2)));
        });
        assert_eq!(breaker.state(), State::Open, "one of 2 probes failed");
        thread::sleep(OPEN_FOR);
        assert_eq!(breaker.state(), State::HalfOpen, "30 s after that");
    });
}

#[test]
fn a_panic_on_one_thread_leaves_the_breaker_to_the_others() {
    explore(|| {
        let breaker = with(2, 1, OPEN_FOR);
        thread::scope(|scope| {
            scope.spawn(|| {
                let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
                    breaker.call(|| -> Result<u32, u32> { panic!("the dependency blew up") })
                }));
                assert!(outcome.is_err(), "a panic goes on to the caller");
            });
            scope.spawn(|| fail(&breaker));
        });
        assert_eq!(
            breaker.state(),
            State::Open,
            "a panic and an error in a row"
        );
        thread::sleep(OPEN_FOR);
        succeed(&breaker);
        assert_eq!(breaker.state(), State::Closed, "the only probe succeeded");
    });
}
