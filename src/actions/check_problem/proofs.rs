//! Rules that are proved by judging: the starter, the correct solutions, the mutants.

use std::collections::BTreeMap;

use super::{SEEDS, texts};
use crate::{
    actions::trials::{Court, Trial},
    catalog::{Offence, layout},
    domain::{
        problem::{Category, Mutant, Problem},
        verdict::{CheckResult, Verdict},
    },
    judge::{self, JudgeError, Judgement, Order},
};

/// A measurement of a correct solution may use up at most this share of what its limit leaves above 1.
const MARGIN: f64 = 0.5;

/// Everything the proofs need at hand.
pub(super) struct Desk<'a> {
    pub court: Court<'a>,
    /// Told in words what is about to be judged.
    pub watch: &'a mut dyn FnMut(String),
}

/// Hidden check → the mutants that it convicts.
pub(super) type Kills = BTreeMap<(Category, String), Vec<String>>;

impl Desk<'_> {
    /// The starter, alone and with the follow-up's stub, compiles without a warning and passes no category.
    pub fn starter_compiles_without_warnings_and_fails(
        &mut self,
        offences: &mut Vec<Offence>,
    ) -> Result<(), JudgeError> {
        let problem = self.court.problem;
        let with_stub = format!("{}\n{}", problem.starter, problem.followup_stub);
        let starters = [
            (layout::STARTER, problem.starter.clone()),
            (layout::FOLLOWUP, with_stub),
        ];
        let categories = [Category::Core, Category::Edge];
        let trials: Vec<Trial> = starters
            .iter()
            .map(|(file, source)| {
                trial(
                    format!("the starter ({file})"),
                    source,
                    &categories,
                    &SEEDS[..1],
                )
            })
            .collect();
        let heard = self.court.hear(&trials, self.watch)?;
        for ((file, _), judgements) in starters.iter().zip(&heard) {
            for judgement in judgements {
                starter_offences(file, &judgement.verdict, &categories, offences);
            }
        }
        Ok(())
    }

    /// Reference and alternates are accepted with every seed and keep a margin to every limit.
    pub fn correct_solutions_are_accepted(
        &mut self,
        offences: &mut Vec<Offence>,
    ) -> Result<(), JudgeError> {
        let solutions: Vec<_> = texts::correct_solutions(self.court.problem).collect();
        let trials: Vec<Trial> = solutions
            .iter()
            .map(|(file, solution)| trial(file.clone(), &solution.source, &Category::ALL, &SEEDS))
            .collect();
        let heard = self.court.hear(&trials, self.watch)?;
        for ((file, _), judgements) in solutions.iter().zip(&heard) {
            for (seed, judgement) in SEEDS.iter().zip(judgements) {
                offences.extend(rejections(&judgement.verdict).iter().map(|why| {
                    Offence::new(
                        file,
                        format!("seed {seed}: {why}"),
                        "mend the solution, or the check that rejects it",
                    )
                }));
                offences.extend(
                    judgement
                        .verdict
                        .checks()
                        .iter()
                        .flat_map(|check| tight(file, check)),
                );
            }
        }
        Ok(())
    }

    /// The public samples pass on the reference and fail on the starter.
    pub fn samples_pass_on_the_reference_and_fail_on_the_starter(
        &mut self,
        offences: &mut Vec<Offence>,
    ) -> Result<(), JudgeError> {
        let Court {
            bench,
            problem,
            cancel,
        } = self.court;
        for (what, source, must_pass) in [
            (
                "the samples on the reference",
                &problem.reference.source,
                true,
            ),
            ("the samples on the starter", &problem.starter, false),
        ] {
            (self.watch)(what.to_owned());
            let submission = judge::submission_of(source);
            let judgement = judge::run_samples(
                bench,
                problem,
                &submission,
                &BTreeMap::new(),
                cancel,
                &mut |_| {},
            )?;
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
                offences.push(Offence::new(
                    layout::SAMPLES,
                    format!("{what}: {found}"),
                    mend,
                ));
            }
        }
        Ok(())
    }

    /// Every mutant fails its category with every seed. Returns which check convicts which mutants.
    pub fn mutants_fail_their_category(
        &mut self,
        offences: &mut Vec<Offence>,
    ) -> Result<Kills, JudgeError> {
        let mutants = &self.court.problem.mutants;
        let trials: Vec<Trial> = mutants
            .iter()
            .map(|mutant| {
                let mut trial = trial(
                    texts::mutant_file(mutant),
                    &mutant.solution.source,
                    &[mutant.category],
                    &SEEDS,
                );
                // The first run tells which checks convict; the others only whether one still does.
                trial.orders[1..]
                    .iter_mut()
                    .for_each(|order| order.stop_at_first_failure = true);
                trial
            })
            .collect();
        let heard = self.court.hear(&trials, self.watch)?;
        let mut kills = Kills::new();
        for (mutant, judgements) in mutants.iter().zip(&heard) {
            mutant_offences(mutant, judgements, offences);
            if let Some(first) = judgements.first() {
                note_kills(&mut kills, mutant, &first.verdict);
            }
        }
        self.widen_for_idle_checks(&mut kills)?;
        Ok(kills)
    }

    /// A check that convicts no mutant of its own category may still convict one of another.
    fn widen_for_idle_checks(&mut self, kills: &mut Kills) -> Result<(), JudgeError> {
        for suite in &self.court.problem.suites {
            let idle = suite
                .checks
                .iter()
                .any(|check| !kills.contains_key(&(suite.category, check.name.clone())));
            if !idle {
                continue;
            }
            let others: Vec<&Mutant> = self
                .court
                .problem
                .mutants
                .iter()
                .filter(|mutant| mutant.category != suite.category)
                .collect();
            let trials: Vec<Trial> = others
                .iter()
                .map(|mutant| {
                    let what = format!(
                        "{} against the {} suite",
                        texts::mutant_file(mutant),
                        suite.category.word()
                    );
                    trial(
                        what,
                        &mutant.solution.source,
                        &[suite.category],
                        &SEEDS[..1],
                    )
                })
                .collect();
            for (mutant, judgements) in others.iter().zip(self.court.hear(&trials, self.watch)?) {
                judgements
                    .iter()
                    .for_each(|judgement| note_kills(kills, mutant, &judgement.verdict));
            }
        }
        Ok(())
    }
}

fn trial(what: String, source: &str, categories: &[Category], seeds: &[u64]) -> Trial {
    let order = |seed: &u64| Order {
        categories: categories.to_vec(),
        seed: *seed,
        ..Order::default()
    };
    Trial {
        what,
        source: source.to_owned(),
        orders: seeds.iter().map(order).collect(),
    }
}

fn note_kills(kills: &mut Kills, mutant: &Mutant, verdict: &Verdict) {
    for check in verdict.checks().iter().filter(|check| !check.full()) {
        let key = (check.category, check.name.clone());
        kills
            .entry(key)
            .or_default()
            .push(mutant.solution.name.clone());
    }
}

fn starter_offences(
    file: &str,
    verdict: &Verdict,
    categories: &[Category],
    offences: &mut Vec<Offence>,
) {
    let Verdict::Judged { checks, warnings } = verdict else {
        let why = rejections(verdict).join("; ");
        offences.push(Offence::new(
            file,
            format!("is not judged: {why}"),
            "mend the starter",
        ));
        return;
    };
    offences.extend(warnings.iter().map(|warning| {
        Offence::new(
            file,
            format!("compiles with a warning: {}", warning.message),
            "mend the cause",
        )
        .at(warning.line.map(|line| line as usize))
    }));
    for category in categories {
        if checks
            .iter()
            .filter(|check| check.category == *category)
            .all(CheckResult::passed)
        {
            offences.push(Offence::new(
                file,
                format!(
                    "the untouched starter passes all {} checks",
                    category.word()
                ),
                "leave the candidate something to do, or sharpen the suite",
            ));
        }
    }
}

fn mutant_offences(mutant: &Mutant, judgements: &[Judgement], offences: &mut Vec<Offence>) {
    let file = texts::mutant_file(mutant);
    for (seed, judgement) in SEEDS.iter().zip(judgements) {
        if !matches!(judgement.verdict, Verdict::Judged { .. }) {
            let why = rejections(&judgement.verdict).join("; ");
            offences.push(Offence::new(
                &file,
                format!("the mutant is not judged: {why}"),
                "make it compile",
            ));
            return;
        }
        if judgement.verdict.checks().iter().all(CheckResult::full) {
            offences.push(Offence::new(
                &file,
                format!(
                    "survives the {} suite with seed {seed}",
                    mutant.category.word()
                ),
                "sharpen the suite, or move the mutant to the category that convicts it",
            ));
            return;
        }
    }
}

/// Every hidden check convicts at least one mutant.
pub(super) fn every_hidden_check_earns_its_place(
    problem: &Problem,
    kills: &Kills,
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
        .filter(|measured| measured.decides && too_near(measured.value, measured.limit))
        .map(|measured| {
            let (what, value, limit) = (&measured.what, measured.value, measured.limit);
            Offence::new(
                file,
                format!(
                    "{}: {what} is {value:.2}, too near to its limit {limit:.2}",
                    check.name
                ),
                "widen the limit or mend the measurement: a correct solution must keep a margin",
            )
        })
        .collect()
}
