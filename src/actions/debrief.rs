//! Everything that is told after the end: the report with the code, the problem and the score over time.

use super::{Failure, House, Sitting, known_timeline, report, show};
use crate::{
    domain::{
        attempt::Submission, problem::Problem, report::Report, session::state::Rating,
        timeline::Timeline,
    },
    history,
};

/// A judged attempt with all that may be shown of it.
#[derive(Debug, Clone)]
pub struct Debriefing {
    /// The report.
    pub report: Report,
    /// The code that was judged, if it was kept.
    pub submission: Option<Submission>,
    /// The problem, with its solutions.
    pub problem: Problem,
    /// What the saves were worth, as far as that is known.
    pub timeline: Timeline,
    /// The answers of the discussion.
    pub answers: Vec<Rating>,
}

/// The debrief of an attempt, or of the latest that was judged. Fails if it was not judged yet.
pub fn debrief(house: &House, wanted: Option<&str>) -> Result<Debriefing, Failure> {
    let report = report(house, wanted)?;
    match &report.attempt {
        Some(part) => {
            let sitting = Sitting::open(house, Some(&part.id))?;
            debrief_of(&sitting, report)
        }
        // A report without a session is never kept; a changed file could say so.
        None => Ok(Debriefing {
            submission: None,
            problem: show(house, &report.problem)?,
            timeline: Timeline::default(),
            answers: Vec::new(),
            report,
        }),
    }
}

/// The debrief of an open attempt with its report.
pub fn debrief_of(sitting: &Sitting, report: Report) -> Result<Debriefing, Failure> {
    Ok(Debriefing {
        submission: history::read_snapshot(&sitting.attempt, &report.submission.hash)?,
        problem: sitting.problem.clone(),
        timeline: known_timeline(sitting)?,
        answers: sitting.state.ratings.clone(),
        report,
    })
}
