//! The statement before the start, and how the attempt shall be made.

use std::rc::Rc;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

use super::problems::facts;
use crate::{
    actions::Wish,
    domain::{attempt::Mode, problem::Problem},
    tui::{
        keys::Act,
        layout::{Height, Size, Width, panel, paragraph},
        markdown,
        message::{Effect, Errand},
        prose,
        state::State,
        theme::Role,
    },
    wording::{self, Tone},
};

/// The widest column of prose that reads well.
const COLUMN: u16 = 84;

/// The modes to choose from.
pub const MODES: [(Mode, &str); 3] = [
    (Mode::Mock, "the hour: questions, code, a twist, talk"),
    (Mode::Drill, "the short form: no twist, no talk"),
    (Mode::Untimed, "no clock; hand in as often as you like"),
];

/// A problem's statement, rendered once per width.
pub fn statement(state: &State, problem: &Problem, width: u16) -> Rc<Vec<Line<'static>>> {
    let width = width.min(COLUMN);
    let text = &problem.statement;
    state.pages.get(text, 0, width, state.theme, || {
        markdown::render(text, width, state.theme)
    })
}

/// Does what a key asks for.
pub fn act(state: &mut State, act: Act) -> Vec<Effect> {
    match act {
        Act::Up => state.brief_scroll.by(-1),
        Act::Down => state.brief_scroll.by(1),
        Act::PageUp => state.brief_scroll.by(-10),
        Act::PageDown => state.brief_scroll.by(10),
        Act::First => state.brief_scroll.by(i32::MIN / 2),
        Act::Last => state.brief_scroll.by(i32::MAX / 2),
        Act::Mode | Act::NextPane => {
            let at = MODES
                .iter()
                .position(|(mode, _)| *mode == state.mode)
                .unwrap_or(0);
            state.mode = MODES[(at + 1) % MODES.len()].0;
        }
        Act::Open => {
            let Some((problem, _)) = state.shelf.selected() else {
                return Vec::new();
            };
            let wish = Wish {
                problem: problem.id.to_string(),
                mode: state.mode,
                dir: None,
                seed: 0,
            };
            state.say(Tone::Plain, "laying out the workspace ...");
            return vec![Effect::Errand(Errand::Start(wish))];
        }
        _ => {}
    }
    Vec::new()
}

/// The title of the screen and its right end.
pub fn title(state: &State) -> (String, String) {
    let title = state
        .shelf
        .selected()
        .map_or(String::new(), |(problem, _)| problem.title.clone());
    (title, format!("{}, not timed yet", state.mode.word()))
}

/// Draws it.
pub fn view(state: &State, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let Some((problem, _)) = state.shelf.selected() else {
        return;
    };
    match (size.width, size.height) {
        (Width::Wide | Width::Broad, _) => {
            let [text, side] =
                Layout::horizontal([Constraint::Length(COLUMN + 4), Constraint::Min(30)])
                    .areas(area);
            let [text, side] = match text.width > area.width * 2 / 3 {
                true => Layout::horizontal([Constraint::Percentage(64), Constraint::Min(30)])
                    .areas(area),
                false => [text, side],
            };
            page(state, problem, frame, text, size);
            let inner = panel(frame, side, "How", false, state.theme, size);
            let mut lines = how(state, problem, inner.width, true);
            lines.push(Line::default());
            for fact in facts(problem) {
                lines.extend(prose::styled(&fact, inner.width, state.theme, Role::Text));
            }
            lines.push(Line::default());
            let about = format!(
                "The interviewer can answer {}. {}, each costs points.",
                wording::counted(problem.clarifications.len(), "question"),
                wording::counted(problem.hints.len(), "hint")
            );
            lines.extend(prose::styled(&about, inner.width, state.theme, Role::Text));
            paragraph(frame, inner, lines);
        }
        (_, Height::Strip | Height::Low) => page(state, problem, frame, area, size),
        (Width::Narrow | Width::Medium, Height::Short | Height::Tall) => {
            let lines = match size.width {
                Width::Narrow => chosen(state, problem, area.width),
                Width::Medium | Width::Wide | Width::Broad => {
                    how(state, problem, area.width, false)
                }
            };
            let rows = u16::try_from(lines.len()).unwrap_or(3);
            let [text, below] =
                Layout::vertical([Constraint::Min(1), Constraint::Length(rows)]).areas(area);
            page(state, problem, frame, text, size);
            paragraph(frame, below, lines);
        }
    }
}

fn page(state: &State, problem: &Problem, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let inner = panel(frame, area, "Brief", true, state.theme, size);
    let lines = statement(state, problem, inner.width);
    let from = usize::from(state.brief_scroll.within(lines.len(), inner.height));
    let shown = lines
        .iter()
        .skip(from)
        .take(inner.height.into())
        .cloned()
        .collect();
    paragraph(frame, inner, shown);
}

/// The modes with the chosen one marked, what each means below it where there is room.
fn how(state: &State, problem: &Problem, width: u16, tall: bool) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (mode, about) in MODES {
        let chosen = mode == state.mode;
        let mark = if chosen { ">" } else { " " };
        let style = state
            .theme
            .style(if chosen { Role::Heading } else { Role::Faint });
        let head = format!("{mark} {:<8}{:<12} ", mode.word(), minutes(mode, problem));
        let text = if tall { head } else { head + about };
        lines.push(Line::styled(prose::cut(&text, width), style));
        if tall {
            let below = prose::wrap(&format!("    {about}"), width);
            lines.extend(below.into_iter().map(|text| Line::styled(text, style)));
        }
    }
    lines
}

/// The chosen mode alone, for a narrow pane.
fn chosen(state: &State, problem: &Problem, width: u16) -> Vec<Line<'static>> {
    let about = MODES
        .iter()
        .find(|(mode, _)| *mode == state.mode)
        .map_or("", |(_, about)| about);
    let head = format!(
        "> {} {} (m changes it)",
        state.mode.word(),
        minutes(state.mode, problem)
    );
    [head, format!("  {about}")]
        .into_iter()
        .map(|text| Line::styled(prose::cut(&text, width), state.theme.style(Role::Heading)))
        .collect()
}

/// How long an attempt in a mode takes.
pub fn minutes(mode: Mode, problem: &Problem) -> String {
    match mode {
        Mode::Mock => "50 + 10 min".to_owned(),
        Mode::Drill | Mode::Warmup => format!("{} min", problem.drill_minutes),
        Mode::Untimed => "no limit".to_owned(),
    }
}
