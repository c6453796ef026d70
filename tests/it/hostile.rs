//! Hostile code is contained: nothing of the machine is read, changed or left running, and each piece gets its outcome.
//!
//! Submissions are judged by `hostile_submissions.rs`. What safe Rust cannot even try is tried by `fixtures/hostile/escapes.rs`,
//! which is compiled without the judge and run in the cage at every level that this machine grants, as whoever runs the tests.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};

use fiftyten::judge::{self, JudgeError, Level, Limits, Tried};

use crate::desk;

fn hostile() -> PathBuf {
    desk::fixtures().join("hostile")
}

pub fn submissions(outcome: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(hostile().join(outcome))
        .expect("a folder of fixtures")
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.sort();
    files
}

#[test]
fn what_reaches_the_linker_is_refused_with_its_line() {
    for file in submissions("refused") {
        let taken = judge::intake(&file).expect("readable");
        let refusals = taken.expect_err("refused");
        assert!(
            refusals
                .iter()
                .any(|refusal| refusal.reason.contains("(line ")),
            "{}: {refusals:?}",
            file.display()
        );
    }
}

/// The helper, compiled once, in a folder that anybody may pass through.
fn escapes() -> &'static (PathBuf, PathBuf) {
    static ESCAPES: OnceLock<(PathBuf, PathBuf)> = OnceLock::new();
    ESCAPES.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile");
        fs::create_dir_all(folder.join("empty")).expect("a folder");
        let program = folder.join(format!("escapes-{}", std::process::id()));
        let status = Command::new("rustc")
            .args([
                "--edition",
                "2024",
                "-Copt-level=1",
                "--cap-lints",
                "allow",
                "-o",
            ])
            .arg(&program)
            .arg(hostile().join("escapes.rs"))
            .status()
            .expect("rustc starts");
        assert!(status.success(), "the helper compiles");
        (program, folder.join("empty"))
    })
}

fn limits() -> Limits {
    Limits {
        wall: Duration::from_secs(15),
        cpu_seconds: 1,
        memory_bytes: 128 * 1024 * 1024,
        ..Limits::CHECK
    }
}

/// Tries it at this level; none if the machine does not grant that.
fn tried(level: Level, arguments: &[&str]) -> Option<Tried> {
    let (program, empty) = escapes();
    match judge::try_out(level, program, arguments, empty, limits()) {
        Ok(tried) => Some(tried),
        Err(JudgeError::CageTooWeak(_)) => None,
        Err(error) => panic!("{arguments:?}: {error}"),
    }
}

/// One test at a time counts what is running.
fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    ALONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Processes that run the helper.
fn left_running() -> Vec<PathBuf> {
    let (program, _) = escapes();
    fs::read_dir("/proc")
        .expect("a Linux machine")
        .flatten()
        .filter_map(|process| fs::read_link(process.path().join("exe")).ok())
        .filter(|exe| exe == program)
        .collect()
}

/// Attempts that must be stopped at every level. `{judge}` is the number of this process, `{secret}` a file of the machine.
const ATTEMPTS: &[(&str, &str)] = &[
    ("nothing", ""),
    ("forks", ""),
    ("forks by number", ""),
    ("clones a process", ""),
    ("becomes a daemon", ""),
    ("starts a shell", ""),
    ("becomes a shell", ""),
    ("listens", ""),
    ("connects", ""),
    ("sends a datagram", ""),
    ("makes a socket file", ""),
    ("calls a daemon", ""),
    ("reads", "/etc/passwd"),
    ("reads", "/etc"),
    ("reads", "/"),
    ("reads", "/proc/self/environ"),
    ("reads", "/proc/self/mem"),
    ("reads", "/proc/{judge}/environ"),
    ("reads", "/proc/1/cmdline"),
    ("reads", "/sys/kernel"),
    ("reads", "/dev/urandom"),
    ("reads", "{secret}"),
    ("reads", "../../../../etc/passwd"),
    ("writes", "{secret}"),
    ("writes", "./left"),
    ("writes", "/tmp/fiftyten-hostile"),
    ("writes", "/dev/shm/fiftyten-hostile"),
    ("writes", "/proc/self/oom_score_adj"),
    ("removes", "{secret}"),
    ("links", "./link"),
    ("opens up", ""),
    ("kills the judge", "{judge}"),
    ("kills its parent", ""),
    ("kills everybody", ""),
    ("kills a thread of the judge", "{judge}"),
    ("traces", "{judge}"),
    ("reads the judge's memory", "{judge}"),
    ("loads a program into the kernel", ""),
    ("mounts", ""),
    ("makes a namespace", ""),
    ("makes a namespace by clone", ""),
    ("keeps a key", ""),
    ("sets up a ring", ""),
    ("makes a file of memory", ""),
    ("maps shared memory", ""),
    ("maps memory that grows", ""),
    ("takes a shared segment", ""),
    ("raises its limits", ""),
    ("becomes root", ""),
    ("changes its root", ""),
    ("opens by handle", ""),
    ("watches performance", ""),
    ("puts up another filter", ""),
    ("sprays descriptors", ""),
    ("calls the old way", ""),
    ("types for the person", ""),
];

/// What can be noticed on less than the full level: that a path exists.
const NOTICED_BELOW_FULL: &[(&str, &str)] = &[
    ("looks", "/etc/passwd"),
    ("looks", "{secret}"),
    ("looks", "/proc/1"),
];

/// Attempts that a limit ends, with that end and the words that tell which one it was.
const ENDINGS: &[(&str, &[&str])] = &[
    ("spins", &["Cpu"]),
    ("prints", &["Output"]),
    ("hoards", &["Signal(6)"]),
    ("calls the old way", &["Signal(31)", "Code(0)"]),
    ("starts threads", &["Code(0)"]),
];

fn all_are_stopped(level: Level) {
    let _alone = alone();
    let secret =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("secret-{}", std::process::id()));
    fs::write(&secret, "untouched").expect("a file");
    let judge = std::process::id().to_string();
    let fill = |argument: &str| {
        argument
            .replace("{judge}", &judge)
            .replace("{secret}", &secret.to_string_lossy())
    };
    let more = if level == Level::Full {
        NOTICED_BELOW_FULL
    } else {
        &[]
    };
    for (name, argument) in ATTEMPTS.iter().chain(more) {
        let argument = fill(argument);
        let Some(tried) = tried(level, &[name, &argument]) else {
            eprintln!("{level:?} is not to be had here");
            return;
        };
        let stopped = tried.said.contains("stopped") || tried.end == "Signal(31)";
        assert!(
            stopped && !tried.said.contains("BREACH"),
            "{level:?}: {name} {argument}: {tried:?}"
        );
    }
    for (name, ends) in ENDINGS {
        let tried = tried(level, &[name]).expect("granted before");
        assert!(
            ends.contains(&tried.end.as_str()),
            "{level:?}: {name}: {tried:?}"
        );
        assert!(
            !tried.said.contains("BREACH"),
            "{level:?}: {name}: {tried:?}"
        );
    }
    assert_eq!(left_running(), Vec::<PathBuf>::new());
    assert_eq!(
        fs::read_to_string(&secret).expect("still there"),
        "untouched"
    );
    let (_, empty) = escapes();
    assert_eq!(
        fs::read_dir(empty).expect("a folder").count(),
        0,
        "something was left in the folder"
    );
    for path in [
        "/tmp/fiftyten-hostile",
        "/tmp/fiftyten-hostile.sock",
        "/dev/shm/fiftyten-hostile",
    ] {
        assert!(!Path::new(path).exists(), "{path}");
    }
    fs::remove_file(secret).expect("removed");
}

#[test]
fn machine_code_gets_nowhere_with_every_layer() {
    all_are_stopped(Level::Full);
}

#[test]
fn machine_code_gets_nowhere_without_namespaces() {
    all_are_stopped(Level::Fallback);
}

#[test]
fn many_runs_side_by_side_end_alike_and_leave_nothing() {
    let _alone = alone();
    let attempts = [
        ("nothing", "Code(0)"),
        ("prints", "Output"),
        ("forks", "Code(0)"),
        ("hoards", "Signal(6)"),
    ];
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..30 {
                    let (name, end) = attempts[round % attempts.len()];
                    if let Some(tried) = tried(Level::Full, &[name]) {
                        assert_eq!(tried.end, end, "{name}: {tried:?}");
                    }
                }
            });
        }
    });
    let mounts = fs::read_to_string("/proc/self/mountinfo").expect("a Linux machine");
    assert!(!mounts.contains("escapes-"), "a mount was left behind");
}
