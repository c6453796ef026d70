//! A course of study, and how far somebody has come in it.

use super::{
    attempt::Mode,
    problem::Problem,
    progress::{Past, repeat_at},
};

/// A course of study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its file's name: `three-days`.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// What it asks for, in one sentence.
    pub about: String,
    /// Days or weeks, in order.
    pub parts: Vec<Part>,
}

/// A day or a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is about.
    pub title: String,
    /// What the trainer sets, in order.
    pub steps: Vec<Step>,
    /// What goes with it and the trainer does not check.
    pub beside: Vec<String>,
}

/// One sitting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// How it is sat.
    pub mode: Mode,
    /// On which problem.
    pub choice: Choice,
}

/// Which problem a step is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// One of these ids; mostly there is just one.
    AnyOf(Vec<String>),
    /// A problem of this tier that was never tried before.
    Unseen(u8),
}

/// How far a step has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// Done by the bank's rule, with so many points at best.
    Done {
        /// The problem's id.
        problem: String,
        /// Points of the best attempt that counts.
        points: f64,
    },
    /// Tried, and not done: comes back as a drill.
    Missed {
        /// The problem's id.
        problem: String,
        /// Unix milliseconds from which it should be tried again.
        again_at: u64,
    },
    /// Not tried yet; these problems are open to choose from, never none.
    Open(Vec<String>),
    /// No problem of the step is in the library.
    NotHere,
}

/// A plan with the standing of each step.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// The plan.
    pub plan: Plan,
    /// One per step, by part.
    pub standings: Vec<Vec<Standing>>,
}

impl Course {
    /// How far somebody with these attempts, oldest first, has come.
    pub fn of(plan: Plan, problems: &[Problem], past: &[Past]) -> Course {
        let standings = plan
            .parts
            .iter()
            .map(|part| {
                let of = |step| standing(step, problems, past);
                part.steps.iter().map(of).collect()
            })
            .collect();
        Course { plan, standings }
    }

    /// Steps that are done, and steps that the library has problems for.
    pub fn done(&self) -> (usize, usize) {
        let all = self.standings.iter().flatten();
        let here = all
            .clone()
            .filter(|standing| !matches!(standing, Standing::NotHere));
        let done = all.filter(|standing| matches!(standing, Standing::Done { .. }));
        (done.count(), here.count())
    }

    /// What to sit now: a miss whose day has come, else the first open step. Part and step, both from 0.
    pub fn next(&self, now: u64) -> Option<(usize, usize)> {
        let find = |wanted: &dyn Fn(&Standing) -> bool| {
            self.standings.iter().enumerate().find_map(|(part, steps)| {
                let step = steps.iter().position(wanted)?;
                Some((part, step))
            })
        };
        let due = |standing: &Standing| matches!(standing, Standing::Missed { again_at, .. } if *again_at <= now);
        find(&due).or_else(|| find(&|standing| matches!(standing, Standing::Open(_))))
    }
}

fn standing(step: &Step, problems: &[Problem], past: &[Past]) -> Standing {
    let ids: Vec<String> = match &step.choice {
        Choice::AnyOf(ids) => ids.clone(),
        Choice::Unseen(tier) => {
            let of_tier = problems.iter().filter(|problem| problem.tier == *tier);
            of_tier.map(|problem| problem.id.to_string()).collect()
        }
    };
    let here = |id: &&String| {
        problems
            .iter()
            .any(|problem| problem.id.as_str() == id.as_str())
    };
    let ids: Vec<String> = ids.iter().filter(here).cloned().collect();
    if ids.is_empty() {
        return Standing::NotHere;
    }
    let first = |attempt: &Past| {
        let earlier =
            |other: &Past| other.problem == attempt.problem && other.started < attempt.started;
        !past.iter().any(earlier)
    };
    let counts = |attempt: &&Past| {
        let hard_enough = attempt.mode == Mode::Mock || step.mode != Mode::Mock;
        let fresh = matches!(step.choice, Choice::AnyOf(_)) || first(attempt);
        ids.contains(&attempt.problem) && hard_enough && fresh
    };
    let best = past
        .iter()
        .filter(counts)
        .filter(|attempt| attempt.done())
        .max_by(|a, b| a.total.total_cmp(&b.total));
    if let Some(best) = best {
        return Standing::Done {
            problem: best.problem.clone(),
            points: best.total,
        };
    }
    if let (Some(missed), Choice::AnyOf(_)) = (past.iter().rfind(counts), &step.choice) {
        return Standing::Missed {
            problem: missed.problem.clone(),
            again_at: repeat_at(past, &missed.problem).unwrap_or(missed.started),
        };
    }
    let untried = |id: &&String| !past.iter().any(|attempt| &attempt.problem == *id);
    let open: Vec<String> = match step.choice {
        Choice::AnyOf(_) => ids,
        Choice::Unseen(_) => ids.iter().filter(untried).cloned().collect(),
    };
    if open.is_empty() {
        return Standing::NotHere;
    }
    Standing::Open(open)
}

#[cfg(test)]
mod tests;
