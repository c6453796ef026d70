//! Past attempts → numbers: how the scores go, and the averages per part, tier and group.

use super::{
    problem::{Category, Problem},
    progress::Past,
    score::Part,
};

/// The latest attempts that are compared with those before them.
const RECENT: usize = 5;

/// An average over some attempts.
#[derive(Debug, Clone, PartialEq)]
pub struct Average {
    /// What they have in common: `edge`, `tier 1`, `Caching Systems`.
    pub name: String,
    /// How many attempts.
    pub attempts: usize,
    /// Their mean, 0 to 100.
    pub mean: f64,
    /// The best of them, 0 to 100.
    pub best: f64,
}

/// All judged attempts in numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// Points in order of time, 0 to 100.
    pub totals: Vec<f64>,
    /// The mean of the latest five less the mean of those before; none without both.
    pub trend: Option<f64>,
    /// What was reached per part, the weakest first.
    pub parts: Vec<Average>,
    /// Points per tier.
    pub tiers: Vec<Average>,
    /// Points per group of problems, the weakest first.
    pub groups: Vec<Average>,
}

impl Figures {
    /// The numbers of attempts in order of time. An attempt at a problem that is gone counts in the whole only.
    pub fn of(problems: &[Problem], past: &[Past]) -> Figures {
        let totals: Vec<f64> = past.iter().map(|one| one.total).collect();
        let (before, recent) = totals.split_at(totals.len().saturating_sub(RECENT));
        let trend = (!before.is_empty()).then(|| mean(recent) - mean(before));
        let problem = |one: &Past| {
            problems
                .iter()
                .find(|problem| problem.id.as_str() == one.problem)
        };
        let judged = Category::ALL.into_iter().map(Part::from);
        let parts = [Part::Clarify]
            .into_iter()
            .chain(judged)
            .chain([Part::Discussion]);
        let mut parts: Vec<Average> = parts
            .filter_map(|part| {
                let shares = past.iter().filter_map(|one| {
                    let found = one.shares.iter().find(|(of, _)| *of == part);
                    found.map(|(_, share)| share * 100.0)
                });
                average(part.word().to_owned(), shares.collect())
            })
            .collect();
        parts.sort_by(|a, b| a.mean.total_cmp(&b.mean));
        let by = |name: &dyn Fn(&Problem) -> String| {
            let mut names: Vec<String> = past.iter().filter_map(problem).map(name).collect();
            names.sort();
            names.dedup();
            let averages = names.into_iter().filter_map(|wanted| {
                let of = past
                    .iter()
                    .filter(|one| problem(one).is_some_and(|problem| name(problem) == wanted));
                let totals = of.map(|one| one.total).collect();
                average(wanted, totals)
            });
            averages.collect::<Vec<Average>>()
        };
        let tiers = by(&|problem| format!("tier {}", problem.tier));
        let mut groups = by(&|problem| problem.group.clone());
        groups.sort_by(|a, b| a.mean.total_cmp(&b.mean));
        Figures {
            totals,
            trend,
            parts,
            tiers,
            groups,
        }
    }

    /// The mean of all; 0 without any.
    pub fn mean(&self) -> f64 {
        mean(&self.totals)
    }

    /// The best of all; 0 without any.
    pub fn best(&self) -> f64 {
        self.totals.iter().copied().fold(0.0, f64::max)
    }
}

fn average(name: String, values: Vec<f64>) -> Option<Average> {
    (!values.is_empty()).then(|| Average {
        name,
        attempts: values.len(),
        mean: mean(&values),
        best: values.iter().copied().fold(0.0, f64::max),
    })
}

fn mean(values: &[f64]) -> f64 {
    match values.len() {
        0 => 0.0,
        number => values.iter().sum::<f64>() / number as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{attempt::Mode, score::Band};

    fn past(total: f64, core: f64, edge: Option<f64>) -> Past {
        let edge = edge.map(|share| (Part::Edge, share));
        Past {
            problem: "gone".to_owned(),
            mode: Mode::Drill,
            started: 1,
            total,
            band: Band::Mixed,
            shares: [(Part::Core, core)].into_iter().chain(edge).collect(),
            marked: false,
        }
    }

    #[test]
    fn the_latest_five_are_compared_with_those_before() {
        let totals = [10.0, 30.0, 50.0, 60.0, 60.0, 60.0, 70.0];
        let past: Vec<Past> = totals.map(|total| past(total, 1.0, None)).into();
        let figures = Figures::of(&[], &past);
        assert_eq!(figures.trend, Some(40.0));
        assert_eq!(figures.best(), 70.0);
        assert_eq!(Figures::of(&[], &past[..5]).trend, None);
    }

    #[test]
    fn parts_are_averaged_where_they_were_judged_the_weakest_first() {
        let figures = Figures::of(&[], &[past(50.0, 0.9, Some(0.5)), past(80.0, 1.0, None)]);
        let parts: Vec<(&str, usize, f64)> = figures
            .parts
            .iter()
            .map(|one| (one.name.as_str(), one.attempts, one.mean.round()))
            .collect();
        assert_eq!(parts, [("edge", 1, 50.0), ("core", 2, 95.0)]);
        assert!(figures.tiers.is_empty() && figures.groups.is_empty());
    }

    #[test]
    fn nothing_has_no_figures() {
        assert_eq!(Figures::of(&[], &[]), Figures::default());
        assert_eq!(Figures::default().mean(), 0.0);
    }
}
