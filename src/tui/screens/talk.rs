//! What the interviewer and the candidate have said so far, with the guide for the phase on top.

use ratatui::text::Line;

use crate::{
    actions::Answer,
    domain::session::{Phase, facts::clock},
    tui::{
        markdown, prose,
        seat::Seat,
        theme::{Role, Theme},
    },
    wording::{self, Tone},
};

/// The talk for a column. In a low place the guide comes last, so that what was said last stands on top.
pub fn lines(seat: &Seat, now: u64, width: u16, theme: Theme, low: bool) -> Vec<Line<'static>> {
    let guide = prose::wrapped(&guide(seat, seat.session.phase_at(now), now), width, theme);
    let mut parts = vec![
        twist(seat, now, width, theme),
        prose::wrapped(&words(seat, now), width, theme),
    ];
    parts.insert(if low { parts.len() } else { 0 }, guide);
    parts.retain(|part| !part.is_empty());
    parts.join(&Line::default())
}

/// The follow-up, once the interviewer has told it.
fn twist(seat: &Seat, now: u64, width: u16, theme: Theme) -> Vec<Line<'static>> {
    if !seat.twist_told(now) {
        return Vec::new();
    }
    let mut lines = vec![Line::styled("The follow-up", theme.style(Role::Heading))];
    lines.extend(markdown::render(&seat.problem.twist, width, theme));
    let stub = match seat.session.followup {
        Some(_) => "Its stub is at the end of src/lib.rs.",
        None => "f puts its stub at the end of src/lib.rs.",
    };
    lines.extend(prose::styled(stub, width, theme, Role::Faint));
    lines
}

fn words(seat: &Seat, now: u64) -> Vec<wording::Line> {
    let session = &seat.session;
    let phase = session.phase_at(now);
    let mut words = Vec::new();
    for (_, number, cost) in session.hints.iter().rev() {
        let Some(hint) = seat.problem.hints.get(number - 1) else {
            continue;
        };
        words.push(wording::Line::empty());
        words.push(wording::Line::new(
            Tone::Heading,
            format!("Hint {number}, -{cost} points"),
        ));
        words.push(wording::Line::plain(hint.text.clone()));
    }
    if phase != Phase::Clarify && !session.paused() {
        let unasked = wording::unasked(&seat.unasked());
        if !unasked.is_empty() {
            apart(&mut words);
        }
        words.extend(unasked);
    }
    let mut asked = session.asked.iter().rev().peekable();
    if asked.peek().is_some() {
        apart(&mut words);
        words.push(wording::Line::new(Tone::Heading, "Asked, latest first"));
    }
    for (_, text, matched) in asked {
        words.push(wording::Line::new(Tone::Quiet, format!("you: {text}")));
        let answer = Answer {
            matched: matched.clone(),
            counted: false,
        };
        words.extend(
            wording::answer(&answer)
                .into_iter()
                .filter(|line| line.tone != Tone::Quiet),
        );
    }
    if !session.notes.is_empty() {
        apart(&mut words);
        words.push(wording::Line::new(
            Tone::Heading,
            "Your notes, latest first",
        ));
    }
    for (at, text) in session.notes.iter().rev() {
        let text = format!("{} {text}", clock(session.elapsed(*at)));
        words.push(wording::Line::plain(text));
    }
    words
}

/// An empty line between two parts.
fn apart(words: &mut Vec<wording::Line>) {
    words.extend((!words.is_empty()).then(wording::Line::empty));
}

/// What to do now.
fn guide(seat: &Seat, phase: Phase, now: u64) -> Vec<wording::Line> {
    let session = &seat.session;
    if session.paused() {
        let text = "The clock stands, and so does the interviewer. p lets it go on.";
        return vec![wording::Line::new(Tone::Warning, text)];
    }
    let mut words = vec![wording::Line::plain(wording::guidance(phase))];
    if phase == Phase::Clarify {
        let asked: std::collections::HashSet<&str> = session.asked_questions().collect();
        let text = format!(
            "Questions that count so far: {}. a asks, c starts to code.",
            asked.len()
        );
        words.push(wording::Line::new(Tone::Quiet, text));
    }
    let nudges = session.nudges(now).into_iter().map(wording::nudge);
    words.extend(nudges.map(|text| wording::Line::new(Tone::Warning, text)));
    words
}
