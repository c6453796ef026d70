//! Score over time: what each kept state of the code was worth, and the moments that tell something.

use serde::{Deserialize, Serialize};

use super::{
    problem::{Category, Weights},
    score::grade,
    session::SessionState,
    verdict::{CheckResult, Verdict},
};

/// Milliseconds after the end of the time in which the freeze may still keep the workspace.
const GRACE: u64 = 2_000;

/// What one kept state of the code was worth. Performance is left out: it would take minutes and tell little about half-done
/// code. So is the follow-up: states from before the twist are not measured by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Whether it compiled.
    pub compiled: bool,
    /// Points of the judged categories, 0 to 100.
    pub total: f64,
    /// Names of the checks that passed.
    pub passing: Vec<String>,
    /// Checks in all.
    pub of: usize,
}

impl Standing {
    /// What a verdict says of a state.
    pub fn of(weights: &Weights, verdict: &Verdict) -> Standing {
        let checks = verdict.checks();
        let passed = checks.iter().filter(|check| check.passed());
        Standing {
            compiled: matches!(verdict, Verdict::Judged { .. }),
            total: grade(&measured(weights), verdict, None).total,
            passing: passed
                .map(|check: &CheckResult| check.name.clone())
                .collect(),
            of: checks.len(),
        }
    }

    /// Whether every check passed.
    pub fn green(&self) -> bool {
        self.compiled && self.of > 0 && self.passing.len() == self.of
    }
}

/// The weights by which states are compared.
pub fn measured(weights: &Weights) -> Weights {
    Weights {
        performance: 0,
        followup: 0,
        ..*weights
    }
}

/// The categories by which states are compared.
pub fn categories(weights: &Weights) -> Vec<Category> {
    let weights = measured(weights);
    Category::ALL
        .into_iter()
        .filter(|category| weights.of(*category) > 0)
        .collect()
}

/// A kept state at its counted time.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// Counted milliseconds since the start.
    pub at: u64,
    /// Hash of the snapshot.
    pub hash: String,
    /// What it was worth.
    pub standing: Standing,
    /// Checks that passed in the last compiling state before and do not any more.
    pub broke: Vec<String>,
}

/// The states of an attempt in order of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timeline {
    /// The states that were judged.
    pub moments: Vec<Moment>,
    /// States that were not judged yet.
    pub waiting: usize,
    /// Counted milliseconds at which the code was handed in.
    pub end: u64,
}

impl Timeline {
    /// Puts states in order; `standing` knows what those are worth that were judged.
    pub fn of(
        states: &[(u64, String)],
        end: u64,
        standing: impl Fn(&str) -> Option<Standing>,
    ) -> Timeline {
        let mut timeline = Timeline {
            end,
            ..Timeline::default()
        };
        let mut before: Option<Standing> = None;
        for (at, hash) in states {
            let Some(standing) = standing(hash) else {
                timeline.waiting += 1;
                continue;
            };
            let lost = |before: &Standing| {
                let lost = before.passing.iter();
                lost.filter(|name| !standing.passing.contains(name))
                    .cloned()
                    .collect()
            };
            let broke = before.as_ref().filter(|_| standing.compiled).map(lost);
            if standing.compiled {
                before = Some(standing.clone());
            }
            timeline.moments.push(Moment {
                at: *at,
                hash: hash.clone(),
                standing,
                broke: broke.unwrap_or_default(),
            });
        }
        timeline
    }

    /// The first state in which every check passed.
    pub fn first_green(&self) -> Option<&Moment> {
        self.moments.iter().find(|one| one.standing.green())
    }

    /// The best state, the first of them.
    pub fn peak(&self) -> Option<&Moment> {
        let better = |a: &&Moment, b: &&Moment| {
            let totals = a.standing.total.total_cmp(&b.standing.total);
            totals.then(b.at.cmp(&a.at))
        };
        self.moments.iter().max_by(better)
    }

    /// The states in which something broke.
    pub fn breaks(&self) -> impl Iterator<Item = &Moment> {
        self.moments.iter().filter(|one| !one.broke.is_empty())
    }

    /// Points of the state that was there at a counted time; none before the first one.
    pub fn total_at(&self, at: u64) -> Option<f64> {
        let kept = self.moments.iter().rev().find(|one| one.at <= at);
        kept.map(|one| one.standing.total)
    }
}

impl SessionState {
    /// The kept states that could have been judged, with their counted times, and the counted time of the end. What was
    /// saved after the end is left out. None while the attempt is not over.
    pub fn states(&self) -> Option<(Vec<(u64, String)>, u64)> {
        let given_up = self.abandoned.map(|at| self.elapsed(at));
        let submitted = self.submitted.as_ref().map(|(at, ..)| self.elapsed(*at));
        let end = submitted.or(given_up)?;
        let end = self.plan.freeze.map_or(end, |freeze| end.min(freeze));
        let kept = self.snapshots.iter();
        let states: Vec<(u64, String)> = kept
            .map(|kept| (self.elapsed(kept.at), kept))
            .filter(|(at, _)| *at <= end + GRACE)
            .map(|(at, kept)| (at.min(end), kept.hash.clone()))
            .collect();
        Some((states, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(total: f64, passing: &[&str], compiled: bool) -> Standing {
        Standing {
            compiled,
            total,
            passing: passing.iter().map(|name| (*name).to_owned()).collect(),
            of: 2,
        }
    }

    fn timeline() -> Timeline {
        let states: Vec<(u64, String)> = (1..)
            .zip(["a", "b", "none", "c", "later", "b"])
            .map(|(minute, hash)| (minute * 60_000, hash.to_owned()))
            .collect();
        Timeline::of(&states, 360_000, |hash| match hash {
            "a" => Some(standing(40.0, &["stores"], true)),
            "b" => Some(standing(100.0, &["stores", "evicts"], true)),
            "none" => Some(standing(0.0, &[], false)),
            "c" => Some(standing(40.0, &["stores"], true)),
            _ => None,
        })
    }

    #[test]
    fn green_peak_and_what_broke_are_found_across_states_that_do_not_compile() {
        let timeline = timeline();
        assert_eq!(timeline.first_green().map(|one| one.at), Some(120_000));
        assert_eq!(timeline.peak().map(|one| one.at), Some(120_000));
        let broke: Vec<_> = timeline.breaks().map(|one| (one.at, &one.broke)).collect();
        assert_eq!(broke, [(240_000, &vec!["evicts".to_owned()])]);
        assert_eq!(timeline.waiting, 1);
    }

    #[test]
    fn between_two_saves_the_earlier_one_counts() {
        let timeline = timeline();
        assert_eq!(timeline.total_at(59_999), None);
        assert_eq!(timeline.total_at(119_999), Some(40.0));
        assert_eq!(timeline.total_at(180_000), Some(0.0));
    }
}
