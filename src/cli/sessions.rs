//! The commands of a session: for those who stay in their editor's terminal.

use super::{
    Context, REJECTED,
    args::{Format, Which},
    output::Stop,
    progress::Progress,
    scoring,
};
use crate::{
    actions::{self, Failure, Sitting, Wish},
    domain::session::Phase,
    wording::{self, Line, Tone},
};

/// Opens the attempt, and keeps the code as it is: for those who never look at the screens, every word to the trainer is a
/// save. What cannot be kept now is kept with the next word.
fn open(context: &Context, which: &Which) -> Result<Sitting, Failure> {
    let mut sitting = Sitting::open(&context.house, which.attempt.as_deref())?;
    if sitting.phase(&context.house).coding() {
        let _ = sitting.keep(&context.house);
    }
    Ok(sitting)
}

pub(super) fn start(context: &Context, wish: &Wish) -> Result<u8, Stop> {
    let mut sitting = actions::start(&context.house, wish)?;
    let status = actions::status(&context.house, &mut sitting)?;
    context
        .output
        .lines(&[Line::plain(status.workspace.display().to_string())])?;
    let next = match status.phase {
        Phase::Clarify => {
            "read README.md there; ask with `fiftyten ask TEXT`, start coding with `fiftyten code`"
        }
        _ => "read README.md there; edit src/lib.rs; `fiftyten test` runs the samples",
    };
    context.output.remark(&format!(
        "attempt {}\n{}\n{next}",
        status.attempt,
        wording::guidance(status.phase)
    ));
    Ok(0)
}

pub(super) fn status(
    context: &Context,
    attempt: Option<&str>,
    format: Option<&str>,
) -> Result<u8, Stop> {
    let mut sitting = Sitting::open(&context.house, attempt)?;
    let status = actions::status(&context.house, &mut sitting)?;
    match format {
        Some(format) => context
            .output
            .raw(&format!("{}\n", wording::status_line(&status, format)))?,
        None => context.output.lines(&wording::status(&status))?,
    }
    Ok(0)
}

pub(super) fn ask(context: &Context, which: &Which, text: &str) -> Result<u8, Stop> {
    let mut sitting = open(context, which)?;
    let answer = actions::ask(&context.house, &mut sitting, text)?;
    context.output.lines(&wording::answer(&answer))?;
    Ok(0)
}

pub(super) fn hint(context: &Context, which: &Which) -> Result<u8, Stop> {
    let mut sitting = open(context, which)?;
    let hint = actions::hint(&context.house, &mut sitting)?;
    context.output.lines(&[Line::plain(hint.text)])?;
    context.output.remark(&format!(
        "hint {} of {}, {} points off the total",
        hint.number, hint.of, hint.cost
    ));
    Ok(0)
}

pub(super) fn resume(context: &Context, which: &Which, count: bool) -> Result<u8, Stop> {
    let mut sitting = open(context, which)?;
    if sitting.state.unexplained_gap(context.house.now()).is_some() {
        actions::decide_gap(&context.house, &mut sitting, count)?;
    } else {
        actions::resume(&context.house, &mut sitting)?;
    }
    let status = actions::status(&context.house, &mut sitting)?;
    context.output.lines(&wording::status(&status))?;
    Ok(0)
}

pub(super) fn discuss(
    context: &Context,
    which: &Which,
    number: Option<usize>,
    points: Option<u8>,
    text: &str,
) -> Result<u8, Stop> {
    let mut sitting = open(context, which)?;
    let topics = actions::topics(&sitting)?;
    let Some(number) = number else {
        let lines: Vec<Line> = topics
            .iter()
            .enumerate()
            .map(|(at, one)| Line::plain(format!("{}. {}", at + 1, one.question)))
            .collect();
        context.output.lines(&lines)?;
        context
            .output
            .remark("answer with `fiftyten discuss N --points 0-4 TEXT`");
        return Ok(0);
    };
    let topic = number.checked_sub(1).and_then(|at| topics.get(at));
    let topic = topic.ok_or_else(|| {
        Failure::usage(
            format!("there is no question {number}"),
            "`fiftyten discuss` names them",
        )
    })?;
    let Some(points) = points else {
        return Err(Failure::usage(
            "the answer has no rating",
            "rate it yourself with --points 0-4",
        )
        .into());
    };
    let report = actions::rate(&context.house, &mut sitting, topic, text, points)?;
    let mut lines = Vec::new();
    if !topic.points.is_empty() {
        lines.push(Line::new(Tone::Heading, "A good answer mentions"));
    }
    lines.extend(
        topic
            .points
            .iter()
            .map(|point| Line::plain(format!("  {point}"))),
    );
    lines.extend(report.map(|report| {
        Line::plain(format!(
            "Now {:.1} of 100, {}",
            report.score.total,
            report.score.band.word()
        ))
    }));
    context.output.lines(&lines)?;
    Ok(0)
}

pub(super) fn test(context: &Context, attempt: Option<&str>) -> Result<u8, Stop> {
    let mut sitting = Sitting::open(&context.house, attempt)?;
    let mut progress = Progress::new(context.output);
    let run = actions::test(
        &context.house,
        &mut sitting,
        &context.cancel,
        &mut |event| progress.tell(&event),
    );
    progress.clear();
    let run = run?;
    context
        .output
        .lines(&wording::samples(&run.verdict, run.seconds))?;
    Ok(if run.verdict.accepted() { 0 } else { REJECTED })
}

pub(super) fn validate(context: &Context, attempt: Option<&str>) -> Result<u8, Stop> {
    let mut sitting = Sitting::open(&context.house, attempt)?;
    let mut progress = Progress::new(context.output);
    let trial = actions::validate(
        &context.house,
        &mut sitting,
        &context.cancel,
        &mut |event| progress.tell(&event),
    );
    progress.clear();
    let trial = trial?;
    context.output.lines(&wording::trial(&trial))?;
    Ok(if trial.wrong.is_empty() { 0 } else { REJECTED })
}

pub(super) fn submit(context: &Context, attempt: Option<&str>) -> Result<u8, Stop> {
    let mut sitting = Sitting::open(&context.house, attempt)?;
    let mut progress = Progress::new(context.output);
    let report = actions::submit(
        &context.house,
        &mut sitting,
        &context.cancel,
        &mut |event| progress.tell(&event),
    );
    progress.clear();
    let report = report?;
    scoring::report(context, &report, Format::Text)?;
    if !actions::topics(&sitting)?.is_empty() && sitting.phase(&context.house) == Phase::Discuss {
        context
            .output
            .remark("ten minutes of talk: `fiftyten discuss` asks the questions");
    }
    Ok(if report.verdict.accepted() {
        0
    } else {
        REJECTED
    })
}

pub(super) fn note(context: &Context, which: &Which, text: &str) -> Result<u8, Stop> {
    let mut sitting = open(context, which)?;
    actions::note(&context.house, &mut sitting, text)?;
    context.output.remark("noted");
    Ok(0)
}

pub(super) fn code(context: &Context, which: &Which) -> Result<u8, Stop> {
    let mut sitting = open(context, which)?;
    let unasked = actions::code(&context.house, &mut sitting)?;
    context.output.lines(&wording::unasked(&unasked))?;
    context.output.remark(wording::guidance(Phase::Implement));
    Ok(0)
}

pub(super) fn followup(context: &Context, which: &Which) -> Result<u8, Stop> {
    let mut sitting = open(context, which)?;
    let twist = actions::followup(&context.house, &mut sitting)?;
    context.output.raw(&format!("{}\n", twist.trim()))?;
    context
        .output
        .remark("the stub is at the end of src/lib.rs");
    Ok(0)
}

pub(super) fn pause(context: &Context, which: &Which, yes: bool) -> Result<u8, Stop> {
    let mut sitting = open(context, which)?;
    actions::pause(&context.house, &mut sitting, yes)?;
    context
        .output
        .remark("the clock stands; `fiftyten resume` lets it go on");
    Ok(0)
}
