//! Submission and suites → programs, by calling the compiler directly.
//!
//! First the submission alone, while no hidden file exists in its desk. Then all simulated suites at once; where they do not
//! compile together each is tried apart, so that a missing follow-up costs its category and nothing else.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use nix::fcntl::{Flock, FlockArg};
use tempfile::TempDir;

use super::bench::Bench;
use super::compile::{Compiled, Rustc};
use super::contract::Contracts;
use super::pool::{Events, in_order};
use super::{JudgeError, JudgeEvent};
use crate::domain::attempt::Submission;
use crate::domain::problem::{Category, Problem, Suite};
use crate::domain::verdict::Diagnostic;

/// Compilers that run at the same time, at most.
const COMPILERS: usize = 2;

/// See [`Desk::out_of`].
const OWN_OUTPUTS: [&str; 3] = ["library", "optimised", "reference"];

/// A throw-away folder for one judgement: `submission/src/…`, then `hidden/…`, what is built in `out/`, and `empty/`.
#[derive(Debug)]
pub struct Desk {
    folder: TempDir,
    /// Held as long as somebody works here, so that what a killed judge left behind can be told apart.
    _held: Flock<File>,
    /// The name of the candidate's crate.
    pub crate_name: String,
}

impl Desk {
    /// Lays out a submission and nothing else.
    pub fn new(
        bench: &Bench,
        problem: &Problem,
        submission: &Submission,
    ) -> Result<Self, JudgeError> {
        let desks = bench.cache.join("desks");
        let folder = fs::create_dir_all(&desks)
            .and_then(|()| {
                tempfile::Builder::new()
                    .prefix("desk-")
                    .permissions(desk_mode())
                    .tempdir_in(&desks)
            })
            .map_err(JudgeError::io(format!(
                "make a folder in {}",
                desks.display()
            )))?;
        let held = hold(folder.path()).map_err(JudgeError::io("hold a folder"))?;
        let desk = Self {
            folder,
            _held: held,
            crate_name: problem.id.crate_name(),
        };
        for (path, text) in &submission.files {
            write(&desk.submission().join(path), text)?;
        }
        let own = OWN_OUTPUTS.map(|name| desk.out_of(name));
        for folder in [desk.out(), desk.empty()].into_iter().chain(own) {
            fs::create_dir_all(&folder).map_err(JudgeError::io("make a folder"))?;
        }
        Ok(desk)
    }

    pub fn submission(&self) -> PathBuf {
        self.folder.path().join("submission")
    }

    pub fn hidden(&self) -> PathBuf {
        self.folder.path().join("hidden")
    }

    pub fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// A folder of its own for what is made of the candidate's code alone, so that its compiler sees nothing of the suites.
    pub fn out_of(&self, name: &str) -> PathBuf {
        self.out().join(name)
    }

    /// Where checks run: there is nothing to find.
    pub fn empty(&self) -> PathBuf {
        self.folder.path().join("empty")
    }

    /// The candidate's crate, compiled against our std.
    pub fn library(&self) -> PathBuf {
        self.out_of("library")
            .join(format!("lib{}.rlib", self.crate_name))
    }
}

/// Under root the cage is left to a user that owns nothing, who must pass through, but not look around.
pub fn desk_mode() -> fs::Permissions {
    let mode = if nix::unistd::geteuid().is_root() {
        0o711
    } else {
        0o700
    };
    fs::Permissions::from_mode(mode)
}

/// Writes a file with the folders above it.
pub fn write(path: &Path, text: &str) -> Result<(), JudgeError> {
    path.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(path, text))
        .map_err(JudgeError::io(format!("write {}", path.display())))
}

/// Tells what is being built, and how long it took.
pub fn timed<T>(
    events: &Events,
    what: &str,
    work: impl FnOnce() -> Result<T, JudgeError>,
) -> Result<T, JudgeError> {
    let begun = Instant::now();
    events.tell(JudgeEvent::Building {
        what: what.to_owned(),
    });
    let done = work()?;
    events.tell(JudgeEvent::Built {
        what: what.to_owned(),
        seconds: begun.elapsed().as_secs_f64(),
    });
    Ok(done)
}

/// The submission alone.
pub fn submission(bench: &Bench, desk: &Desk, cancel: &AtomicBool) -> Result<Compiled, JudgeError> {
    Rustc::new(bench, &desk.submission(), "src/lib.rs", &desk.library())
        .library(&desk.crate_name)
        .simulated()
        .safe()
        .run(cancel)
}

/// A program that holds the checks of a category, or the reason why there is none.
#[derive(Debug, Clone)]
pub struct Program {
    pub category: Category,
    pub path: Result<PathBuf, Box<Diagnostic>>,
}

/// Builds the simulated suites of `categories`: one program for all if it can be, else one for each that compiles.
pub fn suites(
    bench: &Bench,
    desk: &Desk,
    problem: &Problem,
    categories: &[Category],
    cancel: &AtomicBool,
) -> Result<Vec<Program>, JudgeError> {
    let suites: Vec<&Suite> = categories
        .iter()
        .filter_map(|category| problem.suite(*category))
        .collect();
    for suite in &suites {
        write(&desk.hidden().join(file_of(suite.category)), &suite.source)?;
    }
    if suites.is_empty() {
        return Ok(Vec::new());
    }
    let contracts = Contracts::of(problem, &desk.crate_name);
    for (file, text) in contracts.files() {
        write(&desk.hidden().join(file), &text)?;
    }
    let (path, together) = tests_of(bench, desk, "suites", &suites, &contracts, cancel)?;
    if together.succeeded {
        return Ok(suites
            .iter()
            .map(|suite| Program {
                category: suite.category,
                path: Ok(path.clone()),
            })
            .collect());
    }
    let apart = in_order(
        COMPILERS,
        &suites,
        |_| false,
        |suite| -> Result<Program, JudgeError> {
            let (path, compiled) = tests_of(
                bench,
                desk,
                module_of(suite.category),
                &[suite],
                &contracts,
                cancel,
            )?;
            let path = if compiled.succeeded {
                Ok(path)
            } else {
                Err(Box::new(reason(compiled, &contracts)))
            };
            Ok(Program {
                category: suite.category,
                path,
            })
        },
    );
    apart.into_iter().flatten().collect()
}

/// The first error of a suite, or else of a contract. What it points at is hidden, so only its words are kept.
pub fn reason(compiled: Compiled, contracts: &Contracts) -> Diagnostic {
    let (of_contracts, of_suites): (Vec<_>, Vec<_>) = compiled
        .diagnostics
        .into_iter()
        .filter(|diagnostic| diagnostic.level == "error")
        .partition(|diagnostic| contracts.broken_by(diagnostic).is_some());
    let error = of_suites
        .into_iter()
        .chain(of_contracts)
        .next()
        .unwrap_or_else(|| super::diagnostics::without_place("the suite does not compile"));
    let message = match contracts.broken_by(&error) {
        Some(item) => format!("{item} is not as the starter has it: {}", error.message),
        None => error.message.clone(),
    };
    Diagnostic {
        file: None,
        line: None,
        column: None,
        rendered: message.clone(),
        message,
        ..error
    }
}

fn tests_of(
    bench: &Bench,
    desk: &Desk,
    name: &str,
    suites: &[&Suite],
    contracts: &Contracts,
    cancel: &AtomicBool,
) -> Result<(PathBuf, Compiled), JudgeError> {
    let modules: String = suites
        .iter()
        .map(|suite| {
            format!(
                "#[path = \"{}\"]\nmod {};\n",
                file_of(suite.category),
                module_of(suite.category)
            )
        })
        .collect();
    let judges_followup = suites
        .iter()
        .any(|suite| suite.category == Category::FollowUp);
    let modules = modules + &contracts.modules(judges_followup);
    let root = format!("{name}_root.rs");
    write(&desk.hidden().join(&root), &modules)?;
    let program = desk.out().join(name);
    let compiled = Rustc::new(bench, &desk.hidden(), &root, &program)
        .tests(name)
        .simulated()
        .quiet()
        .with(&desk.crate_name, &desk.library())
        .with("judge_kit", &bench.artifacts.judge_kit)
        .run(cancel)?;
    Ok((program, compiled))
}

/// Where a suite's text lies in `hidden/`; failing assertions name it so.
pub fn file_of(category: Category) -> String {
    format!("suites/{}.rs", category.word().replace('-', ""))
}

/// The module that a suite is in a program.
pub fn module_of(category: Category) -> &'static str {
    match category {
        Category::Core => "core_suite",
        Category::Edge => "edge_suite",
        Category::Concurrency => "concurrency_suite",
        Category::Performance => "performance_suite",
        Category::FollowUp => "followup_suite",
    }
}

/// The name of the file that is locked while somebody works at a desk.
const HELD: &str = "held";

/// Makes and locks a desk's file. It gets its name when it is locked already: a file of that name without a lock is nobody's.
fn hold(desk: &Path) -> io::Result<Flock<File>> {
    let fresh = desk.join("holding");
    let file = File::create_new(&fresh)?;
    let held = Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| errno)?;
    fs::rename(fresh, desk.join(HELD))?;
    Ok(held)
}

/// Removes desks that a killed judge left behind: those that nobody holds, and those that never were held after a day.
pub fn sweep(cache: &Path) {
    let day = std::time::Duration::from_secs(24 * 3600);
    let left: Result<Vec<_>, io::Error> =
        fs::read_dir(cache.join("desks")).and_then(Iterator::collect);
    for desk in left.unwrap_or_default() {
        let abandoned = match File::open(desk.path().join(HELD)) {
            Ok(file) => Flock::lock(file, FlockArg::LockExclusiveNonblock).is_ok(),
            Err(_) => {
                let age = desk
                    .metadata()
                    .and_then(|facts| facts.modified())
                    .map(|time| time.elapsed().unwrap_or_default());
                age.is_ok_and(|age| age > day)
            }
        };
        if abandoned {
            let _ = fs::remove_dir_all(desk.path());
        }
    }
}
