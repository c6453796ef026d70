//! Sample tests: the same rules as in the hidden suites, with other numbers.

use deadlock_aware_locks::{LockError, LockManager, UnlockError};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

#[test]
fn a_lock_has_one_holder() {
    let locks = LockManager::new();
    assert_eq!(locks.holder("a"), None);
    assert_eq!(locks.lock(7, "a"), Ok(()));
    assert_eq!(locks.holder("a"), Some(7));
    let refused = locks.lock_timeout(8, "a", Duration::ZERO);
    assert_eq!(refused, Err(LockError::TimedOut));
    assert_eq!(locks.unlock(8, "a"), Err(UnlockError::NotHeld));
    assert_eq!(locks.unlock(7, "a"), Ok(()));
    assert_eq!(locks.holder("a"), None);
}

#[test]
fn waiters_are_served_in_their_order() {
    let locks = Arc::new(LockManager::new());
    locks.lock(1, "a").expect("it is free");
    let waiters: Vec<_> = [5, 3, 4]
        .into_iter()
        .map(|tx| {
            let waiter = thread::spawn({
                let locks = Arc::clone(&locks);
                move || locks.lock(tx, "a")
            });
            while !locks.waiters("a").contains(&tx) {
                thread::sleep(Duration::from_millis(1));
            }
            waiter
        })
        .collect();
    assert_eq!(locks.waiters("a"), [5, 3, 4]);
    for tx in [1, 5, 3, 4] {
        assert_eq!(locks.holder("a"), Some(tx));
        assert_eq!(locks.unlock(tx, "a"), Ok(()));
    }
    for waiter in waiters {
        assert_eq!(waiter.join().expect("lock panicked"), Ok(()));
    }
}

#[test]
fn the_second_of_two_that_cross_is_told() {
    let locks = Arc::new(LockManager::new());
    locks.lock(10, "a").expect("it is free");
    locks.lock(20, "b").expect("it is free");
    let waiter = thread::spawn({
        let locks = Arc::clone(&locks);
        move || locks.lock(10, "b")
    });
    while locks.waiters("b").is_empty() {
        thread::sleep(Duration::from_millis(1));
    }
    let cycle = vec![20, 10];
    assert_eq!(locks.lock(20, "a"), Err(LockError::Deadlock { cycle }));
    assert_eq!(locks.release_all(20), 1);
    assert_eq!(waiter.join().expect("lock panicked"), Ok(()));
}
