#![forbid(unsafe_code)]
//! A breaker around calls to a dependency that may be down.

use std::time::Duration;

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
    /// From the opening to the half-open phase. `Duration::MAX` never passes; zero has passed
    /// at once.
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
///
/// A call whose result arrives after the state has changed is not counted, even if the state has
/// changed back in the meantime; its caller receives the result all the same.
pub struct CircuitBreaker {
    // Replace this by what you need.
    state: (),
}

impl CircuitBreaker {
    /// A closed breaker without any failures.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let _ = config;
        todo!()
    }

    /// Runs `f`, unless the breaker is open or the probes of the half-open phase are taken.
    ///
    /// An `Err` and a panic are failures; the panic goes on to the caller. Failures in a row are
    /// counted in the order in which calls complete, and a success ends the row. A half-open
    /// breaker closes when all `half_open_probes` calls have succeeded, and opens again with the
    /// first failure, for a full `open_for`.
    ///
    /// `f` may take long and may call the breaker; nobody else is held up by it.
    pub fn call<T, E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<T, BreakerError<E>> {
        let _ = f;
        todo!()
    }

    /// The state at this moment: an open breaker is half open as soon as `open_for` has passed.
    pub fn state(&self) -> State {
        let _ = self.state;
        todo!()
    }

    /// How many calls were rejected so far, over all phases.
    pub fn rejected(&self) -> u64 {
        todo!()
    }
}
