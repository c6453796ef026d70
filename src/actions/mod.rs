//! One file per thing a person can ask for; the only place where the rooms of floor 1 meet.
//!
//! In: a [`House`] and what is wanted. Out: values, never words for a screen. What the candidate did wrong is inside the
//! value; a [`Failure`] is somebody else's fault.

mod ask;
mod bulk;
mod check_problem;
mod clarify;
mod clock;
mod debrief;
mod designs;
mod discuss;
mod doctor;
mod failure;
mod followup;
mod hint;
mod history;
mod list;
mod mutate_problem;
mod new_problem;
mod note;
mod own_code;
mod own_rating;
mod pause;
mod plan;
mod replay;
mod report;
mod score;
mod setup;
mod show;
mod sitting;
mod start;
mod status;
mod submit;
mod test;
mod timeline;
mod trials;
mod unexplored;
mod validate;

use std::path::PathBuf;

pub use ask::{Answer, ask};
pub use check_problem::{CheckEvent, Soundness, check_problems};
pub use clarify::{code, unasked};
pub use clock::{Clock, wall_clock};
pub use debrief::{Debriefing, debrief, debrief_of};
pub use designs::{Designs, designs};
pub use discuss::{Excerpt, Rated, Topic, rate, topics};
pub use doctor::{Finding, Health, doctor};
pub use failure::Failure;
pub use followup::{followup, twist};
pub use hint::{HintGiven, hint};
pub use history::{HistoryLine, Past, history};
pub use list::{Listing, list};
pub use mutate_problem::{MutateEvent, Mutated, Survived, mutate_problems};
pub use new_problem::new_problem;
pub use note::note;
pub use own_rating::{rate_self, rated_parts};
pub use pause::{decide_gap, pause, resume};
pub use plan::{Due, FIRST_PLAN, Picked, due, pick, plan, plans};
pub use replay::{Replayed, replay};
pub use report::report;
pub use score::{CageWish, Known, ScoreEvent, ScoreWish, Scored, Skipped, score};
pub use setup::{SetUp, setup};
pub use show::show;
pub use sitting::Sitting;
pub use start::{Wish, start};
pub use status::{Status, status};
pub use submit::{HandedIn, Judged, finish, hand_in, judge_handed_in, regrade, submit};
pub use test::{TestRun, test};
pub use timeline::{Pace, known_timeline, timeline};
pub use validate::{Trial, validate};

use crate::assets::Library;

/// Where things are, and what time it is.
#[derive(Clone)]
pub struct House {
    /// Where problems come from.
    pub library: Library,
    /// Attempts live below it.
    pub data: PathBuf,
    /// What can be rebuilt: the bench.
    pub cache: PathBuf,
    /// The wall clock; tests hand in their own.
    pub clock: Clock,
}

impl House {
    /// Unix milliseconds.
    pub fn now(&self) -> u64 {
        (self.clock)()
    }
}
