//! Histories recorded in explored schedules.

use judge_kit::{Explore, History, check, explore, spawn};
use virtual_std::sync::Mutex;
use virtual_std::sync::atomic::{AtomicU32, Ordering};
use virtual_std::thread;

#[derive(Clone, Debug)]
enum Op {
    Add,
    Read,
}

fn counter(sum: &u32, op: &Op, seen: &u32) -> Option<u32> {
    match op {
        Op::Add => Some(sum + 1),
        Op::Read => (seen == sum).then_some(*sum),
    }
}

fn two_adders(add: impl Fn(&AtomicU32) + Sync) -> impl Fn() {
    move || {
        let (sum, history) = (AtomicU32::new(0), History::new());
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    history.call(Op::Add, || {
                        add(&sum);
                        0
                    })
                });
            }
        });
        history.call(Op::Read, || sum.load(Ordering::SeqCst));
        history.linearizable(0, counter);
    }
}

#[test]
fn an_atomic_counter_is_linearizable_in_every_schedule() {
    explore(two_adders(|sum| {
        sum.fetch_add(1, Ordering::SeqCst);
    }));
}

#[test]
#[should_panic(expected = "no order of them obeys the rules")]
fn a_lost_update_is_found() {
    explore(two_adders(|sum| {
        let read = sum.load(Ordering::SeqCst);
        sum.store(read + 1, Ordering::SeqCst);
    }));
}

#[test]
#[should_panic(expected = "no order of them obeys the rules")]
fn random_schedules_alone_find_it_too() {
    let body = two_adders(|sum| {
        let read = sum.load(Ordering::SeqCst);
        sum.store(read + 1, Ordering::SeqCst);
    });
    Explore::new().schedules(0).random(300).run(body);
}

#[test]
#[should_panic(expected = "no order of them obeys the rules")]
fn a_candidate_cannot_catch_the_verdict() {
    check(|| {
        let _ = virtual_std::panic::catch_unwind(|| {
            let history = History::new();
            history.call(Op::Read, || 7);
            history.linearizable(0, counter);
        });
    });
}

#[test]
fn a_call_that_never_returns_is_pending() {
    explore(|| {
        let (lock, history) = (Mutex::new(0), History::<Op, u32>::new());
        thread::scope(|scope| {
            let guard = lock.lock().unwrap();
            scope.spawn(|| {
                history.call(Op::Add, || {
                    *lock.lock().unwrap() += 1;
                    0
                })
            });
            judge_kit::settle();
            history.call(Op::Read, || *guard);
            let pending = history
                .calls()
                .iter()
                .filter(|call| call.end.is_none())
                .count();
            assert_eq!(pending, 1);
            history.linearizable_pending(0, |sum, op, ret| match (op, ret) {
                (Op::Read, Some(seen)) => (seen == sum).then_some(*sum),
                _ => Some(sum + 1),
            });
        });
    });
}

#[test]
fn threads_are_numbered_in_order_of_spawning() {
    check(|| {
        let history = History::new();
        for _ in 0..2 {
            let history = history.clone();
            spawn(move || history.call((), || ())).join().unwrap();
        }
        history.call((), || ());
        let threads: Vec<_> = history.calls().iter().map(|call| call.thread).collect();
        assert_eq!(threads, [1, 2, 0]);
    });
}
