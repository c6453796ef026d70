//! The last ten minutes: questions, answers and the candidate's own rating of them.

use super::{Failure, House, Sitting, regrade};
use crate::{
    domain::{report::Report, session::Command},
    history,
};

/// How many of the problem's questions are asked.
const QUESTIONS: usize = 3;

/// A question of the discussion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// What the interviewer asks.
    pub question: String,
    /// What a good answer mentions; empty for the candidate's own code.
    pub points: Vec<String>,
    /// Whether it is about one of the candidate's own functions.
    pub own_code: bool,
}

/// The problem's questions, the first three; what to ask about the candidate's own code is for the caller to add.
pub fn topics(sitting: &Sitting) -> Vec<Topic> {
    let questions = sitting.problem.discussion.iter().take(QUESTIONS);
    questions
        .map(|one| Topic {
            question: one.question.clone(),
            points: one.points.clone(),
            own_code: false,
        })
        .collect()
}

/// Keeps an answer with its rating, 0 to 4, and weighs the attempt again if it was judged already.
pub fn rate(
    house: &House,
    sitting: &mut Sitting,
    topic: &Topic,
    answer: &str,
    points: u8,
) -> Result<Option<Report>, Failure> {
    let command = Command::Rate {
        question: topic.question.clone(),
        own_code: topic.own_code,
        answer: answer.to_owned(),
        points,
    };
    sitting.act(house, command)?;
    match history::read_report(&sitting.attempt)? {
        Some(_) => regrade(house, sitting).map(Some),
        None => Ok(None),
    }
}
