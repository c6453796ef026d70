//! What a search is asked for, and what it covered.

use crate::failure::Failure;

/// What a finding of an out-of-the-ordinary pass means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The pass is not run.
    Off,
    /// It is mentioned; the check passes.
    Suspicion,
    /// The check fails.
    Failure,
}

/// What a search is asked for. All limits are counts, so that every machine gives the same verdict.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Most schedules of the systematic search; 0 leaves it out.
    pub schedules: u64,
    /// Most steps of all runs of the systematic search together, and again of all random runs together.
    pub steps: u64,
    /// Schedules of each random strategy.
    pub random: u64,
    /// The pass in which condition variables and parked threads wake for no reason.
    pub spurious: Finding,
    /// The pass in which the clock moves although threads can run.
    pub late_clock: Finding,
    /// Mixed into every random choice.
    pub seed: u64,
    /// Steps after which one run counts as a livelock.
    pub steps_per_execution: u64,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            schedules: 8_000,
            steps: 3_000_000,
            random: 600,
            spurious: Finding::Suspicion,
            late_clock: Finding::Suspicion,
            seed: 0,
            steps_per_execution: 200_000,
        }
    }
}

/// What a search covered without a failure.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Schedules of the systematic search.
    pub systematic: u64,
    /// All schedules with up to this many deviations were run; None if not even the default one was.
    pub delays: Option<u32>,
    /// All schedules with up to this many preemptions were run, switches at blocking being free.
    pub preemptions: Option<u32>,
    /// The systematic search came to its end before its limits did.
    pub exhausted: bool,
    /// Random schedules.
    pub random: u64,
    /// Schedules with spurious wake-ups or a late clock.
    pub special: u64,
    /// Most threads that were still waiting when the body had returned.
    pub leaked: u32,
    /// What an out-of-the-ordinary pass found, if that is no failure.
    pub suspicion: Option<String>,
    /// The same with all its evidence.
    pub suspect: Option<Box<Failure>>,
}
