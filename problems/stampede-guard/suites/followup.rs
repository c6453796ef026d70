//! Refreshing ahead.

use judge_kit::{Gate, Recorder, check, clock, explore, settle};
use stampede_guard::{FlightCache, LoadError};
use std::panic::{self, AssertUnwindSafe};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const SOFT: Duration = Duration::from_secs(20);
const A_MOMENT: Duration = Duration::from_nanos(1);

type Answer = Result<u32, LoadError>;

/// A cache with a life of a minute, refreshed from 20 s on, and 1 as the value of "a".
fn filled() -> FlightCache<u32> {
    let cache = FlightCache::new(MINUTE).with_refresh_ahead(SOFT);
    assert_eq!(get(&cache, 1), Ok(1), "the first load");
    cache
}

fn get(cache: &FlightCache<u32>, value: u32) -> Answer {
    cache.get_or_load("a", || Ok(value))
}

fn fail(cache: &FlightCache<u32>) -> Answer {
    cache.get_or_load("a", || Err("offline".to_owned()))
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
        result: Result<u32, String>,
    ) -> Self {
        let gate = OpenedAtLast(Gate::new());
        let inside = gate.0.clone();
        let thread = scope.spawn(move || {
            cache.get_or_load("a", || {
                inside.wait();
                result
            })
        });
        settle();
        assert_eq!(gate.0.arrivals(), 1, "loads by this call, of 1");
        Slow { gate, thread }
    }

    /// Lets the load return and tells the answer of its caller.
    fn finish(self) -> Answer {
        self.gate.0.open();
        self.thread.join().expect("the slow call panicked")
    }
}

#[test]
fn a_value_is_refreshed_from_its_soft_age_on() {
    check(|| {
        let cache = filled();
        clock::advance(SOFT - A_MOMENT);
        assert_eq!(get(&cache, 2), Ok(1), "1 ns younger than the soft age");
        clock::advance(A_MOMENT);
        assert_eq!(get(&cache, 3), Ok(3), "exactly the soft age");
        assert_eq!(get(&cache, 4), Ok(3), "just refreshed");
    });
}

#[test]
fn during_a_refresh_all_others_get_the_old_value_at_once() {
    check(|| {
        let cache = filled();
        clock::advance(SOFT);
        thread::scope(|scope| {
            let refresher = Slow::start(scope, &cache, Ok(2));
            let others = [3, 4].map(|value| {
                let cache = &cache;
                scope.spawn(move || get(cache, value))
            });
            settle();
            for other in others {
                assert!(other.is_finished(), "a caller waited for a refresh");
                let answer = other.join().expect("get_or_load panicked");
                assert_eq!(answer, Ok(1), "a call during the refresh");
            }
            assert_eq!(cache.len(), 1, "one key");
            assert_eq!(refresher.finish(), Ok(2), "the caller who refreshes");
        });
        assert_eq!(get(&cache, 5), Ok(2), "the refreshed value");
    });
}

#[test]
fn a_refreshed_value_lives_from_the_end_of_its_load() {
    check(|| {
        let cache = filled();
        clock::advance(SOFT);
        let answer = cache.get_or_load("a", || {
            thread::sleep(SOFT);
            Ok(2)
        });
        assert_eq!(answer, Ok(2), "a refresh of 20 s");
        clock::advance(SOFT - A_MOMENT);
        assert_eq!(get(&cache, 3), Ok(2), "its soft age counts from its load");
        clock::advance(MINUTE - SOFT);
        assert_eq!(cache.len(), 1, "1 ns before its end");
        clock::advance(A_MOMENT);
        assert_eq!(cache.len(), 0, "a minute after its load");
    });
}

#[test]
fn a_failed_refresh_leaves_the_old_value_until_its_end() {
    check(|| {
        let cache = filled();
        clock::advance(SOFT);
        assert_eq!(fail(&cache), Ok(1), "the caller of a failed refresh");
        assert_eq!(cache.len(), 1, "the old value is alive");
        clock::advance(MINUTE - SOFT - A_MOMENT);
        assert_eq!(fail(&cache), Ok(1), "1 ns before its end");
        clock::advance(A_MOMENT);
        let offline = Err(LoadError::Failed("offline".to_owned()));
        assert_eq!(fail(&cache), offline, "at its end");
        assert_eq!(cache.len(), 0, "nothing is left");
    });
}

#[test]
fn after_a_failed_refresh_the_next_caller_may_try() {
    check(|| {
        let cache = filled();
        clock::advance(SOFT);
        assert_eq!(fail(&cache), Ok(1), "the caller of a failed refresh");
        assert_eq!(get(&cache, 2), Ok(2), "the next caller");
        assert_eq!(get(&cache, 3), Ok(2), "and the one after that");
    });
}

#[test]
fn a_panicking_refresh_leaves_the_old_value() {
    check(|| {
        let cache = filled();
        clock::advance(SOFT);
        let load = || panic!("paper jam");
        let answer = panic::catch_unwind(AssertUnwindSafe(|| cache.get_or_load("a", load)));
        assert!(answer.is_err(), "the panic did not reach its caller");
        assert_eq!(cache.len(), 1, "the old value is alive");
        assert_eq!(fail(&cache), Ok(1), "the next try fails as well");
        assert_eq!(get(&cache, 2), Ok(2), "the try after that");
    });
}

/// Study: once the old value is dead, a refresh is a load like any other.
#[test]
fn who_comes_after_the_end_joins_the_refresh() {
    check(|| {
        let cache = filled();
        clock::advance(SOFT);
        thread::scope(|scope| {
            let refresher = Slow::start(scope, &cache, Ok(2));
            clock::advance(MINUTE - SOFT);
            let late = scope.spawn(|| get(&cache, 3));
            settle();
            assert!(!late.is_finished(), "the old value is dead");
            assert_eq!(refresher.finish(), Ok(2), "the caller who refreshes");
            let late = late.join().expect("get_or_load panicked");
            assert_eq!(late, Ok(2), "a caller after the end of the old value");
        });
    });
}

#[test]
fn who_joined_a_refresh_hears_of_its_failure() {
    check(|| {
        let cache = filled();
        clock::advance(SOFT);
        thread::scope(|scope| {
            let refresher = Slow::start(scope, &cache, Err("offline".to_owned()));
            clock::advance(MINUTE - SOFT);
            let late = scope.spawn(|| get(&cache, 3));
            settle();
            assert_eq!(refresher.finish(), Ok(1), "the caller who refreshes");
            let late = late.join().expect("get_or_load panicked");
            let offline = Err(LoadError::Failed("offline".to_owned()));
            assert_eq!(late, offline, "a caller after the end of the old value");
        });
        assert_eq!(cache.len(), 0, "nothing is left");
    });
}

#[test]
fn invalidate_works_on_a_refresh() {
    check(|| {
        let cache = filled();
        clock::advance(SOFT);
        thread::scope(|scope| {
            let refresher = Slow::start(scope, &cache, Ok(2));
            cache.invalidate("a");
            assert_eq!(get(&cache, 3), Ok(3), "a caller after invalidate");
            assert_eq!(refresher.finish(), Ok(2), "the caller who refreshes");
        });
        assert_eq!(get(&cache, 4), Ok(3), "what was loaded after invalidate");
    });
}

/// Study: to see that a value is old and to announce its refresh must be one step.
#[test]
fn of_three_callers_one_refreshes() {
    explore(|| {
        let cache = filled();
        clock::jump(SOFT);
        let loads = Recorder::new();
        thread::scope(|scope| {
            for caller in 2..=4 {
                let (cache, loads) = (&cache, loads.clone());
                scope.spawn(move || {
                    let answer = cache.get_or_load("a", || {
                        loads.record(caller);
                        Ok(caller)
                    });
                    let refreshed = loads.seen().first().copied();
                    assert!(
                        answer == Ok(1) || answer.ok() == refreshed,
                        "a caller got neither the old nor the new value"
                    );
                });
            }
        });
        assert_eq!(loads.len(), 1, "loads for three callers of an old value");
    });
}
