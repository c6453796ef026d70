//! Bugs whose moment is hard to hit: after unequal amounts of other work, for twenty seeds.

mod support;

use std::cell::Cell;

use engine::{Failure, FailureKind, Plan, search};
use support::{Lock, Number, Signal, crowd};

/// Does work that has nothing to do with the bug, so that the threads' windows do not line up.
fn other_work(index: usize, number: &Number) {
    for _ in 0..40 * index {
        number.load();
    }
}

fn failures(body: &dyn Fn(), plan: &Plan) -> Vec<Failure> {
    let failure = |seed| {
        *search(
            &Plan {
                seed,
                ..plan.clone()
            },
            body,
        )
        .unwrap_err()
    };
    (0..20).map(failure).collect()
}

fn lost_update() {
    let shared = crowd(3, |index, (work, total): &(Number, Number)| {
        other_work(index, work);
        let seen = total.load();
        total.store(seen + 1);
    });
    assert_eq!(shared.1.load(), 3, "an update was lost");
}

fn one_signal_for_two_reasons() {
    #[derive(Default)]
    struct Slot {
        work: Number,
        lock: Lock,
        signal: Signal,
        filled: Cell<bool>,
    }
    crowd(4, |index, slot: &Slot| {
        other_work(index, &slot.work);
        let puts = index % 2 == 0;
        slot.lock.lock();
        while slot.filled.get() == puts {
            slot.signal.wait(&slot.lock);
        }
        slot.filled.set(puts);
        slot.signal.notify_one();
        slot.lock.unlock();
    });
}

fn opposite_orders() {
    crowd(2, |index, (work, left, right): &(Number, Lock, Lock)| {
        other_work(index, work);
        let (first, second) = if index == 0 {
            (left, right)
        } else {
            (right, left)
        };
        first.lock();
        second.lock();
        second.unlock();
        first.unlock();
    });
}

#[test]
fn the_systematic_search_finds_them_the_same_way_for_every_seed() {
    let bugs: [(&dyn Fn(), FailureKind); 3] = [
        (&lost_update, FailureKind::Failed),
        (&one_signal_for_two_reasons, FailureKind::Deadlock),
        (&opposite_orders, FailureKind::Deadlock),
    ];
    for (body, kind) in bugs {
        let found = failures(body, &Plan::default());
        assert!(found.iter().all(|failure| failure.kind == kind));
        assert!(found.iter().all(|failure| failure.token == found[0].token));
        assert!(found[0].passing_token.is_some(), "{}", found[0].token);
    }
}

#[test]
fn the_random_walks_alone_find_them_too() {
    let plan = Plan {
        schedules: 0,
        ..Plan::default()
    };
    for body in [&lost_update as &dyn Fn(), &opposite_orders] {
        for failure in failures(body, &plan) {
            assert!(failure.token.split(',').count() <= 2, "{}", failure.token);
        }
    }
}
