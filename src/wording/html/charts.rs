//! Charts as SVG. Each has a title that says what it shows, and its numbers stand beside it in words.

use maud::{Markup, html};

use crate::domain::{
    own_rating::Gap,
    session::facts::clock,
    timeline::{Moment, Timeline},
};

/// Size of the drawing and the room around it, in its own units.
const WIDE: f64 = 720.0;
const HIGH: f64 = 240.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 18.0;
const BOTTOM: f64 = 52.0;

/// A small bar for a share from 0.0 to 1.0. The numbers stand beside it, so that nobody has to read it.
pub(super) fn meter(share: f64) -> Markup {
    let width = format!("{:.1}", share.clamp(0.0, 1.0) * 100.0);
    html! {
        svg.meter viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            rect width=(width) height="10" {}
        }
    }
}

/// The points of each save over the time.
pub(super) fn over_time(timeline: &Timeline) -> Markup {
    let end = timeline.end.max(1) as f64;
    let x = |at: u64| LEFT + at as f64 / end * (WIDE - LEFT - RIGHT);
    let y = |total: f64| HIGH - BOTTOM - total / 100.0 * (HIGH - TOP - BOTTOM);
    let floor = y(0.0);
    let steps = steps(timeline, x, y);
    let first = timeline.moments.first().map_or(LEFT, |one| x(one.at));
    let area = format!("{steps} V{floor:.1} H{first:.1} Z");
    let peak = timeline.peak();
    let (view, label) = (format!("0 0 {WIDE} {HIGH}"), summary(timeline));
    html! {
        svg viewBox=(view) role="img" aria-label=(label) {
            title { (label) }
            @for total in [0.0, 25.0, 50.0, 75.0, 100.0] {
                line.grid x1=(LEFT) x2=(WIDE - RIGHT) y1=(y(total)) y2=(y(total)) {}
                text x=(LEFT - 8.0) y=(y(total) + 4.0) text-anchor="end" { (total) }
            }
            @for quarter in 0..=4u64 {
                @let at = timeline.end * quarter / 4;
                @let anchor = match quarter { 0 => "start", 4 => "end", _ => "middle" };
                text x=(format!("{:.1}", x(at))) y=(floor + 20.0) text-anchor=(anchor) { (clock(at)) }
            }
            path.area d=(area) {}
            path.line d=(steps) {}
            @for one in &timeline.moments { (dot(one, x(one.at), y(one.standing.total))) }
            @if let Some(green) = timeline.first_green() {
                (flag(x(green.at), floor, "g", "green"))
            }
            @if let Some(peak) = peak { (flag(x(peak.at) + if same(timeline) { 18.0 } else { 0.0 }, floor, "p", "dot")) }
            @for one in timeline.breaks() { (flag(x(one.at), floor, "!", "broke")) }
        }
    }
}

/// Whether green and peak are the same moment, so that their marks need room.
fn same(timeline: &Timeline) -> bool {
    timeline.first_green().map(|one| one.at) == timeline.peak().map(|one| one.at)
}

/// The outline: each save lasts until the next one, the last one until the end.
fn steps(timeline: &Timeline, x: impl Fn(u64) -> f64, y: impl Fn(f64) -> f64) -> String {
    let mut path = String::new();
    for one in &timeline.moments {
        let (x, y) = (x(one.at), y(one.standing.total));
        path += &match path.is_empty() {
            true => format!("M{x:.1} {y:.1}"),
            false => format!(" H{x:.1} V{y:.1}"),
        };
    }
    path + &format!(" H{:.1}", x(timeline.end))
}

fn dot(one: &Moment, x: f64, y: f64) -> Markup {
    let class = match one.broke.is_empty() {
        true => "dot",
        false => "broke",
    };
    let text = format!("{}: {:.1} points", clock(one.at), one.standing.total);
    html! {
        circle class=(class) cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="3.5" { title { (text) } }
    }
}

fn flag(x: f64, floor: f64, letter: &str, class: &str) -> Markup {
    html! {
        text class=(class) x=(format!("{x:.1}")) y=(floor + 42.0) text-anchor="middle" font-weight="700" { (letter) }
    }
}

fn summary(timeline: &Timeline) -> String {
    let saves = timeline.moments.len();
    let peak = timeline.peak().map(|peak| {
        let (total, at) = (peak.standing.total, clock(peak.at));
        format!(", peak of {total:.1} at {at}")
    });
    let green = timeline
        .first_green()
        .map(|green| format!(", first green at {}", clock(green.at)));
    let (green, peak) = (green.unwrap_or_default(), peak.unwrap_or_default());
    format!("Points of {saves} saves over the time{green}{peak}")
}

/// Own view and finding of each part as two dots on a line.
pub(super) fn gaps(gaps: &[Gap]) -> Markup {
    const ROW: f64 = 26.0;
    const NAMES: f64 = 146.0;
    let high = ROW * gaps.len() as f64 + 40.0;
    let x = |share: f64| NAMES + share.clamp(0.0, 1.0) * (WIDE - NAMES - 40.0);
    let view = format!("0 0 {WIDE} {high}");
    let label =
        "Own view and finding of each part, from 0 to 100 percent; the table has the numbers";
    html! {
        svg viewBox=(view) role="img" aria-label=(label) {
            title { (label) }
            @for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
                @let at = x(percent / 100.0);
                line.grid x1=(at) x2=(at) y1="6" y2=(high - 28.0) {}
                text x=(at) y=(high - 10.0) text-anchor="middle" { (percent) " %" }
            }
            @for (row, gap) in gaps.iter().enumerate() {
                @let y = ROW * row as f64 + 20.0;
                text x=(NAMES - 10.0) y=(y + 4.0) text-anchor="end" { (gap.part.word()) }
                line.link x1=(x(gap.own)) x2=(x(gap.found)) y1=(y) y2=(y) {}
                rect.own x=(x(gap.own) - 5.0) y=(y - 5.0) width="10" height="10" {}
                circle.dot cx=(x(gap.found)) cy=(y) r="5.5" {}
            }
        }
    }
}
