//! The ways of choosing among the tasks that can run.

use crate::random::Random;
use crate::task::{MOST_TASKS, Seat, Task, TaskSet, members};

/// How one run is scheduled. Every kind departs from the same default, so every run can be told by its deviations.
pub(crate) enum Strategy {
    /// The default order but for the planned deviations.
    Follow,
    /// Each candidate is equally likely.
    Uniform(Random),
    /// Candidates are likely in proportion to the steps they are expected to have left (URW).
    Weighted(Random, Box<[u32; MOST_TASKS]>),
    /// The highest priority runs; at a few random moments it is lowered (PCT).
    Priorities(Pct),
}

/// State of one PCT run.
pub(crate) struct Pct {
    random: Random,
    /// Contested decisions at which the current task falls to the lowest priority, latest first.
    changes: Vec<u64>,
    lowest: i64,
}

impl Pct {
    /// A run of the given depth in a program of about `length` contested decisions.
    pub fn new(seed: u64, depth: u32, length: u64) -> Pct {
        let mut random = Random::new(seed);
        let mut changes: Vec<u64> = (1..depth)
            .map(|_| 1 + random.below(length.max(1)))
            .collect();
        changes.sort_unstable_by(|a, b| b.cmp(a));
        Pct {
            random,
            changes,
            lowest: 0,
        }
    }
}

impl Strategy {
    pub fn is_random(&self) -> bool {
        !matches!(self, Strategy::Follow)
    }

    /// The generator of a random strategy.
    pub fn random(&mut self) -> Option<&mut Random> {
        match self {
            Strategy::Follow => None,
            Strategy::Uniform(random) | Strategy::Weighted(random, _) => Some(random),
            Strategy::Priorities(pct) => Some(&mut pct.random),
        }
    }

    /// The priority a new task starts with.
    pub fn first_priority(&mut self) -> i64 {
        match self {
            Strategy::Priorities(pct) => (pct.random.next() >> 2) as i64 + 1,
            _ => 0,
        }
    }

    /// Chooses one of at least two candidates; `current` is among them unless it blocked or yields.
    pub fn choose(
        &mut self,
        tasks: &mut [Task],
        current: Seat,
        yields: bool,
        candidates: TaskSet,
        contested: u64,
    ) -> Option<Seat> {
        match self {
            Strategy::Follow => None,
            Strategy::Uniform(random) => {
                let index = random.below(u64::from(candidates.count_ones()));
                members(candidates).nth(index as usize)
            }
            Strategy::Weighted(random, expected) => {
                let weight = |task: Seat| {
                    u64::from(expected[task].saturating_sub(tasks[task].decisions).max(1))
                };
                let total: u64 = members(candidates).map(weight).sum();
                let mut ticket = random.below(total);
                members(candidates).find(|&task| {
                    let weight = weight(task);
                    let drawn = ticket < weight;
                    ticket = ticket.wrapping_sub(weight);
                    drawn
                })
            }
            Strategy::Priorities(pct) => {
                let falls = pct.changes.last() == Some(&contested);
                if falls {
                    pct.changes.pop();
                }
                if falls || yields {
                    pct.lowest -= 1;
                    tasks[current].priority = pct.lowest;
                }
                members(candidates).max_by_key(|&task| tasks[task].priority)
            }
        }
    }
}
