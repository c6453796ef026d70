//! Flaw: any success is taken for a sign of recovery, even that of a call from before the opening.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
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
    config: Config,
    inner: Mutex<Inner>,
}

struct Inner {
    phase: Phase,
    /// The number of the phase; changes with each change of state.
    generation: u64,
    /// What the closed phase knows about its results.
    record: Record,
    rejected: u64,
}

enum Phase {
    Closed,
    Open { since: Instant },
    HalfOpen { admitted: u32, succeeded: u32 },
}

enum Record {
    InARow { failures: u32 },
    Rate(Rate),
}

impl CircuitBreaker {
    /// A closed breaker without any failures.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        if config.failure_threshold == 0 {
            return Err(ConfigError::ZeroThreshold);
        }
        Self::with_record(config, Record::InARow { failures: 0 })
    }

    /// A closed breaker that opens by the failure rate instead of by failures in a row.
    pub fn with_rate(
        config: Config,
        window: Duration,
        min_calls: u32,
        percent: u32,
    ) -> Result<Self, ConfigError> {
        let rate = Rate {
            start: Instant::now(),
            bucket: (window / BUCKETS).max(Duration::from_nanos(1)),
            min_calls,
            percent,
            buckets: VecDeque::new(),
        };
        Self::with_record(config, Record::Rate(rate))
    }

    fn with_record(config: Config, record: Record) -> Result<Self, ConfigError> {
        if config.half_open_probes == 0 {
            return Err(ConfigError::ZeroProbes);
        }
        let inner = Inner {
            phase: Phase::Closed,
            generation: 0,
            record,
            rejected: 0,
        };
        Ok(CircuitBreaker {
            config,
            inner: Mutex::new(inner),
        })
    }

    /// Runs `f`, unless the breaker is open or the probes of the half-open phase are taken.
    pub fn call<T, E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<T, BreakerError<E>> {
        let generation = self
            .admit()
            .map_err(|retry_after| BreakerError::Rejected { retry_after })?;
        let mut pending = Pending {
            breaker: self,
            generation,
            succeeded: false,
        };
        let result = f();
        pending.succeeded = result.is_ok();
        drop(pending);
        result.map_err(BreakerError::Inner)
    }

    /// The state at this moment.
    pub fn state(&self) -> State {
        match self.lock().phase {
            Phase::Closed => State::Closed,
            Phase::Open { .. } => State::Open,
            Phase::HalfOpen { .. } => State::HalfOpen,
        }
    }

    /// How many calls were rejected so far, over all phases.
    pub fn rejected(&self) -> u64 {
        self.lock().rejected
    }

    /// The generation of an admitted call, or how long a rejected one should wait.
    fn admit(&self) -> Result<u64, Duration> {
        let mut inner = self.lock();
        let retry_after = match &mut inner.phase {
            Phase::Closed => return Ok(inner.generation),
            Phase::HalfOpen { admitted, .. } if *admitted < self.config.half_open_probes => {
                *admitted += 1;
                return Ok(inner.generation);
            }
            Phase::HalfOpen { .. } => Duration::ZERO,
            Phase::Open { since } => self.config.open_for.saturating_sub(since.elapsed()),
        };
        inner.rejected += 1;
        Err(retry_after)
    }

    fn count(&self, generation: u64, succeeded: bool) {
        let mut inner = self.lock();
        if inner.generation != generation {
            if matches!(inner.phase, Phase::Open { .. }) && succeeded {
                inner.enter(Phase::Closed);
            }
            return;
        }
        let next = match &mut inner.phase {
            Phase::Closed => {
                let threshold = self.config.failure_threshold;
                let trips = inner.record.add(succeeded, threshold);
                trips.then(open_now)
            }
            Phase::HalfOpen { .. } if !succeeded => Some(open_now()),
            Phase::HalfOpen { succeeded, .. } => {
                *succeeded += 1;
                (*succeeded == self.config.half_open_probes).then_some(Phase::Closed)
            }
            Phase::Open { .. } => None,
        };
        if let Some(next) = next {
            inner.enter(next);
        }
    }

    /// The state, brought up to this moment.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Phase::Open { since } = inner.phase
            && since.elapsed() >= self.config.open_for
        {
            inner.enter(Phase::HalfOpen {
                admitted: 0,
                succeeded: 0,
            });
        }
        inner
    }
}

fn open_now() -> Phase {
    Phase::Open {
        since: Instant::now(),
    }
}

impl Inner {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.generation += 1;
        self.record.clear();
    }
}

/// An admitted call. Counts as failed unless it says otherwise, so that panics do.
struct Pending<'a> {
    breaker: &'a CircuitBreaker,
    generation: u64,
    succeeded: bool,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.breaker.count(self.generation, self.succeeded);
    }
}

impl Record {
    /// Takes a result in; whether the breaker must open now.
    fn add(&mut self, succeeded: bool, threshold: u32) -> bool {
        match self {
            Record::InARow { failures } if succeeded => {
                *failures = 0;
                false
            }
            Record::InARow { failures } => {
                *failures += 1;
                *failures >= threshold
            }
            Record::Rate(rate) => rate.add(succeeded),
        }
    }

    fn clear(&mut self) {
        match self {
            Record::InARow { failures } => *failures = 0,
            Record::Rate(rate) => rate.buckets.clear(),
        }
    }
}

const BUCKETS: u32 = 10;

/// The results of the last window, in buckets of a tenth of it.
struct Rate {
    start: Instant,
    bucket: Duration,
    min_calls: u32,
    percent: u32,
    buckets: VecDeque<Bucket>,
}

struct Bucket {
    number: u128,
    calls: u64,
    failures: u64,
}

impl Rate {
    fn add(&mut self, succeeded: bool) -> bool {
        let number = self.start.elapsed().as_nanos() / self.bucket.as_nanos();
        self.buckets
            .retain(|bucket| bucket.number + u128::from(BUCKETS) > number);
        if self.buckets.back().is_none_or(|last| last.number != number) {
            self.buckets.push_back(Bucket {
                number,
                calls: 0,
                failures: 0,
            });
        }
        if let Some(last) = self.buckets.back_mut() {
            last.calls += 1;
            last.failures += u64::from(!succeeded);
        }
        let calls: u64 = self.buckets.iter().map(|bucket| bucket.calls).sum();
        let failures: u64 = self.buckets.iter().map(|bucket| bucket.failures).sum();
        calls >= u64::from(self.min_calls) && failures * 100 >= u64::from(self.percent) * calls
    }
}
