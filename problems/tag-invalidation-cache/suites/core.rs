//! Fills, keys and tags, one call after the other.

use judge_kit::{assert_send_sync, check};
use tag_invalidation_cache::{FillTicket, TagCache};

fn fill(cache: &TagCache, key: &str, value: &str, tags: &[&str]) {
    let ticket = cache.begin_fill(key);
    let stored = cache.complete_fill(ticket, value.to_owned(), tags);
    assert!(stored, "a fill of {key:?} that nothing came across");
}

/// The keys of `keys` that the cache has.
fn found<'k>(cache: &TagCache, keys: &[&'k str]) -> Vec<&'k str> {
    let keys = keys.iter().copied();
    keys.filter(|key| cache.get(key).is_some()).collect()
}

#[test]
fn a_value_that_was_filled_is_found() {
    fn assert_send<T: Send>() {}
    check(|| {
        assert_send_sync::<TagCache>();
        assert_send::<FillTicket>();
        let cache = TagCache::new();
        assert_eq!(cache.get("a"), None, "before the fill");
        let ticket = cache.begin_fill("a");
        assert_eq!(cache.get("a"), None, "while it is filled");
        let stored = cache.complete_fill(ticket, "1".to_owned(), &["t"]);
        assert!(stored, "a fill that nothing came across");
        assert_eq!(cache.get("a").as_deref(), Some("1"), "after the fill");
        assert_eq!(cache.get("a").as_deref(), Some("1"), "and again");
        assert_eq!(cache.get("b"), None, "another key");
        assert_eq!(cache.get("t"), None, "the name of the tag");
    });
}

#[test]
fn a_fill_replaces_the_value() {
    check(|| {
        let cache = TagCache::new();
        fill(&cache, "a", "1", &["t"]);
        let ticket = cache.begin_fill("a");
        assert_eq!(cache.get("a").as_deref(), Some("1"), "while it is refilled");
        let stored = cache.complete_fill(ticket, "2".to_owned(), &["t"]);
        assert!(stored, "a refill that nothing came across");
        assert_eq!(cache.get("a").as_deref(), Some("2"), "after the refill");
        assert_eq!(cache.len(), 1, "one key");
    });
}

#[test]
fn an_invalidated_key_is_gone_and_no_other() {
    check(|| {
        let cache = TagCache::new();
        for key in ["a", "b", "c"] {
            fill(&cache, key, "1", &["t", "u"]);
        }
        cache.invalidate_key("b");
        assert_eq!(found(&cache, &["a", "b", "c"]), ["a", "c"], "b had to go");
        assert_eq!(cache.len(), 2, "entries without b");
        cache.invalidate_key("b");
        cache.invalidate_key("never filled");
        assert_eq!(cache.len(), 2, "b and an unknown key were invalidated");
    });
}

#[test]
fn a_tag_removes_exactly_the_entries_that_have_it() {
    check(|| {
        let cache = TagCache::new();
        fill(&cache, "a", "1", &["t"]);
        fill(&cache, "b", "2", &["t", "u"]);
        fill(&cache, "c", "3", &["u"]);
        fill(&cache, "d", "4", &[]);
        cache.invalidate_tag("unknown");
        assert_eq!(cache.len(), 4, "nothing has this tag");
        cache.invalidate_tag("t");
        let left = found(&cache, &["a", "b", "c", "d"]);
        assert_eq!(left, ["c", "d"], "a and b had the tag t");
        cache.invalidate_tag("u");
        let left = found(&cache, &["a", "b", "c", "d"]);
        assert_eq!(left, ["d"], "c had the tag u");
    });
}

#[test]
fn any_of_many_tags_removes_the_entry() {
    check(|| {
        let tags = ["t0", "t1", "t2", "t3", "t4"];
        for tag in tags {
            let cache = TagCache::new();
            fill(&cache, "a", "1", &tags);
            cache.invalidate_tag(tag);
            assert_eq!(cache.get("a"), None, "{tag} was invalidated");
            assert_eq!(cache.len(), 0, "{tag} was invalidated");
        }
    });
}

#[test]
fn what_was_invalidated_can_be_filled_again() {
    check(|| {
        let cache = TagCache::new();
        fill(&cache, "a", "1", &["t"]);
        cache.invalidate_tag("t");
        fill(&cache, "a", "2", &["t"]);
        assert_eq!(cache.get("a").as_deref(), Some("2"), "after the tag");
        cache.invalidate_key("a");
        fill(&cache, "a", "3", &["t"]);
        assert_eq!(cache.get("a").as_deref(), Some("3"), "after the key");
        cache.invalidate_tag("t");
        assert_eq!(cache.get("a"), None, "the tag works a second time");
    });
}

#[test]
fn the_length_counts_what_can_be_read() {
    check(|| {
        let cache = TagCache::new();
        assert_eq!(cache.len(), 0, "a new cache");
        let ticket = cache.begin_fill("a");
        assert_eq!(cache.len(), 0, "a fill under way is no entry");
        assert!(
            cache.complete_fill(ticket, "1".to_owned(), &["t", "u"]),
            "a fill that nothing came across"
        );
        assert_eq!(cache.len(), 1, "an entry with two tags");
        fill(&cache, "b", "2", &["t"]);
        fill(&cache, "a", "3", &["u"]);
        assert_eq!(cache.len(), 2, "two keys, one of them filled twice");
        cache.invalidate_tag("t");
        assert_eq!(cache.len(), 1, "b had the tag t");
    });
}
