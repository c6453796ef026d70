//! The quick look while coding: samples and the candidate's own tests, against our std, as fast as a plain `cargo test`.
//!
//! A package keeps its folder and the compiler's incremental state from one run to the next. Each file of `tests/` is a
//! module of one program; where they do not compile together, each is tried apart.

mod place;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use self::place::{Place, is_plain};
use crate::domain::attempt::Submission;
use crate::domain::problem::{Category, Check, Problem};
use crate::domain::verdict::{CheckResult, Diagnostic, Outcome, Verdict};
use crate::judge::bench::Bench;
use crate::judge::build::{timed, write};
use crate::judge::compile::{Compiled, Rustc};
use crate::judge::conduct::judgement;
use crate::judge::pool::{Events, in_order, with_events};
use crate::judge::process::{self, End, Job};
use crate::judge::run::{Run, Settings};
use crate::judge::sandbox::limits::Limits;
use crate::judge::sandbox::view::View;
use crate::judge::{JudgeError, JudgeEvent, Judgement};

/// The samples' file in a workspace's `tests/`; the workspace's own version wins over the problem's.
const SAMPLE: &str = "sample.rs";

/// Runs the samples and the candidate's own tests: `own_tests` maps files of the workspace's `tests/` (`mine.rs`, with or
/// without the folder before it) to their texts; `#[cfg(test)]` modules are found in the submission itself.
///
/// Every result is of category core; names are `sample::…`, the file's name, or the module path in `src`.
pub fn run_samples(
    bench: &Bench,
    problem: &Problem,
    submission: &Submission,
    own_tests: &BTreeMap<String, String>,
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(JudgeEvent),
) -> Result<Judgement, JudgeError> {
    let mut files: BTreeMap<String, String> = own_tests
        .iter()
        .map(|(path, text)| {
            (
                path.strip_prefix("tests/").unwrap_or(path).to_owned(),
                text.clone(),
            )
        })
        .collect();
    files
        .entry(SAMPLE.to_owned())
        .or_insert_with(|| problem.samples.source.clone());
    with_events(watch, |events| {
        let place = Place::new(bench, problem, submission, &files)?;
        let look = Look {
            bench,
            problem,
            place: &place,
            files: &files,
            may_ignore: files
                .values()
                .chain(submission.files.values())
                .any(|text| text.contains("ignore")),
            cancel,
            events,
        };
        look.run(submission)
    })
}

/// A program of tests with the module its names begin with.
struct Tests {
    program: PathBuf,
    tests: Vec<(String, bool)>,
}

struct Look<'a> {
    bench: &'a Bench,
    problem: &'a Problem,
    place: &'a Place,
    files: &'a BTreeMap<String, String>,
    /// Whether any text says `ignore` at all.
    may_ignore: bool,
    cancel: &'a AtomicBool,
    events: &'a Events,
}

impl Look<'_> {
    fn run(&self, submission: &Submission) -> Result<Judgement, JudgeError> {
        let begun = Instant::now();
        let has_own = submission
            .files
            .values()
            .any(|text| text.contains("#[test]"));
        let (alone, samples, own) = std::thread::scope(|scope| {
            let own = has_own.then(|| scope.spawn(|| self.build_own()));
            let alone = timed(self.events, "your code", || self.library());
            let samples = match &alone {
                Ok(compiled) if compiled.succeeded => {
                    Some(timed(self.events, "samples and tests", || {
                        self.build_samples()
                    }))
                }
                _ => None,
            };
            let own = own.map(|own| {
                own.join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            (alone, samples, own)
        });
        let alone = alone?;
        let seconds = |since: Instant| since.elapsed().as_secs_f64();
        let Some(samples) = samples.transpose()? else {
            let verdict = Verdict::NotCompiled(alone.diagnostics);
            return Ok(judgement(self.bench, verdict, begun, seconds(begun), 0.0));
        };
        let build = seconds(begun);
        let run_begun = Instant::now();
        let mut checks = Vec::new();
        let mut programs = Vec::new();
        for built in samples.into_iter().chain(own.transpose()?) {
            match built {
                Ok(tests) => programs.push(tests),
                Err((file, error)) => checks.push(self.not_built(&file, &error)),
            }
        }
        checks.extend(self.run_all(&programs)?);
        let verdict = Verdict::Judged {
            checks,
            warnings: alone.diagnostics,
        };
        Ok(judgement(
            self.bench,
            verdict,
            begun,
            build,
            seconds(run_begun),
        ))
    }

    fn rustc(&self, source: &str, output: &Path, name: &str) -> Rustc<'_> {
        let rustc = Rustc::new(self.bench, &self.place.folder, source, output).simulated();
        match &self.place.incremental {
            Some(folder) => rustc.incremental(&folder.join(name)),
            None => rustc,
        }
    }

    fn crate_name(&self) -> String {
        self.problem.id.crate_name()
    }

    fn library_file(&self) -> PathBuf {
        self.place.out(&format!("lib{}.rlib", self.crate_name()))
    }

    fn library(&self) -> Result<Compiled, JudgeError> {
        self.rustc("src/lib.rs", &self.library_file(), "library")
            .library(&self.crate_name())
            .safe()
            .run(self.cancel)
    }

    /// The tests in `src`, compiled as part of the crate itself.
    fn build_own(&self) -> Result<Built, JudgeError> {
        let program = self.place.out("own");
        let compiled = self
            .rustc("src/lib.rs", &program, "own")
            .tests(&self.crate_name())
            .safe()
            .run(self.cancel)?;
        self.built("src/lib.rs", program, compiled)
    }

    fn build_samples(&self) -> Result<Vec<Built>, JudgeError> {
        let files: Vec<&str> = self
            .files
            .keys()
            .map(String::as_str)
            .filter(|file| is_plain(file) && is_test_file(file))
            .collect();
        let together = self.build_tests("tests", &files)?;
        if together.is_ok() || files.len() == 1 {
            return Ok(vec![together]);
        }
        files
            .iter()
            .map(|file| self.build_tests(&module_of(file), std::slice::from_ref(file)))
            .collect()
    }

    fn build_tests(&self, name: &str, files: &[&str]) -> Result<Built, JudgeError> {
        let modules: String = files
            .iter()
            .map(|file| format!("#[path = \"tests/{file}\"]\nmod {};\n", module_of(file)))
            .collect();
        let root = format!("{name}_root.rs");
        write(&self.place.folder.join(&root), &modules)?;
        let program = self.place.out(&format!("{name}_program"));
        let compiled = self
            .rustc(&root, &program, name)
            .tests(&format!("{name}_of_samples"))
            .safe()
            .with(&self.crate_name(), &self.library_file())
            .run(self.cancel)?;
        let blamed = files
            .first()
            .map_or_else(String::new, |file| format!("tests/{file}"));
        self.built(&blamed, program, compiled)
    }

    fn built(&self, file: &str, program: PathBuf, compiled: Compiled) -> Result<Built, JudgeError> {
        if !compiled.succeeded {
            let error = compiled
                .diagnostics
                .into_iter()
                .find(|diagnostic| diagnostic.level == "error");
            let error = error
                .unwrap_or_else(|| crate::judge::diagnostics::without_place("it does not compile"));
            return Ok(Err((file.to_owned(), Box::new(error))));
        }
        // Asking costs a process; hardly anybody ignores a test.
        let ignored = if self.may_ignore {
            self.list(&program, &["--ignored"])?
        } else {
            Vec::new()
        };
        let tests = self.list(&program, &[])?;
        let tests = tests
            .into_iter()
            .map(|test| (ignored.contains(&test), test))
            .map(|(out, test)| (test, out))
            .collect();
        Ok(Ok(Tests { program, tests }))
    }

    /// The names of a program's tests, by asking it.
    fn list(&self, program: &Path, more: &[&str]) -> Result<Vec<String>, JudgeError> {
        let job = Job {
            program: program.to_owned(),
            arguments: ["--list", "--format", "terse"]
                .iter()
                .chain(more)
                .map(OsString::from)
                .collect(),
            environment: Vec::new(),
            folder: self.place.folder.join("empty"),
            limits: Limits::CHECK,
            view: View::of_check(program, &self.place.folder.join("empty")),
            channel: false,
        };
        let exit = process::run(&job, &self.bench.cage, self.cancel)
            .map_err(JudgeError::caged("list the tests"))?;
        if exit.end == End::Cancelled {
            return Err(JudgeError::Cancelled);
        }
        let said = String::from_utf8_lossy(&exit.stdout);
        Ok(said
            .lines()
            .filter_map(|line| line.strip_suffix(": test"))
            .map(str::to_owned)
            .collect())
    }

    fn run_all(&self, programs: &[Tests]) -> Result<Vec<CheckResult>, JudgeError> {
        let folder = self.place.folder.join("empty");
        let runs: Vec<(Run<'_>, bool)> = programs
            .iter()
            .flat_map(|tests| {
                tests
                    .tests
                    .iter()
                    .map(|(test, ignored)| (self.one(tests, test, &folder), *ignored))
            })
            .collect();
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        let results = in_order(jobs, &runs, Result::is_err, |(run, ignored)| {
            if *ignored {
                return Ok(
                    run.without_running(Outcome::Skipped, Some("marked #[ignore]".to_owned()))
                );
            }
            self.events.tell(JudgeEvent::CheckStarted {
                category: run.category,
                name: run.name.clone(),
            });
            let result = run.result(self.cancel)?;
            self.events
                .tell(JudgeEvent::CheckEnded(Box::new(result.clone())));
            Ok(result)
        });
        results.into_iter().flatten().collect()
    }

    fn one<'a>(&'a self, tests: &'a Tests, test: &str, folder: &'a Path) -> Run<'a> {
        let sample: Option<&Check> = test.strip_prefix("sample::").and_then(|name| {
            self.problem
                .samples
                .checks
                .iter()
                .find(|check| check.name == name)
        });
        Run {
            cage: &self.bench.cage,
            program: &tests.program,
            folder,
            test: test.to_owned(),
            category: Category::Core,
            name: test.to_owned(),
            study: sample.and_then(|check| check.study.clone()),
            settings: Settings {
                explore_body: true,
                ..Settings::default()
            },
            limits: Limits::CHECK,
        }
    }

    /// A file of tests that does not compile is one result, under the file's name.
    fn not_built(&self, file: &str, error: &Diagnostic) -> CheckResult {
        let place = match (&error.file, error.line) {
            (Some(file), Some(line)) => format!("{file}:{line}: "),
            _ => String::new(),
        };
        let remedy = error
            .remedy
            .as_ref()
            .map(|remedy| format!(" ({remedy})"))
            .unwrap_or_default();
        CheckResult {
            category: Category::Core,
            name: file.to_owned(),
            outcome: Outcome::NotBuilt,
            message: Some(format!("{place}{}{remedy}", error.message)),
            credit: 0.0,
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
}

/// Tests, or the file that does not compile with its first error.
type Built = Result<Tests, (String, Box<Diagnostic>)>;

/// Files right in `tests/` are tests of their own; deeper ones are modules of these.
fn is_test_file(path: &str) -> bool {
    path.ends_with(".rs") && !path.contains('/')
}

/// The module name of a test file: its stem, fit to be a name.
fn module_of(file: &str) -> String {
    let stem = file.trim_end_matches(".rs");
    stem.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect()
}
