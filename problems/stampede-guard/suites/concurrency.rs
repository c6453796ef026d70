//! Callers that share loads, failures and panics, and invalidation in the middle.

use judge_kit::{Gate, Recorder, Respond, Script, check, clock, explore, settle};
use stampede_guard::{FlightCache, LoadError};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

type Answer = Result<u32, LoadError>;

fn endless() -> FlightCache<u32> {
    FlightCache::new(Duration::MAX)
}

fn failed(words: &str) -> Answer {
    Err(LoadError::Failed(words.to_owned()))
}

/// Opens its gate at last, also when an assertion fails: threads that wait would hide its message.
struct OpenedAtLast(Gate);

impl Drop for OpenedAtLast {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// A call on a thread of its own whose load is under way until its gate opens.
struct Slow<'scope> {
    gate: OpenedAtLast,
    thread: ScopedJoinHandle<'scope, Answer>,
}

impl<'scope> Slow<'scope> {
    fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        cache: &'env FlightCache<u32>,
        key: &'env str,
        result: Result<u32, String>,
    ) -> Self {
        let gate = OpenedAtLast(Gate::new());
        let inside = gate.0.clone();
        let thread = scope.spawn(move || {
            cache.get_or_load(key, || {
                inside.wait();
                result
            })
        });
        settle();
        assert_eq!(gate.0.arrivals(), 1, "loads of {key:?} by this call, of 1");
        Slow { gate, thread }
    }

    /// Lets the load return and tells the answer of its caller.
    fn finish(self) -> Answer {
        self.gate.0.open();
        self.thread.join().expect("the slow call panicked")
    }
}

/// A call on a thread of its own; its load records that it ran and returns `value`.
fn call<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    cache: &'env FlightCache<u32>,
    key: &'env str,
    value: u32,
) -> ScopedJoinHandle<'scope, Answer> {
    let thread = scope.spawn(move || cache.get_or_load(key, || Ok(value)));
    settle();
    thread
}

/// Study: to look for a value and to announce a load must be one step.
#[test]
fn three_callers_share_one_load() {
    explore(|| {
        let cache = endless();
        let loads = Script::always(Respond::Ok);
        let answers = thread::scope(|scope| {
            let callers = [1, 2, 3].map(|value| {
                let (cache, loads) = (&cache, &loads);
                scope.spawn(move || {
                    cache.get_or_load("a", || {
                        loads.play().map(|_| value).map_err(|_| String::new())
                    })
                })
            });
            callers.map(|caller| caller.join().expect("get_or_load panicked"))
        });
        assert_eq!(loads.calls(), 1, "loads for three callers of one key");
        assert!(
            answers
                .iter()
                .all(|answer| answer.is_ok() && *answer == answers[0]),
            "three callers of one key got {answers:?}"
        );
    });
}

#[test]
fn those_who_come_during_a_load_wait_for_it() {
    check(|| {
        let cache = FlightCache::new(Duration::ZERO);
        thread::scope(|scope| {
            let slow = Slow::start(scope, &cache, "a", Ok(1));
            let others = [2, 3].map(|value| call(scope, &cache, "a", value));
            assert!(
                others.iter().all(|other| !other.is_finished()),
                "a call came back before the load that it shares"
            );
            assert_eq!(cache.len(), 1, "a load under way counts");
            assert_eq!(slow.finish(), Ok(1), "the caller who loads");
            for other in others {
                let answer = other.join().expect("get_or_load panicked");
                assert_eq!(answer, Ok(1), "a caller who waits, with a ttl of 0");
            }
        });
        assert_eq!(cache.len(), 0, "with a ttl of 0 nothing is cached");
    });
}

#[test]
fn all_who_share_a_failed_load_get_its_error() {
    check(|| {
        let cache = endless();
        thread::scope(|scope| {
            let slow = Slow::start(scope, &cache, "a", Err("offline".to_owned()));
            let others = [2, 3].map(|value| call(scope, &cache, "a", value));
            assert_eq!(slow.finish(), failed("offline"), "the caller who loads");
            for other in others {
                let answer = other.join().expect("get_or_load panicked");
                assert_eq!(answer, failed("offline"), "a caller who waits");
            }
        });
        assert_eq!(cache.len(), 0, "an error is not cached");
        let next = cache.get_or_load("a", || Ok(4));
        assert_eq!(next, Ok(4), "the next call loads anew");
    });
}

/// Study: the key must be free before anybody hears of the failure.
#[test]
fn nobody_meets_the_same_failure_twice() {
    explore(|| {
        let cache = endless();
        thread::scope(|scope| {
            scope.spawn(|| cache.get_or_load("a", || Err("offline".to_owned())));
            let first = cache.get_or_load("a", || Ok(2));
            assert!(
                first == Ok(2) || first == failed("offline"),
                "the only other load fails, and a caller got {first:?}"
            );
            let second = cache.get_or_load("a", || Ok(2));
            assert_eq!(
                second,
                Ok(2),
                "the load that fails was over before this call"
            );
        });
    });
}

/// Study: a panic must not leave anybody asleep, and no lock poisoned.
#[test]
fn those_who_share_a_load_that_panics_are_told() {
    explore(|| {
        let cache = endless();
        let gate = OpenedAtLast(Gate::new());
        thread::scope(|scope| {
            let inside = gate.0.clone();
            let cache = &cache;
            let leader = scope.spawn(move || {
                let load = || {
                    inside.wait();
                    panic!("paper jam")
                };
                panic::catch_unwind(AssertUnwindSafe(|| cache.get_or_load("a", load))).is_err()
            });
            gate.0.await_arrivals(1);
            let others =
                [2, 3].map(|value| scope.spawn(move || cache.get_or_load("a", || Ok(value))));
            gate.0.open();
            for other in others {
                let answer = other.join().expect("get_or_load panicked");
                assert!(
                    matches!(answer, Err(LoadError::Panicked) | Ok(2 | 3)),
                    "a caller who shared the load, or came after it, got {answer:?}"
                );
            }
            let panicked = leader.join().expect("the panic was caught");
            assert!(panicked, "the panic of the load did not reach its caller");
        });
        let next = cache.get_or_load("a", || Ok(4));
        assert!(next.is_ok(), "a call after the panic got {next:?}");
    });
}

#[test]
fn a_panic_reaches_those_who_wait_as_an_error() {
    check(|| {
        let cache = endless();
        let gate = OpenedAtLast(Gate::new());
        thread::scope(|scope| {
            let inside = gate.0.clone();
            let cache = &cache;
            scope.spawn(move || {
                let load = || {
                    inside.wait();
                    panic!("paper jam")
                };
                panic::catch_unwind(AssertUnwindSafe(|| cache.get_or_load("a", load))).is_err()
            });
            settle();
            let others = [2, 3].map(|value| call(scope, cache, "a", value));
            gate.0.open();
            for other in others {
                let answer = other.join().expect("get_or_load panicked");
                assert_eq!(answer, Err(LoadError::Panicked), "a caller who waited");
            }
        });
        assert_eq!(cache.len(), 0, "nothing is left of the load");
    });
}

/// Study: what a caller waits for is its own load, not any load.
#[test]
fn keys_do_not_disturb_each_other() {
    check(|| {
        let cache = endless();
        thread::scope(|scope| {
            let _ = cache.get_or_load("cached", || Ok(9));
            let slow = Slow::start(scope, &cache, "a", Ok(1));
            let waiting = call(scope, &cache, "a", 2);
            let other = scope.spawn(|| {
                let missed = cache.get_or_load("b", || Ok(3));
                let found = cache.get_or_load("cached", || Ok(4));
                cache.invalidate("b");
                (missed, found, cache.len())
            });
            settle();
            assert!(
                other.is_finished(),
                "other keys had to wait for a slow load"
            );
            let answers = other.join().expect("the other calls panicked");
            assert_eq!(answers, (Ok(3), Ok(9), 2), "other keys, and the length");
            assert!(
                !waiting.is_finished(),
                "a load of key b woke a caller of key a"
            );
            assert_eq!(slow.finish(), Ok(1), "the caller who loads");
            let answer = waiting.join().expect("get_or_load panicked");
            assert_eq!(answer, Ok(1), "the caller who waits");
        });
    });
}

#[test]
fn two_slow_loads_end_each_in_its_own_time() {
    explore(|| {
        let cache = endless();
        let gate = OpenedAtLast(Gate::new());
        let inside = &gate.0;
        thread::scope(|scope| {
            let first = [(); 2].map(|()| {
                let cache = &cache;
                scope.spawn(move || {
                    cache.get_or_load("a", || {
                        inside.wait();
                        Ok(1)
                    })
                })
            });
            let other = scope.spawn(|| cache.get_or_load("b", || Ok(2)));
            let other = other.join().expect("get_or_load panicked");
            assert_eq!(other, Ok(2), "the quick key");
            inside.open();
            for caller in first {
                let answer = caller.join().expect("get_or_load panicked");
                assert_eq!(answer, Ok(1), "the slow key");
            }
            assert_eq!(inside.arrivals(), 1, "loads of the slow key");
        });
    });
}

/// Study: a result that was invalidated on its way must not replace what was loaded later.
#[test]
fn an_invalidated_load_that_ends_late_does_not_replace_the_new_value() {
    check(|| {
        let cache = endless();
        thread::scope(|scope| {
            let old = Slow::start(scope, &cache, "a", Ok(1));
            let sharer = call(scope, &cache, "a", 5);
            cache.invalidate("a");
            assert_eq!(cache.len(), 1, "the invalidated load is still under way");
            let late = call(scope, &cache, "a", 2);
            assert!(late.is_finished(), "a caller after invalidate has to load");
            let late = late.join().expect("get_or_load panicked");
            assert_eq!(late, Ok(2), "a caller after invalidate");
            assert_eq!(cache.len(), 1, "one key with a value and an old load");
            assert_eq!(old.finish(), Ok(1), "the caller who loads");
            let sharer = sharer.join().expect("get_or_load panicked");
            assert_eq!(sharer, Ok(1), "the caller who shares the old load");
            let found = cache.get_or_load("a", || Ok(3));
            assert_eq!(found, Ok(2), "the old load ended after the new one");
        });
    });
}

/// Study: when a load ends, it may clear only its own place, not that of a later load.
#[test]
fn an_invalidated_load_that_ends_early_leaves_the_new_one_alone() {
    check(|| {
        let cache = endless();
        thread::scope(|scope| {
            let old = Slow::start(scope, &cache, "a", Ok(1));
            cache.invalidate("a");
            let new = Slow::start(scope, &cache, "a", Ok(2));
            assert_eq!(cache.len(), 1, "one key with two loads");
            assert_eq!(old.finish(), Ok(1), "the caller of the old load");
            assert_eq!(cache.len(), 1, "the new load is under way");
            let sharer = call(scope, &cache, "a", 3);
            assert!(!sharer.is_finished(), "there is a load to be shared");
            assert_eq!(new.finish(), Ok(2), "the caller of the new load");
            let sharer = sharer.join().expect("get_or_load panicked");
            assert_eq!(sharer, Ok(2), "a caller who came during the new load");
            let found = cache.get_or_load("a", || Ok(4));
            assert_eq!(found, Ok(2), "the new load was not invalidated");
        });
    });
}

#[test]
fn a_load_that_was_invalidated_is_not_cached() {
    check(|| {
        let cache = endless();
        thread::scope(|scope| {
            let slow = Slow::start(scope, &cache, "a", Ok(1));
            cache.invalidate("a");
            assert_eq!(slow.finish(), Ok(1), "its caller gets the result");
        });
        assert_eq!(cache.len(), 0, "nothing is cached");
        let next = cache.get_or_load("a", || Ok(2));
        assert_eq!(next, Ok(2), "the next call loads");
    });
}

/// Study: write, then invalidate: whoever reads the source before that must not be cached after it.
#[test]
fn after_invalidate_nobody_finds_the_value_of_before() {
    explore(|| {
        let cache = endless();
        let source = AtomicU32::new(1);
        let read = || Ok(source.load(Ordering::SeqCst));
        thread::scope(|scope| {
            scope.spawn(|| cache.get_or_load("a", read));
            scope.spawn(|| cache.get_or_load("a", read));
            source.store(2, Ordering::SeqCst);
            cache.invalidate("a");
        });
        let found = cache.get_or_load("a", read);
        assert_eq!(found, Ok(2), "the source was changed and then invalidated");
    });
}

#[test]
fn a_value_that_dies_is_loaded_once() {
    explore(|| {
        let minute = Duration::from_secs(60);
        let cache = FlightCache::new(minute);
        let _ = cache.get_or_load("a", || Ok(1));
        clock::jump(minute);
        let loads = Recorder::new();
        thread::scope(|scope| {
            for caller in 2..=3 {
                let (cache, loads) = (&cache, loads.clone());
                scope.spawn(move || {
                    let answer = cache.get_or_load("a", || {
                        loads.record(caller);
                        Ok(caller)
                    });
                    assert_eq!(answer, Ok(loads.seen()[0]), "the value of the first load");
                });
            }
        });
        assert_eq!(loads.len(), 1, "loads for two callers after the end");
    });
}
