//! What an interviewer would recommend.

use serde::{Deserialize, Serialize};

use super::{CategoryScore, Evidence, Part, RedFlag};

/// The recommendation, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// From 85, core complete, concurrency 80 %, no red flag.
    StrongHire,
    /// From 70, core 90 %, concurrency 60 %.
    Hire,
    /// From 55, core 70 %.
    Mixed,
    /// Everything else.
    NoHireYet,
}

/// What a band asks for.
struct Condition {
    band: Band,
    total: f64,
    core: f64,
    concurrency: f64,
    no_flag: bool,
}

const CONDITIONS: [Condition; 3] = [
    Condition {
        band: Band::StrongHire,
        total: 85.0,
        core: 1.0,
        concurrency: 0.8,
        no_flag: true,
    },
    Condition {
        band: Band::Hire,
        total: 70.0,
        core: 0.9,
        concurrency: 0.6,
        no_flag: false,
    },
    Condition {
        band: Band::Mixed,
        total: 55.0,
        core: 0.7,
        concurrency: 0.0,
        no_flag: false,
    },
];

/// Red flags that lower the band by one.
const FLAGS_THAT_LOWER: usize = 2;

impl Band {
    /// Every band, best first.
    pub const ALL: [Band; 4] = [Band::StrongHire, Band::Hire, Band::Mixed, Band::NoHireYet];

    /// The word used in JSON, journals and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Band::StrongHire => "strong hire",
            Band::Hire => "hire",
            Band::Mixed => "mixed",
            Band::NoHireYet => "no hire yet",
        }
    }

    fn lowered(self) -> Band {
        match self {
            Band::StrongHire => Band::Hire,
            Band::Hire => Band::Mixed,
            Band::Mixed | Band::NoHireYet => Band::NoHireYet,
        }
    }
}

/// The first band whose conditions hold, lowered for flags; and why it is not the one that the total alone gives.
pub(super) fn decide(
    total: f64,
    categories: &[CategoryScore],
    flags: &[RedFlag],
) -> (Band, Vec<Evidence>) {
    // A part that does not exist (no concurrency in a warm-up) holds nobody back.
    let share = |part| {
        categories
            .iter()
            .find(|line| line.category == part)
            .map_or(1.0, |line| line.share)
    };
    let (core, concurrency) = (share(Part::Core), share(Part::Concurrency));
    let mut held_back = Vec::new();
    let mut band = Band::NoHireYet;
    for condition in CONDITIONS
        .iter()
        .filter(|condition| total >= condition.total)
    {
        let missed = missed(condition, core, concurrency, flags);
        if missed.is_empty() {
            band = condition.band;
            break;
        }
        held_back.extend(missed);
    }
    if flags.len() >= FLAGS_THAT_LOWER && band != Band::NoHireYet {
        held_back.push(Evidence::new(
            format!("{} red flags lower the band by one", flags.len()),
            "red flags",
        ));
        band = band.lowered();
    }
    (band, held_back)
}

fn missed(condition: &Condition, core: f64, concurrency: f64, flags: &[RedFlag]) -> Vec<Evidence> {
    let mut missed = Vec::new();
    for (name, reached, wanted) in [
        ("core", core, condition.core),
        ("concurrency", concurrency, condition.concurrency),
    ] {
        if reached < wanted {
            let what = format!(
                "{} needs {:.0} %, it is at {:.0} %",
                condition.band.word(),
                wanted * 100.0,
                reached * 100.0
            );
            missed.push(Evidence::new(what, name));
        }
    }
    if condition.no_flag && !flags.is_empty() {
        missed.push(Evidence::new(
            format!(
                "{} needs a session without a red flag",
                condition.band.word()
            ),
            "red flags",
        ));
    }
    missed
}
