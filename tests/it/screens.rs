//! The screens as text: what stands where at each size, driven by keys.

use fiftyten::{
    domain::{
        attempt::Mode,
        problem::Category::{Core, Edge},
        session::Phase,
    },
    judge::JudgeEvent,
    tui::{
        message::{Effect, JobNews, Message},
        state::Place,
        theme::Theme,
    },
};

use crate::{
    screens_checks::{deadlocked, failed, passed, slow},
    screens_desk::{Screens, in_mode, mock},
};

/// Compares with what is kept in `tests/screens`.
pub fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../screens");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn sample_results() -> Vec<fiftyten::domain::verdict::CheckResult> {
    vec![
        passed(Core, "sample::a_step_is_counted"),
        failed(
            Core,
            "sample::two_threads_meet",
            "assertion `left == right` failed\n  left: 1\n right: 2",
        ),
    ]
}

#[test]
fn the_list_shows_every_problem_with_a_preview_where_there_is_room() {
    let mut screens = Screens::new(80, 24);
    snapshot("problems", &screens.sizes());
}

#[test]
fn typing_filters_the_list_and_esc_shows_all_again() {
    let mut screens = Screens::new(80, 24);
    let all = screens.state.shelf.shown.len();
    screens.press("/lock");
    assert_eq!(screens.state.shelf.shown.len(), 1);
    screens.press("<enter>");
    assert!(
        screens.text().contains("Problems with \"lock\": 1"),
        "{}",
        screens.text()
    );
    screens.press("/<esc>");
    assert_eq!(screens.state.shelf.shown.len(), all);
}

#[test]
fn the_brief_is_read_before_anything_is_timed() {
    let mut screens = Screens::new(80, 24);
    screens.press("j<enter>");
    assert!(screens.text().contains("not timed yet"));
    assert!(!screens.house.data.join("attempts").exists());
    snapshot("brief", &screens.sizes());
    screens.press("m");
    assert_eq!(screens.state.mode, Mode::Drill);
}

#[test]
fn a_question_is_answered_and_counts_before_coding() {
    let mut screens = mock();
    let question = screens.seat().problem.clarifications[0].question.clone();
    screens.press("a").press(&question).press("<enter>");
    assert_eq!(screens.seat().session.asked.len(), 1);
    assert!(screens.text().contains("counts"), "{}", screens.text());
    snapshot("session_clarify", &screens.sizes());
}

#[test]
fn what_was_typed_and_put_aside_comes_back() {
    let mut screens = mock();
    screens.press("iq is no key here<esc>");
    assert_eq!(screens.state.place(), Place::Session);
    screens.press("i");
    assert!(
        screens.text().contains("q is no key here"),
        "{}",
        screens.text()
    );
    screens.press("<enter>");
    assert_eq!(screens.seat().session.notes.len(), 1);
}

#[test]
fn a_save_runs_the_samples_and_a_later_save_marks_their_results_as_stale() {
    let mut screens = mock();
    screens.press("c");
    screens.save("pub fn a() {}\n");
    assert!(
        matches!(screens.wanted.last(), Some(Effect::Test(_))),
        "{:?}",
        screens.wanted
    );
    assert!(
        screens.text().contains("run compiling"),
        "{}",
        screens.text()
    );
    screens.tested(sample_results());
    snapshot("session_samples", &screens.sizes());
    assert!(!screens.seat().stale());
    // A touch is no save.
    let runs = screens.wanted.len();
    screens.tell(Message::Touched);
    assert_eq!(screens.wanted.len(), runs);
    screens.save("pub fn b() {}\n");
    assert!(screens.seat().stale());
}

#[test]
fn a_save_during_the_compile_starts_anew_and_one_during_the_checks_waits_for_their_end() {
    let mut screens = mock();
    screens.press("c");
    screens.save("pub fn a() {}\n");
    screens.save("pub fn b() {}\n");
    assert!(matches!(screens.wanted.last(), Some(Effect::StopTest)));
    screens.news(JobNews::Tested(Err(fiftyten::actions::Failure::Cancelled)));
    assert!(matches!(screens.wanted.last(), Some(Effect::Test(_))));
    screens.news(JobNews::Testing(JudgeEvent::CheckStarted {
        category: Core,
        name: "sample::a".to_owned(),
    }));
    screens.save("pub fn c() {}\n");
    assert!(matches!(screens.wanted.last(), Some(Effect::Test(_))));
    let before = screens.wanted.len();
    screens.tested(sample_results());
    assert_eq!(
        screens.wanted.len(),
        before + 1,
        "one more run: {:?}",
        screens.wanted
    );
    assert!(screens.seat().run.is_some());
}

#[test]
fn selection_and_verdicts_stand_out_with_and_without_colour() {
    let mut screens = mock();
    screens.press("c");
    screens.save("pub fn a() {}\n");
    screens.tested(sample_results());
    let (ansi, mono) = (screens.styles(Theme::Ansi), screens.styles(Theme::Mono));
    snapshot("styles", &format!("--- ansi\n{ansi}\n--- mono\n{mono}"));
    for colour in ["Red", "Green", "Yellow", "Cyan", "Blue"] {
        assert!(!mono.contains(colour), "{mono}");
    }
}

#[test]
fn a_hint_tells_its_price_before_it_is_bought() {
    let mut screens = mock();
    screens.press("H");
    snapshot("hint", &screens.sizes());
    screens.press("<esc>");
    assert!(screens.seat().session.hints.is_empty());
    screens.press("Hy");
    assert_eq!(screens.seat().session.hints.len(), 1);
    assert!(screens.text().contains("Hint 1"), "{}", screens.text());
}

#[test]
fn the_twist_comes_at_minute_35_with_one_bell_and_its_stub_on_request() {
    let mut screens = mock();
    screens.press("c").pass(34.9);
    assert!(!screens.text().contains("The follow-up"));
    let bells = |screens: &Screens| {
        screens
            .wanted
            .iter()
            .filter(|effect| matches!(effect, Effect::Bell))
            .count()
    };
    assert_eq!(bells(&screens), 0);
    screens.pass(0.2);
    assert_eq!(
        (screens.seat().phase, bells(&screens)),
        (Phase::Optimise, 1)
    );
    snapshot("session_twist", &screens.sizes());
    screens.press("fy");
    assert!(
        screens.seat().session.followup.is_some(),
        "{}",
        screens.text()
    );
}

#[test]
fn five_minutes_and_one_are_said_once_each_with_a_bell() {
    let mut screens = mock();
    screens.press("c").pass(44.99);
    screens.wanted.clear();
    screens.pass(0.1);
    assert!(screens.text().contains("! 4:5"), "{}", screens.text());
    screens.pass(3.0);
    let bells = |screens: &Screens| {
        screens
            .wanted
            .iter()
            .filter(|effect| matches!(effect, Effect::Bell))
            .count()
    };
    assert_eq!(bells(&screens), 1);
    screens.pass(1.2);
    assert!(screens.text().contains("!! 0:"), "{}", screens.text());
    assert_eq!(bells(&screens), 2);
}

#[test]
fn at_fifty_minutes_the_work_is_frozen_and_handed_in_and_the_talk_begins() {
    let mut screens = mock();
    screens.press("c");
    screens.save("pub fn a() {}\n");
    screens.pass(49.9);
    assert_eq!(screens.state.place(), Place::Session);
    screens.pass(0.2);
    assert_eq!(screens.state.place(), Place::Discuss, "{}", screens.text());
    assert!(screens.seat().session.submitted.is_some());
    assert!(
        screens
            .wanted
            .iter()
            .any(|effect| matches!(effect, Effect::Judge(..)))
    );
    assert!(screens.text().contains("Time."), "{}", screens.text());
}

#[test]
fn submitting_asks_once_and_shows_the_judge_at_work() {
    let mut screens = in_mode("m");
    screens.press("cs");
    assert!(screens.text().contains("Hand in?"));
    screens.press("y");
    assert_eq!(screens.state.place(), Place::Submit);
    screens.news(JobNews::Judging(JudgeEvent::Built {
        what: "the submission".to_owned(),
        seconds: 0.3,
    }));
    for check in [
        passed(Core, "core_suite::a"),
        deadlocked("concurrency_suite::nobody_waits_for_ever"),
    ] {
        screens.news(JobNews::Judging(JudgeEvent::CheckEnded(Box::new(check))));
    }
    screens.news(JobNews::Judging(JudgeEvent::CheckStarted {
        category: Edge,
        name: "edge_suite::zero_is_fine".to_owned(),
    }));
    snapshot("submit", &screens.sizes());
}

#[test]
fn in_a_mock_the_result_stays_secret_until_the_talk_is_ended() {
    let mut screens = mock();
    screens.press("csy");
    screens.news(JobNews::Judging(JudgeEvent::CheckEnded(Box::new(failed(
        Core,
        "core_suite::a",
        "no",
    )))));
    assert!(!screens.text().contains("FAIL"), "{}", screens.text());
    // The own view comes first; s leaves it out.
    screens.press("dxs");
    assert!(screens.text().contains("FAIL"), "{}", screens.text());
}

#[test]
fn an_answer_is_typed_compared_and_rated() {
    let mut screens = mock();
    screens.press("csyd");
    screens.press("3");
    assert!(
        screens.text().contains("answer first"),
        "{}",
        screens.text()
    );
    screens.press("<enter>Because one lock is enough.<enter>");
    snapshot("discuss", &screens.sizes());
    screens.press("3");
    assert_eq!(
        screens.seat().session.ratings.len(),
        1,
        "{}",
        screens.text()
    );
    assert!(screens.text().contains("rated it 3"), "{}", screens.text());
}

#[test]
fn the_report_shows_evidence_the_schedule_and_the_own_code() {
    let mut screens = mock();
    screens.press("cHysydxs").reported(vec![
        passed(Core, "core_suite::a_step_is_counted"),
        failed(
            Edge,
            "edge_suite::nothing_overflows",
            "the sum of two large amounts was wrong",
        ),
        deadlocked("concurrency_suite::nobody_waits_for_ever"),
        slow("performance_suite::a_step_costs_the_same"),
    ]);
    assert_eq!(screens.state.place(), Place::Report);
    snapshot("report", &screens.sizes());
    screens.press("j<enter><enter><tab>");
    snapshot("schedule", &screens.sizes());
    screens.press("qqr");
    assert!(
        screens.text().contains("The reference"),
        "{}",
        screens.text()
    );
}

#[test]
fn the_history_is_the_latest_first_and_opens_what_is_selected() {
    let mut screens = in_mode("mm");
    screens
        .press("q")
        .pass(0.1)
        .press("<enter><enter>")
        .press("Xy");
    screens.pass(0.1).press("h");
    snapshot("history", &screens.sizes());
    screens.press("j<enter>");
    assert_eq!(screens.state.place(), Place::Session, "{}", screens.text());
}

#[test]
fn help_lists_the_keys_of_the_screen_and_does_what_is_selected() {
    let mut screens = mock();
    screens.press("?");
    snapshot("help", &screens.sizes());
    screens.press("interviewer<enter>who<enter>");
    assert_eq!(screens.seat().session.asked.len(), 1, "{}", screens.text());
}

#[test]
fn a_strip_of_three_lines_runs_the_whole_session() {
    let mut screens = mock();
    screens.press("c");
    screens.save("pub fn a() {}\n");
    screens.tested(sample_results());
    let mut strips = String::new();
    for rows in [1, 2, 3] {
        screens.tell(Message::Resize(60, rows));
        strips += &format!("--- 60x{rows}\n{}\n", screens.text());
    }
    screens.press("s");
    strips += &format!("--- a question\n{}\n", screens.text());
    screens.press("<esc>iinvariant: one owner");
    strips += &format!("--- a note\n{}\n", screens.text());
    snapshot("strip", &strips);
}
