//! The cost of a hit, a fill and an announcement.

use judge_kit::{Growth, growth};

/// Few keys are touched, so that the processor's caches favour neither size.
const HOT: usize = 256;

judge_kit::both_sides! {
    use std::sync::Arc;
    use std::time::Duration;
    use subject::{Origin, SharedCache, TierError, TwoTierCache, Versioned};

    /// Has every key, in version 1.
    struct Endless;

    impl SharedCache for Endless {
        fn get(&self, _key: &str) -> Result<Option<Versioned>, TierError> {
            let value = "shared".to_owned();
            Ok(Some(Versioned { version: 1, value }))
        }

        fn put(&self, _key: &str, _item: &Versioned) -> Result<(), TierError> {
            Ok(())
        }
    }

    impl Origin for Endless {
        fn load(&self, _key: &str) -> Result<Option<Versioned>, TierError> {
            Ok(None)
        }
    }

    fn filled(size: usize) -> (TwoTierCache, Vec<String>) {
        let names: Vec<_> = (0..size).map(|number| format!("key {number}")).collect();
        let hour = Duration::from_secs(3_600);
        let cache = TwoTierCache::new(size, hour, Arc::new(Endless), Arc::new(Endless));
        for name in &names {
            assert!(cache.get(name).is_ok());
        }
        (cache, names)
    }

    /// A get that finds its key in L1.
    pub fn hit(size: usize) -> impl FnMut() -> bool {
        let (cache, names) = filled(size);
        let mut turn = 0;
        move || {
            turn = (turn + 1) % super::HOT;
            cache.get(&names[turn]).is_ok()
        }
    }

    /// A get that finds its key in L2 and pushes another one out of L1.
    pub fn newcomer(size: usize) -> impl FnMut() -> bool {
        let (cache, _) = filled(size);
        let mut number = size;
        move || {
            number += 1;
            cache.get(&format!("key {number}")).is_ok()
        }
    }

    /// An announcement of what L1 has already, for one of many keys.
    pub fn announcement(size: usize) -> impl FnMut() {
        let (cache, names) = filled(size);
        for name in &names {
            cache.on_invalidate(name, 1);
        }
        let mut turn = 0;
        move || {
            turn = (turn + 1) % super::HOT;
            cache.on_invalidate(&names[turn], 1);
        }
    }
}

/// Study: which structure finds an entry, and which one keeps the order of use? Neither may be searched.
#[test]
fn a_hit_hardly_costs_more_in_a_large_cache() {
    growth(
        submission::hit,
        reference::hit,
        [1_000, 16_000],
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

#[test]
fn an_announcement_hardly_costs_more_in_a_large_cache() {
    growth(
        submission::announcement,
        reference::announcement,
        [1_000, 16_000],
        Growth::LOGARITHMIC,
    );
}
