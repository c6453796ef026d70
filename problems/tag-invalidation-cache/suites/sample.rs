//! Sample tests: the same rules as in the hidden suites, with other numbers.

use tag_invalidation_cache::TagCache;

fn fill(cache: &TagCache, key: &str, value: &str, tags: &[&str]) -> bool {
    let ticket = cache.begin_fill(key);
    cache.complete_fill(ticket, value.to_owned(), tags)
}

#[test]
fn what_was_filled_is_found() {
    let cache = TagCache::new();
    assert_eq!(cache.get("menu"), None);
    assert!(fill(&cache, "menu", "soup", &["kitchen"]));
    assert_eq!(cache.get("menu").as_deref(), Some("soup"));
    assert_eq!(cache.len(), 1);
}

#[test]
fn a_tag_takes_its_pages_with_it() {
    let cache = TagCache::new();
    fill(&cache, "menu", "soup", &["kitchen", "prices"]);
    fill(&cache, "wine", "red", &["cellar", "prices"]);
    fill(&cache, "team", "Eve", &["staff"]);
    cache.invalidate_tag("kitchen");
    assert_eq!((cache.get("menu"), cache.len()), (None, 2));
    cache.invalidate_tag("prices");
    assert_eq!((cache.get("wine"), cache.len()), (None, 1));
    cache.invalidate_key("team");
    assert_eq!(cache.len(), 0);
}

#[test]
fn a_slow_fill_comes_too_late() {
    let cache = TagCache::new();
    let slow = cache.begin_fill("menu");
    cache.invalidate_tag("kitchen");
    assert!(!cache.complete_fill(slow, "yesterday's".to_owned(), &["kitchen"]));
    assert_eq!(cache.get("menu"), None);
}
