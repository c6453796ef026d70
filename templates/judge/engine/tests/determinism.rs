//! The same program gives the same run: in the next execution, in the next process.

mod support;

use std::cell::RefCell;
use std::collections::HashMap;
use std::process::Command;

use engine::{FailureKind, Plan, hash_keys, search};
use support::{Lock, Number, crowd};

/// Set in the child of the test that starts two processes.
const CHILD: &str = "ENGINE_TEST_CHILD";

fn order_of_a_map() -> Vec<u32> {
    let map: HashMap<u32, ()> = (0..20).map(|key| (key, ())).collect();
    map.into_keys().collect()
}

#[test]
fn hash_maps_have_the_same_order_in_every_execution() {
    assert!(hash_keys::are_fixed());
    let orders = RefCell::new(Vec::new());
    let plan = Plan {
        schedules: 50,
        random: 10,
        ..Plan::default()
    };
    search(&plan, &|| {
        crowd(2, |_, number: &Number| number.store(1));
        orders
            .borrow_mut()
            .push((order_of_a_map(), order_of_a_map()));
    })
    .unwrap();
    let orders = orders.borrow();
    assert!(orders.len() > 10);
    assert!(orders.iter().all(|order| *order == orders[0]));
    assert_ne!(
        orders[0].0, orders[0].1,
        "two maps of one execution have different keys"
    );
}

#[test]
fn a_program_that_is_not_deterministic_is_not_told_as_if_it_were() {
    let runs = RefCell::new(0);
    let failure = search(&Plan::default(), &|| {
        *runs.borrow_mut() += 1;
        assert!(*runs.borrow() != 1, "only the first time");
    })
    .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Internal);
    assert!(
        failure.message.contains("not deterministic"),
        "{}",
        failure.message
    );
}

/// A failure whose trace depends on hash order, on random walks and on blocking.
fn story() -> String {
    let plan = Plan {
        schedules: 0,
        ..Plan::default()
    };
    let failure = search(&plan, &|| {
        let order = order_of_a_map();
        crowd(3, move |index, (lock, total): &(Lock, Number)| {
            lock.lock();
            let seen = total.load();
            lock.unlock();
            for _ in 0..order[index] {
                lock.lock();
                lock.unlock();
            }
            total.store(seen + 1);
            assert!(total.load() <= 2 || index != 2);
        });
        engine::fail(FailureKind::Failed, format!("{:?}", order_of_a_map()), None);
    })
    .unwrap_err();
    failure.to_json().to_string()
}

#[test]
fn two_processes_tell_the_same_story_byte_for_byte() {
    if std::env::var_os(CHILD).is_some() {
        println!("story: {}", story());
        return;
    }
    let own_binary = std::env::current_exe().unwrap();
    let told = || {
        let output = Command::new(&own_binary)
            .args([
                "--exact",
                "two_processes_tell_the_same_story_byte_for_byte",
                "--nocapture",
            ])
            .env(CHILD, "1")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines()
            .find_map(|line| line.split_once("story: "))
            .unwrap()
            .1
            .to_owned()
    };
    let first = told();
    assert!(first.len() > 1_000, "{first}");
    assert_eq!(first, told());
}
