//! What tests of the judge have in common: one bench for all of them, problems and submissions out of the fixtures.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use fiftyten::catalog;
use fiftyten::domain::attempt::Submission;
use fiftyten::domain::problem::Problem;
use fiftyten::domain::verdict::{CheckResult, Outcome};
use fiftyten::judge::{self, Bench, Judgement, Order};

/// The folder of fixtures.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The cache that all tests share, so that the bench is built once.
pub fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

/// The one bench.
pub fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| judge::prepare(&cache(), &mut |_| {}).expect("the bench can be built"))
}

/// A small problem of the fixtures.
pub fn problem(id: &str) -> Problem {
    catalog::load_folder(&fixtures().join("problems").join(id))
        .unwrap_or_else(|offences| panic!("{id}: {offences:#?}"))
}

/// The text of a file.
pub fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Judges against the small problem with threads.
pub fn judge(submission: &Submission, order: &Order) -> Judgement {
    judge::judge(
        bench(),
        &problem("lock-step"),
        submission,
        order,
        &AtomicBool::new(false),
        &mut |_| {},
    )
    .expect("the machine can judge")
}

/// What was found, without the seconds.
pub fn outcomes(checks: &[CheckResult]) -> Vec<(String, Outcome, Option<String>)> {
    checks
        .iter()
        .map(|check| (check.name.clone(), check.outcome, check.message.clone()))
        .collect()
}

/// A person at a terminal: a home of their own, a clock that stands still until it is set, and the trainer on the PATH.
pub struct Desk {
    home: tempfile::TempDir,
    /// Unix milliseconds that the trainer takes for now.
    now: std::cell::Cell<u64>,
    data: PathBuf,
    library: PathBuf,
    path: std::ffi::OsString,
}

/// What a command left behind.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; none after a signal.
    pub code: Option<i32>,
    /// The answer.
    pub out: String,
    /// The remarks.
    pub err: String,
}

impl Desk {
    /// A desk with the small problems of the fixtures.
    pub fn new() -> Desk {
        let home = tempfile::tempdir().expect("a temporary folder");
        Desk {
            data: home.path().join("data"),
            now: std::cell::Cell::new(1_800_000_000_000),
            library: fixtures(),
            path: std::env::var_os("PATH").unwrap_or_default(),
            home,
        }
    }

    /// Attempts go to another place.
    pub fn with_data(mut self, data: PathBuf) -> Desk {
        self.data = data;
        self
    }

    /// Programs are looked for elsewhere.
    pub fn with_path(mut self, path: &str) -> Desk {
        self.path = path.into();
        self
    }

    /// Problems come from elsewhere.
    pub fn with_library(mut self, library: PathBuf) -> Desk {
        self.library = library;
        self
    }

    /// The home folder.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Lets minutes pass.
    pub fn pass(&self, minutes: f64) {
        self.now.set(self.now.get() + (minutes * 60_000.0) as u64);
    }

    /// The trainer with these arguments, in a cleared environment and without a terminal.
    pub fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_fiftyten"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", &self.path)
            .env("TZ", "UTC")
            .env("FIFTYTEN_CACHE", cache())
            .env("FIFTYTEN_DATA", &self.data)
            .env("FIFTYTEN_LIBRARY", &self.library)
            .env("FIFTYTEN_NOW", self.now.get().to_string())
            .current_dir(self.home.path())
            .stdin(std::process::Stdio::null());
        // A rustup without its home would set up a new one.
        for name in ["RUSTUP_HOME", "CARGO_HOME", "RUSTUP_TOOLCHAIN"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if std::env::var_os("RUSTUP_HOME").is_none()
            && let Some(home) = std::env::home_dir()
        {
            command
                .env("RUSTUP_HOME", home.join(".rustup"))
                .env("CARGO_HOME", home.join(".cargo"));
        }
        command
    }

    /// Runs the trainer to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let output = self
            .command(arguments)
            .output()
            .expect("the trainer starts");
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("answers are UTF-8"),
            err: String::from_utf8(output.stderr).expect("remarks are UTF-8"),
        }
    }

    /// Runs the trainer and expects that it does what was asked.
    pub fn done(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        ran.out
    }

    /// The folder of the only attempt.
    pub fn attempt(&self) -> PathBuf {
        let attempts = fs::read_dir(self.data.join("attempts")).expect("there are attempts");
        let mut attempts: Vec<PathBuf> = attempts
            .map(|entry| entry.expect("readable").path())
            .collect();
        assert_eq!(attempts.len(), 1, "{attempts:?}");
        attempts.remove(0)
    }

    /// Writes the candidate's code into the workspace of the only attempt.
    pub fn write(&self, code: &str) {
        fs::write(self.attempt().join("workspace/src/lib.rs"), code)
            .expect("the workspace is writable");
    }
}
