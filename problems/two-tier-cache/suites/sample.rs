//! Sample tests: the same rules as in the hidden suites, with other numbers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use two_tier_cache::{Origin, SharedCache, TierError, TwoTierCache, Versioned};

#[derive(Default)]
struct Rows(Mutex<HashMap<String, Versioned>>);

impl Rows {
    fn set(&self, key: &str, version: u64, value: &str) {
        let value = value.to_owned();
        let item = Versioned { version, value };
        self.0.lock().unwrap().insert(key.to_owned(), item);
    }
}

impl SharedCache for Rows {
    fn get(&self, key: &str) -> Result<Option<Versioned>, TierError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }

    fn put(&self, key: &str, item: &Versioned) -> Result<(), TierError> {
        self.set(key, item.version, &item.value);
        Ok(())
    }
}

impl Origin for Rows {
    fn load(&self, key: &str) -> Result<Option<Versioned>, TierError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }
}

fn node(l2: &Arc<Rows>, origin: &Arc<Rows>) -> TwoTierCache {
    TwoTierCache::new(10, Duration::from_secs(3_600), l2.clone(), origin.clone())
}

#[test]
fn what_the_origin_has_fills_both_tiers() {
    let (l2, origin) = (Arc::new(Rows::default()), Arc::new(Rows::default()));
    origin.set("tea", 3, "green");
    let (one, other) = (node(&l2, &origin), node(&l2, &origin));
    for _ in 0..2 {
        assert_eq!(one.get("tea"), Ok(Some("green".to_owned())));
        assert_eq!(other.get("tea"), Ok(Some("green".to_owned())));
    }
    let stats = one.stats();
    assert_eq!(
        (stats.l1_hits, stats.l2_hits, stats.origin_loads),
        (1, 0, 1)
    );
    let stats = other.stats();
    assert_eq!(
        (stats.l1_hits, stats.l2_hits, stats.origin_loads),
        (1, 1, 0)
    );
}

#[test]
fn after_an_announcement_the_new_value_is_loaded() {
    let (l2, origin) = (Arc::new(Rows::default()), Arc::new(Rows::default()));
    origin.set("tea", 3, "green");
    let cache = node(&l2, &origin);
    assert_eq!(cache.get("tea"), Ok(Some("green".to_owned())));
    origin.set("tea", 4, "black");
    cache.on_invalidate("tea", 4);
    assert_eq!(cache.get("tea"), Ok(Some("black".to_owned())));
    assert_eq!(l2.0.lock().unwrap()["tea"].version, 4);
}
