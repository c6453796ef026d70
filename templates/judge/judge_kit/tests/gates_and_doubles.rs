//! Gate, settle, Recorder, Script, DropCounter and the heap, inside executions.

use std::time::Duration;

use judge_kit::{
    DropCounter, Explore, Gate, Recorder, Respond, Script, assert_send_sync, check, clock, explore,
    settle, spawn,
};
use virtual_std::thread;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn doubles_can_be_shared() {
    assert_send_sync::<Gate>();
    assert_send_sync::<Recorder<u32>>();
    assert_send_sync::<Script>();
    assert_send_sync::<DropCounter>();
    assert_send_sync::<judge_kit::Tracked>();
    assert_send_sync::<judge_kit::History<u32, u32>>();
}

#[test]
fn a_gate_holds_everybody_until_it_opens() {
    explore(|| {
        let (gate, passed) = (Gate::new(), Recorder::new());
        let threads: Vec<_> = (0..2)
            .map(|number| {
                let (gate, passed) = (gate.clone(), passed.clone());
                spawn(move || {
                    gate.wait();
                    passed.record(number);
                })
            })
            .collect();
        gate.await_arrivals(2);
        assert_eq!((gate.arrivals(), gate.waiting(), passed.len()), (2, 2, 0));
        gate.open();
        gate.close();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(passed.len(), 2);
    });
}

#[test]
fn an_open_gate_stops_nobody_and_counts() {
    check(|| {
        let gate = Gate::new();
        gate.open();
        gate.wait();
        gate.await_arrivals(1);
        assert_eq!((gate.arrivals(), gate.waiting()), (1, 0));
    });
}

#[test]
fn settle_waits_for_everybody_and_no_time_passes() {
    explore(|| {
        let seen = Recorder::new();
        for pause in [0, 1, 2] {
            let seen = seen.clone();
            spawn(move || {
                thread::sleep(SECOND * pause);
                seen.record(pause);
            });
        }
        settle();
        assert_eq!((seen.seen(), clock::now()), (vec![0], Duration::ZERO));
        clock::advance(SECOND);
        assert_eq!((seen.seen(), clock::now()), (vec![0, 1], SECOND));
        clock::jump(SECOND);
        settle();
        assert_eq!((seen.seen(), clock::now()), (vec![0, 1, 2], SECOND * 2));
    });
}

#[test]
fn advance_stops_at_every_timer() {
    check(|| {
        let ticks = Recorder::new();
        spawn({
            let ticks = ticks.clone();
            move || {
                for _ in 0..3 {
                    thread::sleep(SECOND);
                    ticks.record(clock::now());
                }
            }
        });
        clock::advance(SECOND * 10);
        assert_eq!(ticks.seen(), [SECOND, SECOND * 2, SECOND * 3]);
        assert_eq!(clock::now(), SECOND * 10);
    });
}

#[test]
fn a_script_counts_who_is_inside() {
    explore(|| {
        let script = Script::new([Respond::Slow(SECOND), Respond::Slow(SECOND)]);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| drop(script.play().unwrap()));
            }
            settle();
            assert_eq!(script.inside(), 2);
        });
        assert_eq!(
            (script.calls(), script.inside(), script.most_inside()),
            (2, 0, 2)
        );
        assert_eq!(clock::now(), SECOND);
    });
}

#[test]
fn a_script_ends_with_its_last_response_for_ever() {
    check(|| {
        let gate = Gate::new();
        let script = Script::new([
            Respond::Ok,
            Respond::Each(vec![Respond::Gated(gate.clone()), Respond::Fail]),
        ]);
        gate.open();
        assert!(script.play().is_ok() && script.play().is_err() && script.play().is_err());
        script.now([Respond::Panic]);
        let caught = virtual_std::panic::catch_unwind(|| script.play().is_ok());
        assert!(caught.is_err());
        assert_eq!(
            (script.calls(), script.inside(), gate.arrivals()),
            (4, 0, 2)
        );
    });
}

#[test]
fn a_check_may_borrow_what_is_around_it() {
    let (mut seen, values) = (Vec::new(), [1, 2, 3]);
    for value in &values {
        check(|| seen.push(spawn(|| 1).join().unwrap() + value));
    }
    assert_eq!(seen, [2, 3, 4]);
}

#[test]
fn a_check_inside_a_check_is_part_of_it() {
    explore(|| {
        let gate = Gate::new();
        check(|| gate.open());
        explore(|| gate.wait());
    });
}

#[test]
#[should_panic(expected = "make it inside the body of check or explore")]
fn a_gate_from_outside_is_refused() {
    let gate = Gate::new();
    check(|| gate.wait());
}

#[test]
#[should_panic]
fn a_gate_that_nobody_opens_is_a_deadlock() {
    check(|| Gate::new().wait());
}

#[test]
fn the_order_of_records_is_searched() {
    let orders = std::sync::Mutex::new(std::collections::BTreeSet::new());
    Explore::new().schedules(500).random(0).run(|| {
        let calls = Recorder::new();
        thread::scope(|scope| {
            scope.spawn(|| calls.record('a'));
            scope.spawn(|| calls.record('b'));
        });
        orders.lock().unwrap().insert(calls.seen());
    });
    let orders = orders.into_inner().unwrap();
    assert_eq!(
        orders.into_iter().collect::<Vec<_>>(),
        [['a', 'b'], ['b', 'a']]
    );
}
