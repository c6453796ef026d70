//! Failures and panics of the store, small capacities, and what is left behind.

use judge_kit::{Recorder, Respond, Script, allocated_bytes, check};
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use write_policy_cache::{ConfigError, FlushError, Policy, PolicyCache, Store, StoreError};

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

fn read_only() -> StoreError {
    StoreError("read-only".to_owned())
}

fn caught<R>(act: impl FnOnce() -> R) -> std::thread::Result<R> {
    panic::catch_unwind(AssertUnwindSafe(act))
}

#[test]
fn a_cache_without_room_is_refused() {
    check(|| {
        for policy in [Policy::WriteThrough, Policy::WriteBack] {
            let refused = PolicyCache::new(Arc::new(Disk::new(&[])), policy, 0).err();
            assert_eq!(refused, Some(ConfigError::ZeroCapacity), "a capacity of 0");
        }
    });
}

/// Study: the cache may only say what the store has agreed to.
#[test]
fn writing_through_a_failed_save_leaves_the_cache_as_it_was() {
    check(|| {
        let disk = Disk::new(&[("a", "1")]);
        let cache = disk.cache(Policy::WriteThrough, 5);
        assert_eq!(cache.get("a"), some("1"), "get a");
        disk.on_save("a", [Respond::Fail]);
        disk.on_save("b", [Respond::Fail]);
        assert_eq!(cache.put("a", "2"), Err(read_only()), "put a");
        assert_eq!(cache.put("b", "3"), Err(read_only()), "put b");
        assert_eq!(cache.get("a"), some("1"), "a was cached before");
        assert_eq!(disk.loads(), ["a"], "and still is");
        assert_eq!(cache.get("b"), Ok(None), "b was not cached before");
        assert_eq!(disk.loads(), ["b"], "and still is not");
        assert_eq!(cache.dirty(), 0, "writing through leaves nothing dirty");
        disk.on_save("a", [Respond::Ok]);
        assert_eq!(cache.put("a", "4"), Ok(()), "put a when the store is well");
        assert_eq!(cache.get("a"), some("4"), "what was put");
    });
}

#[test]
fn writing_through_a_failed_save_pushes_nobody_out() {
    check(|| {
        let disk = Disk::new(&[("a", "1")]);
        let cache = disk.cache(Policy::WriteThrough, 1);
        assert_eq!(cache.get("a"), some("1"), "get a");
        disk.on_save("b", [Respond::Fail]);
        assert_eq!(cache.put("b", "2"), Err(read_only()), "put b");
        assert_eq!(cache.get("a"), some("1"), "a is still there");
        assert_eq!(disk.loads(), ["a"], "loads of both gets");
    });
}

#[test]
fn a_put_that_finds_no_room_changes_nothing() {
    check(|| {
        let disk = Disk::new(&[]);
        let cache = disk.cache(Policy::WriteBack, 1);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        disk.on_save("a", [Respond::Fail, Respond::Ok]);
        assert_eq!(cache.put("b", "2"), Err(read_only()), "a cannot be saved");
        assert_eq!(cache.dirty(), 1, "a is still dirty");
        assert_eq!(cache.get("a"), some("1"), "a is still there");
        assert_eq!(disk.loads(), [""; 0], "a is still cached");
        assert_eq!(cache.put("b", "3"), Ok(()), "now a can be saved");
        assert_eq!(disk.saves(), ["a=1", "a=1"], "two attempts");
        assert_eq!(cache.dirty(), 1, "b is dirty");
        assert_eq!(cache.flush(), Ok(1), "b is saved");
        assert_eq!(disk.row("b").as_deref(), Some("3"), "b in the store");
    });
}

#[test]
fn a_get_that_finds_no_room_still_gives_the_value() {
    check(|| {
        let disk = Disk::new(&[("b", "2")]);
        let cache = disk.cache(Policy::WriteBack, 1);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        disk.on_save("a", [Respond::Fail, Respond::Fail, Respond::Ok]);
        assert_eq!(cache.get("b"), some("2"), "a cannot be saved, b was loaded");
        assert_eq!(cache.get("b"), some("2"), "b is not cached");
        assert_eq!(disk.loads(), ["b", "b"], "b is loaded each time");
        assert_eq!(cache.dirty(), 1, "a is still dirty");
        assert_eq!(cache.get("a"), some("1"), "a is still cached");
        assert_eq!(cache.get("b"), some("2"), "now a can be saved");
        assert_eq!(cache.get("b"), some("2"), "b is cached");
        assert_eq!(disk.loads(), ["b"], "loads since a could be saved");
        assert_eq!(cache.dirty(), 0, "a was saved");
    });
}

/// Study: one bad key must not keep the others from being saved.
#[test]
fn a_flush_tries_all_keys_and_lists_the_failed_ones() {
    check(|| {
        let disk = Disk::new(&[]);
        let cache = disk.cache(Policy::WriteBack, 9);
        for key in ["d", "b", "e", "a", "c"] {
            assert_eq!(cache.put(key, "1"), Ok(()), "put {key}");
        }
        disk.on_save("d", [Respond::Fail, Respond::Ok]);
        disk.on_save("a", [Respond::Fail, Respond::Ok]);
        let failed = vec!["a".to_owned(), "d".to_owned()];
        let answer = cache.flush();
        assert_eq!(answer, Err(FlushError { saved: 3, failed }), "a and d fail");
        assert_eq!(disk.saves().len(), 5, "all five are tried, once");
        assert_eq!(cache.dirty(), 2, "a and d are still dirty");
        assert_eq!(cache.flush(), Ok(2), "the next flush saves them");
        assert_eq!(disk.saves(), ["a=1", "d=1"], "and only them");
    });
}

#[test]
fn a_load_that_fails_is_reported_and_not_cached() {
    check(|| {
        let disk = Disk::new(&[("a", "1")]);
        let cache = disk.cache(Policy::WriteBack, 5);
        let offline = Err(StoreError("offline".to_owned()));
        disk.on_load.now([Respond::Fail, Respond::Ok]);
        assert_eq!(cache.get("a"), offline, "the store's own words");
        assert_eq!(cache.get("a"), some("1"), "the next get loads again");
        assert_eq!(disk.loads(), ["a", "a"], "loads of two gets");
    });
}

#[test]
fn what_the_store_does_not_have_is_not_cached() {
    check(|| {
        let disk = Disk::new(&[]);
        let cache = disk.cache(Policy::WriteBack, 1);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        assert_eq!(cache.get("b"), Ok(None), "the store has no b");
        assert_eq!(cache.get("b"), Ok(None), "and is asked each time");
        assert_eq!(disk.loads(), ["b", "b"], "loads of two gets");
        assert_eq!(disk.saves(), [""; 0], "nobody has to make room for nothing");
        assert_eq!(cache.get("a"), some("1"), "a is still there");
        assert_eq!(disk.loads(), [""; 0], "and cached");
    });
}

#[test]
fn a_cache_for_one_entry_works() {
    check(|| {
        let disk = Disk::new(&[]);
        let cache = disk.cache(Policy::WriteBack, 1);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        assert_eq!(cache.put("a", "2"), Ok(()), "put a again");
        assert_eq!(disk.saves(), [""; 0], "an entry makes no room for itself");
        assert_eq!(cache.put("b", "3"), Ok(()), "put b");
        assert_eq!(disk.saves(), ["a=2"], "a had to go");
        assert_eq!(cache.get("a"), some("2"), "get a, which pushes out b");
        assert_eq!(disk.saves(), ["b=3"], "b had to go");
        assert_eq!((cache.dirty(), cache.flush()), (0, Ok(0)), "all is saved");
    });
}

#[test]
fn a_flush_of_nothing_saves_nothing() {
    check(|| {
        let disk = Disk::new(&[("a", "1")]);
        let cache = disk.cache(Policy::WriteBack, 3);
        assert_eq!(cache.flush(), Ok(0), "an empty cache");
        assert_eq!(cache.get("a"), some("1"), "get a");
        assert_eq!(cache.flush(), Ok(0), "a clean cache");
        assert_eq!(cache.put("a", "2"), Ok(()), "put a");
        assert_eq!(cache.flush(), Ok(1), "a dirty entry");
        assert_eq!(cache.flush(), Ok(0), "and no more");
        assert_eq!(disk.saves(), ["a=2"], "saves of all flushes");
    });
}

#[test]
fn an_equal_value_is_written_like_any_other() {
    check(|| {
        let disk = Disk::new(&[("a", "1")]);
        let cache = disk.cache(Policy::WriteBack, 3);
        assert_eq!(cache.get("a"), some("1"), "get a");
        assert_eq!(cache.put("a", "1"), Ok(()), "put the same value");
        assert_eq!(cache.dirty(), 1, "a is dirty");
        assert_eq!(cache.flush(), Ok(1), "and saved");
        let through = disk.cache(Policy::WriteThrough, 3);
        disk.saves();
        assert_eq!(through.put("a", "1"), Ok(()), "put the same value");
        assert_eq!(through.put("a", "1"), Ok(()), "put the same value");
        assert_eq!(disk.saves(), ["a=1", "a=1"], "saves, writing through");
    });
}

/// Study: what must happen after a save belongs into a destructor, so that it happens after a panic as well.
#[test]
fn a_flush_that_panics_leaves_the_entry_dirty() {
    check(|| {
        let disk = Disk::new(&[("b", "2")]);
        let cache = disk.cache(Policy::WriteBack, 1);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        disk.on_save("a", [Respond::Panic, Respond::Panic, Respond::Ok]);
        assert!(caught(|| cache.flush()).is_err(), "flush swallowed a panic");
        assert_eq!(cache.dirty(), 1, "a is still dirty");
        assert!(
            caught(|| cache.put("b", "3")).is_err(),
            "put swallowed a panic"
        );
        assert_eq!(cache.dirty(), 1, "a is still dirty");
        assert_eq!(cache.get("a"), some("1"), "a is still cached");
        assert_eq!(cache.flush(), Ok(1), "the next flush saves it");
        assert_eq!(disk.row("a").as_deref(), Some("1"), "a in the store");
        assert_eq!(cache.get("b"), some("2"), "another key");
    });
}

#[test]
fn a_put_that_panics_leaves_the_cache_usable() {
    check(|| {
        let disk = Disk::new(&[("a", "1")]);
        let cache = disk.cache(Policy::WriteThrough, 3);
        assert_eq!(cache.get("a"), some("1"), "get a");
        disk.on_save("a", [Respond::Panic, Respond::Ok]);
        assert!(
            caught(|| cache.put("a", "2")).is_err(),
            "put swallowed a panic"
        );
        assert_eq!(cache.get("a"), some("1"), "nothing was saved");
        assert_eq!(cache.put("b", "3"), Ok(()), "another key");
        assert_eq!(cache.put("a", "4"), Ok(()), "the same key");
        assert_eq!(cache.get("a"), some("4"), "what was put");
    });
}

#[test]
fn a_load_that_panics_leaves_the_cache_usable() {
    check(|| {
        let disk = Disk::new(&[("a", "1"), ("b", "2")]);
        let cache = disk.cache(Policy::WriteBack, 3);
        disk.on_load.now([Respond::Panic, Respond::Ok]);
        assert!(caught(|| cache.get("a")).is_err(), "get swallowed a panic");
        assert_eq!(cache.get("b"), some("2"), "another key");
        assert_eq!(cache.get("a"), some("1"), "the same key");
        assert_eq!(cache.put("a", "3"), Ok(()), "put a");
        assert_eq!(cache.flush(), Ok(1), "a is saved");
    });
}

#[test]
fn a_flush_is_no_use_of_an_entry() {
    check(|| {
        let disk = Disk::new(&[("b", "2"), ("c", "3")]);
        let cache = disk.cache(Policy::WriteBack, 2);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        assert_eq!(cache.get("b"), some("2"), "get b");
        assert_eq!(cache.flush(), Ok(1), "a is saved");
        assert_eq!(cache.get("c"), some("3"), "get c, which needs room");
        disk.loads();
        assert_eq!(cache.get("b"), some("2"), "get b");
        assert_eq!(disk.loads(), [""; 0], "b was used after a");
    });
}

/// A store that asks the cache in front of it before it answers.
struct Curious {
    disk: Disk,
    cache: OnceLock<Weak<PolicyCache>>,
    heard: Recorder<(usize, Result<Option<String>, StoreError>)>,
}

impl Curious {
    fn ask(&self) {
        if let Some(cache) = self.cache.get().and_then(Weak::upgrade) {
            self.heard.record((cache.dirty(), cache.get("known")));
        }
    }
}

impl Store for Curious {
    fn load(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.ask();
        self.disk.load(key)
    }

    fn save(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.ask();
        self.disk.save(key, value)
    }
}

/// Study: no lock may be held while foreign code runs.
#[test]
fn the_store_may_ask_the_cache() {
    check(|| {
        for policy in [Policy::WriteThrough, Policy::WriteBack] {
            let store = Arc::new(Curious {
                disk: Disk::new(&[("known", "1"), ("a", "2")]),
                cache: OnceLock::new(),
                heard: Recorder::new(),
            });
            let Ok(cache) = PolicyCache::new(store.clone(), policy, 9) else {
                panic!("a capacity of 9 was refused");
            };
            let cache = Arc::new(cache);
            assert_eq!(cache.get("known"), some("1"), "get known");
            assert!(store.cache.set(Arc::downgrade(&cache)).is_ok());
            assert_eq!(cache.get("a"), some("2"), "get a");
            assert_eq!(cache.put("b", "3"), Ok(()), "put b");
            assert!(cache.flush().is_ok(), "flush");
            let dirty = usize::from(policy == Policy::WriteBack);
            let heard = store.heard.seen();
            assert_eq!(
                heard,
                [(0, some("1")), (dirty, some("1"))],
                "what the store heard during a load and a save with {policy:?}"
            );
        }
    });
}

/// Study: locks and versions that belong to a key must go with it.
#[test]
fn a_key_that_has_left_leaves_nothing_behind() {
    check(|| {
        for policy in [Policy::WriteThrough, Policy::WriteBack] {
            let cache = PolicyCache::new(Arc::new(Void), policy, 4);
            let Ok(cache) = cache else {
                panic!("a capacity of 4 was refused");
            };
            let act = |round: u32| {
                let key = format!("a key that is rather long, number {round}");
                if round % 3 == 0 {
                    assert!(cache.get(&key).is_ok(), "get");
                } else if round % 3 == 1 {
                    assert_eq!(cache.put(&key, "1"), Ok(()), "put");
                } else {
                    assert!(cache.get(&format!("{key}?")).is_ok(), "get");
                    assert!(cache.flush().is_ok(), "flush");
                }
            };
            (0..30).for_each(act);
            let before = allocated_bytes();
            (30..2_030).for_each(act);
            let grown = allocated_bytes().saturating_sub(before);
            assert!(
                grown < 20_000,
                "2,000 keys came and went through a cache for 4, and {grown} bytes are still in use"
            );
        }
    });
}

/// Has a value for every other key and keeps nothing.
struct Void;

impl Store for Void {
    fn load(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok((!key.ends_with('?')).then(String::new))
    }

    fn save(&self, _key: &str, _value: &str) -> Result<(), StoreError> {
        Ok(())
    }
}
