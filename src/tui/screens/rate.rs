//! Between the talk and the result: the candidate's own view of the work, part by part.

use ratatui::{Frame, layout::Rect, text::Line};

use crate::{
    domain::{own_rating::OwnRating, score::Part},
    tui::{
        keys::Act,
        layout::{Size, Width, panel, paragraph},
        message::{Effect, Errand},
        prose,
        seat::Seat,
        state::{Place, Scroll, State},
        theme::Role,
    },
    wording::{self, Tone},
};

/// The parts with the figures so far.
#[derive(Debug, Default)]
pub struct Sheet {
    /// What earns points in this attempt, with the figure that was given.
    pub parts: Vec<(Part, Option<u8>)>,
    /// The selected part.
    pub cursor: usize,
    scroll: Scroll,
}

impl Sheet {
    /// An empty sheet.
    pub fn of(parts: Vec<Part>) -> Sheet {
        Sheet {
            parts: parts.into_iter().map(|part| (part, None)).collect(),
            ..Sheet::default()
        }
    }

    fn ratings(&self) -> Vec<OwnRating> {
        let given = |(part, points): &(Part, Option<u8>)| {
            Some(OwnRating {
                part: *part,
                points: (*points)?,
            })
        };
        self.parts.iter().filter_map(given).collect()
    }
}

/// Whether the own view is to be asked for: at the end of a talk, once.
pub fn is_due(seat: &Seat) -> bool {
    seat.session.plan.discuss.is_some()
        && seat.session.own_ratings.is_none()
        && !seat.sheet.parts.is_empty()
}

/// The parts, each in a sentence.
pub fn items(seat: &Seat) -> Vec<String> {
    let parts = seat.sheet.parts.iter();
    parts
        .map(|(part, figure)| {
            let figure = figure.map_or("no figure yet".to_owned(), |points| {
                format!("you say {points} of 4")
            });
            let question = wording::part_question(*part);
            format!("{}: {question} {figure}.", part.word())
        })
        .collect()
}

/// Does what a key asks for. `digit` is the figure behind [`Act::Rate`].
pub fn act(state: &mut State, act: Act, digit: Option<u8>) -> Vec<Effect> {
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    let sheet = &mut seat.sheet;
    let last = sheet.parts.len().saturating_sub(1);
    match act {
        Act::Up => sheet.cursor = sheet.cursor.saturating_sub(1),
        Act::Down | Act::NextPane => sheet.cursor = (sheet.cursor + 1).min(last),
        Act::First => sheet.cursor = 0,
        Act::Last => sheet.cursor = last,
        Act::Rate => {
            let Some(points) = digit else {
                state.say(Tone::Plain, "press the figure: 0, 1, 2, 3 or 4");
                return Vec::new();
            };
            if let Some((_, figure)) = sheet.parts.get_mut(sheet.cursor) {
                *figure = Some(points);
            }
            sheet.cursor = (sheet.cursor + 1).min(last);
        }
        Act::Open if sheet.ratings().is_empty() => state.say(
            Tone::Plain,
            "no figure yet: 0 to 4 rates the selected part, s skips all of it",
        ),
        Act::Open => {
            let ratings = sheet.ratings();
            return leave(state, ratings);
        }
        Act::Skip => return leave(state, Vec::new()),
        _ => {}
    }
    Vec::new()
}

/// Keeps what was said and goes on to the result.
fn leave(state: &mut State, ratings: Vec<OwnRating>) -> Vec<Effect> {
    if state.place() == Place::Rate {
        state.places.pop();
    }
    let mut effects = vec![Effect::Errand(Errand::RateSelf(ratings))];
    effects.extend(super::discuss::end(state));
    effects
}

/// Draws it.
pub fn view(state: &State, seat: &Seat, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let title = "How good is it? Before you look";
    let inner = panel(frame, area, title, true, state.theme, size);
    let mut head = prose::styled(
        wording::rating_scale(),
        inner.width,
        state.theme,
        Role::Faint,
    );
    head.truncate(usize::from(inner.height / 3));
    let top = u16::try_from(head.len()).unwrap_or(0);
    paragraph(
        frame,
        Rect {
            height: top,
            ..inner
        },
        head,
    );
    let room = Rect {
        y: inner.y + top,
        height: inner.height - top,
        ..inner
    };
    let mut lines = Vec::new();
    for (at, (part, figure)) in seat.sheet.parts.iter().enumerate() {
        let selected = at == seat.sheet.cursor;
        if selected {
            seat.sheet.scroll.show(lines.len() + 1, room.height);
            seat.sheet.scroll.show(lines.len(), room.height);
        }
        lines.extend(row(state, (*part, *figure), selected, room.width, size));
    }
    let from = usize::from(seat.sheet.scroll.within(lines.len(), room.height));
    paragraph(frame, room, lines.into_iter().skip(from).collect());
}

fn row(
    state: &State,
    (part, figure): (Part, Option<u8>),
    selected: bool,
    width: u16,
    size: Size,
) -> Vec<Line<'static>> {
    let mark = if selected { ">" } else { " " };
    let role = if selected { Role::Selected } else { Role::Text };
    let figure = figure.map_or("[ ]".to_owned(), |points| format!("[{points}]"));
    let head = format!("{mark} {figure} {:<12}", part.word());
    let question = wording::part_question(part);
    if size.width == Width::Narrow {
        let style = state.theme.style(role);
        let mut lines = vec![Line::styled(prose::fitted(&head, width), style)];
        if selected {
            lines.extend(prose::styled(
                &format!("      {question}"),
                width,
                state.theme,
                Role::Text,
            ));
        }
        return lines;
    }
    let text = prose::fitted(&format!("{head} {question}"), width);
    vec![Line::styled(text, state.theme.style(role))]
}
