//! A failing schedule as plain text: one lane per thread, the candidate's own lines, and one sentence that says why.

use super::{
    Line, Tone,
    bars::bars,
    columns::{fitted, wrapped},
    compare::beside,
    labels::Labels,
    lanes::steps,
    sentence, span,
    why::{kind_word, why},
};
use crate::{
    actions::Replayed,
    domain::{attempt::Submission, playback::ThreadState, verdict::Story},
};

/// What replaying a check showed, `width` columns wide.
pub fn replayed(replayed: &Replayed, width: usize) -> Vec<Line> {
    let check = &replayed.check;
    let mut lines = prose(Tone::Heading, &sentence(&check.name), width);
    let Some(found) = &replayed.story else {
        let text = "Nothing could be replayed: the code does not compile now, or this check does not run schedules.";
        lines.extend(prose(Tone::Warning, text, width));
        return lines;
    };
    if found.kind == "passed" {
        let text = "This schedule passes on the code as it is now. Submit to search all others.";
        lines.extend(prose(Tone::Good, text, width));
    } else if let Some(message) = check.message.as_deref().filter(|_| says_more(found)) {
        let told = message.lines();
        lines.extend(told.flat_map(|line| prose(Tone::Plain, line, width)));
    }
    lines.push(Line::empty());
    lines.extend(story(found, replayed.submission.as_ref(), width));
    lines
}

/// Whether the message of the check adds something: those of threads that stand still repeat what the story tells.
fn says_more(story: &Story) -> bool {
    !matches!(story.kind.as_str(), "deadlock" | "livelock")
}

/// The story of a schedule, `width` columns wide. With the submission, each step shows the candidate's own line.
pub fn story(story: &Story, submission: Option<&Submission>, width: usize) -> Vec<Line> {
    let labels = Labels::new(story, submission);
    let tone = if story.kind == "passed" {
        Tone::Good
    } else {
        Tone::Bad
    };
    let head = format!("{}: {}", kind_word(story), why(story, &labels));
    let mut lines = prose(tone, &head, width);
    lines.push(Line::empty());
    lines.extend(steps(story, &labels, width));
    lines.push(Line::empty());
    lines.push(Line::new(Tone::Heading, "At the end"));
    lines.extend(threads(story, &labels, story.events.len(), width));
    if let Some(history) = &story.history {
        lines.push(Line::empty());
        let head = "The calls; the numbers are the longest legal order";
        lines.extend(prose(Tone::Heading, head, width));
        lines.extend(bars(history, width));
    }
    lines.extend(beside(story, &labels, submission, width));
    if story.kind != "passed" {
        lines.push(Line::empty());
        let found = format!(
            "Found in schedule {}; its token is {}.",
            story.found_at, story.token
        );
        lines.extend(prose(Tone::Quiet, &found, width));
    }
    lines
}

/// Wrapped to the width.
pub(super) fn prose(tone: Tone, text: &str, width: usize) -> Vec<Line> {
    wrapped(text, width)
        .into_iter()
        .map(|line| Line::new(tone, line))
        .collect()
}

/// Where every thread is after the event of that index.
pub fn threads(story: &Story, labels: &Labels<'_>, index: usize, width: usize) -> Vec<Line> {
    let moment = story.moment(index.min(story.events.len().saturating_sub(1)));
    let mut lines = Vec::new();
    let mut over: [Vec<u32>; 2] = Default::default();
    for ((id, text), thread) in labels
        .thread_lines(&moment)
        .into_iter()
        .zip(&moment.threads)
    {
        match thread.state {
            ThreadState::Finished if thread.holds.is_empty() => {
                over[0].push(id);
                continue;
            }
            ThreadState::NotStarted => {
                over[1].push(id);
                continue;
            }
            _ => {}
        }
        let tone = match thread.state {
            ThreadState::Waits(_) => Tone::Warning,
            ThreadState::Finished | ThreadState::NotStarted => Tone::Quiet,
            ThreadState::Ready | ThreadState::Running => Tone::Plain,
        };
        let text = format!("{}: {text}", labels.thread(id));
        let rows = wrapped(&text, width.saturating_sub(6))
            .into_iter()
            .enumerate();
        lines.extend(rows.map(|(row, text)| {
            let indent = if row == 0 { 2 } else { 6 };
            Line::new(tone, format!("{:indent$}{text}", ""))
        }));
    }
    for (ids, what) in over.iter().zip(["finished", "not started"]) {
        if !ids.is_empty() {
            let text = format!("  {}: {what}", labels.threads(ids));
            lines.push(Line::new(Tone::Quiet, fitted(&text, width).trim_end()));
        }
    }
    if moment.virtual_ns > 0 {
        let text = format!("  virtual time: {}", span(moment.virtual_ns));
        lines.push(Line::new(Tone::Quiet, text));
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::domain::verdict::{Event, EventOutcome, Lane};

    fn lane(id: u32) -> Lane {
        Lane {
            id,
            name: format!("t{id}"),
            state: "waits for Mutex".to_owned(),
            at: None,
            since_step: Some(3),
            holds: Vec::new(),
        }
    }

    /// `lock` of the lock with that number; it is taken unless the thread waits.
    fn event(step: u64, thread: u32, line: u32, object: u32, note: Option<&str>) -> Event {
        Event {
            step,
            thread,
            op: "Mutex::lock".to_owned(),
            at: Some(format!("src/lib.rs:{line}")),
            virtual_ns: 1_500_000_000,
            note: note.map(str::to_owned),
            outcome: EventOutcome {
                object: Some(object),
                took: note.is_none().then_some(object),
                ..EventOutcome::default()
            },
        }
    }

    fn deadlock() -> Story {
        let mut switch = event(2, 1, 2, 2, Some("before Mutex::lock: t2 goes first"));
        switch.op = "switch".to_owned();
        Story {
            kind: "deadlock".to_owned(),
            found_at: 17,
            token: "t1@2>t2".to_owned(),
            virtual_ns: 1_500_000_000,
            place: None,
            why: "said by the engine".to_owned(),
            threads: vec![lane(0), lane(1), lane(2)],
            events: vec![
                event(1, 1, 1, 1, None),
                switch,
                event(3, 2, 2, 2, None),
                event(4, 2, 1, 1, Some("waits")),
                event(5, 1, 2, 2, Some("waits")),
            ],
            history: None,
            passing_token: Some("default".to_owned()),
            passing: None,
        }
    }

    fn submission() -> Submission {
        let text = "let a = self.left.lock();\nlet 漢字 = self.right.lock();\n".to_owned();
        Submission {
            files: BTreeMap::from([("src/lib.rs".to_owned(), text)]),
            hash: String::new(),
        }
    }

    #[test]
    fn every_thread_has_its_lane_with_the_candidates_own_names_and_lines() {
        let text = super::super::text(&story(&deadlock(), Some(&submission()), 86));
        for expected in [
            "deadlock: t1 waits at line 2 for right, which t2 took at line 2; t2 waits at line 1",
            "for left, which t1 took at line 1. Neither can go on.",
            "      t1                                      t2",
            "   1  left.lock :1",
            "      | let a = self.left.lock();",
            "   2  <- here t2 goes first",
            "   3>                                         right.lock :2",
            "                                              | let 漢字 = self.right.lock();",
            "   4                                          left.lock :1 - waits for t1",
            "  t1: waits at :2 for right, held by t2, since step 5; holds left (:1)",
            "  virtual time: 1.5s",
            "The nearest schedule that passes: default",
            "Found in schedule 17; its token is t1@2>t2.",
        ] {
            assert!(
                text.lines().any(|line| line.trim_end() == expected),
                "{expected:?} is missing in\n{text}"
            );
        }
    }

    #[test]
    fn no_line_is_wider_than_asked_for() {
        for width in [30, 44, 50, 60, 80, 120] {
            for line in story(&deadlock(), Some(&submission()), width) {
                assert!(line.text.width() <= width, "{width}: {:?}", line.text);
            }
        }
    }

    #[test]
    fn a_narrow_place_gets_one_step_a_line() {
        let text = super::super::text(&story(&deadlock(), None, 40));
        assert!(
            text.contains("   5> t1 Mutex#2.lock :2 - waits for t2"),
            "{text}"
        );
    }
}
