use judge_kit::{DropCounter, allocated_bytes, check, clock};
use lru_ttl_cache::LruTtlCache;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn reading_does_not_prolong_a_life() {
    check(|| {
        let cache = LruTtlCache::new(4, 3 * SECOND);
        cache.put("a", 1);
        for _ in 0..2 {
            clock::advance(SECOND);
            assert_eq!(cache.get(&"a"), Some(1), "a died early");
        }
        clock::advance(SECOND);
        assert_eq!(cache.get(&"a"), None, "reads kept a alive beyond its 3 s");
    });
}

#[test]
fn overwriting_restarts_the_time_to_live() {
    check(|| {
        let cache = LruTtlCache::new(4, 3 * SECOND);
        cache.put("a", 1);
        clock::advance(2 * SECOND);
        cache.put("a", 2);
        clock::advance(2 * SECOND);
        assert_eq!(
            cache.get(&"a"),
            Some(2),
            "a kept the deadline of its first value"
        );
        clock::advance(SECOND);
        assert_eq!(cache.get(&"a"), None, "a outlived its second value's 3 s");
    });
}

#[test]
fn overwriting_makes_an_entry_the_most_recently_used() {
    check(|| {
        let cache = LruTtlCache::new(2, 60 * SECOND);
        cache.put("a", 1);
        cache.put("b", 2);
        cache.put("a", 3);
        cache.put("c", 4);
        assert_eq!(cache.get(&"a"), Some(3), "a had just been overwritten");
        assert_eq!(cache.get(&"b"), None, "b was the least recently used one");
    });
}

/// An index of deadlines has to forget, or to doubt, the deadline of a value that is gone.
#[test]
fn an_overwritten_deadline_is_forgotten() {
    check(|| {
        let cache = LruTtlCache::new(2, 60 * SECOND);
        cache.put_with_ttl("a", 1, SECOND);
        cache.put_with_ttl("a", 2, 10 * SECOND);
        cache.put_with_ttl("b", 3, SECOND);
        cache.remove(&"b");
        cache.put_with_ttl("b", 4, 10 * SECOND);
        clock::advance(SECOND);
        assert_eq!(cache.len(), 2, "an old deadline struck a newer value");
        cache.put("c", 5); // Evicts a, the least recently used one.
        assert_eq!(cache.get(&"a"), None);
        assert_eq!(
            cache.get(&"b"),
            Some(4),
            "the deadline of b's removed value struck"
        );
        cache.put_with_ttl("b", 6, SECOND);
        clock::advance(SECOND);
        assert_eq!(
            cache.get(&"b"),
            None,
            "the shorter life of the newer value counts"
        );
    });
}

/// Ask what "full" means before the first line of code: entries, or living entries?
#[test]
fn a_dead_entry_goes_before_a_living_one() {
    check(|| {
        let cache = LruTtlCache::new(2, 60 * SECOND);
        cache.put_with_ttl("a", 1, SECOND);
        cache.put("b", 2);
        cache.get(&"a"); // The most recently used one is about to die.
        clock::advance(SECOND);
        cache.put("c", 3);
        assert_eq!(
            cache.get(&"b"),
            Some(2),
            "b lived, a was dead, and b was evicted"
        );
        assert_eq!(cache.get(&"c"), Some(3));
        assert_eq!(cache.get(&"a"), None);
    });
}

#[test]
fn several_dead_entries_make_room_for_several_new_ones() {
    check(|| {
        let cache = LruTtlCache::new(4, 60 * SECOND);
        cache.put("old", 0);
        for key in ["a", "b", "c"] {
            cache.put_with_ttl(key, 1, SECOND);
        }
        clock::advance(SECOND);
        for key in ["d", "e", "f"] {
            cache.put(key, 2);
        }
        assert_eq!(
            cache.get(&"old"),
            Some(0),
            "three dead entries had to go first"
        );
        assert_eq!(cache.len(), 4);
        cache.put("g", 3); // Now four live ones are inside, d longest unused.
        assert_eq!(
            cache.get(&"d"),
            None,
            "five live entries in a cache for four"
        );
        assert_eq!(cache.get(&"old"), Some(0));
    });
}

#[test]
fn a_key_can_come_back_after_its_death() {
    check(|| {
        let cache = LruTtlCache::new(2, 60 * SECOND);
        cache.put("b", 2);
        cache.put_with_ttl("a", 1, SECOND);
        clock::advance(SECOND);
        assert_eq!(cache.put("a", 3), None, "the dead value was returned");
        assert_eq!(cache.len(), 2);
        assert_eq!(cache.get(&"b"), Some(2), "nobody had to leave for a");
        assert_eq!(cache.get(&"a"), Some(3));
        cache.put("c", 4);
        assert_eq!(cache.get(&"b"), None, "b was the least recently used one");
    });
}

#[test]
fn a_cache_without_capacity_keeps_nothing() {
    check(|| {
        let cache = LruTtlCache::new(0, 60 * SECOND);
        assert_eq!(cache.put("a", 1), None);
        assert_eq!(cache.put("a", 2), None, "a capacity of 0 kept a value");
        assert_eq!(cache.get(&"a"), None);
        assert_eq!(cache.remove(&"a"), None);
        assert_eq!(cache.len(), 0);
    });
}

#[test]
fn a_cache_for_one_keeps_the_last() {
    check(|| {
        let cache = LruTtlCache::new(1, 60 * SECOND);
        cache.put("a", 1);
        assert_eq!(cache.put("b", 2), None);
        assert_eq!(cache.get(&"a"), None, "two entries in a cache for one");
        assert_eq!(cache.put("b", 3), Some(2));
        assert_eq!(cache.get(&"b"), Some(3));
        assert_eq!(cache.len(), 1);
    });
}

#[test]
fn a_time_to_live_of_zero_stores_nothing() {
    check(|| {
        let cache = LruTtlCache::new(2, Duration::ZERO);
        assert_eq!(cache.put("a", 1), None);
        assert_eq!(
            cache.get(&"a"),
            None,
            "a value with no time to live was found"
        );
        cache.put_with_ttl("a", 2, SECOND);
        cache.put_with_ttl("b", 3, SECOND);
        assert_eq!(cache.put_with_ttl("c", 4, Duration::ZERO), None);
        assert_eq!(cache.len(), 2, "a refused value pushed out a live one");
        assert_eq!(cache.put("a", 5), Some(2), "the previous value is returned");
        assert_eq!(
            cache.get(&"a"),
            None,
            "the previous value was to be removed"
        );
        assert_eq!(cache.len(), 1);
        clock::advance(SECOND);
        assert_eq!(cache.put("b", 6), None, "the previous value was dead");
    });
}

/// `Instant + Duration` panics beyond the end of time; `checked_add` tells.
#[test]
fn the_longest_time_to_live_means_never() {
    check(|| {
        let cache = LruTtlCache::new(2, Duration::MAX);
        cache.put("a", 1);
        clock::advance(100 * 365 * 86_400 * SECOND);
        assert_eq!(cache.get(&"a"), Some(1), "a died although it never expires");
        cache.put_with_ttl("a", 2, SECOND);
        cache.put_with_ttl("b", 3, SECOND);
        cache.put_with_ttl("b", 4, Duration::MAX);
        clock::advance(SECOND);
        assert_eq!(cache.get(&"a"), None, "the new value of a had one second");
        assert_eq!(cache.get(&"b"), Some(4), "the new value of b never expires");
    });
}

#[test]
fn the_length_counts_living_entries() {
    check(|| {
        let cache = LruTtlCache::new(10, 60 * SECOND);
        for seconds in 1..=5 {
            cache.put_with_ttl(seconds, (), seconds * SECOND);
        }
        for left in (0..5).rev() {
            clock::advance(SECOND);
            assert_eq!(
                cache.len(),
                left,
                "dead entries were counted, or live ones not"
            );
            assert_eq!(cache.is_empty(), left == 0);
        }
    });
}

#[test]
fn overwriting_in_a_full_cache_evicts_nobody() {
    check(|| {
        let cache = LruTtlCache::new(3, 60 * SECOND);
        for key in ["a", "b", "c"] {
            cache.put(key, 1);
        }
        for key in ["b", "c", "b", "a"] {
            let previous = cache.put(key, 2);
            assert!(previous.is_some(), "{key} was evicted for a known key");
            assert_eq!(cache.len(), 3, "an overwritten key needs no room");
        }
        for key in ["a", "b", "c"] {
            assert_eq!(cache.get(&key), Some(2), "{key} lost its newer value");
        }
    });
}

#[test]
fn old_values_are_let_go() {
    check(|| {
        let drops = DropCounter::new();
        let cache = LruTtlCache::new(3, 60 * SECOND);
        for round in 0..2_000 {
            cache.put("a", drops.token());
            assert!(
                drops.live() <= 4,
                "{} values alive after {round} rounds",
                drops.live()
            );
        }
        for round in 0..2_000 {
            cache.put_with_ttl(["a", "b", "c", "d", "e"][round % 5], drops.token(), SECOND);
            clock::advance(SECOND / 2);
            assert!(
                drops.live() <= 4,
                "{} values alive, capacity 3",
                drops.live()
            );
        }
    });
}

/// A record that is skipped when met must also be swept out when it is never met.
#[test]
fn book_keeping_does_not_pile_up() {
    check(|| {
        let cache = LruTtlCache::new(2, 3600 * SECOND);
        let work = |rounds: u64| {
            for round in 0..rounds {
                cache.put(1_u64, round);
                cache.get(&1);
                cache.put(2, round);
                cache.remove(&2);
            }
        };
        work(1_000);
        let before = allocated_bytes();
        work(40_000);
        let grown = allocated_bytes().saturating_sub(before);
        assert!(
            grown < 64 * 1024,
            "80000 overwrites and removals of two keys left {grown} bytes behind"
        );
    });
}
