//! Past attempts → what is done, what is weak, what comes next.

use super::{
    attempt::Mode,
    problem::{Category, Problem},
    report::Report,
    score::{Band, Part},
};

/// A finished attempt as progress sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// The problem's id.
    pub problem: String,
    /// How it was made.
    pub mode: Mode,
    /// Unix milliseconds of the start.
    pub started: u64,
    /// Points.
    pub total: f64,
    /// The band.
    pub band: Band,
    /// What was reached per part, 0.0 to 1.0.
    pub shares: Vec<(Part, f64)>,
    /// Paused or interrupted mocks are shown, but are nobody's best.
    pub marked: bool,
}

impl Past {
    /// What a report says; none for code that was scored without a session.
    pub fn of(report: &Report) -> Option<Past> {
        let attempt = report.attempt.as_ref()?;
        let facts = &attempt.facts;
        Some(Past {
            problem: report.problem.clone(),
            mode: attempt.mode,
            started: attempt.started,
            total: report.score.total,
            band: report.score.band,
            shares: report
                .score
                .categories
                .iter()
                .map(|line| (line.category, line.share))
                .collect(),
            marked: attempt.mode == Mode::Mock
                && (facts.pauses.0 > 0 || facts.gaps_left_out > 0 || facts.late),
        })
    }

    fn share(&self, part: Part) -> Option<f64> {
        self.shares
            .iter()
            .find(|(of, _)| *of == part)
            .map(|(_, share)| *share)
    }

    /// The bank's rule: core complete, edge and concurrency at four fifths.
    pub fn done(&self) -> bool {
        let at_least = |part, wanted: f64| self.share(part).is_none_or(|share| share >= wanted);
        self.share(Part::Core).is_some_and(|share| share >= 1.0)
            && at_least(Part::Edge, 0.8)
            && at_least(Part::Concurrency, 0.8)
    }
}

/// The best unmarked attempt at a problem: the highest total, the earlier one on a draw.
pub fn best<'a>(past: &'a [Past], problem: &str) -> Option<&'a Past> {
    past.iter()
        .filter(|attempt| attempt.problem == problem && !attempt.marked)
        .max_by(|a, b| a.total.total_cmp(&b.total).then(b.started.cmp(&a.started)))
}

/// Days until a problem should be repeated: after a miss, after it was done once, twice in a row, and so on.
/// Source: the intervals of the bank's cards.
const REPEAT_AFTER_DAYS: [u64; 5] = [1, 3, 7, 16, 35];

const DAY: u64 = 24 * 3_600_000;

/// What is due at any time of its day is due from its morning: so much earlier than to the hour.
const MORNING: u64 = DAY / 4;

/// When a problem should be repeated, in unix milliseconds; none if it was never tried. `past` is oldest first.
///
/// A miss comes back the next day; each time it is done in a row, it stays away longer, 35 days at most.
pub fn repeat_at(past: &[Past], problem: &str) -> Option<u64> {
    let mut attempts = past
        .iter()
        .rev()
        .filter(|attempt| attempt.problem == problem);
    let latest = attempts.clone().next()?;
    let in_a_row = attempts.position(|attempt| !attempt.done());
    let in_a_row = in_a_row.unwrap_or_else(|| {
        past.iter()
            .filter(|attempt| attempt.problem == problem)
            .count()
    });
    let days = REPEAT_AFTER_DAYS[in_a_row.min(REPEAT_AFTER_DAYS.len() - 1)];
    Some(latest.started + days * DAY - MORNING)
}

/// The average share of a category over all attempts that were judged in it; none if there is no such attempt.
pub fn average(past: &[Past], category: Category) -> Option<f64> {
    let shares: Vec<f64> = past
        .iter()
        .filter_map(|attempt| attempt.share(category.into()))
        .collect();
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}

/// The judged category with the least average over all attempts; none without attempts or if all are full.
pub fn weakest(past: &[Past]) -> Option<Category> {
    Category::ALL
        .into_iter()
        .filter_map(|category| Some((category, average(past, category)?)))
        .filter(|(_, average)| *average < 1.0)
        .min_by(|(_, a), (_, b)| a.total_cmp(b))
        .map(|(category, _)| category)
}

/// What to drill next: the problem with most weight in the weak category. Another one than the current if there is one,
/// undone ones before done ones, then by tier and id. With nothing weak, the first problem that is not done.
pub fn next_drill<'p>(
    problems: &'p [Problem],
    past: &[Past],
    weak: Option<Category>,
    current: &str,
) -> Option<&'p Problem> {
    let done = |problem: &Problem| {
        past.iter()
            .any(|attempt| attempt.problem == problem.id.as_str() && attempt.done())
    };
    problems.iter().min_by_key(|problem| {
        let weight = weak.map_or(0, |category| problem.weights.of(category));
        (
            problem.id.as_str() == current,
            done(problem),
            u8::MAX - weight,
            problem.tier,
            problem.id.clone(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(problem: &str, total: f64, core: f64, edge: f64) -> Past {
        Past {
            problem: problem.to_owned(),
            mode: Mode::Drill,
            started: 1,
            total,
            band: Band::Mixed,
            shares: vec![(Part::Core, core), (Part::Edge, edge)],
            marked: false,
        }
    }

    #[test]
    fn the_best_attempt_is_the_highest_that_bears_no_mark() {
        let mut attempts = vec![
            past("a", 60.0, 1.0, 0.5),
            past("a", 90.0, 1.0, 1.0),
            past("b", 99.0, 1.0, 1.0),
        ];
        assert_eq!(best(&attempts, "a").map(|best| best.total), Some(90.0));
        attempts[1].marked = true;
        assert_eq!(best(&attempts, "a").map(|best| best.total), Some(60.0));
        assert_eq!(best(&attempts, "c"), None);
    }

    #[test]
    fn done_needs_all_of_core_and_four_fifths_of_the_rest() {
        assert!(past("a", 0.0, 1.0, 0.8).done());
        assert!(!past("a", 0.0, 0.99, 1.0).done());
        assert!(!past("a", 0.0, 1.0, 0.79).done());
    }

    #[test]
    fn a_miss_comes_back_the_next_day_and_what_is_done_stays_away_longer_each_time() {
        let at = |started, core| Past {
            started: started * DAY,
            ..past("a", 50.0, core, 1.0)
        };
        assert_eq!(repeat_at(&[], "a"), None);
        let missed = [at(10, 0.5)];
        assert_eq!(repeat_at(&missed, "a"), Some(11 * DAY - MORNING));
        let done = [at(10, 0.5), at(11, 1.0)];
        assert_eq!(repeat_at(&done, "a"), Some(14 * DAY - MORNING));
        let twice = [at(11, 1.0), at(14, 1.0)];
        assert_eq!(repeat_at(&twice, "a"), Some(21 * DAY - MORNING));
        let often: Vec<Past> = (1..20).map(|day| at(day, 1.0)).collect();
        assert_eq!(repeat_at(&often, "a"), Some((19 + 35) * DAY - MORNING));
        let forgotten = [at(11, 1.0), at(14, 1.0), at(21, 0.9)];
        assert_eq!(repeat_at(&forgotten, "a"), Some(22 * DAY - MORNING));
        assert_eq!(repeat_at(&forgotten, "b"), None);
    }

    #[test]
    fn the_weakest_category_is_the_least_on_average() {
        assert_eq!(
            weakest(&[past("a", 0.0, 0.9, 0.5), past("b", 0.0, 0.2, 0.9)]),
            Some(Category::Core)
        );
        assert_eq!(weakest(&[past("a", 0.0, 1.0, 1.0)]), None);
        assert_eq!(weakest(&[]), None);
    }
}
