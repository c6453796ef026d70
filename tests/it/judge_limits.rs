//! Whatever a submission does to the machine ends with its check, under a name of its own.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fiftyten::domain::problem::Category;
use fiftyten::domain::verdict::{Outcome, Refusal};
use fiftyten::judge::{self, JudgeError, JudgeEvent, Limits, Order};

use crate::desk;

/// Limits that a test can wait for.
fn short() -> Limits {
    Limits {
        wall: Duration::from_secs(4),
        cpu_seconds: 1,
        memory_bytes: 256 * 1024 * 1024,
        ..Limits::CHECK
    }
}

fn first_failure(fixture: &str, categories: &[Category]) -> (Outcome, String) {
    let text = desk::text(&desk::fixtures().join("submissions").join(fixture));
    let order = Order {
        categories: categories.to_vec(),
        limits: short(),
        stop_at_first_failure: true,
        ..Order::default()
    };
    let judgement = desk::judge(&judge::submission_of(&text), &order);
    let failed = judgement
        .verdict
        .checks()
        .iter()
        .find(|check| !check.passed())
        .expect("a check fails")
        .clone();
    (failed.outcome, failed.message.unwrap_or_default())
}

#[test]
fn an_endless_loop_uses_up_its_processor_time() {
    let (outcome, message) = first_failure("cpu_timeout/loops_without_operations.rs", &[Category::Core]);
    assert_eq!(outcome, Outcome::CpuTimeout, "{message}");
}

#[test]
fn sleeping_in_earnest_takes_too_long() {
    let (outcome, message) = first_failure("wall_timeout/sleeps_in_earnest.rs", &[Category::Performance]);
    assert_eq!(outcome, Outcome::WallTimeout, "{message}");
}

#[test]
fn a_memory_hog_meets_its_limit() {
    let (outcome, message) = first_failure("memory_limit/hoards.rs", &[Category::Core]);
    assert_eq!(outcome, Outcome::MemoryLimit, "{message}");
}

#[test]
fn a_gigabyte_of_output_is_cut_off() {
    let (outcome, message) = first_failure("output_limit/prints_without_end.rs", &[Category::Core]);
    assert_eq!(outcome, Outcome::OutputLimit, "{message}");
}

#[test]
fn cancelling_ends_everything_at_once() {
    let text = desk::text(&desk::fixtures().join("submissions/cpu_timeout/loops_without_operations.rs"));
    let cancel = AtomicBool::new(false);
    let begun = Instant::now();
    let mut watch = |event| {
        if matches!(event, JudgeEvent::CheckStarted { .. }) {
            cancel.store(true, Ordering::Relaxed);
        }
    };
    let (problem, order) = (desk::problem("lock-step"), Order::default());
    let submission = judge::submission_of(&text);
    let judged = judge::judge(desk::bench(), &problem, &submission, &order, &cancel, &mut watch);
    assert!(matches!(judged, Err(JudgeError::Cancelled)), "{judged:?}");
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "it went on for {:?}",
        begun.elapsed()
    );
}

#[test]
fn nothing_is_left_running_or_lying_about() {
    // Performance runs on real threads, which would go on if only the check ended.
    let text = desk::text(&desk::fixtures().join("submissions/wall_timeout/sleeps_in_earnest.rs"));
    let order = Order {
        categories: vec![Category::Performance],
        limits: short(),
        ..Order::default()
    };
    desk::judge(&judge::submission_of(&text), &order);
    let own_cache = desk::cache().canonicalize().expect("the cache is there").join("desks");
    let ours = std::process::id().to_string();
    let mut left = Vec::new();
    for entry in fs::read_dir("/proc").expect("a Linux machine").flatten() {
        let Ok(program) = fs::read_link(entry.path().join("exe")) else {
            continue;
        };
        let is_child = fs::read_to_string(entry.path().join("stat")).is_ok_and(|stat| {
            stat.rsplit_once(')')
                .and_then(|(_, rest)| rest.split_whitespace().nth(1))
                .is_some_and(|parent| parent == ours)
        });
        // Other tests of this process judge at the same time, in desks that still exist.
        if program.starts_with(&own_cache) && !is_child {
            left.push(program);
        }
    }
    assert!(left.is_empty(), "still running: {left:?}");
}

fn refusals(prepare: impl FnOnce(&std::path::Path)) -> Vec<Refusal> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("src")).expect("a folder");
    fs::write(folder.path().join("src/lib.rs"), "pub mod other;\n").expect("a file");
    prepare(folder.path());
    judge::intake(folder.path())
        .expect("the folder can be read")
        .err()
        .unwrap_or_default()
}

#[test]
fn all_refusals_are_told_at_once_with_their_mends() {
    let found = refusals(|folder| {
        let src = folder.join("src");
        symlink("/etc/passwd", src.join("link.rs")).expect("a link");
        fs::write(src.join("a b.rs"), "").expect("a file");
        fs::write(src.join("latin.rs"), b"// fine\n// caf\xe9\n").expect("a file");
        fs::write(src.join("large.rs"), vec![b' '; 300 * 1024]).expect("a file");
        fs::hard_link(src.join("lib.rs"), src.join("twin.rs")).expect("a hard link");
    });
    let told: Vec<String> = found
        .iter()
        .map(|refusal| format!("{} {}", refusal.path, refusal.reason))
        .collect();
    let starts = [
        "src/a b.rs has a name",
        "src/large.rs is larger than 256 KiB",
        "src/latin.rs is not UTF-8 (line 2)",
        "src/lib.rs is a hard link",
        "src/link.rs is a symbolic link",
        "src/twin.rs is a hard link",
    ];
    assert_eq!(told.len(), starts.len(), "{told:#?}");
    for (told, start) in told.iter().zip(starts) {
        assert!(told.starts_with(start), "{told} does not start with {start}");
    }
}

#[test]
fn a_folder_without_src_lib_rs_is_refused() {
    let found = refusals(|folder| fs::remove_file(folder.join("src/lib.rs")).expect("removed"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].path, "src/lib.rs");
}

#[test]
fn a_linked_src_is_refused_and_other_files_are_left_alone() {
    let found = refusals(|folder| {
        fs::rename(folder.join("src"), folder.join("elsewhere")).expect("renamed");
        symlink(folder.join("elsewhere"), folder.join("src")).expect("a link");
    });
    assert!(found.iter().any(|refusal| refusal.path == "src"), "{found:#?}");
    let found = refusals(|folder| {
        fs::write(folder.join("src/notes.txt"), b"\xff").expect("a file");
        fs::write(folder.join("build.rs"), "fn main() {}").expect("a file");
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_single_file_is_taken_as_the_root_of_the_crate() {
    let file = desk::fixtures().join("problems/add-two/solutions/reference.rs");
    let submission = judge::intake(&file).expect("readable").expect("taken");
    assert_eq!(submission, judge::submission_of(&desk::text(&file)));
    assert_eq!(submission.files.keys().collect::<Vec<_>>(), ["src/lib.rs"]);
}
