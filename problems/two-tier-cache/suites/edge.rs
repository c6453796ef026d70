//! Broken tiers, strange messages, lagging replicas, and what is left behind.

use judge_kit::{Recorder, Respond, Script, allocated_bytes, check, clock};
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, OnceLock, Weak};
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

fn caught<R>(act: impl FnOnce() -> R) -> std::thread::Result<R> {
    panic::catch_unwind(AssertUnwindSafe(act))
}

/// Study: a cache that is down costs time, not answers.
#[test]
fn without_l2_the_origin_serves() {
    check(|| {
        let Desk { cache, l2, origin } = desk(9, MINUTE, &[("a", 1)], &[("a", 2)]);
        l2.on_read.now([Respond::Fail, Respond::Ok]);
        l2.on_write.now([Respond::Fail, Respond::Ok]);
        assert_eq!(cache.get("a"), found(2), "L2 is down");
        assert_eq!(cache.stats().l2_errors, 2, "a get and a put failed");
        assert_eq!(origin.reads(), ["a"], "the origin was asked");
        assert_eq!(cache.get("a"), found(2), "what was loaded is in L1");
        assert_eq!(cache.stats().l1_hits, 1, "what was loaded is in L1");
        assert_eq!(cache.stats().l2_errors, 2, "nothing else has failed");
    });
}

#[test]
fn an_error_of_the_origin_is_returned_and_not_cached() {
    check(|| {
        let Desk { cache, l2, origin } = desk(9, MINUTE, &[], &[("a", 1)]);
        origin.on_read.now([Respond::Fail, Respond::Ok]);
        assert_eq!(cache.get("a"), Err(offline()), "the origin's own words");
        assert_eq!(l2.writes(), [""; 0], "there is nothing to be put");
        assert_eq!(cache.get("a"), found(1), "the next get asks again");
        assert_eq!(cache.get("a"), found(1), "and finds it in L1 then");
        assert_eq!(origin.reads(), ["a", "a"], "loads of three gets");
    });
}

#[test]
fn what_does_not_exist_is_cached_nowhere() {
    check(|| {
        let Desk { cache, l2, origin } = desk(1, MINUTE, &[("b", 1)], &[]);
        assert_eq!(cache.get("b"), found(1), "get b");
        assert_eq!(cache.get("a"), Ok(None), "there is no a");
        assert_eq!(cache.get("a"), Ok(None), "there still is none");
        assert_eq!(origin.reads(), ["a", "a"], "the origin is asked each time");
        assert_eq!(l2.writes(), [""; 0], "there is nothing to be put");
        l2.reads();
        assert_eq!(cache.get("b"), found(1), "get b");
        assert_eq!(l2.reads(), [""; 0], "b is still in L1, which has one place");
        origin.set("a", 1);
        assert_eq!(cache.get("a"), found(1), "now there is an a");
    });
}

/// Study: of all that was announced the highest version counts, not the last one.
#[test]
fn messages_may_come_twice_and_out_of_order() {
    check(|| {
        let Desk { cache, l2, origin } = desk(9, MINUTE, &[("a", 4)], &[("a", 6)]);
        for version in [5, 3, 5, 1] {
            cache.on_invalidate("a", version);
        }
        assert_eq!(cache.get("a"), found(6), "L2 has 4, 5 was announced");
        assert_eq!(l2.writes(), ["a@6"], "L2 is overwritten");
        for version in [6, 5, 3] {
            cache.on_invalidate("a", version);
        }
        assert_eq!(
            cache.get("a"),
            found(6),
            "6 is not below what was announced"
        );
        assert_eq!(origin.reads(), ["a"], "loads of two gets");
        l2.set("a", 5);
        cache.on_invalidate("a", 7);
        cache.on_invalidate("a", 2);
        origin.set("a", 7);
        assert_eq!(cache.get("a"), found(7), "L2 has 5, 7 was announced");
    });
}

#[test]
fn what_is_as_new_as_announced_stays() {
    check(|| {
        let Desk { cache, l2, .. } = desk(9, MINUTE, &[("a", 5)], &[]);
        assert_eq!(cache.get("a"), found(5), "get a");
        for version in [4, 5, 0] {
            cache.on_invalidate("a", version);
            assert_eq!(cache.get("a"), found(5), "{version} was announced");
        }
        assert_eq!(l2.reads(), ["a"], "nothing is read anew");
        assert_eq!(cache.stats().l1_hits, 3, "a stays in L1");
    });
}

#[test]
fn an_announcement_counts_for_keys_that_nobody_has_read() {
    check(|| {
        let Desk { cache, l2, origin } = desk(9, MINUTE, &[("a", 2)], &[("a", 3)]);
        cache.on_invalidate("a", 3);
        assert_eq!(l2.reads(), [""; 0], "an announcement reads nothing");
        assert_eq!(cache.get("a"), found(3), "L2 has 2, 3 was announced");
        assert_eq!(origin.reads(), ["a"], "the origin was asked");
        assert_eq!(l2.version("a"), Some(3), "L2 was overwritten");
    });
}

/// Study: a replica that lags behind must not bring back what was just announced as stale.
#[test]
fn an_origin_that_lags_behind_is_not_cached() {
    check(|| {
        let Desk { cache, l2, origin } = desk(9, MINUTE, &[], &[("a", 4)]);
        cache.on_invalidate("a", 5);
        assert_eq!(cache.get("a"), found(4), "the best there is");
        assert_eq!(cache.get("a"), found(4), "and again");
        assert_eq!(origin.reads(), ["a", "a"], "the origin is asked each time");
        assert_eq!(l2.writes(), [""; 0], "nothing is put to L2");
        origin.set("a", 5);
        assert_eq!(cache.get("a"), found(5), "the replica has caught up");
        assert_eq!(cache.get("a"), found(5), "and again");
        assert_eq!(origin.reads(), ["a"], "version 5 is cached");
        assert_eq!(l2.writes(), ["a@5"], "and put to L2");
    });
}

#[test]
fn without_capacity_there_is_no_l1() {
    check(|| {
        let Desk { cache, l2, .. } = desk(0, MINUTE, &[("b", 1)], &[("a", 1)]);
        for key in ["a", "a", "b", "b"] {
            assert_eq!(cache.get(key), found(1), "get {key}");
        }
        assert_eq!(l2.reads(), ["a", "a", "b", "b"], "L2 is read each time");
        let stats = cache.stats();
        let hits = (stats.l1_hits, stats.l2_hits, stats.origin_loads);
        assert_eq!(hits, (0, 3, 1), "hits of L1 and L2, and loads");
        cache.on_invalidate("b", 2);
        assert_eq!(cache.get("b"), Ok(None), "L2 has 1, the origin has no b");
    });
}

#[test]
fn lives_may_be_nothing_or_endless() {
    check(|| {
        let Desk { cache, l2, .. } = desk(9, Duration::ZERO, &[("a", 1)], &[]);
        assert_eq!(cache.get("a"), found(1), "a life of nothing");
        assert_eq!(cache.get("a"), found(1), "a life of nothing");
        assert_eq!(l2.reads(), ["a", "a"], "nothing stays in L1");
        let Desk { cache, l2, .. } = desk(9, Duration::MAX, &[("a", 1)], &[]);
        assert_eq!(cache.get("a"), found(1), "an endless life");
        clock::advance(MINUTE * 60 * 24 * 365);
        assert_eq!(cache.get("a"), found(1), "a year later");
        assert_eq!(l2.reads(), ["a"], "the entry lives for ever");
    });
}

#[test]
fn an_expired_entry_makes_no_room_by_itself() {
    check(|| {
        let rows = [("a", 1), ("b", 1), ("c", 1)];
        let Desk { cache, l2, .. } = desk(2, MINUTE, &rows, &[]);
        assert_eq!(cache.get("b"), found(1), "get b");
        clock::advance(MINUTE / 2);
        assert_eq!(cache.get("a"), found(1), "get a");
        assert_eq!(cache.get("b"), found(1), "get b, which is used after a now");
        clock::advance(MINUTE / 2);
        assert_eq!(
            cache.get("c"),
            found(1),
            "b has expired, a is used longest ago"
        );
        l2.reads();
        assert_eq!(cache.get("a"), found(1), "get a, which had to go");
        assert_eq!(l2.reads(), ["a"], "expired entries count to the capacity");
    });
}

#[test]
fn panics_of_the_tiers_reach_their_callers() {
    check(|| {
        let rows = [("a", 1), ("b", 1), ("c", 1)];
        let Desk { cache, l2, origin } = desk(9, MINUTE, &[], &rows);
        l2.on_read.now([Respond::Panic, Respond::Ok]);
        assert!(caught(|| cache.get("a")).is_err(), "a panic of L2 in get");
        assert_eq!(cache.get("a"), found(1), "the same key after that");
        origin.on_read.now([Respond::Panic, Respond::Ok]);
        assert!(caught(|| cache.get("b")).is_err(), "a panic of the origin");
        assert_eq!(cache.get("b"), found(1), "the same key after that");
        l2.on_write.now([Respond::Panic, Respond::Ok]);
        assert!(caught(|| cache.get("c")).is_err(), "a panic of L2 in put");
        origin.set("c", 2);
        thread::scope(|scope| {
            scope.spawn(|| cache.on_invalidate("c", 2));
        });
        assert_eq!(cache.get("c"), found(2), "the same key after that");
        assert_eq!(l2.version("c"), Some(2), "c in L2");
    });
}

/// Tiers that do something with the cache before they answer.
struct Busy {
    tier: Tier,
    cache: Arc<OnceLock<Weak<TwoTierCache>>>,
    act: fn(&TwoTierCache, &str),
}

impl Busy {
    fn act(&self, key: &str) {
        if let Some(cache) = self.cache.get().and_then(Weak::upgrade) {
            (self.act)(&cache, key);
        }
    }
}

impl SharedCache for Busy {
    fn get(&self, key: &str) -> Result<Option<Versioned>, TierError> {
        self.act(key);
        self.tier.read(key)
    }

    fn put(&self, key: &str, item: &Versioned) -> Result<(), TierError> {
        self.act(key);
        SharedCache::put(&self.tier, key, item)
    }
}

impl Origin for Busy {
    fn load(&self, key: &str) -> Result<Option<Versioned>, TierError> {
        self.act(key);
        self.tier.read(key)
    }
}

/// A cache whose tiers do `act` whenever they are called, and its L2.
fn busy(act: fn(&TwoTierCache, &str), l2: &[(&str, u64)]) -> (Arc<TwoTierCache>, Tier) {
    let own = Arc::new(OnceLock::new());
    let tier = |rows: &[(&str, u64)]| Busy {
        tier: Tier::new(rows),
        cache: Arc::clone(&own),
        act,
    };
    let shared = tier(l2);
    let rows = shared.tier.clone();
    let origin = tier(&[("a", 1)]);
    let cache = Arc::new(TwoTierCache::new(
        9,
        MINUTE,
        Arc::new(shared),
        Arc::new(origin),
    ));
    assert!(own.set(Arc::downgrade(&cache)).is_ok());
    (cache, rows)
}

/// Study: no lock may be held while foreign code runs.
#[test]
fn the_tiers_may_use_the_cache() {
    check(|| {
        let look = |cache: &TwoTierCache, key: &str| {
            if key == "a" {
                assert_eq!(cache.get("b"), found(1), "get b from inside a tier");
                cache.on_invalidate("c", 2);
                assert_eq!(cache.stats().l2_hits, 1, "b comes from L2 once");
            }
        };
        let (cache, _) = busy(look, &[("b", 1)]);
        assert_eq!(cache.get("a"), found(1), "get a");
        assert_eq!(cache.get("a"), found(1), "get a again");
        // The first look reads b from L2; the other two, and one get of a, are hits.
        assert_eq!(cache.stats().l1_hits, 3, "hits of L1");
    });
}

/// Study: who waits for puts must not be inside one.
#[test]
fn an_announcement_may_come_from_inside_a_tier() {
    check(|| {
        let announce = |cache: &TwoTierCache, key: &str| cache.on_invalidate(key, 2);
        let (cache, l2) = busy(announce, &[]);
        assert_eq!(cache.get("a"), found(1), "the origin has version 1");
        assert_eq!(l2.writes(), [""; 0], "2 was announced during the load");
        assert_eq!(cache.get("a"), found(1), "the origin still has version 1");
        assert_eq!(cache.stats().origin_loads, 2, "nothing was cached");
        let (cache, _) = busy(|_, _| (), &[]);
        assert_eq!(cache.get("a"), found(1), "without announcements");
        assert_eq!(cache.get("a"), found(1), "without announcements");
        assert_eq!(cache.stats().l1_hits, 1, "it was cached");
    });
}

/// A shared cache without rows that announces a version from inside its put.
struct Hasty(Arc<OnceLock<Weak<TwoTierCache>>>, Recorder<u64>);

impl SharedCache for Hasty {
    fn get(&self, _key: &str) -> Result<Option<Versioned>, TierError> {
        Ok(None)
    }

    fn put(&self, key: &str, item: &Versioned) -> Result<(), TierError> {
        self.1.record(item.version);
        if let Some(cache) = self.0.get().and_then(Weak::upgrade) {
            cache.on_invalidate(key, item.version + 1);
        }
        Ok(())
    }
}

#[test]
fn an_announcement_from_inside_its_own_put_does_not_wait() {
    check(|| {
        let own = Arc::new(OnceLock::new());
        let puts = Recorder::new();
        let hasty = Hasty(Arc::clone(&own), puts.clone());
        let origin = Tier::new(&[("a", 1)]);
        let cache = Arc::new(TwoTierCache::new(
            9,
            MINUTE,
            Arc::new(hasty),
            Arc::new(origin.clone()),
        ));
        assert!(own.set(Arc::downgrade(&cache)).is_ok());
        assert_eq!(cache.get("a"), found(1), "2 is announced during the put");
        origin.set("a", 2);
        assert_eq!(cache.get("a"), found(2), "1 is not in L1 any more");
        assert_eq!(puts.seen(), [1, 2], "versions put to L2");
    });
}

#[test]
fn a_key_that_has_left_leaves_nothing_behind() {
    check(|| {
        let cache = TwoTierCache::new(4, MINUTE, Arc::new(Endless), Arc::new(Endless));
        let act = |round: u32| {
            let key = format!("a key that is rather long, number {round}");
            assert!(cache.get(&key).is_ok(), "get");
        };
        (0..30).for_each(act);
        let before = allocated_bytes();
        (30..3_030).for_each(act);
        let grown = allocated_bytes().saturating_sub(before);
        assert!(
            grown < 30_000,
            "3,000 keys went through an L1 for 4, and {grown} bytes are still in use"
        );
    });
}

/// Has every key as an origin, and none as a shared cache.
struct Endless;

impl SharedCache for Endless {
    fn get(&self, _key: &str) -> Result<Option<Versioned>, TierError> {
        Ok(None)
    }

    fn put(&self, _key: &str, _item: &Versioned) -> Result<(), TierError> {
        Ok(())
    }
}

impl Origin for Endless {
    fn load(&self, key: &str) -> Result<Option<Versioned>, TierError> {
        Ok((!key.ends_with('7')).then(|| item(1)))
    }
}
