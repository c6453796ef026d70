//! A problem as the trainer knows it: texts, suites, solutions and weights, whatever folder they came from.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a problem's folder: lower-case words joined by hyphens, for example `lru-ttl-cache`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProblemId(String);

impl ProblemId {
    /// Takes a name if it consists of lower-case letters, digits and single inner hyphens and starts with a letter.
    pub fn new(name: &str) -> Option<Self> {
        let words_fine = name.split('-').all(|word| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        });
        let starts_fine = name.starts_with(|c: char| c.is_ascii_lowercase());
        (words_fine && starts_fine && name.len() <= 64).then(|| Self(name.to_owned()))
    }

    /// The id as it is written on a command line.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the crate that the candidate writes: the id with underscores.
    pub fn crate_name(&self) -> String {
        self.0.replace('-', "_")
    }
}

impl fmt::Display for ProblemId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The kind of thing a hidden suite looks at; also the folder names of mutants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// What the statement asks for.
    Core,
    /// Boundaries, errors, extremes.
    Edge,
    /// Several threads, under every explored schedule.
    Concurrency,
    /// Cost per operation against the reference and against growth, on the real clock.
    Performance,
    /// The twist of minute 35.
    FollowUp,
}

impl Category {
    /// All categories in the order of reports.
    pub const ALL: [Category; 5] = [
        Category::Core,
        Category::Edge,
        Category::Concurrency,
        Category::Performance,
        Category::FollowUp,
    ];

    /// The word used in files, JSON and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Category::Core => "core",
            Category::Edge => "edge",
            Category::Concurrency => "concurrency",
            Category::Performance => "performance",
            Category::FollowUp => "follow-up",
        }
    }
}

/// One `#[test]` of a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The function's name: a sentence with underscores.
    pub name: String,
    /// The doc comment: what to study when it fails.
    pub study: Option<String>,
}

/// One file of hidden checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    /// What it looks at.
    pub category: Category,
    /// The Rust text.
    pub source: String,
    /// Its checks in the order of the file.
    pub checks: Vec<Check>,
}

/// A question the interviewer can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clarification {
    /// A good wording of the question.
    pub question: String,
    /// What the interviewer says.
    pub answer: String,
    /// Whether hidden checks depend on the answer.
    pub tested: bool,
    /// Groups of alternatives, as the bank writes them: `a/b; c/d`.
    pub keys: Vec<Vec<String>>,
}

/// A question for the last ten minutes with the points a good answer makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discussion {
    /// What the interviewer asks.
    pub question: String,
    /// What a good answer mentions.
    pub points: Vec<String>,
}

/// A hint and its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The hint in words.
    pub text: String,
    /// Points taken off the total.
    pub cost: u8,
}

/// A complete solution: the text of one `src/lib.rs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// File name without ending: a design (`actor_thread`) or a flaw in words.
    pub name: String,
    /// The Rust text.
    pub source: String,
}

/// A solution with one flaw, kept to prove that a suite catches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// The category that must reject it.
    pub category: Category,
    /// Its file name and text.
    pub solution: Solution,
    /// The flaw in one sentence, from the first line of the file.
    pub flaw: String,
}

/// A small change of the reference that no check can notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survivor {
    /// The change in the words of the tool that makes it.
    pub change: String,
    /// The trimmed text of the line that it changes.
    pub line: String,
    /// Why nobody can notice it.
    pub reason: String,
}

/// Percent of the total per part of the interview; the seven add up to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Questions asked before coding.
    pub clarify: u8,
    /// Core suite.
    pub core: u8,
    /// Edge suite.
    pub edge: u8,
    /// Concurrency suite.
    pub concurrency: u8,
    /// Performance suite.
    pub performance: u8,
    /// Follow-up suite.
    pub followup: u8,
    /// The talk at the end.
    pub discussion: u8,
}

impl Weights {
    /// A drill has no follow-up and no discussion (bank 5, 3.1).
    pub const DRILL: Weights = Weights {
        clarify: 5,
        core: 50,
        edge: 25,
        concurrency: 15,
        performance: 5,
        followup: 0,
        discussion: 0,
    };

    /// The weight of a judged category.
    pub fn of(&self, category: Category) -> u8 {
        match category {
            Category::Core => self.core,
            Category::Edge => self.edge,
            Category::Concurrency => self.concurrency,
            Category::Performance => self.performance,
            Category::FollowUp => self.followup,
        }
    }

    /// The sum of all seven; 100 in a sound manifest.
    pub fn total(&self) -> u32 {
        [
            self.clarify,
            self.core,
            self.edge,
            self.concurrency,
            self.performance,
            self.followup,
            self.discussion,
        ]
        .into_iter()
        .map(u32::from)
        .sum()
    }
}

/// One exercise with everything that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Folder name.
    pub id: ProblemId,
    /// Title for people.
    pub title: String,
    /// 1, 2 or 3.
    pub tier: u8,
    /// Group of the tier, for example `Caching Systems`.
    pub group: String,
    /// How often interviews ask for the group, in percent.
    pub frequency: u8,
    /// Words to filter by.
    pub tags: Vec<String>,
    /// 1 (easy) to 5 (hard for a senior in 50 minutes).
    pub difficulty: u8,
    /// Minutes of the short form.
    pub drill_minutes: u16,
    /// Percent per part.
    pub weights: Weights,
    /// The brief, Markdown.
    pub statement: String,
    /// What the candidate opens.
    pub starter: String,
    /// The follow-up's stub, appended on request.
    pub followup_stub: String,
    /// What the interviewer says at minute 35.
    pub twist: String,
    /// Questions the interviewer can answer.
    pub clarifications: Vec<Clarification>,
    /// Questions of the discussion.
    pub discussion: Vec<Discussion>,
    /// Three hints, gentle to concrete.
    pub hints: Vec<Hint>,
    /// The public samples, Rust text.
    pub samples: Suite,
    /// Hidden suites, one per category.
    pub suites: Vec<Suite>,
    /// The model solution, complete with the follow-up.
    pub reference: Solution,
    /// Other correct designs.
    pub alternates: Vec<Solution>,
    /// Flawed solutions.
    pub mutants: Vec<Mutant>,
    /// Small changes of the reference that no check can notice.
    pub survivors: Vec<Survivor>,
}

impl Problem {
    /// The suite of a category; every loaded problem has all five.
    pub fn suite(&self, category: Category) -> Option<&Suite> {
        self.suites.iter().find(|suite| suite.category == category)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An empty problem, for tests that look at ids, tiers and weights.
    pub(crate) fn problem(id: &str, tier: u8, frequency: u8) -> Problem {
        let samples = Suite {
            category: Category::Core,
            source: String::new(),
            checks: Vec::new(),
        };
        Problem {
            id: ProblemId::new(id).expect("a problem id"),
            title: id.to_owned(),
            tier,
            group: String::new(),
            frequency,
            tags: Vec::new(),
            difficulty: 1,
            drill_minutes: 20,
            weights: Weights {
                clarify: 5,
                core: 30,
                edge: 15,
                concurrency: 20,
                performance: 10,
                followup: 10,
                discussion: 10,
            },
            statement: String::new(),
            starter: String::new(),
            followup_stub: String::new(),
            twist: String::new(),
            clarifications: Vec::new(),
            discussion: Vec::new(),
            hints: Vec::new(),
            samples,
            suites: Vec::new(),
            reference: Solution {
                name: "reference".to_owned(),
                source: String::new(),
            },
            alternates: Vec::new(),
            mutants: Vec::new(),
            survivors: Vec::new(),
        }
    }
}
