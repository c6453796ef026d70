//! Draws the state. Changes nothing, asks nobody.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{
    availability::hindrance,
    keys::{Scope, TABLE},
    layout::{self, Height, Size},
    prose,
    screens::{
        brief, designs, discuss_view, history, overlay, palette, plan, problems, rate, replay,
        replay_view, report, session_view, settings, submit,
    },
    state::{Choice, Overlay, Place, Purpose, State},
    theme::Role,
};
use crate::wording::Tone;

/// The least columns and rows; a session also fits a strip of one line.
pub const LEAST: (u16, u16) = (30, 6);

/// Whether the screen is too small for what is on it; then only the ways out have a meaning.
pub fn too_small(state: &State) -> bool {
    let (columns, rows) = state.size;
    let fits = matches!(
        state.overlay,
        None | Some(Overlay::Choice(_) | Overlay::Entry(_))
    );
    let strip = state.place() == Place::Session && fits;
    columns < LEAST.0 || (rows < LEAST.1 && !strip) || rows == 0
}

/// The keys that hold now.
pub fn scope(state: &State) -> Scope {
    match state.place() {
        Place::Problems => Scope::Problems,
        Place::Brief => Scope::Brief,
        Place::Session => Scope::Session,
        Place::Submit => Scope::Submit,
        Place::Discuss => Scope::Discuss,
        Place::Rate => Scope::Rate,
        Place::Report => Scope::Report,
        Place::Designs => Scope::Designs,
        Place::Replay => Scope::Replay,
        Place::History => Scope::History,
        Place::Plan => Scope::Plan,
        Place::Settings => Scope::Settings,
    }
}

/// Draws everything.
pub fn view(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.is_empty() {
        return;
    }
    if too_small(state) {
        small(state, frame, area);
    } else if Height::Strip == Size::of(area.width, area.height).height {
        strip(state, frame, area);
    } else {
        whole(state, frame, area);
    }
    state.glyphs.apply(frame.buffer_mut());
}

/// A screen with its header and footer.
fn whole(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let size = Size::of(area.width, area.height);
    let entry = match &state.overlay {
        Some(Overlay::Entry(entry)) => overlay::field_rows(entry, area.width, area.height / 2),
        _ => 0,
    };
    let words = word(
        state,
        area.width,
        if size.height == Height::Tall { 2 } else { 1 },
    );
    let [header, body, field, said, footer] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(entry),
        Constraint::Length(u16::try_from(words.len()).unwrap_or(1)),
        Constraint::Length(1),
    ])
    .areas(area);
    frame.render_widget(head(state, header.width), header);
    screen(state, frame, body, size);
    match &state.overlay {
        None => {}
        Some(Overlay::Entry(entry)) => overlay::field(state, entry, frame, field),
        Some(Overlay::Choice(choice)) => overlay::choice(state, choice, frame, body, size),
        Some(Overlay::Reader(reader)) => overlay::reader(state, reader, frame, body, size),
        Some(Overlay::Help(help)) => palette::view(state, help, frame, body, size),
    }
    layout::paragraph(frame, said, words);
    frame.render_widget(foot(state, footer.width), footer);
}

fn small(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let (columns, rows) = state.size;
    let mut text = String::new();
    if let (Place::Session, Some(seat)) = (state.place(), &state.seat) {
        text = format!("{}. ", seat.clock(state.now).1);
    }
    text += &match &state.overlay {
        Some(Overlay::Choice(choice)) => format!("{} {}", choice.title, answers(choice)),
        _ => format!(
            "Needs {}x{}, this is {columns}x{rows}. q leaves.",
            LEAST.0, LEAST.1
        ),
    };
    layout::paragraph(
        frame,
        area,
        prose::styled(&text, area.width, state.theme, Role::Text),
    );
}

/// One to three lines beside an editor.
fn strip(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let Some(seat) = &state.seat else { return };
    let mut lines = vec![session_view::strip(state, seat, area.width)];
    match &state.overlay {
        Some(Overlay::Entry(entry)) => {
            let [above, below] =
                Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(area);
            layout::paragraph(frame, above, lines);
            return overlay::field(state, entry, frame, below);
        }
        Some(Overlay::Choice(choice)) => {
            let text = format!(" {} {}", choice.title, answers(choice));
            let line = Line::styled(
                prose::cut(&text, area.width),
                state.theme.style(Role::Accent),
            );
            lines.insert(if area.height > 1 { 1 } else { 0 }, line);
            return layout::paragraph(frame, area, lines);
        }
        Some(Overlay::Help(_) | Overlay::Reader(_)) | None => {}
    }
    if area.height > 1 {
        let said = state.word.as_ref().map(|word| word.text.clone());
        let text = said.unwrap_or_else(|| crate::wording::guidance(seat.phase).to_owned());
        lines.push(Line::raw(prose::cut(&format!(" {text}"), area.width)));
    }
    if area.height > 2 {
        lines.push(foot(state, area.width));
    }
    layout::paragraph(frame, area, lines);
}

fn head(state: &State, width: u16) -> Line<'static> {
    let (left, (tone, right)) = title(state);
    let right = Span::styled(right, state.theme.style(prose::role(tone)));
    layout::ends(&left, right, width, state.theme)
}

/// The title of the screen and its right end.
pub fn title(state: &State) -> (String, (Tone, String)) {
    let quiet = |(left, right): (String, String)| (left, (Tone::Quiet, right));
    match (state.place(), &state.seat, &state.debrief) {
        (Place::Session | Place::Discuss | Place::Rate, Some(seat), _) => (
            format!("{} · {}", seat.problem.title, seat.session.mode.word()),
            seat.clock(state.now),
        ),
        (Place::Submit, Some(seat), _) => (
            format!("{} · handed in", seat.problem.title),
            submit::clock_words(state, seat),
        ),
        (Place::Report, _, Some(debrief)) => report::title(debrief),
        (Place::Designs, _, Some(debrief)) => quiet(designs::title(debrief)),
        (Place::Replay, ..) => replay::title(state),
        (Place::Brief, ..) => quiet(brief::title(state)),
        (Place::Plan, ..) => quiet(plan::title(state)),
        (Place::Settings, ..) => quiet(settings::title(state)),
        (Place::History, ..) => quiet(("fiftyten · history".to_owned(), history::summary(state))),
        (
            Place::Problems
            | Place::Session
            | Place::Discuss
            | Place::Rate
            | Place::Submit
            | Place::Report
            | Place::Designs,
            ..,
        ) => quiet(problems::title(state)),
    }
}

fn screen(state: &State, frame: &mut Frame<'_>, body: Rect, size: Size) {
    match (state.place(), &state.seat, &state.debrief) {
        (Place::Brief, ..) => brief::view(state, frame, body, size),
        (Place::Plan, ..) => plan::view(state, frame, body, size),
        (Place::History, ..) => history::view(state, frame, body, size),
        (Place::Settings, ..) => settings::view(state, frame, body, size),
        (Place::Session, Some(seat), _) => session_view::view(state, seat, frame, body, size),
        (Place::Submit, Some(seat), _) => submit::view(state, seat, frame, body, size),
        (Place::Discuss, Some(seat), _) => discuss_view::view(state, seat, frame, body, size),
        (Place::Rate, Some(seat), _) => rate::view(state, seat, frame, body, size),
        (Place::Report, _, Some(debrief)) => report::view(state, debrief, frame, body, size),
        (Place::Replay, ..) => replay_view::view(state, frame, body, size),
        (Place::Designs, _, Some(debrief)) => designs::view(state, debrief, frame, body, size),
        (
            Place::Problems
            | Place::Session
            | Place::Submit
            | Place::Discuss
            | Place::Rate
            | Place::Report
            | Place::Designs,
            ..,
        ) => {
            problems::view(state, frame, body, size);
        }
    }
}

/// The last word; it stays until the next one.
fn word(state: &State, width: u16, most: usize) -> Vec<Line<'static>> {
    let Some(word) = &state.word else {
        return Vec::new();
    };
    let role = prose::role(word.tone);
    let wrapped = prose::wrap(&word.text, width.saturating_sub(2));
    let more = wrapped.len() > most;
    let shown = wrapped.into_iter().take(most).enumerate();
    shown
        .map(|(at, text)| {
            let text = if more && at + 1 == most {
                format!("{text} …")
            } else {
                text
            };
            Line::styled(
                prose::cut(&format!(" {text}"), width),
                state.theme.style(role),
            )
        })
        .collect()
}

/// The keys of a question in one line.
fn answers(choice: &Choice) -> String {
    let answers = choice
        .answers
        .iter()
        .map(|(key, name, _)| format!("{key} {name}"));
    answers
        .chain(["esc go on".to_owned()])
        .collect::<Vec<_>>()
        .join("   ")
}

fn foot(state: &State, width: u16) -> Line<'static> {
    let plain = |text: &str| {
        Line::styled(
            prose::cut(&format!(" {text}"), width),
            state.theme.style(Role::Faint),
        )
    };
    match &state.overlay {
        Some(Overlay::Entry(entry)) => plain(match entry.purpose {
            Purpose::Filter => "enter selects   esc shows all",
            Purpose::Question => "enter asks   esc puts it aside",
            Purpose::Note => "enter keeps it   ctrl-j new line   esc puts it aside",
            Purpose::Answer => "enter keeps it   ctrl-j new line   esc puts it aside",
            Purpose::Setting(_) => "enter keeps it   esc leaves it as it was",
        }),
        Some(Overlay::Help(_)) => plain("enter does it   arrows select   esc closes"),
        Some(Overlay::Choice(choice)) => {
            let answers: Vec<String> = choice
                .answers
                .iter()
                .map(|(key, name, _)| format!("{key} {name}"))
                .collect();
            plain(&format!("{}   esc go on", answers.join("   ")))
        }
        Some(Overlay::Reader(reader)) => plain(match reader.pages.len() {
            1 => "j k scroll   q closes",
            _ => "tab turns   j k scroll   q closes",
        }),
        None => {
            let scope = scope(state);
            let rows = TABLE.iter().filter(move |row| row.scope == scope);
            let back = match state.place() {
                Place::Problems => "quit",
                Place::Replay if state.places.len() == 1 => "quit",
                Place::Session => "leave",
                _ => "back",
            };
            let offered = |act| hindrance(state, act).is_none();
            layout::footer(rows, offered, back, width, state.theme)
        }
    }
}
