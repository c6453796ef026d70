//! Hits, misses, errors and the time to live.

use judge_kit::{Recorder, assert_send_sync, check, clock};
use stampede_guard::{FlightCache, LoadError};
use std::thread;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const A_MOMENT: Duration = Duration::from_nanos(1);

/// A call whose load returns `value`; tells the answer and whether the load ran.
fn get(cache: &FlightCache<u32>, key: &str, value: u32) -> (Result<u32, LoadError>, bool) {
    let runs = Recorder::new();
    let answer = cache.get_or_load(key, || {
        runs.record(());
        Ok(value)
    });
    (answer, !runs.is_empty())
}

fn loaded(value: u32) -> (Result<u32, LoadError>, bool) {
    (Ok(value), true)
}

fn cached(value: u32) -> (Result<u32, LoadError>, bool) {
    (Ok(value), false)
}

#[test]
fn the_first_call_loads_and_the_others_find_it() {
    check(|| {
        assert_send_sync::<FlightCache<u32>>();
        let cache = FlightCache::new(MINUTE);
        assert_eq!(get(&cache, "a", 1), loaded(1), "the first call");
        assert_eq!(get(&cache, "a", 2), cached(1), "the second call");
        assert_eq!(get(&cache, "a", 3), cached(1), "the third call");
    });
}

#[test]
fn a_value_dies_exactly_at_its_time_to_live() {
    check(|| {
        let cache = FlightCache::new(MINUTE);
        get(&cache, "a", 1);
        clock::advance(MINUTE - A_MOMENT);
        assert_eq!(get(&cache, "a", 2), cached(1), "1 ns before its end");
        clock::advance(A_MOMENT);
        assert_eq!(get(&cache, "a", 3), loaded(3), "at the end of its life");
        clock::advance(MINUTE - A_MOMENT);
        assert_eq!(get(&cache, "a", 4), cached(3), "the new value lives anew");
    });
}

/// Study: the age of a value counts from the moment at which it was there.
#[test]
fn the_time_to_live_counts_from_the_end_of_the_load() {
    check(|| {
        let cache = FlightCache::new(MINUTE);
        let answer = cache.get_or_load("a", || {
            thread::sleep(MINUTE / 2);
            Ok(1)
        });
        assert_eq!(answer, Ok(1), "a load of 30 s");
        clock::advance(MINUTE - A_MOMENT);
        assert_eq!(get(&cache, "a", 2), cached(1), "1 ns less than 60 s later");
        clock::advance(A_MOMENT);
        assert_eq!(get(&cache, "a", 3), loaded(3), "60 s after the load");
    });
}

#[test]
fn an_error_is_reported_and_not_cached() {
    check(|| {
        let cache = FlightCache::new(MINUTE);
        let answer = cache.get_or_load("a", || Err("out of paper".to_owned()));
        assert_eq!(
            answer,
            Err(LoadError::Failed("out of paper".to_owned())),
            "the words of the load"
        );
        assert_eq!(get(&cache, "a", 2), loaded(2), "the call after the failure");
        assert_eq!(get(&cache, "a", 3), cached(2), "the call after that");
    });
}

#[test]
fn an_invalidated_value_is_loaded_anew() {
    check(|| {
        let cache = FlightCache::new(MINUTE);
        get(&cache, "a", 1);
        cache.invalidate("a");
        assert_eq!(get(&cache, "a", 2), loaded(2), "after invalidate");
        assert_eq!(get(&cache, "a", 3), cached(2), "the call after that");
    });
}

#[test]
fn each_key_has_its_own_value_and_life() {
    check(|| {
        let cache = FlightCache::new(MINUTE);
        assert_eq!(get(&cache, "a", 1), loaded(1), "key a");
        clock::advance(MINUTE / 2);
        assert_eq!(get(&cache, "b", 2), loaded(2), "key b");
        cache.invalidate("b");
        assert_eq!(get(&cache, "a", 3), cached(1), "b was invalidated, not a");
        assert_eq!(get(&cache, "b", 4), loaded(4), "b was invalidated");
        clock::advance(MINUTE / 2);
        assert_eq!(get(&cache, "a", 5), loaded(5), "a is 60 s old");
        assert_eq!(get(&cache, "b", 6), cached(4), "b is 30 s old");
    });
}

#[test]
fn the_length_counts_keys_with_a_live_value() {
    check(|| {
        let cache = FlightCache::new(MINUTE);
        assert_eq!(cache.len(), 0, "a new cache");
        get(&cache, "a", 1);
        get(&cache, "a", 2);
        assert_eq!(cache.len(), 1, "one key");
        clock::advance(MINUTE / 2);
        get(&cache, "b", 3);
        get(&cache, "c", 4);
        assert_eq!(cache.len(), 3, "three keys");
        cache.invalidate("b");
        assert_eq!(cache.len(), 2, "one of them invalidated");
        clock::advance(MINUTE / 2);
        assert_eq!(
            cache.len(),
            1,
            "and one of them dead, without a call for it"
        );
    });
}
