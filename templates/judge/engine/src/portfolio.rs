//! Random walks of several kinds, and the passes that let the unlikely happen.

use crate::execution::Specials;
use crate::failure::Failure;
use crate::minimise;
use crate::plan::{Coverage, Finding, Plan};
use crate::random::{Random, mix};
use crate::search::{Found, Runner, decisions};
use crate::strategy::{Pct, Strategy};
use crate::systematic::{self, Bounds};

/// Most schedules of the systematic part of a special pass.
const SPECIAL_SCHEDULES: u64 = 600;

/// Runs each random strategy as often as the plan says; gives the number of runs.
pub(crate) fn walk(runner: &mut Runner<'_>, plan: &Plan) -> Result<u64, Box<Found>> {
    let before = runner.runs;
    if plan.random == 0 {
        return Ok(0);
    }
    let last_step = runner.steps.saturating_add(plan.steps);
    // Its length and its share of steps are what PCT and the weighted walk go by.
    if let Some(raw) = runner.follow(&[], false, Specials::default()) {
        return Err(Box::new(Found::new(runner, raw)));
    }
    let expected = decisions(&runner.execution);
    let kinds: [&dyn Fn(u64, u64) -> Strategy; 6] = [
        &|seed, length| Strategy::Priorities(Pct::new(seed, 2, length)),
        &|seed, length| Strategy::Priorities(Pct::new(seed, 3, length)),
        &|seed, length| Strategy::Priorities(Pct::new(seed, 4, length)),
        &|seed, length| Strategy::Priorities(Pct::new(seed, 5, length)),
        &|seed, _| Strategy::Weighted(Random::new(seed), expected.clone()),
        &|seed, _| Strategy::Uniform(Random::new(seed)),
    ];
    // In turn, so that a limit on steps cuts all kinds alike.
    for round in 0..plan.random {
        for (kind, strategy) in kinds.iter().enumerate() {
            if runner.steps >= last_step {
                return Ok(runner.runs - before);
            }
            let seed = mix(plan.seed ^ mix(round << 8 | kind as u64));
            if let Some(raw) = runner.walk(strategy(seed, runner.longest), Specials::default()) {
                return Err(Box::new(Found::new(runner, raw)));
            }
        }
    }
    Ok(runner.runs - before)
}

/// Runs the passes with spurious wake-ups and with a late clock. Fails if one finds something that counts as failure.
pub(crate) fn specials(
    runner: &mut Runner<'_>,
    plan: &Plan,
    coverage: &mut Coverage,
) -> Result<(), Box<Failure>> {
    let spurious = Specials {
        spurious: true,
        late_clock: false,
    };
    let late_clock = Specials {
        spurious: false,
        late_clock: true,
    };
    let passes = [
        (plan.spurious, spurious, "with a spurious wake-up"),
        (
            plan.late_clock,
            late_clock,
            "with a clock that moves while threads can run",
        ),
    ];
    for (finding, specials, words) in passes {
        if finding == Finding::Off {
            continue;
        }
        let before = runner.runs;
        let found = special_pass(runner, plan, specials);
        coverage.special += runner.runs - before;
        let Some(found) = found else { continue };
        let failure = minimise::tell(runner, *found, specials, true);
        if finding == Finding::Failure {
            return Err(failure);
        }
        if coverage.suspicion.is_none() {
            coverage.suspicion = Some(format!("{words}: {}", failure.message));
            coverage.suspect = Some(failure);
        }
    }
    Ok(())
}

fn special_pass(runner: &mut Runner<'_>, plan: &Plan, specials: Specials) -> Option<Box<Found>> {
    let steps = plan.steps / 8;
    let bounds = Bounds {
        schedules: (plan.schedules / 8).clamp(1, SPECIAL_SCHEDULES),
        steps,
        specials,
        wanted: None,
    };
    match systematic::explore(runner, &bounds) {
        Err(found) => return Some(found),
        // Nobody ever waits where something special could happen.
        Ok(covered) if !covered.specials => return None,
        Ok(_) => {}
    }
    let last_step = runner.steps.saturating_add(steps);
    for round in 0..plan.random / 2 {
        if runner.steps >= last_step {
            break;
        }
        let seed = mix(plan.seed ^ mix(round << 8 | 0x80 | u64::from(specials.spurious)));
        if let Some(raw) = runner.walk(Strategy::Uniform(Random::new(seed)), specials) {
            return Some(Box::new(Found::new(runner, raw)));
        }
    }
    None
}
