//! Poisoning, by the task that panicked and nobody else.

use crate::support::{innocent, once};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, RwLock};
use std::thread;

#[test]
fn a_lock_taken_while_unwinding_stays_sound() {
    struct Counts<'a>(&'a Mutex<u8>);
    impl Drop for Counts<'_> {
        fn drop(&mut self) {
            assert!(thread::panicking());
            *self.0.lock().unwrap() += 1;
        }
    }
    once(|| {
        let dropped = Mutex::new(0);
        let result = catch_unwind(AssertUnwindSafe(|| {
            let _counts = Counts(&dropped);
            panic!("on purpose");
        }));
        assert!(result.is_err() && !thread::panicking());
        assert!(!dropped.is_poisoned());
        assert_eq!(*dropped.lock().unwrap(), 1);
    });
}

#[test]
fn a_thread_that_runs_while_another_unwinds_is_not_panicking() {
    innocent(|| {
        let (poisoned, sound) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
        let (theirs, shared) = (poisoned.clone(), sound.clone());
        let unlucky = thread::spawn(move || {
            let _first = shared.lock();
            drop(_first);
            let _guard = theirs.lock().unwrap();
            panic!("on purpose");
        });
        for _ in 0..2 {
            let mut guard = sound.lock().unwrap();
            assert!(!thread::panicking());
            *guard += 1;
        }
        assert!(unlucky.join().is_err());
        assert!(poisoned.is_poisoned() && poisoned.lock().is_err() && !sound.is_poisoned());
        assert_eq!(Arc::into_inner(sound).unwrap().into_inner().unwrap(), 2);
        assert!(Arc::into_inner(poisoned).unwrap().into_inner().is_err());
    });
}

#[test]
fn a_wait_returns_the_poison() {
    once(|| {
        let state = Arc::new((Mutex::new(false), Condvar::new()));
        let shared = state.clone();
        let unlucky = thread::spawn(move || {
            let mut ready = shared.0.lock().unwrap();
            *ready = true;
            shared.1.notify_all();
            panic!("on purpose");
        });
        let result = state.1.wait_while(state.0.lock().unwrap(), |ready| !*ready);
        assert!(*result.expect_err("the notifier panicked").into_inner());
        unlucky.join().unwrap_err();
    });
}

#[test]
fn readers_poison_nothing_and_writers_do() {
    once(|| {
        let lock = Arc::new(RwLock::new(1));
        let shared = lock.clone();
        let reader = thread::spawn(move || {
            let guard = shared.read().unwrap();
            panic!("on purpose {guard}");
        });
        assert!(reader.join().is_err() && lock.read().is_ok());
        let shared = lock.clone();
        let writer = thread::spawn(move || {
            let guard = shared.write().unwrap();
            panic!("on purpose {guard}");
        });
        assert!(writer.join().is_err() && lock.is_poisoned());
        assert_eq!(*lock.read().unwrap_or_else(|error| error.into_inner()), 1);
        lock.clear_poison();
        assert!(lock.write().is_ok());
    });
}
