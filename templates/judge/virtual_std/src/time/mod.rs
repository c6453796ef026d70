//! `std::time`: the virtual clock. `Duration` is std's own.

mod instant;
mod system_time;

pub use instant::Instant;
pub use std::time::{Duration, TryFromFloatSecsError};
pub use system_time::{SystemTime, SystemTimeError, UNIX_EPOCH};

/// Nanoseconds of one second.
const SECOND: i128 = 1_000_000_000;

/// A point in time as Linux keeps it: whole seconds that fit an `i64`, and nanoseconds.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Stamp(i128);

impl Stamp {
    /// `None` if the seconds do not fit.
    fn new(nanoseconds: i128) -> Option<Self> {
        i64::try_from(nanoseconds.div_euclid(SECOND))
            .is_ok()
            .then_some(Self(nanoseconds))
    }

    fn add(self, duration: Duration) -> Option<Self> {
        Self::new(self.0 + nanoseconds(duration))
    }

    fn sub(self, duration: Duration) -> Option<Self> {
        Self::new(self.0 - nanoseconds(duration))
    }

    /// The time from `earlier` to this; if it lies before, the time from this to `earlier` as the error.
    fn since(self, earlier: Self) -> Result<Duration, Duration> {
        let distance = Duration::from_nanos_u128((self.0 - earlier.0).unsigned_abs());
        if self >= earlier {
            Ok(distance)
        } else {
            Err(distance)
        }
    }

    fn debug(self, name: &str, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct(name)
            .field("tv_sec", &self.0.div_euclid(SECOND))
            .field("tv_nsec", &self.0.rem_euclid(SECOND))
            .finish()
    }
}

fn nanoseconds(duration: Duration) -> i128 {
    i128::from(duration.as_secs()) * SECOND + i128::from(duration.subsec_nanos())
}
