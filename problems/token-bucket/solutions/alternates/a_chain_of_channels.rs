#![forbid(unsafe_code)]
//! Who waits holds the end of a channel to the one before, and is told by its hanging up.
//! Who gives up hands the end it holds to the one behind.

use std::num::NonZero;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    ZeroCapacity,
    ZeroRefill,
    BadPeriod,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcquireError {
    TooLarge {
        /// What it can hold.
        capacity: u64,
    },
    Insufficient {
        /// The smallest whole number of nanoseconds after which the same call would succeed if nobody else takes tokens.
        retry_after: Duration,
    },
}

/// The end of the channel that the one before in line holds the other end of.
struct Before(Receiver<Before>);

#[derive(Clone, Copy)]
struct Parts(u128);

struct Inside {
    /// What was missing to be full at `since`.
    missing: Parts,
    since: Instant,
    waiting: usize,
    last: Option<Before>,
}

pub struct TokenBucket {
    capacity: NonZero<u64>,
    refill: NonZero<u128>,
    period: NonZero<u128>,
    inside: Mutex<Inside>,
}

impl TokenBucket {
    pub fn new(capacity: u64, refill: u64, period: Duration) -> Result<Self, ConfigError> {
        let capacity = NonZero::new(capacity).ok_or(ConfigError::ZeroCapacity)?;
        let refill = NonZero::new(refill).ok_or(ConfigError::ZeroRefill)?;
        let period = Some(period.as_nanos())
            .filter(|nanos| *nanos <= Duration::from_secs(86_400).as_nanos())
            .and_then(NonZero::new)
            .ok_or(ConfigError::BadPeriod)?;
        Ok(Self {
            capacity,
            refill: refill.into(),
            period,
            inside: Mutex::new(Inside {
                missing: Parts(0),
                since: Instant::now(),
                waiting: 0,
                last: None,
            }),
        })
    }

    fn full(&self) -> Parts {
        Parts(u128::from(self.capacity.get()) * self.period.get())
    }

    /// The bucket as it is now.
    fn open(&self) -> MutexGuard<'_, Inside> {
        let mut inside = self.inside.lock().unwrap();
        let now = Instant::now();
        if let Some(passed) = now.checked_duration_since(inside.since) {
            let gain = passed.as_nanos().saturating_mul(self.refill.get());
            inside.missing = Parts(inside.missing.0.saturating_sub(gain));
            inside.since = now;
        }
        inside
    }

    /// Takes them, or says in how many nanoseconds they will be there.
    fn take(&self, inside: &mut Inside, n: u64) -> Result<(), Duration> {
        let wanted = u128::from(n) * self.period.get() + inside.missing.0;
        match wanted.checked_sub(self.full().0) {
            None | Some(0) => {
                inside.missing = Parts(wanted);
                Ok(())
            }
            Some(lacking) => {
                let nanos = lacking.div_ceil(self.refill.get());
                let secs = nanos / 1_000_000_000;
                Err(match u64::try_from(secs) {
                    Ok(secs) => Duration::new(secs, (nanos % 1_000_000_000) as u32),
                    Err(_) => Duration::MAX,
                })
            }
        }
    }

    fn possible(&self, n: u64) -> Result<Option<NonZero<u64>>, AcquireError> {
        match n {
            0 => Ok(None),
            n if n > self.capacity.get() => Err(AcquireError::TooLarge {
                capacity: self.capacity.get(),
            }),
            n => Ok(NonZero::new(n)),
        }
    }

    pub fn try_acquire(&self, n: u64) -> Result<(), AcquireError> {
        let Some(n) = self.possible(n)? else {
            return Ok(());
        };
        let mut inside = self.open();
        if inside.waiting > 0 {
            return Err(AcquireError::Insufficient {
                retry_after: Duration::from_nanos(1),
            });
        }
        self.take(&mut inside, n.get())
            .map_err(|retry_after| AcquireError::Insufficient { retry_after })
    }

    pub fn available(&self) -> u64 {
        let inside = self.open();
        ((self.full().0 - inside.missing.0) / self.period.get()) as u64
    }

    pub fn acquire(&self, n: u64, timeout: Duration) -> Result<(), AcquireError> {
        let Some(n) = self.possible(n)? else {
            return Ok(());
        };
        let deadline = Instant::now().checked_add(timeout);
        let (mine, behind) = mpsc::sync_channel(1);
        let mut before = {
            let mut inside = self.open();
            inside.waiting += 1;
            inside.last.replace(Before(behind))
        };
        let place = Place {
            bucket: self,
            mine: Some(mine),
        };
        let over = || AcquireError::Insufficient {
            retry_after: Duration::ZERO,
        };
        // Stand in line.
        while let Some(link) = before.take() {
            let answer = match deadline {
                None => link.0.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    link.0.recv_timeout(left)
                }
            };
            match answer {
                Ok(further) => before = Some(further),
                Err(RecvTimeoutError::Disconnected) => {}
                Err(RecvTimeoutError::Timeout) => {
                    place.give_up(link);
                    return Err(over());
                }
            }
        }
        // Be first.
        loop {
            let mut inside = self.open();
            let Err(missing) = self.take(&mut inside, n.get()) else {
                inside.waiting -= 1;
                return Ok(());
            };
            let left = deadline.map(|d| d.saturating_duration_since(inside.since));
            if left == Some(Duration::ZERO) {
                inside.waiting -= 1;
                return Err(over());
            }
            drop(inside);
            thread::sleep(left.map_or(missing, |left| left.min(missing)));
        }
    }
}

/// A place in line. Leaving it hangs up, and so moves up who is behind.
struct Place<'a> {
    bucket: &'a TokenBucket,
    mine: Option<SyncSender<Before>>,
}

impl Place<'_> {
    fn give_up(mut self, before: Before) {
        let mut inside = self.bucket.open();
        inside.waiting -= 1;
        // There is room for one, and this is the only one that is ever sent.
        if let Some(mine) = self.mine.take() {
            let _ = mine.try_send(before);
        }
    }
}
