//! Whatever is pressed and however large the window: no panic, and always something to read.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use fiftyten::{
    actions::Failure,
    domain::problem::Category::Core,
    judge::JudgeEvent,
    tui::message::{Effect, JobNews, Message},
};

use crate::{
    screens_checks::{deadlocked, failed, passed},
    screens_desk::Screens,
};

/// Marsaglia's xorshift: the same walk on every machine.
struct Walk(u64);

impl Walk {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

const KEYS: &[u8] = b"jkgGhmRecatsiHbfpXdrnxyq0234/?q :,LMT";

fn key(walk: &mut Walk) -> KeyEvent {
    let named = [
        KeyCode::Enter,
        KeyCode::Enter,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::PageDown,
        KeyCode::PageUp,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Backspace,
        KeyCode::Left,
        KeyCode::F(1),
    ];
    match walk.next(10) {
        0..=2 => KeyEvent::from(named[walk.next(named.len() as u64) as usize]),
        3 => {
            let letter = b"cduljzaw"[walk.next(8) as usize];
            KeyEvent::new(KeyCode::Char(letter.into()), KeyModifiers::CONTROL)
        }
        _ => KeyEvent::from(KeyCode::Char(
            KEYS[walk.next(KEYS.len() as u64) as usize].into(),
        )),
    }
}

/// What the outside world answers to what was wanted.
fn world(screens: &mut Screens, walk: &mut Walk) {
    let wanted = std::mem::take(&mut screens.wanted);
    if screens.state.seat.is_none() {
        return;
    }
    for effect in wanted {
        match effect {
            Effect::Test(_) if walk.next(3) > 0 => {
                screens.tested(vec![
                    passed(Core, "sample::a"),
                    failed(Core, "sample::漢字", "left: 1\nright: 2"),
                ]);
            }
            Effect::StopTest | Effect::Test(_) if screens.seat().run.is_some() => {
                screens.news(JobNews::Tested(Err(Failure::Cancelled)));
            }
            Effect::Judge(..) => {
                screens.news(JobNews::Judging(JudgeEvent::CheckEnded(Box::new(
                    deadlocked("a::b"),
                ))));
                if walk.next(3) > 0 {
                    screens.reported(vec![
                        passed(Core, "core_suite::a"),
                        deadlocked("concurrency_suite::b"),
                    ]);
                } else {
                    screens.news(JobNews::Judged(Err(Failure::machine(
                        "no rustc",
                        "install it",
                    ))));
                }
            }
            _ => {}
        }
        if screens.state.seat.is_none() {
            return;
        }
    }
}

#[test]
fn ten_thousand_random_keys_and_resizes_do_no_harm() {
    let mut walk = Walk(0x9e37_79b9_7f4a_7c15);
    let mut screens = Screens::new(80, 24);
    let mut places = std::collections::HashSet::new();
    for step in 0..10_000 {
        match walk.next(100) {
            0..=3 => {
                let (columns, rows) = (1 + walk.next(200), 1 + walk.next(60));
                screens.tell(Message::Resize(columns as u16, rows as u16));
            }
            4..=6 => drop(screens.pass(0.02)),
            7 if walk.next(20) == 0 => drop(screens.sleep(walk.next(30) as f64)),
            8 => screens.tell(Message::Paste("漢字 a\tb\u{1b}[31m\r\n\u{301}".to_owned())),
            9 if screens.state.seat.is_some() => screens.save(&format!("pub fn a{step}() {{}}\n")),
            _ => screens.tell(Message::Key(key(&mut walk))),
        }
        world(&mut screens, &mut walk);
        places.insert(format!("{:?}", screens.state.place()));
        if walk.next(4) == 0 {
            let text = screens.text();
            assert!(!text.contains('\u{1b}'), "step {step}: {text}");
            assert!(
                !text.trim().is_empty(),
                "step {step}, {:?}: nothing to read",
                screens.state.size
            );
        }
    }
    assert!(places.len() >= 6, "the walk has seen only {places:?}");
}

#[test]
fn every_screen_draws_at_every_size() {
    let mut screens = Screens::new(80, 24);
    let mut stops: Vec<&str> = vec![
        "",
        "?",
        "<esc>:",
        "hist",
        "<esc>,",
        "L",
        "qq/lo",
        "<esc>j<enter>",
        "<enter>",
        "c",
        "i",
        "<esc>H",
        "<esc>b",
        "qs",
        "y",
        "d",
        "<enter>x<enter>",
    ];
    stops.push("report");
    stops.push("<enter>");
    stops.push("<tab>");
    for stop in stops {
        if stop == "report" {
            screens.press("x");
            screens.reported(vec![
                passed(Core, "core_suite::a"),
                deadlocked("concurrency_suite::b"),
            ]);
        } else {
            screens.tell(Message::Resize(80, 24));
            screens.press(stop);
        }
        for columns in (1..=200).step_by(7) {
            for rows in [1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 19, 20, 24, 60] {
                screens.tell(Message::Resize(columns, rows));
                assert!(
                    !screens.text().trim().is_empty(),
                    "{stop} at {columns}x{rows}"
                );
            }
        }
    }
}
