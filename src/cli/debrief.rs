//! The commands of the debrief: own rating, score over time, the page for a browser, other designs.

use super::{
    Context,
    args::{Format, Which},
    json,
    output::Stop,
    progress::Progress,
    scoring,
};
use crate::{
    actions::{self, Failure, Pace, Sitting},
    domain::{
        own_rating::{BEST, OwnRating},
        score::Part,
    },
    wording::{self, Line, Tone},
};

pub(super) fn rate(
    context: &Context,
    which: &Which,
    ratings: &[String],
    skip: bool,
) -> Result<u8, Stop> {
    let mut sitting = Sitting::open(&context.house, which.attempt.as_deref())?;
    let parts = actions::rated_parts(&sitting);
    if ratings.is_empty() && !skip {
        return asked(context, &sitting, &parts);
    }
    let ratings = ratings
        .iter()
        .map(|text| rating(text, &parts))
        .collect::<Result<Vec<OwnRating>, Failure>>()?;
    let report = actions::rate_self(&context.house, &mut sitting, &ratings)?;
    match report {
        Some(report) => context.output.lines(&wording::gaps(&report))?,
        None if skip => context.output.remark("put aside"),
        None => context
            .output
            .remark("kept; `fiftyten submit` and `fiftyten report` show the finding beside it"),
    }
    Ok(0)
}

/// The parts with what was said so far.
fn asked(context: &Context, sitting: &Sitting, parts: &[Part]) -> Result<u8, Stop> {
    let known = sitting.state.own_ratings.as_deref().unwrap_or_default();
    let lines: Vec<Line> = parts
        .iter()
        .map(|part| {
            let said = known.iter().find(|one| one.part == *part);
            let said = said.map_or("-".to_owned(), |one| one.points.to_string());
            let question = wording::part_question(*part);
            Line::plain(format!("{said}  {:<12}{question}", part.word()))
        })
        .collect();
    context
        .output
        .lines(&[Line::new(Tone::Heading, wording::rating_scale())])?;
    context.output.lines(&lines)?;
    context
        .output
        .remark("rate with `fiftyten rate core=3 edge=2 ...`");
    Ok(0)
}

/// `core=3`.
fn rating(text: &str, parts: &[Part]) -> Result<OwnRating, Failure> {
    let names: Vec<&str> = parts.iter().map(|part| part.word()).collect();
    let wrong = |what: String| Failure::usage(what, format!("the parts are {}", names.join(", ")));
    let (name, figure) = text
        .split_once('=')
        .ok_or_else(|| wrong(format!("{text} is no PART=FIGURE, such as core=3")))?;
    let part = parts.iter().find(|part| part.word() == name);
    let part = part.ok_or_else(|| wrong(format!("no part of this attempt is named {name}")))?;
    let points = figure.parse().ok().filter(|points| *points <= BEST);
    let points = points.ok_or_else(|| {
        Failure::usage(
            format!("{figure} is no figure from 0 to {BEST} for {name}"),
            wording::rating_scale(),
        )
    })?;
    Ok(OwnRating {
        part: *part,
        points,
    })
}

/// The report; for people with the score over time, as far as that is known.
pub(super) fn report(context: &Context, attempt: Option<&str>, format: Format) -> Result<u8, Stop> {
    let told = actions::debrief(&context.house, attempt)?;
    scoring::report(context, &told.report, format)?;
    let Some(part) = told
        .report
        .attempt
        .as_ref()
        .filter(|_| format == Format::Text)
    else {
        return Ok(0);
    };
    if told.timeline.moments.is_empty() {
        return Ok(0);
    }
    let head = [Line::empty(), Line::new(Tone::Heading, "Score over time")];
    context.output.lines(&head)?;
    context
        .output
        .lines(&wording::timeline_facts(&told.timeline))?;
    context
        .output
        .remark(&format!("fiftyten timeline {} shows every save", part.id));
    Ok(0)
}

/// Judges what was not judged yet, and tells what every save was worth.
pub(super) fn timeline(context: &Context, attempt: &str, json: bool) -> Result<u8, Stop> {
    let sitting = Sitting::open(&context.house, Some(attempt))?;
    let mut progress = Progress::new(context.output);
    let timeline = actions::timeline(
        &context.house,
        &sitting,
        Pace::Brisk,
        &context.cancel,
        &mut |known| {
            let (done, waiting) = (known.moments.len(), known.waiting);
            progress.working(&format!("{done} of {} saves judged", done + waiting));
        },
    );
    progress.clear();
    let timeline = timeline?;
    if json {
        let text = json::timeline(&sitting.attempt.id, &timeline);
        context.output.raw(&(text + "\n"))?;
    } else {
        let width = context.output.width();
        context.output.lines(&wording::timeline(&timeline, width))?;
    }
    Ok(0)
}
