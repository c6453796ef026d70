//! One judgement from the first file to the last check.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::bench::Bench;
use super::build::{self, Desk, Program, module_of, timed};
use super::pool::{Events, in_order};
use super::run::{Run, Settings};
use super::{JudgeError, JudgeEvent, Judgement, Order, Seconds, performance};
use crate::domain::attempt::Submission;
use crate::domain::problem::{Category, Problem};
use crate::domain::verdict::{CheckResult, Outcome, Verdict};

/// See [`super::judge`] and [`super::judge_each`]: one build, one run per order.
pub fn conduct(
    bench: &Bench,
    problem: &Problem,
    submission: &Submission,
    orders: &[Order],
    cancel: &AtomicBool,
    events: &Events,
) -> Result<Vec<Judgement>, JudgeError> {
    let begun = Instant::now();
    let desk = Desk::new(bench, problem, submission)?;
    let alone = timed(events, "your code", || {
        build::submission(bench, &desk, cancel)
    })?;
    if !alone.succeeded {
        let verdict = Verdict::NotCompiled(alone.diagnostics);
        let build = begun.elapsed().as_secs_f64();
        let not_compiled = |_| judgement(bench, verdict.clone(), begun, build, 0.0);
        return Ok(orders.iter().map(not_compiled).collect());
    }
    let Some(first) = orders.first() else {
        return Ok(Vec::new());
    };
    let wanted = |category: &Category| first.categories.contains(category);
    let simulated: Vec<Category> = Category::ALL
        .into_iter()
        .filter(|category| *category != Category::Performance && wanted(category))
        .collect();
    let hall = |order| Hall {
        bench,
        problem,
        order,
        folder: desk.empty(),
        cancel,
        events,
    };
    std::thread::scope(|scope| {
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
        let mut build = begun.elapsed().as_secs_f64();
        let run_begun = Instant::now();
        let first_checks = hall(first).run_all(&programs, Company::Others(first.jobs))?;
        let measured = match measured.map(|thread| thread.join()) {
            None => None,
            Some(Ok((program, seconds))) => {
                build = build.max(seconds);
                Some(program?)
            }
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        };
        let mut simulated = Some(first_checks);
        orders
            .iter()
            .map(|order| {
                let hall = hall(order);
                let (run_begun, checks) = match simulated.take() {
                    Some(checks) => (run_begun, checks),
                    None => {
                        let company = Company::Others(order.jobs);
                        (Instant::now(), hall.run_all(&programs, company)?)
                    }
                };
                let checks = hall.run_measured(checks, measured.as_ref())?;
                if cancel.load(Ordering::Relaxed) {
                    return Err(JudgeError::Cancelled);
                }
                let warnings = alone.diagnostics.clone();
                let verdict = Verdict::Judged { checks, warnings };
                Ok(judgement(
                    bench,
                    verdict,
                    begun,
                    build,
                    run_begun.elapsed().as_secs_f64(),
                ))
            })
            .collect()
    })
}

/// A verdict with its circumstances.
pub fn judgement(
    bench: &Bench,
    verdict: Verdict,
    begun: Instant,
    build: f64,
    run: f64,
) -> Judgement {
    Judgement {
        verdict,
        cage: bench.cage.told(),
        toolchain: bench.toolchain().to_owned(),
        seconds: Seconds {
            build,
            run,
            total: begun.elapsed().as_secs_f64(),
        },
    }
}

/// Who else works while a check runs.
#[derive(Debug, Clone, Copy)]
enum Company {
    /// So many checks of the same judgement at most, and whoever else has a seat.
    Others(usize),
    /// Nobody: the room is silent already.
    Nobody,
}

/// What every check of a judgement has in common.
struct Hall<'a> {
    bench: &'a Bench,
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
                cage: &self.bench.cage,
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

    /// Adds the performance checks, which run alone and last but stand before the follow-up in reports.
    fn run_measured(
        &self,
        mut checks: Vec<CheckResult>,
        measured: Option<&Program>,
    ) -> Result<Vec<CheckResult>, JudgeError> {
        let Some(program) = measured else {
            return Ok(checks);
        };
        let stopped = self.order.stop_at_first_failure && !checks.iter().all(CheckResult::passed);
        checks.extend(if stopped {
            self.skip_all(program)
        } else {
            let _silence = self.bench.seats.silence(self.cancel)?;
            self.run_all(std::slice::from_ref(program), Company::Nobody)?
        });
        // A stable sort keeps the order within a suite.
        checks.sort_by_key(|check| check.category);
        Ok(checks)
    }

    fn skip_all(&self, program: &Program) -> Vec<CheckResult> {
        self.runs_of(program)
            .iter()
            .map(|run| run.without_running(Outcome::Skipped, None))
            .collect()
    }

    fn run_all(
        &self,
        programs: &[Program],
        company: Company,
    ) -> Result<Vec<CheckResult>, JudgeError> {
        let jobs = match company {
            Company::Others(jobs) => jobs,
            Company::Nobody => 1,
        };
        let runs: Vec<(Run<'_>, Option<String>)> = programs
            .iter()
            .flat_map(|program| {
                let reason = program.path.as_ref().err().map(|error| not_built(error));
                self.runs_of(program)
                    .into_iter()
                    .map(move |run| (run, reason.clone()))
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
                    let _seat = match company {
                        Company::Others(_) => Some(self.bench.seats.take(self.cancel)?),
                        Company::Nobody => None,
                    };
                    self.events.tell(JudgeEvent::CheckStarted {
                        category: run.category,
                        name: run.name.clone(),
                    });
                    run.result(self.cancel)?
                }
            };
            self.events
                .tell(JudgeEvent::CheckEnded(Box::new(result.clone())));
            Ok(result)
        });
        results
            .into_iter()
            .zip(&runs)
            .map(|(result, (run, _))| {
                result.unwrap_or_else(|| Ok(run.without_running(Outcome::Skipped, None)))
            })
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
        None => format!(
            "the suite does not compile against your code: {}",
            error.message
        ),
    }
}
