//! The search: what it counts, what it finds, how it tells it.

mod support;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use engine::{
    Effect, FailureKind, Finding, Op, Plan, Woken, block, now, point, progress, replay, search,
    wake,
};
use support::{Lock, Number, Signal, crowd, together};

/// Two threads that both read before they write.
fn lost_update() {
    let total = crowd(2, |_, total: &Number| {
        let seen = total.load();
        total.store(seen + 1);
    });
    assert_eq!(total.load(), 2, "an update was lost");
}

#[derive(Default)]
struct Pair {
    left: Lock,
    right: Lock,
}

fn opposite_orders() {
    crowd(2, |index, pair: &Pair| {
        let (first, second) = if index == 0 {
            (&pair.left, &pair.right)
        } else {
            (&pair.right, &pair.left)
        };
        first.lock();
        second.lock();
        second.unlock();
        first.unlock();
    });
}

#[test]
fn a_lost_update_is_found_with_one_deviation() {
    let failure = search(&Plan::default(), &lost_update).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Failed);
    assert!(
        failure.message.contains("an update was lost"),
        "{}",
        failure.message
    );
    assert_eq!(failure.token, "t1@2>t2");
    assert_eq!(failure.passing_token.as_deref(), Some("default"));
    assert!(
        failure
            .why
            .contains("t2 runs before t1 goes on with AtomicU64::store"),
        "{}",
        failure.why
    );
}

#[test]
fn opposite_lock_orders_are_told_as_a_ring() {
    let failure = search(&Plan::default(), &opposite_orders).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Deadlock);
    assert_eq!(failure.token, "t1@2>t2");
    assert!(failure.why.contains("a ring"), "{}", failure.why);
    let held: Vec<usize> = failure
        .threads
        .iter()
        .map(|thread| thread.holds.len())
        .collect();
    assert_eq!(held, [0, 1, 1]);
    assert_eq!(failure.threads[1].state, "waits for Mutex");
    assert_eq!(failure.threads[0].state, "waits for thread t1");
    assert!(failure.threads[1].since_step.is_some());
}

#[test]
fn a_lock_taken_twice_is_told_as_such() {
    let failure = search(&Plan::default(), &|| {
        let lock = Lock::default();
        lock.lock();
        lock.lock();
    })
    .unwrap_err();
    assert_eq!(
        (failure.kind, failure.token.as_str()),
        (FailureKind::Deadlock, "default")
    );
    assert!(
        failure.why.contains("that it holds itself, taken at"),
        "{}",
        failure.why
    );
}

#[test]
fn a_token_replays_the_same_events() {
    let found = search(&Plan::default(), &opposite_orders).unwrap_err();
    let again = replay(&found.token, &opposite_orders).unwrap_err();
    assert_eq!(found.kind, again.kind);
    assert_eq!(found.events, again.events);
    assert_eq!(found.threads, again.threads);
    assert!(replay("default", &opposite_orders).is_ok());
    assert_eq!(
        replay("t2@x", &opposite_orders).unwrap_err().message,
        "this is no schedule: t2@x"
    );
}

#[test]
fn random_finds_are_told_by_few_deviations() {
    let plan = Plan {
        schedules: 0,
        ..Plan::default()
    };
    let failure = search(&plan, &lost_update).unwrap_err();
    assert_eq!(failure.token, "t1@2>t2");
}

/// One condition variable for full and empty, a capacity of one: a notification can reach the wrong thread.
fn shared_signal() {
    #[derive(Default)]
    struct Slot {
        lock: Lock,
        signal: Signal,
        filled: Cell<bool>,
    }
    crowd(4, |index, slot: &Slot| {
        let puts = index < 2;
        slot.lock.lock();
        while slot.filled.get() == puts {
            slot.signal.wait(&slot.lock);
        }
        slot.filled.set(puts);
        slot.signal.notify_one();
        slot.lock.unlock();
    });
}

#[test]
fn a_notification_for_the_wrong_thread_is_a_deadlock() {
    let failure = search(&Plan::default(), &shared_signal).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Deadlock);
    assert!(failure.why.contains("Condvar"), "{}", failure.why);
    assert!(failure.why.contains("notify_one"), "{}", failure.why);
}

#[test]
fn a_wait_without_a_loop_is_a_suspicion_with_a_spurious_wake_up() {
    #[derive(Default)]
    struct Slot {
        lock: Lock,
        signal: Signal,
        filled: Cell<bool>,
    }
    let body = || {
        crowd(2, |index, slot: &Slot| {
            slot.lock.lock();
            if index == 0 {
                if !slot.filled.get() {
                    slot.signal.wait(&slot.lock);
                }
                if !slot.filled.get() {
                    engine::fail(FailureKind::Failed, "took from an empty slot".into(), None);
                }
            } else {
                slot.filled.set(true);
                slot.signal.notify_one();
            }
            slot.lock.unlock();
        });
    };
    let coverage = search(&Plan::default(), &body).unwrap();
    assert_eq!(
        coverage.suspicion.as_deref(),
        Some("with a spurious wake-up: took from an empty slot")
    );
    let suspect = coverage.suspect.unwrap();
    assert!(suspect.token.contains('!'), "{}", suspect.token);
    assert!(replay(&suspect.token, &body).is_err());
    let strict = Plan {
        spurious: Finding::Failure,
        ..Plan::default()
    };
    assert_eq!(
        search(&strict, &body).unwrap_err().kind,
        FailureKind::Failed
    );
}

#[test]
fn a_notification_and_a_timeout_of_the_same_instant_come_in_both_orders() {
    let seen = RefCell::new(BTreeSet::new());
    search(
        &Plan {
            random: 0,
            ..Plan::default()
        },
        &|| {
            let result = Rc::new(Cell::new(None));
            let seen_by_waiter = Rc::clone(&result);
            let waiter = Rc::new(Cell::new(None));
            let told = Rc::clone(&waiter);
            let sleep = |op: Op| block(op, Some(now() + 10));
            together(vec![
                Box::new(move || {
                    told.set(Some(engine::current()));
                    seen_by_waiter.set(Some(sleep(Op::new("Condvar::wait_timeout", 1))))
                }),
                Box::new(move || {
                    sleep(Op::new("thread::sleep", 0));
                    waiter.get().into_iter().for_each(wake);
                    progress(Effect::Change);
                }),
            ]);
            seen.borrow_mut().insert(format!("{:?}", result.get()));
        },
    )
    .unwrap();
    let both = [Woken::Notified, Woken::TimedOut].map(|woken| format!("{:?}", Some(woken)));
    assert_eq!(*seen.borrow(), BTreeSet::from(both));
}

#[test]
fn a_correct_program_is_covered_to_its_bounds_and_always_the_same() {
    let body = || {
        let shared = crowd(3, |_, (lock, total): &(Lock, Cell<u32>)| {
            for _ in 0..3 {
                lock.lock();
                total.set(total.get() + 1);
                lock.unlock();
            }
        });
        assert_eq!(shared.1.get(), 9);
    };
    let plan = Plan {
        random: 50,
        ..Plan::default()
    };
    let first = search(&plan, &body).unwrap();
    let second = search(&plan, &body).unwrap();
    assert_eq!(
        (first.delays, first.preemptions, first.exhausted),
        (Some(2), Some(1), true)
    );
    assert_eq!(first.systematic, second.systematic);
    assert_eq!(first.random, 301);
    assert!(first.suspicion.is_none());
}

/// Each order in which two threads take two steps each, as often as it was run.
fn orders(plan: &Plan) -> Vec<String> {
    let orders = RefCell::new(Vec::new());
    search(plan, &|| {
        let order = Rc::new(RefCell::new(String::new()));
        let bodies = (1..=2).map(|task| {
            let order = Rc::clone(&order);
            Box::new(move || {
                for _ in 0..2 {
                    point(Op::new("step", 0));
                    order.borrow_mut().push_str(&task.to_string());
                }
            }) as Box<dyn FnOnce()>
        });
        together(bodies.collect());
        orders.borrow_mut().push(order.borrow().clone());
    })
    .unwrap();
    orders.into_inner()
}

#[test]
fn two_threads_are_run_in_all_orders_of_few_deviations_and_the_rest_at_random() {
    let ordinary = Plan {
        spurious: Finding::Off,
        late_clock: Finding::Off,
        ..Plan::default()
    };
    let systematic: BTreeSet<String> = orders(&Plan {
        random: 0,
        ..ordinary.clone()
    })
    .into_iter()
    .collect();
    // 2121 takes three deviations: the second thread first, and two changes in the middle.
    assert_eq!(
        systematic,
        ["1122", "1212", "1221", "2112", "2211"]
            .map(str::to_owned)
            .into()
    );
    let all: BTreeSet<String> = orders(&ordinary).into_iter().collect();
    assert_eq!(
        all,
        ["1122", "1212", "1221", "2112", "2121", "2211"]
            .map(str::to_owned)
            .into()
    );
}

#[test]
fn what_expires_between_check_and_use_is_found_by_a_late_clock() {
    let body = || {
        let expiry = now() + 1_000;
        together(vec![
            Box::new(|| {
                block(Op::new("thread::sleep", 0), Some(now() + 2_000));
            }),
            Box::new(move || {
                if now() < expiry {
                    point(Op::new("use", 0));
                    if now() >= expiry {
                        engine::fail(FailureKind::Failed, "used what had expired".into(), None);
                    }
                }
            }),
        ]);
    };
    let coverage = search(&Plan::default(), &body).unwrap();
    let suspect = coverage.suspect.unwrap();
    assert_eq!(suspect.message, "used what had expired");
    assert!(suspect.token.contains('+'), "{}", suspect.token);
    let strict = Plan {
        late_clock: Finding::Failure,
        ..Plan::default()
    };
    assert!(search(&strict, &body).is_err());
}

#[test]
fn a_body_without_threads_runs_just_a_few_times() {
    let runs = Cell::new(0);
    search(&Plan::default(), &|| runs.set(runs.get() + 1)).unwrap();
    assert!(runs.get() <= 3, "{} runs", runs.get());
}
