//! Odd text, odd sizes, odd ways to save, panics and idleness: what screens must stand.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use fiftyten::{
    assets::Library,
    domain::problem::Category::Core,
    tui::{
        markdown,
        message::{Effect, JobNews, Message},
        theme::Theme,
    },
};
use unicode_width::UnicodeWidthStr;

use crate::{
    desk,
    screens_checks::{deadlocked, failed, passed},
    screens_desk::mock,
    screens_pty::{PATIENCE, Window},
};

#[test]
fn the_broadest_screens_use_their_room() {
    let mut screens = mock();
    screens.press("c");
    screens.save("pub fn a() {}\n");
    screens.tested(vec![
        passed(Core, "sample::a"),
        failed(Core, "sample::b", "left: 1"),
    ]);
    screens.tell(Message::Resize(200, 60));
    let session = screens.text();
    for part in ["Brief", "Samples", "Interviewer"] {
        assert!(session.contains(part), "{session}");
    }
    screens.press("sy");
    screens.reported(vec![
        passed(Core, "core_suite::a"),
        deadlocked("concurrency_suite::b"),
    ]);
    screens.press("x");
    for screen in [screens.text(), session] {
        let widest = screen.lines().map(UnicodeWidthStr::width).max();
        assert_eq!(
            (widest, screen.lines().count()),
            (Some(200), 60),
            "{screen}"
        );
    }
}

#[test]
fn every_footer_ends_with_help_and_the_way_out_at_every_width() {
    let mut screens = mock();
    for keys in ["", ",", "qsy", "d", "x"] {
        screens.press(keys);
        for columns in 30..200 {
            screens.tell(Message::Resize(columns, 24));
            let text = screens.text();
            let last = text.lines().last().unwrap_or_default();
            let wanted = match columns {
                ..34 => "?",
                34..40 => "? q",
                40.. => "? help  q ",
            };
            assert!(last.contains(wanted), "{columns}: {last}");
            assert!(last.width() <= usize::from(columns), "{columns}: {last}");
        }
    }
}

#[test]
fn odd_text_is_shown_without_doing_anything() {
    let odd = [
        "\u{1b}[2J\u{1b}]0;owned\u{7}red \u{1b}[31mtext",
        "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字",
        "a\u{301}e\u{301}\u{200b}zero width",
        "one\ttab\r\nand a line\rover it",
    ];
    let long = "x".repeat(10_000);
    for text in odd.iter().copied().chain([long.as_str()]) {
        let mut screens = mock();
        screens.press("c");
        screens.save("pub fn a() {}\n");
        screens.tested(vec![failed(Core, "sample::b", text)]);
        screens.tell(Message::Paste(String::new()));
        for (columns, rows) in [(44, 12), (80, 24), (200, 60)] {
            screens.tell(Message::Resize(columns, rows));
            for keys in ["", "<enter>", "<esc>"] {
                screens.press(keys);
                let shown = screens.text();
                let control = |letter: char| letter.is_control() && letter != '\n';
                assert!(!shown.contains(control), "{shown:?}");
                assert_eq!(shown.lines().count(), usize::from(rows));
            }
        }
        screens.press("i");
        screens.tell(Message::Paste(text.to_owned()));
        assert!(!screens.text().contains('\u{1b}'));
    }
}

#[test]
fn every_statement_of_the_bank_fits_every_width_without_losing_a_letter() {
    let letters = |text: &str| -> String {
        let marks =
            |letter: &char| !letter.is_whitespace() && !"`*_#|-:\\.0123456789…·".contains(*letter);
        text.chars().filter(marks).collect()
    };
    for id in Library::Baked.problem_ids().expect("baked in") {
        let problem = fiftyten::catalog::load(&Library::Baked, &id).expect("sound");
        for width in [24_u16, 40, 44, 60, 80, 84] {
            let lines = markdown::render(&problem.statement, width, Theme::Mono);
            let mut all = String::new();
            for line in &lines {
                assert!(
                    line.width() <= usize::from(width),
                    "{id} at {width}: {line}"
                );
                all += &line.to_string();
            }
            // The language of a code block is for the renderer.
            let told = problem.statement.replace("```rust", "");
            assert_eq!(letters(&all), letters(&told), "{id} at {width}");
        }
    }
}

#[test]
fn a_panic_gives_the_terminal_back_and_says_whose_fault_it_is() {
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open(home.path(), &[("FIFTYTEN_FAULT", "screen")]);
    window.shows("A shared tally");
    window.press("\r");
    window.shows("not timed yet");
    window.press("\r");
    window.shows("this is a bug");
    window.until("a usable terminal", |screen| !screen.alternate_screen());
    assert!(window.is_cooked());
    assert_eq!(window.ended(), 70);
}

#[test]
fn a_worker_that_panics_is_told_and_tears_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open(home.path(), &[("FIFTYTEN_FAULT", "worker")]);
    window.shows("A shared tally");
    window.press("\r");
    window.shows("not timed yet");
    window.press("\r");
    window.shows("this is a bug: preparing the bench");
    assert!(window.screen.screen().alternate_screen() && !window.is_cooked());
    window.press("istill here\r");
    window.shows("still here");
    window.press("qy");
    window.shows("R goes on");
    window.press("q");
    assert_eq!(window.ended(), 0);
}

#[test]
fn keys_are_answered_while_a_worker_never_comes_back() {
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open(home.path(), &[("FIFTYTEN_FAULT", "stuck")]);
    window.shows("A shared tally");
    window.press("\r");
    window.shows("not timed yet");
    window.press("\r");
    window.shows("CLARIFY");
    window.press("?");
    window.shows("Keys; type to filter");
    // Not Esc: together with the next letter it would be Alt and that letter.
    window.press("?");
    window.press("inobody waits\r");
    window.shows("nobody waits");
    window.press("qy");
    window.shows("R goes on");
    window.press("q");
    assert_eq!(window.ended(), 0);
}

#[test]
fn nothing_is_written_while_nothing_happens() {
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open(home.path(), &[]);
    window.shows("A shared tally");
    window.quiet_for(Duration::from_millis(500));
    assert_eq!(window.bytes_within(Duration::from_secs(3)), 0);
    window.press("q");
    assert_eq!(window.ended(), 0);
}

/// How many states of the workspace with code in them the journal has kept. A file that is written in place is empty for a
/// moment, and may be seen so.
fn snapshots(data: &Path) -> usize {
    let attempts = fs::read_dir(data.join("attempts")).expect("an attempt");
    let attempt = attempts.flatten().next().expect("an attempt").path();
    let journal = desk::text(&attempt.join("journal.ndjson"));
    let kept = fs::read_dir(attempt.join("snapshots")).expect("snapshots");
    let with_code: Vec<String> = kept
        .flatten()
        .filter(|entry| fs::read_to_string(entry.path()).is_ok_and(|text| text.contains("pub fn")))
        .filter_map(|entry| Some(entry.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    let of_code = |line: &&str| {
        let snapshot = line.contains("\"snapshot\"");
        snapshot && with_code.iter().any(|hash| line.contains(hash))
    };
    journal.lines().filter(of_code).count()
}

#[test]
fn every_way_to_save_counts_once_and_looking_never() {
    let home = tempfile::tempdir().unwrap();
    // The samples are not what is looked at here.
    let mut window = Window::open(home.path(), &[("PATH", "")]);
    window.shows("A shared tally");
    window.press("\r");
    window.shows("not timed yet");
    window.press("\r");
    window.shows("CLARIFY");
    window.press("c");
    window.shows("IMPLEMENT");
    let attempts = fs::read_dir(home.path().join("attempts")).unwrap();
    let folder = attempts
        .flatten()
        .next()
        .unwrap()
        .path()
        .join("workspace/src");
    let file = folder.join("lib.rs");
    let until = |wanted: usize| {
        let end = Instant::now() + PATIENCE;
        while snapshots(home.path()) < wanted {
            assert!(Instant::now() < end, "{wanted} snapshots never came");
            std::thread::yield_now();
        }
    };
    let first = snapshots(home.path()).max(1);
    until(first);
    // In place.
    fs::write(&file, "pub fn one() {}\n").unwrap();
    until(first + 1);
    // As vim does: the old one aside, a new one in its place.
    fs::rename(&file, folder.join("lib.rs~")).unwrap();
    fs::write(&file, "pub fn two() {}\n").unwrap();
    fs::remove_file(folder.join("lib.rs~")).unwrap();
    until(first + 2);
    // A new file renamed over the old one.
    fs::write(folder.join(".lib.rs.new"), "pub fn three() {}\n").unwrap();
    fs::rename(folder.join(".lib.rs.new"), &file).unwrap();
    until(first + 3);
    // Touching and reading are no saves.
    let touched = fs::OpenOptions::new().append(true).open(&file).unwrap();
    touched.set_modified(std::time::SystemTime::now()).unwrap();
    drop(touched);
    let _ = desk::text(&file);
    fs::write(&file, "pub fn four() {}\n").unwrap();
    until(first + 4);
    window.bytes_within(Duration::from_millis(1_500));
    assert_eq!(snapshots(home.path()), first + 4);
    window.press("qy");
    window.shows("R goes on");
    window.press("q");
    assert_eq!(window.ended(), 0);
}

#[test]
fn a_run_that_is_cancelled_by_a_save_is_no_result() {
    let mut screens = mock();
    screens.press("c");
    screens.save("pub fn a() {}\n");
    screens.wanted.clear();
    screens.save("pub fn b() {}\n");
    screens.news(JobNews::Tested(Err(fiftyten::actions::Failure::Cancelled)));
    assert!(screens.seat().tested.is_none());
    let again = screens.wanted.iter();
    assert_eq!(
        again.filter(|one| matches!(one, Effect::Test(_))).count(),
        1
    );
}
