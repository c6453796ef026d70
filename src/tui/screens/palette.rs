//! Help and the command palette: rows of the one table of actions, filtered by what is typed; Enter does what is selected.

use crossterm::event::{KeyCode, KeyEvent};
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
    widgets::Clear,
};

use crate::{
    tui::{
        availability::hindrance,
        keys::{self, Binding, Scope},
        layout::{Size, Width, panel, paragraph},
        message::Effect,
        prose,
        state::{Help, Overlay, State},
        theme::Role,
        update, view,
    },
    wording::Tone,
};

/// Columns for keys and names.
const COLUMN: u16 = 22;

/// A row with the reason why it has no place now.
pub struct Row {
    /// The row of the table.
    pub binding: &'static Binding,
    /// Why not now; none if it can be done.
    pub hindrance: Option<String>,
}

/// Every row that fits what was typed: in help those of this screen in their order, in the palette all, the best fit and
/// what can be done now first.
pub fn rows(state: &State, help: &Help) -> Vec<Row> {
    let scope = view::scope(state);
    let wanted = help.filter.text().to_lowercase();
    if !help.all {
        let fits = |row: &&Binding| {
            let text = format!("{} {} {}", row.keys.join(" "), row.name, row.about).to_lowercase();
            wanted.split_whitespace().all(|word| text.contains(word))
        };
        return keys::rows(scope)
            .filter(fits)
            .map(|row| judged(state, scope, row))
            .collect();
    }
    let pattern = Pattern::parse(&wanted, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut found: Vec<(u32, Row)> = keys::all()
        .filter_map(|row| {
            let mut letters = Vec::new();
            let mut score =
                |text: &str| pattern.score(Utf32Str::new(text, &mut letters), &mut matcher);
            // A hit in the name weighs more than letters found anywhere in the sentence.
            let name = score(row.name).map(|score| score * 4);
            let score = name.or_else(|| score(&format!("{} {}", row.name, row.about)))?;
            Some((score, judged(state, scope, row)))
        })
        .collect();
    let best = found.iter().map(|(score, _)| *score).max().unwrap_or(0);
    found.retain(|(score, _)| score * 3 >= best);
    found.sort_by_key(|(score, row)| {
        let elsewhere = ![scope, Scope::Everywhere].contains(&row.binding.scope);
        (elsewhere, row.hindrance.is_some(), u32::MAX - score)
    });
    found.into_iter().map(|(_, row)| row).collect()
}

fn judged(state: &State, scope: Scope, binding: &'static Binding) -> Row {
    let here = binding.scope == scope || binding.scope == Scope::Everywhere;
    let hindrance = match here {
        true => hindrance(state, binding.act).map(str::to_owned),
        false => Some(format!("only {}", binding.scope.place())),
    };
    Row { binding, hindrance }
}

/// Letters filter, arrows select, Enter does what is selected or says why it cannot.
pub fn key(state: &mut State, mut help: Help, key: KeyEvent) -> Vec<Effect> {
    let rows = rows(state, &help);
    let opener = if help.all { ':' } else { '?' };
    let closes = matches!(key.code, KeyCode::Char(letter) if letter == opener)
        && help.filter.text().is_empty();
    match key.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Char('q') if !help.all && help.filter.text().is_empty() => return Vec::new(),
        _ if closes => return Vec::new(),
        KeyCode::Enter => match rows.get(help.cursor) {
            Some(Row {
                hindrance: Some(why),
                binding,
            }) => {
                let text = format!("not now: {}: {why}", binding.name);
                state.say(Tone::Plain, text);
            }
            Some(row) => return update::perform(state, row.binding.act, None),
            None => {}
        },
        KeyCode::Up => help.cursor = help.cursor.saturating_sub(1),
        KeyCode::Down => help.cursor = (help.cursor + 1).min(rows.len().saturating_sub(1)),
        KeyCode::PageUp => help.cursor = help.cursor.saturating_sub(8),
        KeyCode::PageDown => help.cursor = (help.cursor + 8).min(rows.len().saturating_sub(1)),
        _ => {
            help.filter.key(key);
            help.cursor = 0;
        }
    }
    state.overlay = Some(Overlay::Help(help));
    Vec::new()
}

/// Draws it over the screen.
pub fn view(state: &State, help: &Help, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let width = match size.width {
        Width::Narrow => area.width,
        Width::Medium | Width::Wide | Width::Broad => area.width.min(78),
    };
    let area = Rect {
        x: area.x + (area.width - width) / 2,
        width,
        ..area
    };
    frame.render_widget(Clear, area);
    let title = match help.all {
        true => "Commands; type to find one",
        false => "Keys; type to filter",
    };
    let inner = panel(frame, area, title, true, state.theme, size);
    let [typed, list] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(inner);
    super::overlay::typed(&help.filter, frame, typed, state.theme.style(Role::Accent));
    let mut lines = Vec::new();
    for (at, row) in rows(state, help).iter().enumerate() {
        let selected = at == help.cursor;
        let before = lines.len();
        lines.extend(drawn(state, help, row, selected, list.width));
        if selected {
            help.scroll.show(lines.len().saturating_sub(1), list.height);
            help.scroll.show(before, list.height);
        }
    }
    if lines.is_empty() {
        let text = if help.all {
            "No command fits."
        } else {
            "No key fits."
        };
        lines.push(Line::raw(text));
    }
    let from = usize::from(help.scroll.within(lines.len(), list.height));
    paragraph(frame, list, lines.into_iter().skip(from).collect());
}

fn drawn(state: &State, help: &Help, row: &Row, selected: bool, width: u16) -> Vec<Line<'static>> {
    let role = match (selected, &row.hindrance) {
        (true, _) => Role::Selected,
        (false, Some(_)) => Role::Faint,
        (false, None) => Role::Text,
    };
    let mark = if selected { ">" } else { " " };
    let keys = row.binding.keys.join(" ");
    let column = COLUMN.min(width / 2);
    let head = match help.all {
        true => {
            let name = prose::fitted(row.binding.name, column.saturating_sub(11));
            format!("{mark} {name} {keys}")
        }
        false => format!("{mark} {keys}"),
    };
    let text = match &row.hindrance {
        Some(why) if help.all => format!("not now: {why}"),
        Some(why) => format!("{} Not now: {why}.", row.binding.about),
        None => row.binding.about.to_owned(),
    };
    let head = prose::fitted(&head, column.saturating_sub(1)) + " ";
    let room = width.saturating_sub(column);
    // The palette is for those who know what they look for: only the selected row has more than a line.
    let about = match help.all && !selected {
        true => vec![prose::cut(&text, room)],
        false => prose::wrap(&text, room),
    };
    let about = about.into_iter().enumerate();
    about
        .map(|(line, text)| {
            let head = match line {
                0 => head.clone(),
                _ => " ".repeat(column.into()),
            };
            let text = prose::fitted(&(head + &text), width);
            Line::styled(text, state.theme.style(role))
        })
        .collect()
}
