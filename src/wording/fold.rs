//! A story's events with what repeats itself told once.

use crate::domain::verdict::Story;

/// Longest loop that is recognised, in events.
const LONGEST: usize = 24;
/// A loop is folded from so many rounds on.
const ROUNDS: usize = 3;

/// A row of a folded story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// The event of that index.
    Event(usize),
    /// The rows before it, so many events of them, come so many times more.
    Again {
        /// How many events make a round.
        events: usize,
        /// How many further rounds.
        rounds: usize,
    },
    /// Events are missing here.
    Gap,
}

/// The events as rows.
pub fn folded(story: &Story) -> Vec<Row> {
    let key = |at: usize| {
        let event = &story.events[at];
        (event.thread, &event.op, &event.at, &event.note)
    };
    let count = story.events.len();
    let mut rows = Vec::new();
    let mut at = 0;
    while at < count {
        let rounds = |length: usize| {
            let same = (at + length..count).take_while(|other| key(*other) == key(*other - length));
            same.count() / length
        };
        let longest = (1..=LONGEST.min((count - at) / 2))
            .map(|length| (length, rounds(length)))
            .find(|(_, rounds)| *rounds + 1 >= ROUNDS);
        let (length, further) = longest.unwrap_or((1, 0));
        for index in at..at + length {
            if index > 0 && story.events[index].step > story.events[index - 1].step + 8 {
                rows.push(Row::Gap);
            }
            rows.push(Row::Event(index));
        }
        if further > 0 {
            rows.push(Row::Again {
                events: length,
                rounds: further,
            });
        }
        at += length * (further + 1);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::verdict::{Event, EventOutcome};

    fn story(threads: &[u32]) -> Story {
        let events = (1..).zip(threads).map(|(step, thread)| Event {
            step,
            thread: *thread,
            op: "AtomicBool::swap".to_owned(),
            at: Some("src/lib.rs:3".to_owned()),
            virtual_ns: 0,
            note: None,
            outcome: EventOutcome::default(),
        });
        Story {
            kind: "livelock".to_owned(),
            found_at: 1,
            token: "default".to_owned(),
            virtual_ns: 0,
            why: String::new(),
            place: None,
            threads: Vec::new(),
            events: events.collect(),
            history: None,
            passing_token: None,
            passing: None,
        }
    }

    #[test]
    fn a_loop_of_several_threads_is_told_once() {
        let again = |events, rounds| Row::Again { events, rounds };
        assert_eq!(
            folded(&story(&[0, 1, 2, 1, 2, 1, 2, 1])),
            [
                Row::Event(0),
                Row::Event(1),
                Row::Event(2),
                again(2, 2),
                Row::Event(7)
            ]
        );
        assert_eq!(folded(&story(&[1; 40])), [Row::Event(0), again(1, 39)]);
        assert_eq!(
            folded(&story(&[1, 2, 1, 2])),
            [Row::Event(0), Row::Event(1), Row::Event(2), Row::Event(3)]
        );
    }
}
