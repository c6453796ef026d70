//! How the cost of one operation grows with the size of the structure.

use std::time::{Duration, Instant};

use crate::check::{Credit, Finding, conclude};
use crate::measure::{Timed, quotient, thread_time};

/// Fewer rounds are never believed; more are measured while the outcome is unclear.
const LEAST_ROUNDS: u32 = 6;
/// From here on, whatever is within its limits passes, be it ever so closely.
const PATIENCE: Duration = Duration::from_millis(250);
/// From here on, whatever is three times over its limit fails.
const DOUBT: Duration = Duration::from_millis(30);
/// From here on everything is believed.
const CAP: Duration = Duration::from_millis(1_500);
/// The three above are CPU time, so that a busy machine gets as many rounds as an idle one; this is on the wall, for
/// operations that sleep.
const WALL_CAP: Duration = Duration::from_secs(3);

/// How much the cost per call may grow from the small size to the large one.
///
/// The limits leave room for caches and noise; the figures are for a step of 16, from 2,000 to 32,000.
#[derive(Clone, Copy, Debug)]
pub struct Growth {
    class: Class,
    /// What is allowed beyond the ideal growth of the class.
    room: f64,
    /// What a size counts.
    unit: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Class {
    Constant,
    Logarithmic,
    SquareRoot,
    Linear,
    AtMost,
}

impl Growth {
    /// O(1): at most 2.5 times.
    pub const CONSTANT: Self = Self::new(Class::Constant, 2.5);
    /// O(log n): at most 3.5 times.
    pub const LOGARITHMIC: Self = Self::new(Class::Logarithmic, 2.5655);
    /// O(√n): at most 7 times.
    pub const SQUARE_ROOT: Self = Self::new(Class::SquareRoot, 1.75);
    /// O(n): at most 24 times.
    pub const LINEAR: Self = Self::new(Class::Linear, 1.5);

    /// The same limit where a size counts something else than entries: "32,000 `units` cost 1.2 times as much per call".
    pub const fn of(self, units: &'static str) -> Self {
        Self {
            unit: units,
            ..self
        }
    }

    const fn new(class: Class, room: f64) -> Self {
        Self {
            class,
            room,
            unit: "entries",
        }
    }

    /// At most `limit` times, whatever the sizes.
    pub const fn at_most(limit: f64) -> Self {
        Self::new(Class::AtMost, limit)
    }

    /// The growth without caches and noise.
    fn ideal(self, [small, large]: [usize; 2]) -> f64 {
        let (small, large) = (small as f64, large as f64);
        match self.class {
            Class::Constant | Class::AtMost => 1.0,
            Class::Logarithmic => (large + 1.0).ln() / (small + 1.0).ln(),
            Class::SquareRoot => (large / small).sqrt(),
            Class::Linear => large / small,
        }
    }

    /// The limit where the reference grows by `reference`: a reference that grows more than its class, through cache
    /// misses, gives the submission the same room above it.
    fn limit(self, sizes: [usize; 2], reference: f64) -> f64 {
        let room_above_reference = if matches!(self.class, Class::AtMost) {
            self.room.min(2.0)
        } else {
            self.room
        };
        (self.room * self.ideal(sizes)).max(room_above_reference * reference)
    }

    fn in_words(self) -> &'static str {
        match self.class {
            Class::Constant => "constant time",
            Class::Logarithmic => "logarithmic time",
            Class::SquareRoot => "time that grows with the square root",
            Class::Linear => "linear time",
            Class::AtMost => "allowed",
        }
    }
}

/// What all rounds so far say.
struct Reading {
    growth: f64,
    limit: f64,
    ratio: f64,
    confirmed: bool,
}

impl Reading {
    /// Whether the check can end after `rounds`, `time` of the CPU and `wall` time.
    fn is_enough(&self, rounds: u32, time: Duration, wall: Duration) -> bool {
        let beside =
            |share: f64| self.growth <= self.limit * share && self.ratio <= Credit::FULL * share;
        let hopeless = self.growth > self.limit * 3.0 || self.ratio > Credit::HALF * 3.0;
        let pass = beside(0.8) || (time >= PATIENCE && beside(1.0));
        let clear = self.confirmed && (pass || (time >= DOUBT && hopeless));
        rounds >= LEAST_ROUNDS && (clear || time >= CAP || wall >= WALL_CAP)
    }
}

/// Ends the check by how the cost of an operation grows from `sizes[0]` to `sizes[1]`, and by its ratio to the reference.
///
/// `submission` and `reference` build a structure of a size and return the operation; only the operation is timed.
/// Panics, after writing the record, if the submission's growth is beyond `limit` (and beyond the same room above the
/// reference's own growth), or if it takes more than 8 times the reference's time at the large size.
#[track_caller]
pub fn growth<S, R, A, B>(
    submission: impl Fn(usize) -> S,
    reference: impl Fn(usize) -> R,
    sizes: [usize; 2],
    limit: Growth,
) where
    S: FnMut() -> A,
    R: FnMut() -> B,
{
    let [small, large] = sizes;
    assert!(
        0 < small && small < large,
        "the suite asks for growth from {small} to {large}"
    );
    let mut sides = (
        sizes.map(|size| Timed::new(submission(size))),
        sizes.map(|size| Timed::new(reference(size))),
    );
    // Set-up is free of charge, here too.
    let (start, wall) = (thread_time(), Instant::now());
    let mut rounds = 0;
    let reading = loop {
        rounds += 1;
        for size in [0, 1] {
            sides.0[size].round();
            sides.1[size].round();
        }
        let reading = read(&sides.0, &sides.1, sizes, limit);
        if reading.is_enough(rounds, thread_time() - start, wall.elapsed()) {
            break reading;
        }
    };
    drop(sides);
    conclude(&findings(&reading, sizes, limit));
}

fn read<S, R>(
    submission: &[Timed<S>; 2],
    reference: &[Timed<R>; 2],
    sizes: [usize; 2],
    limit: Growth,
) -> Reading {
    let [small, large] = [submission[0].least, submission[1].least];
    let [small_reference, large_reference] = [reference[0].least, reference[1].least];
    let own = quotient(large_reference.seconds(), small_reference.seconds());
    Reading {
        growth: quotient(large.seconds(), small.seconds()),
        limit: limit.limit(sizes, own),
        ratio: quotient(large.seconds(), large_reference.seconds()),
        confirmed: [small, large, small_reference, large_reference]
            .iter()
            .all(|least| least.is_confirmed(0.1)),
    }
}

fn findings(reading: &Reading, [small, large]: [usize; 2], limit: Growth) -> [Finding; 2] {
    let message = format!(
        "{} {} cost {:.1} times as much per call as {}; at most {:.1} times is {}",
        with_commas(large),
        limit.unit,
        reading.growth,
        with_commas(small),
        reading.limit,
        limit.in_words()
    );
    [
        Finding::limit("growth", reading.growth, reading.limit, message),
        Finding::ratio(reading.ratio, "per call on the large size"),
    ]
}

fn with_commas(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Growth, with_commas};

    #[test]
    fn limits_are_the_banks_at_a_step_of_sixteen() {
        let limits = [
            Growth::CONSTANT,
            Growth::LOGARITHMIC,
            Growth::SQUARE_ROOT,
            Growth::LINEAR,
            Growth::at_most(5.0),
        ]
        .map(|growth| (growth.limit([2_000, 32_000], 1.0) * 100.0).round() / 100.0);
        assert_eq!(limits, [2.5, 3.5, 7.0, 24.0, 5.0]);
    }

    #[test]
    fn a_reference_that_grows_through_cache_misses_gives_room() {
        assert_eq!(Growth::CONSTANT.limit([2_000, 32_000], 2.0), 5.0);
        assert_eq!(Growth::LINEAR.limit([2_000, 32_000], 20.0), 30.0);
        assert_eq!(Growth::LINEAR.limit([2_000, 32_000], 1.0), 24.0);
    }

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!(
            [7, 2_000, 32_000, 1_234_567].map(with_commas),
            ["7", "2,000", "32,000", "1,234,567"]
        );
    }
}
