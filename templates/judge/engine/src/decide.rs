//! Who runs next: the default order, and how a run departs from it.

use crate::deviation::{Action, Deviation};
use crate::execution::{Branch, Execution, Stop};
use crate::task::{Seat, TaskSet, Woken, members, only};

/// Own steps in a row without a change, while others could run, that count as a yield: it may be spinning.
const LOOKING_TURN: u32 = 200;
/// Own steps in a row, while others could run, that count as a yield in any case.
const LONG_TURN: u32 = 1_000;
/// Every so many hand-overs the choice goes round instead of to the lowest.
const ROUND: u32 = 64;
/// Steps after which a task that could run has waited too long.
const STARVED: u64 = 2_000;
/// Branches noted of one run at most.
pub(crate) const MOST_BRANCHES: usize = 20_000;

impl Execution {
    /// Takes the next decision of the current task and makes the chosen one current.
    ///
    /// None if the execution has come to its end.
    pub fn decide(&mut self, yielding: bool) -> Option<Seat> {
        let me = self.current;
        self.steps += 1;
        self.tasks[me].decisions += 1;
        if self.steps >= self.step_limit {
            self.stop = Some(if self.main_done {
                Stop::Done
            } else {
                let limit = self.step_limit;
                self.endless(format!(
                    "the program did not come to an end within {limit} steps"
                ))
            });
            return None;
        }
        if self.look_for_specials && !self.main_done {
            self.meet_specials(me);
        }
        while self.runnable & !self.idle == 0 {
            if !self.quiescent() {
                return None;
            }
        }
        if self.runnable == only(me) {
            self.streak = 0;
            self.turn = 0;
            self.pending &= !only(me);
            return Some(me);
        }
        let chosen = self.choose_task(me, yielding);
        if chosen == me {
            self.streak += 1;
            self.turn += 1;
        } else {
            self.streak = 0;
            self.turn = 0;
            self.turns = self.turns.wrapping_add(1);
            self.current = chosen;
            self.tasks[chosen].last_run = self.steps;
        }
        self.pending &= !only(chosen);
        Some(chosen)
    }

    fn choose_task(&mut self, me: Seat, yielding: bool) -> Seat {
        let can_stay = self.runnable & only(me) != 0;
        let yields = can_stay && (yielding || self.is_long_turn());
        let mut candidates = if yields {
            self.runnable & !only(me)
        } else {
            self.runnable
        };
        if self.steps & 1023 == 0 {
            candidates = self.starved(candidates).unwrap_or(candidates);
        }
        let default = if candidates & only(me) != 0 {
            me
        } else if yields || self.round() {
            after(me, candidates)
        } else {
            candidates.trailing_zeros() as Seat
        };
        if candidates.is_power_of_two() || self.main_done {
            return default;
        }
        self.contested += 1;
        let n = self.tasks[me].decisions;
        let chosen = if self.strategy.is_random() {
            let contested = self.contested;
            self.strategy
                .choose(&mut self.tasks, me, yields, candidates, contested)
                .unwrap_or(default)
        } else {
            match self.planned_switch(me, n, candidates) {
                Some(to) => to,
                None => {
                    if self.notes_branches() {
                        for other in members(candidates & !only(default)) {
                            let action = Action::Switch(self.number(other));
                            self.note_branch(me, action, !can_stay);
                        }
                    }
                    default
                }
            }
        };
        if chosen != default {
            let action = Action::Switch(self.number(chosen));
            self.take(Deviation::new(self.number(me), n, action));
        }
        chosen
    }

    /// Whether the current task has run so long that it counts as a yield.
    ///
    /// The length varies a little from turn to turn: two threads that back off from each other must not be stopped at
    /// the same places of their loops for ever.
    fn is_long_turn(&self) -> bool {
        let more = self.turns.wrapping_mul(5) % 17;
        self.streak >= LOOKING_TURN + more || self.turn >= LONG_TURN + more
    }

    /// Every `ROUND`-th hand-over goes round, so that two tasks waking each other cannot shut out a third.
    fn round(&mut self) -> bool {
        self.handovers += 1;
        self.handovers.is_multiple_of(ROUND)
    }

    /// The candidate that has waited longest, if it has waited too long.
    fn starved(&self, candidates: TaskSet) -> Option<TaskSet> {
        let longest = members(candidates).min_by_key(|&task| self.tasks[task].last_run)?;
        (self.steps - self.tasks[longest].last_run > STARVED).then_some(only(longest))
    }

    /// The planned deviation for this decision, if there is one that can be followed.
    pub fn planned(&mut self, task: Seat, n: u32, fits: impl Fn(Action) -> bool) -> Option<Action> {
        let ahead = self.ahead(task, n, fits)?;
        Some(self.follow(ahead))
    }

    /// The candidate that is to run by plan.
    fn planned_switch(&mut self, me: Seat, n: u32, candidates: TaskSet) -> Option<Seat> {
        let runs = |to| self.seat(to).filter(|&to| candidates & only(to) != 0);
        let fits = |action| matches!(action, Action::Switch(to) if runs(to).is_some());
        match self.follow(self.ahead(me, n, fits)?) {
            Action::Switch(to) => self.seat(to),
            _ => None,
        }
    }

    /// Takes the deviation that is so far ahead in the plan.
    fn follow(&mut self, ahead: usize) -> Action {
        let index = self.next_planned + ahead;
        let action = self.planned[index].action;
        // A deviation that was not met stays ahead of us: after an edit of the program its moment may still come.
        self.planned[self.next_planned..=index].rotate_right(1);
        self.next_planned += 1;
        action
    }

    /// How far ahead in the plan that deviation is.
    fn ahead(&self, task: Seat, n: u32, fits: impl Fn(Action) -> bool) -> Option<usize> {
        let number = self.number(task);
        self.planned
            .get(self.next_planned..)?
            .iter()
            .position(|deviation| {
                deviation.task == number && deviation.n == n && fits(deviation.action)
            })
    }

    /// Whether alternatives are of interest: all planned deviations have been taken.
    pub fn notes_branches(&self) -> bool {
        self.noting && self.next_planned == self.planned.len() && !self.main_done
    }

    pub fn note_branch(&mut self, task: Seat, action: Action, free: bool) {
        if self.branches.len() < MOST_BRANCHES {
            let deviation = Deviation::new(self.number(task), self.tasks[task].decisions, action);
            self.branches.push(Branch { deviation, free });
        }
    }

    pub fn take(&mut self, deviation: Deviation) {
        if self.trace.is_some() {
            self.trace_deviation(deviation);
        }
        self.taken.push(deviation);
    }

    /// Spurious wake-ups and a late clock at this decision.
    #[cold]
    fn meet_specials(&mut self, me: Seat) {
        let n = self.tasks[me].decisions;
        let can_tick = |execution: &Execution| execution.timed != 0 && execution.runnable != 0;
        while let Some(action) = self.planned(me, n, |action| {
            matches!(action, Action::Rouse(_) | Action::Tick)
        }) {
            match action {
                Action::Rouse(task) => {
                    if let Some(task) = self.seat(task) {
                        self.rouse(me, task);
                    }
                }
                _ if can_tick(self) => self.late_tick(me),
                _ => {}
            }
        }
        if self.specials.spurious {
            if self.notes_branches() {
                for task in members(self.rousable) {
                    self.note_branch(me, Action::Rouse(self.number(task)), false);
                }
            } else if let Some(random) = self.strategy.random()
                && self.specials_left > 0
                && self.rousable != 0
                && random.below(8) == 0
            {
                let index = random.below(u64::from(self.rousable.count_ones()));
                if let Some(task) = members(self.rousable).nth(index as usize) {
                    self.rouse(me, task);
                }
            }
        }
        if self.specials.late_clock && can_tick(self) {
            if self.notes_branches() {
                self.note_branch(me, Action::Tick, false);
            } else if self.specials_left > 0
                && let Some(random) = self.strategy.random()
                && random.below(8) == 0
            {
                self.late_tick(me);
            }
        }
    }

    fn rouse(&mut self, me: Seat, task: Seat) {
        if self.rousable & only(task) == 0 {
            return;
        }
        self.specials_left = self.specials_left.saturating_sub(1);
        self.take(Deviation::new(
            self.number(me),
            self.tasks[me].decisions,
            Action::Rouse(self.number(task)),
        ));
        self.wake(task);
    }

    fn late_tick(&mut self, me: Seat) {
        let Some(next) = self.next_timer() else {
            return;
        };
        self.specials_left = self.specials_left.saturating_sub(1);
        self.take(Deviation::new(
            self.number(me),
            self.tasks[me].decisions,
            Action::Tick,
        ));
        self.now = self.now.max(next);
        self.fire();
        self.open_window();
    }

    /// Makes a blocked task runnable. Nothing happens to one that is not blocked, but for one whose timer has fired
    /// and that has not run since: it now counts as notified.
    pub fn wake(&mut self, task: Seat) {
        let bit = only(task);
        if self.pending & bit != 0 {
            self.tasks[task].woken = Woken::Notified;
            return;
        }
        if (self.runnable | self.finished | self.settling) & bit != 0 || task >= self.tasks.len() {
            return;
        }
        self.runnable |= bit;
        self.pending |= bit;
        self.timed &= !bit;
        self.rousable &= !bit;
        self.idle &= !bit;
        self.tasks[task].woken = Woken::Notified;
        self.trace_wake(task);
    }
}

/// The candidate that comes after `task` when they are counted round.
fn after(task: Seat, candidates: TaskSet) -> Seat {
    let above = candidates & !(only(task) | (only(task) - 1));
    let pool = if above != 0 { above } else { candidates };
    pool.trailing_zeros() as Seat
}
