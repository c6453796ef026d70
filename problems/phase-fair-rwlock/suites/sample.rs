//! Sample tests: the same rules as in the hidden suites, with other numbers.

use phase_fair_rwlock::PhaseFairLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

#[test]
fn readers_and_writers_exclude_each_other() {
    let (lock, left, right) = (PhaseFairLock::new(), AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let _guard = lock.write();
                left.fetch_add(1, Ordering::SeqCst);
                right.fetch_add(1, Ordering::SeqCst);
            });
            scope.spawn(|| {
                let _guard = lock.read();
                let seen = left.load(Ordering::SeqCst);
                assert_eq!(seen, right.load(Ordering::SeqCst));
            });
        }
    });
    assert_eq!(left.load(Ordering::SeqCst), 2);
}

#[test]
fn tries_say_what_is_possible() {
    let lock = PhaseFairLock::new();
    thread::scope(|scope| {
        let reader = lock.read();
        scope.spawn(|| {
            assert!(lock.try_write().is_none());
            assert!(lock.try_read().is_some());
        });
        thread::sleep(Duration::from_millis(10));
        drop(reader);
    });
    assert!(lock.try_write().is_some());
}

#[test]
fn a_writer_gives_up_and_leaves_no_trace() {
    let lock = PhaseFairLock::new();
    thread::scope(|scope| {
        let reader = lock.read();
        let timed = scope.spawn(|| lock.write_timeout(Duration::from_millis(5)).is_some());
        assert!(!timed.join().expect("write_timeout panicked"));
        assert_eq!(lock.state().readers, 1);
        assert_eq!(lock.state().waiting_writers, 0);
        drop(reader);
    });
    assert!(!lock.state().writer);
}
