//! Time that is true: warnings once each, the title, sleep and clock changes, and two windows on one session.

use std::{fs, time::Duration};

use fiftyten::tui::{
    message::{Effect, Message},
    state::Place,
};

use crate::{
    desk::Desk,
    screens_desk::{MORNING, Screens, mock},
    screens_pty::Window,
};

fn bells(screens: &Screens) -> usize {
    let wanted = screens.wanted.iter();
    wanted.filter(|one| matches!(one, Effect::Bell)).count()
}

#[test]
fn the_talk_warns_at_two_minutes_and_at_half_a_minute_once_each() {
    let mut screens = mock();
    screens.press("c").pass(50.0);
    assert_eq!(screens.state.place(), Place::Discuss);
    screens.wanted.clear();
    screens.pass(8.1);
    assert!(
        screens.text().contains("2:00 left to talk"),
        "{}",
        screens.text()
    );
    assert_eq!(bells(&screens), 1);
    screens.pass(1.5);
    assert!(
        screens.text().contains("0:30 left to talk"),
        "{}",
        screens.text()
    );
    assert_eq!(bells(&screens), 2);
}

#[test]
fn the_title_tells_whole_minutes_that_are_true_until_the_next_one() {
    let mut screens = mock();
    screens.press("c").pass(50.0);
    let titles: Vec<&String> = screens
        .wanted
        .iter()
        .filter_map(|one| match one {
            Effect::Title(title) => Some(title),
            _ => None,
        })
        .collect();
    for wanted in [
        "50 min · clarify",
        "44 min · implement",
        "! 4 min · validate",
    ] {
        assert!(
            titles.iter().any(|title| *title == wanted),
            "{wanted}: {titles:?}"
        );
    }
    assert!(titles.len() < 60, "one a minute: {}", titles.len());
}

/// What was asked, and what counts, after a stretch in which nothing was heard.
fn after(screens: &mut Screens, minutes: f64, answer: &str) -> (bool, u64) {
    screens.sleep(minutes);
    let asked = screens.text().contains("Nobody was here");
    screens.press(answer);
    let now = screens.time();
    (asked, screens.seat().session.elapsed(now) / 60_000)
}

#[test]
fn a_sleep_or_a_stop_is_a_question_and_a_short_silence_is_not() {
    // Minutes of silence, the answer, whether somebody asks, the whole minutes that count. What is left out begins with the
    // last sign of life, which is up to ten seconds old.
    for (silence, answer, asked, counted) in [
        (0.2, "", false, 10),
        (42.0, "d", true, 9),
        (12.0, "c", true, 22),
        (42.0, "c", true, 52),
    ] {
        let mut screens = mock();
        screens.press("c").pass(10.0);
        assert_eq!(
            after(&mut screens, silence, answer),
            (asked, counted),
            "{silence} {answer}"
        );
    }
}

#[test]
fn to_the_shell_and_back_is_no_gap_and_the_clock_went_on() {
    let mut screens = mock();
    screens.press("c").pass(1.0).press("<ctrl-z>");
    let (asked, counted) = after(&mut screens, 20.0, "");
    assert_eq!((asked, counted), (false, 21));
}

#[test]
fn a_second_window_watches_writes_nothing_and_inherits_the_session() {
    let mut first = mock();
    let mut second = Screens::beside(&first);
    second.press("R");
    assert!(second.text().contains("only watches"), "{}", second.text());
    first.press("ithe first writes<enter>");
    second.pass(0.05);
    assert_eq!(
        second.seat().session.notes.len(),
        1,
        "and the second sees it"
    );
    for keys in ["c", "a", "i", "t", "s", "X", "p", "H"] {
        second.press(keys);
        assert!(second.state.overlay.is_none(), "{keys}");
        assert!(
            second.text().contains("only watches"),
            "{keys}:\n{}",
            second.text()
        );
    }
    let journal = || {
        let path = first.seat().attempt.dir.join("journal.ndjson");
        fs::read_to_string(path).unwrap()
    };
    let before = journal();
    second.pass(1.0);
    second.tell(Message::Touched);
    assert_eq!(journal(), before, "whoever watches leaves no sign of life");
    first.press("qy");
    second.pass(0.05);
    assert!(
        second.text().contains("the session is here now"),
        "{}",
        second.text()
    );
    second.press("inow I write<enter>");
    assert_eq!(second.seat().session.notes.len(), 2);
}

#[test]
fn inside_tmux_a_warning_rings_and_its_note_is_wrapped_so_that_it_gets_through() {
    for (notify, wrapped) in [("1", true), ("0", false)] {
        let desk = Desk::new();
        let data = desk.home().join("data");
        let clock = desk.home().join("clock");
        desk.done(&["start", "lock-step"]);
        fs::write(&clock, (MORNING + 44 * 60_000 + 59_000).to_string()).unwrap();
        let now = format!("@{}", clock.display());
        let surroundings = [
            ("FIFTYTEN_NOW", now.as_str()),
            ("TMUX", "/tmp/tmux-1/x,1,0"),
            ("FIFTYTEN_NOTIFY", notify),
        ];
        let mut window = Window::open(&data, &surroundings);
        window.shows("R goes on");
        window.press("R");
        window.shows("OPTIMISE");
        fs::write(&clock, (MORNING + 45 * 60_000 + 1_000).to_string()).unwrap();
        window.shows("VALIDATE");
        window.quiet_for(Duration::from_millis(300));
        let sent = String::from_utf8_lossy(&window.sent).into_owned();
        let note = "\u{1b}Ptmux;\u{1b}\u{1b}]9;5:00 left";
        assert_eq!(sent.contains(note), wrapped, "{notify}");
        let bare = sent.replace(&['\u{1b}'][..], "^").contains("^]9;") && !wrapped;
        assert!(!bare, "no note at all where nobody wants one");
        assert!(sent.contains('\u{7}'), "the bell");
        window.press("qy");
        window.shows("R goes on");
        window.press("q");
        assert_eq!(window.ended(), 0);
    }
}
