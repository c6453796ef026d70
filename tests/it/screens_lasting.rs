//! The screens when something goes wrong: no room, a kill, another window, a failing machine.

use fiftyten::tui::{
    message::{Effect, JobNews, Message},
    state::Place,
    update::update,
};

use crate::screens_desk::{Screens, in_mode, mock};

#[test]
fn a_screen_that_is_too_small_says_so_and_takes_no_key_but_the_ways_out() {
    let mut screens = mock();
    screens.press("c");
    screens.tell(Message::Resize(20, 5));
    assert!(screens.text().contains("Needs"), "{}", screens.text());
    screens.press("sy");
    assert!(screens.seat().session.submitted.is_none());
    screens.press("q");
    assert!(screens.text().contains("Leave"), "{}", screens.text());
    screens.press("y");
    assert_eq!(screens.state.place(), Place::Problems);
}

#[test]
fn leaving_asks_while_the_clock_runs_and_the_banner_leads_back() {
    let mut screens = mock();
    screens.press("cq<esc>");
    assert_eq!(screens.state.place(), Place::Session);
    screens.press("qy");
    assert_eq!(screens.state.place(), Place::Problems);
    assert!(screens.text().contains("R goes on"), "{}", screens.text());
    screens.pass(3.0).press("R");
    // Whoever leaves on purpose is not asked where they were.
    assert!(screens.state.overlay.is_none());
    assert_eq!(screens.seat().session.elapsed(screens.time()) / 60_000, 3);
}

#[test]
fn a_kill_loses_nothing_and_the_return_asks_about_the_time_between() {
    let mut screens = mock();
    screens.press("inote before the kill<enter>").pass(1.0);
    let mut screens = screens.killed();
    screens.sleep(10.0).press("R");
    assert!(
        screens.text().contains("Nobody was here for 10:"),
        "{}",
        screens.text()
    );
    screens.press("d");
    assert_eq!(screens.seat().session.notes.len(), 1);
    // A sign of life is left every ten seconds.
    let elapsed = screens.seat().session.elapsed(screens.time());
    assert!((50_000..=60_000).contains(&elapsed), "{elapsed}");
}

#[test]
fn what_another_terminal_asks_shows_up_here() {
    let mut screens = mock();
    let id = screens.seat().attempt.id.clone();
    let mut other = fiftyten::actions::Sitting::open(&screens.house, Some(&id)).unwrap();
    fiftyten::actions::note(&screens.house, &mut other, "said elsewhere").unwrap();
    screens.pass(0.05);
    assert!(
        screens.text().contains("said elsewhere"),
        "{}",
        screens.text()
    );
}

#[test]
fn an_error_stays_until_the_next_word_and_a_dead_worker_ends_nothing() {
    let mut screens = mock();
    screens.fails(fiftyten::actions::Failure::machine(
        "the disk is full",
        "make room",
    ));
    screens.pass(0.1);
    assert!(
        screens.text().contains("the disk is full; make room"),
        "{}",
        screens.text()
    );
    screens.tell(Message::WorkerDied("running the samples"));
    assert!(
        screens.text().contains("this is a bug"),
        "{}",
        screens.text()
    );
    screens.press("istill here<enter>");
    assert_eq!(screens.seat().session.notes.len(), 1);
}

#[test]
fn a_judge_that_cannot_work_is_told_and_tried_again() {
    let mut screens = in_mode("m");
    screens.press("csy");
    let broken = fiftyten::actions::Failure::machine("rustc cannot be used", "install Rust");
    screens.news(JobNews::Judged(Err(broken)));
    assert!(
        screens.text().contains("your code is safe"),
        "{}",
        screens.text()
    );
    screens.press("s");
    assert!(
        matches!(screens.wanted.last(), Some(Effect::Judge(..))),
        "{:?}",
        screens.wanted
    );
}

#[test]
fn a_second_screen_does_not_take_the_session_over() {
    let mut first = mock();
    let mut second = Screens::new(80, 24);
    second.house = first.house.clone();
    let mut clerk = fiftyten::tui::clerk::Clerk::new(first.house.clone());
    let id = first.seat().attempt.id.clone();
    let replies = clerk.carry_out(fiftyten::tui::message::Errand::Open(id));
    for reply in replies {
        second.tell(Message::Reply(reply));
    }
    assert!(
        second.text().contains("open in another window"),
        "{}",
        second.text()
    );
    first.press("istill mine<enter>");
    assert_eq!(first.seat().session.notes.len(), 1);
}

#[test]
fn ctrl_c_asks_and_a_second_one_quits() {
    let mut screens = Screens::new(80, 24);
    screens.press("<ctrl-c>");
    assert!(
        screens.text().contains("Quit fiftyten?"),
        "{}",
        screens.text()
    );
    assert!(
        !screens
            .wanted
            .iter()
            .any(|effect| matches!(effect, Effect::Quit))
    );
    screens.press("<ctrl-c>");
    assert!(
        screens
            .wanted
            .iter()
            .any(|effect| matches!(effect, Effect::Quit))
    );
}

#[test]
fn a_mock_that_pauses_is_told_what_that_costs() {
    let mut screens = mock();
    screens.press("p");
    assert!(
        screens.text().contains("marked as paused"),
        "{}",
        screens.text()
    );
    screens.press("y");
    assert!(screens.seat().session.paused());
    let before = screens.seat().session.elapsed(screens.time());
    screens.pass(5.0);
    assert_eq!(screens.seat().session.elapsed(screens.time()), before);
    screens.press("p");
    assert!(!screens.seat().session.paused());
    assert!(screens.home().join("data/attempts").is_dir());
}

#[test]
fn an_absence_is_asked_about_once_even_if_the_answer_takes_its_time() {
    let mut screens = mock();
    screens.press("c").pass(0.5).sleep(9.0);
    assert!(screens.text().contains("Nobody was here"));
    let key = crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Char('c'));
    let asked_for = update(&mut screens.state, Message::Key(key));
    // The disk is slow: a tick comes before its answer.
    let now = screens.time();
    screens.tell(Message::Tick(now + 250));
    screens.carry_out(asked_for);
    assert!(
        !screens.text().contains("Nobody was here"),
        "{}",
        screens.text()
    );
    screens.press("inobody asks again<enter>");
    assert_eq!(screens.seat().session.notes.len(), 1);
}

#[test]
fn what_an_interviewer_would_throw_in_is_said_when_its_time_comes_and_no_longer_than_it_holds() {
    let said = |screens: &Screens, text: &str| {
        let log = screens.state.log.iter();
        log.filter(|(_, line)| line.text.contains(text)).count()
    };
    let mut screens = mock();
    screens.press("c").pass(6.1);
    assert_eq!(said(&screens, "Six minutes without"), 1);
    assert!(screens.text().contains("Six minutes"), "{}", screens.text());
    screens
        .press("ithe state is a sum and a list<enter>")
        .pass(0.1);
    assert!(
        !screens.text().contains("Six minutes"),
        "{}",
        screens.text()
    );
    // Saves without a word are no standstill, but silent.
    for round in 0..4 {
        screens.save(&format!("pub fn a() {{}} // {round}\n"));
        screens.tested(vec![]);
        screens.pass(2.4);
    }
    assert_eq!(said(&screens, "Nine minutes without"), 1);
    assert_eq!(said(&screens, "Minute 15"), 1);
    assert_eq!(said(&screens, "Minute 25"), 0);
    screens.press("istill no test passes<enter>").pass(10.0);
    assert_eq!(said(&screens, "Minute 25"), 1);
    assert_eq!(said(&screens, "Six minutes without"), 2);
}

#[test]
fn the_plan_leads_to_the_brief_of_a_step_and_a_mock_is_picked_with_a_reason() {
    let mut screens = Screens::new(80, 24);
    screens.press("p");
    assert_eq!(screens.state.place(), Place::Plan);
    let text = screens.text();
    assert!(text.contains("Three days"), "{text}");
    assert!(text.contains("> "), "{text}");
    // What comes next is selected: of the plan's own problems the fixtures hold none, so it is one of tier 1.
    screens.press("<enter>");
    assert_eq!(
        (screens.state.place(), screens.state.mode),
        (Place::Brief, fiftyten::domain::attempt::Mode::Mock)
    );
    screens.press("qg<enter>");
    assert!(screens.text().contains("no problem for this step"));
    screens.press("<tab>");
    assert!(screens.text().contains("Six weeks"), "{}", screens.text());
    for (columns, rows) in [(44, 12), (120, 40), (200, 60)] {
        screens.tell(Message::Resize(columns, rows));
        screens.press("GggjjG");
        assert!(screens.text().contains("plan"), "{}", screens.text());
    }
    screens.tell(Message::Resize(80, 24));
    screens.press("m");
    assert_eq!(screens.state.place(), Place::Brief);
    assert!(
        screens.text().contains("Picked: tier 1"),
        "{}",
        screens.text()
    );
    screens.press("q");
    assert_eq!(screens.state.place(), Place::Plan);
}
