//! All about one row of the report: evidence, messages, the failing schedule, and the own code around it.

use std::collections::BTreeSet;

use ratatui::text::{Line, Span};

use super::{
    report::Debrief,
    report_rows::{Row, row_name},
};
use crate::{
    domain::{
        attempt::Submission,
        score::Evidence,
        session::facts::clock,
        verdict::{CheckResult, Story, Verdict},
    },
    tui::{
        highlight, prose,
        state::{Body, State},
        theme::Role,
    },
    wording::{self, Tone},
};

/// Lines shown before and after a line of code that matters.
const AROUND: usize = 3;

/// The detail of a row for a column, the own code highlighted.
///
/// `with_code` puts the code below the schedule; it stands beside it otherwise.
pub fn lines(
    state: &State,
    debrief: &Debrief,
    row: Row<'_>,
    width: u16,
    with_code: bool,
) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut lines = prose::wrapped(&words(debrief, row), width, theme);
    match row {
        Row::Failed(check) => {
            if let Some(story) = &check.story {
                lines.push(Line::default());
                let told = wording::story(story, debrief.submission.as_ref(), width.into());
                lines.extend(prose::mixed(&told, width, theme));
                if with_code {
                    lines.push(Line::default());
                    lines.extend(code(state, debrief.submission.as_ref(), story, width));
                }
            }
        }
        Row::Unjudged => {
            if let Verdict::NotCompiled(found) = &debrief.report.verdict {
                lines.extend(prose::kept(&wording::diagnostics(found), width, theme));
            }
        }
        Row::Saves(timeline) if timeline.moments.len() > 1 => {
            let rows = if width < 60 { 5 } else { 8 };
            let wide = usize::from(width.min(90));
            let chart = wording::timeline_chart(timeline, wide, rows, wording::Grain::Blocks);
            lines.push(Line::default());
            lines.extend(prose::kept(&chart, width, theme));
        }
        Row::Saves(_) => {}
        Row::Part(_) | Row::Taken(_) | Row::Flag(_) | Row::Held(_) | Row::Own(_) | Row::Next(_) => {
        }
    }
    lines
}

/// The same as pages of a reader: the words, the schedule, the code.
pub fn pages(debrief: &Debrief, row: Row<'_>) -> Vec<(String, Body)> {
    let mut pages = vec![(row_name(row), Body::Words(words(debrief, row)))];
    if let Row::Saves(timeline) = row {
        pages = vec![(row_name(row), Body::Columns(wording::saves(timeline)))];
        if timeline.moments.len() > 1 {
            let chart = wording::timeline_chart(timeline, 42, 6, wording::Grain::Blocks);
            pages.push(("The chart".to_owned(), Body::Chart(chart)));
        }
    }
    if let (Row::Unjudged, Verdict::NotCompiled(found)) = (row, &debrief.report.verdict) {
        pages = vec![(row_name(row), Body::Columns(wording::diagnostics(found)))];
    }
    let code = debrief
        .submission
        .as_ref()
        .and_then(|one| one.files.get("src/lib.rs"));
    if let Row::Failed(check) = row {
        if let Some(story) = &check.story {
            let body = Body::Schedule(Box::new(story.clone()), debrief.submission.clone());
            pages.push(("The failing schedule".to_owned(), body));
        }
        pages.extend(code.map(|code| ("Your src/lib.rs".to_owned(), Body::Code(code.clone()))));
    }
    pages
}

fn words(debrief: &Debrief, row: Row<'_>) -> Vec<wording::Line> {
    match row {
        Row::Part(part) => evidence(&part.evidence),
        Row::Taken(taken) => evidence(std::slice::from_ref(&taken.evidence)),
        Row::Flag(flag) => {
            let head = wording::Line::new(Tone::Bad, wording::flag_words(flag.flag));
            std::iter::once(head)
                .chain(evidence(&flag.evidence))
                .collect()
        }
        Row::Held(held) => {
            let mut words = evidence(held);
            words.extend(facts(debrief));
            words
        }
        Row::Own(_) => wording::gaps(&debrief.report).into_iter().skip(1).collect(),
        Row::Saves(timeline) => wording::timeline_facts(timeline),
        Row::Failed(check) => failed(check),
        Row::Next(id) => next(debrief, id),
        Row::Unjudged => match &debrief.report.verdict {
            Verdict::Refused(found) => wording::refusals(found),
            Verdict::NotCompiled(_) | Verdict::Judged { .. } => Vec::new(),
        },
    }
}

fn next(debrief: &Debrief, id: &str) -> Vec<wording::Line> {
    let weak = debrief.report.score.weakest().map(|category| {
        wording::Line::plain(format!(
            "The weakest part here is {}; {id} trains it.",
            category.word()
        ))
    });
    let mut words = vec![wording::Line::new(Tone::Heading, id)];
    words.extend(weak);
    words.push(wording::Line::plain(
        "n or enter opens its brief, with a drill chosen.",
    ));
    words.extend(facts(debrief));
    words
}

fn evidence(all: &[Evidence]) -> Vec<wording::Line> {
    let mut words = Vec::new();
    for one in all {
        words.push(wording::Line::plain(one.what.clone()));
        let place = match one.place.contains('_') && !one.place.contains(' ') {
            true => wording::sentence(&one.place),
            false => one.place.clone(),
        };
        words.push(wording::Line::new(Tone::Quiet, format!("    {place}")));
    }
    words
}

/// What the session tells besides the score.
fn facts(debrief: &Debrief) -> Vec<wording::Line> {
    let Some(part) = &debrief.report.attempt else {
        return Vec::new();
    };
    let facts = &part.facts;
    let green = facts
        .first_green
        .map_or("The samples never all passed.".to_owned(), |at| {
            format!("The samples first passed at {}.", clock(at))
        });
    let handed = facts
        .handed_in
        .map(|at| format!("Handed in at {}.", clock(at)));
    std::iter::once(wording::Line::empty())
        .chain([wording::Line::new(Tone::Quiet, green)])
        .chain(handed.map(|text| wording::Line::new(Tone::Quiet, text)))
        .collect()
}

/// What is said about a check that did not pass.
pub fn failed(check: &CheckResult) -> Vec<wording::Line> {
    let head = format!(
        "{}: {}",
        wording::outcome_word(check.outcome),
        wording::sentence(&check.name)
    );
    let mut words = vec![wording::Line::new(Tone::Bad, head)];
    let text = check
        .message
        .as_deref()
        .unwrap_or(wording::outcome_meaning(check.outcome));
    words.extend(text.lines().map(wording::Line::plain));
    for measured in &check.measurements {
        let mark = if measured.value > measured.limit {
            "over"
        } else {
            "within"
        };
        let text = format!(
            "{} is {:.1}, {mark} the limit of {:.1}",
            measured.what, measured.value, measured.limit
        );
        words.push(wording::Line::plain(text));
    }
    if let Some(coverage) = &check.coverage {
        words.push(wording::Line::new(
            Tone::Quiet,
            format!("Searched: {}.", wording::coverage(coverage)),
        ));
    }
    if let Some(study) = &check.study {
        words.push(wording::Line::empty());
        words.push(wording::Line::new(Tone::Heading, "To study"));
        let lines = study
            .lines()
            .map(|line| line.trim().trim_start_matches("Study: "));
        words.extend(lines.map(wording::Line::plain));
    }
    words
}

/// The own code around the places of a check's schedule.
pub fn code_of(
    state: &State,
    debrief: &Debrief,
    check: &CheckResult,
    width: u16,
) -> Vec<Line<'static>> {
    let story = check.story.as_ref();
    let lines = story.map(|story| code(state, debrief.submission.as_ref(), story, width));
    lines.unwrap_or_default()
}

/// The own code around every place of a story; the places are marked.
fn code(
    state: &State,
    submission: Option<&Submission>,
    story: &Story,
    width: u16,
) -> Vec<Line<'static>> {
    let Some(text) = submission.and_then(|one| one.files.get("src/lib.rs")) else {
        return Vec::new();
    };
    let stuck = story.threads.iter().filter_map(|lane| lane.at.as_deref());
    let places = stuck.chain(story.events.iter().filter_map(|event| event.at.as_deref()));
    let places = places.chain(story.place.as_deref());
    let marked: BTreeSet<usize> = places.filter_map(line_of).collect();
    let coloured = state.pages.get(text, 2, 0, state.theme, || {
        highlight::rust(text, state.theme)
    });
    let shown: BTreeSet<usize> = marked
        .iter()
        .flat_map(|line| line.saturating_sub(AROUND).max(1)..=line + AROUND)
        .filter(|line| *line <= coloured.len())
        .collect();
    let heading = state.theme.style(Role::Heading);
    let mut lines = vec![Line::styled("Your code around it", heading)];
    let mut before = None;
    for number in shown {
        if before.is_some_and(|before| before + 1 < number) {
            lines.push(Line::styled("      ...", state.theme.style(Role::Faint)));
        }
        before = Some(number);
        let mark = if marked.contains(&number) { ">" } else { " " };
        let mut line = coloured[number - 1].clone();
        line.spans.insert(
            0,
            Span::styled(
                format!("{mark}{number:>4} "),
                state.theme.style(Role::Faint),
            ),
        );
        lines.push(cut(line, width));
    }
    lines
}

/// The line of `src/lib.rs:31` or `src/lib.rs:31:9`.
fn line_of(place: &str) -> Option<usize> {
    place
        .strip_prefix("src/lib.rs:")?
        .split(':')
        .next()?
        .parse()
        .ok()
}

/// Cuts a styled line at the edge with a mark.
pub fn cut(line: Line<'static>, width: u16) -> Line<'static> {
    if line.width() <= usize::from(width) {
        return line;
    }
    let mut room = width;
    let mut spans = Vec::new();
    for span in line.spans {
        let wide = u16::try_from(span.width()).unwrap_or(u16::MAX);
        if wide >= room {
            spans.push(Span::styled(
                prose::cut(&format!("{} ", span.content), room),
                span.style,
            ));
            break;
        }
        room -= wide;
        spans.push(span);
    }
    Line::from(spans)
}
