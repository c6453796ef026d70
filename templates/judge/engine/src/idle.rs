//! When spinning counts as waiting, and what happens when nobody has anything to do.

use crate::execution::{Execution, Stop};
use crate::task::{Effect, Woken, members, only};

/// Yields, spin hints and failed try-operations in a row after which a task counts as idle.
const WAITS: u32 = 64;
/// Bare reads, or readings of the clock, in a row after which a task counts as idle.
///
/// Many, because a check may well call something a thousand times at one instant and be refused each time: time must
/// not move under its feet.
const LOOKS: u32 = 10_000;
/// How often everybody must be found waiting, without any change, before that is a livelock.
///
/// Threads that back off from each other may be in step by the scheduler's doing; turns of varied length end that.
const STRIKES: u32 = 50;
/// The clock's first move for those who spin on it: a millisecond.
pub(crate) const FIRST_SPIN_STEP: u64 = 1_000_000;
/// Its longest move: a second.
const LONGEST_SPIN_STEP: u64 = 1_000_000_000;
/// Moves of the clock in vain after which those who are woken by it are taken for janitors.
const JANITOR_TICKS: u64 = 1_000;
/// Moves of the clock after which a program is taken to wait for ever.
const MOST_TICKS: u64 = 200_000;

impl Execution {
    /// Shared state changed: nobody is idle.
    #[inline]
    pub fn change(&mut self) {
        self.window += 1;
        self.idle = 0;
        self.streak = 0;
        self.strikes = 0;
        self.spin_step = FIRST_SPIN_STEP;
        self.spun = false;
    }

    /// Counts what the current task's operation turned out to do.
    #[inline]
    pub fn count(&mut self, effect: Effect) {
        if effect == Effect::Change {
            self.change();
            return;
        }
        let current = self.current;
        let task = &mut self.tasks[current];
        if task.window != self.window {
            task.window = self.window;
            task.waits = 0;
            task.looks = 0;
        }
        // A clock reading says so by `now`.
        let reading = std::mem::take(&mut task.read_clock);
        if effect == Effect::Wait && !reading {
            task.waits += 1;
        } else {
            task.looks += 1;
        }
        // Once the clock has moved for those who spin, and nothing has changed since, they need not prove it again.
        let looks = if self.spun { WAITS } else { LOOKS };
        if task.waits >= WAITS || task.looks >= looks {
            self.idle |= only(current);
        }
    }

    /// Whether everybody who can run waits politely, so that only a change by somebody else could help.
    fn all_wait(&self) -> bool {
        members(self.runnable).all(|task| {
            let task = &self.tasks[task];
            task.window == self.window && task.waits >= WAITS
        })
    }

    /// Nobody can do anything at this instant: wakes those who wait for that, or moves the clock.
    ///
    /// False if the execution has come to its end instead; then `stop` says why.
    pub fn quiescent(&mut self) -> bool {
        if self.settling != 0 {
            self.runnable |= self.settling;
            self.settling = 0;
            self.open_window();
            return true;
        }
        if self.main_done {
            self.stop = Some(Stop::Done);
            return false;
        }
        let next = self.next_timer();
        let spinning = self.runnable != 0;
        let target = if spinning && self.clock_read == self.window {
            let step = self.spin_step;
            self.spin_step = (step * 2).min(LONGEST_SPIN_STEP);
            let reached = self.now.saturating_add(step);
            next.map_or(reached, |next| next.min(reached))
        } else if let Some(next) = next {
            next
        } else if spinning && (!self.all_wait() || self.strikes < STRIKES) {
            // It may be a long computation that only reads; the limit on steps will tell.
            self.strikes += u32::from(self.all_wait());
            self.open_window();
            return true;
        } else {
            self.stop = Some(if spinning {
                Stop::Livelock(
                    "every thread that can run only waits in a loop, and nothing will change"
                        .into(),
                )
            } else {
                Stop::Deadlock
            });
            return false;
        };
        self.ticks += 1;
        if self.ticks > MOST_TICKS {
            let words = "the threads do nothing but wait for timers, over and over";
            self.stop = Some(self.endless(words.into()));
            return false;
        }
        self.spun = spinning;
        self.now = target;
        self.fire();
        self.open_window();
        true
    }

    /// What a run is that would go on and on: as a rule a livelock, in words.
    ///
    /// But where the body waits without a deadline while the clock has moved time and again, those who go on are
    /// janitors in the background, and without them it were a plain deadlock.
    pub fn endless(&self, words: String) -> Stop {
        let mut awaited = 0;
        // Threads may well join each other in a ring.
        for _ in 0..self.tasks.len() {
            awaited = self.tasks[awaited].joining.unwrap_or(awaited);
        }
        let may_go_on = self.runnable | self.timed | self.settling | self.finished;
        if self.ticks >= JANITOR_TICKS && may_go_on & only(awaited) == 0 {
            Stop::Deadlock
        } else {
            Stop::Livelock(words)
        }
    }

    /// Starts a new window for the spin rule, without having seen a change.
    pub fn open_window(&mut self) {
        self.window += 1;
        self.idle = 0;
    }

    /// The earliest deadline of a blocked task.
    pub fn next_timer(&self) -> Option<u64> {
        members(self.timed)
            .map(|task| self.tasks[task].deadline)
            .min()
    }

    /// Makes every task runnable whose deadline has come, all of one instant together.
    pub fn fire(&mut self) {
        for task in members(self.timed) {
            if self.tasks[task].deadline <= self.now {
                self.timed &= !only(task);
                self.runnable |= only(task);
                self.pending |= only(task);
                self.idle &= !only(task);
                self.tasks[task].woken = Woken::TimedOut;
            }
        }
    }
}
