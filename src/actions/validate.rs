//! The candidate's own tests, tried on the reference and on flawed solutions.

use std::{collections::BTreeMap, sync::atomic::AtomicBool};

use super::{Failure, House, Sitting};
use crate::{
    domain::{
        attempt::Mode,
        problem::{Category, Problem},
        session::{Command, Phase, Refused},
        verdict::{CheckResult, Verdict},
    },
    judge::{self, Bench, JudgeEvent},
};

/// What the trial showed.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Names of the candidate's own tests.
    pub tests: Vec<String>,
    /// Those that fail on the reference, which is right: a wrong test.
    pub wrong: Vec<CheckResult>,
    /// How many flawed solutions the tests convict.
    pub caught: usize,
    /// How many there are.
    pub of: usize,
    /// The flaw of one that they miss.
    pub missed: Option<String>,
}

/// Runs the tests in `tests/` on the reference and on every mutant of core, edge and concurrency. In a mock from minute 45.
///
/// Fails if there are no own tests, or where the machine does.
pub fn validate(
    house: &House,
    sitting: &mut Sitting,
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(JudgeEvent),
) -> Result<Trial, Failure> {
    sitting.act(house, Command::Tick)?;
    if sitting.state.mode == Mode::Mock && sitting.phase(house) < Phase::Validate {
        return Err(Refused::TooEarlyToValidate.into());
    }
    let own = sitting.own_tests();
    let bench = judge::prepare(&house.cache, watch)?;
    let problem = sitting.problem.clone();
    let on_reference = run(
        &bench,
        &problem,
        &problem.reference.source,
        &own,
        cancel,
        watch,
    )?;
    if on_reference.is_empty() {
        let what = "there are no tests of your own yet";
        return Err(Failure::usage(
            what,
            "write some into tests/ beside sample.rs; each #[test] counts",
        ));
    }
    let wrong: Vec<CheckResult> = on_reference
        .iter()
        .filter(|test| !test.passed())
        .cloned()
        .collect();
    let right = |test: &CheckResult| wrong.iter().all(|one| one.name != test.name);
    let mutants: Vec<_> = problem
        .mutants
        .iter()
        .filter(|mutant| {
            matches!(
                mutant.category,
                Category::Core | Category::Edge | Category::Concurrency
            )
        })
        .collect();
    let (mut caught, mut missed) = (0, None);
    for (at, mutant) in mutants.iter().enumerate() {
        let what = format!(
            "your tests on flawed solution {} of {}",
            at + 1,
            mutants.len()
        );
        watch(JudgeEvent::Building { what });
        let tried = run(
            &bench,
            &problem,
            &mutant.solution.source,
            &own,
            cancel,
            watch,
        )?;
        // A test that is wrong about the reference convicts nobody.
        if tried.iter().any(|test| !test.passed() && right(test)) {
            caught += 1;
        } else {
            missed.get_or_insert_with(|| mutant.flaw.clone());
        }
    }
    let trial = Trial {
        tests: on_reference.into_iter().map(|test| test.name).collect(),
        caught,
        of: mutants.len(),
        missed,
        wrong,
    };
    let (tests, wrong) = (trial.tests.len(), trial.wrong.len());
    sitting.act(
        house,
        Command::Validated {
            tests,
            wrong,
            caught,
            of: trial.of,
        },
    )?;
    Ok(trial)
}

/// The candidate's own tests on one solution, the public samples left out.
fn run(
    bench: &Bench,
    problem: &Problem,
    source: &str,
    own: &BTreeMap<String, String>,
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(JudgeEvent),
) -> Result<Vec<CheckResult>, Failure> {
    let submission = judge::submission_of(source);
    let judgement =
        judge::run_samples(
            bench,
            problem,
            &submission,
            own,
            cancel,
            &mut |event| match event {
                // Only the bench is worth telling; a dozen solutions with their tests are not.
                JudgeEvent::BenchStarted { .. }
                | JudgeEvent::BenchBuilding { .. }
                | JudgeEvent::BenchReady { .. } => watch(event),
                JudgeEvent::BenchWaiting { .. }
                | JudgeEvent::Building { .. }
                | JudgeEvent::Built { .. } => {}
                JudgeEvent::CheckStarted { .. } | JudgeEvent::CheckEnded(_) => {}
            },
        )?;
    let sample = |test: &CheckResult| {
        let name = test.name.strip_prefix("sample::").unwrap_or(&test.name);
        problem
            .samples
            .checks
            .iter()
            .any(|check| check.name == name)
    };
    match judgement.verdict {
        Verdict::Judged { checks, .. } => {
            Ok(checks.into_iter().filter(|test| !sample(test)).collect())
        }
        Verdict::NotCompiled(_) | Verdict::Refused(_) => Ok(Vec::new()),
    }
}
