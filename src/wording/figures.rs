//! The history in numbers, with the scores as columns.

use super::{AXIS, Grain, Line, Tone, chart, counted};
use crate::domain::figures::{Average, Figures};

/// Letters that a row of averages with its bar takes.
const ROOM_FOR_BARS: usize = 50;

/// The widest column of an attempt.
const WIDEST: usize = 4;

/// The scores of the latest attempts as columns, as many as fit into so many letters.
pub fn score_chart(figures: &Figures, width: usize, rows: usize, grain: Grain) -> Vec<Line> {
    let room = width.saturating_sub(AXIS).max(8);
    let each = (room / figures.totals.len().max(1)).clamp(1, WIDEST);
    let shown = figures.totals.len().min(room / each);
    let latest = &figures.totals[figures.totals.len() - shown..];
    let heights: Vec<Option<f64>> = latest
        .iter()
        .flat_map(|total| {
            // A gap tells two neighbours apart where there is room for it.
            let column = std::iter::repeat_n(Some(*total), if each > 1 { each - 1 } else { 1 });
            column.chain((each > 1).then_some(None))
        })
        .collect();
    chart(&heights, rows, grain, ("", ""))
        .into_iter()
        .filter(|line| !line.text.trim().is_empty())
        .collect()
}

/// All in one line: how many, how good, which way it goes.
pub fn summary(figures: &Figures) -> Line {
    let trend = figures.trend.map(|trend| match trend.round() as i64 {
        0 => ", the latest five like those before".to_owned(),
        up @ 1.. => format!(", the latest five {up} better than those before"),
        down => format!(", the latest five {} worse than those before", -down),
    });
    Line::plain(format!(
        "{}, mean {:.1}, best {:.1}{}",
        counted(figures.totals.len(), "judged attempt"),
        figures.mean(),
        figures.best(),
        trend.unwrap_or_default()
    ))
}

/// The averages per part, tier and group, for a column of that many letters; each has a bar where there is room.
pub fn averages(figures: &Figures, width: usize) -> Vec<Line> {
    let bars = width >= ROOM_FOR_BARS;
    let tables = [
        ("By part, the weakest first", &figures.parts, " %"),
        ("By tier", &figures.tiers, ""),
        ("By group, the weakest first", &figures.groups, ""),
    ];
    let mut lines = Vec::new();
    for (heading, averages, unit) in tables.into_iter().filter(|(_, all, _)| !all.is_empty()) {
        if !lines.is_empty() {
            lines.push(Line::empty());
        }
        lines.push(Line::new(Tone::Heading, heading));
        let names = averages.iter().map(|one| one.name.chars().count()).max();
        let names = names.unwrap_or(0).min(30);
        lines.extend(averages.iter().map(|one| average(one, names, unit, bars)));
    }
    lines
}

fn average(one: &Average, names: usize, unit: &str, bars: bool) -> Line {
    let filled = (one.mean / 10.0).floor().clamp(0.0, 10.0) as usize;
    let bar = match bars {
        true => format!("{}{} ", "#".repeat(filled), "-".repeat(10 - filled)),
        false => String::new(),
    };
    let name: String = one.name.chars().take(names).collect();
    Line::plain(format!(
        "  {name:<names$} {:>5.1}{unit} {bar}best {:>5.1} of {}",
        one.mean, one.best, one.attempts
    ))
}
