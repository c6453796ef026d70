//! The candidate's own view of the work, and how far it is from what was found.

use serde::{Deserialize, Serialize};

use super::{report::Report, score::Part};

/// The best rating.
pub const BEST: u8 = 4;

/// A view and a finding closer than this (a share of the points) are taken for the same.
const SAME: f64 = 0.2;

/// One part of the interview as the candidate sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRating {
    /// Which part.
    pub part: Part,
    /// 0 nothing of it, 4 all of it.
    pub points: u8,
}

impl OwnRating {
    /// The same with points that exist.
    pub fn within_scale(&self) -> OwnRating {
        OwnRating {
            points: self.points.min(BEST),
            ..*self
        }
    }
}

/// Which way a view is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// Better than what was found.
    TooHigh,
    /// Close to it.
    AsFound,
    /// Worse than what was found.
    TooLow,
}

/// A rated part beside what was found in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// Which part.
    pub part: Part,
    /// The own rating as a share, 0.0 to 1.0.
    pub own: f64,
    /// What was reached, 0.0 to 1.0.
    pub found: f64,
}

impl Gap {
    /// Positive where the own view is the better one; -1.0 to 1.0.
    pub fn size(&self) -> f64 {
        self.own - self.found
    }

    /// Which way the view is off.
    pub fn bias(&self) -> Bias {
        match self.size() {
            size if size >= SAME => Bias::TooHigh,
            size if size <= -SAME => Bias::TooLow,
            _ => Bias::AsFound,
        }
    }
}

/// The rated parts of a report that were measured, in the order of the interview.
pub fn gaps(report: &Report) -> Vec<Gap> {
    let own = report
        .attempt
        .as_ref()
        .map(|part| part.facts.own_ratings.as_slice())
        .unwrap_or_default();
    report
        .score
        .categories
        .iter()
        .filter_map(|line| {
            let rating = own.iter().find(|one| one.part == line.category)?;
            Some(Gap {
                part: line.category,
                own: f64::from(rating.points) / f64::from(BEST),
                found: line.share,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_off_from_a_fifth_of_the_points_on() {
        let bias = |own, found| {
            Gap {
                part: Part::Core,
                own,
                found,
            }
            .bias()
        };
        assert_eq!(bias(0.75, 0.5), Bias::TooHigh);
        assert_eq!(bias(0.75, 0.7), Bias::AsFound);
        assert_eq!(bias(0.5, 0.9), Bias::TooLow);
        assert_eq!(bias(1.0, 1.0), Bias::AsFound);
    }

    #[test]
    fn a_figure_beyond_the_scale_is_the_best_one() {
        let wild = OwnRating {
            part: Part::Edge,
            points: 9,
        };
        assert_eq!(wild.within_scale().points, BEST);
    }
}
