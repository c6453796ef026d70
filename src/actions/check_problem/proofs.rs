//! Rules that are proved by judging: the starter, the correct solutions, the mutants.

use std::{collections::BTreeMap, sync::atomic::AtomicBool};

use super::{CheckEvent, SEEDS, texts};
use crate::{
    catalog::{Offence, layout},
    domain::{
        attempt::Submission,
        problem::{Category, Problem},
        verdict::{CheckResult, Verdict},
    },
    judge::{self, Bench, JudgeError, Judgement, Order},
};

/// A measurement of a correct solution may use up at most this share of what its limit leaves above 1.
const MARGIN: f64 = 0.5;

/// Everything the proofs need at hand.
pub(super) struct Desk<'a> {
    pub bench: &'a Bench,
    pub problem: &'a Problem,
    pub cancel: &'a AtomicBool,
    pub watch: &'a mut dyn FnMut(CheckEvent),
}

impl Desk<'_> {
    /// The starter, alone and with the follow-up's stub, compiles without a warning and passes no category.
    pub fn starter_compiles_without_warnings_and_fails(
        &mut self,
        offences: &mut Vec<Offence>,
    ) -> Result<(), JudgeError> {
        let with_stub = format!("{}\n{}", self.problem.starter, self.problem.followup_stub);
        let starters = [
            (layout::STARTER, self.problem.starter.clone()),
            (layout::FOLLOWUP, with_stub),
        ];
        for (file, source) in starters {
            let order = Order {
                categories: vec![Category::Core, Category::Edge],
                ..Order::default()
            };
            let judgement = self.judge(&format!("the starter ({file})"), &source, &order)?;
            match &judgement.verdict {
                Verdict::NotCompiled(errors) => {
                    let first = errors.first().map(|error| error.message.clone()).unwrap_or_default();
                    offences.push(Offence::new(
                        file,
                        format!("does not compile: {first}"),
                        "mend the starter",
                    ));
                }
                Verdict::Refused(refusals) => {
                    let reason = refusals
                        .first()
                        .map(|refusal| refusal.reason.clone())
                        .unwrap_or_default();
                    offences.push(Offence::new(file, format!("is refused: {reason}"), "mend the starter"));
                }
                Verdict::Judged { checks, warnings } => {
                    offences.extend(warnings.iter().map(|warning| {
                        Offence::new(
                            file,
                            format!("compiles with a warning: {}", warning.message),
                            "mend the cause",
                        )
                        .at(warning.line.map(|line| line as usize))
                    }));
                    for category in order.categories {
                        if of(checks, category).all(CheckResult::passed) {
                            offences.push(Offence::new(
                                file,
                                format!("the untouched starter passes all {} checks", category.word()),
                                "leave the candidate something to do, or sharpen the suite",
                            ));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Reference and alternates are accepted with every seed and keep a margin to every limit.
    pub fn correct_solutions_are_accepted(&mut self, offences: &mut Vec<Offence>) -> Result<(), JudgeError> {
        let solutions: Vec<_> = texts::correct_solutions(self.problem)
            .map(|(file, solution)| (file, solution.source.clone()))
            .collect();
        for (file, source) in solutions {
            for seed in SEEDS {
                let order = Order {
                    seed,
                    ..Order::default()
                };
                let judgement = self.judge(&format!("{file} with seed {seed}"), &source, &order)?;
                let rejections = rejections(&judgement.verdict);
                offences.extend(rejections.iter().map(|why| {
                    Offence::new(
                        &file,
                        format!("seed {seed}: {why}"),
                        "mend the solution, or the check that rejects it",
                    )
                }));
                offences.extend(judgement.verdict.checks().iter().flat_map(|check| tight(&file, check)));
                if !rejections.is_empty() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The public samples pass on the reference and fail on the starter.
    pub fn samples_pass_on_the_reference_and_fail_on_the_starter(
        &mut self,
        offences: &mut Vec<Offence>,
    ) -> Result<(), JudgeError> {
        for (what, source, must_pass) in [
            (
                "the samples on the reference",
                self.problem.reference.source.clone(),
                true,
            ),
            ("the samples on the starter", self.problem.starter.clone(), false),
        ] {
            (self.watch)(CheckEvent::Judging(what.to_owned()));
            let submission = submission(&source);
            let none = BTreeMap::new();
            let judgement = judge::run_samples(self.bench, self.problem, &submission, &none, self.cancel, &mut |_| {})?;
            if judgement.verdict.accepted() != must_pass {
                let mend = if must_pass {
                    "mend the sample or the reference"
                } else {
                    "sharpen the samples"
                };
                let said = rejections(&judgement.verdict).join("; ");
                let found = if must_pass {
                    format!("rejected: {said}")
                } else {
                    "they pass".to_owned()
                };
                offences.push(Offence::new(layout::SAMPLES, format!("{what}: {found}"), mend));
            }
        }
        Ok(())
    }

    /// Every mutant fails its category with every seed. Returns which check convicts which mutants.
    pub fn mutants_fail_their_category(
        &mut self,
        offences: &mut Vec<Offence>,
    ) -> Result<BTreeMap<(Category, String), Vec<String>>, JudgeError> {
        let mut kills: BTreeMap<(Category, String), Vec<String>> = BTreeMap::new();
        for mutant in &self.problem.mutants {
            let file = texts::mutant_file(mutant);
            for seed in SEEDS {
                let first = seed == SEEDS[0];
                let order = Order {
                    categories: vec![mutant.category],
                    seed,
                    stop_at_first_failure: !first,
                    ..Order::default()
                };
                let judgement = self.judge(&format!("{file} with seed {seed}"), &mutant.solution.source, &order)?;
                if !matches!(judgement.verdict, Verdict::Judged { .. }) {
                    let why = rejections(&judgement.verdict).join("; ");
                    offences.push(Offence::new(
                        &file,
                        format!("the mutant is not judged: {why}"),
                        "make it compile",
                    ));
                    break;
                }
                if judgement.verdict.accepted() {
                    offences.push(Offence::new(
                        &file,
                        format!("survives the {} suite with seed {seed}", mutant.category.word()),
                        "sharpen the suite, or move the mutant to the category that convicts it",
                    ));
                    break;
                }
                if first {
                    for check in judgement.verdict.checks().iter().filter(|check| !check.passed()) {
                        let key = (check.category, check.name.clone());
                        kills.entry(key).or_default().push(mutant.solution.name.clone());
                    }
                }
            }
        }
        self.widen_for_idle_checks(&mut kills)?;
        Ok(kills)
    }

    /// A check that convicts no mutant of its own category may still convict one of another.
    fn widen_for_idle_checks(
        &mut self,
        kills: &mut BTreeMap<(Category, String), Vec<String>>,
    ) -> Result<(), JudgeError> {
        for suite in &self.problem.suites {
            let idle = |kills: &BTreeMap<(Category, String), Vec<String>>| {
                suite
                    .checks
                    .iter()
                    .any(|check| !kills.contains_key(&(suite.category, check.name.clone())))
            };
            let others = self
                .problem
                .mutants
                .iter()
                .filter(|mutant| mutant.category != suite.category);
            for mutant in others {
                if !idle(kills) {
                    break;
                }
                let order = Order {
                    categories: vec![suite.category],
                    ..Order::default()
                };
                let what = format!(
                    "{} against the {} suite",
                    texts::mutant_file(mutant),
                    suite.category.word()
                );
                let judgement = self.judge(&what, &mutant.solution.source, &order)?;
                for check in judgement.verdict.checks().iter().filter(|check| !check.passed()) {
                    let key = (check.category, check.name.clone());
                    kills.entry(key).or_default().push(mutant.solution.name.clone());
                }
            }
        }
        Ok(())
    }

    fn judge(&mut self, what: &str, source: &str, order: &Order) -> Result<Judgement, JudgeError> {
        (self.watch)(CheckEvent::Judging(what.to_owned()));
        let submission = submission(source);
        judge::judge(self.bench, self.problem, &submission, order, self.cancel, &mut |_| {})
    }
}

/// Every hidden check convicts at least one mutant.
pub(super) fn every_hidden_check_earns_its_place(
    problem: &Problem,
    kills: &BTreeMap<(Category, String), Vec<String>>,
    offences: &mut Vec<Offence>,
) {
    for suite in &problem.suites {
        for check in &suite.checks {
            if !kills.contains_key(&(suite.category, check.name.clone())) {
                offences.push(Offence::new(
                    layout::suite(suite.category),
                    format!("the check `{}` convicts no mutant", check.name),
                    "add the mutant that it is there for, or drop the check",
                ));
            }
        }
    }
}

fn submission(source: &str) -> Submission {
    judge::submission_of(source)
}

fn of(checks: &[CheckResult], category: Category) -> impl Iterator<Item = &CheckResult> {
    checks.iter().filter(move |check| check.category == category)
}

/// What a verdict holds against a solution, one line each.
fn rejections(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::NotCompiled(errors) => errors
            .iter()
            .take(1)
            .map(|error| format!("does not compile: {}", error.message))
            .collect(),
        Verdict::Refused(refusals) => refusals
            .iter()
            .map(|refusal| format!("{} is refused: {}", refusal.path, refusal.reason))
            .collect(),
        Verdict::Judged { checks, .. } => checks
            .iter()
            .filter(|check| !check.passed())
            .map(|check| {
                let message = check.message.as_deref().unwrap_or("no message");
                format!(
                    "{} {} {:?}: {message}",
                    check.category.word(),
                    check.name,
                    check.outcome
                )
            })
            .collect(),
    }
}

/// Measurements that come too near to their limit.
fn tight(file: &str, check: &CheckResult) -> Vec<Offence> {
    let too_near = |value: f64, limit: f64| value - 1.0 > (limit - 1.0) * MARGIN;
    check
        .measurements
        .iter()
        .filter(|measured| too_near(measured.value, measured.limit))
        .map(|measured| {
            let (what, value, limit) = (&measured.what, measured.value, measured.limit);
            Offence::new(
                file,
                format!("{}: {what} is {value:.2}, too near to its limit {limit:.2}", check.name),
                "widen the limit or mend the measurement: a correct solution must keep a margin",
            )
        })
        .collect()
}
