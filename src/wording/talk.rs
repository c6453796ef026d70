//! The interviewer's part in words: what is thrown in while somebody codes, and the questions afterwards.

use super::{Line, Tone};
use crate::{actions::Topic, domain::session::nudges::Nudge};

/// How an answer is ticked where one types lines.
pub const HOW_TO_TICK: &str =
    "Tick what you said, for example: tick 2. Tick 0 takes all ticks away.";

/// What the interviewer throws in.
pub fn nudge(nudge: Nudge) -> &'static str {
    match nudge {
        Nudge::Compiles => "Minute 15 is past: does it compile? Save what you have.",
        Nudge::Core => "Minute 25 is past: do the samples pass? The core should stand by now.",
        Nudge::Still => {
            "Six minutes without a save or a word. What are you thinking about? A note tells it."
        }
        Nudge::Silent => "Nine minutes without a word. Say what you are doing, and why, in a note.",
    }
}

/// The listed points of a question with their numbers; those that were said are ticked.
pub fn points(topic: &Topic, said: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    if !topic.points.is_empty() {
        lines.push("A good answer mentions:".to_owned());
    }
    for (at, point) in topic.points.iter().enumerate() {
        let ticked = said.iter().any(|one| usize::from(*one) == at + 1);
        let tick = if ticked { "[x] " } else { "" };
        lines.push(format!("{}. {tick}{point}", at + 1));
    }
    lines
}

/// The function that a question is about, with line numbers; the line in question is marked.
pub fn excerpt(topic: &Topic) -> Vec<Line> {
    let Some(excerpt) = &topic.code else {
        return Vec::new();
    };
    let head = Line::new(Tone::Heading, format!("Your {}", excerpt.path));
    let lines = excerpt.text.lines().enumerate().map(|(at, text)| {
        let number = excerpt.first + at;
        let mark = if number == excerpt.line { ">" } else { " " };
        Line::plain(format!("{mark}{number:>4} {text}"))
    });
    std::iter::once(head).chain(lines).collect()
}
