//! The phases of a run and when each ends.

use serde::{Deserialize, Serialize};

use crate::domain::attempt::Mode;

/// One minute in milliseconds.
pub const MINUTE: u64 = 60_000;

/// What the candidate is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Questions before code.
    Clarify,
    /// State, types and the simplest correct version.
    Implement,
    /// The twist, then errors, boundaries and locks.
    Optimise,
    /// Two cases by hand and the candidate's own tests.
    Validate,
    /// The code is frozen; questions about it.
    Discuss,
    /// Nothing is left but the report.
    Over,
}

impl Phase {
    /// The word used in journals and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Phase::Clarify => "clarify",
            Phase::Implement => "implement",
            Phase::Optimise => "optimise",
            Phase::Validate => "validate",
            Phase::Discuss => "discuss",
            Phase::Over => "over",
        }
    }

    /// Whether the candidate may still change the code that is judged.
    pub fn coding(self) -> bool {
        match self {
            Phase::Implement | Phase::Optimise | Phase::Validate => true,
            Phase::Clarify | Phase::Discuss | Phase::Over => false,
        }
    }
}

/// The clock of a mode. All times are milliseconds of counted time since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The phases before the discussion with their ends; no end where the mode has no clock.
    pub phases: Vec<(Phase, Option<u64>)>,
    /// When the code freezes; none where it does not.
    pub freeze: Option<u64>,
    /// How long the discussion takes; none where there is none.
    pub discuss: Option<u64>,
}

impl Plan {
    /// The plan of a mode; `drill_minutes` is the problem's length of the short form.
    pub fn of(mode: Mode, drill_minutes: u16) -> Plan {
        let short = u64::from(drill_minutes) * MINUTE;
        match mode {
            Mode::Mock => Plan {
                phases: vec![
                    (Phase::Clarify, Some(5 * MINUTE)),
                    (Phase::Implement, Some(35 * MINUTE)),
                    (Phase::Optimise, Some(45 * MINUTE)),
                    (Phase::Validate, Some(50 * MINUTE)),
                ],
                freeze: Some(50 * MINUTE),
                discuss: Some(10 * MINUTE),
            },
            Mode::Drill => Plan {
                phases: vec![
                    (Phase::Clarify, Some(2 * MINUTE)),
                    (Phase::Implement, Some(short)),
                ],
                freeze: None,
                discuss: None,
            },
            Mode::Warmup => Plan {
                phases: vec![(Phase::Implement, Some(short))],
                freeze: None,
                discuss: None,
            },
            Mode::Untimed => Plan {
                phases: vec![(Phase::Clarify, None), (Phase::Implement, None)],
                freeze: None,
                discuss: None,
            },
        }
    }

    /// The end of the last phase in which code is written; none without a clock.
    pub fn end(&self) -> Option<u64> {
        self.phases.last().and_then(|(_, end)| *end)
    }

    /// The last phase before the discussion, where a run without a freeze stays when its time is up.
    pub fn last(&self) -> Phase {
        self.phases.last().map_or(Phase::Over, |(phase, _)| *phase)
    }
}
