//! A failing schedule on the screen, step by step.

use std::fmt::Write;

use fiftyten::{
    domain::attempt::Submission,
    tui::{
        message::{Effect, Message},
        screens::replay::Stage,
        state::Place,
        theme::Theme,
    },
};
use unicode_width::UnicodeWidthStr;

use crate::{
    screens::snapshot,
    screens_checks::{deadlocked, passed},
    screens_desk::{Screens, mock},
    stories::{case, cases},
};

/// The sizes that are designed for.
const SIZES: [(u16, u16); 4] = [(44, 12), (80, 24), (120, 40), (200, 60)];

/// The schedule of a program of the corpus on the screen, as `fiftyten replay` opens it.
fn replay(name: &str) -> Screens {
    let case = case(name);
    let mut screens = Screens::new(80, 24);
    let stage = Stage::of(
        &case.check,
        case.check.story.as_ref(),
        Some(&case.submission),
    );
    screens
        .state
        .open_replay_alone(stage.expect("something happens"));
    screens
}

fn sizes(screens: &mut Screens) -> String {
    let mut text = String::new();
    for (columns, rows) in SIZES {
        screens.tell(Message::Resize(columns, rows));
        let _ = writeln!(text, "--- {columns}x{rows}\n{}", screens.text());
    }
    screens.tell(Message::Resize(80, 24));
    text
}

#[test]
fn a_deadlock_shows_lanes_own_code_owners_and_since_when_each_thread_waits() {
    let mut screens = replay("05_lru_two_locks");
    screens.press("G");
    snapshot("replay_deadlock", &sizes(&mut screens));
    let text = screens.text();
    assert!(
        text.contains("t2: waits at :33 for map, held by t1"),
        "{text}"
    );
    assert!(
        text.contains("t1>"),
        "the line of the step is marked: {text}"
    );
    // Two steps back t1 did not wait yet.
    screens.press("kk");
    let text = screens.text();
    assert!(text.contains("t1: could run; holds map"), "{text}");
}

#[test]
fn the_schedule_that_passes_stands_beside_it_on_a_key() {
    let mut screens = replay("05_lru_two_locks");
    screens.press("nc");
    snapshot("replay_compare", &sizes(&mut screens));
    screens.press("c");
    assert!(
        screens.text().contains("src/n05_lru_two_locks.rs:24"),
        "{}",
        screens.text()
    );
    let mut screens = replay("06_guard_in_a_temporary");
    screens.press("c");
    assert!(
        screens.text().contains("not a matter of timing"),
        "{}",
        screens.text()
    );
}

#[test]
fn a_history_shows_its_bars_and_the_call_that_fits_nowhere() {
    let mut screens = replay("04_expiring_cache");
    snapshot("replay_history", &sizes(&mut screens));
    screens.tell(Message::Resize(120, 40));
    assert!(
        screens.text().contains("? fits nowhere"),
        "{}",
        screens.text()
    );
    screens.press("b");
    assert!(
        !screens.text().contains("? fits nowhere"),
        "{}",
        screens.text()
    );
    screens.press("<tab><tab>");
    assert!(
        screens.text().contains("? fits nowhere"),
        "{}",
        screens.text()
    );
}

#[test]
fn what_matters_is_marked_without_colour_too() {
    let mut screens = replay("05_lru_two_locks");
    screens.press("n");
    let (ansi, mono) = (screens.styles(Theme::Ansi), screens.styles(Theme::Mono));
    snapshot(
        "replay_styles",
        &format!("--- ansi\n{ansi}\n--- mono\n{mono}"),
    );
}

#[test]
fn every_key_moves_as_it_says() {
    let mut screens = replay("05_lru_two_locks");
    let table = [
        ("", 0),
        ("k<left>h", 0),
        ("j<down><right>l", 4),
        (" ", 5),
        ("<up>", 4),
        ("<end>", 15),
        ("jj<pagedown>", 15),
        ("<pageup>", 5),
        ("<home>", 0),
        ("n", 12),
        ("n", 12),
        ("GN", 12),
        ("N", 12),
        ("g", 0),
    ];
    for (keys, expected) in table {
        screens.press(keys);
        let stage = screens.state.stage.as_ref().expect("it is open");
        assert_eq!(stage.cursor, expected, "after {keys}");
    }
    screens.press("<enter>");
    assert!(
        screens.text().contains("What was checked"),
        "{}",
        screens.text()
    );
    screens.press("<tab>");
    assert!(
        screens.text().contains("Neither can go on"),
        "{}",
        screens.text()
    );
    screens.press("qq");
    assert!(matches!(screens.wanted.last(), Some(Effect::Quit)));
}

#[test]
fn it_is_one_key_away_from_the_report_and_leads_back_there() {
    let mut screens = mock();
    screens.press("csydxs");
    screens.reported(vec![
        passed(fiftyten::domain::problem::Category::Core, "adds"),
        deadlocked("two_threads_meet"),
    ]);
    assert_eq!(screens.state.place(), Place::Report, "{}", screens.text());
    screens.press("<enter>");
    assert_eq!(screens.state.place(), Place::Replay, "{}", screens.text());
    screens.press("q");
    assert_eq!(screens.state.place(), Place::Report);
}

#[test]
fn wide_letters_and_every_story_survive_any_step_at_any_size() {
    let mut walk = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        walk ^= walk << 13;
        walk ^= walk >> 7;
        walk ^= walk << 17;
        (walk % below as u64) as usize
    };
    for case in cases() {
        let wide = |text: &String| text.replace('\n', " // 漢字漢字漢字漢字\n");
        let files = case.submission.files.iter();
        let submission = Submission {
            files: files
                .map(|(file, text)| (file.clone(), wide(text)))
                .collect(),
            hash: String::new(),
        };
        let mut screens = Screens::new(80, 24);
        let stage = Stage::of(&case.check, case.check.story.as_ref(), Some(&submission));
        screens
            .state
            .open_replay_alone(stage.expect("something happens"));
        for _ in 0..24 {
            let (columns, rows) = match next(3) {
                0 => SIZES[next(4)],
                _ => (1 + next(130) as u16, 1 + next(44) as u16),
            };
            screens.tell(Message::Resize(columns, rows));
            let key = [
                "j",
                "k",
                "n",
                "N",
                "G",
                "g",
                "<tab>",
                "c",
                "b",
                "s",
                "<pagedown>",
                "<enter>j<tab>q",
            ];
            screens.press(key[next(key.len())]);
            let text = screens.text();
            assert!(!text.trim().is_empty(), "{} at {columns}x{rows}", case.name);
            assert!(
                text.lines()
                    .all(|line| line.width() <= usize::from(columns) * 2)
            );
        }
    }
}
