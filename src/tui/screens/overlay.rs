//! What lies on top of a screen: help, questions, fields and texts to read.

use std::rc::Rc;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
    widgets::Clear,
};

use crate::{
    tui::{
        field::Field,
        highlight,
        keys::{self, Act, Scope},
        layout::{Size, Width, panel, paragraph},
        markdown, prose,
        state::{Body, Choice, Entry, Purpose, Reader, State},
        theme::Role,
    },
    wording,
};

/// The most lines that a field takes.
const FIELD: u16 = 6;

/// What a key did to something on top.
pub enum Pressed {
    /// It stays.
    Stays,
    /// It is closed.
    Closed,
}

/// A key for a text to read.
pub fn read(reader: &mut Reader, key: KeyEvent) -> Pressed {
    match keys::act(Scope::Reader, key) {
        Some(Act::Up) => reader.scroll.by(-1),
        Some(Act::Down) => reader.scroll.by(1),
        Some(Act::PageUp) => reader.scroll.by(-10),
        Some(Act::PageDown) => reader.scroll.by(10),
        Some(Act::First) => reader.scroll.by(i32::MIN / 2),
        Some(Act::Last) => reader.scroll.by(i32::MAX / 2),
        Some(Act::NextPane) => {
            reader.page = (reader.page + 1) % reader.pages.len().max(1);
            reader.scroll.by(i32::MIN / 2);
        }
        Some(Act::Back) => return Pressed::Closed,
        _ if key.code == KeyCode::Enter => return Pressed::Closed,
        _ => {}
    }
    Pressed::Stays
}

/// How many rows a field needs at the bottom of the screen.
pub fn field_rows(entry: &Entry, width: u16, height: u16) -> u16 {
    let (lines, _) = entry.field.wrapped(width.saturating_sub(4));
    let rows = u16::try_from(lines.len()).unwrap_or(FIELD).min(FIELD);
    (rows + 1).min(height.saturating_sub(1)).max(1)
}

/// Draws a field with its prompt; the terminal's cursor stands in it.
pub fn field(state: &State, entry: &Entry, frame: &mut Frame<'_>, area: Rect) {
    let prompt = match entry.purpose {
        Purpose::Filter => "Filter the problems",
        Purpose::Question => "Ask the interviewer",
        Purpose::Note => "Note what you would say aloud",
        Purpose::Answer => "Your answer",
        Purpose::Setting(key) => key.known().about,
    };
    frame.render_widget(Clear, area);
    let (head, body) = match area.height {
        0 => return,
        1 => (None, area),
        _ => {
            let [head, body] =
                Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(area);
            (Some(head), body)
        }
    };
    if let Some(head) = head {
        let line = Line::styled(
            prose::cut(&format!(" {prompt}"), head.width),
            state.theme.style(Role::Heading),
        );
        frame.render_widget(line, head);
    }
    typed(&entry.field, frame, body, state.theme.style(Role::Accent));
}

/// A field's text behind a mark.
pub(super) fn typed(field: &Field, frame: &mut Frame<'_>, area: Rect, mark: ratatui::style::Style) {
    let (lines, (column, row)) = field.wrapped(area.width.saturating_sub(4));
    let from = row.saturating_sub(area.height.saturating_sub(1));
    let shown = lines
        .iter()
        .enumerate()
        .skip(from.into())
        .take(area.height.into());
    let lines: Vec<Line<'static>> = shown
        .map(|(at, text)| {
            let head = if at == 0 { " > " } else { "   " };
            Line::from(vec![Span::styled(head, mark), Span::raw(text.clone())])
        })
        .collect();
    paragraph(frame, area, lines);
    let (x, y) = (area.x + 3 + column, area.y + row - from);
    if x < area.right() && y < area.bottom() {
        frame.set_cursor_position(Position::new(x, y));
    }
}

/// Draws a question with its answers.
pub fn choice(state: &State, choice: &Choice, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let width = area.width.min(64);
    let inside = width.saturating_sub(4).max(1);
    let mut lines = prose::wrapped(&choice.words, inside, state.theme);
    lines.push(Line::default());
    for (key, name, _) in &choice.answers {
        let key = Span::styled(format!("{key}  "), state.theme.style(Role::Accent));
        lines.push(Line::from(vec![key, Span::raw((*name).to_owned())]));
    }
    let other = Span::styled("esc  ", state.theme.style(Role::Accent));
    lines.push(Line::from(vec![other, Span::raw("go on as before")]));
    let height = u16::try_from(lines.len())
        .unwrap_or(u16::MAX)
        .saturating_add(2)
        .min(area.height);
    let at = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    frame.render_widget(Clear, at);
    let inner = panel(frame, at, &choice.title, true, state.theme, size);
    // In a low place the answers matter more than what to know before.
    let skip = lines
        .len()
        .saturating_sub(inner.height.into())
        .min(lines.len() - choice.answers.len() - 1);
    paragraph(frame, inner, lines.into_iter().skip(skip).collect());
}

/// Draws a text to read over the whole screen.
pub fn reader(state: &State, reader: &Reader, frame: &mut Frame<'_>, area: Rect, size: Size) {
    frame.render_widget(Clear, area);
    let Some((title, _)) = reader.pages.get(reader.page) else {
        return;
    };
    let count = reader.pages.len();
    let title = match count {
        1 => title.clone(),
        _ => format!("{title} ({} of {count}, tab turns)", reader.page + 1),
    };
    // Two pages of code stand side by side where there is room: the own code stays on the left.
    let own = reader.page > 0
        && matches!(&reader.pages[0], (title, Body::Code(_)) if title.starts_with("Your"));
    let code = matches!(reader.pages[reader.page].1, Body::Code(_));
    if own && code && size.width >= Width::Wide {
        let [left, right] =
            Layout::horizontal([Constraint::Percentage(50), Constraint::Min(1)]).areas(area);
        let name = reader.pages[0].0.clone();
        page(state, reader, 0, &name, frame, left, size);
        page(state, reader, reader.page, &title, frame, right, size);
        return;
    }
    page(state, reader, reader.page, &title, frame, area, size);
}

fn page(
    state: &State,
    reader: &Reader,
    number: usize,
    title: &str,
    frame: &mut Frame<'_>,
    area: Rect,
    size: Size,
) {
    let inner = panel(frame, area, title, number == reader.page, state.theme, size);
    let lines = body(state, &reader.pages[number].1, inner.width);
    let from = usize::from(reader.scroll.within(lines.len(), inner.height));
    let shown = lines.iter().skip(from).take(inner.height.into());
    paragraph(
        frame,
        inner,
        shown
            .map(|line| super::evidence::cut(line.clone(), inner.width))
            .collect(),
    );
}

fn body(state: &State, body: &Body, width: u16) -> Rc<Vec<Line<'static>>> {
    let theme = state.theme;
    match body {
        Body::Markdown(text) => {
            let width = width.min(84);
            state.pages.get(text, 0, width, theme, || {
                markdown::render(text, width, theme)
            })
        }
        Body::Words(words) => Rc::new(prose::wrapped(words, width, theme)),
        Body::Columns(words) => Rc::new(prose::mixed(words, width, theme)),
        Body::Chart(words) => Rc::new(prose::kept(words, width, theme)),
        Body::Schedule(story, submission) => {
            let told = wording::story(story, submission.as_ref(), width.into());
            Rc::new(prose::mixed(&told, width, theme))
        }
        Body::Code(text) => state
            .pages
            .get(text, 2, 0, theme, || highlight::rust(text, theme)),
    }
}
