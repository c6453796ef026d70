//! Every attempt so far, and what they tell.

use super::{Failure, House, list::load_all};
use crate::{
    domain::{
        figures::Figures,
        problem::Category,
        progress,
        session::{Phase, replay},
    },
    history::{self, Attempt},
};

/// One attempt in the history.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryLine {
    /// The attempt.
    pub attempt: Attempt,
    /// What was reached; none while it was not judged.
    pub past: Option<progress::Past>,
    /// The phase now; over for a journal that cannot be read.
    pub phase: Phase,
    /// Whether it was given up.
    pub abandoned: bool,
}

/// The history with its conclusions.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// Oldest first.
    pub lines: Vec<HistoryLine>,
    /// What could not be read, in words.
    pub damaged: Vec<String>,
    /// The category with the least average.
    pub weakest: Option<Category>,
    /// The judged attempts in numbers.
    pub figures: Figures,
    /// What to drill next.
    pub next_drill: Option<String>,
}

/// Reads the history. Damaged attempts are told, not fatal; fails if the folder cannot be listed.
pub fn history(house: &House) -> Result<Past, Failure> {
    let (attempts, broken) = history::list(&house.data)?;
    let mut damaged: Vec<String> = broken.iter().map(ToString::to_string).collect();
    let mut lines = Vec::new();
    for attempt in attempts {
        let entries = attempt.journal().entries().unwrap_or_else(|error| {
            damaged.push(error.to_string());
            Vec::new()
        });
        let report = history::read_report(&attempt).unwrap_or_else(|error| {
            damaged.push(error.to_string());
            None
        });
        let state = replay(&entries);
        lines.push(HistoryLine {
            past: report.as_ref().and_then(progress::Past::of),
            phase: state
                .as_ref()
                .map_or(Phase::Over, |state| state.phase_at(house.now())),
            abandoned: state.is_some_and(|state| state.abandoned.is_some()),
            attempt,
        });
    }
    let past: Vec<progress::Past> = lines.iter().filter_map(|line| line.past.clone()).collect();
    let weakest = progress::weakest(&past);
    let (problems, _) = load_all(house)?;
    let latest = past.last().map_or("", |attempt| attempt.problem.as_str());
    let next = progress::next_drill(&problems, &past, weakest, latest);
    Ok(Past {
        lines,
        damaged,
        weakest,
        figures: Figures::of(&problems, &past),
        next_drill: next.map(|problem| problem.id.to_string()),
    })
}

/// What was reached in every judged attempt that can be read.
pub(super) fn finished(house: &House) -> Result<Vec<progress::Past>, Failure> {
    let (attempts, _) = history::list(&house.data)?;
    let reports = attempts
        .iter()
        .filter_map(|attempt| history::read_report(attempt).ok().flatten());
    Ok(reports
        .filter_map(|report| progress::Past::of(&report))
        .collect())
}
