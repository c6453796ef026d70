//! Lost updates, stale fills, saves out of order, and who may hold up whom.

use judge_kit::{Gate, Recorder, Respond, Script, check, explore, settle};
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::thread::{self, Scope, ScopedJoinHandle};
use write_policy_cache::{Policy, PolicyCache, Store, StoreError};

/// A store that remembers what it was asked and does what its scripts say.
#[derive(Clone)]
struct Disk {
    rows: Arc<Mutex<BTreeMap<String, String>>>,
    loads: Recorder<String>,
    saves: Recorder<(String, String)>,
    on_load: Script,
    on_save: Arc<Mutex<BTreeMap<String, Script>>>,
}

impl Disk {
    fn new(rows: &[(&str, &str)]) -> Self {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Disk {
            rows: Arc::new(Mutex::new(rows.iter().map(own).collect())),
            loads: Recorder::new(),
            saves: Recorder::new(),
            on_load: Script::always(Respond::Ok),
            on_save: Arc::default(),
        }
    }

    /// What saves of this key do from now on.
    fn on_save(&self, key: &str, responses: impl IntoIterator<Item = Respond>) -> Script {
        let script = Script::new(responses);
        let mut scripts = self.on_save.lock().unwrap();
        scripts.insert(key.to_owned(), script.clone());
        script
    }

    fn row(&self, key: &str) -> Option<String> {
        self.rows.lock().unwrap().get(key).cloned()
    }

    /// The saves so far, as `key=value`, and forgets them.
    fn saves(&self) -> Vec<String> {
        let saves = self.saves.seen();
        self.saves.clear();
        let words = saves.iter().map(|(key, value)| format!("{key}={value}"));
        words.collect()
    }

    /// The loads so far, and forgets them.
    fn loads(&self) -> Vec<String> {
        let loads = self.loads.seen();
        self.loads.clear();
        loads
    }

    fn cache(&self, policy: Policy, capacity: usize) -> PolicyCache {
        let Ok(cache) = PolicyCache::new(Arc::new(self.clone()), policy, capacity) else {
            panic!("a capacity of {capacity} was refused");
        };
        cache
    }
}

impl Store for Disk {
    fn load(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.loads.record(key.to_owned());
        let row = self.row(key);
        let offline = |_| StoreError("offline".to_owned());
        let _inside = self.on_load.play().map_err(offline)?;
        Ok(row)
    }

    fn save(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.saves.record((key.to_owned(), value.to_owned()));
        let script = self.on_save.lock().unwrap().get(key).cloned();
        let readonly = |_| StoreError("read-only".to_owned());
        let _inside = script
            .map(|script| script.play().map_err(readonly))
            .transpose()?;
        let mut rows = self.rows.lock().unwrap();
        rows.insert(key.to_owned(), value.to_owned());
        Ok(())
    }
}

fn some(value: &str) -> Result<Option<String>, StoreError> {
    Ok(Some(value.to_owned()))
}

/// Opens its gate at last, also when an assertion fails: threads that wait would hide its message.
struct OpenedAtLast(Gate);

impl OpenedAtLast {
    fn new() -> Self {
        OpenedAtLast(Gate::new())
    }

    fn stop(&self) -> Respond {
        Respond::Gated(self.0.clone())
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

/// Study: who saved last must also be the last to change the cache.
#[test]
fn writing_through_two_puts_leave_cache_and_store_alike() {
    explore(|| {
        let disk = Disk::new(&[]);
        let saves = disk.on_save("a", [Respond::Ok]);
        let cache = disk.cache(Policy::WriteThrough, 2);
        thread::scope(|scope| {
            for value in ["1", "2"] {
                let cache = &cache;
                scope.spawn(move || assert_eq!(cache.put("a", value), Ok(()), "put a {value}"));
            }
        });
        let stored = disk.row("a");
        assert_eq!(cache.get("a"), Ok(stored), "cache and store after two puts");
        assert_eq!(saves.most_inside(), 1, "saves of one key at the same time");
    });
}

/// Study: the entry is clean only if the value that was saved is still its newest.
#[test]
fn a_put_during_the_flush_of_its_key_is_not_lost() {
    check(|| {
        let disk = Disk::new(&[]);
        let cache = disk.cache(Policy::WriteBack, 2);
        let gate = OpenedAtLast::new();
        disk.on_save("a", [gate.stop(), Respond::Ok]);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a 1");
        thread::scope(|scope| {
            let gate = &gate;
            let flush = begin(scope, || cache.flush());
            assert_eq!(cache.dirty(), 1, "an entry that is being saved is dirty");
            let put = begin(scope, || cache.put("a", "2"));
            gate.0.open();
            assert!(end(flush).is_ok(), "the flush");
            assert_eq!(end(put), Ok(()), "put a 2");
        });
        let stored = disk.row("a");
        if stored.as_deref() == Some("1") {
            assert_eq!(cache.dirty(), 1, "the newest value of a was not saved");
        }
        assert_eq!(cache.get("a"), some("2"), "get a");
        assert!(cache.flush().is_ok(), "the next flush");
        assert_eq!(disk.row("a").as_deref(), Some("2"), "a in the store");
    });
}

#[test]
fn when_nothing_is_dirty_the_store_has_the_newest_value() {
    explore(|| {
        let disk = Disk::new(&[]);
        let cache = disk.cache(Policy::WriteBack, 2);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a 1");
        thread::scope(|scope| {
            scope.spawn(|| assert!(cache.flush().is_ok(), "flush"));
            scope.spawn(|| assert_eq!(cache.put("a", "2"), Ok(()), "put a 2"));
        });
        if cache.dirty() == 0 {
            assert_eq!(disk.row("a").as_deref(), Some("2"), "nothing is dirty");
        }
        assert!(cache.flush().is_ok(), "a last flush");
        assert_eq!(cache.dirty(), 0, "entries dirty after a last flush");
        assert_eq!(disk.row("a").as_deref(), Some("2"), "after a last flush");
    });
}

/// Study: no lock may be held across a call to the store.
#[test]
fn a_slow_flush_holds_up_no_other_key() {
    check(|| {
        let disk = Disk::new(&[("c", "3")]);
        let cache = disk.cache(Policy::WriteBack, 9);
        let gate = OpenedAtLast::new();
        disk.on_save("a", [gate.stop()]);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        assert_eq!(cache.put("b", "2"), Ok(()), "put b");
        thread::scope(|scope| {
            let gate = &gate;
            let flush = begin(scope, || cache.flush());
            let others = begin(scope, || {
                assert_eq!(cache.get("b"), some("2"), "get b, which is cached");
                assert_eq!(cache.put("b", "4"), Ok(()), "put b, which is cached");
                assert_eq!(cache.get("c"), some("3"), "get c, which finds room");
                assert_eq!(cache.put("d", "5"), Ok(()), "put d, which finds room");
                cache.dirty()
            });
            assert!(others.is_finished(), "a save of a held up other keys");
            assert_eq!(end(others), 3, "a, b and d are dirty");
            gate.0.open();
            assert!(end(flush).is_ok(), "the flush");
        });
    });
}

#[test]
fn writing_through_a_slow_save_holds_up_no_other_key() {
    check(|| {
        let disk = Disk::new(&[("c", "3")]);
        let cache = disk.cache(Policy::WriteThrough, 9);
        let gate = OpenedAtLast::new();
        disk.on_save("a", [gate.stop()]);
        thread::scope(|scope| {
            let gate = &gate;
            let slow = begin(scope, || cache.put("a", "1"));
            let others = begin(scope, || {
                assert_eq!(cache.put("b", "2"), Ok(()), "put b");
                assert_eq!(cache.get("b"), some("2"), "get b");
                assert_eq!(cache.get("c"), some("3"), "get c");
                assert_eq!(cache.flush(), Ok(0), "nothing is dirty");
            });
            assert!(others.is_finished(), "a save of a held up other keys");
            end(others);
            gate.0.open();
            assert_eq!(end(slow), Ok(()), "put a");
        });
        assert_eq!(cache.get("a"), some("1"), "get a");
    });
}

#[test]
fn a_slow_load_holds_up_no_other_key() {
    check(|| {
        for policy in [Policy::WriteThrough, Policy::WriteBack] {
            let disk = Disk::new(&[("a", "1"), ("c", "3")]);
            let cache = disk.cache(policy, 9);
            let gate = OpenedAtLast::new();
            disk.on_load.now([gate.stop(), Respond::Ok]);
            thread::scope(|scope| {
                let gate = &gate;
                let slow = begin(scope, || cache.get("a"));
                let others = begin(scope, || {
                    assert_eq!(cache.put("b", "2"), Ok(()), "put b");
                    assert_eq!(cache.get("b"), some("2"), "get b");
                    assert_eq!(cache.get("c"), some("3"), "get c");
                    assert!(cache.flush().is_ok(), "flush");
                });
                assert!(others.is_finished(), "a load of a held up other keys");
                end(others);
                gate.0.open();
                assert_eq!(end(slow), some("1"), "get a");
            });
        }
    });
}

/// Study: what a load brings may be older than what was put meanwhile.
#[test]
fn a_load_does_not_replace_what_was_put_meanwhile() {
    check(|| {
        for policy in [Policy::WriteThrough, Policy::WriteBack] {
            let disk = Disk::new(&[("a", "1")]);
            let cache = disk.cache(policy, 2);
            let gate = OpenedAtLast::new();
            disk.on_load.now([gate.stop(), Respond::Ok]);
            thread::scope(|scope| {
                let gate = &gate;
                let get = begin(scope, || cache.get("a"));
                let put = begin(scope, || cache.put("a", "2"));
                gate.0.open();
                assert!(end(get).is_ok(), "get a");
                assert_eq!(end(put), Ok(()), "put a 2");
            });
            assert_eq!(cache.get("a"), some("2"), "{policy:?}: after the put");
            assert!(cache.flush().is_ok(), "flush");
            assert_eq!(disk.row("a").as_deref(), Some("2"), "a in the store");
        }
    });
}

/// Study: that the key is not cached now does not mean that nothing was put since the load began.
#[test]
fn a_load_that_is_late_stays_too_old_when_the_new_entry_was_evicted() {
    check(|| {
        for policy in [Policy::WriteThrough, Policy::WriteBack] {
            let disk = Disk::new(&[("a", "1"), ("b", "3")]);
            let cache = disk.cache(policy, 1);
            let gate = OpenedAtLast::new();
            disk.on_load.now([gate.stop(), Respond::Ok]);
            thread::scope(|scope| {
                let gate = &gate;
                let get = begin(scope, || cache.get("a"));
                let put = begin(scope, || cache.put("a", "2"));
                let other = begin(scope, || cache.get("b"));
                gate.0.open();
                assert!(end(get).is_ok(), "get a");
                assert_eq!(end(put), Ok(()), "put a 2");
                assert_eq!(end(other), some("3"), "get b, which needs room");
            });
            assert_eq!(cache.get("a"), some("2"), "{policy:?}: after the put");
        }
    });
}

#[test]
fn a_put_is_seen_by_every_later_get() {
    explore(|| {
        let disk = Disk::new(&[("a", "1"), ("b", "3")]);
        let cache = disk.cache(Policy::WriteBack, 1);
        thread::scope(|scope| {
            scope.spawn(|| assert!(cache.get("a").is_ok(), "get a"));
            scope.spawn(|| assert_eq!(cache.get("b"), some("3"), "get b"));
            assert_eq!(cache.put("a", "2"), Ok(()), "put a 2");
            assert_eq!(cache.get("a"), some("2"), "a get after the put");
        });
        assert_eq!(cache.get("a"), some("2"), "a get at the end");
    });
}

#[test]
fn writing_through_a_put_is_seen_by_every_later_get() {
    explore(|| {
        let disk = Disk::new(&[("a", "1"), ("b", "3")]);
        let cache = disk.cache(Policy::WriteThrough, 1);
        thread::scope(|scope| {
            scope.spawn(|| assert!(cache.get("a").is_ok(), "get a"));
            scope.spawn(|| assert_eq!(cache.get("b"), some("3"), "get b"));
            assert_eq!(cache.put("a", "2"), Ok(()), "put a 2");
            assert_eq!(cache.get("a"), some("2"), "a get after the put");
        });
        assert_eq!(cache.get("a"), some("2"), "a get at the end");
    });
}

/// Study: two may want to save the same entry, one to evict it and one to flush it.
#[test]
fn eviction_and_flush_of_one_key_save_in_order() {
    explore(|| {
        let disk = Disk::new(&[]);
        let saves = disk.on_save("a", [Respond::Ok]);
        let cache = disk.cache(Policy::WriteBack, 1);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a 1");
        thread::scope(|scope| {
            scope.spawn(|| assert!(cache.flush().is_ok(), "flush"));
            scope.spawn(|| assert_eq!(cache.put("b", "3"), Ok(()), "put b"));
            assert_eq!(cache.put("a", "2"), Ok(()), "put a 2");
        });
        assert!(cache.flush().is_ok(), "a last flush");
        assert_eq!(saves.most_inside(), 1, "saves of one key at the same time");
        assert_eq!(disk.row("a").as_deref(), Some("2"), "a in the store");
        assert_eq!(disk.row("b").as_deref(), Some("3"), "b in the store");
    });
}

#[test]
fn an_entry_can_be_read_while_it_is_saved_to_make_room() {
    check(|| {
        let disk = Disk::new(&[("a", "0")]);
        let cache = disk.cache(Policy::WriteBack, 1);
        let gate = OpenedAtLast::new();
        disk.on_save("a", [gate.stop(), Respond::Ok]);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        thread::scope(|scope| {
            let gate = &gate;
            let put = begin(scope, || cache.put("b", "2"));
            let get = begin(scope, || cache.get("a"));
            gate.0.open();
            assert_eq!(end(get), some("1"), "get a during its last save");
            assert_eq!(end(put), Ok(()), "put b");
        });
        assert_eq!(cache.get("a"), some("1"), "get a");
        assert_eq!(cache.get("b"), some("2"), "get b");
    });
}

#[test]
fn a_put_during_the_save_that_makes_room_is_not_lost() {
    check(|| {
        let disk = Disk::new(&[]);
        let cache = disk.cache(Policy::WriteBack, 1);
        let gate = OpenedAtLast::new();
        disk.on_save("a", [gate.stop(), Respond::Ok]);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a 1");
        thread::scope(|scope| {
            let gate = &gate;
            let other = begin(scope, || cache.put("b", "3"));
            let put = begin(scope, || cache.put("a", "2"));
            gate.0.open();
            assert_eq!(end(other), Ok(()), "put b");
            assert_eq!(end(put), Ok(()), "put a 2");
        });
        assert_eq!(cache.get("a"), some("2"), "get a");
        assert!(cache.flush().is_ok(), "flush");
        assert_eq!(disk.row("a").as_deref(), Some("2"), "a in the store");
        assert_eq!(disk.row("b").as_deref(), Some("3"), "b in the store");
    });
}

/// What came of a put of b whose eviction of a stopped at a gate, and of a flush meanwhile.
struct Meeting {
    put: Result<(), StoreError>,
    /// What the flush says it has saved.
    flushed: Option<usize>,
    saves_of_a: usize,
    /// A flush may also save what was put after its call.
    saves_of_b: usize,
}

/// The save that the put of b makes ends as `last` says.
fn flush_during_an_eviction(last: Respond) -> Meeting {
    let disk = Disk::new(&[]);
    let cache = disk.cache(Policy::WriteBack, 1);
    let gate = OpenedAtLast::new();
    disk.on_save("a", [Respond::Each(vec![gate.stop(), last]), Respond::Ok]);
    assert_eq!(cache.put("a", "1"), Ok(()), "put a");
    let (put, flush) = thread::scope(|scope| {
        let gate = &gate;
        let put = begin(scope, || {
            panic::catch_unwind(AssertUnwindSafe(|| cache.put("b", "2")))
                .unwrap_or(Err(StoreError("panicked".to_owned())))
        });
        let flush = begin(scope, || cache.flush());
        assert!(!flush.is_finished(), "flush left before a was saved");
        gate.0.open();
        (end(put), end(flush))
    });
    let saves = disk.saves();
    let count = |save: &str| saves.iter().filter(|other| *other == save).count();
    Meeting {
        put,
        flushed: flush.ok(),
        saves_of_a: count("a=1"),
        saves_of_b: count("b=2"),
    }
}

#[test]
fn a_flush_waits_for_the_save_of_another_thread() {
    check(|| {
        let met = flush_during_an_eviction(Respond::Ok);
        assert_eq!(met.put, Ok(()), "put b");
        assert_eq!(met.saves_of_a, 1, "saves of a, the first succeeds");
        let own = met.saves_of_b;
        assert_eq!(met.flushed, Some(own), "the save of a was not its own");
    });
}

#[test]
fn a_flush_saves_itself_what_another_thread_could_not() {
    check(|| {
        let met = flush_during_an_eviction(Respond::Fail);
        let read_only = Err(StoreError("read-only".to_owned()));
        assert_eq!(met.put, read_only, "the save for put b failed");
        assert_eq!(met.saves_of_a, 2, "saves of a, the first fails");
        assert_eq!(met.flushed, Some(1), "the flush saves a itself");
    });
}

#[test]
fn nobody_waits_for_a_save_that_panicked() {
    check(|| {
        let met = flush_during_an_eviction(Respond::Panic);
        let panicked = Err(StoreError("panicked".to_owned()));
        assert_eq!(met.put, panicked, "the save for put b panicked");
        assert_eq!(met.saves_of_a, 2, "saves of a, the first panics");
        assert_eq!(met.flushed, Some(1), "the flush saves a itself");
    });
}

#[test]
fn writers_of_many_keys_get_through_a_small_cache() {
    explore(|| {
        let disk = Disk::new(&[]);
        let cache = disk.cache(Policy::WriteBack, 1);
        thread::scope(|scope| {
            for (key, value) in [("a", "1"), ("b", "2")] {
                let cache = &cache;
                scope.spawn(move || {
                    assert_eq!(cache.put(key, value), Ok(()), "put {key}");
                    assert_eq!(cache.get(key), some(value), "get {key}");
                });
            }
            scope.spawn(|| assert!(cache.flush().is_ok(), "flush"));
        });
        assert!(cache.flush().is_ok(), "a last flush");
        for (key, value) in [("a", "1"), ("b", "2")] {
            assert_eq!(disk.row(key).as_deref(), Some(value), "{key} in the store");
        }
    });
}

/// Study: to see that there is room and to take it must be one step.
#[test]
fn two_who_need_room_do_not_take_the_same_place() {
    explore(|| {
        let disk = Disk::new(&[("b", "2")]);
        let cache = disk.cache(Policy::WriteBack, 1);
        thread::scope(|scope| {
            scope.spawn(|| assert_eq!(cache.put("a", "1"), Ok(()), "put a"));
            scope.spawn(|| assert_eq!(cache.get("b"), some("2"), "get b"));
        });
        disk.loads();
        assert_eq!(cache.get("a"), some("1"), "get a");
        assert_eq!(cache.get("b"), some("2"), "get b");
        let loads = disk.loads().len();
        assert!(loads > 0, "a cache for one entry held two");
    });
}
