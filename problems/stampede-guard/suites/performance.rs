//! The cost of a hit, and of telling many who wait.

use judge_kit::{Growth, growth, race_reference};

/// Few keys are touched, so that the processor's caches favour neither size.
const HOT: usize = 256;

judge_kit::both_sides! {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;
    use subject::FlightCache;

    const AN_HOUR: Duration = Duration::from_secs(3_600);

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("key {number}")).collect()
    }

    fn filled(names: &[String]) -> FlightCache<usize> {
        let cache = FlightCache::new(AN_HOUR);
        for (number, name) in names.iter().enumerate() {
            assert!(cache.get_or_load(name, || Ok(number)).is_ok());
        }
        cache
    }

    /// A call that finds its value.
    pub fn hit(size: usize) -> impl FnMut() {
        let names = names(size);
        let cache = filled(&names);
        let mut turn = 0;
        move || {
            turn = (turn + 1) % super::HOT;
            assert!(cache.get_or_load(&names[turn], || Err(String::new())).is_ok());
        }
    }

    /// Hits by so many threads at once.
    pub fn hits(threads: usize, each: usize) {
        let names = names(super::HOT);
        let cache = filled(&names);
        thread::scope(|scope| {
            for thread in 0..threads {
                let (names, cache) = (&names, &cache);
                scope.spawn(move || {
                    for turn in 0..each {
                        let name = &names[(turn * 7 + thread) % super::HOT];
                        assert!(cache.get_or_load(name, || Err(String::new())).is_ok());
                    }
                });
            }
        });
    }

    /// One key after the other, each with a load that ends when all threads have come for it.
    pub fn crowds(threads: usize, keys: usize) {
        let names = names(keys);
        let cache = FlightCache::new(AN_HOUR);
        let come: Vec<_> = names.iter().map(|_| AtomicUsize::new(0)).collect();
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for (name, come) in names.iter().zip(&come) {
                        come.fetch_add(1, Ordering::SeqCst);
                        let answer = cache.get_or_load(name, || {
                            while come.load(Ordering::SeqCst) < threads {
                                thread::yield_now();
                            }
                            Ok(1)
                        });
                        assert!(answer.is_ok());
                    }
                });
            }
        });
    }
}

/// Study: a hit looks at one key; nothing is swept on the way.
#[test]
fn a_hit_costs_the_same_in_a_large_cache() {
    growth(
        submission::hit,
        reference::hit,
        [2_000, 32_000],
        Growth::CONSTANT,
    );
}

#[test]
fn hits_by_eight_threads_keep_up_with_the_reference() {
    race_reference(|| submission::hits(8, 5_000), || reference::hits(8, 5_000));
}

#[test]
fn a_crowd_of_waiting_callers_is_told_at_once() {
    race_reference(|| submission::crowds(64, 20), || reference::crowds(64, 20));
}
