//! What a lock costs among many others, how far a search goes, whom an unlock wakes, and what is left in memory.

use judge_kit::{Growth, allocated_bytes, at_most_bytes, growth, race_reference};

judge_kit::both_sides! {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread::{self, JoinHandle};
    use subject::{LockError, LockManager};

    /// So many resources are held, ten by each transaction.
    fn crowded(held: usize) -> LockManager {
        let locks = LockManager::new();
        for number in 0..held {
            let tx = 1_000 + number as u64 / 10;
            assert!(locks.lock(tx, &format!("resource {number}")).is_ok());
        }
        locks
    }

    pub fn lock_and_unlock(held: usize) -> impl FnMut() {
        let locks = crowded(held);
        move || {
            assert!(locks.lock(1, "mine").is_ok());
            assert!(locks.unlock(1, "mine").is_ok());
        }
    }

    pub fn lock_and_release_all(held: usize) -> impl FnMut() {
        let locks = crowded(held);
        move || {
            assert!(locks.lock(1, "mine").is_ok());
            assert!(locks.lock(1, "mine too").is_ok());
            assert_eq!(locks.release_all(1), 2);
        }
    }

    /// Transactions that wait, each for the next one, until the chain is dissolved.
    struct Chain {
        locks: Arc<LockManager>,
        last: u64,
        waiters: Vec<JoinHandle<bool>>,
    }

    impl Chain {
        fn of(length: usize) -> Self {
            let locks = Arc::new(LockManager::new());
            let last = length as u64;
            for tx in 0..=last {
                assert!(locks.lock(tx, &tx.to_string()).is_ok());
            }
            let waiters = (0..last).map(|tx| {
                let waiter = thread::spawn({
                    let locks = Arc::clone(&locks);
                    move || {
                        let granted = locks.lock(tx, &(tx + 1).to_string()).is_ok();
                        locks.release_all(tx);
                        granted
                    }
                });
                while locks.waiters(&(tx + 1).to_string()).is_empty() {
                    thread::yield_now();
                }
                waiter
            });
            let waiters = waiters.collect();
            Chain {
                locks,
                last,
                waiters,
            }
        }
    }

    impl Drop for Chain {
        fn drop(&mut self) {
            self.locks.release_all(self.last);
            for waiter in self.waiters.drain(..) {
                let granted = waiter.join().is_ok_and(|granted| granted);
                assert!(granted || thread::panicking());
            }
        }
    }

    /// The last one asks for what the first one has.
    pub fn close_the_cycle(length: usize) -> impl FnMut() {
        let chain = Chain::of(length);
        move || match chain.locks.lock(chain.last, "0") {
            Err(LockError::Deadlock { cycle }) => assert_eq!(cycle.len(), length + 1),
            other => panic!("the cycle was not found: {other:?}"),
        }
    }

    /// One resource goes to and fro between two threads while others sleep, each on its own.
    pub fn ping_pong_among_sleepers(sleepers: usize, rounds: usize) {
        let locks = LockManager::new();
        thread::scope(|scope| {
            for sleeper in 0..sleepers {
                let name = format!("bed {sleeper}");
                assert!(locks.lock(9, &name).is_ok());
                let locks = &locks;
                scope.spawn(move || {
                    let tx = 100 + sleeper as u64;
                    assert!(locks.lock(tx, &name).is_ok());
                    assert_eq!(locks.release_all(tx), 1);
                });
            }
            for sleeper in 0..sleepers {
                while locks.waiters(&format!("bed {sleeper}")).is_empty() {
                    thread::yield_now();
                }
            }
            let done = Arc::new(AtomicUsize::new(0));
            let players = [1, 2].map(|tx| {
                let (locks, done) = (&locks, Arc::clone(&done));
                scope.spawn(move || {
                    for _ in 0..rounds {
                        assert!(locks.lock(tx, "ball").is_ok());
                        // Held until the other one waits for it, so that each unlock is a hand-over.
                        while locks.waiters("ball").is_empty() && done.load(Ordering::SeqCst) == 0 {
                            thread::yield_now();
                        }
                        assert!(locks.unlock(tx, "ball").is_ok());
                    }
                    done.fetch_add(1, Ordering::SeqCst);
                })
            });
            for player in players {
                assert!(player.join().is_ok());
            }
            assert_eq!(locks.release_all(9), sleepers);
        });
    }

    pub fn empty() -> LockManager {
        LockManager::new()
    }
}

#[test]
fn a_lock_costs_the_same_however_many_others_are_held() {
    growth(
        submission::lock_and_unlock,
        reference::lock_and_unlock,
        [1_000, 16_000],
        Growth::CONSTANT.of("held resources"),
    );
}

/// Study: which resources does a transaction hold? Do you have to look at all others to know?
#[test]
fn release_all_looks_only_at_its_own_locks() {
    growth(
        submission::lock_and_release_all,
        reference::lock_and_release_all,
        [1_000, 16_000],
        Growth::CONSTANT.of("held resources"),
    );
}

/// Study: each transaction waits for one other at most, so a search is a walk along one chain.
#[test]
fn a_search_takes_time_in_proportion_to_its_chain() {
    growth(
        submission::close_the_cycle,
        reference::close_the_cycle,
        [6, 96],
        Growth::LINEAR.of("waiting transactions"),
    );
}

#[test]
fn an_unlock_does_not_wake_everybody() {
    race_reference(
        || submission::ping_pong_among_sleepers(64, 300),
        || reference::ping_pong_among_sleepers(64, 300),
    );
}

#[test]
fn what_is_over_leaves_nothing_behind() {
    let _ = reference::empty;
    let locks = submission::empty();
    let act = |number: u64| {
        let name = format!("the resource with the number {number}");
        assert!(locks.lock(number, &name).is_ok());
        assert!(locks.unlock(number, &name).is_ok());
        assert!(locks.lock(number, &name).is_ok());
        assert_eq!(locks.release_all(number), 1);
        assert!(locks.holder(&name).is_none());
    };
    (0..1_000).for_each(act);
    let before = allocated_bytes();
    (1_000..21_000).for_each(act);
    let grown = allocated_bytes().saturating_sub(before);
    at_most_bytes(
        "what is left of 20,000 resources and transactions",
        grown,
        100_000,
    );
}
