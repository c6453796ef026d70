//! A failing schedule can be understood by somebody who sees the program for the first time.

use std::sync::OnceLock;

use fiftyten::{
    actions::Replayed,
    domain::{
        attempt::Submission,
        playback::ThreadState,
        verdict::{CheckResult, Lane, Outcome, Story},
    },
    wording::{self, Labels},
};
use unicode_width::UnicodeWidthStr;

use crate::{
    corpus::{judged, programs, result_of},
    desk,
};

/// A convicted program of the corpus.
pub struct Case {
    pub name: String,
    pub check: CheckResult,
    pub submission: Submission,
}

impl Case {
    pub fn story(&self) -> &Story {
        self.check.story.as_ref().expect("a conviction has a story")
    }

    fn text(&self, width: usize) -> String {
        wording::text(&wording::replayed(
            &Replayed {
                check: self.check.clone(),
                story: self.check.story.clone(),
                submission: Some(self.submission.clone()),
                again: false,
            },
            width,
        ))
    }
}

/// All seeded bugs that were convicted.
pub fn cases() -> &'static [Case] {
    static CASES: OnceLock<Vec<Case>> = OnceLock::new();
    CASES.get_or_init(|| {
        let programs = programs("bugs");
        let judgements = judged(desk::bench(), &programs, &[0], 2);
        let convicted = programs.into_iter().map(|program| {
            let file = format!("src/n{}.rs", program.name);
            Case {
                check: result_of(&program, &judgements[0]).clone(),
                submission: Submission {
                    files: [(file, program.source.clone())].into(),
                    hash: String::new(),
                },
                name: program.name,
            }
        });
        convicted
            .filter(|case| case.check.outcome != Outcome::Passed)
            .collect()
    })
}

/// The one of that name.
pub fn case(name: &str) -> &'static Case {
    let found = cases().iter().find(|case| case.name == name);
    found.unwrap_or_else(|| panic!("{name} was not convicted"))
}

#[test]
fn one_word_and_one_sentence_say_what_went_wrong_with_lines_and_threads() {
    let table = [
        (
            "01_token_bucket",
            "race: t1 did tokens.load at line 19; before it goes on with tokens.store at line 23, t2 did tokens.store at line 23. So t1 acts on what it saw earlier.",
        ),
        (
            "05_lru_two_locks",
            "deadlock: t1 waits at line 24 for order, which t2 took at line 31; t2 waits at line 33 for map, which t1 took at line 22. Neither can go on.",
        ),
        (
            "06_guard_in_a_temporary",
            "deadlock: main waits at line 17 for counts, which it took at line 15: it waits for itself.",
        ),
        (
            "09_one_condvar",
            "deadlock: t3 waits at line 27 for changed since step 15. The last notify_one, by t1 at line 37 (step 17), woke t2 instead; nobody is left to do it again.",
        ),
        (
            "18_stop_flag",
            "deadlock: t1 waits at line 26 for changed since step 10. The last notify_all, by t2 at line 32 (step 8), came before that and is lost; nobody is left to do it again.",
        ),
        (
            "26_flag_before_value",
            "race: t1 did ready.store at line 15; before it goes on with value.store at line 16, t2 did ready.load at line 21. So what t1 does is seen half done.",
        ),
        (
            "43_spin_lock",
            "livelock: t2 repeats taken.swap at line 34 and thread::yield_now at line 35 without end; nobody else can change what it looks at. The last other thread to touch taken was t1: taken.swap at line 34, step 4.",
        ),
        (
            "04_expiring_cache",
            "no legal order: t1 did entries.lock at line 21; before it goes on with entries.lock at line 27, t2 did entries.lock at line 17. So t1 acts on what it saw earlier.",
        ),
        (
            "42_panic_in_a_scope",
            "deadlock: main waits at line 20 for a message from arrived since step 16. Nobody is left who sends, but a Sender still lives, so the wait never ends.",
        ),
        (
            "76_poisoned_condvar",
            "while it held open, so open is poisoned; t1's opened.wait_while at line 23 gets the error and panics over it.",
        ),
        (
            "13_starved_writer",
            "wrong result: No special timing is needed: it happens when every thread simply runs until it has to wait.",
        ),
    ];
    for (name, expected) in table {
        let text = case(name).text(10_000);
        assert!(text.contains(expected), "{name}: {text}");
    }
}

#[test]
fn what_waits_and_what_is_held_at_the_last_step_is_what_the_engine_says() {
    for case in cases() {
        let story = case.story();
        let moment = story.moment(story.events.len() - 1);
        for (lane, thread) in story.threads.iter().zip(&moment.threads) {
            let same = match &thread.state {
                ThreadState::Waits(wait) => lane.since_step == Some(wait.since_step),
                ThreadState::Finished => lane.state == "finished",
                ThreadState::NotStarted | ThreadState::Ready | ThreadState::Running => {
                    lane.since_step.is_none() && lane.state != "finished"
                }
            };
            let held = |lane: &Lane| lane.holds.len();
            assert!(
                same && held(lane) == thread.holds.len(),
                "{}: {lane:?} and {thread:?}",
                case.name
            );
        }
    }
}

#[test]
fn every_story_fits_its_width_and_repeats_nothing_for_pages() {
    for case in cases() {
        for width in [44, 80, 120] {
            let lines = case.text(width);
            let too_wide = lines.lines().find(|line| line.width() > width);
            assert_eq!(too_wide, None, "{} at {width}", case.name);
            let count = lines.lines().count();
            assert!(count < 420, "{}: {count} lines", case.name);
        }
    }
}

#[test]
fn the_schedule_that_passes_stands_beside_the_one_that_fails() {
    let text = case("05_lru_two_locks").text(100);
    let expected = "The nearest schedule that passes (default) parts from it at step 13:";
    assert!(text.contains(expected), "{text}");
    assert!(
        text.lines()
            .any(|line| line.contains("t2 order.lock :31") && line.contains("t1 order.lock :24")),
        "{text}"
    );
    let without: Vec<&str> = cases()
        .iter()
        .filter(|case| case.story().passing.is_none())
        .map(|case| case.name.as_str())
        .collect();
    println!("no passing neighbour: {without:?}");
    assert!(without.len() * 3 < cases().len(), "{without:?}");
}

#[test]
fn any_step_of_any_story_can_be_looked_at() {
    for case in cases() {
        let story = case.story();
        let labels = Labels::new(story, Some(&case.submission));
        let step = (story.events.len() / 40).max(1);
        for index in (0..story.events.len() + 3).step_by(step) {
            let moment = story.moment(index);
            assert_eq!(moment.threads.len(), story.threads.len(), "{}", case.name);
            assert!(story.next_turn(index).is_none_or(|next| next > index));
            assert!(
                story
                    .previous_turn(index)
                    .is_none_or(|before| before < index)
            );
            let told = labels.event(index);
            assert_eq!(
                told.is_empty(),
                index >= story.events.len(),
                "{}",
                case.name
            );
        }
    }
}
