//! Callers that meet: shared builds, failures, panics, and reads in between.

use judge_kit::{Explore, Gate, History, Recorder, Respond, Script, check, clock, explore, settle};
use lazy_singleton::Singleton;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

type Answer = Result<u32, &'static str>;

/// Opens its gate at last, also when an assertion fails: threads that wait would hide its message.
struct OpenedAtLast(Gate);

impl Drop for OpenedAtLast {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// A call on a thread of its own whose init is under way until its gate opens.
struct Slow<'scope> {
    gate: OpenedAtLast,
    thread: ScopedJoinHandle<'scope, Answer>,
}

impl<'scope> Slow<'scope> {
    fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        cell: &'env Singleton<u32>,
        result: Answer,
    ) -> Self {
        let gate = OpenedAtLast(Gate::new());
        let inside = gate.0.clone();
        let thread = scope.spawn(move || {
            let answer = cell.get_or_try_init(|| {
                inside.wait();
                result
            });
            answer.copied()
        });
        settle();
        assert_eq!(gate.0.arrivals(), 1, "runs of the slow init, of 1");
        Slow { gate, thread }
    }

    /// Lets the init return and tells the answer of its caller.
    fn finish(self) -> Answer {
        self.gate.0.open();
        self.thread.join().expect("the slow call panicked")
    }
}

/// A call whose init returns `value`, or does what the script says instead.
fn call(cell: &Singleton<u32>, inits: &Script, value: u32) -> Answer {
    let answer = cell.get_or_try_init(|| inits.play().map(|_| value).map_err(|_| "failed"));
    answer.copied()
}

/// Study: to see that nothing is there and to begin the build must be one step.
#[test]
fn three_callers_share_one_build() {
    explore(|| {
        let (cell, inits) = (Singleton::new(), Script::always(Respond::Ok));
        let seen = thread::scope(|scope| {
            let callers = [1, 2, 3].map(|value| {
                let (cell, inits) = (&cell, &inits);
                scope.spawn(move || {
                    cell.get_or_try_init(|| inits.play().map(|_| value))
                        .expect("no init fails")
                })
            });
            callers.map(|caller| caller.join().expect("get_or_try_init panicked"))
        });
        assert_eq!(inits.calls(), 1, "builds for three callers");
        for other in &seen[1..] {
            assert!(ptr::eq(seen[0], *other), "callers got different values");
        }
    });
}

/// Study: who comes second waits; a value must never be built to be thrown away.
#[test]
fn at_most_one_init_runs_at_a_time() {
    explore(|| {
        let cell = Singleton::new();
        let inits = Script::new([Respond::Fail, Respond::Ok]);
        let answers = thread::scope(|scope| {
            let callers = [1, 2, 3].map(|value| {
                let (cell, inits) = (&cell, &inits);
                scope.spawn(move || call(cell, inits, value))
            });
            callers.map(|caller| caller.join().expect("get_or_try_init panicked"))
        });
        assert_eq!(inits.most_inside(), 1, "inits that ran at once");
        assert_eq!(inits.calls(), 2, "inits, of which the first one failed");
        let errors = answers.iter().filter(|answer| answer.is_err()).count();
        assert_eq!(errors, 1, "callers who heard of the one failure");
        let built = cell.get().copied();
        assert!(
            answers.iter().flatten().all(|value| Some(*value) == built),
            "a caller got another value than the one that was built"
        );
    });
}

/// Study: a failure must wake somebody who tries next.
#[test]
fn every_caller_hears_its_own_error_only() {
    explore(|| {
        let cell = Singleton::<u32>::new();
        let runs = Recorder::new();
        thread::scope(|scope| {
            let callers = ["red", "green", "blue"].map(|words| {
                let (cell, runs) = (&cell, runs.clone());
                let caller = scope.spawn(move || {
                    let answer = cell.get_or_try_init(|| {
                        runs.record(words);
                        Err(words)
                    });
                    answer.copied()
                });
                (words, caller)
            });
            for (words, caller) in callers {
                let answer = caller.join().expect("get_or_try_init panicked");
                assert_eq!(answer.err(), Some(words), "the error of its own init");
            }
        });
        assert_eq!(runs.len(), 3, "inits of three callers who all fail");
        assert_eq!(cell.get(), None, "nobody succeeded");
    });
}

/// Study: give the place back in a destructor, so that a panic gives it back too.
#[test]
fn a_panic_leaves_nobody_asleep() {
    explore(|| {
        let cell = Singleton::new();
        let inits = Script::new([Respond::Panic, Respond::Ok]);
        let answers = thread::scope(|scope| {
            let callers = [1, 2, 3].map(|value| {
                let (cell, inits) = (&cell, &inits);
                scope.spawn(move || {
                    panic::catch_unwind(AssertUnwindSafe(|| call(cell, inits, value)))
                })
            });
            callers.map(|caller| caller.join().expect("the panic was caught"))
        });
        let panics = answers.iter().filter(|answer| answer.is_err()).count();
        assert_eq!(panics, 1, "callers who saw the one panic");
        assert_eq!(inits.calls(), 2, "inits, of which the first one panicked");
        let built = cell.get().copied();
        for answer in answers.into_iter().flatten() {
            assert_eq!(answer.ok(), built, "what a caller got after the panic");
        }
    });
}

#[test]
fn who_comes_during_a_build_waits_for_its_value() {
    check(|| {
        let (cell, inits) = (Singleton::new(), Script::always(Respond::Ok));
        thread::scope(|scope| {
            let slow = Slow::start(scope, &cell, Ok(1));
            let waiting = [2, 3].map(|value| {
                let (cell, inits) = (&cell, &inits);
                scope.spawn(move || call(cell, inits, value))
            });
            settle();
            let early = waiting.iter().filter(|caller| caller.is_finished()).count();
            assert_eq!(early, 0, "callers who did not wait for the build");
            assert_eq!(inits.calls(), 0, "inits that ran beside the slow one");
            assert_eq!(slow.finish().ok(), Some(1), "the caller who built");
            for caller in waiting {
                let answer = caller.join().expect("get_or_try_init panicked");
                assert_eq!(answer.ok(), Some(1), "a caller who waited");
            }
            assert_eq!(inits.calls(), 0, "inits that ran after the success");
        });
    });
}

#[test]
fn who_waits_for_a_failing_build_tries_next() {
    check(|| {
        let (cell, inits) = (Singleton::new(), Script::always(Respond::Ok));
        thread::scope(|scope| {
            let slow = Slow::start(scope, &cell, Err("offline"));
            let waiting = scope.spawn(|| call(&cell, &inits, 2));
            settle();
            assert!(!waiting.is_finished(), "the caller did not wait");
            assert_eq!(slow.finish().err(), Some("offline"), "its own error");
            let answer = waiting.join().expect("get_or_try_init panicked");
            assert_eq!(answer.ok(), Some(2), "the caller who had waited");
            assert_eq!(inits.calls(), 1, "inits of the caller who had waited");
        });
        assert_eq!(cell.get(), Some(&2), "after the second build");
    });
}

/// Study: a reader has no business with the lock that builders share.
#[test]
fn get_says_none_during_a_build_and_does_not_wait() {
    check(|| {
        let cell = Singleton::new();
        thread::scope(|scope| {
            let slow = Slow::start(scope, &cell, Ok(1));
            let reader = scope.spawn(|| cell.get().copied());
            settle();
            assert!(reader.is_finished(), "get waits for a build");
            let seen = reader.join().expect("get panicked");
            assert_eq!(seen, None, "get during the build");
            assert_eq!(slow.finish().ok(), Some(1), "the caller who built");
            assert_eq!(cell.get(), Some(&1), "get after the build");
        });
    });
}

#[test]
fn a_slow_build_holds_up_no_other_singleton() {
    check(|| {
        let (slow, other) = (Singleton::new(), Singleton::new());
        let inits = Script::always(Respond::Ok);
        thread::scope(|scope| {
            let slow = Slow::start(scope, &slow, Ok(1));
            let quick = scope.spawn(|| call(&other, &inits, 2));
            settle();
            assert!(quick.is_finished(), "it waits for another singleton");
            let answer = quick.join().expect("get_or_try_init panicked");
            assert_eq!(answer.ok(), Some(2), "the other singleton");
            assert_eq!(slow.finish().ok(), Some(1), "the slow one");
        });
    });
}

/// Study: sleep on a condition, do not look again from time to time.
#[test]
fn who_waits_goes_on_the_moment_the_build_ends() {
    check(|| {
        const LONG: Duration = Duration::from_nanos(7_000_000_003);
        let (cell, inits) = (Singleton::new(), Script::always(Respond::Ok));
        thread::scope(|scope| {
            let slow = scope.spawn(|| {
                let answer = cell.get_or_try_init(|| {
                    thread::sleep(LONG);
                    Ok::<_, ()>(1)
                });
                answer.is_ok()
            });
            settle();
            let waiting = scope.spawn(|| (call(&cell, &inits, 2), clock::now()));
            let (answer, woken) = waiting.join().expect("get_or_try_init panicked");
            assert_eq!(answer.ok(), Some(1), "the caller who waited");
            assert_eq!(woken, LONG, "the moment at which it went on");
            assert!(slow.join().expect("it panicked"), "the slow caller");
        });
    });
}

/// Study: a builder is a builder, whether it came first or had to wait.
#[test]
fn recursion_is_noticed_in_a_build_that_had_to_wait() {
    check(|| {
        let (cell, inits) = (Singleton::new(), Script::always(Respond::Ok));
        thread::scope(|scope| {
            let slow = Slow::start(scope, &cell, Err("offline"));
            let waiting = scope.spawn(|| {
                panic::catch_unwind(AssertUnwindSafe(|| {
                    let answer = cell.get_or_try_init(|| call(&cell, &inits, 2));
                    answer.copied()
                }))
            });
            settle();
            assert_eq!(slow.finish().err(), Some("offline"), "its own error");
            settle();
            assert!(waiting.is_finished(), "it hangs in a recursive call");
            let answer = waiting.join().expect("the panic was caught");
            assert!(answer.is_err(), "a recursive call did not panic");
            assert_eq!(inits.calls(), 0, "runs of the inner init");
        });
        let answer = call(&cell, &inits, 3);
        assert_eq!(answer.ok(), Some(3), "the next call");
    });
}

#[derive(Clone, Debug)]
enum Op {
    Get,
    /// Builds this value, or fails if it is 0.
    Init(u32),
}

/// What is there, one call after the other.
fn step(before: &Option<u32>, op: &Op, ret: &Option<u32>) -> Option<Option<u32>> {
    let after = match (before, op) {
        (None, Op::Init(value)) if *value > 0 => Some(*value),
        _ => *before,
    };
    (*ret == after).then_some(after)
}

/// Study: as soon as one caller has the value, everybody must find it.
#[test]
fn all_answers_fit_one_order_of_the_calls() {
    Explore::new().schedules(6_000).random(400).run(|| {
        let (cell, history) = (Singleton::new(), History::new());
        let get = || history.call(Op::Get, || cell.get().copied());
        let init = |value: u32| {
            history.call(Op::Init(value), || {
                let answer =
                    cell.get_or_try_init(|| if value > 0 { Ok(value) } else { Err("zero") });
                answer.ok().copied()
            })
        };
        thread::scope(|scope| {
            scope.spawn(|| {
                init(1);
                get();
            });
            scope.spawn(|| {
                init(0);
                init(2);
            });
            scope.spawn(|| {
                get();
                get();
            });
        });
        history.linearizable(None, step);
    });
}

#[test]
fn a_crowd_with_failures_and_panics_gets_one_value() {
    Explore::new().schedules(0).random(300).run(|| {
        let cell = Singleton::new();
        let inits = Script::new([Respond::Fail, Respond::Panic, Respond::Fail, Respond::Ok]);
        let answers = thread::scope(|scope| {
            let callers = [1, 2, 3, 4, 5, 6, 7].map(|value| {
                let (cell, inits) = (&cell, &inits);
                scope.spawn(move || {
                    panic::catch_unwind(AssertUnwindSafe(|| call(cell, inits, value)))
                })
            });
            callers.map(|caller| caller.join().expect("the panic was caught"))
        });
        assert_eq!(inits.calls(), 4, "inits, of which the fourth succeeded");
        assert_eq!(inits.most_inside(), 1, "inits that ran at once");
        let panics = answers.iter().filter(|answer| answer.is_err()).count();
        assert_eq!(panics, 1, "callers who saw the one panic");
        let answers: Vec<_> = answers.into_iter().flatten().collect();
        let errors = answers.iter().filter(|answer| answer.is_err()).count();
        assert_eq!(errors, 2, "callers who heard of the two failures");
        let built = cell.get().copied();
        assert!(
            answers.iter().flatten().all(|value| Some(*value) == built),
            "a caller got another value than the one that was built"
        );
    });
}
