//! The time that a session counts: the wall clock at the start of the program, and from then on a clock that nobody sets.

use std::{
    sync::Arc,
    time::{Instant, SystemTime},
};

use nix::time::{ClockId, clock_gettime};

/// Tells the time in unix milliseconds.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The machine's clock. While the program runs it neither jumps nor goes back when somebody sets the wall clock, and it
/// counts the time in which the machine slept, which the session asks about.
pub fn wall_clock() -> Clock {
    let begun = Instant::now();
    let wall = || {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.map_or(0, |since| millis(since.as_millis()))
    };
    steady(wall, move || {
        awake_or_asleep().unwrap_or_else(|| millis(begun.elapsed().as_millis()))
    })
}

/// The wall's moment now, moved on by a counter that never goes back.
fn steady(wall: impl Fn() -> u64, counter: impl Fn() -> u64 + Send + Sync + 'static) -> Clock {
    let (moment, begun) = (wall(), counter());
    Arc::new(move || moment + counter().saturating_sub(begun))
}

/// Milliseconds since the machine started, sleep included.
fn awake_or_asleep() -> Option<u64> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let id = ClockId::CLOCK_BOOTTIME;
    // On the others the monotonic clock goes on in sleep, or there is no better one.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let id = ClockId::CLOCK_MONOTONIC;
    let time = clock_gettime(id).ok()?;
    let seconds = u64::try_from(time.tv_sec()).ok()?;
    Some(seconds * 1_000 + u64::try_from(time.tv_nsec()).ok()? / 1_000_000)
}

fn millis(millis: u128) -> u64 {
    u64::try_from(millis).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn setting_the_wall_clock_moves_nothing_and_sleep_counts() {
        let wall = Arc::new(AtomicU64::new(1_000_000));
        let counter = Arc::new(AtomicU64::new(70_000));
        let (told, counted) = (Arc::clone(&wall), Arc::clone(&counter));
        let clock = steady(
            move || told.load(Ordering::Relaxed),
            move || counted.load(Ordering::Relaxed),
        );
        // What the wall says, what the counter says, what counts.
        for (wall_now, counter_now, counts) in [
            (1_000_000, 70_000, 1_000_000),
            (1_005_000, 75_000, 1_005_000),
            (9_999_000, 76_000, 1_006_000),
            (3_000, 77_000, 1_007_000),
            (3_000, 3_677_000, 4_607_000),
            (3_000, 60_000, 1_000_000),
        ] {
            wall.store(wall_now, Ordering::Relaxed);
            counter.store(counter_now, Ordering::Relaxed);
            assert_eq!(clock(), counts);
        }
    }

    #[test]
    fn the_machines_own_clock_goes_on() {
        let clock = wall_clock();
        let first = clock();
        assert!(first > 1_700_000_000_000 && clock() >= first);
    }
}
