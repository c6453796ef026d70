//! Runs a body in one schedule, in a given one, or in as many as a plan says.

use crate::deviation::{Deviation, parse};
use crate::execution::{Execution, Specials};
use crate::failure::{Failure, FailureKind, RawFailure};
use crate::plan::{Coverage, Plan};
use crate::random::mix;
use crate::run::execute;
use crate::strategy::Strategy;
use crate::systematic::{self, Bounds};
use crate::task::{TaskSet, members};
use crate::trace::Trace;
use crate::{explain, minimise, portfolio, report};

/// Steps after which a body that runs once counts as a livelock.
const STEPS_OF_ONE_RUN: u64 = 50_000_000;

/// Runs a body again and again and keeps count.
pub(crate) struct Runner<'a> {
    pub execution: Box<Execution>,
    pub body: &'a dyn Fn(),
    /// Runs so far.
    pub runs: u64,
    /// Steps of all runs so far.
    pub steps: u64,
    /// Most threads that a run left waiting.
    pub leaked: u32,
    /// Most contested decisions of a run.
    pub longest: u64,
}

impl<'a> Runner<'a> {
    pub fn new(body: &'a dyn Fn(), step_limit: u64) -> Runner<'a> {
        let mut execution = Box::new(Execution::new());
        execution.step_limit = step_limit;
        Runner {
            execution,
            body,
            runs: 0,
            steps: 0,
            leaked: 0,
            longest: 0,
        }
    }

    /// Runs the default schedule but for the given deviations.
    pub fn follow(
        &mut self,
        planned: &[Deviation],
        noting: bool,
        specials: Specials,
    ) -> Option<RawFailure> {
        self.execution.planned.clear();
        self.execution.planned.extend_from_slice(planned);
        self.run(Strategy::Follow, noting, specials)
    }

    /// Runs a random schedule.
    pub fn walk(&mut self, strategy: Strategy, specials: Specials) -> Option<RawFailure> {
        self.execution.planned.clear();
        self.run(strategy, false, specials)
    }

    fn run(&mut self, strategy: Strategy, noting: bool, specials: Specials) -> Option<RawFailure> {
        let execution = &mut *self.execution;
        execution.strategy = strategy;
        execution.noting = noting;
        execution.specials = specials;
        let failure = execute(execution, Box::new(self.body));
        self.runs += 1;
        self.steps += execution.steps;
        self.longest = self.longest.max(execution.contested);
        self.leaked = self
            .leaked
            .max(execution.tasks.len() as u32 - execution.finished.count_ones());
        failure
    }

    /// Turns tracing of the following runs on.
    pub fn trace(&mut self) {
        self.execution.trace = Some(Box::default());
    }
}

/// Something that went wrong, and how to come there again.
pub(crate) struct Found {
    pub raw: RawFailure,
    pub deviations: Vec<Deviation>,
    /// Number of the run.
    pub at: u64,
}

impl Found {
    pub fn new(runner: &Runner<'_>, raw: RawFailure) -> Found {
        Found {
            raw,
            deviations: runner.execution.taken.clone(),
            at: runner.runs,
        }
    }
}

/// Runs a body once, in the default schedule. Fails with the story of what went wrong.
///
/// Inside an execution the body is run as a part of it.
#[track_caller]
pub fn run_once(body: Box<dyn FnOnce()>) -> Result<(), Box<Failure>> {
    report::add_suite_file();
    if crate::active() {
        body();
        return Ok(());
    }
    let mut execution = Execution::new();
    execution.step_limit = STEPS_OF_ONE_RUN;
    execution.trace = Some(Box::<Trace>::default());
    match execute(&mut execution, body) {
        None => Ok(()),
        Some(raw) => Err(Box::new(explain::story(&execution, raw, 1, None))),
    }
}

/// Searches the schedules of a body, which is called afresh for each: few deviations first, then random walks, then
/// the out-of-the-ordinary passes. Fails with the story of the first failure, made as short as can be.
///
/// What was covered is added to the record of the running check. Where the judge asked for a replay, the first search
/// of a check runs just that schedule. Inside an execution the body is run as a part of it.
#[track_caller]
pub fn search(plan: &Plan, body: &dyn Fn()) -> Result<Coverage, Box<Failure>> {
    report::add_suite_file();
    if crate::active() {
        body();
        return Ok(Coverage::default());
    }
    if let Some(token) = report::take_replay() {
        return replay(&token, body).map(|()| Coverage::default());
    }
    let coverage = cover(plan, body)?;
    report::add_coverage(coverage.clone());
    Ok(coverage)
}

fn cover(plan: &Plan, body: &dyn Fn()) -> Result<Coverage, Box<Failure>> {
    let plan = &Plan {
        seed: mix(plan.seed ^ report::seed()),
        ..plan.clone()
    };
    let mut runner = Runner::new(body, plan.steps_per_execution);
    let mut coverage = Coverage::default();
    let mut complete = false;
    if plan.schedules > 0 {
        let bounds = Bounds::of(plan);
        match systematic::explore(&mut runner, &bounds) {
            Ok(covered) => {
                coverage.systematic = covered.runs;
                coverage.delays = covered.delays;
                coverage.preemptions = covered.preemptions;
                coverage.exhausted = covered.exhausted;
                complete = covered.complete;
            }
            Err(found) => {
                return Err(minimise::tell(
                    &mut runner,
                    *found,
                    Specials::default(),
                    true,
                ));
            }
        }
    }
    if !complete {
        match portfolio::walk(&mut runner, plan) {
            Ok(runs) => coverage.random = runs,
            Err(found) => {
                let searched = plan.schedules >= minimise::SCHEDULES;
                return Err(minimise::tell(
                    &mut runner,
                    *found,
                    Specials::default(),
                    searched,
                ));
            }
        }
    }
    portfolio::specials(&mut runner, plan, &mut coverage)?;
    coverage.leaked = runner.leaked;
    Ok(coverage)
}

/// Runs the schedule that a token describes, as far as the program still has those moments.
///
/// Fails with the story if the run fails, or with [`FailureKind::Failed`] if the token cannot be read.
#[track_caller]
pub fn replay(token: &str, body: &dyn Fn()) -> Result<(), Box<Failure>> {
    report::add_suite_file();
    let mut runner = Runner::new(body, Plan::default().steps_per_execution);
    runner.trace();
    let planned = parse(token).map_err(|part| {
        let message = format!("this is no schedule: {part}");
        let raw = RawFailure {
            kind: FailureKind::Failed,
            message,
            place: None,
            history: None,
        };
        Box::new(explain::story(&runner.execution, raw, 0, None))
    })?;
    match runner.follow(&planned, false, Specials::default()) {
        Some(raw) => Err(Box::new(explain::story(&runner.execution, raw, 1, None))),
        None => {
            report::keep_passing_run(explain::passing(&runner.execution));
            Ok(())
        }
    }
}

/// Decisions of each task in the last run.
pub(crate) fn decisions(execution: &Execution) -> Box<[u32; crate::task::MOST_TASKS]> {
    let mut counts = Box::new([0; crate::task::MOST_TASKS]);
    for task in members(TaskSet::MAX).take(execution.tasks.len()) {
        counts[task] = execution.tasks[task].decisions;
    }
    counts
}
