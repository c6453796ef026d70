//! A question to the interviewer.

use super::{Failure, House, Sitting};
use crate::domain::{
    clarify,
    session::{Command, Phase, Question},
};

/// What the interviewer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The question of the list with its answer; none if the interviewer has none: assume whatever is simplest and say so.
    pub matched: Option<Question>,
    /// Whether it counts: asked before coding, and not asked before.
    pub counted: bool,
}

/// Asks. Fails if the attempt is over or paused.
pub fn ask(house: &House, sitting: &mut Sitting, text: &str) -> Result<Answer, Failure> {
    let matched = clarify::answer(&sitting.problem.clarifications, text).map(|found| Question {
        question: found.question.clone(),
        answer: found.answer.clone(),
    });
    let asked_before = |question: &Question| {
        sitting
            .state
            .asked_questions()
            .any(|asked| asked == question.question)
    };
    let repeated = matched.as_ref().is_some_and(asked_before);
    sitting.act(
        house,
        Command::Ask {
            text: text.to_owned(),
            matched: matched.clone(),
        },
    )?;
    let counted = matched.is_some() && !repeated && sitting.phase(house) == Phase::Clarify;
    Ok(Answer { matched, counted })
}
