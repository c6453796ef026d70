//! The systematic search: all schedules with few deviations, then all with few preemptions.
//!
//! A schedule is a set of deviations from the default one, each after the last, so that none is met twice. Its cost is
//! counted in two ways: **delays**, where each deviation costs one (Emmi, Qadeer and Rakamarić, 2011), and
//! **preemptions**, where a switch is free if the current task could not go on (Musuvathi and Qadeer, 2007). Delays
//! stay few in number where many threads block; preemptions find what only depends on the order of wake-ups.

use std::collections::VecDeque;

use crate::deviation::Deviation;
use crate::execution::Specials;
use crate::failure::FailureKind;
use crate::plan::Plan;
use crate::search::{Found, Runner};

/// Deviations up to which every schedule is wanted.
pub(crate) const DELAYS: u8 = 2;
/// Preemptions up to which every schedule is wanted.
pub(crate) const PREEMPTIONS: u8 = 1;

/// How far a search goes.
pub(crate) struct Bounds {
    pub schedules: u64,
    pub steps: u64,
    pub specials: Specials,
    /// Failures of other kinds are passed over.
    pub wanted: Option<FailureKind>,
}

impl Bounds {
    /// The bounds a plan sets for its systematic search.
    pub fn of(plan: &Plan) -> Bounds {
        let specials = Specials::default();
        Bounds {
            schedules: plan.schedules,
            steps: plan.steps,
            specials,
            wanted: None,
        }
    }
}

/// What a search went through without a failure.
#[derive(Default)]
pub(crate) struct Covered {
    pub runs: u64,
    pub delays: Option<u32>,
    pub preemptions: Option<u32>,
    /// Both bounds were reached in full.
    pub exhausted: bool,
    /// There is no other schedule at all.
    pub complete: bool,
    /// Some schedule had a special event.
    pub specials: bool,
}

/// A schedule: its parent's deviations and one more.
#[derive(Clone, Copy)]
struct Node {
    parent: u32,
    deviation: Deviation,
    delays: u8,
    preemptions: u8,
    special: bool,
}

const ROOT: u32 = u32::MAX;

struct Frontier<'b> {
    bounds: &'b Bounds,
    nodes: Vec<Node>,
    /// By number of deviations: none, one, two.
    by_delays: [VecDeque<u32>; 3],
    /// By number of preemptions, of those with more deviations.
    by_preemptions: [VecDeque<u32>; 2],
    /// Fewest deviations and preemptions of a schedule that was left out.
    left_out: (u8, u8),
    beyond: bool,
    specials: bool,
    runs: u64,
    planned: Vec<Deviation>,
}

/// Which queue is next, and how many eighths of all schedules may have been run by its end.
const STAGES: [(Queue, u64); 6] = [
    (Queue::Delays(0), 8),
    (Queue::Delays(1), 8),
    (Queue::Preemptions(0), 2),
    (Queue::Delays(2), 6),
    (Queue::Preemptions(0), 7),
    (Queue::Preemptions(1), 8),
];

#[derive(Clone, Copy)]
enum Queue {
    Delays(usize),
    Preemptions(usize),
}

/// Runs schedules within the bounds until one fails.
pub(crate) fn explore(runner: &mut Runner<'_>, bounds: &Bounds) -> Result<Covered, Box<Found>> {
    let mut frontier = Frontier {
        bounds,
        nodes: Vec::new(),
        by_delays: Default::default(),
        by_preemptions: Default::default(),
        left_out: (u8::MAX, u8::MAX),
        beyond: false,
        specials: false,
        runs: 0,
        planned: Vec::new(),
    };
    frontier.by_delays[0].push_back(ROOT);
    let last_step = runner.steps.saturating_add(bounds.steps);
    for (queue, eighths) in STAGES {
        // Every bound lets the default schedule run.
        let quota = (bounds.schedules * eighths / 8).max(1);
        while frontier.runs < quota && (runner.steps < last_step || frontier.runs == 0) {
            let Some(node) = frontier.queue(queue).pop_front() else {
                break;
            };
            frontier.run(runner, node)?;
        }
    }
    // What the quotas of the earlier stages left is worth more than nothing.
    for queue in [
        Queue::Delays(2),
        Queue::Preemptions(0),
        Queue::Preemptions(1),
    ] {
        while frontier.runs < bounds.schedules && runner.steps < last_step {
            let Some(node) = frontier.queue(queue).pop_front() else {
                break;
            };
            frontier.run(runner, node)?;
        }
    }
    Ok(frontier.covered())
}

impl Frontier<'_> {
    fn queue(&mut self, queue: Queue) -> &mut VecDeque<u32> {
        match queue {
            Queue::Delays(level) => &mut self.by_delays[level],
            Queue::Preemptions(level) => &mut self.by_preemptions[level],
        }
    }

    fn run(&mut self, runner: &mut Runner<'_>, node: u32) -> Result<(), Box<Found>> {
        self.planned.clear();
        let mut ancestor = node;
        while ancestor != ROOT {
            let Node {
                parent, deviation, ..
            } = self.nodes[ancestor as usize];
            self.planned.push(deviation);
            ancestor = parent;
        }
        self.planned.reverse();
        self.runs += 1;
        let failure = runner.follow(&self.planned, true, self.bounds.specials);
        match failure {
            Some(raw) if self.bounds.wanted.is_none_or(|kind| kind == raw.kind) => {
                return Err(Box::new(Found::new(runner, raw)));
            }
            Some(_) => {}
            None => self.grow(runner, node),
        }
        Ok(())
    }

    /// Queues the schedules that differ from the last run by one deviation more.
    fn grow(&mut self, runner: &Runner<'_>, parent: u32) {
        let (delays, preemptions, special) = if parent == ROOT {
            (0, 0, false)
        } else {
            let Node {
                delays,
                preemptions,
                special,
                ..
            } = self.nodes[parent as usize];
            (delays, preemptions, special)
        };
        let branches = &runner.execution.branches;
        if branches.len() == crate::decide::MOST_BRANCHES {
            self.leave_out(delays.saturating_add(1), preemptions);
        }
        for branch in branches {
            self.add(Node {
                parent,
                deviation: branch.deviation,
                delays: delays.saturating_add(1),
                preemptions: preemptions + u8::from(!branch.free),
                special: special || branch.deviation.is_special(),
            });
        }
    }

    fn add(&mut self, node: Node) {
        let ordinary = !self.bounds.specials.any();
        self.specials |= node.special;
        let queue = if !ordinary {
            // Without a special event on its last level a schedule was run by the ordinary search.
            if node.delays > DELAYS || (node.delays == DELAYS && !node.special) {
                return;
            }
            Queue::Delays(usize::from(node.delays))
        } else if node.delays <= 1 {
            Queue::Delays(1)
        } else if node.preemptions == 0 {
            Queue::Preemptions(0)
        } else if node.delays <= DELAYS {
            Queue::Delays(2)
        } else if node.preemptions <= PREEMPTIONS {
            Queue::Preemptions(1)
        } else {
            self.beyond = true;
            return;
        };
        let room = self.bounds.schedules.saturating_sub(self.runs) as usize;
        if self.queue(queue).len() >= room {
            self.leave_out(node.delays, node.preemptions);
            return;
        }
        let index = self.nodes.len() as u32;
        self.nodes.push(node);
        self.queue(queue).push_back(index);
    }

    fn leave_out(&mut self, delays: u8, preemptions: u8) {
        self.left_out = (
            self.left_out.0.min(delays),
            self.left_out.1.min(preemptions),
        );
    }

    fn covered(mut self) -> Covered {
        let left: Vec<u32> = self
            .by_delays
            .iter()
            .chain(&self.by_preemptions)
            .flatten()
            .copied()
            .collect();
        for node in left {
            let Node {
                delays,
                preemptions,
                ..
            } = self.nodes[node as usize];
            self.leave_out(delays, preemptions);
        }
        let (delays, preemptions) = self.left_out;
        let below =
            |first_left: u8, bound: u8| first_left.min(bound + 1).checked_sub(1).map(u32::from);
        Covered {
            runs: self.runs,
            delays: below(delays, DELAYS),
            preemptions: below(preemptions, PREEMPTIONS),
            exhausted: delays > DELAYS && preemptions > PREEMPTIONS,
            complete: self.left_out == (u8::MAX, u8::MAX) && !self.beyond,
            specials: self.specials,
        }
    }
}
