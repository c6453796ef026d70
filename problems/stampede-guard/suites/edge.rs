//! Extreme lives, panics, loads that use the cache, and what is left behind.

use judge_kit::{DropCounter, allocated_bytes, check, clock};
use stampede_guard::{FlightCache, LoadError};
use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn caught<R>(act: impl FnOnce() -> R) -> std::thread::Result<R> {
    panic::catch_unwind(AssertUnwindSafe(act))
}

fn load(cache: &FlightCache<u32>, key: &str, value: u32) -> Result<u32, LoadError> {
    cache.get_or_load(key, || Ok(value))
}

#[test]
fn without_a_life_nothing_is_cached() {
    check(|| {
        let cache = FlightCache::new(Duration::ZERO);
        assert_eq!(load(&cache, "a", 1), Ok(1), "the first load");
        assert_eq!(cache.len(), 0, "nothing is cached");
        assert_eq!(load(&cache, "a", 2), Ok(2), "a second load");
    });
}

#[test]
fn an_endless_life_does_not_end() {
    check(|| {
        let cache = FlightCache::new(Duration::MAX);
        assert_eq!(load(&cache, "a", 1), Ok(1), "the first load");
        clock::advance(MINUTE * 60 * 24 * 365);
        assert_eq!(load(&cache, "a", 2), Ok(1), "a year later");
        assert_eq!(cache.len(), 1, "a year later");
    });
}

/// Study: what must happen after a load belongs into a destructor, so that it happens after a panic as well.
#[test]
fn a_panic_reaches_its_caller_and_frees_the_key() {
    check(|| {
        let cache = FlightCache::new(MINUTE);
        let answer = caught(|| cache.get_or_load("a", || panic!("paper jam")));
        let Err(panic) = answer else {
            panic!("the panic of the load did not reach its caller");
        };
        let words = panic.downcast_ref::<&str>().copied();
        assert_eq!(words, Some("paper jam"), "the panic's own words");
        assert_eq!(cache.len(), 0, "nothing is left");
        assert_eq!(load(&cache, "b", 1), Ok(1), "another key");
        assert_eq!(load(&cache, "a", 2), Ok(2), "the next load of this key");
    });
}

/// Study: no lock may be held while a load runs.
#[test]
fn a_load_may_use_the_cache() {
    check(|| {
        let cache = FlightCache::new(MINUTE);
        let _ = load(&cache, "old", 7);
        let answer = cache.get_or_load("outer", || {
            assert_eq!(cache.len(), 2, "a value and a load under way");
            cache.invalidate("old");
            let inner = cache.get_or_load("inner", || Ok(cache.len() as u32));
            assert_eq!(inner, Ok(2), "keys during two loads");
            inner.map(|inner| inner + 10).map_err(|_| String::new())
        });
        assert_eq!(answer, Ok(12), "a load that needs another key");
        assert_eq!(load(&cache, "inner", 0), Ok(2), "the inner value is cached");
        assert_eq!(load(&cache, "outer", 0), Ok(12), "and so is the outer one");
        assert_eq!(cache.len(), 2, "the old one was invalidated");
    });
}

#[test]
fn a_load_that_invalidates_its_own_key_is_not_cached() {
    check(|| {
        let cache = FlightCache::new(MINUTE);
        let answer = cache.get_or_load("a", || {
            cache.invalidate("a");
            Ok(1)
        });
        assert_eq!(answer, Ok(1), "its caller gets the result");
        assert_eq!(cache.len(), 0, "it is not cached");
        assert_eq!(load(&cache, "a", 2), Ok(2), "the next call loads");
        assert_eq!(load(&cache, "a", 3), Ok(2), "and that load is cached");
    });
}

#[test]
fn to_invalidate_an_unknown_key_does_nothing() {
    check(|| {
        let cache = FlightCache::new(MINUTE);
        let _ = load(&cache, "a", 1);
        cache.invalidate("b");
        assert_eq!(cache.len(), 1, "only a is there");
        assert_eq!(load(&cache, "a", 2), Ok(1), "a is still cached");
        assert_eq!(load(&cache, "b", 3), Ok(3), "b is loaded");
        assert_eq!(load(&cache, "b", 4), Ok(3), "and cached");
    });
}

#[test]
fn a_dead_value_does_not_stand_in_for_a_failed_load() {
    check(|| {
        let cache = FlightCache::new(MINUTE);
        let _ = load(&cache, "a", 1);
        clock::advance(MINUTE);
        let answer = cache.get_or_load("a", || Err("offline".to_owned()));
        assert_eq!(
            answer,
            Err(LoadError::Failed("offline".to_owned())),
            "the value is dead"
        );
        assert_eq!(cache.len(), 0, "nothing is left");
    });
}

/// Study: locks and counters that belong to a key must go with it.
#[test]
fn a_key_without_a_value_leaves_nothing_behind() {
    check(|| {
        let cache = FlightCache::new(MINUTE);
        let act = |round: u32| {
            let key = format!("a key that is rather long, number {round}");
            match round % 3 {
                0 => drop(cache.get_or_load(&key, || Err("offline".to_owned()))),
                1 => {
                    let _ = load(&cache, &key, round);
                    cache.invalidate(&key);
                }
                _ => cache.invalidate(&key),
            }
        };
        (0..30).for_each(act);
        let before = allocated_bytes();
        (30..3_030).for_each(act);
        let grown = allocated_bytes().saturating_sub(before);
        assert!(
            grown < 30_000,
            "3,000 keys failed or were invalidated, and {grown} bytes are still in use"
        );
        assert_eq!(cache.len(), 0, "no key has a value");
    });
}

#[test]
fn values_are_dropped_when_nobody_needs_them() {
    check(|| {
        let drops = DropCounter::new();
        let cache = FlightCache::new(MINUTE);
        let load = |key: &str| drop(cache.get_or_load(key, || Ok(drops.token())));
        load("a");
        load("b");
        cache.invalidate("a");
        assert_eq!(drops.live(), 1, "values alive, one of two was invalidated");
        clock::advance(MINUTE);
        let failed = cache.get_or_load("b", || Err("offline".to_owned()));
        assert!(failed.is_err(), "the load failed");
        assert_eq!(drops.live(), 0, "values alive, the other one is dead");
        load("b");
        drop(cache);
        assert_eq!(drops.live(), 0, "values alive without a cache");
    });
}

#[test]
fn values_may_be_nothing_or_large() {
    check(|| {
        let nothing = FlightCache::new(MINUTE);
        assert_eq!(nothing.get_or_load("a", || Ok(())), Ok(()), "a unit");
        assert_eq!(nothing.len(), 1, "a unit is a value");
        let again = nothing.get_or_load("a", || Err("not cached".to_owned()));
        assert_eq!(again, Ok(()), "a cached unit");
        let large = FlightCache::new(MINUTE);
        for _ in 0..2 {
            let answer = large.get_or_load("a", || Ok(vec![7_u8; 100_000]));
            assert_eq!(
                answer.map(|value| value.len()),
                Ok(100_000),
                "a large value"
            );
        }
    });
}
