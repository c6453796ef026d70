//! A failing schedule, step by step: what is shown, and what the keys do to it.

use crate::{
    domain::{
        attempt::Submission,
        verdict::{CheckResult, Story},
    },
    tui::{
        keys::Act,
        message::Effect,
        screens::evidence,
        state::{Body, Overlay, Reader, Scroll, State},
    },
    wording::{self, Tone},
};

/// How far a page goes, in steps.
const PAGE: usize = 10;

/// A schedule on screen.
pub struct Stage {
    /// The check it belongs to.
    pub check: CheckResult,
    /// What happens.
    pub story: Story,
    /// The code it ran on, if it was kept.
    pub submission: Option<Submission>,
    /// Index of the event that has just happened.
    pub cursor: usize,
    /// What stands beside the steps.
    pub side: Side,
    /// How far that is scrolled, where it does not follow the step.
    pub scroll: Scroll,
}

/// What stands beside the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The code at the step.
    Source,
    /// The nearest schedule that passes.
    Passing,
    /// The calls of the history.
    Calls,
}

impl Stage {
    /// A story with its first step selected; none if nothing happens in it.
    pub fn of(
        check: &CheckResult,
        story: Option<&Story>,
        submission: Option<&Submission>,
    ) -> Option<Stage> {
        let story = story.filter(|story| !story.events.is_empty())?.clone();
        let side = match story.history {
            Some(_) => Side::Calls,
            None => Side::Source,
        };
        Some(Stage {
            check: check.clone(),
            story,
            submission: submission.cloned(),
            cursor: 0,
            side,
            scroll: Scroll::default(),
        })
    }

    fn last(&self) -> usize {
        self.story.events.len() - 1
    }

    /// The sides there are something for.
    fn sides(&self) -> Vec<Side> {
        let mut sides = vec![Side::Source];
        sides.extend(self.story.passing.is_some().then_some(Side::Passing));
        sides.extend(self.story.history.is_some().then_some(Side::Calls));
        sides
    }

    fn turn_to(&mut self, side: Side) {
        // The same key leads back.
        let back = self.side == side && side != Side::Source;
        self.side = if back { Side::Source } else { side };
        self.scroll = Scroll::default();
    }
}

/// Does what a key asks for.
pub fn act(state: &mut State, act: Act) -> Vec<Effect> {
    let Some(stage) = state.stage.as_deref_mut() else {
        return Vec::new();
    };
    let mut word = None;
    match act {
        Act::Down => stage.cursor = (stage.cursor + 1).min(stage.last()),
        Act::Up => stage.cursor = stage.cursor.saturating_sub(1),
        Act::PageDown => stage.cursor = (stage.cursor + PAGE).min(stage.last()),
        Act::PageUp => stage.cursor = stage.cursor.saturating_sub(PAGE),
        Act::First => stage.cursor = 0,
        Act::Last => stage.cursor = stage.last(),
        Act::NextTurn => match stage.story.next_turn(stage.cursor) {
            Some(turn) => stage.cursor = turn,
            None => word = Some("from here on the order is the plain one"),
        },
        Act::PreviousTurn => match stage.story.previous_turn(stage.cursor) {
            Some(turn) => stage.cursor = turn,
            None => word = Some("up to here the order is the plain one"),
        },
        Act::NextPane => {
            let sides = stage.sides();
            let at = sides.iter().position(|side| *side == stage.side);
            stage.side = sides[at.map_or(0, |at| (at + 1) % sides.len())];
            stage.scroll = Scroll::default();
        }
        Act::Compare | Act::Calls | Act::Source if hindrance(stage, act).is_some() => {
            word = hindrance(stage, act);
        }
        Act::Compare => stage.turn_to(Side::Passing),
        Act::Calls => stage.turn_to(Side::Calls),
        Act::Source => stage.turn_to(Side::Source),
        Act::Open => {
            let pages = pages(stage);
            state.overlay = Some(Overlay::Reader(Reader {
                pages,
                page: 0,
                scroll: Scroll::default(),
            }));
            return Vec::new();
        }
        _ => {}
    }
    match word {
        Some(word) => state.say(Tone::Plain, word),
        None => state.hush(),
    }
    Vec::new()
}

/// Why a key has no meaning for this story; none if it has.
pub fn hindrance(stage: &Stage, act: Act) -> Option<&'static str> {
    let story = &stage.story;
    match act {
        Act::Compare if story.passing.is_some() => None,
        Act::Compare if story.passing_token.is_some() => {
            Some("the schedule that passes is too long to be shown; the text names its token")
        }
        Act::Compare => Some("no schedule near this one passes: it is not a matter of timing"),
        Act::Calls if story.history.is_none() => Some("this check records no calls"),
        Act::Source if stage.side == Side::Source => Some("your code is on the screen already"),
        _ => None,
    }
}

/// The whole story as text, what was checked, and the code.
fn pages(stage: &Stage) -> Vec<(String, Body)> {
    let told = Body::Schedule(Box::new(stage.story.clone()), stage.submission.clone());
    let mut pages = vec![
        (
            "What was checked".to_owned(),
            Body::Words(evidence::failed(&stage.check)),
        ),
        ("The schedule".to_owned(), told),
    ];
    let files = stage.submission.iter().flat_map(|one| &one.files);
    pages.extend(files.map(|(file, text)| (format!("Your {file}"), Body::Code(text.clone()))));
    pages
}

/// The whole story as lines, for where nothing is drawn.
pub fn told(state: &State, width: u16) -> Vec<String> {
    let Some(stage) = state.stage.as_deref() else {
        return Vec::new();
    };
    let story = wording::story(&stage.story, stage.submission.as_ref(), width.into());
    story.into_iter().map(|line| line.text).collect()
}

/// The title of the screen and its right end.
pub fn title(state: &State) -> (String, (Tone, String)) {
    let Some(stage) = state.stage.as_deref() else {
        return (String::new(), (Tone::Quiet, String::new()));
    };
    let word = wording::kind_word(&stage.story);
    let tone = match stage.story.kind.as_str() {
        "passed" => Tone::Good,
        _ => Tone::Bad,
    };
    let (at, of) = (stage.cursor + 1, stage.story.events.len());
    (
        wording::sentence(&stage.check.name),
        (tone, format!("{word}, {at} of {of}")),
    )
}
