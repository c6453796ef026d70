//! The two policies, read-through, coalescing and eviction.

use judge_kit::{Recorder, Respond, Script, assert_send_sync, check};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
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

#[test]
fn a_value_is_loaded_once_and_then_found() {
    check(|| {
        assert_send_sync::<PolicyCache>();
        for policy in [Policy::WriteThrough, Policy::WriteBack] {
            let disk = Disk::new(&[("a", "1"), ("b", "2")]);
            let cache = disk.cache(policy, 5);
            for turn in 1..=3 {
                assert_eq!(cache.get("a"), some("1"), "get a, call {turn}");
                assert_eq!(cache.get("b"), some("2"), "get b, call {turn}");
            }
            assert_eq!(disk.loads(), ["a", "b"], "loads for three gets of each");
            assert_eq!(cache.dirty(), 0, "what was loaded is not dirty");
            assert_eq!(disk.saves(), [""; 0], "what was loaded is not saved");
        }
    });
}

#[test]
fn writing_through_saves_before_put_returns() {
    check(|| {
        let disk = Disk::new(&[]);
        let cache = disk.cache(Policy::WriteThrough, 5);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        assert_eq!(disk.saves(), ["a=1"], "saves when put has returned");
        assert_eq!(cache.put("a", "2"), Ok(()), "put a again");
        assert_eq!(disk.saves(), ["a=2"], "saves of the second put");
        assert_eq!(cache.dirty(), 0, "writing through leaves nothing dirty");
        assert_eq!(cache.get("a"), some("2"), "what was put");
        assert_eq!(disk.loads(), [""; 0], "what was put is cached");
        assert_eq!(cache.flush(), Ok(0), "there is nothing to flush");
    });
}

#[test]
fn writing_back_saves_when_it_is_flushed() {
    check(|| {
        let disk = Disk::new(&[]);
        let cache = disk.cache(Policy::WriteBack, 5);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        assert_eq!(cache.put("b", "2"), Ok(()), "put b");
        assert_eq!(cache.get("a"), some("1"), "what was put");
        assert_eq!(disk.saves(), [""; 0], "saves before the flush");
        assert_eq!(disk.loads(), [""; 0], "what was put is cached");
        assert_eq!(cache.dirty(), 2, "two entries are dirty");
        assert_eq!(cache.flush(), Ok(2), "the flush saves both");
        assert_eq!(disk.saves(), ["a=1", "b=2"], "the saves of the flush");
        assert_eq!(cache.dirty(), 0, "nothing is dirty after it");
        assert_eq!(cache.get("b"), some("2"), "a flushed entry is still cached");
        assert_eq!(disk.loads(), [""; 0], "a flushed entry is still cached");
    });
}

#[test]
fn several_puts_before_a_flush_cost_one_save() {
    check(|| {
        let disk = Disk::new(&[("a", "0")]);
        let cache = disk.cache(Policy::WriteBack, 5);
        assert_eq!(cache.get("a"), some("0"), "the value of the store");
        for value in ["1", "2", "3"] {
            assert_eq!(cache.put("a", value), Ok(()), "put a {value}");
        }
        assert_eq!(cache.dirty(), 1, "one entry is dirty");
        assert_eq!(cache.flush(), Ok(1), "one entry is saved");
        assert_eq!(disk.saves(), ["a=3"], "only the newest value is saved");
        assert_eq!(cache.put("a", "4"), Ok(()), "put a 4");
        assert_eq!(cache.dirty(), 1, "it is dirty again");
        assert_eq!(cache.flush(), Ok(1), "and saved again");
        assert_eq!(disk.saves(), ["a=4"], "the save of the second flush");
    });
}

#[test]
fn a_flush_goes_in_ascending_order_of_keys() {
    check(|| {
        let disk = Disk::new(&[]);
        let cache = disk.cache(Policy::WriteBack, 9);
        for key in ["m", "c", "x", "a", "k"] {
            assert_eq!(cache.put(key, "1"), Ok(()), "put {key}");
        }
        assert_eq!(cache.flush(), Ok(5), "five entries are saved");
        let order = ["a=1", "c=1", "k=1", "m=1", "x=1"];
        assert_eq!(disk.saves(), order, "the order of the saves");
    });
}

/// Study: put is a use as much as get; the entry used longest ago goes first.
#[test]
fn the_least_recently_used_entry_goes() {
    check(|| {
        for policy in [Policy::WriteThrough, Policy::WriteBack] {
            let disk = Disk::new(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]);
            let cache = disk.cache(policy, 3);
            for key in ["a", "b", "c"] {
                assert!(cache.get(key).is_ok(), "get {key}");
            }
            assert_eq!(cache.put("a", "5"), Ok(()), "put a");
            assert_eq!(cache.get("b"), some("2"), "get b");
            disk.loads();
            assert_eq!(cache.get("d"), some("4"), "get d, which needs room");
            for (key, value) in [("a", "5"), ("b", "2"), ("d", "4")] {
                assert_eq!(cache.get(key), some(value), "get {key}");
            }
            assert_eq!(disk.loads(), ["d"], "c had to go, and only c");
            assert_eq!(cache.put("c", "6"), Ok(()), "put c, which needs room");
            for (key, value) in [("b", "2"), ("d", "4"), ("c", "6")] {
                assert_eq!(cache.get(key), some(value), "get {key}");
            }
            assert_eq!(disk.loads(), [""; 0], "a had to go, and only a");
        }
    });
}

#[test]
fn a_clean_entry_goes_without_a_save() {
    check(|| {
        let disk = Disk::new(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let cache = disk.cache(Policy::WriteBack, 1);
        assert_eq!(cache.get("a"), some("1"), "get a");
        assert_eq!(cache.get("b"), some("2"), "get b, which pushes out a");
        assert_eq!(cache.put("c", "4"), Ok(()), "put c, which pushes out b");
        assert_eq!(disk.saves(), [""; 0], "clean entries need no save");
        assert_eq!(cache.flush(), Ok(1), "only c is dirty");
        disk.saves();
        assert_eq!(cache.get("a"), some("1"), "get a, which pushes out c");
        assert_eq!(disk.saves(), [""; 0], "c was clean after the flush");
    });
}

#[test]
fn a_dirty_entry_is_saved_once_before_it_goes() {
    check(|| {
        let disk = Disk::new(&[("c", "3")]);
        let cache = disk.cache(Policy::WriteBack, 2);
        for (key, value) in [("a", "1"), ("a", "2"), ("b", "5")] {
            assert_eq!(cache.put(key, value), Ok(()), "put {key} {value}");
        }
        assert_eq!(cache.get("c"), some("3"), "get c, which pushes out a");
        assert_eq!(disk.saves(), ["a=2"], "the save of the entry that went");
        assert_eq!(cache.dirty(), 1, "b is dirty");
        assert_eq!(cache.put("d", "6"), Ok(()), "put d, which pushes out b");
        assert_eq!(disk.saves(), ["b=5"], "the save of the entry that went");
        assert_eq!(cache.dirty(), 1, "d is dirty");
        assert_eq!(cache.flush(), Ok(1), "only d is still to be saved");
        assert_eq!(cache.get("a"), some("2"), "a comes from the store again");
    });
}
