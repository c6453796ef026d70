//! The flusher.

use judge_kit::{Gate, Recorder, Respond, Script, check, clock, settle};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use write_policy_cache::{FlushError, Policy, PolicyCache, Store, StoreError};

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

const MINUTE: Duration = Duration::from_secs(60);
const A_MOMENT: Duration = Duration::from_nanos(1);

/// A cache that writes back, and its store.
fn desk() -> (Disk, Arc<PolicyCache>) {
    let disk = Disk::new(&[]);
    let cache = Arc::new(disk.cache(Policy::WriteBack, 9));
    (disk, cache)
}

/// Opens its gate at last, also when an assertion fails: threads that wait would hide its message.
struct OpenedAtLast(Gate);

impl Drop for OpenedAtLast {
    fn drop(&mut self) {
        self.0.open();
    }
}

#[test]
fn the_flusher_flushes_once_per_period() {
    check(|| {
        let (disk, cache) = desk();
        let flusher = cache.start_flusher(MINUTE);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        clock::advance(MINUTE - A_MOMENT);
        assert_eq!(disk.saves(), [""; 0], "1 ns before the first period ends");
        clock::advance(A_MOMENT);
        assert_eq!(disk.saves(), ["a=1"], "at the end of the first period");
        assert_eq!(cache.dirty(), 0, "all is saved");
        assert_eq!(cache.put("b", "2"), Ok(()), "put b");
        clock::advance(MINUTE - A_MOMENT);
        assert_eq!(disk.saves(), [""; 0], "1 ns before the second period ends");
        clock::advance(A_MOMENT);
        assert_eq!(disk.saves(), ["b=2"], "at the end of the second period");
        assert_eq!(flusher.stop(), Ok(0), "the last flush finds nothing");
    });
}

#[test]
fn what_failed_is_tried_again_in_the_next_period() {
    check(|| {
        let (disk, cache) = desk();
        disk.on_save("a", [Respond::Fail, Respond::Fail, Respond::Ok]);
        let flusher = cache.start_flusher(MINUTE);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        clock::advance(MINUTE * 2);
        assert_eq!(disk.saves(), ["a=1", "a=1"], "attempts of two periods");
        assert_eq!(cache.dirty(), 1, "both failed");
        clock::advance(MINUTE);
        assert_eq!(disk.saves(), ["a=1"], "the attempt of the third period");
        assert_eq!(cache.dirty(), 0, "it succeeded");
        assert_eq!(flusher.stop(), Ok(0), "the last flush finds nothing");
    });
}

/// Study: a thread that dies of a panic does so silently.
#[test]
fn a_panic_of_the_store_does_not_end_the_flusher() {
    check(|| {
        let (disk, cache) = desk();
        disk.on_save("a", [Respond::Panic, Respond::Ok]);
        let flusher = cache.start_flusher(MINUTE);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        clock::advance(MINUTE);
        assert_eq!(cache.dirty(), 1, "the save of the first period panicked");
        clock::advance(MINUTE);
        assert_eq!(cache.dirty(), 0, "the second period saves");
        assert_eq!(flusher.stop(), Ok(0), "the last flush finds nothing");
    });
}

/// Study: a thread that sleeps cannot be told anything; one that waits with a timeout can.
#[test]
fn to_stop_takes_no_time_and_flushes_a_last_time() {
    check(|| {
        let (disk, cache) = desk();
        let flusher = cache.start_flusher(MINUTE);
        clock::advance(MINUTE / 3);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        assert_eq!(cache.put("b", "2"), Ok(()), "put b");
        disk.on_save("b", [Respond::Fail]);
        let start = clock::now();
        let failed = vec!["b".to_owned()];
        let answer = flusher.stop();
        assert_eq!(answer, Err(FlushError { saved: 1, failed }), "b fails");
        assert_eq!(clock::now(), start, "stop waited");
        assert_eq!(disk.saves(), ["a=1", "b=2"], "saves of the last flush");
        clock::advance(MINUTE * 3);
        assert_eq!(disk.saves(), [""; 0], "it flushes after it was stopped");
    });
}

#[test]
fn a_flusher_that_is_dropped_ends_without_a_last_flush() {
    check(|| {
        let (disk, cache) = desk();
        let flusher = cache.start_flusher(MINUTE);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        let start = clock::now();
        drop(flusher);
        assert_eq!(clock::now(), start, "drop waited");
        clock::advance(MINUTE * 3);
        assert_eq!(disk.saves(), [""; 0], "it flushes after it was dropped");
        assert_eq!(cache.dirty(), 1, "a is still dirty");
    });
}

#[test]
fn the_end_waits_for_a_flush_that_is_under_way() {
    check(|| {
        for stops in [true, false] {
            let (disk, cache) = desk();
            let gate = OpenedAtLast(Gate::new());
            disk.on_save("a", [Respond::Gated(gate.0.clone()), Respond::Ok]);
            let flusher = cache.start_flusher(MINUTE);
            assert_eq!(cache.put("a", "1"), Ok(()), "put a");
            clock::advance(MINUTE);
            assert_eq!(gate.0.arrivals(), 1, "saves under way");
            thread::scope(|scope| {
                let gate = &gate;
                let ending = scope.spawn(move || {
                    if stops {
                        assert_eq!(flusher.stop(), Ok(0), "a was saved before");
                    } else {
                        drop(flusher);
                    }
                });
                settle();
                assert!(!ending.is_finished(), "a flush was left under way");
                gate.0.open();
                ending.join().expect("the flusher panicked at its end");
            });
            assert_eq!(disk.saves(), ["a=1"], "saves until the end");
            clock::advance(MINUTE * 3);
            assert_eq!(disk.saves(), [""; 0], "saves after the end");
        }
    });
}

#[test]
fn a_period_without_end_never_flushes() {
    check(|| {
        let (disk, cache) = desk();
        let flusher = cache.start_flusher(Duration::MAX);
        assert_eq!(cache.put("a", "1"), Ok(()), "put a");
        clock::advance(MINUTE * 60 * 24 * 365);
        assert_eq!(disk.saves(), [""; 0], "a year later");
        assert_eq!(flusher.stop(), Ok(1), "the last flush");
    });
}
