//! Clocks, batches and least times.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// A batch lasts at least this long, which makes the clock's own cost a matter of one part in five hundred.
const BATCH: Duration = Duration::from_micros(200);

/// Calls of a batch, even if they cost next to nothing.
const MOST_CALLS: u32 = 1 << 24;

/// Added to both sides of a quotient, in seconds: differences of a few instructions are code layout.
const GRACE: f64 = 20e-9;

/// How much time `over` is compared with `under`, both in seconds.
pub(crate) fn quotient(over: f64, under: f64) -> f64 {
    (over + GRACE) / (under + GRACE)
}

/// CPU time of the calling thread: other programs and other threads do not count.
pub(crate) fn thread_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid timespec that the call fills in; the clock exists on every Linux.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(
        status, 0,
        "the clock of this thread's CPU time cannot be read"
    );
    Duration::new(
        time.tv_sec.cast_unsigned(),
        u32::try_from(time.tv_nsec).expect("below a second"),
    )
}

/// The least time seen so far, in seconds, and whether a second measurement came close to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Least {
    least: f64,
    next: f64,
}

impl Least {
    pub(crate) const fn new() -> Self {
        Self {
            least: f64::INFINITY,
            next: f64::INFINITY,
        }
    }

    pub(crate) fn take(&mut self, seconds: f64) {
        if seconds < self.least {
            self.next = self.least;
            self.least = seconds;
        } else if seconds < self.next {
            self.next = seconds;
        }
    }

    /// Seconds; infinite before the first measurement.
    pub(crate) fn seconds(&self) -> f64 {
        self.least
    }

    /// True once two measurements agree within `share` of the least; a single fast one may be a slip of the clock.
    pub(crate) fn is_confirmed(&self, share: f64) -> bool {
        self.next <= self.least * (1.0 + share)
    }
}

/// An operation on a structure of one size, its batch size and its least time per call.
pub(crate) struct Timed<F> {
    operation: F,
    batch: u32,
    pub(crate) least: Least,
}

impl<A, F: FnMut() -> A> Timed<F> {
    /// Warms the operation up and finds the number of calls that fills a batch.
    ///
    /// A first call may pay for many (purge, grow, fault pages in), so a size is believed only if it fills a batch twice.
    pub(crate) fn new(operation: F) -> Self {
        let mut timed = Self {
            operation,
            batch: 1,
            least: Least::new(),
        };
        timed.run_batch();
        while !timed.is_filled_twice() && timed.batch < MOST_CALLS {}
        timed
    }

    /// One batch. One that has become too short, since the first ones were slow, is lengthened and not counted.
    pub(crate) fn round(&mut self) {
        let mut taken = self.run_batch();
        while taken < BATCH / 2 && self.batch < MOST_CALLS {
            self.lengthen(taken);
            taken = self.run_batch();
        }
        self.least.take(taken.as_secs_f64() / f64::from(self.batch));
    }

    /// Whether two batches in a row last long enough; lengthens them if not.
    fn is_filled_twice(&mut self) -> bool {
        let taken = self.run_batch().min(self.run_batch());
        if taken < BATCH {
            self.lengthen(taken);
        }
        taken >= BATCH
    }

    /// Straight to the aim where the reading is worth something, else fourfold.
    fn lengthen(&mut self, taken: Duration) {
        let factor = if taken * 20 < BATCH {
            4
        } else {
            u32::try_from(BATCH.as_nanos() * 5 / 4 / taken.as_nanos() + 1).unwrap_or(4)
        };
        self.batch = self.batch.saturating_mul(factor.max(2)).min(MOST_CALLS);
    }

    fn run_batch(&mut self) -> Duration {
        let start = thread_time();
        for _ in 0..self.batch {
            black_box((self.operation)());
        }
        thread_time() - start
    }
}

/// Wall time of one call.
pub(crate) fn wall_time<A>(work: &mut impl FnMut() -> A) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::{BATCH, Least, Timed};

    #[test]
    fn slow_first_calls_do_not_shorten_the_batches() {
        let mut calls = 0_u32;
        let mut timed = Timed::new(|| {
            calls += 1;
            let work = if calls < 4 { 3_000_000 } else { 10 };
            (0..work).fold(1, |sum: u64, i| {
                std::hint::black_box(sum.wrapping_mul(i | 1))
            })
        });
        timed.round();
        assert!(timed.batch > 100, "{} calls in a batch", timed.batch);
        assert!(timed.least.seconds() < BATCH.as_secs_f64() / 100.0);
    }

    #[test]
    fn a_least_time_is_confirmed_by_a_second_one() {
        let mut least = Least::new();
        least.take(2.0);
        least.take(1.0);
        assert!(!least.is_confirmed(0.1));
        least.take(1.05);
        assert!(least.is_confirmed(0.1) && least.seconds() == 1.0);
    }
}
