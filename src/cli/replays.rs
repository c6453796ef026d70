//! `replay`: a screen where somebody looks, text or JSON otherwise.

use serde::Serialize;

use super::{Context, MACHINE, args::ReplayFormat, has_terminal, output::Stop};
use crate::{
    actions::Replayed,
    domain::{
        playback::ThreadAt,
        verdict::{Outcome, Story},
    },
    tui,
    wording::{self, Labels},
};

/// Shows a replayed schedule: on the screen if there is one and nothing else is wanted.
pub(super) fn show(
    context: &Context,
    replayed: &Replayed,
    format: ReplayFormat,
) -> Result<u8, Stop> {
    let steps = replayed
        .story
        .as_ref()
        .is_some_and(|story| !story.events.is_empty());
    match format {
        ReplayFormat::Json => context.output.raw(&(json(replayed) + "\n"))?,
        ReplayFormat::Text if steps && has_terminal() && !context.output.plain => {
            return Ok(on_screen(context, replayed));
        }
        ReplayFormat::Text => context
            .output
            .lines(&wording::replayed(replayed, context.output.width()))?,
    }
    Ok(0)
}

fn on_screen(context: &Context, replayed: &Replayed) -> u8 {
    match tui::run_replay(&context.house, context.settings.clone(), replayed) {
        Ok(code) => code,
        Err(error) => {
            let remedy = "`--plain` prints the schedule instead";
            context.output.error(&format!("{error:#}"), remedy);
            MACHINE
        }
    }
}

#[derive(Serialize)]
struct Object<'r> {
    format: u32,
    check: &'r str,
    category: &'r str,
    outcome: Outcome,
    message: Option<&'r str>,
    /// Whether it was run again on the workspace as it is now.
    again: bool,
    /// One word or two.
    kind: Option<&'r str>,
    why: Option<String>,
    /// Null if nothing could be replayed.
    story: Option<&'r Story>,
    /// One for each event of the story, in the same order.
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    step: u64,
    /// The event in words.
    words: String,
    /// Whether the order of threads is not the plain one here.
    deviation: bool,
    /// Where every thread is after it.
    threads: Vec<ThreadAt>,
}

/// The whole story as one object that a person can read too.
fn json(replayed: &Replayed) -> String {
    let check = &replayed.check;
    let story = replayed.story.as_ref();
    let labels = story.map(|story| Labels::new(story, replayed.submission.as_ref()));
    let steps = story.zip(labels.as_ref()).map(|(story, labels)| {
        let events = story.events.iter().enumerate();
        let step = events.map(|(index, event)| Step {
            step: event.step,
            words: labels.event(index),
            deviation: event.is_deviation(),
            threads: story.moment(index).threads,
        });
        step.collect()
    });
    let object = Object {
        format: 1,
        check: &check.name,
        category: check.category.word(),
        outcome: check.outcome,
        message: check.message.as_deref(),
        again: replayed.again,
        kind: story.map(wording::kind_word),
        why: story
            .zip(labels.as_ref())
            .map(|(story, labels)| wording::why(story, labels)),
        story,
        steps: steps.unwrap_or_default(),
    };
    serde_json::to_string_pretty(&object).expect("a story has neither odd keys nor odd numbers")
}
