//! What a session tells the score.

use fiftyten::domain::{
    attempt::Mode,
    session::{Command, MINUTE, Refused},
};

use crate::session::{Run, ask, at, note, submit};

#[test]
fn only_questions_before_coding_count_and_each_once() {
    let mut run = Run::of(Mode::Mock);
    run.does(1.0, ask("what is the limit?"));
    run.does(2.0, ask("what is the limit?"));
    run.does(
        3.0,
        Command::Ask {
            text: "pizza?".to_owned(),
            matched: None,
        },
    );
    run.does(4.0, Command::Code);
    run.does(6.0, ask("is it shared?"));
    let facts = run.state.facts(at(10.0), 6);
    assert_eq!(
        (facts.asked.len(), facts.unmatched.len(), facts.questions),
        (1, 1, 6)
    );
    assert!(facts.asked_about_limits);
    assert_eq!(
        run.at(
            7.0,
            Command::Note {
                text: "  ".to_owned()
            }
        ),
        Err(Refused::Empty)
    );
}

#[test]
fn the_longest_silence_runs_from_the_start_to_the_end_of_coding() {
    let mut run = Run::of(Mode::Mock);
    run.does(8.0, note());
    run.does(21.0, note());
    run.does(30.0, note());
    let facts = run.state.facts(at(40.0), 0);
    assert_eq!(facts.longest_silence, Some((8 * MINUTE, 21 * MINUTE)));
    run.does(44.0, submit("a"));
    let facts = run.state.facts(at(55.0), 0);
    assert_eq!(
        (facts.longest_silence, facts.handed_in),
        (Some((30 * MINUTE, 44 * MINUTE)), Some(44 * MINUTE))
    );
}

#[test]
fn hints_come_in_order_and_end() {
    let mut run = Run::of(Mode::Drill);
    let costs = || Command::Hint { costs: vec![2, 4] };
    run.does(3.0, costs());
    run.does(4.0, costs());
    assert_eq!(run.at(5.0, costs()), Err(Refused::NoHintLeft));
    let facts = run.state.facts(at(5.0), 0);
    assert_eq!(
        facts.hints.iter().map(|hint| hint.cost).collect::<Vec<_>>(),
        [2, 4]
    );
}
