//! The discussion as it is drawn: the questions, the talk about one of them, and beside it the code that it is about.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::discuss::rating;
use crate::{
    actions::{Excerpt, Topic},
    tui::{
        highlight,
        layout::{Height, Size, Width, panel, paragraph},
        prose,
        seat::Seat,
        state::State,
        theme::{Role, Theme},
    },
};

/// Draws it.
pub fn view(state: &State, seat: &Seat, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let [word, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let text = format!(" {}; x ends the talk.", super::submit::progress(seat));
    frame.render_widget(
        Line::styled(
            prose::cut(&text, word.width),
            state.theme.style(Role::Faint),
        ),
        word,
    );
    let Some(topic) = seat.topics.get(seat.topic) else {
        let text = "This problem has no questions for the discussion. x shows the report.";
        paragraph(
            frame,
            body,
            prose::styled(text, body.width, state.theme, Role::Text),
        );
        return;
    };
    let shares: &[u16] = match (size.width, size.height, &topic.code) {
        // One question at a time; up and down turn to the others.
        (Width::Narrow, ..) | (_, Height::Strip | Height::Low, _) => &[100],
        (Width::Medium, _, Some(_)) => &[45, 55],
        (Width::Medium, _, None) => &[42, 58],
        (Width::Wide | Width::Broad, _, Some(_)) => &[24, 31, 45],
        (Width::Wide | Width::Broad, _, None) => &[36, 64],
    };
    let columns = Layout::horizontal(shares.iter().map(|share| Constraint::Percentage(*share)));
    let columns = columns.split(body);
    match (&columns[..], &topic.code) {
        ([talk, code], Some(excerpt)) => {
            current(state, seat, frame, *talk, size, true);
            beside(state, excerpt, frame, *code, size);
        }
        ([list, talk, code], Some(excerpt)) => {
            questions(state, seat, frame, *list, size);
            current(state, seat, frame, *talk, size, true);
            beside(state, excerpt, frame, *code, size);
        }
        ([list, talk, ..], _) => {
            questions(state, seat, frame, *list, size);
            current(state, seat, frame, *talk, size, true);
        }
        (_, _) => current(state, seat, frame, body, size, false),
    }
}

fn questions(state: &State, seat: &Seat, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let inner = panel(frame, area, "Questions", true, state.theme, size);
    let mut lines = Vec::new();
    for (at, topic) in seat.topics.iter().enumerate() {
        let selected = at == seat.topic;
        let mark = if selected { ">" } else { " " };
        let state_of = match rating(seat, at) {
            Some(rating) => format!("[{}]", rating.points),
            None => "[ ]".to_owned(),
        };
        let role = if selected { Role::Heading } else { Role::Text };
        // The whole question stands beside the list.
        let mut wrapped = prose::wrap(&topic.question, inner.width.saturating_sub(6));
        if wrapped.len() > 2 {
            wrapped.truncate(2);
            wrapped[1].push_str(" …");
        }
        for (row, text) in wrapped.into_iter().enumerate() {
            let head = if row == 0 {
                format!("{mark} {state_of} ")
            } else {
                " ".repeat(6)
            };
            let style = state.theme.style(role);
            lines.push(Line::from(Span::styled(head + &text, style)));
        }
        lines.push(Line::default());
    }
    paragraph(frame, inner, lines);
}

/// The talk about the selected question; with its code below where there is no room beside it.
fn current(
    state: &State,
    seat: &Seat,
    frame: &mut Frame<'_>,
    area: Rect,
    size: Size,
    room_beside: bool,
) {
    let Some(topic) = seat.topics.get(seat.topic) else {
        return;
    };
    let rated = rating(seat, seat.topic)
        .map(|rating| format!(", {} of 4", rating.points))
        .unwrap_or_default();
    let title = format!(
        "Question {} of {}{rated}",
        seat.topic + 1,
        seat.topics.len()
    );
    let inner = panel(frame, area, &title, false, state.theme, size);
    let mut lines = talk(seat, topic, inner.width, state.theme);
    if let Some(excerpt) = topic.code.as_ref().filter(|_| !room_beside) {
        lines.push(Line::default());
        lines.push(Line::styled(
            format!("Your {}", excerpt.path),
            state.theme.style(Role::Heading),
        ));
        lines.extend(code(state, excerpt, inner.width));
    }
    let from = usize::from(seat.answer.within(lines.len(), inner.height));
    let height = usize::from(inner.height);
    let more = lines.len() > from + height;
    let mut shown: Vec<Line<'static>> = lines.into_iter().skip(from).take(height).collect();
    if let Some(last) = shown.last_mut().filter(|_| more && height > 1) {
        // A point that is not in sight would not be ticked.
        let text = prose::cut("... more below: page down", inner.width);
        *last = Line::styled(text, state.theme.style(Role::Faint));
    }
    paragraph(frame, inner, shown);
}

/// The question, the answer and, once there is one, the points to tick.
fn talk(seat: &Seat, topic: &Topic, width: u16, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = prose::styled(&topic.question, width, theme, Role::Heading);
    lines.push(Line::default());
    let Some(rating) = rating(seat, seat.topic) else {
        let text = match seat.answers.contains_key(&seat.topic) {
            true => "Your answer is put aside, and not kept yet. Enter goes on with it.",
            false => "Say it aloud, then press enter and type it in a few sentences.",
        };
        lines.extend(prose::styled(text, width, theme, Role::Text));
        return lines;
    };
    lines.extend(prose::styled(&rating.answer, width, theme, Role::Text));
    lines.push(Line::default());
    if topic.points.is_empty() {
        let text = "Nothing is listed here. Rate it yourself: 0 said nothing, 4 all with reasons.";
        lines.extend(prose::styled(text, width, theme, Role::Accent));
        return lines;
    }
    let text = "Which of these did you say?";
    lines.extend(prose::styled(text, width, theme, Role::Heading));
    for (at, point) in topic.points.iter().enumerate() {
        let said = rating.said.iter().any(|one| usize::from(*one) == at + 1);
        let tick = if said { "x" } else { " " };
        let role = if said { Role::Good } else { Role::Text };
        let wrapped = prose::wrap(point, width.saturating_sub(6));
        for (row, text) in wrapped.into_iter().enumerate() {
            let head = match row {
                0 => format!("{} [{tick}] ", at + 1),
                _ => " ".repeat(6),
            };
            lines.push(Line::styled(head + &text, theme.style(role)));
        }
    }
    let text = "Its figure ticks a point, 0 none of them.";
    lines.extend(prose::styled(text, width, theme, Role::Faint));
    lines
}

/// The function that is asked about, with the line in sight.
fn beside(state: &State, excerpt: &Excerpt, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let title = format!("Your {}:{}", excerpt.path, excerpt.line);
    let inner = panel(frame, area, &title, false, state.theme, size);
    let lines = code(state, excerpt, inner.width);
    let height = usize::from(inner.height);
    let wanted = (excerpt.line - excerpt.first).saturating_sub(height / 2);
    let from = wanted.min(lines.len().saturating_sub(height));
    paragraph(frame, inner, lines.into_iter().skip(from).collect());
}

/// The lines with their numbers, without the indent that all of them have.
fn code(state: &State, excerpt: &Excerpt, width: u16) -> Vec<Line<'static>> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let written = excerpt.text.lines().filter(|line| !line.trim().is_empty());
    let common = written.map(indent).min().unwrap_or(0);
    let text: Vec<&str> = excerpt
        .text
        .lines()
        .map(|line| line.get(common..).unwrap_or_default())
        .collect();
    let text = text.join("\n");
    let coloured = state.pages.get(&text, 2, 0, state.theme, || {
        highlight::rust(&text, state.theme)
    });
    let numbered = coloured.iter().enumerate().map(|(at, line)| {
        let number = excerpt.first + at;
        let mark = if number == excerpt.line { ">" } else { " " };
        let gutter = format!("{mark}{number:>4} ");
        let mut line = line.clone();
        line.spans
            .insert(0, Span::styled(gutter, state.theme.style(Role::Faint)));
        super::evidence::cut(line, width)
    });
    numbered.collect()
}
