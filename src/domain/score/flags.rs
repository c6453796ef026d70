//! Habits that cost offers, each with its evidence.

use serde::{Deserialize, Serialize};

use super::{CategoryScore, Evidence, Part};
use crate::domain::{
    attempt::Mode,
    problem::Category,
    session::{MINUTE, SessionFacts, facts::clock},
    verdict::{CheckResult, Outcome, Verdict},
};

/// A habit that costs offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Twelve minutes without a word, or fewer than four notes.
    SilentCoding,
    /// Edge below 40 % and no question about limits or errors.
    EdgesIgnored,
    /// Much more code or API than asked for, while the core was not done.
    OverEngineering,
    /// Concurrency below 30 %, races in most of its checks, or threads that get stuck without any special timing.
    NoThoughtForConcurrency,
    /// Nothing to say about one's own functions.
    CannotExplain,
}

/// A flag with what raised it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedFlag {
    /// Which habit.
    pub flag: Flag,
    /// What raised it; never empty.
    pub evidence: Vec<Evidence>,
}

/// The longest stretch of an interview without a word.
const SILENCE: u64 = 12 * MINUTE;
/// The fewest notes of an interview.
const NOTES: usize = 4;
/// Times the reference's lines.
const LINES_FACTOR: f64 = 2.5;
/// Public items beyond the API.
const EXTRA_ITEMS: usize = 3;
/// When the core should be done.
const CORE_DONE: u64 = 35 * MINUTE;

/// Every flag that the verdict and the session raise.
pub(super) fn raise(
    verdict: &Verdict,
    session: Option<&SessionFacts>,
    categories: &[CategoryScore],
) -> Vec<RedFlag> {
    let share = |part| {
        categories
            .iter()
            .find(|line| line.category == part)
            .map(|line| line.share)
    };
    let mut found = vec![(
        Flag::NoThoughtForConcurrency,
        concurrency(verdict, share(Part::Concurrency)),
    )];
    if let Some(facts) = session {
        found.push((Flag::SilentCoding, silence(facts)));
        found.push((Flag::EdgesIgnored, edges(facts, share(Part::Edge))));
        found.push((Flag::OverEngineering, bulk(facts, share(Part::Core))));
        found.push((Flag::CannotExplain, explanations(facts)));
    }
    found
        .into_iter()
        .filter(|(_, evidence)| !evidence.is_empty())
        .map(|(flag, evidence)| RedFlag { flag, evidence })
        .collect()
}

/// Only an interview is spoken aloud; drills and warm-ups may be silent.
fn silence(facts: &SessionFacts) -> Vec<Evidence> {
    if facts.mode != Mode::Mock {
        return Vec::new();
    }
    let mut evidence = Vec::new();
    if let Some((from, to)) = facts
        .longest_silence
        .filter(|(from, to)| to - from > SILENCE)
    {
        evidence.push(Evidence::new(
            format!("{} without a note or a question", clock(to - from)),
            format!("minute {} to {}", clock(from), clock(to)),
        ));
    }
    if facts.notes.len() < NOTES {
        evidence.push(Evidence::new(
            format!(
                "{} of the {NOTES} notes that are the least",
                facts.notes.len()
            ),
            "the whole session",
        ));
    }
    evidence
}

fn edges(facts: &SessionFacts, edge: Option<f64>) -> Vec<Evidence> {
    match edge {
        Some(share) if share < 0.4 && !facts.asked_about_limits && facts.mode != Mode::Warmup => {
            vec![
                Evidence::new(format!("edge is at {:.0} %", share * 100.0), "edge"),
                Evidence::new("no question about limits or errors", "before coding"),
            ]
        }
        Some(_) | None => Vec::new(),
    }
}

fn bulk(facts: &SessionFacts, core: Option<f64>) -> Vec<Evidence> {
    let core_late = match facts.mode {
        Mode::Mock => facts.first_green.is_none_or(|at| at > CORE_DONE),
        Mode::Drill | Mode::Warmup | Mode::Untimed => core.is_some_and(|share| share < 1.0),
    };
    let Some(bulk) = facts.bulk.filter(|_| core_late) else {
        return Vec::new();
    };
    let mut evidence = Vec::new();
    if bulk.code_lines as f64 > LINES_FACTOR * bulk.reference_lines as f64 {
        let what = format!(
            "{} lines of code, the reference has {}",
            bulk.code_lines, bulk.reference_lines
        );
        evidence.push(Evidence::new(what, "src"));
    }
    if bulk.extra_public_items > EXTRA_ITEMS {
        evidence.push(Evidence::new(
            format!("{} public items beyond the API", bulk.extra_public_items),
            "src",
        ));
    }
    evidence
}

fn concurrency(verdict: &Verdict, share: Option<f64>) -> Vec<Evidence> {
    // Code that does nothing yet, or that was never built, says nothing about its author's thoughts.
    let works_at_all = verdict
        .checks()
        .iter()
        .any(|check| check.category == Category::Core && check.passed());
    if !works_at_all {
        return Vec::new();
    }
    let Some(share) = share else {
        return Vec::new();
    };
    let mut evidence = Vec::new();
    if !matches!(verdict, Verdict::Judged { .. }) {
        return evidence;
    }
    if share < 0.3 {
        evidence.push(Evidence::new(
            format!("concurrency is at {:.0} %", share * 100.0),
            "concurrency",
        ));
    }
    // One race can happen to anybody, and a systematic search finds it at once. Races wherever threads meet are a habit; so is what
    // gets stuck without any special timing.
    let checks = verdict.checks().iter().filter(|check| {
        check.category == Category::Concurrency && check.outcome != Outcome::Skipped
    });
    let races: Vec<Evidence> = checks.clone().filter_map(race).collect();
    if races.len() * 2 > checks.clone().count() {
        evidence.extend(races);
    } else {
        evidence.extend(checks.filter(|check| stuck_at_once(check)).filter_map(race));
    }
    evidence
}

/// A check that failed by the order in which threads ran.
///
/// What fails in the very first, sequential schedule is a plain mistake and no race; threads that wait for each other are one
/// anywhere.
fn race(check: &CheckResult) -> Option<Evidence> {
    let story = check.story.as_ref()?;
    let by_order = match check.outcome {
        Outcome::Deadlock | Outcome::Livelock => true,
        Outcome::Failed | Outcome::Panicked | Outcome::NotLinearizable => story.found_at > 1,
        _ => false,
    };
    let what = format!(
        "{} in schedule {}",
        story.kind.replace('_', " "),
        story.found_at
    );
    by_order.then(|| Evidence::new(what, &check.name))
}

/// Whether threads wait for each other in the very first schedule, as in any plain run.
fn stuck_at_once(check: &CheckResult) -> bool {
    let first = check
        .story
        .as_ref()
        .is_some_and(|story| story.found_at == 1);
    first && matches!(check.outcome, Outcome::Deadlock | Outcome::Livelock)
}

fn explanations(facts: &SessionFacts) -> Vec<Evidence> {
    let own: Vec<_> = facts
        .ratings
        .iter()
        .filter(|rating| rating.own_code)
        .collect();
    let empty = own
        .iter()
        .all(|rating| !rating.answered || rating.points == 0);
    if own.len() < 2 || !empty {
        return Vec::new();
    }
    own.iter()
        .map(|rating| {
            let what = if rating.answered {
                "rated 0 by yourself"
            } else {
                "no answer"
            };
            Evidence::new(what, &rating.question)
        })
        .collect()
}
