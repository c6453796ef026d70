//! How executions end: livelock, leaks, panics, too many threads.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use engine::{
    Effect, FailureKind, Op, Plan, block, fail, now, panic_caught, panic_count, progress, run_once,
    search, spawn, wait_finished, yield_point,
};
use support::{Lock, Number, crowd, together, yield_now};

fn small() -> Plan {
    Plan {
        schedules: 300,
        random: 30,
        ..Plan::default()
    }
}

#[test]
fn spinning_on_what_nobody_changes_is_a_livelock() {
    let failure = search(&small(), &|| {
        let flag = Number::default();
        while flag.load() == 0 {
            yield_now();
        }
    })
    .unwrap_err();
    assert_eq!(
        (failure.kind, failure.token.as_str()),
        (FailureKind::Livelock, "default")
    );
    assert!(failure.why.contains("main repeats"), "{}", failure.why);
}

#[test]
fn spinning_on_what_somebody_changes_is_none() {
    search(&small(), &|| {
        crowd(3, |index, flag: &Number| {
            if index == 2 {
                flag.store(1);
            }
            while flag.load() == 0 {
                yield_now();
            }
        });
    })
    .unwrap();
}

#[test]
fn spinning_without_a_yield_leaves_the_others_their_turns() {
    search(&small(), &|| {
        crowd(3, |index, flag: &Number| {
            if index == 2 {
                flag.store(1);
            }
            while flag.load() == 0 {}
        });
    })
    .unwrap();
}

#[test]
fn backing_off_from_each_other_without_a_yield_is_no_livelock() {
    search(&Plan::default(), &|| {
        crowd(2, |index, (left, right): &(Lock, Lock)| {
            let (first, second) = if index == 0 {
                (left, right)
            } else {
                (right, left)
            };
            loop {
                first.lock_unchanged();
                if second.try_lock() {
                    break;
                }
                first.unlock_unchanged();
            }
            second.unlock();
            first.unlock();
        });
    })
    .unwrap();
}

/// Reads the clock as `Instant::now` does.
#[track_caller]
fn read_clock() -> u64 {
    yield_point(Op::new("Instant::now", 0));
    let time = now();
    progress(Effect::Wait);
    time
}

#[test]
fn spinning_on_the_clock_moves_it() {
    search(&small(), &|| {
        let start = now();
        while read_clock() < start + 60_000_000_000 {}
        assert!(now() < start + 62_000_000_000);
    })
    .unwrap();
}

#[test]
fn a_thousand_refusals_at_one_instant_let_no_time_pass() {
    search(&small(), &|| {
        let start = now();
        spawn(
            None,
            Box::new(move || {
                block(Op::new("thread::sleep", 0), Some(start + 1_000));
            }),
        );
        let tokens = Number::default();
        for _ in 0..1_000 {
            let time = read_clock();
            assert_eq!((time, tokens.load()), (start, 0));
        }
    })
    .unwrap();
}

#[test]
fn a_long_computation_that_only_reads_is_no_livelock() {
    run_once(Box::new(|| {
        let number = Number::default();
        for _ in 0..100_000 {
            number.load();
        }
    }))
    .unwrap();
}

#[test]
fn spinning_lets_sleepers_wake() {
    search(&small(), &|| {
        let flag = Rc::new(Number::default());
        let seen = Rc::clone(&flag);
        spawn(
            None,
            Box::new(move || {
                block(Op::new("thread::sleep", 0), Some(now() + 1_000));
                flag.store(1);
            }),
        );
        while seen.load() == 0 {
            yield_now();
        }
    })
    .unwrap();
}

#[test]
fn threads_left_behind_are_counted_and_forgiven() {
    let coverage = search(&small(), &|| {
        spawn(
            None,
            Box::new(|| {
                block(Op::new("Condvar::wait", 1), None);
            }),
        );
        spawn(
            None,
            Box::new(|| {
                block(Op::new("thread::sleep", 0), Some(now() + 3_600_000_000_000));
            }),
        );
        spawn(
            None,
            Box::new(|| {
                loop {
                    yield_now();
                }
            }),
        );
    })
    .unwrap();
    assert_eq!(coverage.leaked, 3);
}

#[test]
fn a_panic_of_the_body_is_told_with_its_place() {
    let failure = run_once(Box::new(|| assert!(now() == 0, "the limit is 2"))).unwrap_err();
    assert_eq!(
        (failure.kind, failure.message.as_str()),
        (FailureKind::Failed, "the limit is 2")
    );
    assert!(failure.place.unwrap().contains("tests/endings.rs:"));
    assert!(failure.why.contains("the plainest order"));
}

#[test]
fn what_comes_after_a_panic_does_not_hide_it() {
    struct WaitsForEver;
    impl Drop for WaitsForEver {
        fn drop(&mut self) {
            block(Op::new("scope", 1), None);
        }
    }
    let failure = run_once(Box::new(|| {
        let _waits = WaitsForEver;
        panic!("first");
    }))
    .unwrap_err();
    assert_eq!(
        (failure.kind, failure.message.as_str()),
        (FailureKind::Failed, "first")
    );
}

#[test]
fn nothing_of_the_engine_can_be_caught() {
    let failure = run_once(Box::new(|| {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let lock = Lock::default();
            lock.lock();
            lock.lock();
        }));
        assert!(caught.is_ok(), "a deadlock was caught");
    }))
    .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Deadlock);
    let failure = run_once(Box::new(|| {
        let _ = catch_unwind(|| fail(FailureKind::NotLinearizable, "no order fits".into(), None));
    }))
    .unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotLinearizable);
}

#[test]
fn panics_are_counted_for_each_thread() {
    struct Looks(usize);
    impl Drop for Looks {
        fn drop(&mut self) {
            // Others run while this thread unwinds.
            yield_now();
            assert_eq!(panic_count(), self.0);
        }
    }
    search(&small(), &|| {
        together(vec![
            Box::new(|| {
                let caught = catch_unwind(|| {
                    let _looks = Looks(1);
                    panic!("mine");
                });
                panic_caught();
                assert!(caught.is_err());
                assert_eq!(panic_count(), 0);
            }),
            Box::new(|| {
                for _ in 0..3 {
                    let _looks = Looks(0);
                }
            }),
        ]);
    })
    .unwrap();
}

#[test]
fn more_threads_at_once_than_there_is_room_for_are_refused_in_words() {
    let failure = run_once(Box::new(|| {
        for _ in 0..130 {
            spawn(None, Box::new(|| {}));
        }
    }))
    .unwrap_err();
    assert_eq!(
        failure.message,
        "the check started more than 128 threads at once"
    );
}

#[test]
fn threads_that_have_finished_make_room_and_keep_their_numbers() {
    let failure = run_once(Box::new(|| {
        let first = spawn(None, Box::new(|| {}));
        wait_finished(first, Op::new("JoinHandle::join", 0));
        for number in 2..1_000 {
            let task = spawn(None, Box::new(|| {}));
            assert_eq!(task.number(), number);
            wait_finished(task, Op::new("JoinHandle::join", 0));
            assert!(engine::is_finished(first) && engine::is_finished(task));
        }
        let last = spawn(
            None,
            Box::new(|| {
                block(Op::new("Condvar::wait", 1), None);
            }),
        );
        wait_finished(last, Op::new("JoinHandle::join", 0));
    }))
    .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Deadlock);
    assert!(
        failure.why.starts_with("t1000 has waited"),
        "{}",
        failure.why
    );
    let ids: Vec<usize> = failure.threads.iter().map(|thread| thread.id).collect();
    let told = |id| ids.contains(&id);
    assert!(failure.events.iter().all(|event| told(event.thread)));
    assert!(told(0) && told(1_000) && ids.is_sorted());
}

#[test]
fn an_endless_loop_with_timers_comes_to_an_end() {
    let failure = search(&small(), &|| {
        loop {
            block(Op::new("thread::sleep", 0), Some(now() + 1));
        }
    })
    .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Livelock);
}
