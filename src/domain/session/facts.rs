//! What a session tells the score.

use serde::{Deserialize, Serialize};

use super::{
    phases::{MINUTE, Phase},
    state::SessionState,
};
use crate::domain::{attempt::Mode, own_rating::OwnRating};

/// Something said at a counted time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Counted milliseconds since the start.
    pub at: u64,
    /// As typed.
    pub text: String,
}

/// A hint that was bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HintTaken {
    /// Counted milliseconds since the start.
    pub at: u64,
    /// From 1.
    pub number: usize,
    /// Points off the total.
    pub cost: u8,
}

/// A self-rated answer of the discussion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatedAnswer {
    /// The interviewer's question.
    pub question: String,
    /// Whether it is about the candidate's own code.
    pub own_code: bool,
    /// Whether something was typed.
    pub answered: bool,
    /// 0 to 4.
    pub points: u8,
}

/// The size of the code beside the reference's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bulk {
    /// Lines of code, comments, blank lines and tests left out.
    pub code_lines: usize,
    /// The same of the reference.
    pub reference_lines: usize,
    /// Public items that the API does not ask for.
    pub extra_public_items: usize,
}

/// What a session tells the score. All times are counted milliseconds since the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionFacts {
    /// How the attempt was made.
    pub mode: Mode,
    /// Questions of the list that were asked before coding began, each once, in the order of asking.
    pub asked: Vec<Said>,
    /// How many questions the list has.
    pub questions: usize,
    /// What was typed in the clarify phase without finding an answer.
    pub unmatched: Vec<Said>,
    /// Whether a question before coding was about limits or errors.
    pub asked_about_limits: bool,
    /// Notes in order.
    pub notes: Vec<Said>,
    /// The longest stretch of coding without a note or a question: from, to.
    pub longest_silence: Option<(u64, u64)>,
    /// Hints bought.
    pub hints: Vec<HintTaken>,
    /// Counted time at which the code was handed in or frozen.
    pub handed_in: Option<u64>,
    /// When samples and own tests first passed together.
    pub first_green: Option<u64>,
    /// When the stub of the follow-up was taken.
    pub followup: Option<u64>,
    /// Pauses: how many, and milliseconds in all.
    pub pauses: (usize, u64),
    /// Milliseconds of gaps that were not counted.
    pub gaps_left_out: u64,
    /// Whether a state from after the freeze was judged, because no earlier one was kept.
    pub late: bool,
    /// Snapshots kept.
    pub snapshots: usize,
    /// Runs of the samples.
    pub test_runs: usize,
    /// The trial of the candidate's own tests: tests, wrong ones, mutants caught, mutants.
    pub validated: Option<(usize, usize, usize, usize)>,
    /// Answers of the discussion.
    pub ratings: Vec<RatedAnswer>,
    /// The candidate's view of the own work, part by part.
    #[serde(default)]
    pub own_ratings: Vec<OwnRating>,
    /// The minute of the last compiling snapshot, if that one is judged because the end does not compile.
    pub compiles_only_at: Option<u64>,
    /// Sizes, where they were measured.
    pub bulk: Option<Bulk>,
}

/// Words of questions about limits and errors.
const LIMIT_WORDS: [&str; 22] = [
    "limit",
    "capac",
    "bound",
    "max",
    "min",
    "zero",
    "empty",
    "full",
    "error",
    "fail",
    "invalid",
    "panic",
    "overflow",
    "negative",
    "duplicate",
    "missing",
    "timeout",
    "what happens",
    "how many",
    "how large",
    "how big",
    "edge",
];

impl SessionState {
    /// The facts as the journal stands at `now`; `questions` is the length of the problem's list.
    pub fn facts(&self, now: u64, questions: usize) -> SessionFacts {
        let coding = self.coding_begins(now).unwrap_or(u64::MAX);
        let before: Vec<_> = self.asked.iter().filter(|(at, ..)| *at < coding).collect();
        let mut asked: Vec<Said> = Vec::new();
        for (at, _, matched) in &before {
            let Some(found) = matched else { continue };
            if asked.iter().all(|said| said.text != found.question) {
                asked.push(self.said(*at, &found.question));
            }
        }
        SessionFacts {
            mode: self.mode,
            asked,
            questions,
            unmatched: before
                .iter()
                .filter(|(_, _, matched)| matched.is_none())
                .map(|(at, text, _)| self.said(*at, text))
                .collect(),
            asked_about_limits: before.iter().any(|(_, text, matched)| {
                about_limits(text)
                    || matched
                        .as_ref()
                        .is_some_and(|found| about_limits(&found.question))
            }),
            notes: self
                .notes
                .iter()
                .map(|(at, text)| self.said(*at, text))
                .collect(),
            longest_silence: self.longest_silence(now),
            hints: self
                .hints
                .iter()
                .map(|(at, number, cost)| HintTaken {
                    at: self.elapsed(*at),
                    number: *number,
                    cost: *cost,
                })
                .collect(),
            handed_in: self.handed_in(now),
            first_green: self
                .tests
                .iter()
                .find(|run| run.compiled && run.of > 0 && run.passed == run.of)
                .map(|run| self.elapsed(run.at)),
            followup: self.followup.map(|at| self.elapsed(at)),
            pauses: (
                self.pauses.len(),
                self.pauses
                    .iter()
                    .map(|pause| pause.until.unwrap_or(now).saturating_sub(pause.from))
                    .sum(),
            ),
            gaps_left_out: self
                .gaps
                .iter()
                .filter(|(_, _, counted)| !counted)
                .map(|(from, until, _)| until.saturating_sub(*from))
                .sum(),
            late: self.submitted.as_ref().is_some_and(|(_, _, late)| *late),
            snapshots: self.snapshots.len(),
            test_runs: self.tests.len(),
            validated: self.validated,
            ratings: self
                .ratings
                .iter()
                .map(|rating| RatedAnswer {
                    question: rating.question.clone(),
                    own_code: rating.own_code,
                    answered: !rating.answer.trim().is_empty(),
                    points: rating.points,
                })
                .collect(),
            own_ratings: self.own_ratings.clone().unwrap_or_default(),
            compiles_only_at: None,
            bulk: None,
        }
    }

    fn said(&self, at: u64, text: &str) -> Said {
        Said {
            at: self.elapsed(at),
            text: text.to_owned(),
        }
    }

    /// Counted time of the end of coding: the freeze, or the submission if that was earlier.
    fn handed_in(&self, now: u64) -> Option<u64> {
        let submitted = self.submitted.as_ref().map(|(at, ..)| self.elapsed(*at));
        let frozen = self
            .plan
            .freeze
            .filter(|freeze| self.elapsed(now) >= *freeze);
        match (submitted, frozen) {
            (Some(submitted), Some(frozen)) => Some(submitted.min(frozen)),
            (submitted, frozen) => submitted.or(frozen),
        }
    }

    /// The longest stretch between two utterances, from the start to the end of coding.
    fn longest_silence(&self, now: u64) -> Option<(u64, u64)> {
        let end = self.handed_in(now).unwrap_or_else(|| self.elapsed(now));
        let spoken = self
            .notes
            .iter()
            .map(|(at, _)| *at)
            .chain(self.asked.iter().map(|(at, ..)| *at));
        let mut moments: Vec<u64> = spoken
            .map(|at| self.elapsed(at))
            .filter(|at| *at <= end)
            .chain([0, end])
            .collect();
        moments.sort_unstable();
        moments
            .windows(2)
            .map(|pair| (pair[0], pair[1]))
            .max_by_key(|(from, to)| (to - from, u64::MAX - from))
    }

    /// The texts of questions asked before coding, for the list of what was not asked.
    pub fn asked_questions(&self) -> impl Iterator<Item = &str> {
        self.asked
            .iter()
            .filter_map(|(_, _, matched)| matched.as_ref().map(|found| found.question.as_str()))
    }

    /// Whether the phase has a question box that counts.
    pub fn clarifying(&self, now: u64) -> bool {
        self.phase_at(now) == Phase::Clarify
    }
}

fn about_limits(text: &str) -> bool {
    let text = text.to_lowercase();
    LIMIT_WORDS.iter().any(|word| text.contains(word))
}

/// `31:40` for counted milliseconds.
pub fn clock(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Whole minutes of counted milliseconds.
pub fn minutes(milliseconds: u64) -> u64 {
    milliseconds / MINUTE
}
