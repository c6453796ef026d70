//! Sample tests: the same rules as in the hidden suites, with other numbers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use write_policy_cache::{Policy, PolicyCache, Store, StoreError};

/// A store in memory that counts its calls.
#[derive(Default)]
struct Shelf {
    rows: Mutex<HashMap<String, String>>,
    loads: Mutex<u32>,
    saves: Mutex<u32>,
}

impl Store for Shelf {
    fn load(&self, key: &str) -> Result<Option<String>, StoreError> {
        *self.loads.lock().unwrap() += 1;
        Ok(self.rows.lock().unwrap().get(key).cloned())
    }

    fn save(&self, key: &str, value: &str) -> Result<(), StoreError> {
        *self.saves.lock().unwrap() += 1;
        let mut rows = self.rows.lock().unwrap();
        rows.insert(key.to_owned(), value.to_owned());
        Ok(())
    }
}

fn cache(policy: Policy) -> (Arc<Shelf>, PolicyCache) {
    let shelf = Arc::new(Shelf::default());
    let Ok(cache) = PolicyCache::new(shelf.clone(), policy, 3) else {
        panic!("a capacity of 3 is fine");
    };
    (shelf, cache)
}

#[test]
fn what_was_loaded_is_found_again() {
    let (shelf, cache) = cache(Policy::WriteThrough);
    shelf.save("tea", "green").unwrap();
    for _ in 0..3 {
        assert_eq!(cache.get("tea"), Ok(Some("green".to_owned())));
    }
    assert_eq!(*shelf.loads.lock().unwrap(), 1);
}

#[test]
fn writing_through_saves_at_once() {
    let (shelf, cache) = cache(Policy::WriteThrough);
    cache.put("tea", "black").unwrap();
    assert_eq!(shelf.rows.lock().unwrap()["tea"], "black");
    assert_eq!(cache.dirty(), 0);
}

#[test]
fn writing_back_saves_at_the_flush() {
    let (shelf, cache) = cache(Policy::WriteBack);
    cache.put("tea", "mint").unwrap();
    cache.put("tea", "oolong").unwrap();
    assert_eq!((cache.dirty(), *shelf.saves.lock().unwrap()), (1, 0));
    assert_eq!(cache.flush(), Ok(1));
    assert_eq!((cache.dirty(), *shelf.saves.lock().unwrap()), (0, 1));
    assert_eq!(shelf.rows.lock().unwrap()["tea"], "oolong");
}
