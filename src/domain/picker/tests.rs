//! How often what is picked, over many seeds.

use super::*;
use crate::domain::{
    attempt::Mode,
    problem::tests::problem,
    score::{Band, Part},
};

const NOW: u64 = 100 * 24 * 3_600_000;

fn tried(problem: &str, days_ago: u64, part: Part, share: f64) -> Past {
    Past {
        problem: problem.to_owned(),
        mode: Mode::Mock,
        started: NOW - days_ago * 24 * 3_600_000,
        total: 50.0,
        band: Band::Mixed,
        shares: vec![(part, share)],
        marked: false,
    }
}

/// How many of a thousand seeds pick the problem, in percent.
fn percent(problems: &[Problem], past: &[Past], id: &str) -> f64 {
    let picked = (0..1000).filter(|seed| {
        pick(problems, past, None, NOW, *seed).is_some_and(|pick| pick.problem.id.as_str() == id)
    });
    picked.count() as f64 / 10.0
}

fn bank() -> Vec<Problem> {
    vec![
        problem("often", 1, 75),
        problem("seldom", 1, 25),
        problem("two", 2, 50),
        problem("three", 3, 25),
    ]
}

#[test]
fn tiers_come_sixty_thirty_ten_and_groups_as_often_as_they_are_asked_for() {
    for (id, wanted) in [
        ("often", 45.0),
        ("seldom", 15.0),
        ("two", 30.0),
        ("three", 10.0),
    ] {
        let found = percent(&bank(), &[], id);
        assert!(
            (found - wanted).abs() < 4.0,
            "{id}: {found} % instead of {wanted} %"
        );
    }
}

#[test]
fn what_was_tried_in_the_last_two_weeks_is_left_out_while_there_is_anything_else() {
    let recent = [tried("often", 13, Part::Core, 1.0)];
    assert_eq!(percent(&bank(), &recent, "often"), 0.0);
    let longer_ago = [tried("often", 15, Part::Core, 1.0)];
    assert!(percent(&bank(), &longer_ago, "often") > 30.0);
    let only = [problem("often", 1, 75)];
    let pick = pick(&only, &recent, None, NOW, 1).expect("better that than nothing");
    assert!(!pick.fresh);
}

#[test]
fn a_problem_that_trains_a_weak_category_comes_twice_as_often() {
    let mut racy = problem("racy", 1, 50);
    racy.weights.concurrency = 30;
    let mut calm = problem("calm", 1, 50);
    calm.weights.concurrency = 10;
    let past = [tried("elsewhere", 1, Part::Concurrency, 0.5)];
    let found = percent(&[racy, calm], &past, "racy");
    assert!((found - 66.7).abs() < 4.0, "{found} %");
}

#[test]
fn the_same_seed_picks_the_same_and_a_tier_is_kept_to() {
    let bank = bank();
    for seed in 0..50 {
        let once = pick(&bank, &[], Some(1), NOW, seed);
        assert_eq!(once, pick(&bank, &[], Some(1), NOW, seed));
        assert_eq!(once.map(|pick| pick.problem.tier), Some(1));
    }
    assert_eq!(pick(&bank, &[], Some(4), NOW, 0), None);
}
