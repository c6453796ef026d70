#![forbid(unsafe_code)]
//! A phase is an immutable object around one atomic word; an ended phase is replaced by whoever meets it.

use std::fmt::{self, Display};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Closed,
    Open,
    HalfOpen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    pub failure_threshold: u32,
    pub open_for: Duration,
    pub half_open_probes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    ZeroThreshold,
    ZeroProbes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerError<E> {
    Rejected {
        /// The time left until the breaker is half open; zero if it is and the probes are taken.
        retry_after: Duration,
    },
    Inner(E),
}

impl<E: Display> Display for BreakerError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected { retry_after } => write!(f, "rejected, {retry_after:?} to go"),
            Self::Inner(error) => error.fmt(f),
        }
    }
}

/// How a closed or half-open phase ended.
#[derive(Clone, Copy)]
enum End {
    Opened(Instant),
    Healed,
}

const FAILED: u64 = u64::MAX;

enum Phase {
    /// The failures in a row, or `FAILED`.
    Row(AtomicU64, OnceLock<End>),
    Rate(Mutex<Results>, OnceLock<End>),
    Open(Instant),
    /// Probes let in (high half) and succeeded (low half), or `FAILED`.
    ///
    /// All of both halves set would be as many probes as there are numbers, all of them done:
    /// then the phase is over too, and `end` tells how.
    Half(AtomicU64, OnceLock<End>),
}

/// Results of the last window in ten buckets.
struct Results {
    since: Instant,
    window: Duration,
    min_calls: u32,
    percent: u32,
    /// For each bucket the number of the tenth that it counts, calls and failures.
    tenths: [(u128, u64, u64); 10],
}

impl Results {
    fn add(&mut self, failed: bool) -> Option<Instant> {
        let now = Instant::now();
        let age = now.saturating_duration_since(self.since);
        let window = self.window.as_nanos().max(1);
        let tenth = age.as_nanos().saturating_mul(10) / window;
        let bucket = &mut self.tenths[(tenth % 10) as usize];
        if bucket.0 != tenth {
            *bucket = (tenth, 0, 0);
        }
        bucket.1 += 1;
        bucket.2 += u64::from(failed);
        let (calls, failures) = self
            .tenths
            .iter()
            .filter(|(number, ..)| tenth - number < 10)
            .fold((0, 0), |sum, (_, calls, failures)| {
                (sum.0 + calls, sum.1 + failures)
            });
        let many = calls >= u64::from(self.min_calls);
        let bad = u128::from(failures) * 100 >= u128::from(self.percent) * u128::from(calls);
        (many && bad).then_some(now)
    }
}

#[derive(Clone, Copy)]
enum Rule {
    Row(u32),
    Rate(Duration, u32, u32),
}

impl Rule {
    fn closed(self) -> Phase {
        match self {
            Self::Row(_) => Phase::Row(AtomicU64::new(0), OnceLock::new()),
            Self::Rate(window, min_calls, percent) => {
                let results = Results {
                    since: Instant::now(),
                    window,
                    min_calls,
                    percent,
                    tenths: [(0, 0, 0); 10],
                };
                Phase::Rate(Mutex::new(results), OnceLock::new())
            }
        }
    }
}

pub struct CircuitBreaker {
    rule: Rule,
    open_for: Duration,
    probes: u32,
    phase: RwLock<Arc<Phase>>,
    rejected: AtomicU64,
}

/// Reports a failure if nothing else was reported.
struct Report<'a> {
    breaker: &'a CircuitBreaker,
    phase: Option<Arc<Phase>>,
}

impl Report<'_> {
    fn file(&mut self, failed: bool) {
        if let Some(phase) = self.phase.take() {
            self.breaker.record(&phase, failed);
        }
    }
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        self.file(true);
    }
}

impl CircuitBreaker {
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        if config.failure_threshold == 0 {
            return Err(ConfigError::ZeroThreshold);
        }
        Self::with_rule(config, Rule::Row(config.failure_threshold))
    }

    pub fn with_rate(
        config: Config,
        window: Duration,
        min_calls: u32,
        percent: u32,
    ) -> Result<Self, ConfigError> {
        Self::with_rule(config, Rule::Rate(window, min_calls, percent))
    }

    fn with_rule(config: Config, rule: Rule) -> Result<Self, ConfigError> {
        if config.half_open_probes == 0 {
            return Err(ConfigError::ZeroProbes);
        }
        Ok(Self {
            rule,
            open_for: config.open_for,
            probes: config.half_open_probes,
            phase: RwLock::new(Arc::new(rule.closed())),
            rejected: AtomicU64::new(0),
        })
    }

    /// The phase that holds now, and for an open one the time that is left of it.
    fn phase(&self) -> (Arc<Phase>, Duration) {
        loop {
            let phase = Arc::clone(&self.phase.read().unwrap());
            let next = match &*phase {
                Phase::Row(_, end) | Phase::Rate(_, end) | Phase::Half(_, end) => match end.get() {
                    None => return (phase, Duration::ZERO),
                    Some(End::Opened(at)) => Phase::Open(*at),
                    Some(End::Healed) => self.rule.closed(),
                },
                Phase::Open(since) => {
                    let passed = since.elapsed();
                    if self.open_for == Duration::MAX || passed < self.open_for {
                        return (phase, self.open_for - passed);
                    }
                    Phase::Half(AtomicU64::new(0), OnceLock::new())
                }
            };
            let mut current = self.phase.write().unwrap();
            if Arc::ptr_eq(&current, &phase) {
                *current = Arc::new(next);
            }
        }
    }

    /// Lets a call in, or tells after which time to come back.
    fn admit(&self) -> Result<Arc<Phase>, Duration> {
        loop {
            let (phase, left) = self.phase();
            match &*phase {
                Phase::Row(..) | Phase::Rate(..) => return Ok(phase),
                Phase::Open(_) => return Err(left),
                Phase::Half(word, end) => {
                    let one_more = |word: u64| {
                        let free = word != FAILED && word >> 32 < u64::from(self.probes);
                        free.then(|| word + (1 << 32))
                    };
                    let taken = word.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more);
                    match taken {
                        Ok(_) => return Ok(phase),
                        // Over, or about to be: help, and look again.
                        Err(FAILED) => {
                            end.get_or_init(|| End::Opened(Instant::now()));
                        }
                        Err(word) if word as u32 == self.probes => {
                            end.get_or_init(|| End::Healed);
                        }
                        Err(_) => return Err(Duration::ZERO),
                    }
                }
            }
        }
    }

    fn record(&self, phase: &Phase, failed: bool) {
        const SEQ: Ordering = Ordering::SeqCst;
        match (phase, self.rule) {
            (Phase::Row(word, end), Rule::Row(threshold)) => {
                let next = |row: u64| match (row, failed) {
                    (FAILED, _) => None,
                    (_, false) => Some(0),
                    (row, true) if row + 1 >= u64::from(threshold) => Some(FAILED),
                    (row, true) => Some(row + 1),
                };
                let before = word.fetch_update(SEQ, SEQ, next);
                if before.is_err() || word.load(SEQ) == FAILED {
                    end.get_or_init(|| End::Opened(Instant::now()));
                }
            }
            (Phase::Rate(results, end), _) => {
                let mut results = results.lock().unwrap();
                if end.get().is_none()
                    && let Some(now) = results.add(failed)
                {
                    let _ = end.set(End::Opened(now));
                }
            }
            (Phase::Half(word, end), _) => {
                let next = |word: u64| match failed {
                    _ if word == FAILED => None,
                    true => Some(FAILED),
                    false => Some(word + 1),
                };
                match word.fetch_update(SEQ, SEQ, next) {
                    Ok(_) if failed => {}
                    Ok(word) if word as u32 + 1 < self.probes => return,
                    Ok(_) => {
                        end.get_or_init(|| End::Healed);
                        return;
                    }
                    Err(_) => {}
                }
                end.get_or_init(|| End::Opened(Instant::now()));
            }
            (Phase::Open(_), _) | (Phase::Row(..), Rule::Rate(..)) => {
                unreachable!("no call is let in by such a phase")
            }
        }
    }

    pub fn call<T, E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<T, BreakerError<E>> {
        let phase = self.admit().map_err(|retry_after| {
            self.rejected.fetch_add(1, Ordering::Relaxed);
            BreakerError::Rejected { retry_after }
        })?;
        let mut report = Report {
            breaker: self,
            phase: Some(phase),
        };
        let result = f();
        report.file(result.is_err());
        result.map_err(BreakerError::Inner)
    }

    pub fn state(&self) -> State {
        match *self.phase().0 {
            Phase::Row(..) | Phase::Rate(..) => State::Closed,
            Phase::Open(_) => State::Open,
            Phase::Half(..) => State::HalfOpen,
        }
    }

    pub fn rejected(&self) -> u64 {
        self.rejected.load(Ordering::Relaxed)
    }
}
