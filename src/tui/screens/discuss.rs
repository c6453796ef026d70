//! The last ten minutes: the interviewer's questions, typed answers, and the candidate's own rating of them.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use crate::{
    tui::{
        field::Field,
        keys::Act,
        layout::{Height, Size, Width, panel, paragraph},
        message::{Effect, Errand},
        prose,
        seat::Seat,
        state::{Entry, Overlay, Place, Purpose, Scroll, State},
        theme::{Role, Theme},
    },
    wording::Tone,
};

/// What the figures of a rating mean.
pub const RATINGS: &str = "0 said nothing, 1 a little, 2 half of it, 3 most, 4 all with reasons";

/// Does what a key asks for. `digit` is the figure behind [`Act::Rate`].
pub fn act(state: &mut State, act: Act, digit: Option<u8>) -> Vec<Effect> {
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    let last = seat.topics.len().saturating_sub(1);
    let before = seat.topic;
    match act {
        Act::PageUp => seat.answer.by(-8),
        Act::PageDown => seat.answer.by(8),
        Act::Up => seat.topic = seat.topic.saturating_sub(1),
        Act::Down => seat.topic = (seat.topic + 1).min(last),
        Act::NextPane => {
            seat.topic = if seat.topic == last {
                0
            } else {
                seat.topic + 1
            }
        }
        Act::First => seat.topic = 0,
        Act::Last => seat.topic = last,
        Act::Open if !seat.topics.is_empty() => {
            let text = answer(seat, seat.topic).unwrap_or_default();
            state.overlay = Some(Overlay::Entry(Entry {
                purpose: Purpose::Answer,
                field: Field::with(&text),
            }));
        }
        Act::Rate => match digit {
            Some(points) => return rate(state, points),
            None => state.say(Tone::Plain, "press the figure: 0, 1, 2, 3 or 4"),
        },
        Act::Report if super::rate::is_due(seat) => state.go(Place::Rate),
        Act::Report => return end(state),
        Act::Brief => super::session::brief(state),
        _ => {}
    }
    if let Some(seat) = &mut state.seat
        && seat.topic != before
    {
        seat.answer = Scroll::default();
    }
    Vec::new()
}

/// The talk is over: to the result, or to the judge who still works on it.
pub fn end(state: &mut State) -> Vec<Effect> {
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    if seat.judged {
        let id = seat.attempt.id.clone();
        return vec![Effect::Errand(Errand::Report(id))];
    }
    seat.talked = true;
    state.turn(Place::Submit);
    Vec::new()
}

fn rate(state: &mut State, points: u8) -> Vec<Effect> {
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    let Some(topic) = seat.topics.get(seat.topic) else {
        return Vec::new();
    };
    let Some(text) = answer(seat, seat.topic) else {
        state.say(Tone::Plain, "answer first: enter opens a field");
        return Vec::new();
    };
    vec![Effect::Errand(Errand::Rate {
        topic: topic.clone(),
        answer: text,
        points,
    })]
}

/// The answer that was typed, rated or not.
fn answer(seat: &Seat, topic: usize) -> Option<String> {
    let rated = || {
        let question = &seat.topics.get(topic)?.question;
        let rating = seat
            .session
            .ratings
            .iter()
            .find(|rating| rating.question == *question)?;
        Some(rating.answer.clone())
    };
    seat.answers.get(&topic).cloned().or_else(rated)
}

fn rating(seat: &Seat, topic: usize) -> Option<u8> {
    let question = &seat.topics.get(topic)?.question;
    let found = seat
        .session
        .ratings
        .iter()
        .find(|rating| rating.question == *question)?;
    Some(found.points)
}

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
    if seat.topics.is_empty() {
        let text = "This problem has no questions for the discussion. x shows the report.";
        paragraph(
            frame,
            body,
            prose::styled(text, body.width, state.theme, Role::Text),
        );
        return;
    }
    match (size.width, size.height) {
        (Width::Narrow, _) | (_, Height::Strip | Height::Low) => {
            // One question at a time; up and down turn to the others.
            current(state, seat, frame, body, size);
        }
        (Width::Medium | Width::Wide | Width::Broad, _) => {
            let share = if size.width == Width::Medium { 42 } else { 36 };
            let [list, detail] =
                Layout::horizontal([Constraint::Percentage(share), Constraint::Min(1)]).areas(body);
            let inner = panel(frame, list, "Questions", true, state.theme, size);
            paragraph(frame, inner, questions(seat, inner.width, state.theme));
            current(state, seat, frame, detail, size);
        }
    }
}

fn questions(seat: &Seat, width: u16, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (at, topic) in seat.topics.iter().enumerate() {
        let selected = at == seat.topic;
        let mark = if selected { ">" } else { " " };
        let state = match (rating(seat, at), answer(seat, at)) {
            (Some(points), _) => format!("[{points}]"),
            (None, Some(_)) => "[.]".to_owned(),
            (None, None) => "[ ]".to_owned(),
        };
        let role = if selected { Role::Heading } else { Role::Text };
        // The whole question stands beside the list.
        let mut wrapped = prose::wrap(&topic.question, width.saturating_sub(6));
        if wrapped.len() > 2 {
            wrapped.truncate(2);
            wrapped[1].push_str(" …");
        }
        for (row, text) in wrapped.into_iter().enumerate() {
            let head = if row == 0 {
                format!("{mark} {state} ")
            } else {
                " ".repeat(6)
            };
            lines.push(Line::from(Span::styled(head + &text, theme.style(role))));
        }
        lines.push(Line::default());
    }
    lines
}

fn current(state: &State, seat: &Seat, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let Some(topic) = seat.topics.get(seat.topic) else {
        return;
    };
    let rated = rating(seat, seat.topic)
        .map(|points| format!(", rated {points} of 4"))
        .unwrap_or_default();
    let title = format!(
        "Question {} of {}{rated}",
        seat.topic + 1,
        seat.topics.len()
    );
    let inner = panel(frame, area, &title, false, state.theme, size);
    let theme = state.theme;
    let mut lines = prose::styled(&topic.question, inner.width, theme, Role::Heading);
    lines.push(Line::default());
    match answer(seat, seat.topic) {
        None => lines.extend(prose::styled(
            "Say it aloud, then press enter and type it in a few sentences.",
            inner.width,
            theme,
            Role::Text,
        )),
        Some(text) => {
            lines.extend(prose::styled(&text, inner.width, theme, Role::Text));
            lines.push(Line::default());
            if !topic.points.is_empty() {
                lines.extend(prose::styled(
                    "A good answer mentions",
                    inner.width,
                    theme,
                    Role::Heading,
                ));
            }
            for point in &topic.points {
                for (row, text) in prose::wrap(point, inner.width.saturating_sub(2))
                    .into_iter()
                    .enumerate()
                {
                    let head = if row == 0 { "- " } else { "  " };
                    lines.push(Line::raw(format!("{head}{text}")));
                }
            }
            let text = match rating(seat, seat.topic) {
                Some(points) => {
                    format!("You rated it {points} of 4. Another figure rates it again.")
                }
                None => format!("How much of it did you say? {RATINGS}"),
            };
            lines.extend(prose::styled(&text, inner.width, theme, Role::Accent));
        }
    }
    let from = usize::from(seat.answer.within(lines.len(), inner.height));
    paragraph(frame, inner, lines.into_iter().skip(from).collect());
}
