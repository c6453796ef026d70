//! The rubric as tables.

use super::*;
use crate::domain::{
    attempt::Mode,
    session::{
        MINUTE,
        facts::{Bulk, HintTaken, RatedAnswer, Said},
    },
    verdict::{Outcome, Story},
};

const WEIGHTS: Weights = Weights {
    clarify: 5,
    core: 30,
    edge: 15,
    concurrency: 20,
    performance: 10,
    followup: 10,
    discussion: 10,
};

fn check(category: Category, number: usize, outcome: Outcome, credit: f64) -> CheckResult {
    CheckResult {
        category,
        name: format!("{}_{number}", category.word()),
        outcome,
        message: None,
        credit,
        schedule: None,
        coverage: None,
        suspicion: None,
        story: None,
        measurements: Vec::new(),
        study: None,
        printed: None,
        seconds: 0.0,
    }
}

/// Ten checks per category, of which so many pass.
fn verdict(passed: [usize; 5]) -> Verdict {
    let checks = Category::ALL
        .into_iter()
        .zip(passed)
        .flat_map(|(category, passed)| {
            (0..10).map(move |number| match number < passed {
                true => check(category, number, Outcome::Passed, 1.0),
                false => check(category, number, Outcome::Failed, 0.0),
            })
        });
    Verdict::Judged {
        checks: checks.collect(),
        warnings: Vec::new(),
    }
}

fn facts() -> SessionFacts {
    let said = |minute: u64| Said {
        at: minute * MINUTE,
        text: "said".to_owned(),
    };
    SessionFacts {
        mode: Mode::Mock,
        asked: (1..5).map(said).collect(),
        questions: 6,
        unmatched: Vec::new(),
        asked_about_limits: true,
        notes: [8, 18, 28, 38].map(said).into(),
        longest_silence: Some((8 * MINUTE, 18 * MINUTE)),
        hints: Vec::new(),
        handed_in: Some(48 * MINUTE),
        first_green: Some(24 * MINUTE),
        followup: None,
        pauses: (0, 0),
        gaps_left_out: 0,
        late: false,
        snapshots: 9,
        test_runs: 4,
        validated: None,
        ratings: Vec::new(),
        own_ratings: Vec::new(),
        compiles_only_at: None,
        bulk: None,
    }
}

fn rated(own_code: bool, answered: bool, points: u8) -> RatedAnswer {
    RatedAnswer {
        question: format!("question {own_code} {answered} {points}"),
        own_code,
        answered,
        points,
    }
}

#[test]
fn totals_follow_the_weights_and_the_gates() {
    // core, edge, concurrency, performance, follow-up of ten checks each → total without a session (weights add up to 85)
    let table = [
        ([10, 10, 10, 10, 10], 100.0, Band::StrongHire),
        ([0, 0, 0, 0, 0], 0.0, Band::NoHireYet),
        ([10, 10, 10, 10, 0], 88.2, Band::StrongHire),
        ([10, 10, 7, 10, 10], 92.9, Band::Hire),
        ([10, 10, 5, 10, 10], 88.2, Band::Mixed),
        ([9, 10, 10, 10, 10], 96.5, Band::Hire),
        ([8, 10, 10, 10, 10], 92.9, Band::Mixed),
        // Performance counts only from 80 % of core.
        ([7, 10, 10, 10, 10], 77.6, Band::Mixed),
        // Below half of core, concurrency and follow-up count half.
        ([4, 10, 10, 10, 10], 49.4, Band::NoHireYet),
        ([5, 10, 10, 10, 10], 70.6, Band::NoHireYet),
    ];
    for (passed, total, band) in table {
        let score = grade(&WEIGHTS, &verdict(passed), None);
        assert_eq!(
            (score.total, score.band),
            (total, band),
            "{passed:?}: {:?}",
            score.held_back
        );
    }
}

#[test]
fn a_category_that_was_not_fully_passed_has_less_than_its_points() {
    let mut checks: Vec<CheckResult> = (0..5_000)
        .map(|n| check(Category::Core, n, Outcome::Passed, 1.0))
        .collect();
    checks.push(check(Category::Core, 5_000, Outcome::Failed, 0.0));
    let verdict = Verdict::Judged {
        checks,
        warnings: Vec::new(),
    };
    let score = grade(&WEIGHTS, &verdict, None);
    assert!(score.categories[0].points < score.categories[0].max);
}

#[test]
fn a_slow_but_tolerable_measurement_earns_half() {
    let checks = vec![
        check(Category::Performance, 0, Outcome::Passed, 1.0),
        check(Category::Performance, 1, Outcome::Passed, 0.5),
    ];
    let score = grade(
        &WEIGHTS,
        &Verdict::Judged {
            checks,
            warnings: Vec::new(),
        },
        None,
    );
    assert_eq!(score.categories[0].points, 7.5);
    assert!(
        score.categories[0]
            .evidence
            .iter()
            .any(|line| line.place == "performance_1")
    );
}

#[test]
fn code_that_does_not_compile_earns_nothing_and_every_line_says_so() {
    for verdict in [
        Verdict::NotCompiled(Vec::new()),
        Verdict::Refused(Vec::new()),
    ] {
        let score = grade(&WEIGHTS, &verdict, None);
        assert_eq!((score.total, score.band), (0.0, Band::NoHireYet));
        assert_eq!(score.categories.len(), 5);
        assert!(
            score
                .categories
                .iter()
                .all(|line| line.points == 0.0 && !line.evidence.is_empty())
        );
        assert!(score.flags.is_empty());
    }
}

#[test]
fn clarify_is_full_at_four_questions_or_at_all_of_a_shorter_list() {
    for (asked, questions, points) in [
        (0, 6, 0.0),
        (2, 6, 2.5),
        (4, 6, 5.0),
        (6, 6, 5.0),
        (3, 3, 5.0),
        (1, 2, 2.5),
    ] {
        let mut facts = facts();
        facts.asked = vec![facts.asked[0].clone(); asked];
        facts.questions = questions;
        let score = grade(&WEIGHTS, &verdict([10; 5]), Some(&facts));
        assert_eq!(score.categories[0].points, points, "{asked} of {questions}");
    }
}

#[test]
fn a_discussion_that_nobody_held_is_left_out_and_a_short_one_is_not_full() {
    let mut facts = facts();
    assert_eq!(
        grade(&WEIGHTS, &verdict([10; 5]), Some(&facts)).total,
        100.0
    );
    facts.ratings = vec![rated(false, true, 4)];
    let score = grade(&WEIGHTS, &verdict([10; 5]), Some(&facts));
    assert_eq!(score.share(Part::Discussion), Some(1.0 / 3.0));
    assert_eq!(score.total, 93.3);
}

#[test]
fn hints_and_code_that_no_longer_compiles_cost_points_of_the_total() {
    let mut facts = facts();
    facts.hints = vec![
        HintTaken {
            at: 20 * MINUTE,
            number: 1,
            cost: 2,
        },
        HintTaken {
            at: 21 * MINUTE,
            number: 2,
            cost: 4,
        },
    ];
    facts.compiles_only_at = Some(44 * MINUTE);
    let score = grade(&WEIGHTS, &verdict([10; 5]), Some(&facts));
    assert_eq!(score.total, 84.0);
    assert_eq!(score.deductions.len(), 3);
    assert_eq!(
        score.deductions[2].evidence.place,
        "snapshot of minute 44:00"
    );
    assert_eq!(score.band, Band::Hire);
}

#[test]
fn one_flag_keeps_the_best_band_away_and_two_lower_it() {
    let mut facts = facts();
    facts.notes.truncate(3);
    let score = grade(&WEIGHTS, &verdict([10; 5]), Some(&facts));
    assert_eq!(score.flags[0].flag, Flag::SilentCoding);
    assert_eq!(score.band, Band::Hire);
    facts.ratings = vec![
        rated(true, false, 4),
        rated(true, true, 0),
        rated(false, true, 4),
    ];
    let score = grade(&WEIGHTS, &verdict([10; 5]), Some(&facts));
    assert_eq!(score.flags.len(), 2);
    assert_eq!(score.band, Band::Mixed);
    assert!(!score.held_back.is_empty());
}

#[test]
fn each_flag_is_raised_by_its_measure_and_cites_it() {
    let raised = |verdict: &Verdict, facts: &SessionFacts| -> Vec<Flag> {
        let score = grade(&WEIGHTS, verdict, Some(facts));
        assert!(score.flags.iter().all(|flag| !flag.evidence.is_empty()));
        score.flags.into_iter().map(|flag| flag.flag).collect()
    };
    assert_eq!(raised(&verdict([10; 5]), &facts()), []);

    let mut silent = facts();
    silent.longest_silence = Some((10 * MINUTE, 23 * MINUTE));
    assert_eq!(raised(&verdict([10; 5]), &silent), [Flag::SilentCoding]);
    silent.mode = Mode::Drill;
    assert_eq!(raised(&verdict([10; 5]), &silent), []);

    let mut careless = facts();
    careless.asked_about_limits = false;
    assert_eq!(
        raised(&verdict([10, 3, 10, 10, 10]), &careless),
        [Flag::EdgesIgnored]
    );
    assert_eq!(raised(&verdict([10, 4, 10, 10, 10]), &careless), []);

    let mut bulky = facts();
    bulky.bulk = Some(Bulk {
        code_lines: 251,
        reference_lines: 100,
        extra_public_items: 0,
    });
    assert_eq!(raised(&verdict([10; 5]), &bulky), []);
    bulky.first_green = None;
    assert_eq!(raised(&verdict([10; 5]), &bulky), [Flag::OverEngineering]);

    assert_eq!(
        raised(&verdict([10, 10, 2, 10, 10]), &facts()),
        [Flag::NoThoughtForConcurrency]
    );
    assert_eq!(raised(&verdict([10, 10, 3, 10, 10]), &facts()), []);
}

#[test]
fn races_in_most_checks_and_a_plain_deadlock_are_a_flag_one_race_and_plain_mistakes_are_not() {
    for (outcome, found_at, failing, flagged) in [
        (Outcome::Deadlock, 1, 1, true),
        (Outcome::Livelock, 1, 1, true),
        (Outcome::Deadlock, 2, 1, false),
        (Outcome::Deadlock, 2, 5, false),
        (Outcome::Deadlock, 2, 6, true),
        (Outcome::Livelock, 900, 6, true),
        (Outcome::Failed, 1, 6, false),
        (Outcome::Failed, 2, 6, true),
        (Outcome::NotLinearizable, 5_000, 6, true),
        (Outcome::MemoryLimit, 2, 6, false),
    ] {
        // Credit is left alone: this is about the races, not about the points.
        let mut judged = verdict([10; 5]);
        let Verdict::Judged { checks, .. } = &mut judged else {
            unreachable!()
        };
        let concurrency = checks
            .iter_mut()
            .filter(|check| check.category == Category::Concurrency);
        for check in concurrency.take(failing) {
            check.outcome = outcome;
            check.story = Some(Story {
                kind: "kind".to_owned(),
                found_at,
                token: String::new(),
                virtual_ns: 0,
                why: String::new(),
                place: None,
                threads: Vec::new(),
                events: Vec::new(),
                history: None,
                passing_token: None,
                passing: None,
            });
        }
        let score = grade(&WEIGHTS, &judged, None);
        let raised: Vec<Flag> = score.flags.iter().map(|flag| flag.flag).collect();
        let expected: &[Flag] = if flagged {
            &[Flag::NoThoughtForConcurrency]
        } else {
            &[]
        };
        assert_eq!(raised, expected, "{outcome:?} in {failing} checks");
    }
}

#[test]
fn a_drill_has_neither_follow_up_nor_discussion() {
    let score = grade(
        &Weights::DRILL,
        &verdict([10, 10, 10, 10, 0]),
        Some(&facts()),
    );
    assert_eq!(score.total, 100.0);
    assert_eq!(score.share(Part::FollowUp), None);
}

#[test]
fn the_weakest_category_is_the_least_share_and_the_heavier_on_a_draw() {
    assert_eq!(
        grade(&WEIGHTS, &verdict([10, 5, 5, 10, 10]), None).weakest(),
        Some(Category::Concurrency)
    );
    assert_eq!(grade(&WEIGHTS, &verdict([10; 5]), None).weakest(), None);
}
