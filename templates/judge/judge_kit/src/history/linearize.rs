//! The search for a legal order, after Wing and Gong with the memory of Lowe.
//!
//! In: when each call began and ended, and the sequential rule. Out: that an order exists, or the longest legal beginning.
//! Knows nothing of operations and results.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash};

/// When a call began and, unless it is pending, ended; all numbers of a history differ.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub begin: u64,
    pub end: Option<u64>,
}

/// What the search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Some order is legal.
    Legal,
    /// None is. `longest` holds the calls of the longest legal beginning that was met first.
    Illegal { longest: Vec<usize> },
    /// More than the allowed states were visited.
    OutOfBudget,
}

/// Looks for an order of at most 64 calls in which `step` accepts each, and which respects what ended before what began.
///
/// Pending calls may be left out. `spans` is sorted by `begin`.
pub(super) fn linearize<S: Clone + Eq + Hash>(
    spans: &[Span],
    initial: S,
    step: &dyn Fn(&S, usize) -> Option<S>,
    budget: usize,
) -> Outcome {
    let must = spans
        .iter()
        .enumerate()
        .filter(|(_, span)| span.end.is_some())
        .fold(0, |mask, (index, _)| mask | 1u64 << index);
    let mut search = Search {
        spans,
        step,
        must,
        budget,
        seen: HashSet::default(),
        order: Vec::new(),
        longest: Vec::new(),
    };
    match search.finish(0, &initial) {
        Some(true) => Outcome::Legal,
        Some(false) => Outcome::Illegal {
            longest: search.longest,
        },
        None => Outcome::OutOfBudget,
    }
}

struct Search<'a, S> {
    spans: &'a [Span],
    step: &'a dyn Fn(&S, usize) -> Option<S>,
    /// The calls that have returned, one bit each: an order must hold them all.
    must: u64,
    budget: usize,
    // A fixed hasher: taking random keys here would shift those of the candidate's own maps.
    seen: HashSet<(u64, S), BuildHasherDefault<DefaultHasher>>,
    order: Vec<usize>,
    longest: Vec<usize>,
}

impl<S: Clone + Eq + Hash> Search<'_, S> {
    /// Whether the calls not in `taken` can follow in `state`; `None` when the budget is spent.
    fn finish(&mut self, taken: u64, state: &S) -> Option<bool> {
        if taken & self.must == self.must {
            return Some(true);
        }
        // Whatever begins after an open call has returned must wait for that call.
        let horizon = self
            .left(taken)
            .filter_map(|index| self.spans[index].end)
            .min()
            .unwrap_or(u64::MAX);
        let candidates = self
            .left(taken)
            .filter(|&index| self.spans[index].begin < horizon);
        for index in candidates.collect::<Vec<_>>() {
            let Some(next) = (self.step)(state, index) else {
                continue;
            };
            let taken = taken | 1 << index;
            if !self.seen.insert((taken, next.clone())) {
                continue;
            }
            if self.seen.len() > self.budget {
                return None;
            }
            self.order.push(index);
            if self.order.len() > self.longest.len() {
                self.longest.clone_from(&self.order);
            }
            if self.finish(taken, &next)? {
                return Some(true);
            }
            self.order.pop();
        }
        Some(false)
    }

    fn left(&self, taken: u64) -> impl Iterator<Item = usize> + use<S> {
        (0..self.spans.len()).filter(move |index| taken & 1 << index == 0)
    }
}
