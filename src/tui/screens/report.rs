//! The debrief: score by part with its evidence, what failed in words, the failing schedule, the own code next to it.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

use super::{
    designs::Bench,
    evidence,
    replay::Stage,
    report_rows::{Row, row_name, row_text},
};
use crate::{
    actions::{Debriefing, Failure},
    domain::{
        attempt::{Mode, Submission},
        own_rating,
        problem::Problem,
        report::Report,
        timeline::Timeline,
        verdict::Verdict,
    },
    tui::{
        keys::Act,
        layout::{Height, Size, Width, panel, paragraph},
        message::{Effect, Errand},
        news, prose,
        state::{Overlay, Place, Reader, Scroll, State},
        theme::Role,
    },
    wording::{self, Tone},
};

/// A report on screen.
pub struct Debrief {
    /// The report.
    pub report: Report,
    /// The code that was judged.
    pub submission: Option<Submission>,
    /// The problem.
    pub problem: Problem,
    /// What the saves were worth, as far as that is known.
    pub timeline: Timeline,
    /// Where somebody is among the designs.
    pub bench: Bench,
    /// Whether more saves are being judged.
    pub judging: bool,
    /// The selected row.
    pub cursor: usize,
    scroll: Scroll,
    detail: Scroll,
}

impl Debrief {
    /// A report with its first interesting row selected.
    pub fn of(reported: Debriefing) -> Debrief {
        let mut debrief = Debrief {
            report: reported.report,
            submission: reported.submission,
            problem: reported.problem,
            timeline: reported.timeline,
            judging: false,
            bench: Bench::default(),
            cursor: 0,
            scroll: Scroll::default(),
            detail: Scroll::default(),
        };
        let first = debrief
            .rows()
            .iter()
            .position(|row| matches!(row, Row::Failed(_) | Row::Unjudged));
        debrief.cursor = first.unwrap_or(0);
        debrief
    }

    /// All rows: what did not pass last, where the detail begins.
    pub fn rows(&self) -> Vec<Row<'_>> {
        let score = &self.report.score;
        let mut rows: Vec<Row<'_>> = score.categories.iter().map(Row::Part).collect();
        rows.extend(score.deductions.iter().map(Row::Taken));
        rows.extend(score.flags.iter().map(Row::Flag));
        rows.extend((!score.held_back.is_empty()).then_some(Row::Held(&score.held_back)));
        let gaps = own_rating::gaps(&self.report).into_iter();
        let widest = gaps.max_by(|a, b| a.size().abs().total_cmp(&b.size().abs()));
        rows.extend(widest.map(Row::Own));
        let saves = self.timeline.moments.len() + self.timeline.waiting;
        rows.extend((saves > 0).then_some(Row::Saves(&self.timeline)));
        match &self.report.verdict {
            Verdict::Judged { checks, .. } => {
                rows.extend(
                    checks
                        .iter()
                        .filter(|check| !check.passed())
                        .map(Row::Failed),
                );
            }
            Verdict::NotCompiled(_) | Verdict::Refused(_) => rows.push(Row::Unjudged),
        }
        rows.extend(self.report.next_drill.as_deref().map(Row::Next));
        rows
    }
}

/// Has the saves judged that were not judged yet.
pub fn judge_saves(state: &mut State) -> Vec<Effect> {
    let Some(debrief) = &mut state.debrief else {
        return Vec::new();
    };
    let attempt = debrief.report.attempt.as_ref().map(|part| part.id.clone());
    let wanted = attempt.filter(|_| debrief.timeline.waiting > 0);
    debrief.judging = wanted.is_some();
    wanted.map(Effect::JudgeSaves).into_iter().collect()
}

/// Nobody wants the rest of the saves now. False if none are being judged.
pub fn stop_saves(state: &mut State) -> bool {
    let judging = state.debrief.as_mut().map(|debrief| &mut debrief.judging);
    let stopped = judging.is_some_and(std::mem::take);
    if stopped {
        let text = "the rest of the saves is judged when the report is opened again";
        state.say(Tone::Plain, text);
    }
    stopped
}

/// Word from the saves of an attempt: all that is known now, or the end.
pub fn saves(state: &mut State, attempt: &str, known: Option<Timeline>, failure: Option<Failure>) {
    let ours = |debrief: &&mut Box<Debrief>| {
        let part = debrief.report.attempt.as_ref();
        part.is_some_and(|part| part.id == attempt)
    };
    // Word of a report that was closed is void; what was found out is on the disk.
    let Some(debrief) = state.debrief.as_mut().filter(ours) else {
        return;
    };
    match known {
        Some(known) => debrief.timeline = known,
        None => debrief.judging = false,
    }
    match failure {
        None | Some(Failure::Cancelled) => {}
        Some(failure) => {
            let text = format!("the saves are not judged: {}", news::told(&failure));
            state.say(Tone::Bad, text);
        }
    }
}

/// Does what a key asks for.
pub fn act(state: &mut State, act: Act) -> Vec<Effect> {
    let Some(debrief) = &mut state.debrief else {
        return Vec::new();
    };
    let last = debrief.rows().len().saturating_sub(1);
    let before = debrief.cursor;
    match act {
        Act::Up => debrief.cursor = debrief.cursor.saturating_sub(1),
        Act::Down => debrief.cursor = (debrief.cursor + 1).min(last),
        Act::PageUp => debrief.detail.by(-10),
        Act::PageDown => debrief.detail.by(10),
        Act::First => debrief.cursor = 0,
        Act::Last => debrief.cursor = last,
        Act::Open => {
            let Some(row) = debrief.rows().get(debrief.cursor).copied() else {
                return Vec::new();
            };
            if let Row::Next(_) = row {
                return drill(state);
            }
            if let Row::Failed(check) = row
                && let Some(stage) =
                    Stage::of(check, check.story.as_ref(), debrief.submission.as_ref())
            {
                state.stage = Some(Box::new(stage));
                state.go(Place::Replay);
                return Vec::new();
            }
            let body = evidence::pages(debrief, row);
            state.overlay = Some(Overlay::Reader(Reader {
                pages: body,
                page: 0,
                scroll: Scroll::default(),
            }));
            return Vec::new();
        }
        Act::Solutions => {
            state.go(Place::Designs);
            return Vec::new();
        }
        Act::Drill => return drill(state),
        Act::Discuss => {
            let attempt = debrief.report.attempt.as_ref().map(|part| part.id.clone());
            return attempt
                .map(|id| Effect::Errand(Errand::Open(id)))
                .into_iter()
                .collect();
        }
        Act::Brief => super::session::brief(state),
        _ => {}
    }
    if let Some(debrief) = &mut state.debrief
        && debrief.cursor != before
    {
        debrief.detail = Scroll::default();
    }
    Vec::new()
}

/// Whether there is a discussion to go on with.
pub fn talks(debrief: &Debrief) -> bool {
    let mock = |part: &crate::domain::report::AttemptPart| part.mode == Mode::Mock;
    debrief.report.attempt.as_ref().is_some_and(mock)
}

fn drill(state: &mut State) -> Vec<Effect> {
    let next = state
        .debrief
        .as_ref()
        .and_then(|debrief| debrief.report.next_drill.clone());
    match next {
        Some(id) if state.shelf.select(&id) => {
            state.mode = Mode::Drill;
            state.brief_scroll = Scroll::default();
            state.places = vec![Place::Problems, Place::Brief];
        }
        _ => state.say(Tone::Plain, "nothing is left to drill"),
    }
    Vec::new()
}

/// The title of the screen and its right end.
pub fn title(debrief: &Debrief) -> (String, (Tone, String)) {
    let report = &debrief.report;
    let tone = if report.verdict.accepted() {
        Tone::Good
    } else {
        Tone::Bad
    };
    let mode = report
        .attempt
        .as_ref()
        .map_or("no session", |part| part.mode.word());
    (
        format!("{} · {mode} · report", report.title),
        (
            tone,
            format!(
                "{:.1} of 100, {}",
                report.score.total,
                report.score.band.word()
            ),
        ),
    )
}

/// Draws it.
pub fn view(state: &State, debrief: &Debrief, frame: &mut Frame<'_>, area: Rect, size: Size) {
    match (size.width, size.height) {
        (Width::Narrow, _) | (_, Height::Strip | Height::Low) => {
            list(state, debrief, frame, area, size)
        }
        (Width::Medium | Width::Wide | Width::Broad, _) => {
            let left = if size.width == Width::Medium { 36 } else { 52 };
            let [rows, detail] =
                Layout::horizontal([Constraint::Length(left), Constraint::Min(1)]).areas(area);
            list(state, debrief, frame, rows, size);
            let all = debrief.rows();
            let row = all.get(debrief.cursor);
            let title = row.map_or(String::new(), |row| row_name(*row));
            let inner = panel(frame, detail, &title, false, state.theme, size);
            let inner = match (size.width, row) {
                (Width::Broad, Some(Row::Failed(check))) => {
                    let [words, code] =
                        Layout::horizontal([Constraint::Percentage(55), Constraint::Min(1)])
                            .areas(inner);
                    paragraph(
                        frame,
                        code,
                        evidence::code_of(state, debrief, check, code.width),
                    );
                    words
                }
                _ => inner,
            };
            let lines = row
                .map(|row| {
                    evidence::lines(
                        state,
                        debrief,
                        *row,
                        inner.width,
                        size.width != Width::Broad,
                    )
                })
                .unwrap_or_default();
            let from = usize::from(debrief.detail.within(lines.len(), inner.height));
            paragraph(frame, inner, lines.into_iter().skip(from).collect());
        }
    }
}

fn list(state: &State, debrief: &Debrief, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let report = &debrief.report;
    let title = format!(
        "{}; the verdict is: {}",
        wording::band_meaning(report.score.band),
        wording::verdict_word(&report.verdict)
    );
    let inner = panel(frame, area, "Score", true, state.theme, size);
    let mut head = prose::styled(&title, inner.width, state.theme, Role::Faint);
    head.truncate(usize::from(inner.height / 4));
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
    let rows = debrief.rows();
    debrief.scroll.show(debrief.cursor, room.height);
    let from = usize::from(debrief.scroll.within(rows.len(), room.height));
    let lines = rows
        .iter()
        .enumerate()
        .skip(from)
        .take(room.height.into())
        .map(|(at, row)| {
            let selected = at == debrief.cursor;
            let mark = if selected { ">" } else { " " };
            let (role, text) = row_text(debrief, *row, room.width.saturating_sub(2));
            let role = if selected { Role::Selected } else { role };
            Line::styled(
                prose::fitted(&format!("{mark} {text}"), room.width),
                state.theme.style(role),
            )
        });
    paragraph(frame, room, lines.collect());
}
