//! Draws a schedule at one step: why it fails, the steps in lanes, the code, and where every thread is.

use std::collections::BTreeMap;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line, Span},
};

use super::{
    evidence::cut,
    replay::{Side, Stage},
};
use crate::{
    domain::verdict::Story,
    tui::{
        highlight,
        layout::{Size, Width, panel, paragraph},
        prose,
        state::State,
        theme::Role,
    },
    wording::{self, Labels, file_and_line},
};

/// The narrowest lane that is still readable, in columns.
const LANE: u16 = 20;
/// Columns of the mark and the step number.
const STEPS: u16 = 7;

/// Draws it.
pub fn view(state: &State, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let Some(stage) = state.stage.as_deref() else {
        return;
    };
    let labels = Labels::new(&stage.story, stage.submission.as_ref());
    let why = wording::why(&stage.story, &labels);
    let mut why = prose::styled(
        &why,
        area.width.saturating_sub(2),
        state.theme,
        Role::Warning,
    );
    let most = usize::from(area.height / 5).clamp(1, 4);
    if why.len() > most {
        why.truncate(most);
        if let Some(last) = why.last_mut() {
            last.push_span(" …");
        }
    }
    let rows = u16::try_from(why.len()).unwrap_or(1);
    let [head, body] = Layout::vertical([Constraint::Length(rows), Constraint::Min(0)]).areas(area);
    let head = Rect {
        x: head.x + 1,
        width: head.width.saturating_sub(1),
        ..head
    };
    paragraph(frame, head, why);
    let boxed = size.width != Width::Narrow;
    // In a narrow place each thread has one line, cut at the edge.
    let width = if boxed {
        body.width.saturating_sub(4)
    } else {
        1_000
    };
    let threads = wording::threads(&stage.story, &labels, stage.cursor, width.into());
    let wanted = u16::try_from(threads.len()).unwrap_or(u16::MAX);
    let frame_rows = if boxed { 2 } else { 0 };
    let room = wanted
        .saturating_add(frame_rows)
        .min(body.height * 3 / 8)
        .max(1);
    let [above, below] =
        Layout::vertical([Constraint::Min(0), Constraint::Length(room)]).areas(body);
    let (steps, side) = split(above, stage, size);
    let inner = panel(
        frame,
        steps,
        if boxed { "Steps" } else { "" },
        true,
        state.theme,
        size,
    );
    draw_steps(state, stage, &labels, frame, inner);
    draw_side(state, stage, &labels, frame, side, size);
    let title = if boxed { "Now" } else { "" };
    let inner = panel(frame, below, title, false, state.theme, size);
    paragraph(
        frame,
        inner,
        prose::kept(&threads, inner.width, state.theme),
    );
}

/// Steps and what stands beside them: next to each other where there is room for the lanes, or for comparing.
fn split(area: Rect, stage: &Stage, size: Size) -> (Rect, Rect) {
    let lanes = u16::try_from(wording::lanes_of(&stage.story).len()).unwrap_or(u16::MAX);
    let half = (area.width / 2).saturating_sub(STEPS + 4);
    let beside = stage.side == Side::Passing || half / lanes.max(1) >= LANE || area.height < 16;
    let halves = [Constraint::Percentage(52), Constraint::Min(1)];
    let [steps, side] = match size.width {
        Width::Wide | Width::Broad if beside => Layout::horizontal(halves).areas(area),
        _ => Layout::vertical(halves).areas(area),
    };
    (steps, side)
}

/// The first row to show so that `cursor` stands in the middle.
fn centred(cursor: usize, count: usize, height: u16) -> usize {
    let height = usize::from(height);
    cursor
        .saturating_sub(height / 2)
        .min(count.saturating_sub(height))
}

fn draw_steps(
    state: &State,
    stage: &Stage,
    labels: &Labels<'_>,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let lanes = wording::lanes_of(&stage.story);
    let count = u16::try_from(lanes.len()).unwrap_or(u16::MAX).max(1);
    let column = area.width.saturating_sub(STEPS) / count;
    let with_lanes = column >= LANE && area.height > 3;
    let mut lines = Vec::new();
    if with_lanes {
        let current = stage.story.events[stage.cursor].thread;
        let mut spans = vec![Span::raw(" ".repeat(STEPS.into()))];
        for id in &lanes {
            let role = if *id == current {
                Role::Accent
            } else {
                Role::Heading
            };
            let name = prose::fitted(&labels.thread(*id), column);
            spans.push(Span::styled(name, state.theme.style(role)));
        }
        lines.push(Line::from(spans));
    }
    let height = area
        .height
        .saturating_sub(u16::try_from(lines.len()).unwrap_or(0));
    let from = centred(stage.cursor, stage.story.events.len(), height);
    let shown = from..stage.story.events.len().min(from + usize::from(height));
    lines.extend(shown.map(|index| {
        let event = &stage.story.events[index];
        let (mark, role) = match (index == stage.cursor, event.is_deviation()) {
            (true, _) => ('>', Role::Selected),
            (false, true) => (' ', Role::Warning),
            (false, false) if index > stage.cursor => (' ', Role::Faint),
            (false, false) => (' ', Role::Text),
        };
        let text = labels.event(index);
        let lane = lanes.iter().position(|id| *id == event.thread);
        let cell = match lane.filter(|_| with_lanes) {
            Some(lane) => {
                let indent = usize::from(column) * lane;
                // The last lane may use what is left over.
                let room = area
                    .width
                    .saturating_sub(STEPS + column * u16::try_from(lane).unwrap_or(0));
                format!("{:indent$}{}", "", prose::cut(&text, room))
            }
            None => format!("{} {text}", labels.thread(event.thread)),
        };
        let row = format!("{mark}{:>4}  {cell}", event.step);
        Line::styled(prose::fitted(&row, area.width), state.theme.style(role))
    }));
    paragraph(frame, area, lines);
}

fn draw_side(
    state: &State,
    stage: &Stage,
    labels: &Labels<'_>,
    frame: &mut Frame<'_>,
    area: Rect,
    size: Size,
) {
    match (stage.side, &stage.story.passing, &stage.story.history) {
        (Side::Passing, Some(passing), _) => {
            let token = stage.story.passing_token.as_deref().unwrap_or_default();
            let title = format!("This one passes: {token}");
            let inner = panel(frame, area, &title, false, state.theme, size);
            draw_passing(state, stage, passing, frame, inner);
        }
        (Side::Calls, _, Some(history)) => {
            let title = "Calls; numbers: the longest legal order";
            let inner = panel(frame, area, title, false, state.theme, size);
            let bars = wording::bars(history, inner.width.into());
            // The call that fits nowhere is what matters.
            let wanted = history.calls.iter().position(|call| call.order.is_none());
            let last = wanted.unwrap_or(0) + 1;
            let from = last.saturating_sub(inner.height.into());
            paragraph(
                frame,
                inner,
                prose::kept(&bars[from..], inner.width, state.theme),
            );
        }
        _ => draw_source(state, stage, labels, frame, area, size),
    }
}

/// The steps of the run that passes; what both have in common stands at the same step.
fn draw_passing(state: &State, stage: &Stage, passing: &Story, frame: &mut Frame<'_>, area: Rect) {
    let labels = Labels::new(passing, stage.submission.as_ref());
    let common = stage.story.common_with(passing);
    let count = passing.events.len();
    let from = centred(stage.cursor.min(count - 1), count, area.height);
    let lines = (from..count.min(from + usize::from(area.height))).map(|index| {
        let event = &passing.events[index];
        let (mark, role) = match index {
            _ if index < common => (' ', Role::Faint),
            _ if index == common => ('*', Role::Good),
            _ => (' ', Role::Text),
        };
        let text = format!(
            "{mark}{:>4}  {} {}",
            event.step,
            labels.thread(event.thread),
            labels.event(index)
        );
        Line::styled(prose::cut(&text, area.width), state.theme.style(role))
    });
    paragraph(frame, area, lines.collect());
}

/// The code around the line of the step, or around the last own line of its thread.
fn draw_source(
    state: &State,
    stage: &Stage,
    labels: &Labels<'_>,
    frame: &mut Frame<'_>,
    area: Rect,
    size: Size,
) {
    let files = stage.submission.as_ref().map(|one| &one.files);
    let own = |at: &str| {
        let (file, line) = file_and_line(at)?;
        let text = files?.get(file)?;
        Some((file.to_owned(), line, text))
    };
    let events = &stage.story.events;
    let thread = events[stage.cursor].thread;
    let place = (0..=stage.cursor)
        .rev()
        .filter(|index| events[*index].thread == thread)
        .find_map(|index| Some((index, own(events[index].at.as_deref()?)?)));
    let Some((index, (file, line, text))) = place else {
        let inner = panel(frame, area, "Source", false, state.theme, size);
        let words = match files {
            Some(_) => format!("{} has not reached your code yet.", labels.thread(thread)),
            None => "The code was not kept.".to_owned(),
        };
        let lines = prose::styled(&words, inner.width, state.theme, Role::Faint);
        return paragraph(frame, inner, lines);
    };
    let now = index == stage.cursor;
    let title = match now {
        true => format!("{file}:{line}"),
        false => format!("{file}:{line}, before this step of the check"),
    };
    let inner = panel(frame, area, &title, false, state.theme, size);
    let coloured = state.pages.get(text, 2, 0, state.theme, || {
        highlight::rust(text, state.theme)
    });
    let others = standing(stage, &file);
    let from = centred(line.saturating_sub(1), coloured.len(), inner.height);
    let shown = coloured
        .iter()
        .enumerate()
        .skip(from)
        .take(inner.height.into());
    let lines = shown.map(|(at, code)| {
        let here = at + 1 == line;
        let mark = match (here && now, others.get(&(at + 1))) {
            (true, _) => format!("{}>", labels.thread(thread)),
            (false, _) if here => labels.thread(thread),
            (false, Some(ids)) => labels.thread(ids[0]) + if ids.len() > 1 { "+" } else { "" },
            (false, None) => String::new(),
        };
        let role = if here && now {
            Role::Accent
        } else {
            Role::Faint
        };
        let gutter = format!("{} {:>4} ", prose::fitted(&mark, 5), at + 1);
        let mut code = code.clone();
        if here && now {
            code = code.patch_style(state.theme.style(Role::Selected));
            code.spans
                .iter_mut()
                .for_each(|span| span.style = span.style.patch(state.theme.style(Role::Selected)));
        }
        code.style = Style::new();
        code.spans
            .insert(0, Span::styled(gutter, state.theme.style(role)));
        cut(code, inner.width)
    });
    paragraph(frame, inner, lines.collect());
}

/// Which threads stand at which line of a file.
fn standing(stage: &Stage, file: &str) -> BTreeMap<usize, Vec<u32>> {
    let mut lines: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for thread in stage.story.moment(stage.cursor).threads {
        if let Some((_, line)) = thread
            .at
            .as_deref()
            .and_then(file_and_line)
            .filter(|at| at.0 == file)
            && thread.state != crate::domain::playback::ThreadState::Finished
        {
            lines.entry(line).or_default().push(thread.id);
        }
    }
    lines
}
