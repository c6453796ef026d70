//! The limits tell constant, logarithmic and linear time apart, every time, also on a busy machine.

use std::collections::{BTreeMap, HashMap};
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use stopwatch::{Growth, growth};

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
        let accepted = [
            (
                "constant",
                fifty(busy, || growth(constant, constant, SIZES, Growth::CONSTANT)),
            ),
            (
                "logarithmic",
                fifty(busy, || {
                    growth(logarithmic, logarithmic, SIZES, Growth::LOGARITHMIC)
                }),
            ),
            (
                "linear",
                fifty(busy, || growth(linear, linear, SIZES, Growth::LINEAR)),
            ),
        ];
        for (name, (passed, longest)) in accepted {
            println!("busy {busy}: {name} as itself: {passed} passed, longest {longest:?}");
            assert_eq!(passed, 50, "{name}, busy {busy}");
        }
        let rejected = [
            (
                "constant",
                fifty(busy, || growth(linear, constant, SIZES, Growth::CONSTANT)),
            ),
            (
                "logarithmic",
                fifty(busy, || {
                    growth(linear, logarithmic, SIZES, Growth::LOGARITHMIC)
                }),
            ),
        ];
        for (name, (passed, longest)) in rejected {
            println!("busy {busy}: linear as {name}: {passed} passed, longest {longest:?}");
            assert_eq!(passed, 0, "linear as {name}, busy {busy}");
        }
    }
}
