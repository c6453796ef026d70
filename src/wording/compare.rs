//! The nearest schedule that passes, beside the one that fails: from where they part.

use super::{
    Line, Tone,
    columns::fitted,
    fold::{Row, folded},
    labels::Labels,
    lanes::is_bookkeeping,
    story::prose,
};
use crate::domain::{attempt::Submission, verdict::Story};

/// Rows that are shown of each.
const ROWS: usize = 14;
/// From so many columns on they stand side by side.
const SIDE_BY_SIDE: usize = 76;

/// Both schedules from where they part. Just the token if the run that passes was too long to be kept.
pub(super) fn beside(
    story: &Story,
    labels: &Labels<'_>,
    submission: Option<&Submission>,
    width: usize,
) -> Vec<Line> {
    let Some(token) = &story.passing_token else {
        return Vec::new();
    };
    let mut lines = vec![Line::empty()];
    let Some(passing) = &story.passing else {
        let text = format!("The nearest schedule that passes: {token}");
        lines.extend(prose(Tone::Plain, &text, width));
        return lines;
    };
    let common = story.common_with(passing);
    let from = story.events.get(common).map_or(0, |event| event.step);
    let head = match from {
        0 => format!("The nearest schedule that passes ({token}) goes on after this."),
        step => format!("The nearest schedule that passes ({token}) parts from it at step {step}:"),
    };
    lines.extend(prose(Tone::Heading, &head, width));
    let ours = rows(story, labels, common);
    let theirs = rows(passing, &Labels::new(passing, submission), common);
    if width < SIDE_BY_SIDE {
        lines.push(Line::new(Tone::Good, "  passes"));
        lines.extend(
            theirs
                .iter()
                .map(|row| Line::plain(fitted(&format!("  {row}"), width).trim_end())),
        );
        return lines;
    }
    let column = (width - 2) / 2;
    let pair = |left: &str, right: &str| {
        let text = format!("  {}{}", fitted(left, column), fitted(right, column));
        text.trim_end().to_owned()
    };
    lines.push(Line::new(
        Tone::Quiet,
        pair("this one fails", "that one passes"),
    ));
    for at in 0..ours.len().max(theirs.len()) {
        let text = |rows: &[String]| rows.get(at).cloned().unwrap_or_default();
        lines.push(Line::plain(pair(&text(&ours), &text(&theirs))));
    }
    lines
}

/// What happens from an event on, one row for each that matters.
fn rows(story: &Story, labels: &Labels<'_>, from: usize) -> Vec<String> {
    let mut shown = Vec::new();
    for row in folded(story) {
        match row {
            Row::Event(at) if at >= from => {
                let event = &story.events[at];
                if !event.is_deviation() && !is_bookkeeping(event) {
                    let thread = labels.thread(event.thread);
                    shown.push(format!("{thread} {}", labels.event(at)));
                }
            }
            Row::Again { rounds, .. } if !shown.is_empty() => {
                shown.push(format!("… again, {rounds} more times"));
            }
            Row::Event(_) | Row::Again { .. } | Row::Gap => {}
        }
        if shown.len() > ROWS {
            shown[ROWS] = "…".to_owned();
            break;
        }
    }
    shown
}
