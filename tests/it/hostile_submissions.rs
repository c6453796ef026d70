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
    cpu_seconds: 4,
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

#[test]
fn the_corpus_is_as_large_as_promised() {
    let kinds = ["refused", "not_compiled", "judged", "harmless"];
    let programs: usize = kinds.map(|kind| submissions(kind).len()).iter().sum();
    assert!(programs >= 100, "{programs} submissions");
}
