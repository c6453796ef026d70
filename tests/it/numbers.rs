//! The history in numbers: the same on the screen, by command and for programs.

use fiftyten::{
    domain::{
        attempt::Mode,
        problem::Category::{Core, Edge},
        report::Report,
    },
    history::{self, Manifest},
    tui::message::{Message, Reply},
};

use crate::{
    debrief::snapshot,
    desk::Desk,
    screens_checks::{failed, passed},
    screens_desk::{Screens, in_mode},
};

/// A report as the judge would have written it: so many of four core checks passed, so many of two edge checks.
fn report(core: usize, edge: usize) -> Report {
    let mut screens = in_mode("m");
    screens.press("csy");
    let some = |category, number: usize, of: usize| {
        (0..of).map(move |at| match at < number {
            true => passed(category, "suite::a"),
            false => failed(category, "suite::b", "no"),
        })
    };
    screens.reported(some(Core, core, 4).chain(some(Edge, edge, 2)).collect());
    screens.state.debrief.as_ref().expect("open").report.clone()
}

/// Seven judged attempts in a data folder, from bad to good.
fn seven(data: &std::path::Path) {
    let scores = [(0, 0), (1, 0), (2, 1), (3, 1), (3, 2), (4, 1), (4, 2)];
    for (day, (core, edge)) in (0..).zip(scores) {
        let started = 1_800_000_000_000 + day * 86_400_000;
        let problem = if day % 2 == 0 { "lock-step" } else { "add-two" };
        let manifest = Manifest {
            format: 1,
            problem: problem.to_owned(),
            mode: Mode::Drill,
            seed: 0,
            started,
            workspace: None,
        };
        let stamp = format!("202701{:02}-080000", 15 + day);
        let attempt = history::create(data, &stamp, manifest).expect("writable");
        history::seal(&attempt).expect("writable");
        let journal = format!(
            "{{\"at\":{started},\"event\":\"started\",\"problem\":\"{problem}\",\"mode\":\"drill\",\"seed\":0,\"drill_minutes\":20}}\n{{\"at\":{},\"event\":\"abandoned\"}}\n",
            started + 600_000
        );
        std::fs::write(attempt.journal().path(), journal).expect("writable");
        let mut report = report(core, edge);
        report.problem = problem.to_owned();
        if let Some(part) = &mut report.attempt {
            (part.id, part.started) = (attempt.id.clone(), started);
        }
        history::write_report(&attempt, &report).expect("writable");
    }
}

#[test]
fn the_history_has_a_chart_and_its_numbers_by_command_and_as_json() {
    let desk = Desk::new();
    assert_eq!(desk.done(&["history"]).lines().count(), 1);
    let empty: serde_json::Value =
        serde_json::from_str(&desk.done(&["history", "--json"])).expect("JSON");
    assert_eq!(
        (&empty["judged"], &empty["mean"]),
        (&0.into(), &serde_json::Value::Null)
    );
    seven(&desk.home().join("data"));
    let told = desk.done(&["history"]);
    assert!(told.is_ascii(), "{told}");
    for expected in [
        "100 |",
        "7 judged attempts, mean ",
        ", the latest five ",
        "By part, the weakest first\n  clarify",
        "By tier\n  tier 1",
        "By group, the weakest first",
        "Next: fiftyten start ",
    ] {
        assert!(
            told.contains(expected),
            "{expected:?} is missing in\n{told}"
        );
    }
    let json: serde_json::Value =
        serde_json::from_str(&desk.done(&["history", "--json"])).expect("JSON");
    assert_eq!(json["attempts"].as_array().map(Vec::len), Some(7), "{json}");
    assert_eq!(json["attempts"][6]["state"], "judged");
    let mean = json["mean"].as_f64().expect("a mean");
    assert!(
        told.contains(&format!("mean {mean:.1}")),
        "{mean} in\n{told}"
    );
    let trend = json["trend"].as_f64().expect("a trend").round();
    assert!(
        told.contains(&format!("five {trend:.0} better")),
        "{trend} in\n{told}"
    );
    let parts: Vec<&str> = json["parts"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(parts, ["clarify", "edge", "core"], "{json}");
}

#[test]
fn the_history_is_drawn_with_its_numbers_and_f_gives_them_the_whole_screen() {
    let mut screens = Screens::new(80, 24);
    screens.press("hf");
    let text = screens.text();
    assert!(text.contains("no attempt was judged yet"), "{text}");
    screens.press("q");
    let data = screens.house.data.clone();
    seven(&data);
    let past = fiftyten::actions::history(&screens.house).expect("readable");
    let remembered = Reply::Remembered(Box::new(past));
    screens.tell(Message::Reply(remembered));
    screens.press("h");
    let table = screens.sizes();
    screens.press("f");
    snapshot(
        "numbers",
        &format!("{table}\n=== the whole screen\n{}", screens.sizes()),
    );
    let first = screens.text();
    screens.tell(Message::Resize(44, 12));
    screens.press("G");
    assert!(screens.text().contains("By group"), "{}", screens.text());
    screens.tell(Message::Resize(80, 24));
    screens.press("g");
    assert_eq!(screens.text(), first);
    screens.press("f");
    assert!(screens.text().contains("> 21 Jan"), "{}", screens.text());
}
