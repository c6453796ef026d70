//! Makes a failure's schedule short, proves that it replays, and finds the nearest schedule that passes.

use crate::deviation::{Deviation, token};
use crate::execution::{Execution, Specials};
use crate::explain;
use crate::failure::{Failure, FailureKind, RawFailure};
use crate::search::{Found, Runner};
use crate::systematic::{self, Bounds};

/// Schedules in which a shorter way to the same kind of failure is looked for.
pub(crate) const SCHEDULES: u64 = 2_000;
/// Steps that this, and leaving out deviations, may take.
const STEPS: u64 = 1_000_000;
/// Replays for leaving out deviations.
const REPLAYS: u64 = 400;
/// Traced runs that must be alike.
const PROOFS: usize = 3;
/// Schedules with one more deviation that are tried, where leaving one out does not pass.
const NEIGHBOURS: usize = 64;
/// Steps that they may take.
const NEIGHBOUR_STEPS: u64 = 100_000;
/// A passing run with more events than these is not told.
const PASSING_EVENTS: usize = 600;

/// Tells the whole story of what a search has found.
///
/// `searched` says that few deviations have been searched through already.
pub(crate) fn tell(
    runner: &mut Runner<'_>,
    mut found: Found,
    specials: Specials,
    searched: bool,
) -> Box<Failure> {
    let at = found.at;
    if !searched && found.deviations.len() > 1 {
        let bounds = Bounds {
            schedules: SCHEDULES,
            steps: STEPS,
            specials,
            wanted: Some(found.raw.kind),
        };
        if let Err(shorter) = systematic::explore(runner, &bounds)
            && shorter.deviations.len() <= found.deviations.len()
        {
            found = *shorter;
        }
    }
    shorten(runner, &mut found);
    prove(runner, &found, at)
}

/// Leaves out deviations, large parts first, as long as the same kind of failure comes out.
fn shorten(runner: &mut Runner<'_>, found: &mut Found) {
    let last_step = runner.steps.saturating_add(STEPS);
    let last_run = runner.runs + REPLAYS;
    let mut part = found.deviations.len().div_ceil(2);
    while part > 0 {
        let mut start = 0;
        let mut shorter = false;
        while start < found.deviations.len() {
            if runner.steps >= last_step || runner.runs >= last_run {
                return;
            }
            let end = (start + part).min(found.deviations.len());
            let kept: Vec<Deviation> =
                [&found.deviations[..start], &found.deviations[end..]].concat();
            match runner.follow(&kept, false, Specials::default()) {
                Some(raw)
                    if raw.kind == found.raw.kind
                        && runner.execution.taken.len() < found.deviations.len() =>
                {
                    found.raw = raw;
                    found.deviations.clone_from(&runner.execution.taken);
                    shorter = true;
                }
                _ => start += part,
            }
        }
        if part > 1 {
            part = part.div_ceil(2).min(part - 1);
        } else if !shorter {
            return;
        }
    }
}

/// Replays with tracing, several times, to be sure that the story is always the same.
///
/// A program that depends on addresses fails alike in each run but for details; that is said. One that does not fail
/// alike is not told at all.
fn prove(runner: &mut Runner<'_>, found: &Found, at: u64) -> Box<Failure> {
    runner.trace();
    let mut told: Option<(Failure, Vec<String>)> = None;
    let mut alike = true;
    for _ in 0..PROOFS {
        let raw = runner.follow(&found.deviations, false, Specials::default());
        let Some(raw) = raw.filter(|raw| raw.kind == found.raw.kind) else {
            return not_deterministic(runner, found, at);
        };
        let lines = fingerprint(&runner.execution);
        match &told {
            None => told = Some((explain::story(&runner.execution, raw, at, None), lines)),
            Some((first, seen)) => alike &= first.message == raw.message && *seen == lines,
        }
    }
    let Some((mut failure, _)) = told else {
        return not_deterministic(runner, found, at);
    };
    if !alike {
        failure.why.push_str(
            " The details differ from run to run, as if the program looked at addresses.",
        );
    }
    runner.execution.trace = None;
    if let Some(passing) = nearest_passing(runner, &found.deviations) {
        failure.passing_token = Some(token(&passing));
        failure.passing = told_passing(runner, &passing);
    }
    Box::new(failure)
}

fn not_deterministic(runner: &mut Runner<'_>, found: &Found, at: u64) -> Box<Failure> {
    let message = format!(
        "internal: not deterministic: the schedule that ended with \"{}\" ends differently when it is run again",
        found.raw.message
    );
    let raw = RawFailure {
        kind: FailureKind::Internal,
        message,
        place: found.raw.place.clone(),
        history: None,
    };
    let failure = explain::story(&runner.execution, raw, at, None);
    runner.execution.trace = None;
    Box::new(failure)
}

/// What must be the same in every run of one schedule. Addresses may differ.
fn fingerprint(execution: &Execution) -> Vec<String> {
    execution
        .event_reports()
        .iter()
        .map(|event| {
            // Where memory is used again, two primitives may have one number.
            let numbers = (event.virtual_ns, event.woke.len(), event.joins);
            format!(
                "{} {} {} {} {:?} {numbers:?}",
                event.step, event.thread, event.op, event.at, event.note
            )
        })
        .collect()
}

/// The schedule without its last deviation that makes the difference; where there is none, with one more.
fn nearest_passing(runner: &mut Runner<'_>, deviations: &[Deviation]) -> Option<Vec<Deviation>> {
    let without = (0..deviations.len()).rev().take(8);
    let mut kept = without.map(|index| [&deviations[..index], &deviations[index + 1..]].concat());
    kept.find_map(|fewer| passing(runner, &fewer)).or_else(|| {
        // Its failure is known; what is wanted are the ways in which it could have gone on.
        let _ = runner.follow(deviations, true, Specials::default());
        let branches = runner.execution.branches.iter().take(NEIGHBOURS);
        let further: Vec<Deviation> = branches.map(|branch| branch.deviation).collect();
        let last_step = runner.steps.saturating_add(NEIGHBOUR_STEPS);
        let mut more = further.into_iter().map(|one| [deviations, &[one]].concat());
        more.find_map(|more| {
            (runner.steps < last_step)
                .then(|| passing(runner, &more))
                .flatten()
        })
    })
}

/// The deviations that were taken on the way, if that schedule passes.
fn passing(runner: &mut Runner<'_>, planned: &[Deviation]) -> Option<Vec<Deviation>> {
    let passes = runner.follow(planned, false, Specials::default()).is_none();
    passes.then(|| runner.execution.taken.clone())
}

/// The story of a schedule that passes.
fn told_passing(runner: &mut Runner<'_>, deviations: &[Deviation]) -> Option<serde_json::Value> {
    runner.trace();
    let failed = runner.follow(deviations, false, Specials::default());
    let short = runner
        .execution
        .trace
        .as_ref()
        .is_some_and(|trace| trace.len() <= PASSING_EVENTS);
    let told = (failed.is_none() && short).then(|| explain::passing(&runner.execution));
    runner.execution.trace = None;
    told
}
