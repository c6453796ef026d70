//! The rows of the report: what each is about, and how it looks in the list.

use super::report::Debrief;
use crate::{
    domain::{
        own_rating::{BEST, Bias, Gap},
        score::{CategoryScore, Deduction, Evidence, RedFlag},
        session::facts::clock,
        timeline::Timeline,
        verdict::CheckResult,
    },
    tui::{prose, theme::Role},
    wording,
};

/// A row of the report.
#[derive(Debug, Clone, Copy)]
pub enum Row<'r> {
    /// A part of the score.
    Part(&'r CategoryScore),
    /// Points taken off.
    Taken(&'r Deduction),
    /// A red flag.
    Flag(&'r RedFlag),
    /// What keeps a better band away.
    Held(&'r [Evidence]),
    /// The own view beside the finding; the part that is furthest off.
    Own(Gap),
    /// What the saves were worth.
    Saves(&'r Timeline),
    /// A check that did not pass.
    Failed(&'r CheckResult),
    /// The code did not get as far as the checks.
    Unjudged,
    /// What to drill next.
    Next(&'r str),
}

/// What a row is about.
pub fn row_name(row: Row<'_>) -> String {
    match row {
        Row::Part(part) => format!("Evidence: {}", part.category.word()),
        Row::Taken(_) => "Points taken off".to_owned(),
        Row::Flag(_) => "Red flag".to_owned(),
        Row::Held(_) => "What keeps a better band away".to_owned(),
        Row::Own(_) => "Your own view beside the finding".to_owned(),
        Row::Saves(_) => "Score over time".to_owned(),
        Row::Failed(check) => format!("{} check", check.category.word()),
        Row::Unjudged => "Why it was not judged".to_owned(),
        Row::Next(_) => "What to drill next".to_owned(),
    }
}

/// A part of the score, its bar, and the own figure where there is room.
fn part_text(debrief: &Debrief, part: &CategoryScore, width: u16) -> (Role, String) {
    let full = part.points >= part.max;
    let own = debrief
        .report
        .attempt
        .iter()
        .flat_map(|attempt| &attempt.facts.own_ratings)
        .find(|one| one.part == part.category)
        .map(|one| format!(" you {}/{BEST}", one.points))
        .unwrap_or_default();
    let used = if own.is_empty() { 30 } else { 38 };
    let room = width.saturating_sub(used);
    let bar = if room < 4 { 0 } else { room.min(12) };
    let share = part.points / part.max.max(1.0);
    let text = format!(
        "{:<12}{:>5.1} of {:>2.0} {} {}{own}",
        part.category.word(),
        part.points,
        part.max,
        if full { "full" } else { "part" },
        prose::bar(share, bar)
    );
    (if full { Role::Good } else { Role::Text }, text)
}

/// The score over time in a few words.
fn saves_text(debrief: &Debrief, timeline: &Timeline) -> (Role, String) {
    let all = timeline.moments.len() + timeline.waiting;
    match (timeline.waiting, timeline.peak()) {
        (1.., _) if debrief.judging => (
            Role::Faint,
            format!("saves: judging {} of {all}", timeline.moments.len() + 1),
        ),
        (waiting @ 1.., _) => (Role::Faint, format!("saves: {waiting} of {all} not judged")),
        (0, Some(peak)) => (
            Role::Text,
            format!(
                "saves: peak {:.0} at {}",
                peak.standing.total,
                clock(peak.at)
            ),
        ),
        (0, None) => (Role::Faint, "saves: none".to_owned()),
    }
}

/// A row in one line of at most that many columns.
pub fn row_text(debrief: &Debrief, row: Row<'_>, width: u16) -> (Role, String) {
    match row {
        Row::Part(part) => part_text(debrief, part, width),
        Row::Taken(taken) => (
            Role::Warning,
            format!("-{:.0} {}", taken.points, taken.evidence.what),
        ),
        Row::Flag(flag) => (
            Role::Bad,
            format!("flag: {}", wording::flag_words(flag.flag)),
        ),
        Row::Held(held) => {
            let first = held
                .first()
                .map(|one| format!("{}, {}", one.place, one.what))
                .unwrap_or_default();
            (Role::Warning, format!("band: {first}"))
        }
        Row::Own(gap) => match gap.bias() {
            Bias::AsFound => (Role::Good, "own view: close to the finding".to_owned()),
            Bias::TooHigh => (
                Role::Warning,
                format!("own view: too kind in {}", gap.part.word()),
            ),
            Bias::TooLow => (
                Role::Warning,
                format!("own view: too strict in {}", gap.part.word()),
            ),
        },
        Row::Saves(timeline) => saves_text(debrief, timeline),
        Row::Failed(check) => (
            Role::Bad,
            format!(
                "{} {}",
                wording::outcome_word(check.outcome),
                wording::sentence(&check.name)
            ),
        ),
        Row::Unjudged => (Role::Bad, "why it was not judged".to_owned()),
        Row::Next(id) => (Role::Accent, format!("next: {id}")),
    }
}
