#![forbid(unsafe_code)]
//! Another design: every phase is an object of its own, and its counters are atomics.
//!
//! A call holds on to the phase that admitted it and counts into that one; once the breaker
//! has moved on, nobody looks there any more, so late results need no further care. A change
//! of state puts a new object in the place of the old one, if that is still the current one.

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// What the breaker does with the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Calls pass.
    Closed,
    /// Calls are rejected.
    Open,
    /// A limited number of calls may try whether the dependency is back.
    HalfOpen,
}

/// The settings of a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// So many failures in a row open a closed breaker. At least 1.
    pub failure_threshold: u32,
    /// From the opening to the half-open phase.
    pub open_for: Duration,
    /// So many calls are let through in one half-open phase. At least 1.
    pub half_open_probes: u32,
}

/// What is wrong with a [`Config`]. If both are wrong, the threshold is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    /// `failure_threshold` is 0.
    ZeroThreshold,
    /// `half_open_probes` is 0.
    ZeroProbes,
}

/// Why a call has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerError<E> {
    /// The breaker did not let the call through.
    Rejected {
        /// The time left until the breaker is half open; zero if it is and the probes are taken.
        retry_after: Duration,
    },
    /// The call was made and failed with this.
    Inner(E),
}

/// A circuit breaker, shared by reference among threads.
pub struct CircuitBreaker {
    open_for: Duration,
    probes: u32,
    trip: Trip,
    current: RwLock<Arc<Phase>>,
    rejected: AtomicU64,
}

/// When a closed breaker opens.
#[derive(Clone, Copy)]
enum Trip {
    InARow(u32),
    Rate {
        window: Duration,
        min_calls: u32,
        percent: u32,
    },
}

enum Phase {
    Closed(Counting),
    Open {
        since: Instant,
    },
    HalfOpen {
        admitted: AtomicU32,
        succeeded: AtomicU32,
    },
}

enum Counting {
    InARow { failures: AtomicU32, threshold: u32 },
    Rate(Mutex<Ring>),
}

impl CircuitBreaker {
    /// A closed breaker without any failures.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        match config.failure_threshold {
            0 => Err(ConfigError::ZeroThreshold),
            threshold => Self::tripping(config, Trip::InARow(threshold)),
        }
    }

    /// A closed breaker that opens by the failure rate instead of by failures in a row.
    pub fn with_rate(
        config: Config,
        window: Duration,
        min_calls: u32,
        percent: u32,
    ) -> Result<Self, ConfigError> {
        let trip = Trip::Rate {
            window,
            min_calls,
            percent,
        };
        Self::tripping(config, trip)
    }

    fn tripping(config: Config, trip: Trip) -> Result<Self, ConfigError> {
        if config.half_open_probes == 0 {
            return Err(ConfigError::ZeroProbes);
        }
        Ok(CircuitBreaker {
            open_for: config.open_for,
            probes: config.half_open_probes,
            trip,
            current: RwLock::new(Arc::new(Phase::closed(trip))),
            rejected: AtomicU64::new(0),
        })
    }

    /// Runs `f`, unless the breaker is open or the probes of the half-open phase are taken.
    pub fn call<T, E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<T, BreakerError<E>> {
        let phase = self.phase();
        let turned_away = match &*phase {
            Phase::Closed(_) => None,
            Phase::Open { since } => Some(self.open_for.saturating_sub(since.elapsed())),
            Phase::HalfOpen { admitted, .. } => {
                let place = admitted.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |taken| {
                    (taken < self.probes).then(|| taken + 1)
                });
                place.err().map(|_| Duration::ZERO)
            }
        };
        if let Some(retry_after) = turned_away {
            self.rejected.fetch_add(1, Ordering::SeqCst);
            return Err(BreakerError::Rejected { retry_after });
        }
        match panic::catch_unwind(AssertUnwindSafe(f)) {
            Ok(result) => {
                self.count(&phase, result.is_ok());
                result.map_err(BreakerError::Inner)
            }
            Err(payload) => {
                self.count(&phase, false);
                panic::resume_unwind(payload)
            }
        }
    }

    /// The state at this moment.
    pub fn state(&self) -> State {
        match &*self.phase() {
            Phase::Closed(_) => State::Closed,
            Phase::Open { .. } => State::Open,
            Phase::HalfOpen { .. } => State::HalfOpen,
        }
    }

    /// How many calls were rejected so far, over all phases.
    pub fn rejected(&self) -> u64 {
        self.rejected.load(Ordering::SeqCst)
    }

    /// The current phase; an open one that is over makes way for the half-open one.
    fn phase(&self) -> Arc<Phase> {
        loop {
            let phase = self
                .current
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            match &*phase {
                Phase::Open { since } if since.elapsed() >= self.open_for => {
                    let half_open = Phase::HalfOpen {
                        admitted: AtomicU32::new(0),
                        succeeded: AtomicU32::new(0),
                    };
                    self.replace(&phase, half_open);
                }
                Phase::Closed(_) | Phase::Open { .. } | Phase::HalfOpen { .. } => return phase,
            }
        }
    }

    fn count(&self, phase: &Arc<Phase>, success: bool) {
        match &**phase {
            Phase::Closed(counting) => {
                if counting.trips(success) {
                    self.open(phase);
                }
            }
            Phase::HalfOpen { succeeded, .. } if success => {
                if succeeded.fetch_add(1, Ordering::SeqCst) + 1 == self.probes {
                    self.replace(phase, Phase::closed(self.trip));
                }
            }
            Phase::HalfOpen { .. } => self.open(phase),
            Phase::Open { .. } => unreachable!("an open breaker admits nothing"),
        }
    }

    fn open(&self, from: &Arc<Phase>) {
        let since = Instant::now();
        self.replace(from, Phase::Open { since });
    }

    /// Goes on from `from` to `to`, unless somebody has gone on already.
    fn replace(&self, from: &Arc<Phase>, to: Phase) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&current, from) {
            *current = Arc::new(to);
        }
    }
}

impl Phase {
    fn closed(trip: Trip) -> Self {
        Phase::Closed(match trip {
            Trip::InARow(threshold) => Counting::InARow {
                failures: AtomicU32::new(0),
                threshold,
            },
            Trip::Rate {
                window,
                min_calls,
                percent,
            } => Counting::Rate(Mutex::new(Ring::new(window, min_calls, percent))),
        })
    }
}

impl Counting {
    fn trips(&self, success: bool) -> bool {
        match self {
            Counting::InARow { failures, .. } if success => {
                failures.store(0, Ordering::SeqCst);
                false
            }
            Counting::InARow {
                failures,
                threshold,
            } => failures.fetch_add(1, Ordering::SeqCst).saturating_add(1) >= *threshold,
            Counting::Rate(ring) => ring
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .trips(success),
        }
    }
}

const SLOTS: usize = 10;

/// Ten slots of a tenth of the window each, counted from the first result of the phase.
struct Ring {
    window: Duration,
    min_calls: u64,
    percent: u64,
    first: Option<Instant>,
    slots: [Slot; SLOTS],
}

#[derive(Clone, Copy, Default)]
struct Slot {
    /// Which tenth since the first result this slot counts.
    tenth: u128,
    good: u64,
    bad: u64,
}

impl Ring {
    fn new(window: Duration, min_calls: u32, percent: u32) -> Self {
        Ring {
            window,
            min_calls: min_calls.into(),
            percent: percent.into(),
            first: None,
            slots: [Slot::default(); SLOTS],
        }
    }

    fn trips(&mut self, success: bool) -> bool {
        let now = Instant::now();
        let age = now.saturating_duration_since(*self.first.get_or_insert(now));
        let tenth = age.as_nanos() * SLOTS as u128 / self.window.as_nanos().max(1);
        let slot = &mut self.slots[(tenth % SLOTS as u128) as usize];
        if slot.tenth != tenth {
            *slot = Slot {
                tenth,
                ..Slot::default()
            };
        }
        if success {
            slot.good += 1;
        } else {
            slot.bad += 1;
        }
        let (mut good, mut bad) = (0, 0);
        for slot in &self.slots {
            if slot.tenth + SLOTS as u128 > tenth {
                good += slot.good;
                bad += slot.bad;
            }
        }
        let calls = good + bad;
        calls >= self.min_calls && bad * 100 >= self.percent * calls
    }
}
