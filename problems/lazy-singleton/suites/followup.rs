//! Waiting with a limit for what another thread builds.

use judge_kit::{Gate, Recorder, Respond, Script, check, clock, explore, settle};
use lazy_singleton::{InitError, Singleton};
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

type Timed = Result<u32, InitError<&'static str>>;

/// A call with a limit; its init plays the script and then returns `value`.
fn timed(cell: &Singleton<u32>, wait: Duration, inits: &Script, value: u32) -> Timed {
    let answer = cell.get_or_init_timeout(wait, || {
        inits.play().map(|_| value).map_err(|_| "own failure")
    });
    answer.copied()
}

fn patient(cell: &Singleton<u32>, inits: &Script, value: u32) -> Option<u32> {
    let answer = cell.get_or_try_init(|| inits.play().map(|_| value));
    answer.ok().copied()
}

fn is_over(answer: &Timed) -> bool {
    matches!(answer, Err(InitError::TimedOut))
}

/// A call on a thread of its own whose init takes `time` and then ends with `result`.
fn slow<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    cell: &'env Singleton<u32>,
    time: Duration,
    result: Result<u32, ()>,
) -> ScopedJoinHandle<'scope, Result<u32, ()>> {
    let thread = scope.spawn(move || {
        let answer = cell.get_or_try_init(|| {
            thread::sleep(time);
            result
        });
        answer.copied()
    });
    settle();
    thread
}

/// Opens its gate at last, also when an assertion fails: threads that wait would hide its message.
struct OpenedAtLast<'a>(&'a Gate);

impl Drop for OpenedAtLast<'_> {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// Study: the limit ends the waiting, and nothing else.
#[test]
fn who_gives_up_leaves_the_build_alone() {
    check(|| {
        let (cell, inits) = (Singleton::new(), Script::always(Respond::Ok));
        thread::scope(|scope| {
            let builder = slow(scope, &cell, millis(1_000), Ok(1));
            let other = scope.spawn(|| patient(&cell, &inits, 3));
            settle();
            let answer = timed(&cell, millis(100), &inits, 2);
            assert!(is_over(&answer), "a build of another takes 1000 ms");
            assert_eq!(clock::now(), millis(100), "the limit is exact");
            assert_eq!(cell.get(), None, "the build is still under way");
            assert!(!other.is_finished(), "the patient caller was disturbed");
            let built = builder.join().expect("the builder panicked");
            assert_eq!(built, Ok(1), "the build went on undisturbed");
            let found = other.join().expect("get_or_try_init panicked");
            assert_eq!(found, Some(1), "the caller without a limit");
        });
        assert_eq!(inits.calls(), 0, "inits that ran beside or after it");
        assert_eq!(cell.get(), Some(&1), "the value came later");
    });
}

#[test]
fn a_value_that_comes_in_time_is_taken_at_once() {
    check(|| {
        let (cell, inits) = (Singleton::new(), Script::always(Respond::Ok));
        thread::scope(|scope| {
            let builder = slow(scope, &cell, millis(70), Ok(1));
            let answer = timed(&cell, millis(100), &inits, 2);
            assert_eq!(answer.ok(), Some(1), "the value came after 70 of 100 ms");
            assert_eq!(clock::now(), millis(70), "the moment of the value");
            assert!(builder.join().is_ok(), "the builder panicked");
        });
        assert_eq!(inits.calls(), 0, "inits of the caller who waited");
    });
}

#[test]
fn a_value_that_is_there_needs_no_time() {
    check(|| {
        let (cell, inits) = (Singleton::new(), Script::always(Respond::Ok));
        assert_eq!(patient(&cell, &inits, 1), Some(1), "the first call");
        for wait in [Duration::ZERO, millis(5), Duration::MAX] {
            let answer = timed(&cell, wait, &inits, 2);
            assert_eq!(answer.ok(), Some(1), "a limit of {wait:?}");
        }
        assert_eq!(inits.calls(), 1, "inits in all");
    });
}

/// Study: the limit counts time spent waiting for others.
#[test]
fn its_own_build_takes_as_long_as_it_takes() {
    check(|| {
        for wait in [Duration::ZERO, millis(5), Duration::MAX] {
            let cell = Singleton::new();
            let inits = Script::new([
                Respond::Fail,
                Respond::Each(vec![Respond::Slow(millis(900)), Respond::Fail]),
                Respond::Slow(millis(900)),
            ]);
            for attempt in ["quick", "slow"] {
                let answer = timed(&cell, wait, &inits, 1);
                let error = matches!(answer, Err(InitError::Init("own failure")));
                assert!(error, "the error of a {attempt} init, limit {wait:?}");
            }
            assert_eq!(cell.get(), None, "after two failed builds");
            let answer = timed(&cell, wait, &inits, 2);
            assert_eq!(answer.ok(), Some(2), "900 ms, limit {wait:?}");
            assert_eq!(inits.calls(), 3, "inits in all");
            assert_eq!(cell.get(), Some(&2), "after the build");
        }
    });
}

/// Study: a failure of the builder is news for those who wait.
#[test]
fn after_a_failure_in_time_it_builds_itself() {
    check(|| {
        let (cell, inits) = (Singleton::new(), Script::always(Respond::Slow(millis(500))));
        thread::scope(|scope| {
            let builder = slow(scope, &cell, millis(70), Err(()));
            let answer = timed(&cell, millis(100), &inits, 2);
            assert_eq!(answer.ok(), Some(2), "its own build");
            assert_eq!(
                clock::now(),
                millis(570),
                "70 ms of waiting, 500 ms of work"
            );
            let failed = builder.join().expect("the builder panicked");
            assert_eq!(failed, Err(()), "the builder hears of its own error");
        });
        assert_eq!(cell.get(), Some(&2), "after the build");
    });
}

#[test]
fn after_a_panic_in_time_it_builds_itself() {
    check(|| {
        let (cell, inits) = (Singleton::new(), Script::always(Respond::Ok));
        thread::scope(|scope| {
            let builder = scope.spawn(|| {
                cell.get_or_init_timeout(Duration::ZERO, || -> Result<u32, ()> {
                    thread::sleep(millis(70));
                    panic!("no disk")
                })
            });
            settle();
            let answer = timed(&cell, millis(100), &inits, 2);
            assert_eq!(answer.ok(), Some(2), "its own build");
            assert_eq!(clock::now(), millis(70), "the moment of the panic");
            assert!(builder.join().is_err(), "the panic of init was lost");
        });
    });
}

#[test]
fn no_time_means_no_waiting() {
    check(|| {
        let (cell, inits) = (Singleton::new(), Script::always(Respond::Ok));
        let gate = Gate::new();
        thread::scope(|scope| {
            let _opened = OpenedAtLast(&gate);
            let builder = scope.spawn(|| {
                let answer = cell.get_or_try_init(|| {
                    gate.wait();
                    Ok::<_, ()>(1)
                });
                answer.is_ok()
            });
            settle();
            let hasty = scope.spawn(|| timed(&cell, Duration::ZERO, &inits, 2));
            settle();
            assert!(hasty.is_finished(), "a limit of zero does not wait");
            let answer = hasty.join().expect("get_or_init_timeout panicked");
            assert!(is_over(&answer), "another thread is building");
            assert_eq!(clock::now(), Duration::ZERO, "no time passes");
            gate.open();
            assert!(builder.join().expect("it panicked"), "the builder");
        });
        assert_eq!(inits.calls(), 0, "inits of the caller who gave up");
    });
}

#[test]
fn the_longest_limit_waits_as_long_as_it_takes() {
    check(|| {
        const DAY: Duration = Duration::from_secs(86_400);
        let (cell, inits) = (Singleton::new(), Script::always(Respond::Ok));
        thread::scope(|scope| {
            let builder = slow(scope, &cell, DAY, Ok(1));
            let answer = timed(&cell, Duration::MAX, &inits, 2);
            assert_eq!(answer.ok(), Some(1), "it waited for a day");
            assert_eq!(clock::now(), DAY, "the moment of the value");
            assert!(builder.join().is_ok(), "the builder panicked");
        });
    });
}

/// Study: turn the limit into a deadline once, and wait for the rest of it after a wake-up.
#[test]
fn several_builds_of_others_share_one_limit() {
    check(|| {
        let (cell, inits) = (Singleton::new(), Script::always(Respond::Ok));
        thread::scope(|scope| {
            let builder = slow(scope, &cell, millis(60), Err(()));
            let next = slow(scope, &cell, millis(500), Err(()));
            let last = scope.spawn(|| (timed(&cell, millis(100), &inits, 2), clock::now()));
            let (answer, when) = last.join().expect("get_or_init_timeout panicked");
            match answer {
                Err(InitError::TimedOut) => {
                    assert_eq!(when, millis(100), "when it gave up");
                    assert_eq!(inits.calls(), 0, "inits of who gave up");
                }
                // It came before the other one that waited.
                answer => {
                    assert_eq!(answer.ok(), Some(2), "its own build");
                    assert_eq!(when, millis(60), "when it built");
                }
            }
            assert!(builder.join().is_ok(), "the first builder panicked");
            assert!(next.join().is_ok(), "the second builder panicked");
        });
    });
}

/// Study: a caller whose time is over may just have used up the news meant for another one.
#[test]
fn a_failure_is_not_lost_on_somebody_who_gives_up() {
    explore(|| {
        let (cell, inits) = (Singleton::new(), Script::always(Respond::Ok));
        thread::scope(|scope| {
            let builder = slow(scope, &cell, millis(10), Err(()));
            let hasty = scope.spawn(|| timed(&cell, millis(10), &inits, 2));
            let other = scope.spawn(|| patient(&cell, &inits, 3));
            assert!(builder.join().is_ok(), "the builder panicked");
            let hasty = hasty.join().expect("get_or_init_timeout panicked");
            let other = other.join().expect("get_or_try_init panicked");
            let built = cell.get().copied();
            assert!(built.is_some(), "nobody built after the failure");
            assert_eq!(other, built, "the caller without a limit");
            assert!(
                is_over(&hasty) || hasty.ok() == built,
                "the hasty caller got neither the value nor TimedOut"
            );
            assert_eq!(inits.calls(), 1, "builds after the failure");
        });
    });
}

#[test]
fn callers_with_and_without_a_limit_share_one_build() {
    explore(|| {
        let cell = Singleton::new();
        let inits = Script::new([Respond::Fail, Respond::Ok]);
        let (first, second, third) = thread::scope(|scope| {
            let first = scope.spawn(|| timed(&cell, Duration::MAX, &inits, 1));
            let second = scope.spawn(|| timed(&cell, Duration::MAX, &inits, 2));
            let third = scope.spawn(|| patient(&cell, &inits, 3));
            (
                first.join().expect("get_or_init_timeout panicked"),
                second.join().expect("get_or_init_timeout panicked"),
                third.join().expect("get_or_try_init panicked"),
            )
        });
        assert_eq!(inits.most_inside(), 1, "inits that ran at once");
        assert_eq!(inits.calls(), 2, "inits, of which the first one failed");
        let built = cell.get().copied();
        let answers = [first.ok(), second.ok(), third];
        let served = answers.iter().filter(|answer| answer.is_some()).count();
        assert_eq!(served, 2, "callers who got a value, of 3 with one failure");
        assert!(
            answers.iter().flatten().all(|value| Some(*value) == built),
            "a caller got another value than the one that was built"
        );
    });
}

/// Study: no limit is long enough to wait for oneself.
#[test]
fn recursion_panics_whatever_the_limit() {
    check(|| {
        for wait in [Duration::ZERO, millis(100), Duration::MAX] {
            let (cell, inits) = (Singleton::new(), Script::always(Respond::Ok));
            let passed = Cell::new(0);
            let inner = || {
                let answer = timed(&cell, wait, &inits, 1);
                passed.set(passed.get() + 1);
                answer.map_err(|_| "inner")
            };
            let outer_patient = panic::catch_unwind(AssertUnwindSafe(|| {
                cell.get_or_try_init(inner).copied().is_ok()
            }));
            assert!(outer_patient.is_err(), "inside of get_or_try_init");
            let outer_timed = panic::catch_unwind(AssertUnwindSafe(|| {
                cell.get_or_init_timeout(wait, inner).copied().is_ok()
            }));
            assert!(outer_timed.is_err(), "inside of get_or_init_timeout");
            let mixed = panic::catch_unwind(AssertUnwindSafe(|| {
                let outer = cell.get_or_init_timeout(wait, || patient(&cell, &inits, 1).ok_or(()));
                passed.set(passed.get() + 1);
                outer.copied().is_ok()
            }));
            assert!(mixed.is_err(), "get_or_try_init inside of the other");
            assert_eq!(passed.get(), 0, "recursive calls that returned, {wait:?}");
            assert_eq!(inits.calls(), 0, "runs of an inner init");
            assert_eq!(clock::now(), Duration::ZERO, "no time passes");
            let answer = timed(&cell, wait, &inits, 2);
            assert_eq!(answer.ok(), Some(2), "the next call");
        }
    });
}

#[test]
fn a_panic_of_its_own_goes_on_to_the_caller() {
    check(|| {
        let cell = Singleton::<u32>::new();
        let runs = Recorder::new();
        let caught = panic::catch_unwind(AssertUnwindSafe(|| {
            let answer = cell.get_or_init_timeout(millis(5), || -> Result<u32, ()> {
                runs.record(());
                panic!("no disk")
            });
            answer.is_ok()
        }));
        let caught = caught.expect_err("the panic of init was lost");
        assert_eq!(
            caught.downcast_ref().copied(),
            Some("no disk"),
            "what the caller caught is what init threw"
        );
        assert_eq!(runs.len(), 1, "runs of the init");
        assert_eq!(cell.get(), None, "after the panic");
        let inits = Script::always(Respond::Ok);
        let answer = timed(&cell, Duration::ZERO, &inits, 2);
        assert_eq!(answer.ok(), Some(2), "the next call");
    });
}
