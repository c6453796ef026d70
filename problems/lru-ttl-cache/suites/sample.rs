use lru_ttl_cache::LruTtlCache;
use std::{thread, time::Duration};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_stored_value_is_found_until_it_is_removed() {
    let cache = LruTtlCache::new(3, HOUR);
    assert_eq!(cache.put("kiwi", 4), None);
    assert_eq!(cache.get(&"kiwi"), Some(4));
    assert_eq!(cache.put("kiwi", 5), Some(4));
    assert_eq!(cache.remove(&"kiwi"), Some(5));
    assert_eq!(cache.get(&"kiwi"), None);
    assert!(cache.is_empty());
}

#[test]
fn the_least_recently_used_entry_makes_room() {
    let cache = LruTtlCache::new(2, HOUR);
    cache.put("kiwi", 1);
    cache.put("plum", 2);
    cache.get(&"kiwi");
    cache.put("pear", 3);
    assert_eq!(cache.get(&"plum"), None);
    assert_eq!(cache.get(&"kiwi"), Some(1));
    assert_eq!(cache.get(&"pear"), Some(3));
    assert_eq!(cache.len(), 2);
}

#[test]
fn an_entry_is_gone_when_its_time_is_over() {
    let cache = LruTtlCache::new(2, HOUR);
    cache.put_with_ttl("kiwi", 1, Duration::from_millis(5));
    cache.put("plum", 2);
    thread::sleep(Duration::from_millis(6));
    assert_eq!(cache.get(&"kiwi"), None);
    assert_eq!(cache.get(&"plum"), Some(2));
    assert_eq!(cache.len(), 1);
}

#[test]
fn threads_share_one_cache() {
    let cache = LruTtlCache::new(1, HOUR);
    thread::scope(|scope| {
        scope.spawn(|| cache.put("kiwi", 1));
        scope.spawn(|| cache.put("plum", 2));
    });
    assert_eq!(cache.len(), 1);
    let survivors = [cache.get(&"kiwi"), cache.get(&"plum")];
    assert!(survivors == [Some(1), None] || survivors == [None, Some(2)]);
}
