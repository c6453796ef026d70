//! The cost of a hit, of a new entry in a full cache, and of a flush.

use judge_kit::{Growth, growth};

/// Few keys are touched, so that the processor's caches favour neither size.
const HOT: usize = 256;

judge_kit::both_sides! {
    use std::sync::Arc;
    use subject::{Policy, PolicyCache, Store, StoreError};

    /// Has every key, and keeps nothing.
    struct Void;

    impl Store for Void {
        fn load(&self, _key: &str) -> Result<Option<String>, StoreError> {
            Ok(Some("from the store".to_owned()))
        }

        fn save(&self, _key: &str, _value: &str) -> Result<(), StoreError> {
            Ok(())
        }
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("key {number}")).collect()
    }

    fn filled(policy: Policy, names: &[String]) -> PolicyCache {
        let Ok(cache) = PolicyCache::new(Arc::new(Void), policy, names.len()) else {
            panic!("a capacity of {} was refused", names.len());
        };
        for name in names {
            assert!(cache.get(name).is_ok());
        }
        cache
    }

    /// A get that finds its key.
    pub fn hit(size: usize) -> impl FnMut() -> bool {
        let names = names(size);
        let cache = filled(Policy::WriteBack, &names);
        let mut turn = 0;
        move || {
            turn = (turn + 1) % super::HOT;
            cache.get(&names[turn]).is_ok()
        }
    }

    /// A put, written back, of a key that is cached.
    pub fn overwrite(size: usize) -> impl FnMut() -> bool {
        let names = names(size);
        let cache = filled(Policy::WriteBack, &names);
        let mut turn = 0;
        move || {
            turn = (turn + 1) % super::HOT;
            cache.put(&names[turn], "new").is_ok()
        }
    }

    /// A put, written through, of a key that is not cached.
    pub fn newcomer(size: usize) -> impl FnMut() -> bool {
        let names = names(size);
        let cache = filled(Policy::WriteThrough, &names);
        let mut number = size;
        move || {
            number += 1;
            cache.put(&format!("key {number}"), "new").is_ok()
        }
    }

    /// Sixteen puts and the flush that saves them.
    pub fn flush(size: usize) -> impl FnMut() -> usize {
        let names = names(size);
        let cache = filled(Policy::WriteBack, &names);
        let mut turn = 0;
        move || {
            for _ in 0..16 {
                turn = (turn + 1) % super::HOT;
                assert!(cache.put(&names[turn], "new").is_ok());
            }
            cache.flush().unwrap_or(0)
        }
    }
}

/// Study: which structure finds an entry, and which one keeps the order of use? Neither may be searched.
#[test]
fn a_hit_hardly_costs_more_in_a_large_cache() {
    growth(
        submission::hit,
        reference::hit,
        [2_000, 32_000],
        Growth::LOGARITHMIC,
    );
}

#[test]
fn an_overwriting_put_hardly_costs_more_in_a_large_cache() {
    growth(
        submission::overwrite,
        reference::overwrite,
        [2_000, 32_000],
        Growth::LOGARITHMIC,
    );
}

// Smaller sizes: an eviction touches what was not touched for longest, which no cache of the processor holds if there is
// much of it.
#[test]
fn pushing_an_entry_out_hardly_costs_more_in_a_large_cache() {
    growth(
        submission::newcomer,
        reference::newcomer,
        [250, 8_000],
        Growth::at_most(6.0),
    );
}

/// Study: the dirty entries need a place where they are found without looking at the clean ones.
#[test]
fn a_flush_costs_what_is_dirty_and_not_what_is_cached() {
    growth(
        submission::flush,
        reference::flush,
        [2_000, 32_000],
        Growth::LOGARITHMIC,
    );
}
