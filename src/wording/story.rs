//! A failing schedule as plain text: one lane per thread, the candidate's own lines, and one sentence that says why.

use super::{Line, Tone, bars::bars, columns::fitted, kind_words, sentence};
use crate::{
    actions::Replayed,
    domain::{
        attempt::Submission,
        verdict::{Event, Lane, Story},
    },
};

/// The narrowest lane that is still readable, in columns.
const LANE: usize = 22;
/// Columns of the step number.
const STEPS: usize = 6;
/// More events than these are cut in the middle.
const EVENTS: usize = 240;

/// What replaying a check showed, `width` columns wide.
pub fn replayed(replayed: &Replayed, submission: Option<&Submission>, width: usize) -> Vec<Line> {
    let mut lines = vec![Line::new(Tone::Heading, sentence(&replayed.check.name))];
    lines.extend(
        replayed
            .check
            .message
            .iter()
            .flat_map(|text| text.lines())
            .map(Line::plain),
    );
    lines.push(Line::empty());
    match &replayed.story {
        Some(found) => lines.extend(story(found, submission, width)),
        None => lines.push(Line::new(
            Tone::Good,
            "This schedule passes on the code as it is now. Submit to search all others.",
        )),
    }
    lines
}

/// The story of a schedule, `width` columns wide. With the submission, each step shows the candidate's own line.
pub fn story(story: &Story, submission: Option<&Submission>, width: usize) -> Vec<Line> {
    let head = format!(
        "{}, found in schedule {} ({})",
        kind_words(&story.kind),
        story.found_at,
        story.token
    );
    let mut lines = vec![
        Line::new(Tone::Bad, head),
        Line::plain(story.why.clone()),
        Line::empty(),
    ];
    if story.threads.len() * LANE + STEPS <= width && !story.threads.is_empty() {
        lines.extend(lanes(story, submission, width));
    } else {
        lines.extend(list(story, submission));
    }
    lines.push(Line::empty());
    lines.push(Line::new(Tone::Heading, "At the end"));
    lines.extend(story.threads.iter().map(stuck));
    if story.virtual_ns > 0 {
        lines.push(Line::new(
            Tone::Quiet,
            format!(
                "  {} of virtual time had passed",
                duration(story.virtual_ns)
            ),
        ));
    }
    if let Some(history) = &story.history {
        lines.extend(bars(history));
    }
    if let Some(token) = &story.passing_token {
        lines.push(Line::empty());
        lines.push(Line::plain(format!(
            "The nearest schedule that passes: {token}"
        )));
    }
    lines
}

fn lanes(story: &Story, submission: Option<&Submission>, width: usize) -> Vec<Line> {
    let column = ((width - STEPS) / story.threads.len()).min(60);
    let position = |thread: u32| {
        story
            .threads
            .iter()
            .position(|lane| lane.id == thread)
            .unwrap_or(0)
    };
    let mut head = " ".repeat(STEPS);
    for lane in &story.threads {
        head += &fitted(&named(lane), column);
    }
    let mut lines = vec![Line::new(Tone::Heading, head.trim_end())];
    let mut last: Option<(u32, &str)> = None;
    for event in shown(story) {
        let Some(event) = event else {
            lines.push(Line::new(
                Tone::Quiet,
                format!("{:>width$} …", "", width = STEPS - 2),
            ));
            continue;
        };
        let indent = " ".repeat(column * position(event.thread));
        let switched = last.is_some_and(|(thread, _)| thread != event.thread);
        let mark = if switched { '>' } else { ' ' };
        let row = format!(
            "{:>4}{mark} {indent}{}",
            event.step,
            fitted(&cell(event), column)
        );
        lines.push(Line::new(tone(event), row.trim_end()));
        let at = event.at.as_deref().unwrap_or_default();
        if last != Some((event.thread, at))
            && let Some(code) = source(submission, at)
        {
            let row = format!(
                "{}{indent}{}",
                " ".repeat(STEPS),
                fitted(&format!("| {code}"), column)
            );
            lines.push(Line::new(Tone::Quiet, row.trim_end()));
        }
        last = Some((event.thread, at));
    }
    lines
}

/// One step a line, for many threads or a narrow place.
fn list(story: &Story, submission: Option<&Submission>) -> Vec<Line> {
    let mut lines = Vec::new();
    for event in shown(story) {
        let Some(event) = event else {
            lines.push(Line::new(Tone::Quiet, "   …"));
            continue;
        };
        let code = event.at.as_deref().and_then(|at| source(submission, at));
        let code = code.map(|code| format!("   | {code}")).unwrap_or_default();
        lines.push(Line::new(
            tone(event),
            format!("{:>4}  t{} {}{code}", event.step, event.thread, cell(event)),
        ));
    }
    lines
}

/// The events, or the first and last ones with a gap between them.
fn shown(story: &Story) -> Vec<Option<&Event>> {
    let events = &story.events;
    if events.len() <= EVENTS {
        return events.iter().map(Some).collect();
    }
    let half = EVENTS / 2;
    let first = events[..half].iter().map(Some);
    let last = events[events.len() - half..].iter().map(Some);
    first.chain([None]).chain(last).collect()
}

fn cell(event: &Event) -> String {
    let line = event
        .at
        .as_deref()
        .map(|at| format!(" {}", short(at)))
        .unwrap_or_default();
    let note = event
        .note
        .as_deref()
        .map(|note| format!(" - {note}"))
        .unwrap_or_default();
    format!("{}{line}{note}", event.op)
}

fn tone(event: &Event) -> Tone {
    if event.note.is_some() {
        Tone::Warning
    } else {
        Tone::Plain
    }
}

/// `lib.rs:31` for `src/lib.rs:31`.
fn short(at: &str) -> &str {
    at.strip_prefix("src/")
        .or(at.strip_prefix("suites/"))
        .unwrap_or(at)
}

/// The candidate's own line at a place.
fn source<'s>(submission: Option<&'s Submission>, at: &str) -> Option<&'s str> {
    let mut parts = at.split(':');
    let text = submission?.files.get(parts.next()?)?;
    let line: usize = parts.next()?.parse().ok()?;
    text.lines().nth(line.checked_sub(1)?).map(str::trim)
}

/// `t1`, with the thread's name where it has one of its own.
fn named(lane: &Lane) -> String {
    let short = format!("t{}", lane.id);
    if lane.name == short {
        short
    } else {
        format!("{short} {}", lane.name)
    }
}

fn stuck(lane: &Lane) -> Line {
    let mut text = format!("  {}: {}", named(lane), lane.state);
    if let Some(at) = &lane.at {
        text += &format!(" at {at}");
    }
    if let Some(step) = lane.since_step {
        text += &format!(", since step {step}");
    }
    if !lane.holds.is_empty() {
        text += &format!(", holds {}", lane.holds.join(" and "));
    }
    let tone = if lane.state == "finished" {
        Tone::Quiet
    } else {
        Tone::Warning
    };
    Line::new(tone, text)
}

fn duration(nanoseconds: u64) -> String {
    let span = std::time::Duration::from_nanos(nanoseconds);
    format!("{span:?}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn lane(id: u32, state: &str, holds: &[&str]) -> Lane {
        Lane {
            id,
            name: if id == 0 {
                "main".to_owned()
            } else {
                format!("thread {id}")
            },
            state: state.to_owned(),
            at: Some("src/lib.rs:2".to_owned()),
            since_step: Some(3),
            holds: holds.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    fn event(step: u64, thread: u32, line: u32, note: Option<&str>) -> Event {
        Event {
            step,
            thread,
            op: "Mutex::lock".to_owned(),
            at: Some(format!("src/lib.rs:{line}")),
            virtual_ns: 0,
            note: note.map(str::to_owned),
        }
    }

    fn deadlock() -> Story {
        Story {
            kind: "deadlock".to_owned(),
            found_at: 17,
            token: "t2@2>t1".to_owned(),
            virtual_ns: 1_500_000_000,
            place: None,
            why: "t1 and t2 each hold the lock that the other one waits for.".to_owned(),
            threads: vec![
                lane(1, "waits for Mutex", &["Mutex at src/lib.rs:1"]),
                lane(2, "waits for Mutex", &["Mutex at src/lib.rs:2"]),
            ],
            events: vec![
                event(1, 1, 1, None),
                event(2, 2, 2, None),
                event(3, 1, 2, Some("waits")),
            ],
            history: None,
            passing_token: Some("default".to_owned()),
        }
    }

    fn submission() -> Submission {
        let text = "let a = self.a.lock();\nlet b = self.b.lock();\n".to_owned();
        Submission {
            files: BTreeMap::from([("src/lib.rs".to_owned(), text)]),
            hash: String::new(),
        }
    }

    #[test]
    fn every_thread_has_its_lane_with_the_candidates_own_lines() {
        let text = super::super::text(&story(&deadlock(), Some(&submission()), 80));
        for expected in [
            "deadlock, found in schedule 17 (t2@2>t1)",
            "      t1 thread 1                          t2 thread 2",
            "   1  Mutex::lock lib.rs:1",
            "      | let a = self.a.lock();",
            "   2>                                      Mutex::lock lib.rs:2",
            "   3> Mutex::lock lib.rs:2 - waits",
            "  t1 thread 1: waits for Mutex at src/lib.rs:2, since step 3, holds Mutex at src/lib.rs:1",
            "  1.5s of virtual time had passed",
            "The nearest schedule that passes: default",
        ] {
            assert!(
                text.lines().any(|line| line.trim_end() == expected),
                "{expected:?} is missing in\n{text}"
            );
        }
    }

    #[test]
    fn no_line_of_the_lanes_is_wider_than_asked_for() {
        for width in [50, 60, 80, 120] {
            for line in lanes(&deadlock(), Some(&submission()), width) {
                assert!(
                    unicode_width::UnicodeWidthStr::width(line.text.as_str()) <= width,
                    "{width}: {:?}",
                    line.text
                );
            }
        }
    }

    #[test]
    fn a_narrow_place_gets_one_step_a_line() {
        let text = super::super::text(&story(&deadlock(), None, 40));
        assert!(
            text.contains("   3  t1 Mutex::lock lib.rs:2 - waits"),
            "{text}"
        );
    }
}
