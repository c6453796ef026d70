//! Judges many submissions side by side and tells of them in the order in which they were named.
//!
//! Workers take one group of identical submissions after the other. What they find goes to the calling thread, which holds back
//! what is finished before its turn. A raised cancel flag ends the runs; everything that was finished is still told.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use super::{ScoreEvent, Scored, Skipped, subjects::Subject};
use crate::{
    actions::{
        Failure, House,
        submit::{Judged, judge_one, refused, weighed, without_session},
    },
    domain::{attempt::Submission, problem::Problem},
    judge::{self, Bench, JudgeEvent, Order},
};

/// Everything that the workers share.
pub(super) struct Crew<'a> {
    pub house: &'a House,
    pub bench: &'a Bench,
    pub problems: &'a BTreeMap<String, Problem>,
    pub subjects: &'a [Subject],
    /// Places in `subjects` of the same code for the same problem, ascending; groups in the order of their first.
    pub groups: &'a [Vec<usize>],
    pub seed: u64,
    /// Submissions judged at once.
    pub workers: usize,
    /// Checks of one submission run at once.
    pub checks: usize,
    pub cancel: &'a AtomicBool,
}

/// A submission that could not be read any more when its turn came is none.
type Ended = Result<Box<Scored>, Skipped>;

/// What was judged first of a group.
struct First {
    path: PathBuf,
    hash: String,
    judged: Judged,
}

/// Word from a worker.
enum News {
    Began(usize),
    Judge(JudgeEvent),
    Done(usize, Ended),
    Stopped(Failure),
}

impl Crew<'_> {
    /// Judges all groups. Fails with what stopped it, after telling all that is done.
    pub fn work(&self, watch: &mut dyn FnMut(ScoreEvent)) -> Result<(), Failure> {
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            let (sender, receiver) = channel();
            for _ in 0..self.workers.clamp(1, self.groups.len().max(1)) {
                let (next, sender) = (&next, sender.clone());
                scope.spawn(move || self.one_after_the_other(next, &sender));
            }
            drop(sender);
            self.tell(&receiver, watch, &next)
        })
    }

    fn one_after_the_other(&self, next: &AtomicUsize, news: &Sender<News>) {
        while let Some(group) = self.groups.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(failure) = self.judge_group(group, news) {
                let _ = news.send(News::Stopped(failure));
                return;
            }
        }
    }

    /// The first is judged; the others get its verdict if they still are the same when their turn comes.
    fn judge_group(&self, group: &[usize], news: &Sender<News>) -> Result<(), Failure> {
        let mut first: Option<First> = None;
        for &at in group {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(Failure::Cancelled);
            }
            let subject = &self.subjects[at];
            let _ = news.send(News::Began(at));
            let ended = match judge::intake(&subject.code) {
                Err(error) => Err(Skipped {
                    path: subject.shown.clone(),
                    reason: format!("cannot be read any more: {error}"),
                }),
                Ok(Err(refusals)) => Ok(self.scored(subject, refused(refusals), None)),
                Ok(Ok(submission)) => Ok(match &first {
                    Some(first) if first.hash == submission.hash => {
                        self.scored(subject, first.judged.clone(), Some(first.path.clone()))
                    }
                    _ => {
                        let judged = self.judge(subject, &submission, news)?;
                        first.get_or_insert_with(|| First {
                            path: subject.shown.clone(),
                            hash: submission.hash,
                            judged: judged.clone(),
                        });
                        self.scored(subject, judged, None)
                    }
                }),
            };
            let _ = news.send(News::Done(at, ended));
        }
        Ok(())
    }

    fn judge(
        &self,
        subject: &Subject,
        submission: &Submission,
        news: &Sender<News>,
    ) -> Result<Judged, Failure> {
        let problem = &self.problems[&subject.problem];
        let order = Order {
            categories: weighed(&problem.weights),
            seed: self.seed,
            jobs: self.checks,
            ..Order::default()
        };
        let told = &mut |event| {
            // Among many, what happens inside one is noise.
            if self.subjects.len() == 1 {
                let _ = news.send(News::Judge(event));
            }
        };
        judge_one(self.bench, problem, submission, &order, self.cancel, told)
    }

    fn scored(&self, subject: &Subject, judged: Judged, same_as: Option<PathBuf>) -> Box<Scored> {
        let problem = &self.problems[&subject.problem];
        let shown = subject.shown.display().to_string();
        let weights = &problem.weights;
        let (report, _) = without_session(self.house, shown, problem, weights, self.seed, judged);
        Box::new(Scored { report, same_as })
    }

    /// Tells what comes in; what is done, in order. After a failure nothing new is begun.
    fn tell(
        &self,
        news: &Receiver<News>,
        watch: &mut dyn FnMut(ScoreEvent),
        next: &AtomicUsize,
    ) -> Result<(), Failure> {
        let mut early: BTreeMap<usize, Ended> = BTreeMap::new();
        let mut turn = 0;
        let mut stopped: Option<Failure> = None;
        for one in news {
            match one {
                News::Began(at) => watch(ScoreEvent::Began {
                    path: self.subjects[at].shown.clone(),
                }),
                News::Judge(event) => watch(ScoreEvent::Judge(event)),
                News::Done(at, ended) => {
                    early.insert(at, ended);
                    while let Some(ended) = early.remove(&turn) {
                        turn += 1;
                        watch(told(ended));
                    }
                    // After the result, so that nothing is counted as done that a kill could still take away.
                    watch(ScoreEvent::Ended {
                        path: self.subjects[at].shown.clone(),
                    });
                }
                News::Stopped(failure) => {
                    next.store(self.groups.len(), Ordering::Relaxed);
                    // What went wrong tells more than that others were stopped too.
                    if !matches!(stopped, Some(Failure::Machine { .. })) {
                        stopped = Some(failure);
                    }
                }
            }
        }
        early.into_values().for_each(|ended| watch(told(ended)));
        stopped.map_or(Ok(()), Err)
    }
}

fn told(ended: Ended) -> ScoreEvent {
    match ended {
        Ok(scored) => ScoreEvent::Scored(scored),
        Err(skipped) => ScoreEvent::Skipped(skipped),
    }
}
