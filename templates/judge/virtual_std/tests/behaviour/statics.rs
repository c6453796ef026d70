//! Statics start fresh in each execution.

use crate::support::{innocent, once, once_guilty};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering::SeqCst};
use std::sync::{Condvar, LazyLock, Mutex, Once, OnceLock, RwLock};
use std::thread;

/// What a candidate's global registry may look like.
struct Registry {
    names: Mutex<Vec<String>>,
    count: AtomicU64,
    changed: Condvar,
}

#[test]
fn values_of_earlier_executions_are_gone() {
    static NUMBERS: Mutex<Vec<u64>> = Mutex::new(Vec::new());
    static MAP: RwLock<Option<HashMap<u64, String>>> = RwLock::new(None);
    static COUNT: AtomicU64 = AtomicU64::new(3);
    static FLAG: AtomicBool = AtomicBool::new(true);
    static POINTER: AtomicPtr<u8> = AtomicPtr::new(std::ptr::null_mut());
    static CELL: OnceLock<String> = OnceLock::new();
    static LAZY: LazyLock<Mutex<Vec<u8>>> = LazyLock::new(|| Mutex::new(vec![1]));
    static START: Once = Once::new();
    static SHARDS: [Mutex<Vec<u8>>; 2] = [const { Mutex::new(Vec::new()) }; 2];
    static REGISTRY: Registry = Registry {
        names: Mutex::new(Vec::new()),
        count: AtomicU64::new(0),
        changed: Condvar::new(),
    };

    for number in 0..5_u8 {
        once(move || {
            assert!(NUMBERS.lock().unwrap().is_empty());
            NUMBERS.lock().unwrap().push(u64::from(number));
            assert!(
                MAP.write()
                    .unwrap()
                    .replace(HashMap::from([(1, "one".to_owned())]))
                    .is_none()
            );
            assert_eq!(COUNT.fetch_add(1, SeqCst), 3);
            assert!(FLAG.swap(false, SeqCst));
            assert!(POINTER.swap(std::ptr::dangling_mut(), SeqCst).is_null());
            assert_eq!(CELL.get(), None);
            assert_eq!(CELL.get_or_init(|| number.to_string()), &number.to_string());
            LAZY.lock().unwrap().push(number);
            assert_eq!(*LAZY.lock().unwrap(), [1, number]);
            assert!(!START.is_completed());
            START.call_once(|| {});
            assert!(SHARDS.iter().all(|shard| shard.lock().unwrap().is_empty()));
            SHARDS[1].lock().unwrap().push(number);
            assert_eq!(REGISTRY.count.fetch_add(1, SeqCst), 0);
            REGISTRY.names.lock().unwrap().push("a".to_owned());
            REGISTRY.changed.notify_all();
            assert_eq!(REGISTRY.names.lock().unwrap().len(), 1);
        });
    }
    assert_eq!(
        COUNT.load(SeqCst),
        4,
        "afterwards the last execution's value can be looked at"
    );
}

#[test]
fn a_static_that_was_left_locked_is_free_again() {
    static LOCK: Mutex<u8> = Mutex::new(1);
    static READ: RwLock<u8> = RwLock::new(1);
    static GATE: Once = Once::new();
    once_guilty(engine::FailureKind::Deadlock, || {
        let _first = (LOCK.lock(), READ.read());
        GATE.call_once(|| drop(LOCK.lock()));
    });
    once(|| {
        *LOCK.lock().unwrap() += 1;
        *READ.write().unwrap() += 1;
        GATE.call_once(|| {});
        assert_eq!(*LOCK.lock().unwrap() + *READ.read().unwrap(), 4);
    });
}

#[test]
fn atomics_inside_of_a_static_lock_follow_the_lock() {
    static INNER: Mutex<Option<AtomicU64>> = Mutex::new(None);
    static CELL: OnceLock<AtomicU64> = OnceLock::new();
    for number in 0..5 {
        once(move || {
            let mut inner = INNER.lock().unwrap();
            assert!(inner.is_none());
            let atomic = inner.insert(AtomicU64::new(number));
            assert_eq!(atomic.fetch_add(1, SeqCst), number);
            assert_eq!(
                CELL.get_or_init(|| AtomicU64::new(number))
                    .fetch_add(1, SeqCst),
                number
            );
        });
    }
}

#[test]
fn what_was_made_before_the_search_is_shared_by_its_executions() {
    let runs = AtomicU64::new(0);
    let locked = Mutex::new(0);
    innocent(|| {
        runs.fetch_add(1, SeqCst);
        *locked.lock().unwrap() += 1;
        thread::scope(|scope| scope.spawn(|| drop(locked.lock())).join().unwrap());
    });
    assert!(runs.load(SeqCst) > 1);
    assert_eq!(*locked.lock().unwrap(), runs.into_inner());
}

#[test]
fn thread_locals_start_fresh_in_every_thread_and_execution() {
    thread_local!(static NUMBER: Cell<u8> = const { Cell::new(1) });
    for _ in 0..3 {
        once(|| {
            assert_eq!(NUMBER.replace(2), 1);
            assert_eq!(thread::spawn(|| NUMBER.replace(3)).join().unwrap(), 1);
            assert_eq!(NUMBER.get(), 2);
        });
    }
}
