//! Many judgements of one problem: those without a clock side by side, those with one alone.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::AtomicBool,
        mpsc::{self, Sender},
    },
    thread,
};

use crate::{
    domain::problem::{Category, Problem},
    judge::{self, Bench, JudgeError, Judgement, Order},
};

/// A solution with the orders to judge it by. It is built once, for the categories of the first order.
pub(super) struct Trial {
    /// In words, for whoever watches.
    pub what: String,
    /// The text of `src/lib.rs`.
    pub source: String,
    /// At least one; all with the same categories.
    pub orders: Vec<Order>,
}

impl Trial {
    /// Whether its measurements would disturb others, and others them.
    fn wants_quiet(&self) -> bool {
        self.orders
            .iter()
            .any(|order| order.categories.contains(&Category::Performance))
    }
}

/// What all trials of a problem have in common.
#[derive(Clone, Copy)]
pub(super) struct Court<'a> {
    pub bench: &'a Bench,
    pub problem: &'a Problem,
    pub cancel: &'a AtomicBool,
}

impl Court<'_> {
    /// Judges every trial; one judgement per order, in the order of the trials.
    pub fn hear(
        self,
        trials: &[Trial],
        watch: &mut dyn FnMut(String),
    ) -> Result<Vec<Vec<Judgement>>, JudgeError> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let (quiet, others): (Vec<_>, Vec<_>) =
            (0..trials.len()).partition(|index| trials[*index].wants_quiet());
        let mut heard = self.hear_some(trials, others, cores, watch)?;
        heard.extend(self.hear_some(trials, quiet, 1, watch)?);
        heard.sort_by_key(|(index, _)| *index);
        Ok(heard
            .into_iter()
            .map(|(_, judgements)| judgements)
            .collect())
    }

    fn hear_some(
        self,
        trials: &[Trial],
        indices: Vec<usize>,
        workers: usize,
        watch: &mut dyn FnMut(String),
    ) -> Result<Vec<(usize, Vec<Judgement>)>, JudgeError> {
        let waiting = Mutex::new(indices.into_iter());
        let next = || {
            waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next()
        };
        thread::scope(|scope| {
            let (events, told) = mpsc::channel();
            let workers: Vec<_> = (0..workers)
                .map(|_| {
                    let events = events.clone();
                    scope.spawn(move || self.work(trials, workers, next, &events))
                })
                .collect();
            drop(events);
            told.into_iter().for_each(watch);
            let mut heard = Vec::new();
            for worker in workers {
                match worker.join() {
                    Ok(judged) => heard.extend(judged?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok(heard)
        })
    }

    fn work(
        self,
        trials: &[Trial],
        workers: usize,
        next: impl Fn() -> Option<usize>,
        events: &Sender<String>,
    ) -> Result<Vec<(usize, Vec<Judgement>)>, JudgeError> {
        let mut heard = Vec::new();
        while let Some(index) = next() {
            let trial = &trials[index];
            // Nobody may be watching any more; the work goes on all the same.
            let _ = events.send(trial.what.clone());
            let submission = judge::submission_of(&trial.source);
            let share = |order: &Order| Order {
                jobs: order.jobs.div_ceil(workers),
                ..order.clone()
            };
            let orders: Vec<Order> = trial.orders.iter().map(share).collect();
            let judgements = judge::judge_each(
                self.bench,
                self.problem,
                &submission,
                &orders,
                self.cancel,
                &mut |_| {},
            )?;
            heard.push((index, judgements));
        }
        Ok(heard)
    }
}
