//! Wait-die: the older waits for the younger, the younger dies.

use deadlock_aware_locks::{LockManager, TxId, WaitDieError};
use judge_kit::{Explore, check, settle};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// Why a lock was refused, in the words of this suite.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Refusal {
    /// The older holder.
    Die(TxId),
    AlreadyHeld,
}

use Refusal::{AlreadyHeld, Die};

type Answer = Result<(), Refusal>;

fn ask(locks: &LockManager, tx: TxId, resource: &str) -> Answer {
    locks
        .lock_wait_die(tx, resource)
        .map_err(|error| match error {
            WaitDieError::Die { holder } => Die(holder),
            WaitDieError::AlreadyHeld => AlreadyHeld,
        })
}

/// A request on a thread of its own. Returns when the thread waits, or is done.
fn start(locks: &Arc<LockManager>, tx: TxId, resource: &'static str) -> JoinHandle<Answer> {
    let locks = Arc::clone(locks);
    let waiter = thread::spawn(move || ask(&locks, tx, resource));
    settle();
    waiter
}

/// Asserts that a request still waits.
fn waits(waiter: &JoinHandle<Answer>, whose: &str) {
    settle();
    assert!(!waiter.is_finished(), "{whose} did not wait");
}

/// What a request answered that has to be answered by now.
fn answer(waiter: JoinHandle<Answer>, whose: &str) -> Answer {
    settle();
    assert!(waiter.is_finished(), "{whose} still waits");
    waiter.join().expect("lock_wait_die panicked")
}

/// Asks for what is free.
fn lock(locks: &Arc<LockManager>, tx: TxId, resource: &'static str) {
    let told = answer(start(locks, tx, resource), "who asked for a free resource");
    assert_eq!(told, Ok(()), "{tx} asks for {resource:?}, which is free");
}

fn unlock(locks: &LockManager, tx: TxId, resource: &str) {
    let unlocked = locks.unlock(tx, resource).is_ok();
    assert!(
        unlocked,
        "{tx} could not unlock {resource:?}, which it holds"
    );
}

#[test]
fn an_older_one_waits_and_a_younger_one_dies_at_once() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        lock(&locks, 5, "a");
        lock(&locks, 8, "b");
        let younger = answer(start(&locks, 8, "a"), "the younger one");
        assert_eq!(younger, Err(Die(5)), "5 is older and holds it");
        let older = start(&locks, 3, "a");
        waits(&older, "3, which is older,");
        assert_eq!(locks.waiters("a"), [3], "the queue");
        assert_eq!(locks.holder("b"), Some(8), "who dies keeps its locks");
        unlock(&locks, 5, "a");
        assert_eq!(answer(older, "transaction 3"), Ok(()));
        assert_eq!(locks.holder("a"), Some(3), "the heir");
    });
}

#[test]
fn two_that_cross_do_not_need_a_graph() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        lock(&locks, 1, "a");
        lock(&locks, 2, "b");
        let older = start(&locks, 1, "b");
        waits(&older, "1, which is older,");
        let younger = answer(start(&locks, 2, "a"), "the younger one");
        assert_eq!(younger, Err(Die(1)), "1 is older and holds it");
        assert_eq!(locks.release_all(2), 1, "the younger one backs off");
        assert_eq!(answer(older, "transaction 1"), Ok(()));
        assert_eq!(locks.release_all(1), 2, "a and b");
    });
}

#[test]
fn already_held_comes_first_and_changes_nothing() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        lock(&locks, 4, "a");
        let waiter = start(&locks, 2, "a");
        let again = answer(start(&locks, 4, "a"), "who holds it already");
        assert_eq!(again, Err(AlreadyHeld), "it holds it");
        unlock(&locks, 4, "a");
        assert_eq!(
            answer(waiter, "transaction 2"),
            Ok(()),
            "one unlock is enough"
        );
        let again = answer(start(&locks, 2, "a"), "an heir");
        assert_eq!(again, Err(AlreadyHeld), "an heir holds it, too");
    });
}

#[test]
fn the_queue_is_first_come_first_served_among_those_who_may_wait() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        lock(&locks, 9, "a");
        let waiters = [5, 4, 2].map(|tx| start(&locks, tx, "a"));
        assert_eq!(locks.waiters("a"), [5, 4, 2], "all are older than 9");
        let [first, second, third] = waiters;
        unlock(&locks, 9, "a");
        assert_eq!(answer(first, "transaction 5"), Ok(()));
        waits(&second, "4, which is older than 5,");
        waits(&third, "2, which is older than 5,");
        unlock(&locks, 5, "a");
        assert_eq!(answer(second, "transaction 4"), Ok(()));
        waits(&third, "2, which is older than 4,");
        unlock(&locks, 4, "a");
        assert_eq!(answer(third, "transaction 2"), Ok(()));
    });
}

/// Study: the rule held when they began to wait. Does it hold for the new holder?
#[test]
fn those_younger_than_the_heir_die_at_the_hand_over() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        lock(&locks, 9, "a");
        lock(&locks, 6, "b");
        let heir = start(&locks, 3, "a");
        let younger = start(&locks, 6, "a");
        let older = start(&locks, 1, "a");
        let youngest = start(&locks, 8, "a");
        unlock(&locks, 9, "a");
        assert_eq!(answer(heir, "transaction 3"), Ok(()));
        assert_eq!(answer(younger, "transaction 6"), Err(Die(3)));
        assert_eq!(answer(youngest, "transaction 8"), Err(Die(3)));
        waits(&older, "1, which is older than 3,");
        assert_eq!(locks.waiters("a"), [1], "the queue after the hand-over");
        assert_eq!(locks.holder("b"), Some(6), "who dies keeps its locks");
        unlock(&locks, 3, "a");
        assert_eq!(answer(older, "transaction 1"), Ok(()));
        unlock(&locks, 1, "a");
        assert_eq!(locks.holder("a"), None, "nobody is left");
    });
}

#[test]
fn release_all_keeps_the_rule_for_each_resource() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        for resource in ["a", "b", "c"] {
            lock(&locks, 9, resource);
        }
        let heirs = [(2, "a"), (4, "b")].map(|(tx, resource)| start(&locks, tx, resource));
        let on_a = start(&locks, 5, "a");
        let on_b = start(&locks, 3, "b");
        assert_eq!(locks.release_all(9), 3, "a, b and c");
        for heir in heirs {
            assert_eq!(answer(heir, "an heir"), Ok(()));
        }
        assert_eq!(answer(on_a, "transaction 5"), Err(Die(2)));
        waits(&on_b, "3, which is older than 4,");
        unlock(&locks, 4, "b");
        assert_eq!(answer(on_b, "transaction 3"), Ok(()));
    });
}

/// Locks two resources and releases them, backing off if it is told to die.
fn cross(locks: &LockManager, tx: TxId, order: [&str; 2]) {
    for resource in order {
        match ask(locks, tx, resource) {
            Ok(()) => assert_eq!(locks.holder(resource), Some(tx), "asked by the holder"),
            Err(Die(holder)) => {
                assert!(
                    holder < tx,
                    "{tx} was told to die for {holder}, which is younger"
                );
                break;
            }
            Err(AlreadyHeld) => panic!("{tx} does not hold {resource:?}"),
        }
    }
    locks.release_all(tx);
}

#[test]
fn nobody_waits_for_ever_under_wait_die() {
    Explore::new().schedules(3_000).random(250).run(|| {
        let locks = Arc::new(LockManager::new());
        let orders = [(1, ["a", "b"]), (2, ["b", "a"]), (3, ["a", "b"])];
        let users = orders.map(|(tx, order)| {
            let locks = Arc::clone(&locks);
            thread::spawn(move || cross(&locks, tx, order))
        });
        for user in users {
            user.join().expect("a transaction failed");
        }
        let holders = ["a", "b"].map(|resource| locks.holder(resource));
        assert_eq!(holders, [None, None], "holders after the end of all");
    });
}
