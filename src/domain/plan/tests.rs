//! How far somebody has come, as tables.

use super::*;
use crate::domain::{problem::tests::problem, score};

const DAY: u64 = 24 * 3_600_000;

fn past(problem: &str, mode: Mode, day: u64, core: f64) -> Past {
    Past {
        problem: problem.to_owned(),
        mode,
        started: day * DAY,
        total: 50.0 + 40.0 * core,
        band: score::Band::Mixed,
        shares: vec![(score::Part::Core, core)],
        marked: false,
    }
}

fn step(mode: Mode, ids: &[&str]) -> Step {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    Step {
        mode,
        choice: Choice::AnyOf(ids),
    }
}

fn course(steps: Vec<Step>, past: &[Past]) -> Course {
    let plan = Plan {
        id: "test".to_owned(),
        title: "Test".to_owned(),
        about: String::new(),
        parts: vec![Part {
            title: "One".to_owned(),
            steps,
            beside: Vec::new(),
        }],
    };
    let problems = [
        problem("a", 1, 70),
        problem("b", 1, 30),
        problem("c", 2, 50),
    ];
    Course::of(plan, &problems, past)
}

#[test]
fn a_step_is_done_by_an_attempt_that_counts_and_is_hard_enough() {
    let steps = || vec![step(Mode::Drill, &["a"]), step(Mode::Mock, &["a", "b"])];
    let drilled = course(steps(), &[past("a", Mode::Drill, 1, 1.0)]);
    let done = Standing::Done {
        problem: "a".to_owned(),
        points: 90.0,
    };
    assert_eq!(drilled.standings[0][0], done);
    let open = Standing::Open(vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(drilled.standings[0][1], open, "a drill is no mock");
    assert_eq!(drilled.done(), (1, 2));
    let mocked = course(steps(), &[past("a", Mode::Mock, 1, 1.0)]);
    assert_eq!(mocked.done(), (2, 2), "a mock is more than a drill");
}

#[test]
fn a_miss_comes_back_the_next_day_and_before_anything_new() {
    let steps = vec![step(Mode::Drill, &["b"]), step(Mode::Drill, &["a"])];
    let missed = course(steps, &[past("a", Mode::Drill, 5, 0.5)]);
    assert!(matches!(missed.standings[0][1], Standing::Missed { .. }));
    assert_eq!(
        missed.next(5 * DAY + 1),
        Some((0, 0)),
        "on the same day, something new"
    );
    assert_eq!(
        missed.next(6 * DAY),
        Some((0, 1)),
        "on the next day, the miss"
    );
}

#[test]
fn an_unseen_problem_is_one_that_was_never_tried_before_the_mock() {
    let unseen = || {
        vec![Step {
            mode: Mode::Mock,
            choice: Choice::Unseen(1),
        }]
    };
    let fresh = course(unseen(), &[past("a", Mode::Drill, 1, 1.0)]);
    assert_eq!(fresh.standings[0][0], Standing::Open(vec!["b".to_owned()]));
    let known = [
        past("a", Mode::Drill, 1, 1.0),
        past("a", Mode::Mock, 2, 1.0),
    ];
    assert_eq!(course(unseen(), &known).done().0, 0, "it was known");
    assert_eq!(
        course(unseen(), &[past("b", Mode::Mock, 2, 1.0)]).done(),
        (1, 1)
    );
}

#[test]
fn problems_that_are_not_here_are_told_and_never_next() {
    let away = course(vec![step(Mode::Drill, &["nowhere"])], &[]);
    assert_eq!(away.standings[0][0], Standing::NotHere);
    assert_eq!((away.done(), away.next(DAY)), ((0, 0), None));
}
