//! Whatever a submission does to the machine ends with its check, under a name of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fiftyten::domain::problem::Category;
use fiftyten::domain::verdict::{Outcome, Refusal};
use fiftyten::judge::{self, JudgeError, JudgeEvent, Limits, Order};

use crate::desk;

/// Limits that a test can wait for. The wall clock is far away, so that a busy machine ends nothing before its own limit does.
fn short() -> Limits {
    Limits {
        wall: Duration::from_secs(120),
        cpu_seconds: 1,
        memory_bytes: 256 * 1024 * 1024,
        ..Limits::CHECK
    }
}

/// For programs that wait in earnest and would do so for ever.
fn impatient() -> Limits {
    Limits {
        wall: Duration::from_secs(4),
        ..short()
    }
}

fn first_failure(fixture: &str, categories: &[Category]) -> (Outcome, String) {
    first_failure_within(short(), fixture, categories)
}

fn first_failure_within(
    limits: Limits,
    fixture: &str,
    categories: &[Category],
) -> (Outcome, String) {
    let text = desk::text(&desk::fixtures().join("submissions").join(fixture));
    let order = Order {
        categories: categories.to_vec(),
        limits,
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
    let (outcome, message) =
        first_failure("cpu_timeout/loops_without_operations.rs", &[Category::Core]);
    assert_eq!(outcome, Outcome::CpuTimeout, "{message}");
}

#[test]
fn sleeping_in_earnest_takes_too_long() {
    let (outcome, message) = first_failure_within(
        impatient(),
        "wall_timeout/sleeps_in_earnest.rs",
        &[Category::Performance],
    );
    assert_eq!(outcome, Outcome::WallTimeout, "{message}");
}

#[test]
fn threads_that_wait_for_each_other_in_earnest_are_found_long_before_the_limit() {
    // Within two minutes on the wall and a second of processor time, only a look at the threads can tell.
    for fixture in ["deadlock/locks_twice.rs", "deadlock/waits_for_a_helper.rs"] {
        let (outcome, message) = first_failure(fixture, &[Category::Performance]);
        assert_eq!(outcome, Outcome::Deadlock, "{fixture}: {message}");
        assert!(message.contains("on real threads"), "{message}");
    }
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
    let text =
        desk::text(&desk::fixtures().join("submissions/cpu_timeout/loops_without_operations.rs"));
    let cancel = AtomicBool::new(false);
    let mut raised = None;
    let mut watch = |event| {
        if matches!(event, JudgeEvent::CheckStarted { .. }) {
            cancel.store(true, Ordering::Relaxed);
            raised.get_or_insert_with(Instant::now);
        }
    };
    let (problem, order) = (desk::problem("lock-step"), Order::default());
    let submission = judge::submission_of(&text);
    let judged = judge::judge(
        desk::bench(),
        &problem,
        &submission,
        &order,
        &cancel,
        &mut watch,
    );
    assert!(matches!(judged, Err(JudgeError::Cancelled)), "{judged:?}");
    // Far less than the loop would run on its own.
    let went_on = raised.map(|raised| raised.elapsed());
    assert!(
        went_on.is_some_and(|time| time < Duration::from_secs(8)),
        "it went on for {went_on:?}"
    );
}

/// A cache of a test's own that shares nothing but the bench, so that every desk in it belongs to that test.
fn own_cache() -> tempfile::TempDir {
    desk::bench();
    let cache = tempfile::tempdir_in(desk::cache()).expect("a folder");
    symlink(
        desk::cache()
            .canonicalize()
            .expect("a folder")
            .join("bench"),
        cache.path().join("bench"),
    )
    .expect("a link");
    cache
}

/// Programs below `folder` that are running.
fn running_below(folder: &Path) -> Vec<PathBuf> {
    let processes = fs::read_dir("/proc").expect("a Linux machine").flatten();
    let programs = processes.filter_map(|process| fs::read_link(process.path().join("exe")).ok());
    programs
        .filter(|program| program.starts_with(folder))
        .collect()
}

#[test]
fn nothing_is_left_running_or_lying_about() {
    let cache = own_cache();
    let bench = judge::prepare(cache.path(), &mut |_| {}).expect("the bench is there");
    for fixture in [
        "wall_timeout/sleeps_in_earnest.rs",
        "failed/thread_bomb.rs",
        "crashed/overflows_its_stack.rs",
    ] {
        let text = desk::text(&desk::fixtures().join("submissions").join(fixture));
        let order = Order {
            categories: vec![Category::Core, Category::Performance],
            limits: impatient(),
            ..Order::default()
        };
        let (problem, submission, never) = (
            desk::problem("lock-step"),
            judge::submission_of(&text),
            AtomicBool::new(false),
        );
        judge::judge(&bench, &problem, &submission, &order, &never, &mut |_| {}).expect("judged");
        assert_eq!(
            running_below(cache.path()),
            Vec::<PathBuf>::new(),
            "left running by {fixture}"
        );
        let desks = fs::read_dir(cache.path().join("desks"))
            .expect("a folder")
            .count();
        assert_eq!(desks, 0, "left lying about by {fixture}");
    }
}

/// Set in the process that is going to be killed: the cache in which it judges.
const TO_BE_KILLED: &str = "FIFTYTEN_TEST_CACHE";

#[test]
fn a_killed_judge_takes_its_checks_with_it() {
    if let Some(cache) = std::env::var_os(TO_BE_KILLED) {
        return judge_until_killed(Path::new(&cache));
    }
    let cache = own_cache();
    let mut judge = Command::new(std::env::current_exe().expect("this test has a program"))
        .args([
            "--exact",
            "judge_limits::a_killed_judge_takes_its_checks_with_it",
            "--nocapture",
        ])
        .env(TO_BE_KILLED, cache.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a second judge");
    let said = BufReader::new(judge.stdout.take().expect("a pipe"));
    let started = said
        .lines()
        .map_while(Result::ok)
        .any(|line| line.contains("check started"));
    assert!(started, "the second judge never came to a check");
    judge.kill().expect("killed");
    judge.wait().expect("ended");
    // The kernel ends the check right after its judge; it may take a moment to be gone.
    let begun = Instant::now();
    while !running_below(cache.path()).is_empty() {
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "still running: {:?}",
            running_below(cache.path())
        );
        std::thread::yield_now();
    }
}

fn judge_until_killed(cache: &Path) {
    let bench = judge::prepare(cache, &mut |_| {}).expect("the bench is there");
    let text =
        desk::text(&desk::fixtures().join("submissions/cpu_timeout/loops_without_operations.rs"));
    let (problem, submission, never) = (
        desk::problem("lock-step"),
        judge::submission_of(&text),
        AtomicBool::new(false),
    );
    let order = Order {
        categories: vec![Category::Core],
        ..Order::default()
    };
    let mut watch = |event| {
        if matches!(event, JudgeEvent::CheckStarted { .. }) {
            println!("\ncheck started");
        }
    };
    let _ = judge::judge(&bench, &problem, &submission, &order, &never, &mut watch);
}

fn refusals(prepare: impl FnOnce(&Path)) -> Vec<Refusal> {
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
        assert!(
            told.starts_with(start),
            "{told} does not start with {start}"
        );
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
    assert!(
        found.iter().any(|refusal| refusal.path == "src"),
        "{found:#?}"
    );
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
