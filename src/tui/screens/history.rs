//! Past attempts in a table, the latest first.

use ratatui::{Frame, layout::Rect, text::Line};

use crate::{
    actions::{HistoryLine, Past},
    domain::session::Phase,
    tui::{
        keys::Act,
        layout::{Size, Width, panel, paragraph},
        message::{Effect, Errand},
        prose,
        state::{Scroll, State},
        theme::Role,
    },
};

/// The history as it is shown.
#[derive(Debug, Default)]
pub struct Remembered {
    /// What was read; none before.
    pub past: Option<Box<Past>>,
    /// The selected row, counted from the latest.
    pub cursor: usize,
    scroll: Scroll,
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
    let judged: Vec<f64> = past
        .lines
        .iter()
        .filter_map(|line| Some(line.past.as_ref()?.total))
        .collect();
    if judged.is_empty() {
        return format!("{} attempts", past.lines.len());
    }
    let mean = judged.iter().sum::<f64>() / judged.len() as f64;
    let best = judged.iter().copied().fold(0.0, f64::max);
    format!("{} judged, mean {mean:.0}, best {best:.0}", judged.len())
}

/// Draws it.
pub fn view(state: &State, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let inner = panel(
        frame,
        area,
        "Attempts, latest first",
        true,
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
