//! The last ten minutes: questions, answers and which of the listed points they named.

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
    /// What a good answer mentions.
    pub points: Vec<String>,
    /// Whether it is about one of the candidate's own functions.
    pub own_code: bool,
    /// The function it is about.
    pub code: Option<Excerpt>,
}

/// A part of the code that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The file: `src/lib.rs`.
    pub path: String,
    /// Number of the first line, from 1.
    pub first: usize,
    /// Number of the line that is asked about.
    pub line: usize,
    /// The lines.
    pub text: String,
}

/// How an answer is rated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rated {
    /// By a figure, 0 to 4.
    Figure(u8),
    /// By the listed points that it named, from 1.
    Said(Vec<u8>),
}

impl Topic {
    /// The rating of an answer that named so many of the listed points: 0 to 4, by their share.
    pub fn worth(&self, said: usize) -> u8 {
        let of = self.points.len().max(1);
        // Both are small: a topic has a handful of points.
        ((said.min(of) * 4 + of / 2) / of).min(4) as u8
    }
}

/// Three of the problem's questions and two about the candidate's own functions, from the code that was handed in.
pub fn topics(sitting: &Sitting) -> Result<Vec<Topic>, Failure> {
    let questions = sitting.problem.discussion.iter().take(QUESTIONS);
    let mut topics: Vec<Topic> = questions
        .map(|one| Topic {
            question: one.question.clone(),
            points: one.points.clone(),
            own_code: false,
            code: None,
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
        topics.extend(own_code::questions(&submission));
    }
    Ok(topics)
}

/// Keeps an answer with its rating, and weighs the attempt again if it was judged already. Without a text, the answer that
/// was kept before is rated anew.
///
/// Fails with `Usage` if there is no answer yet, or if a point is named that the question does not have.
pub fn rate(
    house: &House,
    sitting: &mut Sitting,
    topic: &Topic,
    answer: &str,
    rated: Rated,
) -> Result<Option<Report>, Failure> {
    let (points, said) = match rated {
        Rated::Figure(points) => (points, Vec::new()),
        Rated::Said(mut said) => {
            said.sort_unstable();
            said.dedup();
            let of = topic.points.len();
            if let Some(wrong) = said
                .iter()
                .find(|one| !(1..=of).contains(&usize::from(**one)))
            {
                return Err(Failure::usage(
                    format!(
                        "the question has {of} listed points, and none with the number {wrong}"
                    ),
                    "name those that you said by their numbers",
                ));
            }
            (topic.worth(said.len()), said)
        }
    };
    let kept = || {
        let ratings = &sitting.state.ratings;
        let before = ratings.iter().find(|one| one.question == topic.question);
        before.map(|one| one.answer.clone())
    };
    let answer = match answer.trim() {
        "" => kept().ok_or_else(|| {
            Failure::usage("there is no answer to rate yet", "type the answer first")
        })?,
        text => text.to_owned(),
    };
    let command = Command::Rate {
        question: topic.question.clone(),
        own_code: topic.own_code,
        answer,
        points,
        said,
    };
    sitting.act(house, command)?;
    match history::read_report(&sitting.attempt)? {
        Some(_) => regrade(house, sitting).map(Some),
        None => Ok(None),
    }
}
