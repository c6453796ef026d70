//! Past attempts in a table, the latest first.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

use crate::{
    actions::{HistoryLine, Past},
    domain::{figures::Figures, session::Phase},
    tui::{
        keys::Act,
        layout::{Height, Size, Width, panel, paragraph},
        message::{Effect, Errand},
        prose,
        state::{Scroll, State},
        theme::Role,
    },
    wording::{self, Grain},
};

/// The history as it is shown.
#[derive(Debug, Default)]
pub struct Remembered {
    /// What was read; none before.
    pub past: Option<Box<Past>>,
    /// The selected row, counted from the latest.
    pub cursor: usize,
    /// Whether the numbers have the whole screen.
    pub figures: bool,
    scroll: Scroll,
    numbers: Scroll,
}

impl Remembered {
    /// The latest attempt that waits for its candidate or its judge.
    pub fn open(&self) -> Option<&HistoryLine> {
        let lines = &self.past.as_ref()?.lines;
        lines.iter().rev().find(|line| waits(line))
    }

    fn selected(&self) -> Option<&HistoryLine> {
        let lines = &self.past.as_ref()?.lines;
        lines.iter().rev().nth(self.cursor)
    }
}

fn waits(line: &HistoryLine) -> bool {
    line.past.is_none() && !line.abandoned && line.phase != Phase::Over
}

/// Does what a key asks for.
pub fn act(state: &mut State, act: Act) -> Vec<Effect> {
    let rows = state
        .history
        .past
        .as_ref()
        .map_or(0, |past| past.lines.len());
    let last = rows.saturating_sub(1);
    if matches!(act, Act::Figures | Act::NextPane) {
        state.history.figures = !state.history.figures;
        return Vec::new();
    }
    if state.history.figures {
        state.history.numbers.by(match act {
            Act::Up => -1,
            Act::Down => 1,
            Act::PageUp => -10,
            Act::PageDown => 10,
            Act::First => i32::MIN / 2,
            Act::Last => i32::MAX / 2,
            _ => 0,
        });
        return Vec::new();
    }
    let cursor = &mut state.history.cursor;
    match act {
        Act::Up => *cursor = cursor.saturating_sub(1),
        Act::Down => *cursor = (*cursor + 1).min(last),
        Act::PageUp => *cursor = cursor.saturating_sub(10),
        Act::PageDown => *cursor = (*cursor + 10).min(last),
        Act::First => *cursor = 0,
        Act::Last => *cursor = last,
        Act::Open => {
            if let Some(line) = state.history.selected() {
                let id = line.attempt.id.clone();
                let errand = match line.past {
                    Some(_) => Errand::Report(id),
                    None => Errand::Open(id),
                };
                return vec![Effect::Errand(errand)];
            }
        }
        _ => {}
    }
    Vec::new()
}

/// The right end of the title.
pub fn summary(state: &State) -> String {
    let Some(past) = &state.history.past else {
        return String::new();
    };
    let figures = &past.figures;
    if figures.totals.is_empty() {
        return format!("{} attempts", past.lines.len());
    }
    let (judged, mean, best) = (figures.totals.len(), figures.mean(), figures.best());
    format!("{judged} judged, mean {mean:.0}, best {best:.0}")
}

/// Draws it: the attempts, and the numbers where there is room for both.
pub fn view(state: &State, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let figures = state.history.past.as_ref().map(|past| &past.figures);
    let Some(figures) = figures.filter(|figures| !figures.totals.is_empty()) else {
        return attempts(state, frame, area, size);
    };
    if state.history.figures {
        return numbers(state, figures, frame, area, size);
    }
    match (size.width, size.height) {
        (Width::Narrow, _) | (_, Height::Strip | Height::Low | Height::Short) => {
            attempts(state, frame, area, size);
        }
        (Width::Medium, Height::Tall) => {
            let [table, chart] =
                Layout::vertical([Constraint::Min(6), Constraint::Length(10)]).areas(area);
            attempts(state, frame, table, size);
            numbers(state, figures, frame, chart, size);
        }
        (Width::Wide | Width::Broad, Height::Tall) => {
            let [table, chart] =
                Layout::horizontal([Constraint::Length(80), Constraint::Min(1)]).areas(area);
            attempts(state, frame, table, size);
            numbers(state, figures, frame, chart, size);
        }
    }
}

/// The chart and the averages; those that do not fit are scrolled to on the whole screen.
fn numbers(state: &State, figures: &Figures, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let whole = state.history.figures;
    let title = match whole {
        true => "In numbers, f shows the attempts",
        false => "In numbers, f shows all",
    };
    let inner = panel(frame, area, title, whole, state.theme, size);
    let grain = Grain::Blocks;
    if !whole && size.width == Width::Medium {
        // Chart and weakest parts side by side below the table.
        let [left, right] =
            Layout::horizontal([Constraint::Length(32), Constraint::Min(1)]).areas(inner);
        let rows = usize::from(left.height.saturating_sub(1));
        let chart = wording::score_chart(figures, usize::from(left.width) - 2, rows, grain);
        paragraph(frame, left, prose::kept(&chart, left.width, state.theme));
        let mut words = prose::wrapped(&[wording::summary(figures)], right.width, state.theme);
        words.extend(prose::kept(
            &wording::averages(figures, right.width.into()),
            right.width,
            state.theme,
        ));
        return paragraph(frame, right, words);
    }
    let rows = if size.height == Height::Tall { 8 } else { 4 };
    let chart = wording::score_chart(figures, inner.width.into(), rows, grain);
    let mut lines = prose::wrapped(&[wording::summary(figures)], inner.width, state.theme);
    lines.extend(prose::kept(&chart, inner.width, state.theme));
    lines.push(Line::default());
    lines.extend(prose::kept(
        &wording::averages(figures, inner.width.into()),
        inner.width,
        state.theme,
    ));
    let from = match whole {
        true => usize::from(state.history.numbers.within(lines.len(), inner.height)),
        false => 0,
    };
    paragraph(frame, inner, lines.into_iter().skip(from).collect());
}

fn attempts(state: &State, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let inner = panel(
        frame,
        area,
        "Attempts, latest first",
        !state.history.figures,
        state.theme,
        size,
    );
    let Some(past) = &state.history.past else {
        frame.render_widget(Line::raw("Reading the history ..."), inner);
        return;
    };
    if past.lines.is_empty() {
        let text = "Nothing was attempted yet. q goes back to the problems.";
        paragraph(
            frame,
            inner,
            prose::styled(text, inner.width, state.theme, Role::Text),
        );
        return;
    }
    let mut below = Vec::new();
    if let Some(weakest) = past.weakest {
        let next = past
            .next_drill
            .as_ref()
            .map(|next| format!("; next: {next}"))
            .unwrap_or_default();
        below.push(format!("Weakest part so far: {}{next}", weakest.word()));
    }
    below.extend(
        past.damaged
            .iter()
            .map(|damage| format!("damaged: {damage}")),
    );
    let room = inner.height.saturating_sub(
        u16::try_from(below.len())
            .unwrap_or(0)
            .min(inner.height / 2),
    );
    state.history.scroll.show(state.history.cursor, room);
    let from = usize::from(state.history.scroll.within(past.lines.len(), room));
    let mut lines: Vec<Line<'static>> = past
        .lines
        .iter()
        .rev()
        .enumerate()
        .skip(from)
        .take(room.into())
        .map(|(row, line)| {
            let selected = row == state.history.cursor;
            let role = if selected { Role::Selected } else { Role::Text };
            let mark = if selected { ">" } else { " " };
            let text = format!("{mark} {}", row_text(state, line, size));
            Line::styled(prose::fitted(&text, inner.width), state.theme.style(role))
        })
        .collect();
    lines.extend(below.iter().map(|text| {
        Line::styled(
            prose::cut(text, inner.width),
            state.theme.style(Role::Faint),
        )
    }));
    paragraph(frame, inner, lines);
}

/// A row in one line.
pub fn row_text(state: &State, line: &HistoryLine, size: Size) -> String {
    let manifest = &line.attempt.manifest;
    let result = match &line.past {
        Some(past) => format!("{:>5.1}  {}", past.total, past.band.word()),
        None if line.abandoned => "    -  given up".to_owned(),
        None if waits(line) => format!("    -  open, {}", line.phase.word()),
        None => "    -  not judged".to_owned(),
    };
    let marked = match &line.past {
        Some(past) if past.marked => ", marked",
        _ => "",
    };
    if size.width == Width::Narrow {
        let when = state.local(manifest.started, "%d %b");
        return format!(
            "{when} {} {result}{marked}",
            prose::fitted(&manifest.problem, 16)
        );
    }
    let when = state.local(manifest.started, "%d %b %Y %H:%M");
    format!(
        "{when}  {} {:<8} {result}{marked}",
        prose::fitted(&manifest.problem, 26),
        manifest.mode.word()
    )
}
