//! The debrief: what the candidate thinks of the work comes first, then what was found, with its evidence.

use fiftyten::{
    domain::{
        problem::Category::{Core, Edge},
        score::Part,
    },
    tui::{message::Message, state::Place},
};

use crate::{
    desk::{self, Desk},
    screens_checks::{deadlocked, failed, passed},
    screens_desk::{Screens, mock},
};

pub fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../screens");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

pub fn reference(problem: &str) -> String {
    let path = format!("problems/{problem}/solutions/reference.rs");
    desk::text(&desk::fixtures().join(path))
}

/// A mock that was talked about while the judge worked, at its last key before the result.
fn talked() -> Screens {
    let mut screens = mock();
    screens.press("csyd<enter>One lock.<enter>2");
    screens
}

#[test]
fn the_own_view_is_asked_for_between_the_talk_and_the_result() {
    let mut screens = talked();
    screens.press("x");
    assert_eq!(screens.state.place(), Place::Rate, "{}", screens.text());
    snapshot("rate", &screens.sizes());
    screens.press("<enter>");
    assert_eq!(screens.state.place(), Place::Rate, "{}", screens.text());
    // The judge being done tells nothing yet.
    screens.reported(vec![passed(Core, "core_suite::a"), failed(Edge, "b", "no")]);
    assert_eq!(screens.state.place(), Place::Rate);
    assert!(!screens.text().contains("of 100"), "{}", screens.text());
    screens.press("g2341");
    assert_eq!(screens.seat().sheet.cursor, 4);
    screens.press("<enter>");
    let own = screens.seat().session.own_ratings.clone().expect("kept");
    assert_eq!(own[0].part, Part::Clarify);
    assert_eq!(
        own.iter().map(|one| one.points).collect::<Vec<_>>(),
        [2, 3, 4, 1]
    );
}

#[test]
fn q_goes_back_to_the_talk_and_skipping_is_asked_once() {
    let mut screens = talked();
    screens.press("xq");
    assert_eq!(screens.state.place(), Place::Discuss);
    screens.press("xs");
    assert_eq!(screens.state.place(), Place::Submit, "{}", screens.text());
    assert_eq!(screens.seat().session.own_ratings, Some(Vec::new()));
    screens.press("dx");
    assert_eq!(screens.state.place(), Place::Submit, "{}", screens.text());
}

#[test]
fn the_report_shows_the_gap_between_own_view_and_finding() {
    let mut screens = talked();
    screens.press("x34<enter>");
    screens.reported(vec![
        failed(Core, "core_suite::a", "no"),
        deadlocked("concurrency_suite::b"),
    ]);
    assert_eq!(screens.state.place(), Place::Report, "{}", screens.text());
    screens.tell(Message::Resize(120, 40));
    let text = screens.text();
    assert!(text.contains("you 4/4"), "{text}");
    screens.press("g").press("jjjj");
    let all: String = (0..12)
        .map(|_| screens.press("j").text())
        .collect::<Vec<_>>()
        .concat();
    assert!(all.contains("you saw it better than it is"), "{all}");
}

#[test]
fn the_own_view_can_be_given_by_command_and_stands_in_every_report() {
    let desk = Desk::new();
    desk.done(&["start", "lock-step", "--mode", "drill"]);
    let early = desk.run(&["rate", "core=3"]);
    assert_eq!(early.code, Some(2), "{early:?}");
    desk.done(&["code"]);
    for (wrong, said) in [
        ("core", "no PART=FIGURE"),
        ("core=5", "no figure from 0 to 4"),
        ("beauty=3", "no part of this attempt is named beauty"),
        ("follow-up=2", "no part of this attempt is named follow-up"),
    ] {
        let ran = desk.run(&["rate", wrong]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(said), "{wrong}: {ran:?}");
    }
    assert!(desk.done(&["rate"]).contains("-  core"));
    desk.done(&["rate", "core=1", "edge=4"]);
    assert!(desk.done(&["rate"]).contains("1  core"));
    desk.write(&reference("lock-step"));
    let ran = desk.run(&["submit"]);
    assert!(
        ran.out
            .contains("core        you 1 of 4, found 100 %: it is better than you saw it"),
        "{ran:?}"
    );
    let after = desk.done(&["rate", "core=4", "--attempt", "lock-step"]);
    assert!(
        after.contains("core        you 4 of 4, found 100 %: as you saw it"),
        "{after}"
    );
    let json = desk.done(&["report", "lock-step", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["own_ratings"][0]["part"], "core", "{json}");
    assert_eq!(json["own_ratings"][0]["points"], 4, "{json}");
    assert_eq!(json["own_ratings"].as_array().map(Vec::len), Some(2));
}

#[test]
fn the_designs_stand_beside_the_own_code_and_both_go_to_the_same_function() {
    let mut screens = talked();
    screens.press("xs");
    screens.reported(vec![passed(Core, "core_suite::a")]);
    screens.press("r");
    assert_eq!(screens.state.place(), Place::Designs, "{}", screens.text());
    snapshot("designs", &screens.sizes());
    screens.tell(Message::Resize(120, 12));
    screens.press("nn");
    let marked: Vec<String> = screens
        .text()
        .lines()
        .filter(|line| line.matches("│ >").count() == 2)
        .map(str::to_owned)
        .collect();
    assert_eq!(marked.len(), 1, "{}", screens.text());
    // Another design has the function elsewhere, and is brought there too.
    screens.press("<tab>");
    assert!(
        screens.text().contains("Waiting list"),
        "{}",
        screens.text()
    );
    assert!(screens.text().contains("│ >"), "{}", screens.text());
    screens.tell(Message::Resize(44, 12));
    screens.press("og");
    assert!(
        screens.text().contains("Your src/lib.rs"),
        "{}",
        screens.text()
    );
    assert!(screens.text().contains("   1 "), "{}", screens.text());
    screens.press("q");
    assert_eq!(screens.state.place(), Place::Report);
}

#[test]
fn the_designs_are_shown_by_command_after_the_end_only() {
    let desk = Desk::new();
    desk.done(&["start", "lock-step", "--mode", "drill"]);
    desk.done(&["code"]);
    let early = desk.run(&["designs", "lock-step", "reference"]);
    assert_eq!(early.code, Some(2), "{early:?}");
    assert!(
        early.err.contains("would spoil it") && early.out.is_empty(),
        "{early:?}"
    );
    desk.write("// \u{1b}[31mmine\npub struct Tally;\n");
    desk.run(&["submit"]);
    assert_eq!(
        desk.done(&["designs", "lock-step"]),
        "reference\nwaiting_list\n"
    );
    assert_eq!(
        desk.done(&["designs", "lock-step", "reference"]),
        reference("lock-step")
    );
    let beside = desk.done(&["designs", "lock-step", "waiting_list", "--beside"]);
    let head = beside.lines().next().expect("a head");
    assert!(
        head.starts_with("yours") && head.ends_with("| waiting_list"),
        "{beside}"
    );
    assert!(
        beside.contains("pub struct Tally;") && !beside.contains('\u{1b}'),
        "{beside}"
    );
    let coloured = desk.done(&["designs", "lock-step", "reference", "--color", "always"]);
    assert!(coloured.contains("\u{1b}[1;36m"), "{coloured}");
    let unknown = desk.run(&["designs", "lock-step", "best"]);
    assert!(
        unknown.err.contains("there are reference, waiting_list"),
        "{unknown:?}"
    );
}
