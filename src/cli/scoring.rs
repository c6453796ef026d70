//! `score` and `report`: one verdict or hundreds, for people and for programs.

use std::{path::PathBuf, sync::atomic::Ordering};

use super::{
    Context, REJECTED,
    answer::Answer,
    args::{Format, SandboxLevel},
    formats, json,
    output::Stop,
    progress::Progress,
    resume::Earlier,
};
use crate::{
    actions::{self, CageWish, Failure, ScoreEvent, ScoreWish, Skipped},
    domain::report::Report,
    wording::{self, counted},
};

/// So many skipped paths are named; the others are counted.
const NAMED: usize = 20;

/// What `score` was told.
pub(super) struct Scoring {
    pub wish: ScoreWish,
    pub format: Format,
    /// The answer of an earlier run.
    pub resume: Option<PathBuf>,
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

/// Scores, and prints what is done even if the rest is cancelled or fails.
pub(super) fn score(context: &Context, mut scoring: Scoring) -> Result<u8, Stop> {
    let earlier = earlier(&scoring)?;
    for remark in &earlier.remarks {
        context.output.remark(remark);
    }
    let mut session = Session {
        context,
        progress: Progress::new(context.output),
        answer: Answer::new(
            context.output,
            scoring.format,
            scoring.wish.paths.len() > 1,
            earlier.ends_torn,
        ),
        of: 0,
        stopped: None,
    };
    scoring.wish.known = earlier.known;
    let ended = actions::score(
        &context.house,
        &scoring.wish,
        &context.cancel,
        &mut |event| session.hear(event),
    );
    session.progress.clear();
    if let Some(stop) = session.stopped {
        return Err(stop);
    }
    let answer = session.answer;
    let (done, accepted) = (answer.done(), answer.all_accepted());
    if done > 0 || ended.is_ok() {
        answer.finish()?;
    }
    match ended {
        Err(failure) => {
            if session.of > 1 {
                let rest = session.of - done;
                context.output.remark(&format!(
                    "{done} of {} scored and kept, {rest} not",
                    session.of
                ));
            }
            Err(failure.into())
        }
        Ok(()) if accepted && earlier.all_accepted => Ok(0),
        Ok(()) => Ok(REJECTED),
    }
}

fn earlier(scoring: &Scoring) -> Result<Earlier, Failure> {
    match (&scoring.resume, scoring.format) {
        (None, _) => Ok(Earlier::nothing()),
        (Some(file), Format::Ndjson) => Earlier::read(file),
        (Some(_), _) => Err(Failure::usage(
            "--resume goes on with an ndjson file only",
            "add --format ndjson, and append with >>",
        )),
    }
}

/// A run of `score` while it goes on.
struct Session<'a> {
    context: &'a Context,
    progress: Progress,
    answer: Answer,
    of: usize,
    /// Why nobody wants the answer any more.
    stopped: Option<Stop>,
}

impl Session<'_> {
    fn hear(&mut self, event: ScoreEvent) {
        let written = match event {
            ScoreEvent::Found {
                of,
                distinct,
                known,
                skipped,
            } => {
                self.of = of;
                self.tell_skipped(&skipped);
                if known > 0 {
                    let text = format!("{} scored by an earlier run", counted(known, "submission"));
                    self.context.output.remark(&text);
                }
                self.progress.found(of, distinct);
                self.answer.expect(of, skipped)
            }
            ScoreEvent::Began { path } => {
                self.progress.began(&path.display().to_string());
                Ok(())
            }
            ScoreEvent::Judge(event) => {
                self.progress.tell(&event);
                Ok(())
            }
            ScoreEvent::Ended { path } => {
                self.progress.ended(&path.display().to_string());
                Ok(())
            }
            ScoreEvent::Scored(scored) => {
                let (answer, progress) = (&mut self.answer, &self.progress);
                progress.aside(|| answer.take(*scored))
            }
            ScoreEvent::Skipped(skipped) => {
                self.tell_skipped(std::slice::from_ref(&skipped));
                self.answer.skip(skipped)
            }
        };
        if let Err(stop) = written
            && self.stopped.is_none()
        {
            self.stopped = Some(stop);
            self.context.cancel.store(true, Ordering::Relaxed);
        }
    }

    fn tell_skipped(&self, skipped: &[Skipped]) {
        let say = |text: &str| self.progress.aside(|| self.context.output.remark(text));
        for one in skipped.iter().take(NAMED) {
            say(&format!("skipped: {} {}", one.path.display(), one.reason));
        }
        if skipped.len() > NAMED {
            say(&format!("skipped: {} more", skipped.len() - NAMED));
        }
    }
}

/// Prints one report.
pub(super) fn report(context: &Context, report: &Report, format: Format) -> Result<(), Stop> {
    match format {
        Format::Text => context.output.lines(&wording::report(report)),
        Format::Json | Format::Ndjson | Format::Junit => {
            context.output.raw(&formatted(report, format)?)
        }
    }
}

/// One report as programs read it, and as plain text for people.
pub(super) fn formatted(report: &Report, format: Format) -> Result<String, Stop> {
    Ok(match format {
        Format::Text => wording::text(&wording::report(report)),
        Format::Json => json::pretty(report, None) + "\n",
        Format::Ndjson => json::line(report, None) + "\n",
        Format::Junit => formats::junit([formats::suite(report, None)])?,
    })
}
