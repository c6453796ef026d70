//! Wrong programs. Each must be convicted, as what it is.

use crate::support::{guilty, guilty_with_spurious_wake_ups, once_guilty};
use engine::FailureKind::{Deadlock, Failed, Livelock};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, RwLock, mpsc};
use std::thread;
use std::time::Duration;

/// Runs two closures side by side.
fn both(first: impl FnOnce() + Send, second: impl FnOnce() + Send) {
    thread::scope(|scope| {
        scope.spawn(first);
        scope.spawn(second);
    });
}

#[test]
fn load_then_store() {
    guilty(Failed, || {
        let (tokens, taken) = (AtomicUsize::new(1), AtomicUsize::new(0));
        let take = || {
            let left = tokens.load(SeqCst);
            if left > 0 {
                tokens.store(left - 1, SeqCst);
                taken.fetch_add(1, SeqCst);
            }
        };
        both(take, take);
        assert!(taken.into_inner() <= 1, "one token was taken twice");
    });
}

#[test]
fn look_under_one_lock_and_insert_under_another() {
    guilty(Failed, || {
        let (cache, loads) = (Mutex::new(None), AtomicUsize::new(0));
        let get = || {
            let missing = cache.lock().unwrap().is_none();
            if missing {
                let value = loads.fetch_add(1, SeqCst);
                *cache.lock().unwrap() = Some(value);
            }
        };
        both(get, get);
        assert_eq!(loads.into_inner(), 1);
    });
}

#[test]
fn locks_in_opposite_order() {
    guilty(Deadlock, || {
        let (map, list) = (Mutex::new(()), Mutex::new(()));
        both(
            || {
                let _map = map.lock().unwrap();
                let _list = list.lock().unwrap();
            },
            || {
                let _list = list.lock().unwrap();
                let _map = map.lock().unwrap();
            },
        );
    });
}

#[test]
fn a_guard_that_lives_on_in_a_temporary() {
    once_guilty(Deadlock, || {
        let numbers = Mutex::new(vec![1]);
        match numbers.lock().unwrap().first() {
            Some(&number) => numbers.lock().unwrap().push(number),
            None => numbers.lock().unwrap().push(0),
        }
    });
}

/// A queue whose consumer looks only one time.
fn if_instead_of_while(consumers: usize) {
    let (items, not_empty) = (Mutex::new(VecDeque::new()), Condvar::new());
    thread::scope(|scope| {
        for _ in 0..consumers {
            scope.spawn(|| {
                let mut items = items.lock().unwrap();
                if items.is_empty() {
                    items = not_empty.wait(items).unwrap();
                }
                items.pop_front().expect("woken although nothing is there");
            });
        }
        for item in 0..consumers {
            items.lock().unwrap().push_back(item);
            not_empty.notify_one();
        }
    });
}

#[test]
fn if_instead_of_while_with_a_thief() {
    guilty(Failed, || {
        let (items, not_empty) = (Mutex::new(VecDeque::new()), Condvar::new());
        let take = || {
            let mut items = items.lock().unwrap();
            if items.is_empty() {
                items = not_empty.wait(items).unwrap();
            }
            items.pop_front().expect("woken although nothing is there")
        };
        thread::scope(|scope| {
            let takers = [scope.spawn(take), scope.spawn(take)];
            for item in 0..2 {
                items.lock().unwrap().push_back(item);
                not_empty.notify_one();
            }
            for taker in takers {
                taker.join().unwrap();
            }
        });
    });
}

#[test]
fn if_instead_of_while_alone() {
    guilty_with_spurious_wake_ups(Failed, || if_instead_of_while(1));
}

#[test]
fn one_condition_variable_for_full_and_empty() {
    guilty(Deadlock, || {
        let (items, changed) = (Mutex::new(VecDeque::new()), Condvar::new());
        let put = |item| {
            let mut items = items.lock().unwrap();
            while items.len() == 1 {
                items = changed.wait(items).unwrap();
            }
            items.push_back(item);
            changed.notify_one();
        };
        let take = || {
            let mut items = items.lock().unwrap();
            while items.is_empty() {
                items = changed.wait(items).unwrap();
            }
            items.pop_front();
            changed.notify_one();
        };
        thread::scope(|scope| {
            scope.spawn(take);
            scope.spawn(take);
            scope.spawn(|| [1, 2].map(put));
        });
    });
}

#[test]
fn read_then_write_without_a_second_look() {
    guilty(Failed, || {
        let counter = RwLock::new(0);
        let add = || {
            let old = *counter.read().unwrap();
            *counter.write().unwrap() = old + 1;
        };
        both(add, add);
        assert_eq!(*counter.read().unwrap(), 2);
    });
}

#[test]
fn reading_twice_while_a_writer_waits() {
    guilty(Deadlock, || {
        let lock = RwLock::new(0);
        both(
            || {
                let first = lock.read().unwrap();
                let second = lock.read().unwrap();
                assert_eq!(*first, *second);
            },
            || *lock.write().unwrap() += 1,
        );
    });
}

#[test]
fn the_stop_flag_outside_of_the_lock() {
    guilty(Deadlock, || {
        let (stopped, queue, changed) = (AtomicBool::new(false), Mutex::new(()), Condvar::new());
        both(
            || {
                let mut guard = queue.lock().unwrap();
                while !stopped.load(SeqCst) {
                    guard = changed.wait(guard).unwrap();
                }
            },
            || {
                stopped.store(true, SeqCst);
                changed.notify_all();
            },
        );
    });
}

#[test]
fn a_panic_under_a_lock_that_everybody_unwraps() {
    guilty(Failed, || {
        let state = Arc::new(Mutex::new(0));
        let shared = state.clone();
        let job = thread::spawn(move || {
            let _guard = shared.lock().unwrap();
            panic!("the job fails");
        });
        assert!(job.join().is_err());
        *state.lock().unwrap() += 1;
    });
}

#[test]
fn a_barrier_without_generations() {
    guilty(Deadlock, || {
        let (arrived, changed) = (Mutex::new(0), Condvar::new());
        let wait = || {
            let mut count = arrived.lock().unwrap();
            *count += 1;
            if *count == 2 {
                *count = 0;
                changed.notify_all();
                return;
            }
            while *count != 0 {
                count = changed.wait(count).unwrap();
            }
        };
        both(
            || [(); 2].map(|()| wait()).into_iter().for_each(drop),
            || [(); 2].map(|()| wait()).into_iter().for_each(drop),
        );
    });
}

#[test]
fn unpark_before_the_flag() {
    guilty(Deadlock, || {
        let set = Arc::new(AtomicBool::new(false));
        let shared = set.clone();
        let waiter = thread::spawn(move || {
            while !shared.load(SeqCst) {
                thread::park();
            }
        });
        waiter.thread().unpark();
        set.store(true, SeqCst);
        waiter.join().unwrap();
    });
}

#[test]
fn rendezvous_from_both_ends() {
    once_guilty(Deadlock, || {
        let (to_right, from_left) = mpsc::sync_channel(0);
        let (to_left, from_right) = mpsc::sync_channel(0);
        let right = thread::spawn(move || {
            to_left.send(1).unwrap();
            from_left.recv()
        });
        to_right.send(2).unwrap();
        assert_eq!((from_right.recv(), right.join().unwrap()), (Ok(1), Ok(2)));
    });
}

#[test]
fn a_timeout_believed_without_a_look() {
    guilty(Failed, || {
        let (item, arrived) = (Mutex::new(None), Condvar::new());
        let lost = thread::scope(|scope| {
            let taker = scope.spawn(|| {
                let (mut item, result) = arrived
                    .wait_timeout(item.lock().unwrap(), Duration::from_millis(10))
                    .unwrap();
                if result.timed_out() {
                    None
                } else {
                    item.take()
                }
            });
            thread::sleep(Duration::from_millis(10));
            *item.lock().unwrap() = Some(1);
            arrived.notify_one();
            taker.join().unwrap().is_none() && item.lock().unwrap().is_some()
        });
        assert!(!lost, "the item was there when the taker gave up");
    });
}

#[test]
fn spinning_on_what_never_comes() {
    once_guilty(Livelock, || {
        let never = AtomicBool::new(false);
        while !never.load(SeqCst) {
            thread::yield_now();
        }
    });
}

#[test]
fn a_wait_for_ever_beside_a_janitor() {
    let failure = guilty(Deadlock, || {
        thread::spawn(|| {
            loop {
                thread::sleep(Duration::from_secs(1));
            }
        });
        let (lock, never) = (Mutex::new(()), Condvar::new());
        drop(never.wait(lock.lock().unwrap()));
    });
    assert!(
        failure.why.starts_with("main has waited for the Condvar"),
        "{}",
        failure.why
    );
}

#[test]
fn a_join_with_a_thread_that_polls_for_ever() {
    guilty(Livelock, || {
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(SeqCst) {
                    thread::sleep(Duration::from_millis(1));
                }
            });
        });
    });
}
