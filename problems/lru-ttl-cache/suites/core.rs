use judge_kit::{assert_send_sync, check, clock};
use lru_ttl_cache::LruTtlCache;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const NANO: Duration = Duration::from_nanos(1);

#[test]
fn what_was_put_is_got() {
    assert_send_sync::<LruTtlCache<String, String>>();
    check(|| {
        let cache = LruTtlCache::new(4, 60 * SECOND);
        assert!(cache.is_empty(), "a new cache is not empty");
        cache.put("a".to_string(), "1".to_string());
        cache.put("b".to_string(), "2".to_string());
        assert_eq!(cache.get(&"a".to_string()).as_deref(), Some("1"));
        assert_eq!(cache.get(&"b".to_string()).as_deref(), Some("2"));
        assert_eq!(cache.get(&"c".to_string()), None, "c was never put");
        assert_eq!(cache.len(), 2);
        assert!(
            !cache.is_empty(),
            "a cache with two entries says it is empty"
        );
    });
}

#[test]
fn a_second_put_takes_the_place_of_the_first() {
    check(|| {
        let cache = LruTtlCache::new(4, 60 * SECOND);
        cache.put("a", 1);
        cache.put("a", 2);
        assert_eq!(cache.get(&"a"), Some(2), "the older value was returned");
        assert_eq!(cache.len(), 1, "one key was counted twice");
    });
}

/// The order of use is a list that both `put` and a successful `get` rearrange.
#[test]
fn eviction_follows_the_order_of_use() {
    check(|| {
        let cache = LruTtlCache::new(3, 60 * SECOND);
        for (key, value) in [("a", 1), ("b", 2), ("c", 3)] {
            cache.put(key, value);
        }
        cache.get(&"a");
        cache.put("d", 4); // Used last: c, a, d.
        assert_eq!(cache.get(&"b"), None, "b was the least recently used one");
        cache.get(&"c"); // a, d, c.
        cache.put("e", 5); // d, c, e.
        assert_eq!(cache.get(&"a"), None, "a was the least recently used one");
        assert_eq!(cache.get(&"d"), Some(4), "d was evicted before its turn");
        cache.put("f", 6); // e, d, f.
        assert_eq!(cache.get(&"c"), None, "c was the least recently used one");
        let rest = [cache.get(&"e"), cache.get(&"d"), cache.get(&"f")];
        assert_eq!(
            rest,
            [Some(5), Some(4), Some(6)],
            "more than one was evicted"
        );
        assert_eq!(cache.len(), 3);
    });
}

#[test]
fn without_reads_the_first_in_is_the_first_out() {
    check(|| {
        let cache = LruTtlCache::new(5, 60 * SECOND);
        for key in 0..40_i32 {
            cache.put(key, key * 10);
            for old in 0..=key - 5 {
                // A look at a key that is gone must not disturb the order.
                assert_eq!(cache.get(&old), None, "{old} outstayed five newer keys");
            }
            assert_eq!(cache.len(), 5.min(key as usize + 1));
        }
        for key in 35..40 {
            assert_eq!(
                cache.get(&key),
                Some(key * 10),
                "{key} is among the last five"
            );
        }
    });
}

/// Decide once for the whole program whether a bound belongs to the inside or the outside.
#[test]
fn an_entry_dies_exactly_when_its_time_is_over() {
    check(|| {
        let cache = LruTtlCache::new(4, 2 * SECOND);
        cache.put("a", 1);
        clock::advance(2 * SECOND - NANO);
        assert_eq!(cache.get(&"a"), Some(1), "a died one nanosecond early");
        assert_eq!(cache.len(), 1);
        clock::advance(NANO);
        assert_eq!(cache.get(&"a"), None, "a outlived its time to live");
        assert_eq!(cache.len(), 0, "a dead entry was counted");
        assert!(cache.is_empty());
    });
}

#[test]
fn each_entry_has_its_own_time_to_live() {
    check(|| {
        let cache = LruTtlCache::new(4, 5 * SECOND);
        cache.put_with_ttl("short", 1, SECOND);
        cache.put("default", 2);
        cache.put_with_ttl("long", 3, 9 * SECOND);
        clock::advance(SECOND);
        assert_eq!(cache.get(&"short"), None, "its own second is over");
        assert_eq!(cache.get(&"default"), Some(2));
        clock::advance(4 * SECOND);
        assert_eq!(cache.get(&"default"), None, "the default of 5 s is over");
        assert_eq!(cache.get(&"long"), Some(3), "it was given 9 s of its own");
        clock::advance(4 * SECOND);
        assert_eq!(cache.get(&"long"), None, "its 9 s are over");
    });
}

#[test]
fn remove_takes_one_entry_out() {
    check(|| {
        let cache = LruTtlCache::new(2, 5 * SECOND);
        cache.put("a", 1);
        cache.put("b", 2);
        assert_eq!(cache.remove(&"a"), Some(1));
        assert_eq!(cache.remove(&"a"), None, "a was removed twice");
        assert_eq!(cache.get(&"a"), None);
        assert_eq!(cache.len(), 1);
        cache.put("c", 3);
        assert_eq!(
            cache.get(&"b"),
            Some(2),
            "the removed entry still took up room"
        );
        clock::advance(5 * SECOND);
        assert_eq!(
            cache.remove(&"b"),
            None,
            "a dead value was returned by remove"
        );
    });
}

#[test]
fn put_returns_the_previous_value_while_it_lives() {
    check(|| {
        let cache = LruTtlCache::new(2, 5 * SECOND);
        assert_eq!(cache.put("a", 1), None);
        assert_eq!(cache.put("a", 2), Some(1));
        assert_eq!(cache.put_with_ttl("a", 3, SECOND), Some(2));
        clock::advance(SECOND);
        assert_eq!(cache.put("a", 4), None, "the previous value was dead");
        assert_eq!(cache.put("a", 5), Some(4));
    });
}
