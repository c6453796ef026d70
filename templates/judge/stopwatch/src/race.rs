//! A whole piece of work against the reference's, by the clock on the wall.

use std::time::{Duration, Instant};

use crate::check::{Credit, Finding, conclude};
use crate::measure::{Least, quotient, wall_time};

const LEAST_ROUNDS: u32 = 5;
/// From here on, whatever earns all points passes, be it ever so closely.
const PATIENCE: Duration = Duration::from_millis(250);
/// From here on, whatever is three times over its limit earns nothing.
const DOUBT: Duration = Duration::from_millis(400);
/// From here on everything is believed, if three rounds were run.
const CAP: Duration = Duration::from_millis(1_500);

/// Ends the check by the ratio of the submission's time to the reference's.
///
/// Each closure runs one whole round, from starting its threads to joining them; 1 to 50 ms is a good length. The rounds
/// alternate, and the least wall time of each side counts. Never fails the check: beyond 8 times it earns no point.
#[track_caller]
pub fn race_reference<A, B>(mut submission: impl FnMut() -> A, mut reference: impl FnMut() -> B) {
    // The first round of each warms caches and the allocator up.
    wall_time(&mut reference);
    wall_time(&mut submission);
    let start = Instant::now();
    let (mut ours, mut theirs) = (Least::new(), Least::new());
    let mut rounds = 0;
    let ratio = loop {
        rounds += 1;
        if rounds % 2 == 0 {
            ours.take(wall_time(&mut submission));
            theirs.take(wall_time(&mut reference));
        } else {
            theirs.take(wall_time(&mut reference));
            ours.take(wall_time(&mut submission));
        }
        let ratio = quotient(ours.seconds(), theirs.seconds());
        let confirmed = ours.is_confirmed(0.25) && theirs.is_confirmed(0.25);
        if is_enough(ratio, confirmed, rounds, start.elapsed()) {
            break ratio;
        }
    };
    conclude(&[Finding::ratio(ratio, "for the same work")]);
}

fn is_enough(ratio: f64, confirmed: bool, rounds: u32, time: Duration) -> bool {
    let pass = ratio <= Credit::FULL * 0.8 || (time >= PATIENCE && ratio <= Credit::FULL);
    let hopeless = time >= DOUBT && ratio > Credit::HALF * 3.0;
    (time >= CAP && rounds >= 3) || (rounds >= LEAST_ROUNDS && confirmed && (pass || hopeless))
}
