//! The engine: virtual threads on one real thread, a virtual clock, and a search for the schedule that breaks a program.
//!
//! - **running**: `task` what a virtual thread is · `execution` the state of one run · `run` the loop that resumes
//!   tasks · `stack` where they run · `locals` their thread-locals · `panics` their panics · `hash_keys` the same
//!   hash order in each run
//! - **interface for primitives**: `schedule` points, blocking, waking · `lives` starting and joining ·
//!   `clock` time
//! - **deciding**: `decide` the default order and how it is left · `idle` when spinning counts as waiting ·
//!   `deviation` one departure from the default, and the token of many · `strategy` the random walks · `random`
//! - **searching**: `plan` what is asked for and what was covered · `search` one run, a replay, or all of it ·
//!   `systematic` few deviations first · `portfolio` random walks and the two suspicious passes · `minimise` the
//!   shortest story
//! - **telling**: `trace` events of a run · `thin` fewer of them · `explain` who waits for whom · `course` how
//!   it was reached · `failure` all of it as one value ·
//!   `record` the line for the judge · `report` one check from start to record
//!
//! One real thread runs everything. Nothing here borrows the execution across a switch.
//!
//! A schedule is written as a token of its deviations from the default order, separated by commas, or `default`.
//! `t2@5>t3`: at the fifth decision of thread 2, thread 3 runs. `#1` another alternative of a choice, such as the
//! second waiter · `!t3` thread 3 wakes for no reason · `!` a weak compare-exchange fails for no reason · `+` the clock
//! moves to the next timer although threads can run.
//!
//! The default order: the current thread as long as it can run, else the lowest number. After a yield, or a long turn
//! that looks like spinning, the next number, counted round. Up to 128 threads live at once; a later one takes the place of
//! one that has finished in this order, but never its number.

#![deny(missing_docs)]

pub mod clock;
pub(crate) mod course;
pub(crate) mod decide;
pub(crate) mod deviation;
pub(crate) mod execution;
pub(crate) mod explain;
pub mod failure;
pub mod hash_keys;
pub(crate) mod idle;
pub(crate) mod lives;
pub(crate) mod locals;
pub(crate) mod minimise;
pub(crate) mod panics;
pub mod plan;
pub(crate) mod portfolio;
pub(crate) mod random;
pub mod record;
pub mod report;
pub(crate) mod run;
pub mod schedule;
pub mod search;
pub(crate) mod stack;
pub(crate) mod strategy;
pub(crate) mod systematic;
pub(crate) mod task;
pub(crate) mod thin;
pub(crate) mod trace;

pub use clock::{advance, jump, now, settle};
pub use failure::{Failure, FailureKind, fail};
pub use lives::{
    end_body, has_ended, is_finished, spawn, spawn_with_stack, wait_ended, wait_finished,
};
pub use locals::local_slot;
pub use panics::{panic_caught, panic_count, panic_resumed, panic_unheard};
pub use plan::{Coverage, Finding, Plan};
pub use schedule::{
    active, block, blocked_by_timer_fired, choose, current, execution, hold, may_fail_spuriously,
    may_wake_spuriously, note, point, progress, reblock, release, stamp, task_name, wake,
    yield_point,
};
pub use search::{replay, run_once, search};
pub use task::{Effect, Op, TaskId, Woken};
