//! The last ten minutes for those who never look at the screens: questions, answers, ticks.

use super::{Context, args::Which, output::Stop, sessions::open};
use crate::{
    actions::{self, Failure, Rated, Sitting, Topic},
    domain::session::state::Rating,
    wording::{self, Line, Tone},
};

/// How `discuss` rates an answer, if it does.
#[derive(Debug, clap::Args)]
pub(crate) struct Given {
    /// The listed points that your answer named, by their numbers; 0 for none
    #[arg(long, value_name = "1,2", value_delimiter = ',')]
    said: Option<Vec<u8>>,
    /// A rating of your own instead, 0 to 4
    #[arg(long, conflicts_with = "said", value_name = "0-4", value_parser = clap::value_parser!(u8).range(0..=4))]
    points: Option<u8>,
}

/// `discuss`: the questions; one of them with its code; an answer; its ticks.
pub(super) fn discuss(
    context: &Context,
    which: &Which,
    number: Option<usize>,
    given: Given,
    text: &str,
) -> Result<u8, Stop> {
    let mut sitting = open(context, which)?;
    let topics = actions::topics(&sitting)?;
    let Some(number) = number else {
        return all(context, &sitting, &topics);
    };
    let topic = number.checked_sub(1).and_then(|at| topics.get(at));
    let topic = topic.ok_or_else(|| {
        Failure::usage(
            format!("there is no question {number}"),
            "`fiftyten discuss` names them",
        )
    })?;
    let before = rating(&sitting, topic);
    let rated = match (given.points, given.said, text.is_empty()) {
        (Some(points), ..) => Rated::Figure(points),
        (None, Some(said), _) => Rated::Said(said.into_iter().filter(|one| *one > 0).collect()),
        (None, None, true) => return one(context, number, topic, before),
        (None, None, false) => Rated::Said(before.map_or(Vec::new(), |one| one.said.clone())),
    };
    let report = actions::rate(&context.house, &mut sitting, topic, text, rated)?;
    let said = rating(&sitting, topic).map_or(&[][..], |one| &one.said);
    let points = wording::points(topic, said);
    let mut lines: Vec<Line> = points.into_iter().map(Line::plain).collect();
    lines.extend(report.map(|report| {
        Line::plain(format!(
            "Now {:.1} of 100, {}",
            report.score.total,
            report.score.band.word()
        ))
    }));
    context.output.lines(&lines)?;
    let points = rating(&sitting, topic).map_or(0, |one| one.points);
    context.output.remark(&format!(
        "kept, {points} of 4; tick what you said with `fiftyten discuss {number} --said 1,2`"
    ));
    Ok(0)
}

fn rating<'s>(sitting: &'s Sitting, topic: &Topic) -> Option<&'s Rating> {
    let mut ratings = sitting.state.ratings.iter();
    ratings.find(|one| one.question == topic.question)
}

fn all(context: &Context, sitting: &Sitting, topics: &[Topic]) -> Result<u8, Stop> {
    let lines = topics.iter().enumerate().map(|(at, one)| {
        let rated = match rating(sitting, one) {
            Some(rating) => format!("  [{} of 4]", rating.points),
            None => String::new(),
        };
        Line::plain(format!("{}. {}{rated}", at + 1, one.question))
    });
    context.output.lines(&lines.collect::<Vec<_>>())?;
    context.output.remark(
        "`fiftyten discuss N` shows one with your code, `fiftyten discuss N TEXT` answers it",
    );
    Ok(0)
}

fn one(
    context: &Context,
    number: usize,
    topic: &Topic,
    before: Option<&Rating>,
) -> Result<u8, Stop> {
    let mut lines = vec![Line::new(Tone::Heading, topic.question.clone())];
    lines.extend(wording::excerpt(topic));
    // What a good answer mentions is told after the answer.
    if let Some(rating) = before {
        lines.push(Line::plain(format!("You: {}", rating.answer)));
        lines.extend(
            wording::points(topic, &rating.said)
                .into_iter()
                .map(Line::plain),
        );
    }
    context.output.lines(&lines)?;
    context
        .output
        .remark(&format!("answer with `fiftyten discuss {number} TEXT`"));
    Ok(0)
}
