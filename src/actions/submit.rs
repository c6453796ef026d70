//! Hands the code in: judge, weigh, keep.
//!
//! Three steps, so that a screen can hold the discussion while the judge works: [`hand_in`] freezes what is judged,
//! [`judge_handed_in`] needs no session and may run on another thread, [`finish`] weighs the verdict and writes the report.

use std::sync::atomic::AtomicBool;

use super::{Failure, House, Sitting, bulk, report::next_drill, unexplored::unexplored};
use crate::{
    domain::{
        attempt::Submission,
        problem::{Category, Problem, Weights},
        report::{AttemptPart, FORMAT, Report, Seconds, Subject},
        score::grade,
        session::{Command, Effect},
        verdict::{Cage, Refusal, Verdict},
    },
    history,
    judge::{self, Bench, JudgeEvent, Level, Order},
};

/// How many older snapshots are tried when the last one does not compile.
const OLDER_SNAPSHOTS: usize = 12;

/// What was handed in, free of the session.
#[derive(Debug, Clone)]
pub struct HandedIn {
    problem: Problem,
    weights: Weights,
    seed: u64,
    /// The code, or why intake did not take it.
    submission: Result<Submission, Vec<Refusal>>,
    /// Earlier states with their counted time, latest first, in case the code does not compile.
    earlier: Vec<(u64, Submission)>,
}

/// What the judge found.
#[derive(Debug, Clone)]
pub struct Judged {
    submission: Option<Submission>,
    verdict: Verdict,
    compiles_only_at: Option<u64>,
    cage: Cage,
    toolchain: String,
    seconds: Seconds,
}

impl Judged {
    /// The verdict alone.
    pub(super) fn into_verdict(self) -> Verdict {
        self.verdict
    }
}

/// Hands in the workspace, or what was frozen at 50:00. Fails if that was done already.
pub fn hand_in(house: &House, sitting: &mut Sitting) -> Result<HandedIn, Failure> {
    let taken = sitting.keep(house)?;
    // A workspace that intake refuses is handed in too: its verdict is the refusal.
    let here = taken.as_ref().map_or_else(
        |_| "refused".to_owned(),
        |submission| submission.hash.clone(),
    );
    let effects = sitting.act(
        house,
        Command::Submit {
            workspace: Some(here),
        },
    )?;
    let hash = effects.iter().find_map(|effect| match effect {
        Effect::Judge { hash, .. } => Some(hash.clone()),
        _ => None,
    });
    let submission = match (hash, taken) {
        (Some(hash), Ok(now)) if now.hash == hash => Ok(now),
        (Some(hash), taken) => history::read_snapshot(&sitting.attempt, &hash)?.map_or(taken, Ok),
        (None, taken) => taken,
    };
    Ok(HandedIn {
        earlier: earlier(sitting, submission.as_ref().ok())?,
        problem: sitting.problem.clone(),
        weights: sitting.weights(),
        seed: sitting.state.seed,
        submission,
    })
}

/// Kept states before the one that is judged, latest first; known not to compile left out.
fn earlier(
    sitting: &Sitting,
    judged: Option<&Submission>,
) -> Result<Vec<(u64, Submission)>, Failure> {
    let state = &sitting.state;
    let mut hashes: Vec<&str> = judged
        .map(|submission| submission.hash.as_str())
        .into_iter()
        .collect();
    let mut found = Vec::new();
    for kept in state.snapshots.iter().rev() {
        if hashes.contains(&kept.hash.as_str())
            || kept.compiles == Some(false)
            || found.len() == OLDER_SNAPSHOTS
        {
            continue;
        }
        hashes.push(&kept.hash);
        if let Some(submission) = history::read_snapshot(&sitting.attempt, &kept.hash)? {
            found.push((state.elapsed(kept.at), submission));
        }
    }
    Ok(found)
}

/// Judges what was handed in. If it does not compile, the last earlier state that does is judged instead.
pub fn judge_handed_in(
    house: &House,
    handed_in: &HandedIn,
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(JudgeEvent),
) -> Result<Judged, Failure> {
    let submission = match &handed_in.submission {
        Ok(submission) => submission,
        Err(refusals) => return Ok(refused(refusals.clone())),
    };
    let bench = judge::prepare(&house.cache, watch)?;
    let order = Order {
        categories: weighed(&handed_in.weights),
        seed: handed_in.seed,
        ..Order::default()
    };
    let problem = &handed_in.problem;
    let last = judge_one(&bench, problem, submission, &order, cancel, watch)?;
    if matches!(last.verdict, Verdict::NotCompiled(_)) {
        for (at, submission) in &handed_in.earlier {
            let judged = judge_one(&bench, problem, submission, &order, cancel, watch)?;
            if matches!(judged.verdict, Verdict::Judged { .. }) {
                return Ok(Judged {
                    compiles_only_at: Some(*at),
                    ..judged
                });
            }
        }
    }
    Ok(last)
}

/// The categories that a weight gives points for.
pub(super) fn weighed(weights: &Weights) -> Vec<Category> {
    Category::ALL
        .into_iter()
        .filter(|category| weights.of(*category) > 0)
        .collect()
}

/// A verdict without a judge: intake did not take the code.
pub(super) fn refused(refusals: Vec<Refusal>) -> Judged {
    Judged {
        submission: None,
        verdict: Verdict::Refused(refusals),
        compiles_only_at: None,
        // Nothing was run, so nothing had to hold.
        cage: Cage {
            level: Level::None.word().to_owned(),
            layers: Vec::new(),
        },
        toolchain: String::new(),
        seconds: Seconds::default(),
    }
}

/// One submission through the judge.
pub(super) fn judge_one(
    bench: &Bench,
    problem: &Problem,
    submission: &Submission,
    order: &Order,
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(JudgeEvent),
) -> Result<Judged, Failure> {
    let judgement = judge::judge(bench, problem, submission, order, cancel, watch)?;
    Ok(Judged {
        submission: Some(submission.clone()),
        verdict: judgement.verdict,
        compiles_only_at: None,
        cage: judgement.cage,
        toolchain: judgement.toolchain,
        seconds: Seconds {
            build: judgement.seconds.build,
            run: judgement.seconds.run,
            total: judgement.seconds.total,
        },
    })
}

/// Weighs what the judge found, writes the report and tells the journal.
pub fn finish(house: &House, sitting: &mut Sitting, judged: Judged) -> Result<Report, Failure> {
    sitting.refresh()?;
    let bulk = judged
        .submission
        .as_ref()
        .map(|submission| bulk::measure(submission, &sitting.problem));
    let path = sitting.attempt.workspace().display().to_string();
    let mut report = without_session(
        house,
        path,
        &sitting.problem,
        &sitting.weights(),
        sitting.state.seed,
        judged,
    );
    let mut facts = sitting
        .state
        .facts(house.now(), sitting.problem.clarifications.len());
    facts.bulk = bulk;
    facts.compiles_only_at = report.1;
    report.0.attempt = Some(AttemptPart {
        id: sitting.attempt.id.clone(),
        mode: sitting.state.mode,
        started: sitting.state.started,
        facts,
    });
    weigh(house, sitting, report.0)
}

/// Weighs the attempt again, after answers of the discussion. Fails if it was not judged yet.
pub fn regrade(house: &House, sitting: &mut Sitting) -> Result<Report, Failure> {
    sitting.refresh()?;
    let unjudged = || {
        Failure::usage(
            "the attempt was not judged yet",
            "`fiftyten submit` hands the code in",
        )
    };
    let mut report = history::read_report(&sitting.attempt)?.ok_or_else(unjudged)?;
    if let Some(part) = &mut report.attempt {
        let facts = sitting
            .state
            .facts(house.now(), sitting.problem.clarifications.len());
        part.facts.ratings = facts.ratings;
        part.facts.own_ratings = facts.own_ratings;
    }
    weigh(house, sitting, report)
}

fn weigh(house: &House, sitting: &mut Sitting, mut report: Report) -> Result<Report, Failure> {
    let facts = report.attempt.as_ref().map(|part| &part.facts);
    report.score = grade(&sitting.weights(), &report.verdict, facts);
    report.next_drill = next_drill(house, &report)?;
    report.written = house.now();
    history::write_report(&sitting.attempt, &report)?;
    let scored = Command::Scored {
        total: report.score.total,
        band: report.score.band.word().to_owned(),
        verdict: report.verdict.word().to_owned(),
    };
    sitting.act(house, scored)?;
    Ok(report)
}

/// The report of code alone, and the counted time of the snapshot that was judged in place of the end.
pub(super) fn without_session(
    house: &House,
    path: String,
    problem: &Problem,
    weights: &Weights,
    seed: u64,
    judged: Judged,
) -> (Report, Option<u64>) {
    let nothing = Subject {
        path: path.clone(),
        hash: String::new(),
        files: 0,
        lines: 0,
    };
    let report = Report {
        format: FORMAT,
        problem: problem.id.to_string(),
        title: problem.title.clone(),
        submission: judged
            .submission
            .as_ref()
            .map_or(nothing, |submission| Subject::of(path, submission)),
        score: grade(weights, &judged.verdict, None),
        unexplored: judged
            .submission
            .as_ref()
            .filter(|_| matches!(judged.verdict, Verdict::Judged { .. }))
            .map_or_else(Vec::new, unexplored),
        verdict: judged.verdict,
        attempt: None,
        next_drill: None,
        seed,
        sandbox: judged.cage,
        toolchain: judged.toolchain,
        seconds: judged.seconds,
        written: house.now(),
    };
    (report, judged.compiles_only_at)
}

/// Hands in, judges and reports in one go.
pub fn submit(
    house: &House,
    sitting: &mut Sitting,
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(JudgeEvent),
) -> Result<Report, Failure> {
    let handed_in = hand_in(house, sitting)?;
    let judged = judge_handed_in(house, &handed_in, cancel, watch)?;
    finish(house, sitting, judged)
}
