//! Refusals without effect, requests that are withdrawn, and chains that are no cycles.

use deadlock_aware_locks::{LockError, LockManager, TxId};
use judge_kit::{check, clock, settle};
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

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_chain_of_waits_is_no_deadlock() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        for (tx, resource) in [(1, "a"), (2, "b"), (3, "c")] {
            lock(&locks, tx, resource);
        }
        let second = start(&locks, 2, "a");
        let third = start(&locks, 3, "b");
        let fourth = start(&locks, 4, "c");
        let fifth = start(&locks, 5, "c");
        for (waiter, whose) in [(&second, "2"), (&third, "3"), (&fourth, "4"), (&fifth, "5")] {
            waits(
                waiter,
                &format!("transaction {whose}, in a chain that ends at 1,"),
            );
        }
        assert_eq!(locks.release_all(1), 1, "the end of the chain goes");
        assert_eq!(answer(second, "transaction 2"), Ok(()));
        assert_eq!(locks.release_all(2), 2, "its own and the one it got");
        assert_eq!(answer(third, "transaction 3"), Ok(()));
        assert_eq!(locks.release_all(3), 2, "its own and the one it got");
        assert_eq!(answer(fourth, "transaction 4"), Ok(()));
        waits(&fifth, "transaction 5");
    });
}

#[test]
fn a_victim_keeps_its_locks_and_does_not_wait() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        for (tx, resource) in [(1, "a"), (2, "b"), (2, "c")] {
            lock(&locks, tx, resource);
        }
        let first = start(&locks, 1, "b");
        for _ in 0..2 {
            let told = answer(start(&locks, 2, "a"), "the victim");
            assert_eq!(told, Err(Deadlock(vec![2, 1])), "each time it asks");
        }
        assert!(locks.waiters("a").is_empty(), "a victim does not wait");
        let holders = ["a", "b", "c"].map(|resource| locks.holder(resource));
        assert_eq!(holders, [Some(1), Some(2), Some(2)], "of a, b, c");
        lock(&locks, 2, "d");
        unlock(&locks, 2, "b");
        assert_eq!(answer(first, "transaction 1"), Ok(()));
        let second = start(&locks, 2, "a");
        waits(&second, "transaction 2, as nobody waits for it any more,");
        assert_eq!(locks.release_all(1), 2, "locks of transaction 1");
        assert_eq!(answer(second, "transaction 2"), Ok(()));
        assert_eq!(locks.release_all(2), 3, "a, c and d");
    });
}

/// Study: a request that is withdrawn must leave no trace: not in the queue, not in the graph.
#[test]
fn a_request_that_timed_out_is_gone_from_queue_and_graph() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        lock(&locks, 1, "a");
        lock(&locks, 2, "b");
        let first = start_timeout(&locks, 1, "b", SECOND);
        let behind = start(&locks, 3, "b");
        assert_eq!(locks.waiters("b"), [1, 3], "the queue");
        clock::advance(SECOND);
        assert_eq!(answer(first, "transaction 1"), Err(TimedOut));
        assert_eq!(locks.waiters("b"), [3], "the queue, a second later");
        let second = start(&locks, 2, "a");
        waits(
            &second,
            "transaction 2: 1 does not wait for it any more, so it",
        );
        unlock(&locks, 1, "a");
        assert_eq!(answer(second, "transaction 2"), Ok(()));
        unlock(&locks, 2, "b");
        assert_eq!(locks.holder("b"), Some(3), "the next in the queue");
        assert_eq!(answer(behind, "transaction 3"), Ok(()));
    });
}

#[test]
fn already_held_comes_before_everything_else() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        lock(&locks, 1, "a");
        let waiter = start(&locks, 2, "a");
        let again = answer(start(&locks, 1, "a"), "who holds it already");
        assert_eq!(again, Err(AlreadyHeld), "with somebody in the queue");
        for timeout in [Duration::ZERO, SECOND] {
            let again = told(locks.lock_timeout(1, "a", timeout));
            assert_eq!(again, Err(AlreadyHeld), "with a timeout of {timeout:?}");
        }
        unlock(&locks, 1, "a");
        assert_eq!(
            answer(waiter, "transaction 2"),
            Ok(()),
            "one unlock is enough"
        );
        let again = told(locks.lock_timeout(2, "a", SECOND));
        assert_eq!(again, Err(AlreadyHeld), "for an heir, too");
        assert_eq!(locks.release_all(2), 1, "it was locked once");
    });
}

#[test]
fn only_the_holder_can_unlock() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        assert!(locks.unlock(1, "a").is_err(), "nobody has locked it");
        lock(&locks, 1, "a");
        assert!(locks.unlock(2, "a").is_err(), "1 holds it");
        let waiter = start(&locks, 3, "a");
        assert!(locks.unlock(3, "a").is_err(), "3 still waits for it");
        assert_eq!(locks.holder("a"), Some(1), "nothing has changed");
        assert_eq!(locks.waiters("a"), [3], "nothing has changed");
        unlock(&locks, 1, "a");
        assert!(locks.unlock(1, "a").is_err(), "3 holds it");
        assert_eq!(answer(waiter, "transaction 3"), Ok(()));
        unlock(&locks, 3, "a");
        assert!(locks.unlock(3, "a").is_err(), "it is free");
        assert_eq!(locks.release_all(4), 0, "4 has never locked anything");
    });
}

#[test]
fn a_zero_timeout_does_not_wait_but_reports_a_deadlock() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        let begin = Instant::now();
        lock(&locks, 1, "a");
        lock(&locks, 2, "b");
        let refused = told(locks.lock_timeout(2, "a", Duration::ZERO));
        assert_eq!(refused, Err(TimedOut), "it is held, and there is no cycle");
        let first = start(&locks, 1, "b");
        let refused = told(locks.lock_timeout(2, "a", Duration::ZERO));
        assert_eq!(refused, Err(Deadlock(vec![2, 1])), "it would close a cycle");
        assert_eq!(begin.elapsed(), Duration::ZERO, "no time has passed");
        unlock(&locks, 2, "b");
        assert_eq!(answer(first, "transaction 1"), Ok(()));
    });
}

/// Study: an edge leads to the holder. Who stands before it in a queue is nobody to wait for.
#[test]
fn a_cycle_leads_over_holders_and_not_over_the_queue() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        lock(&locks, 1, "a");
        lock(&locks, 3, "b");
        let second = start(&locks, 2, "a");
        let third = start(&locks, 3, "a");
        let told = answer(start(&locks, 1, "b"), "transaction 1");
        assert_eq!(told, Err(Deadlock(vec![1, 3])), "2 has no part in it");
        unlock(&locks, 1, "a");
        assert_eq!(answer(second, "transaction 2"), Ok(()));
        let first = start(&locks, 1, "b");
        waits(&first, "transaction 1: 3 waits for 2 by now, so 1");
        unlock(&locks, 2, "a");
        assert_eq!(answer(third, "transaction 3"), Ok(()));
    });
}

#[test]
fn the_edges_follow_each_hand_over() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        lock(&locks, 1, "a");
        lock(&locks, 3, "b");
        let second = start(&locks, 2, "a");
        let third = start(&locks, 3, "a");
        unlock(&locks, 1, "a");
        assert_eq!(answer(second, "transaction 2"), Ok(()));
        waits(&third, "transaction 3");
        let told = answer(start(&locks, 2, "b"), "transaction 2");
        assert_eq!(told, Err(Deadlock(vec![2, 3])), "3 waits for 2 by now");
        let fourth = start(&locks, 1, "b");
        waits(&fourth, "transaction 1, for which nobody waits any more,");
        assert_eq!(locks.release_all(2), 1, "the victim backs off");
        assert_eq!(answer(third, "transaction 3"), Ok(()));
        assert_eq!(locks.release_all(3), 2, "a and b");
        assert_eq!(answer(fourth, "transaction 1"), Ok(()));
    });
}

#[test]
fn a_timeout_is_measured_from_the_call() {
    check(|| {
        let locks = Arc::new(LockManager::new());
        lock(&locks, 1, "a");
        let second = start(&locks, 2, "a");
        let third = start_timeout(&locks, 3, "a", SECOND);
        let fourth = start_timeout(&locks, 4, "a", Duration::MAX);
        clock::advance(Duration::from_millis(600));
        unlock(&locks, 1, "a");
        assert_eq!(answer(second, "transaction 2"), Ok(()));
        clock::advance(Duration::from_millis(399));
        waits(&third, "transaction 3, after 999 ms of its second,");
        clock::advance(Duration::from_millis(1));
        assert_eq!(
            answer(third, "transaction 3, after its second,"),
            Err(TimedOut)
        );
        clock::advance(1_000 * SECOND);
        waits(&fourth, "transaction 4, with an endless timeout,");
        unlock(&locks, 2, "a");
        assert_eq!(answer(fourth, "transaction 4"), Ok(()));
    });
}
