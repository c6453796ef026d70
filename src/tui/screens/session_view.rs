//! The session on every size: first a strip and a narrow pane beside an editor, then the roomy ones.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{brief, talk};
use crate::{
    domain::{
        session::{Phase, facts::clock},
        verdict::{CheckResult, Verdict},
    },
    tui::{
        layout::{Height, Size, Width, panel, paragraph},
        prose,
        seat::{Pane, Seat},
        state::{Scroll, State},
        theme::{Role, Theme},
    },
    wording,
};

/// Lines of a failing check's message on the session screen; all of it is one key away.
const MESSAGE: usize = 4;

/// Whether the statement has a part of its own at this size.
pub fn shows_statement((columns, rows): (u16, u16)) -> bool {
    let size = Size::of(columns, rows);
    size.width >= Width::Wide && size.height >= Height::Short
}

/// Whether there is room for one part only.
fn alone(size: Size) -> bool {
    size.width == Width::Narrow || size.height <= Height::Low
}

/// The whole session in one line: phase, clock, samples.
pub fn strip(state: &State, seat: &Seat, width: u16) -> Line<'static> {
    let (tone, left) = seat.clock(state.now);
    let (sample_tone, samples) = seat.samples_word();
    let failing = seat.first_failing().filter(|_| seat.run.is_none());
    let samples = failing.map_or(samples.clone(), |name| format!("{samples}: {name}"));
    let phase = seat.session.phase_at(state.now).word().to_uppercase();
    let style = |tone| state.theme.style(prose::role(tone));
    let mut spans = vec![
        Span::raw(format!(" {phase} | ")),
        Span::styled(left, style(tone)),
        Span::raw(" | "),
    ];
    let used: usize = spans.iter().map(Span::width).sum();
    let room = usize::from(width).saturating_sub(used + 2);
    let samples = prose::fitted(&samples, u16::try_from(room).unwrap_or(0));
    spans.push(Span::styled(samples, style(sample_tone)));
    spans.push(Span::raw(" ?"));
    Line::from(spans)
}

/// Draws the session below the header.
pub fn view(state: &State, seat: &Seat, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let [bar, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    frame.render_widget(phases(state, seat, bar.width, size), bar);
    match (size.width, size.height) {
        _ if alone(size) => match seat.pane {
            Pane::Samples | Pane::Statement => samples(state, seat, frame, body, size),
            Pane::Talk => conversation(state, seat, frame, body, size),
        },
        (Width::Narrow | Width::Medium, _) => {
            let [left, right] =
                Layout::horizontal([Constraint::Percentage(48), Constraint::Min(1)]).areas(body);
            conversation(state, seat, frame, left, size);
            samples(state, seat, frame, right, size);
        }
        (Width::Wide, _) => {
            let [left, right] =
                Layout::horizontal([Constraint::Length(58), Constraint::Min(1)]).areas(body);
            let [above, below] =
                Layout::vertical([Constraint::Percentage(50), Constraint::Min(1)]).areas(right);
            statement(state, seat, frame, left, size);
            conversation(state, seat, frame, above, size);
            samples(state, seat, frame, below, size);
        }
        (Width::Broad, _) => {
            let [left, middle, right] = Layout::horizontal([
                Constraint::Length(86),
                Constraint::Min(1),
                Constraint::Length(54),
            ])
            .areas(body);
            statement(state, seat, frame, left, size);
            samples(state, seat, frame, middle, size);
            conversation(state, seat, frame, right, size);
        }
    }
}

/// The phases with the current one marked; in a narrow pane only the current one.
fn phases(state: &State, seat: &Seat, width: u16, size: Size) -> Line<'static> {
    let session = &seat.session;
    let now = session.phase_at(state.now);
    let current = current(
        seat,
        state.now,
        if size.width == Width::Narrow && !state.still() {
            10
        } else {
            0
        },
    );
    let emphasis = state.theme.style(Role::Heading);
    if size.width == Width::Narrow {
        return Line::from(Span::styled(
            prose::cut(&format!(" {current}"), width),
            emphasis,
        ));
    }
    let mut all: Vec<Phase> = session
        .plan
        .phases
        .iter()
        .map(|(phase, _)| *phase)
        .collect();
    all.extend(session.plan.discuss.map(|_| Phase::Discuss));
    let mut spans = vec![Span::raw(" ")];
    for phase in all {
        let (mark, style) = match phase.cmp(&now) {
            std::cmp::Ordering::Less => ("[x]", state.theme.style(Role::Faint)),
            std::cmp::Ordering::Equal => ("[>]", emphasis),
            std::cmp::Ordering::Greater => ("[ ]", state.theme.style(Role::Text)),
        };
        let text = match phase == now {
            true => format!("{mark} {current}  "),
            false => format!("{mark} {}  ", phase.word()),
        };
        spans.push(Span::styled(text, style));
    }
    Line::from(spans)
}

/// The phase with what is left of it.
fn current(seat: &Seat, now: u64, bar: u16) -> String {
    let session = &seat.session;
    let phase = session.phase_at(now);
    let word = phase.word().to_uppercase();
    let Some(left) = session.left_in_phase(now) else {
        return word;
    };
    if left < 0 {
        return format!("{word} over +{}", clock(left.unsigned_abs()));
    }
    let left = left as u64;
    let ends: Vec<(Phase, u64)> = session
        .plan
        .phases
        .iter()
        .filter_map(|(of, end)| Some((*of, (*end)?)))
        .collect();
    let at = ends.iter().position(|(of, _)| *of == phase);
    let length = match at {
        Some(0) => ends[0].1,
        Some(at) => ends[at].1 - ends[at - 1].1,
        None => session.plan.discuss.unwrap_or(left.max(1)),
    };
    let gone = 1.0 - left as f64 / length.max(1) as f64;
    match bar {
        0 => format!("{word} {} left", clock(left)),
        _ => format!(
            "{word} {} left in phase  {}",
            clock(left),
            prose::bar(gone, bar)
        ),
    }
}

fn conversation(state: &State, seat: &Seat, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let focused = seat.pane == Pane::Talk;
    let title = if alone(size) {
        "Interviewer (tab: samples)"
    } else {
        "Interviewer"
    };
    let inner = panel(frame, area, title, focused, state.theme, size);
    scrolled(
        frame,
        inner,
        talk::lines(seat, state.now, inner.width, state.theme, alone(size)),
        &seat.talk,
    );
}

fn statement(state: &State, seat: &Seat, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let inner = panel(
        frame,
        area,
        "Brief",
        seat.pane == Pane::Statement,
        state.theme,
        size,
    );
    if seat.session.paused() {
        return;
    }
    let lines = brief::statement(state, &seat.problem, inner.width);
    let from = usize::from(seat.statement.within(lines.len(), inner.height));
    let shown = lines
        .iter()
        .skip(from)
        .take(inner.height.into())
        .cloned()
        .collect();
    paragraph(frame, inner, shown);
}

fn samples(state: &State, seat: &Seat, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let inner = panel(
        frame,
        area,
        "Samples",
        seat.pane != Pane::Talk && seat.pane != Pane::Statement,
        state.theme,
        size,
    );
    scrolled(frame, inner, found(state, seat, inner.width), &seat.samples);
}

fn scrolled(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'static>>, scroll: &Scroll) {
    let from = usize::from(scroll.within(lines.len(), area.height));
    paragraph(frame, area, lines.into_iter().skip(from).collect());
}

/// What the samples found, what failed first; then where the files are.
fn found(state: &State, seat: &Seat, width: u16) -> Vec<Line<'static>> {
    let theme = state.theme;
    let (tone, word) = seat.samples_word();
    let mut lines = prose::styled(&word, width, theme, prose::role(tone));
    if let Some(tested) = &seat.tested {
        let stale = if seat.stale() {
            ", older than the last save"
        } else {
            ""
        };
        let text = format!(
            "run at {}, {:.1} s{stale}",
            state.zoned(tested.at),
            tested.run.seconds
        );
        lines.extend(prose::styled(&text, width, theme, Role::Faint));
        lines.push(Line::default());
        lines.extend(results(&tested.run.verdict, width, theme));
    }
    lines.push(Line::default());
    let file = seat.file().display().to_string();
    lines.push(Line::styled("Your file", theme.style(Role::Heading)));
    // A path is there to be copied: broken where the line ends, not cut.
    lines.extend(prose::styled(&file, width, theme, Role::Text));
    if let Some((at, saved)) = &seat.saved {
        let text = match &saved.refused {
            Some(why) => format!("not taken in: {why}"),
            None => format!(
                "saved {}, {}",
                state.zoned(*at),
                wording::counted(saved.lines, "line")
            ),
        };
        let role = if saved.refused.is_some() {
            Role::Bad
        } else {
            Role::Faint
        };
        lines.extend(prose::styled(&text, width, theme, role));
    }
    lines
}

fn results(verdict: &Verdict, width: u16, theme: Theme) -> Vec<Line<'static>> {
    match verdict {
        Verdict::NotCompiled(found) => prose::kept(&wording::diagnostics(found), width, theme),
        Verdict::Refused(found) => prose::wrapped(&wording::refusals(found), width, theme),
        Verdict::Judged { checks, .. } => {
            let mut ordered: Vec<&CheckResult> = checks.iter().collect();
            ordered.sort_by_key(|check| check.passed());
            ordered
                .into_iter()
                .flat_map(|check| one(check, width, theme))
                .collect()
        }
    }
}

fn one(check: &CheckResult, width: u16, theme: Theme) -> Vec<Line<'static>> {
    let role = if check.passed() {
        Role::Good
    } else {
        Role::Bad
    };
    let head = format!(
        "{:<4} {}",
        wording::outcome_word(check.outcome),
        wording::sentence(&check.name)
    );
    if check.passed() {
        return vec![Line::styled(prose::cut(&head, width), theme.style(role))];
    }
    let mut lines = prose::styled(&head, width, theme, role);
    let text = check
        .message
        .as_deref()
        .unwrap_or(wording::outcome_meaning(check.outcome));
    let message: Vec<String> = text.lines().map(|line| format!("     {line}")).collect();
    let message = message
        .iter()
        .flat_map(|line| prose::styled(line, width, theme, Role::Text));
    lines.extend(message.take(MESSAGE));
    let printed = check.printed.iter().flat_map(|text| text.lines());
    lines.extend(printed.take(MESSAGE).map(|line| {
        let line = prose::cut(&format!("     | {line}"), width);
        Line::styled(line, theme.style(Role::Text))
    }));
    if let Some(story) = &check.story {
        lines.extend(prose::styled(
            &format!("     {}", story.why),
            width,
            theme,
            Role::Faint,
        ));
    }
    lines
}
