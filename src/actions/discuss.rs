//! The last ten minutes: questions, answers and the candidate's own rating of them.

use super::{Failure, House, Sitting, own_code, regrade};
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

/// Three of the problem's questions and two about the candidate's own functions, from the code that was handed in.
pub fn topics(sitting: &Sitting) -> Result<Vec<Topic>, Failure> {
    let questions = sitting.problem.discussion.iter().take(QUESTIONS);
    let mut topics: Vec<Topic> = questions
        .map(|one| Topic {
            question: one.question.clone(),
            points: one.points.clone(),
            own_code: false,
        })
        .collect();
    let frozen = || {
        sitting
            .state
            .frozen
            .as_ref()
            .and_then(|(hash, _)| hash.as_ref())
    };
    let handed_in = sitting
        .state
        .submitted
        .as_ref()
        .map(|(_, hash, _)| hash)
        .or_else(frozen);
    if let Some(hash) = handed_in
        && let Some(submission) = history::read_snapshot(&sitting.attempt, hash)?
    {
        let own = own_code::questions(&submission).into_iter();
        topics.extend(own.map(|question| Topic {
            question,
            points: Vec::new(),
            own_code: true,
        }));
    }
    Ok(topics)
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
