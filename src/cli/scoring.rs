//! `score` and `report`: one verdict or hundreds, for people and for programs.

use super::{
    Context, REJECTED,
    args::{Format, SandboxLevel},
    formats, json,
    output::Stop,
    progress::Progress,
};
use crate::{
    actions::{self, CageWish, Failure, ScoreEvent, ScoreWish},
    domain::report::Report,
    wording,
};

/// What `score` was told.
pub(super) struct Scoring {
    pub wish: ScoreWish,
    pub format: Format,
}

impl From<SandboxLevel> for CageWish {
    fn from(level: SandboxLevel) -> CageWish {
        match level {
            SandboxLevel::Full => CageWish::Full,
            SandboxLevel::Fallback => CageWish::Fallback,
            SandboxLevel::None => CageWish::Whatever,
        }
    }
}

/// Scores, and prints what is done even if the rest is cancelled.
pub(super) fn score(context: &Context, scoring: &Scoring) -> Result<u8, Stop> {
    let mut progress = Progress::new(context.output);
    let mut done: Vec<Report> = Vec::new();
    let mut stopped: Option<Stop> = None;
    let ended = actions::score(
        &context.house,
        &scoring.wish,
        &context.cancel,
        &mut |event| match event {
            ScoreEvent::Began { path, number, of } => {
                progress.began(&path.display().to_string(), number, of)
            }
            ScoreEvent::Judge(event) => progress.tell(&event),
            ScoreEvent::Scored(report) => {
                if scoring.format == Format::Ndjson && stopped.is_none() {
                    stopped = context.output.raw(&(json::line(&report) + "\n")).err();
                    if stopped.is_some() {
                        context
                            .cancel
                            .store(true, std::sync::atomic::Ordering::Relaxed);
                    }
                }
                done.push(*report);
            }
        },
    );
    progress.clear();
    if let Some(stop) = stopped {
        return Err(stop);
    }
    let several = scoring.wish.paths.len() > 1 || done.len() > 1;
    let failure = ended.err();
    if !done.is_empty() || failure.is_none() {
        match scoring.format {
            Format::Ndjson => {}
            Format::Text if several => context.output.lines(&formats::table(&done))?,
            Format::Text => print_text(context, &done)?,
            Format::Json if several => context.output.raw(&(json::array(&done) + "\n"))?,
            Format::Json => done
                .iter()
                .try_for_each(|report| context.output.raw(&(json::pretty(report) + "\n")))?,
            Format::Junit => context.output.raw(&junit(&done)?)?,
        }
    }
    match failure {
        Some(failure) => Err(failure.into()),
        None if done.iter().all(|report| report.verdict.accepted()) => Ok(0),
        None => Ok(REJECTED),
    }
}

/// Prints one report.
pub(super) fn report(context: &Context, report: &Report, format: Format) -> Result<(), Stop> {
    match format {
        Format::Text => context.output.lines(&wording::report(report)),
        Format::Json => context.output.raw(&(json::pretty(report) + "\n")),
        Format::Ndjson => context.output.raw(&(json::line(report) + "\n")),
        Format::Junit => context.output.raw(&junit(std::slice::from_ref(report))?),
    }
}

fn print_text(context: &Context, reports: &[Report]) -> Result<(), Stop> {
    reports
        .iter()
        .try_for_each(|one| context.output.lines(&wording::report(one)))
}

fn junit(reports: &[Report]) -> Result<String, Stop> {
    formats::junit(reports).map_err(|error| {
        Stop::Failure(Failure::machine(format!("cannot write JUnit: {error}"), ""))
    })
}
