//! What a virtual thread is, and the words its operations are described with.

use std::panic::Location;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, Yielder};

use crate::locals::Slots;

/// A virtual thread, for good: nobody else of the same execution is ever called the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId {
    number: u16,
    seat: u8,
}

impl TaskId {
    pub(crate) fn new(number: u16, seat: Seat) -> TaskId {
        TaskId {
            number,
            seat: seat as u8,
        }
    }

    /// 0 is the body of the check, the others follow in the order they were spawned.
    pub fn number(self) -> usize {
        usize::from(self.number)
    }

    pub(crate) fn seat(self) -> Seat {
        usize::from(self.seat)
    }
}

/// Where a living task sits. When all seats are taken, those of finished tasks are used again.
pub(crate) type Seat = usize;

/// Most tasks that are alive at once; sets of them are bit masks.
pub const MOST_TASKS: usize = 128;
/// Most tasks that one execution can have in all.
pub const MOST_NUMBERS: usize = 1 << 14;

/// A set of tasks, one bit each.
pub(crate) type TaskSet = u128;

/// The set that holds just this task.
#[inline]
pub(crate) const fn only(task: Seat) -> TaskSet {
    1 << task
}

/// The tasks of a set, lowest first.
pub(crate) fn members(mut set: TaskSet) -> impl Iterator<Item = Seat> {
    std::iter::from_fn(move || {
        if set == 0 {
            return None;
        }
        let lowest = set.trailing_zeros() as Seat;
        set &= set - 1;
        Some(lowest)
    })
}

/// How a blocked task came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Somebody called `wake`.
    Notified,
    /// Its deadline came first.
    TimedOut,
}

/// What an operation turned out to do. Tells waiting by polling from work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It changed shared state: nobody counts as idle any more.
    Change,
    /// It only read.
    Look,
    /// Polite waiting: a yield, a spin hint, a clock reading, a failed try-operation, a failed compare-exchange.
    Wait,
}

/// An operation on a primitive, as it is named in traces.
#[derive(Clone, Copy, Debug)]
pub struct Op {
    /// Type and method, such as `Mutex::lock`.
    pub name: &'static str,
    /// Address of the primitive, for identity only.
    pub object: usize,
    /// The line of the program that asked for it.
    pub at: &'static Location<'static>,
}

impl Op {
    /// An operation asked for by the caller's caller.
    #[track_caller]
    pub fn new(name: &'static str, object: usize) -> Op {
        Op {
            name,
            object,
            at: Location::caller(),
        }
    }

    /// The primitive's type: `Mutex` of `Mutex::lock`.
    pub fn noun(&self) -> &'static str {
        self.name.split("::").next().unwrap_or(self.name)
    }
}

pub(crate) type Stackful = Coroutine<(), (), (), DefaultStack>;

/// One virtual thread.
pub(crate) struct Task {
    /// Its number for people and tokens.
    pub number: u16,
    /// The step at which it was started.
    pub born: u64,
    pub name: Option<String>,
    /// None once it has finished, when its stack is back in the pool.
    pub coroutine: Option<Stackful>,
    /// Set when the coroutine first runs; points into its own stack.
    pub yielder: *const Yielder<(), ()>,
    /// What it did or is about to do last.
    pub op: Op,
    /// How many decisions were taken at its points: the `n` of a deviation.
    pub decisions: u32,
    /// The answer that `block` will give.
    pub woken: Woken,
    /// Of the present or the last block; `u64::MAX` without one.
    pub deadline: u64,
    pub blocked_since: u64,
    pub joining: Option<Seat>,
    pub joiners: TaskSet,
    /// Scopes that wait for the end of its work.
    pub enders: TaskSet,
    /// The next block may be ended by the spurious mode.
    pub spurious_next: bool,
    pub last_run: u64,
    /// Idle counters, valid in this window only.
    pub window: u64,
    pub waits: u32,
    pub looks: u32,
    /// Has read the clock since its last effect was counted.
    pub read_clock: bool,
    /// Panics in flight.
    pub panics: usize,
    pub last_panic: Option<crate::panics::Caught>,
    /// For PCT: who has more goes first.
    pub priority: i64,
    pub holds: Vec<(usize, Op)>,
    pub locals: Slots,
}

impl Task {
    pub fn new(number: u16, name: Option<String>, coroutine: Stackful, op: Op) -> Task {
        Task {
            number,
            born: 0,
            name,
            coroutine: Some(coroutine),
            yielder: std::ptr::null(),
            op,
            decisions: 0,
            woken: Woken::Notified,
            deadline: u64::MAX,
            blocked_since: 0,
            joining: None,
            joiners: 0,
            enders: 0,
            spurious_next: false,
            last_run: 0,
            window: 0,
            waits: 0,
            looks: 0,
            read_clock: false,
            panics: 0,
            last_panic: None,
            priority: 0,
            holds: Vec::new(),
            locals: Slots::default(),
        }
    }
}
