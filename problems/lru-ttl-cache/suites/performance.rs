use judge_kit::{Growth, growth};

/// As far as possible few keys are touched, so that the processor's caches favour neither size.
const HOT: u64 = 256;

judge_kit::both_sides! {
    use subject::LruTtlCache;
    use std::{thread, time::Duration};

    const HOUR: Duration = Duration::from_secs(3600);

    fn filled(size: usize) -> LruTtlCache<u64, u64> {
        let cache = LruTtlCache::new(size, HOUR);
        for key in 0..size as u64 {
            cache.put(key, key);
        }
        cache
    }

    /// A get that finds its key.
    pub fn hit(size: usize) -> impl FnMut() -> Option<u64> {
        let cache = filled(size);
        let mut turn = 0;
        move || {
            turn = (turn + 1) % super::HOT;
            cache.get(&turn)
        }
    }

    /// A put of a new key into a full cache.
    pub fn evicting_put(size: usize) -> impl FnMut() -> Option<u64> {
        let cache = filled(size);
        let mut key = size as u64;
        move || {
            key += 1;
            cache.put(key, key)
        }
    }

    /// A put of a new key, dead a moment later, into a cache half full of living entries and
    /// otherwise full of dead ones.
    pub fn put_among_the_dead(size: usize) -> impl FnMut() -> Option<u64> {
        let moment = Duration::from_nanos(1);
        let cache = LruTtlCache::new(size, HOUR);
        for key in 0..size as u64 {
            if key % 2 == 0 {
                cache.put(key, key);
            } else {
                cache.put_with_ttl(key, key, Duration::from_millis(20));
            }
        }
        thread::sleep(Duration::from_millis(21));
        let mut turn = 0;
        let mut put = move || {
            turn = (turn + 1) % super::HOT;
            cache.put_with_ttl(size as u64 + turn, turn, moment)
        };
        // Burying the first dead is free of charge: it is paid for by the puts that brought them.
        for _ in 0..2 * super::HOT {
            put();
        }
        put
    }
}

/// Which structure finds an entry, and which one keeps the order of use? Neither may be searched.
#[test]
fn a_hit_costs_the_same_in_a_large_cache() {
    growth(
        submission::hit,
        reference::hit,
        [2_000, 32_000],
        Growth::CONSTANT,
    );
}

// Smaller sizes and a wider limit than for other logarithmic costs: an eviction touches what was not touched for
// longest, which no cache of the processor holds if there is much of it. Ordered maps measure 2 to 2.5, a search 10.
#[test]
fn an_evicting_put_hardly_costs_more_in_a_large_cache() {
    growth(
        submission::evicting_put,
        reference::evicting_put,
        [500, 8_000],
        Growth::at_most(6.0),
    );
}

#[test]
fn a_put_does_not_search_for_the_dead() {
    growth(
        submission::put_among_the_dead,
        reference::put_among_the_dead,
        [2_000, 32_000],
        Growth::LOGARITHMIC,
    );
}
