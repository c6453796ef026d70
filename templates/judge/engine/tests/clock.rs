//! Virtual time: order of sleepers, ties, quiescence.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use engine::{Op, Woken, advance, block, now, run_once, settle, spawn, wait_finished};

const HOUR: u64 = 3_600_000_000_000;

/// Sleeps as `thread::sleep` does.
#[track_caller]
fn sleep(nanoseconds: u64) {
    let deadline = now() + nanoseconds;
    assert_eq!(
        block(Op::new("thread::sleep", 0), Some(deadline)),
        Woken::TimedOut
    );
}

#[test]
fn sleepers_wake_in_the_order_of_their_deadlines() {
    let order = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&order);
    run_once(Box::new(move || {
        let sleepers: Vec<_> = [30, 10, 20]
            .into_iter()
            .map(|time| {
                let order = Rc::clone(&order);
                spawn(
                    None,
                    Box::new(move || {
                        sleep(time);
                        order.borrow_mut().push(time);
                    }),
                )
            })
            .collect();
        for sleeper in sleepers {
            wait_finished(sleeper, Op::new("JoinHandle::join", 0));
        }
    }))
    .unwrap();
    assert_eq!(*seen.borrow(), [10, 20, 30]);
}

#[test]
fn three_sleepers_spend_nine_virtual_hours() {
    let spent = Rc::new(Cell::new(0));
    let seen = Rc::clone(&spent);
    run_once(Box::new(move || {
        let start = now();
        let sleepers: Vec<_> = (0..3)
            .map(|_| spawn(None, Box::new(|| (0..3).for_each(|_| sleep(3 * HOUR)))))
            .collect();
        for sleeper in sleepers {
            wait_finished(sleeper, Op::new("JoinHandle::join", 0));
        }
        spent.set(now() - start);
    }))
    .unwrap();
    assert_eq!(seen.get(), 9 * HOUR);
}

#[test]
fn advancing_stops_at_each_timer_on_the_way() {
    let order = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&order);
    run_once(Box::new(move || {
        let start = now();
        let ticks = Rc::clone(&order);
        spawn(
            None,
            Box::new(move || {
                loop {
                    sleep(10);
                    ticks.borrow_mut().push(now() - start);
                }
            }),
        );
        advance(Duration::from_nanos(35), Op::new("clock::advance", 0));
        order.borrow_mut().push(now() - start);
    }))
    .unwrap();
    assert_eq!(*seen.borrow(), [10, 20, 30, 35]);
}

#[test]
fn settling_lets_no_time_pass() {
    run_once(Box::new(|| {
        let start = now();
        let ran = Rc::new(Cell::new(false));
        let seen = Rc::clone(&ran);
        spawn(
            None,
            Box::new(move || {
                ran.set(true);
                sleep(5);
            }),
        );
        settle(Op::new("settle", 0));
        assert!(seen.get());
        assert_eq!(now(), start);
    }))
    .unwrap();
}
