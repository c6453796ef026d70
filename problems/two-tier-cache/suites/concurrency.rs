//! Announcements in the middle of reads, late puts, lost counts, and who may hold up whom.

use judge_kit::{Gate, Recorder, Respond, Script, check, explore, settle};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread::{self, Scope, ScopedJoinHandle};
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

/// Opens its gate at last, also when an assertion fails: threads that wait would hide its message.
struct OpenedAtLast(Gate);

impl OpenedAtLast {
    /// A gate at which the next call that plays `script` stops.
    fn at(script: &Script) -> Self {
        let gate = Gate::new();
        script.now([Respond::Gated(gate.clone()), Respond::Ok]);
        OpenedAtLast(gate)
    }
}

impl Drop for OpenedAtLast {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// Starts `act` on a thread of its own and lets everything happen that can.
fn begin<'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    act: impl FnOnce() -> R + Send + 'scope,
) -> ScopedJoinHandle<'scope, R> {
    let thread = scope.spawn(act);
    settle();
    thread
}

fn end<R>(thread: ScopedJoinHandle<'_, R>) -> R {
    thread.join().expect("a call panicked")
}

/// Study: what a load brings may be older than what was announced meanwhile.
#[test]
fn a_load_that_was_overtaken_does_not_stay() {
    check(|| {
        let Desk { cache, l2, origin } = desk(9, MINUTE, &[], &[("a", 1)]);
        let gate = OpenedAtLast::at(&origin.on_read);
        thread::scope(|scope| {
            let gate = &gate;
            let slow = begin(scope, || cache.get("a"));
            origin.set("a", 2);
            let announcement = begin(scope, || cache.on_invalidate("a", 2));
            gate.0.open();
            assert!(end(slow).is_ok(), "the get that was overtaken");
            end(announcement);
        });
        assert_eq!(cache.get("a"), found(2), "a get after the announcement");
        assert_eq!(l2.version("a"), Some(2), "a in L2");
    });
}

#[test]
fn a_read_of_l2_that_was_overtaken_does_not_stay() {
    check(|| {
        let Desk { cache, l2, .. } = desk(9, MINUTE, &[("a", 1)], &[("a", 2)]);
        let gate = OpenedAtLast::at(&l2.on_read);
        thread::scope(|scope| {
            let gate = &gate;
            let slow = begin(scope, || cache.get("a"));
            let announcement = begin(scope, || cache.on_invalidate("a", 2));
            gate.0.open();
            assert!(end(slow).is_ok(), "the get that was overtaken");
            end(announcement);
        });
        assert_eq!(cache.get("a"), found(2), "a get after the announcement");
    });
}

/// Study: to compare with the announced version and to fill must be one step.
#[test]
fn after_an_announcement_nobody_finds_what_was_before() {
    explore(|| {
        let Desk { cache, origin, .. } = desk(9, MINUTE, &[], &[("a", 1)]);
        thread::scope(|scope| {
            scope.spawn(|| assert!(cache.get("a").is_ok(), "get a"));
            origin.set("a", 2);
            cache.on_invalidate("a", 2);
            assert_eq!(cache.get("a"), found(2), "a get after the announcement");
        });
        assert_eq!(cache.get("a"), found(2), "a get at the end");
    });
}

#[test]
fn what_another_node_puts_is_compared_as_well() {
    explore(|| {
        let Desk { cache, .. } = desk(9, MINUTE, &[("a", 1)], &[("a", 2)]);
        thread::scope(|scope| {
            scope.spawn(|| assert!(cache.get("a").is_ok(), "get a"));
            cache.on_invalidate("a", 2);
            assert_eq!(cache.get("a"), found(2), "a get after the announcement");
        });
        assert_eq!(cache.get("a"), found(2), "a get at the end");
    });
}

/// Study: a put that is decided but has not started yet must be waited for.
#[test]
fn after_an_announcement_no_older_put_starts() {
    explore(|| {
        let Desk { cache, l2, .. } = desk(9, MINUTE, &[], &[("a", 1)]);
        thread::scope(|scope| {
            scope.spawn(|| assert_eq!(cache.get("a"), found(1), "get a"));
            cache.on_invalidate("a", 2);
            l2.writes.record("announced".to_owned());
        });
        let writes = l2.writes();
        assert_ne!(
            writes,
            ["announced", "a@1"],
            "a put of version 1 started after the announcement of 2"
        );
    });
}

#[test]
fn two_announcements_and_two_readers_leave_no_older_put() {
    explore(|| {
        let Desk { cache, l2, origin } = desk(9, MINUTE, &[], &[("a", 1)]);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| assert!(cache.get("a").is_ok(), "get a"));
            }
            origin.set("a", 3);
            cache.on_invalidate("a", 3);
            cache.on_invalidate("a", 2);
            l2.writes.record("announced".to_owned());
        });
        let writes = l2.writes();
        let after = writes.iter().skip_while(|write| *write != "announced");
        let late: Vec<_> = after.filter(|write| *write == "a@1").collect();
        assert!(late.is_empty(), "puts of version 1 after the announcement");
        assert_eq!(cache.get("a"), found(3), "a get at the end");
    });
}

/// A call for key a that a slow tier holds up, and what others do meanwhile.
fn others_go_on(desk: Desk, slow: &Script, what: &str) {
    let Desk { cache, l2, .. } = desk;
    assert_eq!(cache.get("known"), found(1), "get known");
    let gate = OpenedAtLast::at(slow);
    thread::scope(|scope| {
        let gate = &gate;
        let slow = begin(scope, || cache.get("a"));
        assert_eq!(gate.0.waiting(), 1, "calls of a that {what} holds up");
        let others = begin(scope, || {
            assert_eq!(cache.get("known"), found(1), "a hit");
            assert_eq!(cache.get("b"), found(1), "a load");
            cache.on_invalidate("b", 2);
            cache.on_invalidate("known", 1);
            assert_eq!(cache.get("known"), found(1), "a hit");
            cache.stats().l1_hits
        });
        assert!(others.is_finished(), "{what} of a held up other keys");
        assert_eq!(end(others), 2, "hits of L1");
        gate.0.open();
        assert_eq!(end(slow), found(1), "get a");
    });
    assert_eq!(l2.version("a"), Some(1), "a in L2");
}

/// Study: no lock may be held across a call to a tier.
#[test]
fn a_slow_l2_holds_up_no_other_key() {
    check(|| {
        let rows = [("a", 1), ("b", 1), ("known", 1)];
        let reads = desk(9, MINUTE, &[], &rows);
        let script = reads.l2.on_read.clone();
        others_go_on(reads, &script, "a read of L2");
        let writes = desk(9, MINUTE, &[], &rows);
        let script = writes.l2.on_write.clone();
        others_go_on(writes, &script, "a put to L2");
    });
}

#[test]
fn a_slow_origin_holds_up_no_other_key() {
    check(|| {
        let rows = [("a", 1), ("b", 1), ("known", 1)];
        let loads = desk(9, MINUTE, &[], &rows);
        let script = loads.origin.on_read.clone();
        others_go_on(loads, &script, "a load");
    });
}

/// Study: a put that panics must not leave anybody waiting for it.
#[test]
fn nobody_waits_for_a_put_that_failed_or_panicked() {
    check(|| {
        for last in [Respond::Fail, Respond::Panic] {
            let Desk { cache, l2, origin } = desk(9, MINUTE, &[], &[("a", 1)]);
            let gate = OpenedAtLast(Gate::new());
            let stop = Respond::Gated(gate.0.clone());
            l2.on_write
                .now([Respond::Each(vec![stop, last]), Respond::Ok]);
            thread::scope(|scope| {
                let gate = &gate;
                let slow = begin(scope, || {
                    let get = panic_free(|| cache.get("a"));
                    get.is_none_or(|answer| answer == found(1))
                });
                let announcement = begin(scope, || cache.on_invalidate("a", 2));
                gate.0.open();
                assert!(end(slow), "get a");
                end(announcement);
            });
            origin.set("a", 2);
            assert_eq!(cache.get("a"), found(2), "a get after the announcement");
        }
    });
}

fn panic_free<R>(act: impl FnOnce() -> R) -> Option<R> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(act)).ok()
}

#[test]
fn an_older_version_does_not_replace_a_newer_one_in_l1() {
    check(|| {
        let Desk { cache, l2, origin } = desk(9, MINUTE, &[], &[("a", 1)]);
        let gate = OpenedAtLast::at(&origin.on_read);
        thread::scope(|scope| {
            let gate = &gate;
            let slow = begin(scope, || cache.get("a"));
            origin.set("a", 2);
            let quick = begin(scope, || cache.get("a"));
            gate.0.open();
            assert!(end(slow).is_ok(), "the get that began first");
            // Whoever shares the load of the first get may well have the old version.
            if end(quick) == found(2) {
                l2.set("a", 1);
                assert_eq!(cache.get("a"), found(2), "version 2 was in L1");
            }
        });
    });
}

#[test]
fn no_count_is_lost() {
    explore(|| {
        let Desk { cache, .. } = desk(9, MINUTE, &[("b", 1)], &[("a", 1)]);
        thread::scope(|scope| {
            for key in ["a", "b"] {
                let cache = &cache;
                scope.spawn(move || {
                    for _ in 0..2 {
                        assert_eq!(cache.get(key), found(1), "get {key}");
                    }
                });
            }
            assert_eq!(cache.get("a"), found(1), "get a");
        });
        let stats = cache.stats();
        let sum = stats.l1_hits + stats.l2_hits + stats.origin_loads;
        assert_eq!(sum, 5, "counted gets of five: {stats:?}");
        assert_eq!(stats.l2_errors, 0, "nothing has failed");
    });
}

/// Study: to see that there is room and to take it must be one step.
#[test]
fn two_fills_do_not_take_the_same_place() {
    explore(|| {
        let Desk { cache, .. } = desk(1, MINUTE, &[("a", 1), ("b", 1)], &[]);
        thread::scope(|scope| {
            for key in ["a", "b"] {
                let cache = &cache;
                scope.spawn(move || assert_eq!(cache.get(key), found(1), "get {key}"));
            }
        });
        let before = cache.stats().l1_hits;
        assert_eq!(cache.get("a"), found(1), "get a");
        assert_eq!(cache.get("b"), found(1), "get b");
        let hits = cache.stats().l1_hits - before;
        assert!(hits <= 1, "an L1 for one entry held two");
    });
}
