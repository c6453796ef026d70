//! Invalidations between the beginning and the end of a fill, two fills of one key, and names.

use judge_kit::{allocated_bytes, check};
use std::thread;
use tag_invalidation_cache::{FillTicket, TagCache};

fn complete(cache: &TagCache, ticket: FillTicket, value: &str, tags: &[&str]) -> bool {
    cache.complete_fill(ticket, value.to_owned(), tags)
}

fn fill(cache: &TagCache, key: &str, value: &str, tags: &[&str]) {
    let ticket = cache.begin_fill(key);
    assert!(
        complete(cache, ticket, value, tags),
        "a fill of {key:?} that nothing came across"
    );
}

/// Study: what was read before the invalidation must not be stored after it.
#[test]
fn a_fill_is_refused_when_its_key_was_invalidated_meanwhile() {
    check(|| {
        let cache = TagCache::new();
        let ticket = cache.begin_fill("a");
        cache.invalidate_key("a");
        assert!(
            !complete(&cache, ticket, "1", &[]),
            "the key was invalidated"
        );
        assert_eq!(
            (cache.get("a"), cache.len()),
            (None, 0),
            "nothing is stored"
        );
        fill(&cache, "a", "2", &[]);
        assert_eq!(cache.get("a").as_deref(), Some("2"), "a fill after that");
    });
}

#[test]
fn a_fill_is_refused_when_one_of_its_tags_was_invalidated_meanwhile() {
    check(|| {
        let cache = TagCache::new();
        fill(&cache, "other", "1", &["t", "u"]);
        let ticket = cache.begin_fill("a");
        cache.invalidate_tag("u");
        let stored = complete(&cache, ticket, "2", &["s", "t", "u"]);
        assert!(!stored, "the tag u was invalidated");
        assert_eq!(
            (cache.get("a"), cache.len()),
            (None, 0),
            "nothing is stored"
        );
        fill(&cache, "a", "3", &["s", "t", "u"]);
        assert_eq!(cache.get("a").as_deref(), Some("3"), "a fill after that");
    });
}

/// Study: tags are known only after rendering, so an invalidation may come before anything carries its tag.
#[test]
fn a_fill_is_refused_for_a_tag_that_nobody_had_seen() {
    check(|| {
        let cache = TagCache::new();
        let ticket = cache.begin_fill("a");
        cache.invalidate_tag("never seen");
        let stored = complete(&cache, ticket, "1", &["never seen"]);
        assert!(!stored, "the tag was invalidated after the fill had begun");
        assert_eq!(
            (cache.get("a"), cache.len()),
            (None, 0),
            "nothing is stored"
        );
    });
}

#[test]
fn a_refused_fill_leaves_the_entry_as_it_was() {
    check(|| {
        let cache = TagCache::new();
        fill(&cache, "a", "1", &["t"]);
        let ticket = cache.begin_fill("a");
        cache.invalidate_tag("u");
        assert!(!complete(&cache, ticket, "2", &["u"]), "u was invalidated");
        assert_eq!(cache.get("a").as_deref(), Some("1"), "the entry before");
        cache.invalidate_tag("u");
        assert_eq!(cache.len(), 1, "the entry never had the tag u");
        cache.invalidate_tag("t");
        assert_eq!(cache.len(), 0, "the entry has the tag t");
    });
}

#[test]
fn an_unrelated_invalidation_refuses_nothing() {
    check(|| {
        let cache = TagCache::new();
        fill(&cache, "b", "1", &["u"]);
        let ticket = cache.begin_fill("a");
        cache.invalidate_key("b");
        cache.invalidate_tag("u");
        cache.invalidate_tag("a");
        cache.invalidate_key("t");
        let stored = complete(&cache, ticket, "2", &["t"]);
        assert!(stored, "neither key a nor tag t was invalidated");
        assert_eq!(cache.get("a").as_deref(), Some("2"), "what was filled");
    });
}

#[test]
fn an_invalidation_before_the_fill_refuses_nothing() {
    check(|| {
        let cache = TagCache::new();
        let old = cache.begin_fill("old");
        cache.invalidate_tag("t");
        cache.invalidate_key("a");
        let ticket = cache.begin_fill("a");
        let stored = complete(&cache, ticket, "1", &["t"]);
        assert!(stored, "both invalidations came before the fill began");
        assert!(!complete(&cache, old, "2", &["t"]), "the older fill");
        let ticket = cache.begin_fill("a");
        assert!(complete(&cache, ticket, "3", &["t"]), "the next fill");
        assert_eq!(cache.get("a").as_deref(), Some("3"), "what was filled");
    });
}

/// Study: of two fills the one that began later has read the newer rows.
#[test]
fn the_fill_that_began_later_wins() {
    check(|| {
        let cache = TagCache::new();
        let (older, newer) = (cache.begin_fill("a"), cache.begin_fill("a"));
        assert!(complete(&cache, newer, "newer", &["t"]), "the newer fill");
        let stored = complete(&cache, older, "older", &["u"]);
        assert!(!stored, "a fill that began later was stored before");
        assert_eq!(cache.get("a").as_deref(), Some("newer"), "newer, older");
        cache.invalidate_tag("u");
        assert_eq!(cache.len(), 1, "the tags of the newer fill count");
        let (older, newer) = (cache.begin_fill("a"), cache.begin_fill("a"));
        assert!(complete(&cache, older, "older", &["u"]), "the older fill");
        assert!(complete(&cache, newer, "newer", &["t"]), "the newer fill");
        assert_eq!(cache.get("a").as_deref(), Some("newer"), "older, newer");
    });
}

#[test]
fn of_three_fills_the_last_to_begin_wins() {
    check(|| {
        let cache = TagCache::new();
        let [first, second, third] = [(); 3].map(|()| cache.begin_fill("a"));
        assert!(complete(&cache, second, "2", &[]), "the second fill");
        assert!(!complete(&cache, first, "1", &[]), "the first after it");
        assert_eq!(cache.get("a").as_deref(), Some("2"), "two are complete");
        assert!(complete(&cache, third, "3", &[]), "the third fill");
        assert_eq!(cache.get("a").as_deref(), Some("3"), "all are complete");
    });
}

#[test]
fn a_fill_of_another_key_that_began_later_does_not_matter() {
    check(|| {
        let cache = TagCache::new();
        let older = cache.begin_fill("a");
        fill(&cache, "b", "2", &["t"]);
        assert!(complete(&cache, older, "1", &["t"]), "the fill of a");
        assert_eq!(cache.len(), 2, "both are there");
    });
}

#[test]
fn a_later_fill_that_was_not_stored_does_not_matter() {
    check(|| {
        let cache = TagCache::new();
        let older = cache.begin_fill("a");
        let newer = cache.begin_fill("a");
        drop(cache.begin_fill("a"));
        cache.invalidate_tag("u");
        assert!(!complete(&cache, newer, "2", &["u"]), "u was invalidated");
        assert!(complete(&cache, older, "1", &["t"]), "the older fill");
        assert_eq!(cache.get("a").as_deref(), Some("1"), "what was filled");
    });
}

/// Study: that an entry is not in the cache does not mean that nothing newer was there.
#[test]
fn a_later_fill_counts_even_if_it_was_invalidated_again() {
    check(|| {
        let cache = TagCache::new();
        let (older, newer) = (cache.begin_fill("a"), cache.begin_fill("a"));
        assert!(complete(&cache, newer, "2", &["u"]), "the newer fill");
        cache.invalidate_tag("u");
        let stored = complete(&cache, older, "1", &["t"]);
        assert!(!stored, "a fill that began later had been stored");
        assert_eq!(
            (cache.get("a"), cache.len()),
            (None, 0),
            "nothing is stored"
        );
    });
}

#[test]
fn a_refill_replaces_the_tags() {
    check(|| {
        let cache = TagCache::new();
        fill(&cache, "a", "1", &["old", "both"]);
        fill(&cache, "a", "2", &["both", "new"]);
        cache.invalidate_tag("old");
        assert_eq!(cache.get("a").as_deref(), Some("2"), "old is no longer its");
        cache.invalidate_tag("new");
        assert_eq!(cache.get("a"), None, "new is one of its tags");
        fill(&cache, "a", "3", &["both"]);
        cache.invalidate_key("a");
        fill(&cache, "a", "4", &[]);
        cache.invalidate_tag("both");
        assert_eq!(cache.get("a").as_deref(), Some("4"), "it has no tags");
    });
}

#[test]
fn names_may_be_empty_equal_and_repeated() {
    check(|| {
        let cache = TagCache::new();
        fill(&cache, "", "1", &[""]);
        fill(&cache, "a", "2", &["a", "a", "b", "a"]);
        fill(&cache, "b", "3", &[]);
        assert_eq!(cache.len(), 3, "three keys");
        assert_eq!(cache.get("").as_deref(), Some("1"), "the empty key");
        cache.invalidate_tag("b");
        assert_eq!(cache.get("a"), None, "key a has the tag b");
        assert_eq!(cache.get("b").as_deref(), Some("3"), "key b has no tags");
        fill(&cache, "a", "4", &["a", "a"]);
        fill(&cache, "a", "5", &["c"]);
        cache.invalidate_tag("a");
        assert_eq!(cache.get("a").as_deref(), Some("5"), "tag a is not its tag");
        cache.invalidate_key("c");
        assert_eq!(cache.len(), 3, "there is no key c");
        fill(&cache, "twice", "6", &["d", "d"]);
        cache.invalidate_tag("d");
        assert_eq!(cache.get("twice"), None, "tag d is given twice");
        cache.invalidate_tag("");
        assert_eq!(cache.get(""), None, "the empty tag");
        assert_eq!(cache.len(), 2, "a and b are left");
    });
}

#[test]
fn a_dropped_ticket_has_no_effect() {
    check(|| {
        let cache = TagCache::new();
        fill(&cache, "a", "1", &["t"]);
        drop(cache.begin_fill("a"));
        let elsewhere = cache.begin_fill("a");
        thread::scope(|scope| {
            scope.spawn(move || drop(elsewhere));
        });
        assert_eq!(cache.get("a").as_deref(), Some("1"), "the entry is there");
        let older = cache.begin_fill("a");
        let newer = cache.begin_fill("a");
        cache.invalidate_tag("t");
        drop(newer);
        assert!(!complete(&cache, older, "2", &["t"]), "t was invalidated");
        let last = cache.begin_fill("a");
        drop(cache);
        drop(last);
    });
}

/// Study: what is remembered for open tickets has to go with them.
#[test]
fn without_tickets_and_entries_no_name_stays_in_memory() {
    check(|| {
        let cache = TagCache::new();
        let act = |round: u32| {
            let name = |what: &str| format!("{what} with a rather long name, number {round}");
            let (key, tag) = (name("a key"), name("a tag"));
            let ticket = cache.begin_fill(&key);
            match round % 4 {
                0 => {
                    cache.invalidate_tag(&tag);
                    assert!(!complete(&cache, ticket, "1", &[&tag]), "refused");
                }
                1 => {
                    assert!(complete(&cache, ticket, "1", &[&tag]), "stored");
                    cache.invalidate_tag(&tag);
                }
                2 => {
                    assert!(complete(&cache, ticket, "1", &[&tag]), "stored");
                    cache.invalidate_key(&key);
                }
                _ => {
                    cache.invalidate_key(&key);
                    drop(ticket);
                    cache.invalidate_tag(&tag);
                }
            }
        };
        (0..40).for_each(act);
        let before = allocated_bytes();
        (40..4_040).for_each(act);
        let grown = allocated_bytes().saturating_sub(before);
        assert_eq!(cache.len(), 0, "all were refused, dropped or invalidated");
        assert!(
            grown < 50_000,
            "4,000 keys and tags came and went, and {grown} bytes are still in use"
        );
    });
}
