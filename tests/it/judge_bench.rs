//! The bench is built once, by one process, and says what it lacks.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::channel;

use fiftyten::judge::{self, JudgeError, JudgeEvent};
use nix::fcntl::{Flock, FlockArg};

use crate::desk;

/// A kit of four empty crates, which builds at once.
fn tiny_kit() -> BTreeMap<String, String> {
    let mut kit = BTreeMap::from([(
        "Cargo.toml".to_owned(),
        "[workspace]\nresolver = \"3\"\nmembers = [\"virtual_std\", \"plain_std\", \"judge_kit\", \"stopwatch\"]\n".to_owned(),
    )]);
    let mut lock = "version = 4\n".to_owned();
    for name in ["judge_kit", "plain_std", "stopwatch", "virtual_std"] {
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        kit.insert(format!("{name}/Cargo.toml"), manifest);
        kit.insert(format!("{name}/src/lib.rs"), String::new());
        lock += &format!("\n[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
    }
    kit.insert("Cargo.lock".to_owned(), lock);
    kit
}

fn built(event: &JudgeEvent) -> Option<bool> {
    match event {
        JudgeEvent::BenchReady { built, .. } => Some(*built),
        _ => None,
    }
}

fn prepare(kit: &BTreeMap<String, String>, cache: &Path) -> Result<bool, JudgeError> {
    let mut answer = None;
    judge::prepare_from(kit, cache, &mut |event| answer = built(&event).or(answer))?;
    Ok(answer.expect("the end is told"))
}

#[test]
fn a_bench_is_built_once_per_kit_and_again_when_damaged() {
    let cache = tempfile::tempdir().expect("a folder");
    let mut kit = tiny_kit();
    assert!(prepare(&kit, cache.path()).expect("built"));
    assert!(!prepare(&kit, cache.path()).expect("found"));

    let bench = judge::prepare_from(&kit, cache.path(), &mut |_| {}).expect("found");
    fs::remove_dir_all(bench.folder().join("target")).expect("removed");
    assert!(prepare(&kit, cache.path()).expect("built again"));

    kit.insert(
        "stopwatch/src/lib.rs".to_owned(),
        "//! Another kit.\n".to_owned(),
    );
    assert!(prepare(&kit, cache.path()).expect("another bench"));
}

#[test]
fn progress_counts_the_crates_of_the_kit() {
    let cache = tempfile::tempdir().expect("a folder");
    let mut counts = Vec::new();
    let mut watch = |event| {
        if let JudgeEvent::BenchBuilding { done, of, .. } = event {
            counts.push((done, of));
        }
    };
    judge::prepare_from(&tiny_kit(), cache.path(), &mut watch).expect("built");
    assert_eq!(counts, [(1, 4), (2, 4), (3, 4), (4, 4)]);
}

#[test]
fn a_second_process_waits_for_the_first_and_says_so() {
    let cache = tempfile::tempdir().expect("a folder");
    let kit = tiny_kit();
    let bench = judge::prepare_from(&kit, cache.path(), &mut |_| {}).expect("built");
    fs::remove_file(bench.folder().join("ready")).expect("removed");
    let lock = File::create(bench.folder().with_extension("lock")).expect("a file");
    let Ok(lock) = Flock::lock(lock, FlockArg::LockExclusive) else {
        panic!("the lock is free")
    };

    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let mut watch = |event| {
                let _ = sender.send(event);
            };
            judge::prepare_from(&kit, cache.path(), &mut watch).map(|_| ())
        });
        let told = receiver
            .iter()
            .find(|event| matches!(event, JudgeEvent::BenchWaiting { .. }));
        assert!(told.is_some());
        drop(lock);
        waiting.join().expect("no panic").expect("built after all");
    });
}

#[test]
fn a_kit_that_does_not_build_is_our_fault_and_no_bench() {
    let cache = tempfile::tempdir().expect("a folder");
    let mut kit = tiny_kit();
    kit.insert(
        "stopwatch/src/lib.rs".to_owned(),
        "fn broken() -> u32 {}\n".to_owned(),
    );
    let error = prepare(&kit, cache.path()).expect_err("it does not compile");
    assert!(
        matches!(&error, JudgeError::BenchBroken(said) if said.contains("mismatched types")),
        "{error:?}"
    );
    assert!(
        prepare(&kit, cache.path()).is_err(),
        "half a bench was taken for a whole one"
    );
}

#[test]
fn the_kit_of_this_program_is_locked() {
    // `prepare` passes --locked: the lock file must fit the manifests.
    assert!(desk::bench().folder().join("ready").is_file());
}

#[test]
fn a_bench_that_loses_a_library_during_use_is_not_held_against_the_candidate() {
    let cache = tempfile::tempdir().expect("a folder");
    let bench = judge::prepare_from(&tiny_kit(), cache.path(), &mut |_| {}).expect("built");
    fs::remove_dir_all(bench.folder().join("target")).expect("removed");
    let (problem, never) = (desk::problem("add-two"), Default::default());
    let submission = judge::submission_of(&problem.reference.source);
    let judged = judge::judge(
        &bench,
        &problem,
        &submission,
        &Default::default(),
        &never,
        &mut |_| {},
    );
    assert!(
        matches!(judged, Err(JudgeError::BenchDamaged { .. })),
        "{judged:?}"
    );
}

/// Set in a second run of a test, whose environment lacks something.
const CACHE_OF_THE_SECOND: &str = "FIFTYTEN_TEST_BENCH";

/// Runs the named test again in an environment of its own and answers with what it printed.
fn second_run(test: &str, prepare: impl FnOnce(&Path, &mut Command)) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(std::env::current_exe().expect("this test has a program"));
    command
        .args(["--exact", test, "--nocapture"])
        .env(CACHE_OF_THE_SECOND, folder.path().join("cache"));
    prepare(folder.path(), &mut command);
    let output = command.output().expect("a second run");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// In the second run: tries to have the bench ready and prints the error.
fn is_second_run() -> bool {
    let Some(cache) = std::env::var_os(CACHE_OF_THE_SECOND) else {
        return false;
    };
    let error = judge::prepare(Path::new(&cache), &mut |_| {}).expect_err("something is missing");
    println!("\nerror: {error:?}\nremedy: {}", error.remedy());
    true
}

#[test]
fn without_a_compiler_the_remedy_is_told() {
    if is_second_run() {
        return;
    }
    let said = second_run(
        "judge_bench::without_a_compiler_the_remedy_is_told",
        |folder, command| {
            command.env("PATH", folder);
        },
    );
    assert!(
        said.contains("error: RustcMissing") && said.contains("rustup"),
        "{said}"
    );
}

#[test]
fn without_cargo_the_remedy_is_told() {
    if is_second_run() {
        return;
    }
    let said = second_run(
        "judge_bench::without_cargo_the_remedy_is_told",
        |folder, command| {
            let rustc = folder.join("rustc");
            fs::write(&rustc, "#!/bin/sh\necho /nowhere\n").expect("a file");
            fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755)).expect("a program");
            command.env("PATH", folder);
        },
    );
    assert!(
        said.contains("error: CargoMissing") && said.contains("rustup"),
        "{said}"
    );
}

#[test]
fn without_a_network_and_without_crates_it_says_so() {
    if is_second_run() {
        return;
    }
    let said = second_run(
        "judge_bench::without_a_network_and_without_crates_it_says_so",
        |folder, command| {
            command
                .env("CARGO_HOME", folder.join("cargo"))
                .env("CARGO_NET_OFFLINE", "true");
        },
    );
    assert!(
        said.contains("error: CratesMissing") && said.contains("network"),
        "{said}"
    );
}
