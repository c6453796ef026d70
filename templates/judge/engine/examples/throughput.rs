//! Measures schedules per second: three threads, ten operations each.
#[path = "../tests/support/mod.rs"]
mod support;

use std::cell::Cell;
use std::time::Instant;

use engine::{Finding, Plan, search};
use support::{Lock, Number, crowd};

fn main() {
    measure("mutex", &|| {
        crowd(3, |_, (lock, total): &(Lock, Cell<u32>)| {
            for _ in 0..10 {
                lock.lock();
                total.set(total.get() + 1);
                lock.unlock();
            }
        });
    });
    measure("atomic", &|| {
        crowd(3, |_, total: &Number| {
            for _ in 0..10 {
                total.store(1);
            }
        });
    });
}

fn measure(name: &str, body: &dyn Fn()) {
    for (kind, schedules, random) in [("systematic", 60_000, 0), ("random", 0, 10_000)] {
        let plan = Plan {
            schedules,
            random,
            steps: u64::MAX / 4,
            spurious: Finding::Off,
            late_clock: Finding::Off,
            ..Plan::default()
        };
        let start = Instant::now();
        let coverage = search(&plan, body).expect("the program is correct");
        let runs = coverage.systematic + coverage.random;
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{name:8} {kind:12} {runs:7} schedules {:9.0}/s",
            runs as f64 / seconds
        );
    }
}
