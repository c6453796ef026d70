//! Grants, queues, cycles and timeouts.

use deadlock_aware_locks::{LockError, LockManager, TxId};
use judge_kit::{assert_send_sync, check, clock, settle};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Why a lock was refused, in the words of this suite.
#[derive(Debug, Clone, PartialEq)]
enum Refusal {
    Deadlock(Vec<TxId>),
    AlreadyHeld,
    TimedOut,
}

use Refusal::{AlreadyHeld, Deadlock, TimedOut};

type Answer = Result<(), Refusal>;

fn told(answer: Result<(), LockError>) -> Answer {
    answer.map_err(|error| match error {
        LockError::Deadlock { cycle } => Deadlock(cycle),
        LockError::AlreadyHeld => AlreadyHeld,
        LockError::TimedOut => TimedOut,
    })
}

/// A lock on a thread of its own. Returns when the thread waits, or is done.
fn start(locks: &Arc<LockManager>, tx: TxId, resource: &'static str) -> JoinHandle<Answer> {
    let locks = Arc::clone(locks);
    let waiter = thread::spawn(move || told(locks.lock(tx, resource)));
    settle();
    waiter
}

/// The same with a timeout.
fn start_timeout(
    locks: &Arc<LockManager>,
    tx: TxId,
    resource: &'static str,
    timeout: Duration,
) -> JoinHandle<Answer> {
    let locks = Arc::clone(locks);
    let waiter = thread::spawn(move || told(locks.lock_timeout(tx, resource, timeout)));
    settle();
    waiter
}

/// Asserts that a lock still waits.
fn waits(waiter: &JoinHandle<Answer>, whose: &str) {
    settle();
    assert!(!waiter.is_finished(), "{whose} did not wait");
}

/// What a lock answered that has to be answered by now.
fn answer(waiter: JoinHandle<Answer>, whose: &str) -> Answer {
    settle();
    assert!(waiter.is_finished(), "{whose} still waits");
    waiter.join().expect("lock panicked")
}

/// Locks what is free.
fn lock(locks: &LockManager, tx: TxId, resource: &str) {
    let answer = told(locks.lock_timeout(tx, resource, Duration::ZERO));
    assert_eq!(answer, Ok(()), "{tx} locks {resource:?}, which is free");
}

/// Unlocks what is held.
fn unlock(locks: &LockManager, tx: TxId, resource: &str) {
    let unlocked = locks.unlock(tx, resource).is_ok();
    assert!(
        unlocked,
        "{tx} could not unlock {resource:?}, which it holds"
    );
}

const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[test]
fn a_resource_has_one_holder_until_it_is_unlocked() {
    assert_send_sync::<LockManager>();
    check(|| {
        let locks = LockManager::new();
        assert_eq!(locks.holder("a"), None, "nobody has come");
        assert_eq!(told(locks.lock(1, "a")), Ok(()), "it is free");
        assert_eq!(told(locks.lock(1, "b")), Ok(()), "a second one");
        assert_eq!(told(locks.lock(2, "c")), Ok(()), "a second transaction");
        let holders = ["a", "b", "c", "d"].map(|resource| locks.holder(resource));
        assert_eq!(holders, [Some(1), Some(1), Some(2), None], "of a, b, c, d");
        unlock(&locks, 1, "a");
        assert_eq!(locks.holder("a"), None, "it was unlocked");
        assert_eq!(locks.holder("b"), Some(1), "it was not");
        lock(&locks, 2, "a");
        assert_eq!(locks.holder("a"), Some(2), "locked by another one");
        assert!(locks.waiters("a").is_empty(), "nobody waits");
    });
}

/// Study: who may be next, and from which moment on is it the holder?
#[test]
fn waiters_are_served_first_come_first_served() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        lock(&locks, 1, "a");
        let waiters = [4, 2, 3].map(|tx| start(&locks, tx, "a"));
        assert_eq!(locks.waiters("a"), [4, 2, 3], "the queue");
        unlock(&locks, 1, "a");
        assert_eq!(locks.holder("a"), Some(4), "right after the unlock");
        assert_eq!(locks.waiters("a"), [2, 3], "right after the unlock");
        let refused = told(locks.lock_timeout(9, "a", Duration::ZERO));
        assert_eq!(refused, Err(TimedOut), "a newcomer does not slip in");
        settle();
        let [first, second, third] = waiters;
        assert_eq!(answer(first, "transaction 4"), Ok(()));
        waits(&second, "transaction 2");
        unlock(&locks, 4, "a");
        assert_eq!(answer(second, "transaction 2"), Ok(()));
        waits(&third, "transaction 3");
        unlock(&locks, 2, "a");
        assert_eq!(answer(third, "transaction 3"), Ok(()));
        assert_eq!(locks.holder("a"), Some(3), "the last of the queue");
        unlock(&locks, 3, "a");
        assert_eq!(locks.holder("a"), None, "nobody is left");
    });
}

#[test]
fn the_second_of_two_that_cross_is_the_victim() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        lock(&locks, 1, "a");
        lock(&locks, 2, "b");
        let first = start(&locks, 1, "b");
        waits(&first, "transaction 1, the first to ask,");
        let second = start(&locks, 2, "a");
        let told = answer(second, "transaction 2, which would close the cycle,");
        assert_eq!(told, Err(Deadlock(vec![2, 1])), "what the victim is told");
        waits(&first, "transaction 1");
        assert_eq!(locks.release_all(2), 1, "locks of the victim");
        assert_eq!(answer(first, "transaction 1"), Ok(()));
        assert_eq!(locks.holder("b"), Some(1), "handed over by the victim");
    });
}

#[test]
fn a_longer_cycle_is_found_and_told_in_its_order() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        for (tx, resource) in [(7, "a"), (3, "b"), (9, "c"), (5, "d")] {
            lock(&locks, tx, resource);
        }
        let waiters = [(7, "b"), (3, "c"), (9, "d")].map(|(tx, resource)| {
            let waiter = start(&locks, tx, resource);
            waits(&waiter, "a chain without a cycle");
            waiter
        });
        let told = answer(start(&locks, 5, "a"), "transaction 5");
        assert_eq!(
            told,
            Err(Deadlock(vec![5, 7, 3, 9])),
            "5 would wait for 7, 7 waits for 3, 3 for 9, 9 for 5"
        );
        let told = answer(start(&locks, 5, "c"), "transaction 5");
        assert_eq!(told, Err(Deadlock(vec![5, 9])), "a shorter way round");
        assert_eq!(locks.release_all(5), 1, "locks of the victim");
        let [_, _, last] = waiters;
        assert_eq!(answer(last, "transaction 9"), Ok(()));
    });
}

#[test]
fn release_all_hands_each_resource_to_the_first_in_its_queue() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        for resource in ["a", "b", "c"] {
            lock(&locks, 1, resource);
        }
        lock(&locks, 9, "z");
        let a = [2, 3].map(|tx| start(&locks, tx, "a"));
        let b = [4, 5].map(|tx| start(&locks, tx, "b"));
        assert_eq!(locks.release_all(1), 3, "three resources were held");
        settle();
        let holders = ["a", "b", "c", "z"].map(|resource| locks.holder(resource));
        assert_eq!(holders, [Some(2), Some(4), None, Some(9)], "of a, b, c, z");
        for (queue, whose) in [(a, "transaction 3"), (b, "transaction 5")] {
            let [first, second] = queue;
            assert_eq!(answer(first, "the first of a queue"), Ok(()));
            waits(&second, whose);
        }
        assert_eq!(locks.release_all(1), 0, "nothing is left to release");
    });
}

#[test]
fn a_timed_lock_gives_up_when_its_time_is_over() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        let start = Instant::now();
        lock(&locks, 1, "a");
        let refused = told(locks.lock_timeout(2, "a", millis(70)));
        assert_eq!(refused, Err(TimedOut), "nobody unlocked it");
        assert_eq!(start.elapsed(), millis(70), "the time it waited");
        assert!(locks.waiters("a").is_empty(), "it does not wait any more");
        let waiter = start_timeout(&locks, 2, "a", millis(70));
        clock::advance(millis(50));
        unlock(&locks, 1, "a");
        assert_eq!(answer(waiter, "transaction 2"), Ok(()), "in time");
        assert_eq!(locks.holder("a"), Some(2), "granted to the one that waited");
        lock(&locks, 3, "free");
        assert_eq!(locks.holder("free"), Some(3), "a free one takes no time");
    });
}
