#![forbid(unsafe_code)]
//! Another design: one pure state machine, and a ticket for every admitted call.
//!
//! The machine knows the tickets of the calls that are under way. A change of state tears all of
//! them up; a call that comes back with a torn ticket has nothing to say. Times are plain
//! durations since the breaker was made, so that the machine can be tested without a clock.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
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
    made: Instant,
    machine: Mutex<Machine>,
}

type Ticket = u64;

struct Machine {
    config: Config,
    rate: Option<RateRule>,
    mode: Mode,
    /// The tickets of the calls under way, in ascending order.
    valid: Vec<Ticket>,
    next_ticket: Ticket,
    rejected: u64,
}

#[derive(Clone, Copy)]
struct RateRule {
    window: Duration,
    min_calls: u32,
    percent: u32,
}

enum Mode {
    Closed {
        failures_in_a_row: u32,
        /// Calls and failures by the beginning of their stretch of time.
        results: BTreeMap<Duration, (u64, u64)>,
    },
    Open {
        /// None: for ever.
        until: Option<Duration>,
    },
    HalfOpen {
        left_to_admit: u32,
        left_to_succeed: u32,
    },
}

impl CircuitBreaker {
    /// A closed breaker without any failures.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        if config.failure_threshold == 0 {
            return Err(ConfigError::ZeroThreshold);
        }
        Self::made(config, None)
    }

    /// A closed breaker that opens by the failure rate instead of by failures in a row.
    pub fn with_rate(
        config: Config,
        window: Duration,
        min_calls: u32,
        percent: u32,
    ) -> Result<Self, ConfigError> {
        let rule = RateRule {
            window,
            min_calls,
            percent,
        };
        Self::made(config, Some(rule))
    }

    fn made(config: Config, rate: Option<RateRule>) -> Result<Self, ConfigError> {
        if config.half_open_probes == 0 {
            return Err(ConfigError::ZeroProbes);
        }
        let machine = Machine {
            config,
            rate,
            mode: Mode::fresh(),
            valid: Vec::new(),
            next_ticket: 0,
            rejected: 0,
        };
        Ok(CircuitBreaker {
            made: Instant::now(),
            machine: Mutex::new(machine),
        })
    }

    /// Runs `f`, unless the breaker is open or the probes of the half-open phase are taken.
    pub fn call<T, E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<T, BreakerError<E>> {
        struct Hand<'a>(&'a CircuitBreaker, Ticket, bool);
        impl Drop for Hand<'_> {
            fn drop(&mut self) {
                let Hand(breaker, ticket, success) = *self;
                breaker.at_the_desk(|machine, now| machine.give_back(ticket, success, now));
            }
        }
        let ticket = match self.at_the_desk(Machine::admit) {
            Ok(ticket) => ticket,
            Err(retry_after) => return Err(BreakerError::Rejected { retry_after }),
        };
        let mut hand = Hand(self, ticket, false);
        let result = f();
        hand.2 = result.is_ok();
        drop(hand);
        result.map_err(BreakerError::Inner)
    }

    /// The state at this moment.
    pub fn state(&self) -> State {
        self.at_the_desk(|machine, _| match machine.mode {
            Mode::Closed { .. } => State::Closed,
            Mode::Open { .. } => State::Open,
            Mode::HalfOpen { .. } => State::HalfOpen,
        })
    }

    /// How many calls were rejected so far, over all phases.
    pub fn rejected(&self) -> u64 {
        self.at_the_desk(|machine, _| machine.rejected)
    }

    fn at_the_desk<R>(&self, act: impl FnOnce(&mut Machine, Duration) -> R) -> R {
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.made.elapsed();
        machine.let_time_pass(now);
        act(&mut machine, now)
    }
}

impl Machine {
    fn let_time_pass(&mut self, now: Duration) {
        if let Mode::Open { until: Some(until) } = self.mode
            && until <= now
        {
            let probes = self.config.half_open_probes;
            self.change(Mode::HalfOpen {
                left_to_admit: probes,
                left_to_succeed: probes,
            });
        }
    }

    fn admit(&mut self, now: Duration) -> Result<Ticket, Duration> {
        let retry_after = match &mut self.mode {
            Mode::Closed { .. } => None,
            Mode::Open { until } => Some(until.map_or(Duration::MAX, |until| until - now)),
            Mode::HalfOpen {
                left_to_admit: 0, ..
            } => Some(Duration::ZERO),
            Mode::HalfOpen { left_to_admit, .. } => {
                *left_to_admit -= 1;
                None
            }
        };
        if let Some(retry_after) = retry_after {
            self.rejected += 1;
            return Err(retry_after);
        }
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.valid.push(ticket);
        Ok(ticket)
    }

    fn give_back(&mut self, ticket: Ticket, success: bool, now: Duration) {
        let Ok(place) = self.valid.binary_search(&ticket) else {
            return;
        };
        self.valid.remove(place);
        let rate = self.rate;
        match &mut self.mode {
            Mode::Closed {
                failures_in_a_row,
                results,
            } => {
                *failures_in_a_row = if success { 0 } else { *failures_in_a_row + 1 };
                let trips = match rate {
                    None => *failures_in_a_row >= self.config.failure_threshold,
                    Some(rule) => rule.trips(results, success, now),
                };
                if trips {
                    self.open(now);
                }
            }
            Mode::HalfOpen { .. } if !success => self.open(now),
            Mode::HalfOpen {
                left_to_succeed, ..
            } => {
                *left_to_succeed -= 1;
                if *left_to_succeed == 0 {
                    self.change(Mode::fresh());
                }
            }
            Mode::Open { .. } => {}
        }
    }

    fn open(&mut self, now: Duration) {
        let until = now.checked_add(self.config.open_for);
        self.change(Mode::Open { until });
    }

    fn change(&mut self, mode: Mode) {
        self.mode = mode;
        self.valid.clear();
    }
}

impl Mode {
    fn fresh() -> Self {
        Mode::Closed {
            failures_in_a_row: 0,
            results: BTreeMap::new(),
        }
    }
}

impl RateRule {
    /// Results join the youngest stretch while that is shorter than a tenth of the window.
    fn trips(
        self,
        results: &mut BTreeMap<Duration, (u64, u64)>,
        success: bool,
        now: Duration,
    ) -> bool {
        let youngest = results.last_key_value().map(|(begin, _)| *begin);
        let begin = youngest
            .filter(|begin| now - *begin < self.window / 10)
            .unwrap_or(now);
        let entry = results.entry(begin).or_default();
        entry.0 += 1;
        entry.1 += u64::from(!success);
        results.retain(|begin, _| now - *begin < self.window);
        let calls: u64 = results.values().map(|entry| entry.0).sum();
        let failures: u64 = results.values().map(|entry| entry.1).sum();
        calls >= u64::from(self.min_calls) && failures * 100 >= u64::from(self.percent) * calls
    }
}
