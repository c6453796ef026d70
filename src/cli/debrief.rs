//! The commands of the debrief: own rating, score over time, the page for a browser, other designs.

use std::{fs::Permissions, io::Write, os::unix::fs::PermissionsExt, path::Path};

use super::{
    Context,
    args::{Format, ReportFormat, Which},
    json,
    output::Stop,
    progress::Progress,
    scoring,
};
use crate::{
    actions::{self, Debriefing, Failure, Pace, Sitting},
    domain::{
        own_rating::{BEST, OwnRating},
        score::Part,
    },
    wording::{
        self, Line, Tone,
        code::{self, Kind},
    },
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

/// The report: shown, or written into a file.
pub(super) fn report(
    context: &Context,
    attempt: Option<&str>,
    format: ReportFormat,
    file: Option<&Path>,
) -> Result<u8, Stop> {
    let told = actions::debrief(&context.house, attempt)?;
    let waiting = told.timeline.waiting;
    let name = told.report.attempt.as_ref().map(|part| part.id.as_str());
    match (file, format) {
        (None, ReportFormat::Text) => {
            context.output.lines(&wording::report(&told.report))?;
            context.output.lines(&over_time(&told))?;
        }
        (None, _) => context.output.raw(&written(&told, format)?)?,
        (Some(file), _) => write(file, &written(&told, format)?)?,
    }
    let people = matches!(format, ReportFormat::Text | ReportFormat::Html);
    if let Some(name) = name.filter(|_| people && waiting > 0) {
        context.output.remark(&format!(
            "{} not judged yet; `fiftyten timeline {name}` does it, and then they stand in the report",
            wording::counted(waiting, "save")
        ));
    }
    if let Some(file) = file {
        context
            .output
            .remark(&format!("written to {}", file.display()));
    }
    Ok(0)
}

fn written(told: &Debriefing, format: ReportFormat) -> Result<String, Stop> {
    let report = &told.report;
    match format {
        ReportFormat::Text => {
            let lines = [wording::report(report), over_time(told)].concat();
            Ok(wording::text(&lines))
        }
        ReportFormat::Html => Ok(wording::html::page(told, &started(told))),
        ReportFormat::Json => scoring::formatted(report, Format::Json),
        ReportFormat::Ndjson => scoring::formatted(report, Format::Ndjson),
        ReportFormat::Junit => scoring::formatted(report, Format::Junit),
    }
}

/// The score over time, as far as it is known.
fn over_time(told: &Debriefing) -> Vec<Line> {
    if told.timeline.moments.is_empty() {
        return Vec::new();
    }
    let head = [Line::empty(), Line::new(Tone::Heading, "Score over time")];
    head.into_iter()
        .chain(wording::timeline_facts(&told.timeline))
        .collect()
}

/// The local time at which the attempt began.
fn started(told: &Debriefing) -> String {
    let at = told.report.attempt.as_ref().map_or(0, |part| part.started);
    let moment =
        jiff::Timestamp::from_millisecond(i64::try_from(at).unwrap_or(0)).unwrap_or_default();
    moment
        .to_zoned(jiff::tz::TimeZone::system())
        .strftime("%d %b %Y %H:%M")
        .to_string()
}

/// The file appears whole or not at all: a report that was written before stays until then.
fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let refused = |error: &dyn std::fmt::Display| {
        Failure::usage(
            format!("cannot write {}: {error}", file.display()),
            "name a file in a folder that exists and is yours",
        )
    };
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut whole = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(folder)
        .map_err(|error| refused(&error))?;
    whole
        .write_all(text.as_bytes())
        .map_err(|error| refused(&error))?;
    whole.persist(file).map_err(|error| refused(&error.error))?;
    Ok(())
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

/// The names of the designs, or one of them, or one beside the own code.
pub(super) fn designs(
    context: &Context,
    attempt: &str,
    wanted: Option<&str>,
    beside: bool,
) -> Result<u8, Stop> {
    let all = actions::designs(&context.house, attempt)?;
    let names: Vec<&str> = all.solutions.iter().map(|one| one.name.as_str()).collect();
    let Some(wanted) = wanted else {
        let lines: Vec<Line> = names.iter().map(|name| Line::plain(*name)).collect();
        context.output.lines(&lines)?;
        context.output.remark(&format!(
            "fiftyten designs {} NAME shows one, --beside next to your own code",
            all.attempt
        ));
        return Ok(0);
    };
    let design = all.solutions.iter().find(|one| one.name == wanted);
    let design = design.ok_or_else(|| {
        Failure::usage(
            format!("no design is named {wanted}"),
            format!("there are {}", names.join(", ")),
        )
    })?;
    if !beside {
        let colour = context.output.answers_in_colour;
        context.output.raw(&coloured(&design.source, colour))?;
        return Ok(0);
    }
    let own = all.own.as_ref().and_then(|one| one.files.get("src/lib.rs"));
    let own = own
        .ok_or_else(|| Failure::usage("no code of this attempt was kept", "leave --beside out"))?;
    let names = ("yours", wanted);
    context.output.lines(&wording::beside(
        (own, &design.source),
        names,
        context.output.width(),
    ))?;
    Ok(0)
}

/// Code as it is, its words told apart by colour where that is wanted.
fn coloured(source: &str, colour: bool) -> String {
    let source = wording::printable(source);
    if !colour {
        return source;
    }
    let mut text = String::new();
    for line in code::rust(&source) {
        for (kind, piece) in line {
            let style = match kind {
                Kind::Text => "0",
                Kind::Keyword => "1;36",
                Kind::Literal => "32",
                Kind::Comment => "2",
                Kind::Name => "34",
            };
            text += &format!("\x1b[{style}m{piece}\x1b[0m");
        }
        text.push('\n');
    }
    text
}
