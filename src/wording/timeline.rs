//! Score over time in words and columns.

use super::{AXIS, Grain, Line, Tone, chart, counted, sentence};
use crate::domain::{
    session::facts::clock,
    timeline::{Moment, Timeline},
};

/// Rows of the chart where there is room.
const ROWS: usize = 8;

/// Every state and what is worth knowing.
pub fn saves(timeline: &Timeline) -> Vec<Line> {
    let mut lines = timeline_facts(timeline);
    lines.push(Line::empty());
    lines.extend(timeline.moments.iter().flat_map(state));
    lines
}

/// Every state, the chart and what is worth knowing, for a column of that many letters.
pub fn timeline(timeline: &Timeline, width: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = timeline.moments.iter().flat_map(state).collect();
    if timeline.moments.len() > 1 {
        lines.push(Line::empty());
        lines.extend(timeline_chart(
            timeline,
            width.min(72),
            ROWS,
            Grain::Letters,
        ));
    }
    if !lines.is_empty() {
        lines.push(Line::empty());
    }
    lines.extend(timeline_facts(timeline));
    lines
}

fn state(one: &Moment) -> Vec<Line> {
    let standing = &one.standing;
    let bar = "#".repeat((standing.total / 5.0).floor() as usize);
    let word = match standing.compiled {
        true => format!("{} of {} checks", standing.passing.len(), standing.of),
        false => "does not compile".to_owned(),
    };
    let text = format!(
        "{:>6}  {:>5.1}  {bar:<20}  {word}",
        clock(one.at),
        standing.total
    );
    let mut lines = vec![Line::plain(text)];
    if !one.broke.is_empty() {
        let text = format!("               broke: {}", names(&one.broke));
        lines.push(Line::new(Tone::Warning, text));
    }
    lines
}

/// The points as columns over the time, with a mark below each moment that [`timeline_facts`] names.
pub fn timeline_chart(timeline: &Timeline, width: usize, rows: usize, grain: Grain) -> Vec<Line> {
    let columns = width.saturating_sub(AXIS).max(8);
    let end = timeline.end.max(1);
    let heights: Vec<Option<f64>> = (1..=columns as u64)
        .map(|column| timeline.total_at(end * column / columns as u64))
        .collect();
    let mut lines = chart(&heights, rows, grain, ("0:00", &clock(timeline.end)));
    let mut marks = vec![' '; columns];
    let mut mark = |at: u64, letter: char| {
        let column = (at as usize * columns / end as usize).min(columns - 1);
        marks[column] = letter;
    };
    if let Some(peak) = timeline.peak() {
        mark(peak.at, 'p');
    }
    if let Some(green) = timeline.first_green() {
        mark(green.at, 'g');
    }
    for broken in timeline.breaks() {
        mark(broken.at, '!');
    }
    let marks: String = marks.into_iter().collect();
    let marks = format!("{}{}", " ".repeat(AXIS), marks.trim_end());
    let place = lines.len() - 1;
    lines.insert(place, Line::new(Tone::Heading, marks));
    lines
}

/// First green, peak and what broke, in order of time, and what is not judged yet.
pub fn timeline_facts(timeline: &Timeline) -> Vec<Line> {
    let mut facts: Vec<(u64, Line)> = Vec::new();
    facts.extend(timeline.first_green().map(|green| {
        let text = format!("g {:>5}  first green: every check passed", clock(green.at));
        (green.at, Line::new(Tone::Good, text))
    }));
    facts.extend(timeline.peak().map(|peak| {
        let total = peak.standing.total;
        let text = format!("p {:>5}  peak of {total:.1}", clock(peak.at));
        (peak.at, Line::plain(text))
    }));
    facts.extend(timeline.breaks().map(|one| {
        let text = format!("! {:>5}  you broke: {}", clock(one.at), names(&one.broke));
        (one.at, Line::new(Tone::Warning, text))
    }));
    facts.sort_by_key(|(at, _)| *at);
    let mut lines: Vec<Line> = facts.into_iter().map(|(_, line)| line).collect();
    if timeline.first_green().is_none() && timeline.waiting == 0 && !lines.is_empty() {
        lines.push(Line::plain("         no save passed every check"));
    }
    if timeline.waiting > 0 {
        let all = timeline.moments.len() + timeline.waiting;
        let text = format!(
            "{} of {} not judged yet",
            timeline.waiting,
            counted(all, "save")
        );
        lines.push(Line::new(Tone::Quiet, text));
    } else if timeline.moments.is_empty() {
        lines.push(Line::new(Tone::Quiet, "no save was kept"));
    } else {
        let text = "performance and the follow-up are left out of these points";
        lines.push(Line::new(Tone::Quiet, text));
    }
    lines
}

/// The sentences of some checks, the rest counted.
fn names(broke: &[String]) -> String {
    let shown: Vec<String> = broke.iter().take(3).map(|name| sentence(name)).collect();
    let more = broke.len().saturating_sub(3);
    let more = match more {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    shown.join("; ") + &more
}
