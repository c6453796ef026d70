//! The limits tell constant, logarithmic and linear time apart, every time, also on a busy machine.

use std::collections::{BTreeMap, HashMap};
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use stopwatch::{Growth, growth, race_reference};

const SIZES: [usize; 2] = [2_000, 32_000];

/// Looks up one of 256 keys.
fn constant(size: usize) -> impl FnMut() -> Option<u64> {
    let map: HashMap<u64, u64> = (0..size as u64).map(|key| (key, key)).collect();
    let mut key = 0;
    move || {
        key = (key + 1) % 256;
        map.get(&key).copied()
    }
}

fn logarithmic(size: usize) -> impl FnMut() -> Option<u64> {
    let map: BTreeMap<u64, u64> = (0..size as u64).map(|key| (key, key)).collect();
    let mut key = 0;
    move || {
        key = (key + 1) % 256;
        map.get(&key).copied()
    }
}

/// Goes through everything.
fn linear(size: usize) -> impl FnMut() -> usize {
    let values: Vec<u64> = (0..size as u64).collect();
    let mut key = 0;
    move || {
        key = (key + 1) % 256;
        values.iter().filter(|value| **value & 255 == key).count()
    }
}

/// Four threads add to one counter, `turns` times each.
fn contended(turns: u32) -> u32 {
    let sum = Mutex::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..turns).for_each(|_| *sum.lock().expect("nobody panics") += 1));
        }
    });
    sum.into_inner().expect("nobody panics")
}

/// Runs `check` fifty times, while another thread keeps a core busy if `busy`; returns how often it passed and the
/// longest time it took.
fn fifty(busy: bool, check: impl Fn() + std::panic::RefUnwindSafe) -> (u32, Duration) {
    let stop = Arc::new(AtomicBool::new(!busy));
    let neighbour = thread::spawn({
        let stop = Arc::clone(&stop);
        move || while !stop.load(Ordering::Relaxed) {}
    });
    let (mut passed, mut longest) = (0, Duration::ZERO);
    for _ in 0..50 {
        let start = Instant::now();
        passed += u32::from(catch_unwind(&check).is_ok());
        longest = longest.max(start.elapsed());
    }
    stop.store(true, Ordering::Relaxed);
    neighbour.join().expect("it does nothing that could panic");
    (passed, longest)
}

/// All in one test: side by side they would measure each other.
#[test]
fn fifty_times_of_fifty() {
    for busy in [false, true] {
        let expect = |name: &str, passes: u32, (passed, longest): (u32, Duration)| {
            println!("busy {busy}: {name}: {passed} of 50 passed, longest {longest:?}");
            assert_eq!(passed, passes, "{name}, busy {busy}");
        };
        expect(
            "constant",
            50,
            fifty(busy, || growth(constant, constant, SIZES, Growth::CONSTANT)),
        );
        expect(
            "logarithmic",
            50,
            fifty(busy, || {
                growth(logarithmic, logarithmic, SIZES, Growth::LOGARITHMIC)
            }),
        );
        expect(
            "linear",
            50,
            fifty(busy, || growth(linear, linear, SIZES, Growth::LINEAR)),
        );
        expect(
            "linear for constant",
            0,
            fifty(busy, || growth(linear, constant, SIZES, Growth::CONSTANT)),
        );
        expect(
            "linear for logarithmic",
            0,
            fifty(busy, || {
                growth(linear, logarithmic, SIZES, Growth::LOGARITHMIC)
            }),
        );
        expect(
            "equal race",
            50,
            fifty(busy, || {
                race_reference(|| contended(4_000), || contended(4_000))
            }),
        );
    }
}
