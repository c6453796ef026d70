//! `SystemTime` on the virtual clock.

use super::{Duration, SECOND, Stamp};
use crate::operation::op;
use engine::Effect;
use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::panic::Location;

/// 2030-01-01T00:00:00Z, which the virtual clock is added to.
const ORIGIN: i128 = 1_893_456_000 * SECOND;

/// The calendar's point in virtual time, with std's interface.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemTime(Stamp);

/// 1970-01-01T00:00:00Z.
pub const UNIX_EPOCH: SystemTime = SystemTime(Stamp(0));

impl SystemTime {
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = UNIX_EPOCH;

    /// Now. Running code takes no virtual time.
    #[track_caller]
    #[must_use]
    pub fn now() -> Self {
        engine::point(op("SystemTime::now", &(), Location::caller()));
        engine::progress(Effect::Wait);
        Self(Stamp(ORIGIN + i128::from(engine::now())))
    }

    /// The time since `earlier`.
    ///
    /// # Errors
    /// If that is later; the error tells by how much.
    pub fn duration_since(&self, earlier: Self) -> Result<Duration, SystemTimeError> {
        self.0.since(earlier.0).map_err(SystemTimeError)
    }

    /// The time since this point.
    ///
    /// # Errors
    /// If it lies ahead; the error tells by how much.
    #[track_caller]
    pub fn elapsed(&self) -> Result<Duration, SystemTimeError> {
        Self::now().duration_since(*self)
    }

    /// This point and `duration`; `None` beyond the range.
    #[must_use]
    pub fn checked_add(&self, duration: Duration) -> Option<Self> {
        self.0.add(duration).map(Self)
    }

    /// This point less `duration`; `None` beyond the range.
    #[must_use]
    pub fn checked_sub(&self, duration: Duration) -> Option<Self> {
        self.0.sub(duration).map(Self)
    }
}

impl Add<Duration> for SystemTime {
    type Output = Self;

    #[track_caller]
    fn add(self, other: Duration) -> Self {
        self.checked_add(other)
            .expect("overflow when adding duration to instant")
    }
}

impl AddAssign<Duration> for SystemTime {
    #[track_caller]
    fn add_assign(&mut self, other: Duration) {
        *self = *self + other;
    }
}

impl Sub<Duration> for SystemTime {
    type Output = Self;

    #[track_caller]
    fn sub(self, other: Duration) -> Self {
        self.checked_sub(other)
            .expect("overflow when subtracting duration from instant")
    }
}

impl SubAssign<Duration> for SystemTime {
    #[track_caller]
    fn sub_assign(&mut self, other: Duration) {
        *self = *self - other;
    }
}

impl fmt::Debug for SystemTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.debug("SystemTime", f)
    }
}

/// The second time was later than the first.
#[derive(Clone, Debug)]
pub struct SystemTimeError(Duration);

impl SystemTimeError {
    /// By how much.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.0
    }
}

impl fmt::Display for SystemTimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("second time provided was later than self")
    }
}

impl std::error::Error for SystemTimeError {}
