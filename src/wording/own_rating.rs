//! The candidate's own view beside the finding, in words.

use super::{Line, Tone};
use crate::domain::{
    own_rating::{self, BEST, Bias, Gap},
    report::Report,
    score::Part,
};

/// What the figures of a rating mean.
pub fn rating_scale() -> &'static str {
    "0 nothing of it, 1 a little, 2 half, 3 most, 4 all of it"
}

/// What to ask oneself about a part.
pub fn part_question(part: Part) -> &'static str {
    match part {
        Part::Clarify => "Did you ask what matters before you wrote code?",
        Part::Core => "Does the code do what the statement asks for?",
        Part::Edge => "Do boundaries, errors and extremes behave?",
        Part::Concurrency => "Does it hold under every order of threads?",
        Part::Performance => "Does it stay fast as it grows?",
        Part::FollowUp => "Is the follow-up done as well as the rest?",
        Part::Discussion => "Could you explain it, with its alternatives?",
    }
}

/// A part's own figure beside the finding, in one line.
fn line(gap: &Gap) -> Line {
    let (tone, words) = match gap.bias() {
        Bias::TooHigh => (Tone::Warning, "you saw it better than it is"),
        Bias::TooLow => (Tone::Warning, "it is better than you saw it"),
        Bias::AsFound => (Tone::Good, "as you saw it"),
    };
    Line::new(
        tone,
        format!(
            "  {:<12}you {:.0} of {BEST}, found {:>3.0} %: {words}",
            gap.part.word(),
            gap.own * f64::from(BEST),
            gap.found * 100.0
        ),
    )
}

/// All rated parts with a sentence on top; nothing if nothing was rated.
pub fn gaps(report: &Report) -> Vec<Line> {
    let gaps = own_rating::gaps(report);
    let Some(widest) = gaps
        .iter()
        .max_by(|a, b| a.size().abs().total_cmp(&b.size().abs()))
    else {
        return Vec::new();
    };
    let head = match widest.bias() {
        Bias::AsFound => "Your own view: close to the finding".to_owned(),
        Bias::TooHigh => format!(
            "Your own view: furthest off, too kind, in {}",
            widest.part.word()
        ),
        Bias::TooLow => format!(
            "Your own view: furthest off, too strict, in {}",
            widest.part.word()
        ),
    };
    [Line::empty(), Line::new(Tone::Heading, head)]
        .into_iter()
        .chain(gaps.iter().map(line))
        .collect()
}
