//! Invalidation by prefix.

use judge_kit::{allocated_bytes, check, explore};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use tag_invalidation_cache::TagCache;

fn fill(cache: &TagCache, key: &str, tags: &[&str]) {
    let ticket = cache.begin_fill(key);
    let stored = cache.complete_fill(ticket, "1".to_owned(), tags);
    assert!(stored, "a fill of {key:?} that nothing came across");
}

/// The keys of `keys` that the cache has.
fn found<'k>(cache: &TagCache, keys: &[&'k str]) -> Vec<&'k str> {
    let keys = keys.iter().copied();
    keys.filter(|key| cache.get(key).is_some()).collect()
}

/// Whether a fill of `key` is stored if `prefix` is invalidated meanwhile.
fn survives(key: &str, prefix: &str) -> bool {
    let cache = TagCache::new();
    let ticket = cache.begin_fill(key);
    cache.invalidate_prefix(prefix);
    let stored = cache.complete_fill(ticket, "1".to_owned(), &["t"]);
    assert_eq!(cache.get(key).is_some(), stored, "found, if it was stored");
    stored
}

#[test]
fn a_prefix_removes_exactly_the_keys_that_begin_so() {
    check(|| {
        let keys = [
            "us",
            "user:4",
            "user:42",
            "user:42:a",
            "user:5",
            "v",
            "a:user:42",
        ];
        let cache = TagCache::new();
        for key in keys {
            fill(&cache, key, &["user:42"]);
        }
        cache.invalidate_prefix("user:42");
        let left = ["us", "user:4", "user:5", "v", "a:user:42"];
        assert_eq!(found(&cache, &keys), left, "after the prefix user:42");
        assert_eq!(cache.len(), 5, "after the prefix user:42");
        cache.invalidate_prefix("nobody");
        assert_eq!(cache.len(), 5, "no key begins so");
        cache.invalidate_prefix("user:");
        let left = ["us", "v", "a:user:42"];
        assert_eq!(found(&cache, &keys), left, "after the prefix user:");
    });
}

#[test]
fn an_empty_prefix_removes_everything() {
    check(|| {
        let cache = TagCache::new();
        for key in ["", "a", "z", "ö"] {
            fill(&cache, key, &["t"]);
        }
        cache.invalidate_prefix("");
        assert_eq!(cache.len(), 0, "every key begins with nothing");
        assert!(!survives("a", ""), "a fill during that");
        assert!(!survives("", ""), "a fill of the empty key during that");
    });
}

#[test]
fn prefixes_are_letters_not_bytes() {
    check(|| {
        let keys = ["é", "éa", "éß", "è", "e"];
        let cache = TagCache::new();
        for key in keys {
            fill(&cache, key, &[]);
        }
        cache.invalidate_prefix("é");
        assert_eq!(found(&cache, &keys), ["è", "e"], "after the prefix é");
        assert!(!survives("éß", "é"), "a fill of éß");
        assert!(!survives("éß", "éß"), "a fill of éß, which is the prefix");
        assert!(survives("éa", "éß"), "a fill of éa");
    });
}

/// Study: a fill in flight has to be found by its key too.
#[test]
fn a_prefix_stops_fills_in_flight() {
    check(|| {
        assert!(!survives("user:42:a", "user:42:"), "a key that begins so");
        assert!(!survives("user:42:", "user:42:"), "the prefix itself");
        assert!(survives("user:42", "user:42:"), "a key that is shorter");
        assert!(survives("user:43:a", "user:42:"), "another key");
        assert!(survives("x:user:42:", "user:42:"), "a key that ends so");
    });
}

#[test]
fn a_prefix_does_not_stop_fills_that_begin_later() {
    check(|| {
        let cache = TagCache::new();
        let old = cache.begin_fill("user:1");
        cache.invalidate_prefix("user:");
        fill(&cache, "user:2", &["t"]);
        assert!(
            !cache.complete_fill(old, "1".to_owned(), &[]),
            "the fill that began before"
        );
        fill(&cache, "user:1", &["t"]);
        assert_eq!(cache.len(), 2, "both fills began after the invalidation");
    });
}

#[test]
fn what_a_prefix_removed_is_not_in_its_tags_any_more() {
    check(|| {
        let cache = TagCache::new();
        fill(&cache, "user:1", &["t"]);
        cache.invalidate_prefix("user:");
        fill(&cache, "user:1", &["u"]);
        cache.invalidate_tag("t");
        assert_eq!(cache.len(), 1, "user:1 was filled without the tag t");
        let (older, newer) = (cache.begin_fill("v"), cache.begin_fill("v"));
        let stored = cache.complete_fill(newer, "1".to_owned(), &[]);
        assert!(stored, "the newer fill");
        cache.invalidate_prefix("v");
        let stored = cache.complete_fill(older, "2".to_owned(), &[]);
        assert!(!stored, "the older fill");
    });
}

#[test]
fn after_invalidate_prefix_nobody_finds_what_was_read_before() {
    explore(|| {
        let (cache, source) = (TagCache::new(), AtomicU32::new(1));
        let fill = || {
            let ticket = cache.begin_fill("user:1");
            let value = source.load(Ordering::SeqCst);
            cache.complete_fill(ticket, value.to_string(), &["t"])
        };
        thread::scope(|scope| {
            scope.spawn(fill);
            scope.spawn(fill);
            source.store(2, Ordering::SeqCst);
            cache.invalidate_prefix("user:");
            let found = cache.get("user:1");
            assert_ne!(found.as_deref(), Some("1"), "found after the invalidation");
        });
        let found = cache.get("user:1");
        assert_ne!(found.as_deref(), Some("1"), "found at the end");
    });
}

#[test]
fn prefixes_are_forgotten_when_no_ticket_is_open() {
    check(|| {
        let cache = TagCache::new();
        let act = |round: u32| {
            let prefix = format!("a prefix with a rather long name, number {round}");
            let ticket = (round % 2 == 0).then(|| cache.begin_fill("a"));
            cache.invalidate_prefix(&prefix);
            drop(ticket);
            fill(&cache, &prefix, &[&prefix]);
            cache.invalidate_prefix(&prefix);
        };
        (0..40).for_each(act);
        let before = allocated_bytes();
        (40..4_040).for_each(act);
        let grown = allocated_bytes().saturating_sub(before);
        assert_eq!(cache.len(), 0, "all were invalidated");
        assert!(
            grown < 50_000,
            "4,000 prefixes were invalidated, and {grown} bytes are still in use"
        );
    });
}
