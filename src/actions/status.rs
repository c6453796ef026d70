//! Where a session stands.

use std::path::PathBuf;

use super::{Failure, House, Sitting};
use crate::domain::{
    attempt::Mode,
    problem::Clarification,
    session::{Command, Phase, nudges::Nudge, state::Tested},
};

/// Where a session stands; all times are counted milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The attempt's name.
    pub attempt: String,
    /// The problem's id.
    pub problem: String,
    /// The problem's title.
    pub title: String,
    /// How the attempt is made.
    pub mode: Mode,
    /// Where the code is.
    pub workspace: PathBuf,
    /// The phase.
    pub phase: Phase,
    /// Since the start.
    pub elapsed: u64,
    /// Until the phase ends; negative over time; none without a clock.
    pub left_in_phase: Option<i64>,
    /// Until the code freezes or the short form ends.
    pub left_to_code: Option<i64>,
    /// Whether the clock stands.
    pub paused: bool,
    /// A stretch without a sign of life that waits for a decision, unix milliseconds.
    pub gap: Option<(u64, u64)>,
    /// Questions asked that found an answer, each once.
    pub asked: usize,
    /// How many questions the interviewer can answer.
    pub questions: usize,
    /// Notes taken.
    pub notes: usize,
    /// Hints bought.
    pub hints: usize,
    /// The last run of the samples.
    pub tested: Option<Tested>,
    /// What an interviewer would throw in by now.
    pub nudges: Vec<Nudge>,
    /// Answers that hidden checks depend on and nobody asked for, once coding has begun.
    pub unasked: Vec<Clarification>,
    /// The twist, once it was told.
    pub twist: Option<String>,
    /// Total, band and verdict, once judged.
    pub scored: Option<(f64, String, String)>,
}

/// Lets the clock do what is due, then tells where the session stands.
pub fn status(house: &House, sitting: &mut Sitting) -> Result<Status, Failure> {
    sitting.refresh()?;
    let now = house.now();
    let gap = sitting.state.unexplained_gap(now);
    if gap.is_none() {
        sitting.act(house, Command::Tick)?;
    }
    let state = &sitting.state;
    let mut asked: Vec<&str> = state.asked_questions().collect();
    asked.sort_unstable();
    asked.dedup();
    Ok(Status {
        attempt: sitting.attempt.id.clone(),
        problem: sitting.problem.id.to_string(),
        title: sitting.problem.title.clone(),
        mode: state.mode,
        workspace: sitting.attempt.workspace(),
        phase: state.phase_at(now),
        elapsed: state.elapsed(now),
        left_in_phase: state.left_in_phase(now),
        left_to_code: state.left_to_code(now),
        paused: state.paused(),
        gap,
        asked: asked.len(),
        questions: sitting.problem.clarifications.len(),
        notes: state.notes.len(),
        hints: state.hints.len(),
        tested: state.tests.last().cloned(),
        nudges: state.nudges(now),
        unasked: if state.phase_at(now).coding() {
            super::unasked(sitting)
        } else {
            Vec::new()
        },
        twist: super::twist(house, sitting).map(str::to_owned),
        scored: state
            .scored
            .as_ref()
            .map(|(_, total, band, verdict)| (*total, band.clone(), verdict.clone())),
    })
}
