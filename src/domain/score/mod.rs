//! Verdict and session weighed by the rubric (bank part 5, section 3).
//!
//! Pure: the same verdict and facts give the same score, and every line of it cites its evidence. Parts that do not exist
//! (no session, no follow-up in a drill, a discussion that nobody held) are left out, and the rest makes up the hundred.

mod bands;
mod flags;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use bands::Band;
pub use flags::{Flag, RedFlag};

use super::{
    problem::{Category, Weights},
    session::{SessionFacts, facts::clock},
    verdict::{CheckResult, Verdict},
};

/// Questions that earn the full points of the clarify phase.
pub const FULL_QUESTIONS: usize = 4;
/// Answers that a whole discussion has at least.
const FULL_ANSWERS: usize = 3;
/// Points taken off when only an earlier snapshot compiles.
pub const COMPILE_PENALTY: f64 = 10.0;

/// A part of the interview that earns points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Questions before code.
    Clarify,
    /// Core suite.
    Core,
    /// Edge suite.
    Edge,
    /// Concurrency suite.
    Concurrency,
    /// Performance suite.
    Performance,
    /// Follow-up suite.
    FollowUp,
    /// The talk at the end.
    Discussion,
}

impl Part {
    /// The word used in files, JSON and on screens.
    pub fn word(self) -> &'static str {
        match self.category() {
            Some(category) => category.word(),
            None if self == Part::Clarify => "clarify",
            None => "discussion",
        }
    }

    /// The judged category behind the part; none for clarify and discussion.
    pub fn category(self) -> Option<Category> {
        match self {
            Part::Clarify | Part::Discussion => None,
            Part::Core => Some(Category::Core),
            Part::Edge => Some(Category::Edge),
            Part::Concurrency => Some(Category::Concurrency),
            Part::Performance => Some(Category::Performance),
            Part::FollowUp => Some(Category::FollowUp),
        }
    }
}

impl From<Category> for Part {
    fn from(category: Category) -> Part {
        match category {
            Category::Core => Part::Core,
            Category::Edge => Part::Edge,
            Category::Concurrency => Part::Concurrency,
            Category::Performance => Part::Performance,
            Category::FollowUp => Part::FollowUp,
        }
    }
}

/// Why a line of the score says what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was found.
    pub what: String,
    /// Where to see it: a check, a minute, a note, a snapshot.
    pub place: String,
}

impl Evidence {
    /// A finding and its place.
    pub fn new(what: impl Into<String>, place: impl Into<String>) -> Evidence {
        Evidence {
            what: what.into(),
            place: place.into(),
        }
    }
}

/// The points of one part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CategoryScore {
    /// Which part.
    pub category: Part,
    /// What counts, gates applied, two decimals. Less than `max` unless all of it was passed in full.
    pub points: f64,
    /// The weight in percent.
    pub max: f64,
    /// What was reached before the gates, 0.0 to 1.0.
    pub share: f64,
    /// Why.
    pub evidence: Vec<Evidence>,
}

/// Points taken off the total.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deduction {
    /// How many; positive.
    pub points: f64,
    /// What for.
    pub evidence: Evidence,
}

/// The judge's finding weighed like an interviewer would.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// 0 to 100, one decimal.
    pub total: f64,
    /// What the interviewer would recommend.
    pub band: Band,
    /// Why the band is lower than the total alone says; empty if it is not.
    pub held_back: Vec<Evidence>,
    /// In the order of the interview.
    pub categories: Vec<CategoryScore>,
    /// Hints and the price of code that does not compile at the end.
    pub deductions: Vec<Deduction>,
    /// Habits that cost offers.
    pub flags: Vec<RedFlag>,
}

impl Score {
    /// What was reached in a part before the gates; none if the part does not exist.
    pub fn share(&self, part: Part) -> Option<f64> {
        self.categories
            .iter()
            .find(|line| line.category == part)
            .map(|line| line.share)
    }

    /// The judged category with the least share, the heavier one on a draw; none if all are full.
    pub fn weakest(&self) -> Option<Category> {
        self.categories
            .iter()
            .filter(|line| line.share < 1.0 && line.category.category().is_some())
            .min_by(|a, b| a.share.total_cmp(&b.share).then(b.max.total_cmp(&a.max)))
            .and_then(|line| line.category.category())
    }
}

/// Weighs a verdict, with a session or without one.
pub fn grade(weights: &Weights, verdict: &Verdict, session: Option<&SessionFacts>) -> Score {
    let mut categories: Vec<CategoryScore> = Vec::new();
    categories.extend(session.and_then(|facts| clarify(weights, facts)));
    categories.extend(
        Category::ALL
            .into_iter()
            .filter_map(|category| code(weights, verdict, category)),
    );
    categories.extend(session.and_then(|facts| discussion(weights, facts)));
    apply_gates(&mut categories);

    let deductions = session.map(deductions).unwrap_or_default();
    let max: f64 = categories.iter().map(|line| line.max).sum();
    let earned: f64 = categories.iter().map(|line| line.points).sum();
    let percent = if max > 0.0 { earned / max * 100.0 } else { 0.0 };
    let total = percent
        - deductions
            .iter()
            .map(|deduction| deduction.points)
            .sum::<f64>();
    let total = one_decimal(total.clamp(0.0, 100.0));

    let flags = flags::raise(verdict, session, &categories);
    let (band, held_back) = bands::decide(total, &categories, &flags);
    Score {
        total,
        band,
        held_back,
        categories,
        deductions,
        flags,
    }
}

fn clarify(weights: &Weights, facts: &SessionFacts) -> Option<CategoryScore> {
    if weights.clarify == 0 || facts.questions == 0 {
        return None;
    }
    let full = FULL_QUESTIONS.min(facts.questions);
    let mut evidence = vec![Evidence::new(
        format!(
            "{} of the interviewer's {} questions asked, {full} earn all points",
            facts.asked.len(),
            facts.questions
        ),
        "before coding",
    )];
    evidence.extend(
        facts
            .asked
            .iter()
            .map(|said| Evidence::new(&said.text, format!("minute {}", clock(said.at)))),
    );
    Some(line(
        Part::Clarify,
        weights.clarify,
        facts.asked.len().min(full) as f64 / full as f64,
        evidence,
    ))
}

fn discussion(weights: &Weights, facts: &SessionFacts) -> Option<CategoryScore> {
    if weights.discussion == 0 || facts.ratings.is_empty() {
        return None;
    }
    let answers = facts.ratings.len().max(FULL_ANSWERS);
    let points: u32 = facts
        .ratings
        .iter()
        .map(|rating| u32::from(rating.points))
        .sum();
    let evidence = facts
        .ratings
        .iter()
        .map(|rating| {
            Evidence::new(
                format!("rated {} of 4 by yourself", rating.points),
                &rating.question,
            )
        })
        .collect();
    Some(line(
        Part::Discussion,
        weights.discussion,
        f64::from(points) / (4 * answers) as f64,
        evidence,
    ))
}

/// The line of a judged category; none if it has no weight or none of its checks was asked for.
fn code(weights: &Weights, verdict: &Verdict, category: Category) -> Option<CategoryScore> {
    let weight = weights.of(category);
    if weight == 0 {
        return None;
    }
    let part = Part::from(category);
    let nothing = |what: &str| {
        Some(line(
            part,
            weight,
            0.0,
            vec![Evidence::new(what, "the submission")],
        ))
    };
    let checks: Vec<&CheckResult> = match verdict {
        Verdict::NotCompiled(_) => return nothing("does not compile"),
        Verdict::Refused(_) => return nothing("was not taken in"),
        Verdict::Judged { checks, .. } => checks
            .iter()
            .filter(|check| check.category == category)
            .collect(),
    };
    if checks.is_empty() {
        return None;
    }
    let credit: f64 = checks
        .iter()
        .map(|check| {
            if check.passed() {
                check.credit.clamp(0.0, 1.0)
            } else {
                0.0
            }
        })
        .sum();
    let passed = checks.iter().filter(|check| check.passed()).count();
    let mut evidence = vec![Evidence::new(
        format!("{passed} of {} checks passed", checks.len()),
        part.word(),
    )];
    evidence.extend(checks.iter().filter(|check| !check.passed()).map(|check| {
        let what = check
            .message
            .clone()
            .unwrap_or_else(|| format!("{:?}", check.outcome));
        Evidence::new(first_line(&what), &check.name)
    }));
    let slow = checks
        .iter()
        .filter(|check| check.passed() && check.credit < 1.0);
    evidence.extend(slow.map(|check| {
        Evidence::new(
            format!("slow, counts {:.0} %", check.credit * 100.0),
            &check.name,
        )
    }));
    Some(line(part, weight, credit / checks.len() as f64, evidence))
}

fn line(category: Part, weight: u8, share: f64, evidence: Vec<Evidence>) -> CategoryScore {
    let max = f64::from(weight);
    CategoryScore {
        category,
        points: below_unless_full(max * share, max, share),
        max,
        share,
        evidence,
    }
}

/// Core below half: the finer categories count half. Performance counts only on core of four fifths.
fn apply_gates(categories: &mut [CategoryScore]) {
    let Some(core) = categories
        .iter()
        .find(|line| line.category == Part::Core)
        .map(|line| line.share)
    else {
        return;
    };
    // Nothing halved is nothing: a gate is told only where it takes something away.
    for line in categories.iter_mut().filter(|line| line.points > 0.0) {
        let (factor, why) = match line.category {
            Part::Performance if core < 0.8 => (0.0, "counts only once core reaches 80 %"),
            Part::Concurrency | Part::FollowUp if core < 0.5 => {
                (0.5, "counts half while core is below 50 %")
            }
            Part::Clarify | Part::Core | Part::Edge | Part::Concurrency => continue,
            Part::Performance | Part::FollowUp | Part::Discussion => continue,
        };
        line.points = below_unless_full(line.points * factor, line.max, 0.0);
        line.evidence.push(Evidence::new(
            why,
            format!("core is at {:.0} %", core * 100.0),
        ));
    }
}

fn deductions(facts: &SessionFacts) -> Vec<Deduction> {
    let hints = facts.hints.iter().map(|hint| Deduction {
        points: f64::from(hint.cost),
        evidence: Evidence::new(
            format!("hint {}", hint.number),
            format!("minute {}", clock(hint.at)),
        ),
    });
    let fallback = facts.compiles_only_at.map(|at| Deduction {
        points: COMPILE_PENALTY,
        evidence: Evidence::new(
            "the code does not compile at the end; the last snapshot that does was judged",
            format!("snapshot of minute {}", clock(at)),
        ),
    });
    hints.chain(fallback).collect()
}

/// Two decimals, and never the full points by rounding alone.
fn below_unless_full(points: f64, max: f64, share: f64) -> f64 {
    let rounded = (points * 100.0).round() / 100.0;
    if share < 1.0 && rounded >= max && max > 0.0 {
        max - 0.01
    } else {
        rounded
    }
}

fn one_decimal(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
