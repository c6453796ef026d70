//! One judgement from the first file to the last check.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::bench::Bench;
use super::build::{self, Desk, Program, module_of, timed};
use super::pool::{Events, in_order};
use super::run::{Run, Settings};
use super::{JudgeError, JudgeEvent, Judgement, Order, Seconds, performance, sandbox};
use crate::domain::attempt::Submission;
use crate::domain::problem::{Category, Problem};
use crate::domain::verdict::{CheckResult, Outcome, Verdict};

/// See [`super::judge`].
pub fn conduct(
    bench: &Bench,
    problem: &Problem,
    submission: &Submission,
    order: &Order,
    cancel: &AtomicBool,
    events: &Events,
) -> Result<Judgement, JudgeError> {
    let begun = Instant::now();
    let desk = Desk::new(bench, problem, submission)?;
    let alone = timed(events, "your code", || build::submission(bench, &desk, cancel))?;
    if !alone.succeeded {
        return Ok(judgement(
            bench,
            Verdict::NotCompiled(alone.diagnostics),
            begun,
            begun.elapsed().as_secs_f64(),
            0.0,
        ));
    }
    let hall = Hall {
        problem,
        order,
        folder: desk.empty(),
        cancel,
        events,
    };
    let wanted = |category: &Category| order.categories.contains(category);
    let simulated: Vec<Category> = Category::ALL
        .into_iter()
        .filter(|category| *category != Category::Performance && wanted(category))
        .collect();

    let (build, run_begun, mut checks) = std::thread::scope(|scope| {
        let measured = wanted(&Category::Performance).then(|| {
            scope.spawn(|| {
                let built = timed(events, "the optimised build", || {
                    performance::build(bench, &desk, problem, cancel)
                });
                (built, begun.elapsed().as_secs_f64())
            })
        });
        let programs = timed(events, "the hidden suites", || {
            build::suites(bench, &desk, problem, &simulated, cancel)
        })?;
        let built = begun.elapsed().as_secs_f64();
        let run_begun = Instant::now();
        let mut checks = hall.run_all(&programs, order.jobs)?;
        let Some(measured) = measured else {
            return Ok((built, run_begun, checks));
        };
        let (program, measured_built) = match measured.join() {
            Ok((program, seconds)) => (program?, seconds),
            Err(panic) => std::panic::resume_unwind(panic),
        };
        let stopped = order.stop_at_first_failure && !checks.iter().all(CheckResult::passed);
        let alone = if stopped {
            hall.skip_all(&program)
        } else {
            hall.run_all(&[program], 1)?
        };
        checks.extend(alone);
        Ok::<_, JudgeError>((built.max(measured_built), run_begun, checks))
    })?;
    if cancel.load(Ordering::Relaxed) {
        return Err(JudgeError::Cancelled);
    }
    // Performance ran last, but stands before the follow-up in reports; a stable sort keeps the order within a suite.
    checks.sort_by_key(|check| check.category);
    let verdict = Verdict::Judged {
        checks,
        warnings: alone.diagnostics,
    };
    Ok(judgement(
        bench,
        verdict,
        begun,
        build,
        run_begun.elapsed().as_secs_f64(),
    ))
}

/// A verdict with its circumstances.
pub fn judgement(bench: &Bench, verdict: Verdict, begun: Instant, build: f64, run: f64) -> Judgement {
    Judgement {
        verdict,
        cage: sandbox::layers(),
        toolchain: bench.toolchain().to_owned(),
        seconds: Seconds {
            build,
            run,
            total: begun.elapsed().as_secs_f64(),
        },
    }
}

/// What every check of a judgement has in common.
struct Hall<'a> {
    problem: &'a Problem,
    order: &'a Order,
    /// An empty folder.
    folder: PathBuf,
    cancel: &'a AtomicBool,
    events: &'a Events,
}

impl Hall<'_> {
    fn runs_of<'a>(&'a self, program: &'a Program) -> Vec<Run<'a>> {
        let category = program.category;
        let checks = self
            .problem
            .suite(category)
            .map(|suite| suite.checks.as_slice())
            .unwrap_or_default();
        checks
            .iter()
            .map(|check| Run {
                program: program.path.as_deref().unwrap_or(Path::new("")),
                folder: &self.folder,
                test: format!("{}::{}", module_of(category), check.name),
                category,
                name: check.name.clone(),
                study: check.study.clone(),
                settings: Settings {
                    seed: self.order.seed,
                    ..Settings::default()
                },
                limits: self.order.limits,
            })
            .collect()
    }

    fn skip_all(&self, program: &Program) -> Vec<CheckResult> {
        self.runs_of(program)
            .iter()
            .map(|run| run.without_running(Outcome::Skipped, None))
            .collect()
    }

    fn run_all(&self, programs: &[Program], jobs: usize) -> Result<Vec<CheckResult>, JudgeError> {
        let runs: Vec<(Run<'_>, Option<String>)> = programs
            .iter()
            .flat_map(|program| {
                let reason = program.path.as_ref().err().map(|error| not_built(error));
                self.runs_of(program).into_iter().map(move |run| (run, reason.clone()))
            })
            .collect();
        let stops = |result: &Result<CheckResult, JudgeError>| match result {
            Ok(result) => self.order.stop_at_first_failure && !result.passed(),
            Err(_) => true,
        };
        let results = in_order(jobs, &runs, stops, |(run, reason)| {
            let result = match reason {
                Some(reason) => run.without_running(Outcome::NotBuilt, Some(reason.clone())),
                None => {
                    self.events.tell(JudgeEvent::CheckStarted {
                        category: run.category,
                        name: run.name.clone(),
                    });
                    run.result(self.cancel)?
                }
            };
            self.events.tell(JudgeEvent::CheckEnded(Box::new(result.clone())));
            Ok(result)
        });
        results
            .into_iter()
            .zip(&runs)
            .map(|(result, (run, _))| result.unwrap_or_else(|| Ok(run.without_running(Outcome::Skipped, None))))
            .collect()
    }
}

/// Why a suite could not be built, in the compiler's words.
fn not_built(error: &crate::domain::verdict::Diagnostic) -> String {
    match &error.remedy {
        Some(remedy) => format!(
            "the suite does not compile against your code: {} ({remedy})",
            error.message
        ),
        None => format!("the suite does not compile against your code: {}", error.message),
    }
}
