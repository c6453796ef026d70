//! The way down and up, lives, capacity, counters and announcements.

use judge_kit::{Recorder, Respond, Script, assert_send_sync, check, clock};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use two_tier_cache::{Origin, SharedCache, Stats, TierError, TwoTierCache, Versioned};

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
const A_MOMENT: Duration = Duration::from_nanos(1);

/// The counters: hits of L1, hits of L2, loads, errors of L2.
fn stats(counters: [u64; 4]) -> Stats {
    let [l1_hits, l2_hits, origin_loads, l2_errors] = counters;
    Stats {
        l1_hits,
        l2_hits,
        origin_loads,
        l2_errors,
    }
}

#[test]
fn what_the_origin_has_fills_both_tiers() {
    check(|| {
        assert_send_sync::<TwoTierCache>();
        let Desk { cache, l2, origin } = desk(9, MINUTE, &[], &[("a", 1)]);
        assert_eq!(cache.get("a"), found(1), "the first get");
        assert_eq!(l2.reads(), ["a"], "L2 is asked first");
        assert_eq!(origin.reads(), ["a"], "then the origin");
        assert_eq!(l2.writes(), ["a@1"], "puts to L2 when get has returned");
        assert_eq!(cache.get("a"), found(1), "the second get");
        assert_eq!(l2.reads(), [""; 0], "the second get finds it in L1");
        assert_eq!(origin.reads(), [""; 0], "the second get finds it in L1");
        assert_eq!(l2.writes(), [""; 0], "there is nothing to be put");
    });
}

#[test]
fn what_l2_has_fills_l1() {
    check(|| {
        let Desk { cache, l2, origin } = desk(9, MINUTE, &[("a", 1)], &[("a", 2)]);
        for turn in 1..=3 {
            assert_eq!(cache.get("a"), found(1), "get number {turn}");
        }
        assert_eq!(l2.reads(), ["a"], "reads of L2 for three gets");
        assert_eq!(origin.reads(), [""; 0], "the origin is not asked");
        assert_eq!(l2.writes(), [""; 0], "L2 has it already");
    });
}

/// Study: the life of an entry counts from its fill; a hit does not extend it.
#[test]
fn an_entry_dies_exactly_at_its_time_to_live() {
    check(|| {
        let Desk { cache, l2, .. } = desk(9, MINUTE, &[("a", 1)], &[]);
        assert_eq!(cache.get("a"), found(1), "the fill");
        clock::advance(MINUTE / 2);
        assert_eq!(cache.get("a"), found(1), "after 30 s");
        clock::advance(MINUTE / 2 - A_MOMENT);
        assert_eq!(cache.get("a"), found(1), "1 ns before its end");
        assert_eq!(l2.reads(), ["a"], "reads of L2 before the end");
        clock::advance(A_MOMENT);
        l2.set("a", 2);
        assert_eq!(cache.get("a"), found(2), "at its end");
        assert_eq!(l2.reads(), ["a"], "reads of L2 at the end");
        clock::advance(MINUTE - A_MOMENT);
        assert_eq!(cache.get("a"), found(2), "1 ns before the second end");
        assert_eq!(l2.reads(), [""; 0], "the new entry lives anew");
    });
}

#[test]
fn the_least_recently_used_entry_goes() {
    check(|| {
        let rows = [("a", 1), ("b", 1), ("c", 1), ("d", 1)];
        let Desk { cache, l2, .. } = desk(3, MINUTE, &rows, &[]);
        for key in ["a", "b", "c", "a", "d"] {
            assert_eq!(cache.get(key), found(1), "get {key}");
        }
        l2.reads();
        for key in ["c", "a", "d"] {
            assert_eq!(cache.get(key), found(1), "get {key}");
        }
        assert_eq!(l2.reads(), [""; 0], "c, a and d are the last three used");
        assert_eq!(cache.get("b"), found(1), "get b, which had to go");
        assert_eq!(l2.reads(), ["b"], "b had to go");
        assert_eq!(cache.get("a"), found(1), "get a");
        assert_eq!(cache.get("d"), found(1), "get d");
        assert_eq!(l2.reads(), [""; 0], "c was used before a and d");
        assert_eq!(cache.get("c"), found(1), "get c, which had to go");
        assert_eq!(l2.reads(), ["c"], "c had to go");
    });
}

#[test]
fn every_get_counts_once() {
    check(|| {
        let Desk { cache, l2, origin } = desk(9, MINUTE, &[("b", 1)], &[("a", 1)]);
        assert_eq!(cache.stats(), stats([0, 0, 0, 0]), "a new cache");
        for key in ["a", "a", "b", "b", "b"] {
            assert_eq!(cache.get(key), found(1), "get {key}");
        }
        assert_eq!(cache.stats(), stats([3, 1, 1, 0]), "a, a, b, b, b");
        assert_eq!(cache.get("nothing"), Ok(None), "what does not exist");
        assert_eq!(cache.stats(), stats([3, 1, 2, 0]), "the origin was asked");
        origin.on_read.now([Respond::Fail]);
        assert_eq!(cache.get("c"), Err(offline()), "the origin is down");
        assert_eq!(cache.stats(), stats([3, 1, 3, 0]), "and was asked");
        l2.on_read.now([Respond::Fail]);
        assert_eq!(cache.get("d"), Err(offline()), "both are down");
        assert_eq!(cache.stats(), stats([3, 1, 4, 1]), "both were asked");
    });
}

/// Study: after an announcement neither tier may answer with what it had before.
#[test]
fn what_was_announced_is_loaded_anew() {
    check(|| {
        let Desk { cache, l2, origin } = desk(9, MINUTE, &[], &[("a", 1), ("b", 1)]);
        assert_eq!(cache.get("a"), found(1), "get a");
        assert_eq!(cache.get("b"), found(1), "get b");
        origin.set("a", 2);
        cache.on_invalidate("a", 2);
        l2.writes();
        assert_eq!(cache.get("a"), found(2), "L1 and L2 had version 1");
        assert_eq!(l2.writes(), ["a@2"], "L2 is overwritten");
        assert_eq!(cache.get("a"), found(2), "and again");
        assert_eq!(cache.get("b"), found(1), "get b");
        assert_eq!(cache.stats(), stats([2, 0, 3, 0]), "a, b, a, a, b");
    });
}

#[test]
fn another_node_may_have_filled_l2_with_the_new_value() {
    check(|| {
        let Desk { cache, l2, origin } = desk(9, MINUTE, &[("a", 1)], &[]);
        assert_eq!(cache.get("a"), found(1), "get a");
        l2.set("a", 5);
        cache.on_invalidate("a", 4);
        assert_eq!(cache.get("a"), found(5), "L2 has a higher version");
        cache.on_invalidate("a", 6);
        l2.set("a", 6);
        assert_eq!(cache.get("a"), found(6), "L2 has exactly this version");
        assert_eq!(origin.reads(), [""; 0], "the origin is not asked");
    });
}
