//! Any submission gets the outcome that its folder names.

use std::fs;
use std::path::PathBuf;

use fiftyten::domain::problem::Category;
use fiftyten::domain::verdict::{Outcome, Verdict};
use fiftyten::judge::{self, Order};

use crate::desk;

/// All fixtures of one folder of `submissions/`.
fn submissions(folder: &str) -> Vec<(String, String)> {
    let folder = desk::fixtures().join("submissions").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the folder is there")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no submissions in {}", folder.display());
    files
        .iter()
        .map(|file| {
            (
                file.file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                desk::text(file),
            )
        })
        .collect()
}

#[test]
fn correct_submissions_are_accepted_with_full_credit() {
    for (name, text) in submissions("accepted") {
        let judgement = desk::judge(&judge::submission_of(&text), &Order::default());
        let checks = judgement.verdict.checks();
        assert!(
            judgement.verdict.accepted(),
            "{name}: {:#?}",
            desk::outcomes(checks)
        );
        assert!(
            checks.iter().all(|check| check.credit == 1.0),
            "{name} did not get full credit"
        );
    }
}

#[test]
fn correct_but_slow_submissions_are_convicted_of_nothing_but_their_speed() {
    for (name, text) in submissions("slow") {
        let judgement = desk::judge(&judge::submission_of(&text), &Order::default());
        let checks = judgement.verdict.checks();
        let correct = checks
            .iter()
            .all(|check| check.passed() || check.category == Category::Performance);
        assert!(correct, "{name}: {:#?}", desk::outcomes(checks));
    }
}

#[test]
fn the_reference_and_its_alternate_are_accepted() {
    for id in ["add-two", "lock-step"] {
        let folder = desk::fixtures().join("problems").join(id).join("solutions");
        let alternates = fs::read_dir(folder.join("alternates")).expect("there is an alternate");
        for file in alternates
            .flatten()
            .map(|entry| entry.path())
            .chain([folder.join("reference.rs")])
        {
            let submission = judge::submission_of(&desk::text(&file));
            let never = std::sync::atomic::AtomicBool::new(false);
            let order = Order::default();
            let judgement = judge::judge(
                desk::bench(),
                &desk::problem(id),
                &submission,
                &order,
                &never,
                &mut |_| {},
            )
            .expect("judged");
            let found = desk::outcomes(judgement.verdict.checks());
            assert!(
                judgement.verdict.accepted(),
                "{}: {found:#?}",
                file.display()
            );
        }
    }
}

#[test]
fn flawed_submissions_get_the_outcome_that_their_folder_names() {
    let expected = [
        ("failed", Outcome::Failed),
        ("panicked", Outcome::Panicked),
        ("deadlock", Outcome::Deadlock),
        ("livelock", Outcome::Livelock),
        ("crashed", Outcome::Crashed),
        ("not_built", Outcome::NotBuilt),
    ];
    let simulated = Order {
        categories: vec![
            Category::Core,
            Category::Edge,
            Category::Concurrency,
            Category::FollowUp,
        ],
        ..Order::default()
    };
    for (folder, outcome) in expected {
        for (name, text) in submissions(folder) {
            let judgement = desk::judge(&judge::submission_of(&text), &simulated);
            let found = desk::outcomes(judgement.verdict.checks());
            let wrong: Vec<_> = found
                .iter()
                .filter(|(_, one, _)| *one != Outcome::Passed)
                .collect();
            assert!(
                wrong
                    .first()
                    .is_some_and(|(_, first, message)| *first == outcome && message.is_some()),
                "{folder}/{name}: {found:#?}"
            );
        }
    }
}

#[test]
fn a_missing_follow_up_costs_its_category_only() {
    let text = desk::text(&desk::fixtures().join("submissions/not_built/without_the_follow_up.rs"));
    let judgement = desk::judge(&judge::submission_of(&text), &Order::default());
    for check in judgement.verdict.checks() {
        let expected = if check.category == Category::FollowUp {
            Outcome::NotBuilt
        } else {
            Outcome::Passed
        };
        assert_eq!(
            check.outcome, expected,
            "{}: {:?}",
            check.name, check.message
        );
    }
    let message = judgement
        .verdict
        .checks()
        .iter()
        .find_map(|check| check.message.clone())
        .unwrap_or_default();
    assert!(
        message.contains("wait_for_at_most"),
        "the compiler's words are missing: {message}"
    );
}

#[test]
fn what_does_not_compile_is_told_in_the_lines_of_the_candidate() {
    for (name, text) in submissions("not_compiled") {
        let judgement = desk::judge(&judge::submission_of(&text), &Order::default());
        let Verdict::NotCompiled(diagnostics) = &judgement.verdict else {
            panic!("{name}: {:?}", judgement.verdict.word());
        };
        let error = diagnostics
            .iter()
            .find(|diagnostic| diagnostic.level == "error")
            .expect("an error");
        assert_eq!(
            error.file.as_deref(),
            Some("src/lib.rs"),
            "{name}: {error:#?}"
        );
        let wanted = text
            .lines()
            .position(|line| line.contains("// here"))
            .map(|line| line as u32 + 1);
        assert_eq!(error.line, wanted, "{name}: {error:#?}");
        let has_remedy = text.contains("// here, with a remedy");
        assert_eq!(error.remedy.is_some(), has_remedy, "{name}: {error:#?}");
    }
}

#[test]
fn the_same_submission_gets_the_same_verdict() {
    for (name, text) in submissions("deadlock")
        .into_iter()
        .chain(submissions("accepted"))
    {
        let submission = judge::submission_of(&text);
        let order = Order {
            categories: vec![
                Category::Core,
                Category::Edge,
                Category::Concurrency,
                Category::FollowUp,
            ],
            ..Order::default()
        };
        let told = |_| {
            let mut verdict = desk::judge(&submission, &order).verdict;
            if let Verdict::Judged { checks, .. } = &mut verdict {
                checks.iter_mut().for_each(|check| check.seconds = 0.0);
            }
            format!("{verdict:#?}")
        };
        let verdicts: Vec<String> = (0..3).map(told).collect();
        assert!(
            verdicts.iter().all(|verdict| *verdict == verdicts[0]),
            "{name} is judged differently"
        );
    }
}

#[test]
fn a_failing_schedule_can_be_replayed() {
    let (_, text) = submissions("failed").remove(0);
    let submission = judge::submission_of(&text);
    let order = Order {
        categories: vec![Category::Concurrency],
        ..Order::default()
    };
    let judgement = desk::judge(&submission, &order);
    let failed = judgement
        .verdict
        .checks()
        .iter()
        .find(|check| check.story.is_some())
        .expect("a story");
    let token = failed.schedule.clone().expect("a schedule");
    let story = judge::replay(
        desk::bench(),
        &desk::problem("lock-step"),
        &submission,
        &failed.name,
        &token,
    )
    .expect("replayed")
    .expect("it fails again");
    let told = failed.story.as_ref().expect("a story");
    assert_eq!(
        (story.kind.as_str(), story.events),
        (told.kind.as_str(), told.events.clone())
    );
}

#[test]
fn after_the_first_failing_check_the_rest_can_be_left_out() {
    let (_, text) = submissions("panicked").remove(0);
    let order = Order {
        stop_at_first_failure: true,
        ..Order::default()
    };
    let judgement = desk::judge(&judge::submission_of(&text), &order);
    let outcomes: Vec<Outcome> = judgement
        .verdict
        .checks()
        .iter()
        .map(|check| check.outcome)
        .collect();
    let first = outcomes
        .iter()
        .position(|outcome| *outcome != Outcome::Passed)
        .expect("one fails");
    assert!(
        outcomes[first + 1..]
            .iter()
            .all(|outcome| *outcome == Outcome::Skipped),
        "{outcomes:?}"
    );
}

#[test]
fn a_performance_check_tells_what_it_measured() {
    let text = desk::text(&desk::fixtures().join("problems/lock-step/solutions/reference.rs"));
    let order = Order {
        categories: vec![Category::Performance],
        ..Order::default()
    };
    let judgement = desk::judge(&judge::submission_of(&text), &order);
    let checks = judgement.verdict.checks();
    assert!(
        checks.iter().all(|check| !check.measurements.is_empty()),
        "{checks:#?}"
    );
}

/// A package of two files whose second file holds `line`.
fn package_with(line: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let root = desk::text(&desk::fixtures().join("problems/lock-step/solutions/reference.rs"));
    fs::create_dir_all(folder.path().join("src/inner")).expect("a folder");
    fs::write(folder.path().join("src/lib.rs"), root + "\nmod inner;\n").expect("a file");
    fs::write(
        folder.path().join("src/inner/mod.rs"),
        format!("//! More.\n{line}\n"),
    )
    .expect("a file");
    folder
}

#[test]
fn a_package_of_several_files_is_judged_as_a_whole() {
    let sound =
        package_with("#[expect(dead_code, reason = \"only a second file\")]\npub fn nothing() {}");
    let submission = judge::intake(sound.path())
        .expect("readable")
        .expect("taken");
    assert_eq!(
        submission.files.keys().collect::<Vec<_>>(),
        ["src/inner/mod.rs", "src/lib.rs"]
    );
    let judgement = desk::judge(&submission, &Order::default());
    assert!(
        judgement.verdict.accepted(),
        "{:#?}",
        desk::outcomes(judgement.verdict.checks())
    );

    let broken = package_with("fn nothing() -> u8 { \"\" }");
    let submission = judge::intake(broken.path())
        .expect("readable")
        .expect("taken");
    let Verdict::NotCompiled(diagnostics) = desk::judge(&submission, &Order::default()).verdict
    else {
        panic!("it compiled")
    };
    assert_eq!(
        (diagnostics[0].file.as_deref(), diagnostics[0].line),
        (Some("src/inner/mod.rs"), Some(2))
    );
}
