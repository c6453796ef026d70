//! Score over time: every save is judged once after the end, in the background on the screens, and remembered.

use std::{fs, path::PathBuf};

use fiftyten::{
    actions::Failure,
    domain::{
        problem::Category::Core,
        timeline::{Standing, Timeline},
    },
    history,
    tui::message::{Effect, JobNews, Message},
};

use crate::{
    debrief::{reference, snapshot},
    desk::Desk,
    screens_checks::{failed, passed},
    screens_desk::{Screens, in_mode},
};

/// A drill with four saves: the starter, the reference, something broken, and code that does not compile.
fn four_saves() -> Desk {
    let desk = Desk::new();
    desk.done(&["start", "add-two", "--mode", "drill"]);
    let whole = reference("add-two");
    let broken = whole.replace("number.checked_add(2)", "Some(number.wrapping_add(2))");
    for (minutes, code) in [
        (3.0, whole.as_str()),
        (4.5, broken.as_str()),
        (1.0, "fn broken( {"),
    ] {
        desk.pass(minutes);
        desk.write(code);
        desk.done(&["note", "saved"]);
    }
    desk.pass(1.0);
    desk.run(&["submit"]);
    desk
}

/// The remembered files, in order of their names.
fn remembered(desk: &Desk) -> Vec<PathBuf> {
    let folder = fs::read_dir(desk.attempt().join("timeline"));
    let mut files: Vec<PathBuf> = folder
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.sort();
    files
}

#[test]
fn every_save_is_judged_once_and_its_story_is_told() {
    let desk = four_saves();
    assert!(remembered(&desk).is_empty());
    assert!(!desk.done(&["report"]).contains("Score over time"));
    let told = desk.done(&["timeline", "add-two"]);
    for expected in [
        "g  3:00  first green: every check passed",
        "p  3:00  peak of 100.0",
        "!  7:30  you broke: ",
        "  8:30    0.0                        does not compile",
    ] {
        assert!(
            told.contains(expected),
            "{expected:?} is missing in\n{told}"
        );
    }
    assert_eq!(remembered(&desk).len(), 4, "{told}");
    assert!(desk.done(&["report"]).contains("p  3:00  peak of 100.0"));

    // What is remembered is not judged again, but for what is gone or damaged.
    let files = remembered(&desk);
    let lie = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("readable");
        text.contains("100.0")
            .then(|| text.replace("100.0", "61.5"))
    };
    let lied = files.iter().find_map(|path| Some((path, lie(path)?)));
    let (liar, text) = lied.expect("one save is worth everything");
    fs::write(liar, text).expect("writable");
    let others: Vec<&PathBuf> = files.iter().filter(|path| *path != liar).collect();
    fs::write(others[0], "not JSON").expect("writable");
    fs::remove_file(others[1]).expect("there");
    let again = desk.done(&["timeline", "add-two"]);
    assert!(again.contains("  3:00   61.5"), "{again}");
    assert!(again.contains("does not compile"), "{again}");
    assert_eq!(remembered(&desk), files);

    let json = desk.done(&["timeline", "add-two", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["saves"].as_array().map(Vec::len), Some(4), "{json}");
    assert_eq!(json["first_green_ms"], 180_000, "{json}");
    assert_eq!(json["waiting"], 0, "{json}");
}

#[test]
fn a_new_suite_makes_what_is_remembered_void() {
    let desk = four_saves();
    desk.done(&["timeline", "add-two"]);
    let state = |hash: &str, key: &str| {
        let (attempts, _) = history::list(&desk.home().join("data")).expect("readable");
        history::read_standing::<Standing>(&attempts[0], hash, key)
    };
    let file = remembered(&desk)[0].clone();
    let hash = file
        .file_stem()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let text = fs::read_to_string(&file).expect("readable");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let key = json["key"].as_str().expect("a key");
    assert!(state(&hash, key).is_some());
    assert_eq!(state(&hash, "measured by something else"), None);
}

#[test]
fn nothing_is_judged_before_the_end() {
    let desk = Desk::new();
    desk.done(&["start", "add-two", "--mode", "drill"]);
    let ran = desk.run(&["timeline", "add-two"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("not over yet"), "{ran:?}");
}

/// A drill on the screens with one kept state and a report on the disk.
fn judged() -> Screens {
    let mut screens = in_mode("m");
    screens.press("c");
    screens.save("pub fn a() {}\n");
    screens.press("sy");
    let attempt = screens.seat().attempt.clone();
    screens.reported(vec![
        passed(Core, "core_suite::a"),
        failed(Core, "core_suite::b", "no"),
    ]);
    let report = screens.state.debrief.as_ref().expect("open").report.clone();
    history::write_report(&attempt, &report).expect("writable");
    screens.press("q");
    screens
}

pub fn story() -> Timeline {
    let standing = |total: f64, passing: &[&str]| Standing {
        compiled: total > 0.0,
        total,
        passing: passing.iter().map(|name| (*name).to_owned()).collect(),
        of: 3,
    };
    let all = [
        "core_suite::it_stores",
        "edge_suite::eviction_spares_the_newest",
        "core_suite::c",
    ];
    let states: Vec<(u64, Standing)> = vec![
        (6, standing(0.0, &[])),
        (11, standing(30.0, &all[..1])),
        (18, standing(100.0, &all)),
        (31, standing(66.7, &[all[0], all[2]])),
        (40, standing(87.0, &all[..2])),
    ];
    let known: Vec<(u64, String)> = states
        .iter()
        .map(|(minute, _)| (minute * 60_000 + 20_000, minute.to_string()))
        .collect();
    Timeline::of(&known, 50 * 60_000, |hash| {
        let found = states.iter().find(|(minute, _)| minute.to_string() == hash);
        found.map(|(_, standing)| standing.clone())
    })
}

#[test]
fn the_saves_are_judged_while_the_report_is_read_and_drawn_over_the_time() {
    let mut screens = judged();
    screens.wanted.clear();
    screens.press("h<enter>");
    let wanted = screens.wanted.iter().find_map(|effect| match effect {
        Effect::JudgeSaves(attempt) => Some(attempt.clone()),
        _ => None,
    });
    let attempt = wanted.expect("the saves are judged");
    assert!(
        screens.text().contains("saves: judging 1 of 2"),
        "{}",
        screens.text()
    );
    let saves = Message::Job(attempt.clone(), JobNews::Saves(story()));
    screens.tell(saves);
    screens.tell(Message::Job(attempt.clone(), JobNews::SavesEnded(None)));
    while !screens.text().contains("> saves") {
        screens.press("k");
    }
    snapshot("saves", &screens.sizes());
    screens.press("<enter>");
    assert!(
        screens.text().contains("broke: eviction"),
        "{}",
        screens.text()
    );
    // Word from another attempt changes nothing.
    screens.tell(Message::Job(
        "other".to_owned(),
        JobNews::Saves(Timeline::default()),
    ));
    assert!(
        screens.text().contains("broke: eviction"),
        "{}",
        screens.text()
    );
}

#[test]
fn ctrl_c_stops_the_judging_of_saves_and_a_failure_is_told() {
    let mut screens = judged();
    screens.press("h<enter>");
    screens.press("<ctrl-c>");
    let stopped = |effect: &Effect| matches!(effect, Effect::StopSaves);
    assert!(screens.wanted.iter().any(stopped), "{:?}", screens.wanted);
    assert!(
        screens.text().contains("saves: 2 of 2 not judged"),
        "{}",
        screens.text()
    );
    let attempt = screens
        .state
        .debrief
        .as_ref()
        .and_then(|one| one.report.attempt.clone());
    let attempt = attempt.expect("an attempt").id;
    let failure = Failure::machine("rustc cannot be used", "install Rust");
    screens.tell(Message::Job(attempt, JobNews::SavesEnded(Some(failure))));
    assert!(
        screens
            .text()
            .contains("rustc cannot be used; install Rust"),
        "{}",
        screens.text()
    );
}
