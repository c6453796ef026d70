//! Old values when the origin is down.

use judge_kit::{Recorder, Respond, Script, check, clock, explore};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use two_tier_cache::{Origin, SharedCache, TierError, TwoTierCache, Versioned};

/// Rows by key, and what was asked: the same double plays the shared cache and the origin.
#[derive(Clone)]
struct Tier {
    rows: Arc<Mutex<BTreeMap<String, Versioned>>>,
    reads: Recorder<String>,
    writes: Recorder<String>,
    on_read: Script,
    on_write: Script,
}

impl Tier {
    fn new(rows: &[(&str, u64)]) -> Self {
        let tier = Tier {
            rows: Arc::default(),
            reads: Recorder::new(),
            writes: Recorder::new(),
            on_read: Script::always(Respond::Ok),
            on_write: Script::always(Respond::Ok),
        };
        for (key, version) in rows {
            tier.set(key, *version);
        }
        tier
    }

    fn set(&self, key: &str, version: u64) {
        let mut rows = self.rows.lock().unwrap();
        rows.insert(key.to_owned(), item(version));
    }

    fn version(&self, key: &str) -> Option<u64> {
        let rows = self.rows.lock().unwrap();
        rows.get(key).map(|item| item.version)
    }

    fn read(&self, key: &str) -> Result<Option<Versioned>, TierError> {
        self.reads.record(key.to_owned());
        let row = self.rows.lock().unwrap().get(key).cloned();
        let _inside = self.on_read.play().map_err(|_| offline())?;
        Ok(row)
    }

    /// The keys read so far, and forgets them.
    fn reads(&self) -> Vec<String> {
        let reads = self.reads.seen();
        self.reads.clear();
        reads
    }

    /// The writes begun so far, as `key@version`, and forgets them.
    fn writes(&self) -> Vec<String> {
        let writes = self.writes.seen();
        self.writes.clear();
        writes
    }
}

impl SharedCache for Tier {
    fn get(&self, key: &str) -> Result<Option<Versioned>, TierError> {
        self.read(key)
    }

    fn put(&self, key: &str, item: &Versioned) -> Result<(), TierError> {
        self.writes.record(format!("{key}@{}", item.version));
        let _inside = self.on_write.play().map_err(|_| offline())?;
        let mut rows = self.rows.lock().unwrap();
        rows.insert(key.to_owned(), item.clone());
        Ok(())
    }
}

impl Origin for Tier {
    fn load(&self, key: &str) -> Result<Option<Versioned>, TierError> {
        self.read(key)
    }
}

fn item(version: u64) -> Versioned {
    Versioned {
        version,
        value: format!("v{version}"),
    }
}

fn offline() -> TierError {
    TierError("offline".to_owned())
}

/// The answer of a get that gives this version.
fn found(version: u64) -> Result<Option<String>, TierError> {
    Ok(Some(format!("v{version}")))
}

/// A cache, and the two tiers behind it with these rows.
struct Desk {
    cache: TwoTierCache,
    l2: Tier,
    origin: Tier,
}

fn desk(capacity: usize, ttl: Duration, l2: &[(&str, u64)], origin: &[(&str, u64)]) -> Desk {
    let (l2, origin) = (Tier::new(l2), Tier::new(origin));
    let cache = TwoTierCache::new(
        capacity,
        ttl,
        Arc::new(l2.clone()),
        Arc::new(origin.clone()),
    );
    Desk { cache, l2, origin }
}

const MINUTE: Duration = Duration::from_secs(60);
const GRACE: Duration = Duration::from_secs(20);
const A_MOMENT: Duration = Duration::from_nanos(1);

/// A cache with version 5 of a in L1, a grace of 20 s, L2 empty and the origin down.
fn alone(grace: Duration) -> Desk {
    let Desk { cache, l2, origin } = desk(9, MINUTE, &[], &[("a", 5)]);
    let cache = cache.with_stale_if_error(grace);
    assert_eq!(cache.get("a"), found(5), "the first get");
    l2.rows.lock().unwrap().clear();
    origin.on_read.now([Respond::Fail]);
    Desk { cache, l2, origin }
}

#[test]
fn within_the_grace_an_old_value_stands_in() {
    check(|| {
        let Desk { cache, .. } = alone(GRACE);
        clock::advance(MINUTE - A_MOMENT);
        assert_eq!(cache.get("a"), found(5), "1 ns before the end of its life");
        assert_eq!(cache.stale_served(), 0, "that was a hit");
        clock::advance(A_MOMENT);
        assert_eq!(cache.get("a"), found(5), "at the end of its life");
        assert_eq!(cache.stale_served(), 1, "an old value was served");
        clock::advance(GRACE - A_MOMENT);
        assert_eq!(cache.get("a"), found(5), "1 ns before the end of the grace");
        assert_eq!(cache.stale_served(), 2, "old values served");
        clock::advance(A_MOMENT);
        assert_eq!(cache.get("a"), Err(offline()), "at the end of the grace");
        assert_eq!(cache.stale_served(), 2, "old values served");
    });
}

#[test]
fn an_old_value_counts_as_a_load_and_not_as_a_hit() {
    check(|| {
        let Desk { cache, l2, origin } = alone(GRACE);
        clock::advance(MINUTE);
        l2.on_read.now([Respond::Fail]);
        for _ in 0..2 {
            assert_eq!(cache.get("a"), found(5), "an old value");
        }
        let stats = cache.stats();
        assert_eq!(stats.l1_hits, 0, "hits of L1");
        assert_eq!(stats.l2_hits, 0, "hits of L2");
        assert_eq!(stats.origin_loads, 3, "loads, two of which failed");
        assert_eq!(stats.l2_errors, 2, "errors of L2");
        assert_eq!(
            origin.reads(),
            ["a", "a", "a"],
            "the origin is asked each time"
        );
        assert_eq!(l2.writes(), ["a@5"], "an old value is not put to L2");
    });
}

#[test]
fn an_origin_that_is_well_again_is_believed() {
    check(|| {
        let Desk { cache, l2, origin } = alone(GRACE);
        clock::advance(MINUTE);
        assert_eq!(cache.get("a"), found(5), "an old value");
        origin.on_read.now([Respond::Ok]);
        origin.set("a", 4);
        assert_eq!(cache.get("a"), found(4), "the origin's value");
        assert_eq!(cache.get("a"), found(4), "which is in L1 now");
        assert_eq!(cache.stats().l1_hits, 1, "a dead entry holds up nothing");
        origin.on_read.now([Respond::Fail]);
        clock::advance(MINUTE);
        l2.set("a", 7);
        assert_eq!(cache.get("a"), found(7), "L2 has a value");
        assert_eq!(cache.stale_served(), 1, "old values served");
    });
}

/// Study: what was announced as stale is not served, however bad things are.
#[test]
fn what_was_announced_as_stale_is_not_served() {
    check(|| {
        let Desk { cache, .. } = alone(GRACE);
        clock::advance(MINUTE);
        cache.on_invalidate("a", 5);
        assert_eq!(cache.get("a"), found(5), "5 is as new as announced");
        cache.on_invalidate("a", 6);
        assert_eq!(cache.get("a"), Err(offline()), "6 was announced");
        assert_eq!(cache.stale_served(), 1, "old values served");
    });
}

#[test]
fn without_an_old_value_the_error_is_returned() {
    check(|| {
        let Desk { cache, origin, .. } = alone(GRACE);
        assert_eq!(cache.get("b"), Err(offline()), "b was never read");
        assert_eq!(cache.stale_served(), 0, "old values served");
        origin.on_read.now([Respond::Ok]);
        assert_eq!(cache.get("b"), Ok(None), "that there is none is no error");
        let Desk { cache, .. } = alone(Duration::ZERO);
        clock::advance(MINUTE);
        assert_eq!(cache.get("a"), Err(offline()), "no grace");
        let Desk { cache, l2, origin } = desk(0, MINUTE, &[], &[("a", 1)]);
        let cache = cache.with_stale_if_error(GRACE);
        assert_eq!(cache.get("a"), found(1), "without L1");
        l2.rows.lock().unwrap().clear();
        origin.on_read.now([Respond::Fail]);
        assert_eq!(cache.get("a"), Err(offline()), "without L1");
    });
}

#[test]
fn a_grace_may_be_endless() {
    check(|| {
        let Desk { cache, .. } = alone(Duration::MAX);
        clock::advance(MINUTE * 60 * 24 * 365);
        assert_eq!(cache.get("a"), found(5), "a year later");
        assert_eq!(cache.stale_served(), 1, "old values served");
    });
}

#[test]
fn no_old_value_is_left_uncounted() {
    explore(|| {
        let Desk { cache, .. } = alone(GRACE);
        clock::jump(MINUTE);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| assert_eq!(cache.get("a"), found(5), "get a"));
            }
            cache.on_invalidate("b", 9);
        });
        assert_eq!(cache.stale_served(), 2, "old values served");
        assert_eq!(cache.stats().origin_loads, 3, "loads");
    });
}
