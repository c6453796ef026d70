//! Every submission under `fixtures/hostile/` gets its outcome at every level of the cage, and leaves nothing behind.
//!
//! `refused`: intake does not take it. `not_compiled`: the compiler does not, whatever it would like to do to the compiler. `judged`:
//! it compiles and is told what the file's line `Outcome:` says of the first check that does not pass; `Problem:` names another
//! problem than `lock-step`. `harmless`: it looks hostile and is accepted, because it gets nothing for it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    time::Duration,
};

use fiftyten::{
    catalog,
    domain::{
        problem::Problem,
        verdict::{CheckResult, Verdict},
    },
    judge::{self, Bench, JudgeError, Level, Limits, Order},
};

use crate::{desk, hostile::submissions};

const MIB: u64 = 1024 * 1024;

/// Enough for an honest answer several times over, so that a bomb is over soon.
const COMPILER: Limits = Limits {
    cpu_seconds: 3,
    memory_bytes: 1024 * MIB,
    output_bytes: MIB as usize,
    ..Limits::BUILD
};

const CHECK: Limits = Limits {
    wall: Duration::from_secs(60),
    cpu_seconds: 2,
    memory_bytes: 256 * MIB,
    ..Limits::CHECK
};

/// What the first lines of a file say after `//! key: `.
fn told(text: &str, key: &str) -> Option<String> {
    text.lines()
        .take_while(|line| line.starts_with("//!"))
        .find_map(|line| line.strip_prefix(&format!("//! {key}: ")))
        .map(str::to_owned)
}

/// A folder for desks that nobody else uses, on the bench of all tests.
struct Own {
    cache: tempfile::TempDir,
    bench: Bench,
}

impl Own {
    fn at(level: Level) -> Own {
        desk::bench();
        let cache = tempfile::tempdir_in(desk::cache()).expect("a folder");
        let bench = desk::cache()
            .canonicalize()
            .expect("a folder")
            .join("bench");
        std::os::unix::fs::symlink(bench, cache.path().join("bench")).expect("a link");
        let bench = judge::prepare(cache.path(), &mut |_| {})
            .expect("the bench is there")
            .with_compiler_limits(COMPILER)
            .in_cage(level);
        Own { cache, bench }
    }

    /// The verdict over a file; none where the machine does not grant the level.
    fn judge(&self, file: &Path) -> Option<Verdict> {
        let text = desk::text(file);
        let taken = match judge::intake(file).expect("readable") {
            Ok(taken) => taken,
            Err(refusals) => return Some(Verdict::Refused(refusals)),
        };
        let order = Order {
            limits: CHECK,
            stop_at_first_failure: true,
            ..Order::default()
        };
        let (problem, never) = (problem(&text), AtomicBool::new(false));
        match judge::judge(&self.bench, &problem, &taken, &order, &never, &mut |_| {}) {
            Ok(judgement) => Some(judgement.verdict),
            Err(JudgeError::CageTooWeak(_)) => None,
            Err(error) => panic!("{}: {error}", file.display()),
        }
    }

    /// No process, no desk, no mount.
    fn assert_nothing_is_left(&self, after: &Path) {
        let shown = after.display();
        let left = running_below(self.cache.path());
        assert!(left.is_empty(), "{shown} left running: {left:?}");
        let desks = fs::read_dir(self.cache.path().join("desks")).map_or(0, Iterator::count);
        assert_eq!(desks, 0, "{shown} left a desk");
        let mounts = fs::read_to_string("/proc/self/mountinfo").expect("a Linux machine");
        let own = self.cache.path().to_string_lossy().into_owned();
        assert!(!mounts.contains(&own), "{shown} left a mount");
    }
}

fn problem(text: &str) -> Problem {
    match told(text, "Problem") {
        None => desk::problem("lock-step"),
        Some(id) => {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("problems")
                .join(id);
            catalog::load_folder(&folder).expect("a sound problem")
        }
    }
}

/// Programs below `folder`, and processes that work in it.
fn running_below(folder: &Path) -> Vec<PathBuf> {
    let processes = fs::read_dir("/proc").expect("a Linux machine").flatten();
    processes
        .flat_map(|process| ["exe", "cwd", "root"].map(|link| process.path().join(link)))
        .filter_map(|link| fs::read_link(link).ok())
        .filter(|place| place.starts_with(folder))
        .collect()
}

/// Files of the machine that hostile code goes for, with what they were like before.
fn of_the_machine() -> Vec<(PathBuf, Option<std::time::SystemTime>)> {
    ["/etc/passwd", "/etc", "/tmp", "/dev/shm", "/"]
        .iter()
        .map(PathBuf::from)
        .chain([desk::fixtures(), desk::fixtures().join("hostile")])
        // Others work in the temporary folders; only whether they are there counts.
        .map(|path| {
            let changed = fs::metadata(&path).and_then(|facts| facts.modified()).ok();
            let shared = path.ends_with("tmp") || path.ends_with("shm");
            (path, changed.filter(|_| !shared))
        })
        .collect()
}

/// What a message must never have in it.
fn assert_shows_nothing(shown: &str, said: &str) {
    for secret in [
        "root:x:",
        "daemon:",
        "/home/",
        "VERSION_ID",
        "use judge_kit",
    ] {
        assert!(!said.contains(secret), "{shown} shows {secret}: {said}");
    }
    let dirty = said
        .chars()
        .find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    assert_eq!(dirty, None, "{shown}: {said:?}");
}

fn first_failure(checks: &[CheckResult]) -> Option<&CheckResult> {
    checks.iter().find(|check| !check.passed())
}

/// What became of a file, against what has to.
fn wrong(kind: &str, file: &Path, verdict: &Verdict) -> Option<String> {
    let shown = file.display().to_string();
    match (kind, verdict) {
        ("not_compiled", Verdict::NotCompiled(diagnostics)) => {
            for found in diagnostics {
                assert_shows_nothing(&shown, &found.rendered);
            }
            None
        }
        ("harmless", verdict) if verdict.accepted() => None,
        ("judged", Verdict::Judged { checks, .. }) => {
            let wanted = told(&desk::text(file), "Outcome").expect("an outcome");
            let failed = first_failure(checks);
            let message = failed.and_then(|check| check.message.clone());
            assert_shows_nothing(&shown, message.as_deref().unwrap_or_default());
            let outcome = failed.map(|check| serde_json::json!(check.outcome));
            (outcome != Some(wanted.clone().into()))
                .then(|| format!("{shown}: {outcome:?} ({message:?}) instead of {wanted}"))
        }
        (_, other) => Some(format!("{shown}: {other:?}")),
    }
}

fn all_get_their_outcome(level: Level) {
    let own = Own::at(level);
    let before = of_the_machine();
    let mut offences = Vec::new();
    for kind in ["not_compiled", "judged", "harmless"] {
        for file in submissions(kind) {
            let Some(verdict) = own.judge(&file) else {
                eprintln!("{level:?} is not to be had here");
                return;
            };
            offences.extend(wrong(kind, &file, &verdict));
            own.assert_nothing_is_left(&file);
        }
    }
    assert!(offences.is_empty(), "{level:?}:\n{}", offences.join("\n"));
    assert_eq!(
        of_the_machine(),
        before,
        "something of the machine was changed"
    );
}

#[test]
fn each_hostile_submission_gets_its_outcome_with_every_layer() {
    all_get_their_outcome(Level::Full);
}

#[test]
fn each_hostile_submission_gets_its_outcome_without_namespaces() {
    all_get_their_outcome(Level::Fallback);
}

/// Folders with more in them than code: what is refused, with its reason, and what is read as it is.
#[test]
fn odd_files_are_refused_by_name_and_odd_texts_are_read_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let src = folder.path().join("src");
    fs::create_dir(&src).expect("a folder");
    fs::write(
        src.join("lib.rs"),
        "\u{feff}pub fn one() -> u8 {\r\n    1\r\n}\r\n",
    )
    .expect("writable");
    let taken = judge::intake(folder.path())
        .expect("readable")
        .expect("taken");
    assert!(
        taken.files["src/lib.rs"].starts_with('\u{feff}'),
        "the text is unchanged"
    );
    let status = std::process::Command::new("mkfifo")
        .arg(src.join("pipe.rs"))
        .status();
    assert!(status.expect("mkfifo").success());
    let _socket = std::os::unix::net::UnixListener::bind(src.join("socket.rs")).expect("a socket");
    fs::write(src.join("latin.rs"), b"// caf\xe9\n").expect("writable");
    fs::write(src.join("-o.rs"), "").expect("writable");
    fs::write(src.join("@arguments.rs"), "").expect("writable");
    let deep = (0..12).fold(src.clone(), |folder, _| folder.join("d"));
    fs::create_dir_all(&deep).expect("folders");
    fs::write(deep.join("mod.rs"), "").expect("writable");
    let refused = judge::intake(folder.path())
        .expect("readable")
        .expect_err("refused");
    let names: Vec<&str> = refused
        .iter()
        .map(|refusal| refusal.path.as_str())
        .collect();
    for name in [
        "src/pipe.rs",
        "src/socket.rs",
        "src/latin.rs",
        "src/-o.rs",
        "src/@arguments.rs",
    ] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    assert!(
        refused
            .iter()
            .any(|refusal| refusal.reason.contains("deeper than")),
        "{refused:?}"
    );
}

/// `FIFTYTEN_HOSTILE_RUNS=500` judges that many of the corpus, four at a time, and prints what it took.
#[test]
fn many_at_a_time_end_alike_and_leave_nothing() {
    let runs = std::env::var("FIFTYTEN_HOSTILE_RUNS").ok();
    let runs: usize = runs.and_then(|text| text.parse().ok()).unwrap_or(12);
    let own = Own::at(Level::Full);
    let quick = ["judged", "harmless"].map(submissions).concat();
    let begun = std::time::Instant::now();
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let run = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if run >= runs {
                        return;
                    }
                    let file = &quick[run % quick.len()];
                    let kind = file.parent().and_then(Path::file_name).expect("a kind");
                    let Some(verdict) = own.judge(file) else {
                        return;
                    };
                    assert_eq!(wrong(&kind.to_string_lossy(), file, &verdict), None);
                }
            });
        }
    });
    own.assert_nothing_is_left(&quick[0]);
    println!(
        "{runs} runs, four at a time, in {:.0?}: same outcomes, nothing left",
        begun.elapsed()
    );
}

#[test]
fn the_corpus_is_as_large_as_promised() {
    let kinds = ["refused", "not_compiled", "judged", "harmless"];
    let programs: usize = kinds.map(|kind| submissions(kind).len()).iter().sum();
    assert!(programs >= 100, "{programs} submissions");
}
