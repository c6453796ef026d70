//! `history`: every attempt, and what they tell in numbers.

use serde::Serialize;

use super::{Context, MACHINE, output::Stop};
use crate::{
    actions::{self, HistoryLine, Past},
    domain::{figures::Average, session::Phase},
    wording::{self, Grain, Line},
};

/// Rows of the chart.
const ROWS: usize = 6;

pub(super) fn past(context: &Context, json: bool) -> Result<u8, Stop> {
    let past = actions::history(&context.house)?;
    if json {
        context.output.raw(&(object(&past) + "\n"))?;
    } else {
        if past.lines.is_empty() {
            context.output.remark("nothing was attempted yet");
        }
        context
            .output
            .lines(&lines(&past, context.output.width()))?;
    }
    for damage in &past.damaged {
        context.output.error(damage, "the other attempts are fine");
    }
    Ok(if past.damaged.is_empty() { 0 } else { MACHINE })
}

fn lines(past: &Past, width: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = past.lines.iter().map(attempt).collect();
    let figures = &past.figures;
    if figures.totals.len() > 1 {
        lines.push(Line::empty());
        lines.extend(wording::score_chart(
            figures,
            width.min(72),
            ROWS,
            Grain::Letters,
        ));
    }
    if !figures.totals.is_empty() {
        lines.push(Line::empty());
        lines.push(wording::summary(figures));
        lines.push(Line::empty());
        lines.extend(wording::averages(figures, width));
        lines.push(Line::empty());
    }
    lines.extend(
        past.weakest
            .map(|category| Line::plain(format!("Weakest: {}", category.word()))),
    );
    lines.extend(
        past.next_drill
            .as_ref()
            .map(|id| Line::plain(format!("Next: fiftyten start {id} --mode drill"))),
    );
    lines
}

fn attempt(line: &HistoryLine) -> Line {
    let result = match &line.past {
        Some(past) => format!(
            "{:>5.1}  {}{}",
            past.total,
            past.band.word(),
            if past.marked { ", marked" } else { "" }
        ),
        None => format!("    -  {}", state(line)),
    };
    Line::plain(format!(
        "{}  {:<7}  {result}",
        line.attempt.id,
        line.attempt.manifest.mode.word()
    ))
}

fn state(line: &HistoryLine) -> &'static str {
    match line.phase {
        _ if line.past.is_some() => "judged",
        _ if line.abandoned => "given up",
        Phase::Over => "not handed in",
        phase => phase.word(),
    }
}

#[derive(Serialize)]
struct Object<'p> {
    format: u32,
    attempts: Vec<Attempt<'p>>,
    judged: usize,
    mean: Option<f64>,
    best: Option<f64>,
    /// The mean of the latest five less the mean of those before.
    trend: Option<f64>,
    parts: Vec<Row<'p>>,
    tiers: Vec<Row<'p>>,
    groups: Vec<Row<'p>>,
    weakest: Option<&'p str>,
    next_drill: Option<&'p str>,
}

#[derive(Serialize)]
struct Attempt<'p> {
    attempt: &'p str,
    problem: &'p str,
    mode: &'p str,
    /// Unix milliseconds.
    started: u64,
    state: &'p str,
    score: Option<f64>,
    band: Option<&'p str>,
    marked: bool,
}

/// An average; `mean` and `best` are 0 to 100.
#[derive(Serialize)]
struct Row<'p> {
    name: &'p str,
    attempts: usize,
    mean: f64,
    best: f64,
}

fn object(past: &Past) -> String {
    let figures = &past.figures;
    let some = |value: f64| (!figures.totals.is_empty()).then(|| tenth(value));
    let attempts = past.lines.iter().map(|line| Attempt {
        attempt: &line.attempt.id,
        problem: &line.attempt.manifest.problem,
        mode: line.attempt.manifest.mode.word(),
        started: line.attempt.manifest.started,
        state: state(line),
        score: line.past.as_ref().map(|past| past.total),
        band: line.past.as_ref().map(|past| past.band.word()),
        marked: line.past.as_ref().is_some_and(|past| past.marked),
    });
    let object = Object {
        format: 1,
        attempts: attempts.collect(),
        judged: figures.totals.len(),
        mean: some(figures.mean()),
        best: some(figures.best()),
        trend: figures.trend.map(tenth),
        parts: rows(&figures.parts),
        tiers: rows(&figures.tiers),
        groups: rows(&figures.groups),
        weakest: past.weakest.map(|category| category.word()),
        next_drill: past.next_drill.as_deref(),
    };
    serde_json::to_string_pretty(&object).expect("neither odd keys nor odd numbers")
}

fn rows(averages: &[Average]) -> Vec<Row<'_>> {
    averages
        .iter()
        .map(|one| Row {
            name: &one.name,
            attempts: one.attempts,
            mean: tenth(one.mean),
            best: tenth(one.best),
        })
        .collect()
}

/// One decimal is exact enough for points.
fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
