//! Every order in which requests, hand-overs and timeouts can meet.

use deadlock_aware_locks::{LockError, LockManager, TxId};
use judge_kit::{Explore, clock, explore};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

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

/// What a transaction does on its thread.
fn spawn<T: Send + 'static>(
    locks: &Arc<LockManager>,
    work: impl FnOnce(&LockManager) -> T + Send + 'static,
) -> JoinHandle<T> {
    let locks = Arc::clone(locks);
    thread::spawn(move || work(&locks))
}

fn free(locks: &LockManager, resources: &[&str]) {
    for resource in resources {
        let holder = locks.holder(resource);
        assert_eq!(holder, None, "who holds {resource:?} after the end of all");
        let waiters = locks.waiters(resource);
        assert!(waiters.is_empty(), "{waiters:?} wait after the end of all");
    }
}

#[test]
fn a_resource_never_has_two_holders() {
    explore(|| {
        let locks = Arc::new(LockManager::new());
        let inside = Arc::new(AtomicU64::new(0));
        let users = [1, 2, 3].map(|tx| {
            let inside = Arc::clone(&inside);
            spawn(&locks, move |locks| {
                assert_eq!(told(locks.lock(tx, "a")), Ok(()), "there is no cycle");
                let before = inside.swap(tx, Ordering::SeqCst);
                assert_eq!(before, 0, "{before} and {tx} hold one resource");
                assert_eq!(locks.holder("a"), Some(tx), "asked by the holder");
                inside.store(0, Ordering::SeqCst);
                assert!(locks.unlock(tx, "a").is_ok(), "{tx} holds it");
            })
        });
        for user in users {
            user.join().expect("a transaction failed");
        }
        free(&locks, &["a"]);
    });
}

/// Locks two resources, backing off if it is the victim. Tells what the second lock answered.
fn cross(
    tx: TxId,
    own: &'static str,
    other: &'static str,
) -> impl FnOnce(&LockManager) -> Answer + Send {
    move |locks| {
        assert_eq!(told(locks.lock(tx, own)), Ok(()), "nobody stays on {own:?}");
        let answer = told(locks.lock(tx, other));
        let held = locks.release_all(tx);
        let expected = if answer.is_ok() { 2 } else { 1 };
        assert_eq!(held, expected, "locks of {tx}, which was told {answer:?}");
        answer
    }
}

/// Study: between the look at the graph and the waiting, somebody else may look as well.
#[test]
fn two_that_cross_never_wait_for_each_other() {
    explore(|| {
        let locks = Arc::new(LockManager::new());
        let one = spawn(&locks, cross(1, "a", "b"));
        let other = spawn(&locks, cross(2, "b", "a"));
        let answers = [one, other].map(|user| user.join().expect("a transaction failed"));
        assert!(
            [
                [Ok(()), Ok(())],
                [Err(Deadlock(vec![1, 2])), Ok(())],
                [Ok(()), Err(Deadlock(vec![2, 1]))],
            ]
            .contains(&answers),
            "at most one is the victim, but 1 and 2 were told {answers:?}"
        );
        free(&locks, &["a", "b"]);
    });
}

#[test]
fn a_ring_of_three_has_one_victim_at_most() {
    Explore::new().schedules(3_000).random(250).run(|| {
        let locks = Arc::new(LockManager::new());
        let users = [
            spawn(&locks, cross(1, "a", "b")),
            spawn(&locks, cross(2, "b", "c")),
            spawn(&locks, cross(3, "c", "a")),
        ];
        let answers = users.map(|user| user.join().expect("a transaction failed"));
        let victims: Vec<_> = answers
            .iter()
            .filter_map(|one| one.as_ref().err())
            .collect();
        let rings = [vec![1, 2, 3], vec![2, 3, 1], vec![3, 1, 2]].map(Deadlock);
        assert!(
            victims.len() <= 1 && victims.iter().all(|told| rings.contains(told)),
            "one of three that ask in a ring may be told the ring, but they were told {answers:?}"
        );
        free(&locks, &["a", "b", "c"]);
    });
}

/// Study: at the same instant a waiter gives up and is granted its lock. Who has it now?
#[test]
fn a_grant_that_meets_a_timeout_is_not_lost() {
    explore(|| {
        let locks = Arc::new(LockManager::new());
        assert_eq!(told(locks.lock(1, "a")), Ok(()), "it is free");
        let hasty = spawn(&locks, |locks| {
            let answer = told(locks.lock_timeout(2, "a", Duration::from_millis(10)));
            if answer.is_ok() {
                assert!(locks.unlock(2, "a").is_ok(), "2 was granted it");
            } else {
                assert!(locks.unlock(2, "a").is_err(), "2 was told TimedOut");
            }
            answer
        });
        let patient = spawn(&locks, |locks| {
            let answer = told(locks.lock(3, "a"));
            assert!(locks.unlock(3, "a").is_ok(), "3 was granted it");
            answer
        });
        thread::sleep(Duration::from_millis(10));
        assert!(locks.unlock(1, "a").is_ok(), "1 holds it");
        let hasty = hasty.join().expect("the hasty one failed");
        assert!(
            [Ok(()), Err(TimedOut)].contains(&hasty),
            "the hasty one was told {hasty:?}"
        );
        assert_eq!(patient.join().expect("the patient one failed"), Ok(()));
        free(&locks, &["a"]);
    });
}

#[test]
fn those_that_give_up_one_after_the_other_leave_the_rest_in_order() {
    explore(|| {
        let locks = Arc::new(LockManager::new());
        assert_eq!(told(locks.lock(1, "a")), Ok(()), "it is free");
        let waiters = [2, 3].map(|tx| {
            spawn(&locks, move |locks| {
                let answer = told(locks.lock_timeout(tx, "a", Duration::from_millis(10)));
                if answer.is_ok() {
                    assert_eq!(locks.release_all(tx), 1, "{tx} was granted it");
                }
                answer
            })
        });
        clock::jump(Duration::from_millis(10));
        assert_eq!(locks.release_all(1), 1, "1 holds it");
        for waiter in waiters {
            let answer = waiter.join().expect("a waiter failed");
            assert!([Ok(()), Err(TimedOut)].contains(&answer), "{answer:?}");
        }
        free(&locks, &["a"]);
    });
}

#[test]
fn a_deadlock_through_a_fresh_heir_is_found() {
    Explore::new().schedules(3_000).random(250).run(|| {
        let locks = Arc::new(LockManager::new());
        assert_eq!(told(locks.lock(1, "a")), Ok(()), "it is free");
        assert_eq!(told(locks.lock(3, "b")), Ok(()), "it is free");
        let heir = spawn(&locks, cross(2, "a", "b"));
        let other = spawn(&locks, |locks| {
            let answer = told(locks.lock(3, "a"));
            locks.release_all(3);
            answer
        });
        assert!(locks.unlock(1, "a").is_ok(), "1 holds it");
        let heir = heir.join().expect("a transaction failed");
        let other = other.join().expect("a transaction failed");
        assert!(
            [
                (Ok(()), Ok(())),
                (Err(Deadlock(vec![2, 3])), Ok(())),
                (Ok(()), Err(Deadlock(vec![3, 2]))),
            ]
            .contains(&(heir.clone(), other.clone())),
            "2 and 3 cross, but were told {heir:?} and {other:?}"
        );
        free(&locks, &["a", "b"]);
    });
}

/// Study: each resource that is released needs its own wake-up, and each goes to its own queue.
#[test]
fn a_release_of_all_wakes_everybody_concerned() {
    explore(|| {
        let locks = Arc::new(LockManager::new());
        for resource in ["a", "b"] {
            assert_eq!(told(locks.lock(1, resource)), Ok(()), "it is free");
        }
        let waiters = [(2, "a"), (3, "b")].map(|(tx, resource)| {
            spawn(&locks, move |locks| {
                let answer = told(locks.lock(tx, resource));
                assert!(locks.unlock(tx, resource).is_ok(), "{tx} was granted it");
                answer
            })
        });
        assert_eq!(locks.release_all(1), 2, "1 holds two");
        for waiter in waiters {
            assert_eq!(waiter.join().expect("a waiter failed"), Ok(()));
        }
        free(&locks, &["a", "b"]);
    });
}

#[test]
fn a_crowd_with_back_off_comes_to_an_end() {
    Explore::new().schedules(0).random(250).run(|| {
        let locks = Arc::new(LockManager::new());
        let orders = [
            ["a", "b", "c"],
            ["b", "c", "a"],
            ["c", "a", "b"],
            ["c", "b", "a"],
        ];
        let users: Vec<_> = (1..)
            .zip(orders)
            .map(|(tx, order)| {
                spawn(&locks, move |locks| {
                    for resource in order {
                        if let Err(refusal) = told(locks.lock(tx, resource)) {
                            let Deadlock(cycle) = refusal else {
                                panic!("{tx} was told {refusal:?}");
                            };
                            assert_eq!(cycle.first(), Some(&tx), "a cycle starts with its victim");
                            assert!(cycle.len() > 1, "nobody waits for itself");
                            break;
                        }
                    }
                    locks.release_all(tx)
                })
            })
            .collect();
        let held: Vec<_> = users
            .into_iter()
            .map(|user| user.join().expect("a transaction failed"))
            .collect();
        assert!(
            held.contains(&3),
            "all were victims: {held:?} locks were held"
        );
        free(&locks, &["a", "b", "c"]);
    });
}
