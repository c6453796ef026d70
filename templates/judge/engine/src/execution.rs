//! The state of one execution, and the way to it from everywhere on this real thread.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::deviation::Deviation;
use crate::failure::FailureKind;
use crate::strategy::Strategy;
use crate::task::{Seat, Task, TaskSet};
use crate::trace::Trace;

/// Virtual time at the start of each execution, in nanoseconds: a million seconds, so that subtractions behave.
pub(crate) const BASE: u64 = 1_000_000 * 1_000_000_000;

/// Room for deviations and branches that scenarios do not outgrow, taken before a body runs and looks at the heap.
const ROOM: usize = 1_024;

/// Why an execution came to its end.
pub(crate) enum Stop {
    /// The body returned and the others came to rest.
    Done,
    /// Nothing can run and no timer is set.
    Deadlock,
    /// Everything that runs only waits; in words.
    Livelock(String),
    /// The body panicked.
    Panicked,
    /// Somebody called `fail`.
    Failed(FailureKind, String, Option<serde_json::Value>),
}

/// A way in which the present run could have gone on otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Branch {
    pub deviation: Deviation,
    /// It costs no preemption: the current task could not go on anyway.
    pub free: bool,
}

/// Which out-of-the-ordinary events a run may meet.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Specials {
    pub spurious: bool,
    pub late_clock: bool,
}

impl Specials {
    pub fn any(self) -> bool {
        self.spurious || self.late_clock
    }
}

/// One execution. Its buffers are used again by the next one.
pub(crate) struct Execution {
    pub number: u64,
    pub tasks: Vec<Task>,
    /// How many tasks were started.
    pub started: usize,
    /// Tasks of a traced run whose seats others have taken, with their names.
    pub gone: Vec<(u16, Option<String>)>,
    pub current: Seat,
    /// Can be chosen, the current task included.
    pub runnable: TaskSet,
    /// Blocked with a deadline.
    pub timed: TaskSet,
    /// Runnable again, but not chosen since.
    pub pending: TaskSet,
    /// Waiting for all others to come to rest.
    pub settling: TaskSet,
    pub finished: TaskSet,
    /// Their work is done and its result left behind; only the destructors of their thread-locals may be to come.
    pub ended: TaskSet,
    /// A thread whose panic a scope of the check will tell of, because nobody else can.
    pub unheard: Option<Seat>,
    /// Blocked where the spurious mode may wake it.
    pub rousable: TaskSet,
    /// Has only waited in the present window.
    pub idle: TaskSet,
    /// Counts changes of shared state and moves of the clock.
    pub window: u64,
    /// The window in which the clock was last read.
    pub clock_read: u64,
    /// By how much the clock moves next when everybody spins on it.
    pub spin_step: u64,
    /// The clock has moved for spinning tasks, and nothing has changed since.
    pub spun: bool,
    pub now: u64,
    /// How often the clock moved by itself.
    pub ticks: u64,
    pub steps: u64,
    pub step_limit: u64,
    pub stamps: u64,
    /// Steps of the current task in a row while others could run, since the last change.
    pub streak: u32,
    /// The same, changes or not.
    pub turn: u32,
    /// How often another task came to its turn.
    pub turns: u32,
    /// How often everybody was found waiting in vain since the last change.
    pub strikes: u32,
    pub handovers: u32,
    /// Decisions with more than one candidate.
    pub contested: u64,
    pub main_done: bool,
    pub stop: Option<Stop>,
    pub strategy: Strategy,
    /// Deviations to follow, in the order in which they should come.
    pub planned: Vec<Deviation>,
    pub next_planned: usize,
    /// Deviations that were taken.
    pub taken: Vec<Deviation>,
    /// When set, branches after the last planned deviation are noted.
    pub noting: bool,
    pub branches: Vec<Branch>,
    pub specials: Specials,
    pub specials_left: u32,
    /// Planned deviations or the mode may bring specials.
    pub look_for_specials: bool,
    pub trace: Option<Box<Trace>>,
}

impl Execution {
    pub fn new() -> Execution {
        Execution {
            number: 0,
            tasks: Vec::with_capacity(crate::task::MOST_TASKS),
            started: 0,
            gone: Vec::new(),
            current: 0,
            runnable: 0,
            timed: 0,
            pending: 0,
            settling: 0,
            finished: 0,
            ended: 0,
            unheard: None,
            rousable: 0,
            idle: 0,
            window: 1,
            clock_read: 0,
            spin_step: crate::idle::FIRST_SPIN_STEP,
            spun: false,
            now: BASE,
            ticks: 0,
            steps: 0,
            step_limit: u64::MAX,
            stamps: 0,
            streak: 0,
            turn: 0,
            turns: 0,
            strikes: 0,
            handovers: 0,
            contested: 0,
            main_done: false,
            stop: None,
            strategy: Strategy::Follow,
            planned: Vec::with_capacity(ROOM),
            next_planned: 0,
            taken: Vec::with_capacity(ROOM),
            noting: false,
            branches: Vec::with_capacity(ROOM),
            specials: Specials::default(),
            specials_left: 0,
            look_for_specials: false,
            trace: None,
        }
    }

    /// Makes everything fresh but the plan of the next run: strategy, planned deviations, limits and modes.
    pub fn reset(&mut self) {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        self.number = NUMBER.fetch_add(1, Ordering::Relaxed) + 1;
        self.tasks.clear();
        self.started = 0;
        self.gone.clear();
        self.current = 0;
        self.runnable = 0;
        self.timed = 0;
        self.pending = 0;
        self.settling = 0;
        self.finished = 0;
        self.ended = 0;
        self.unheard = None;
        self.rousable = 0;
        self.idle = 0;
        self.window = 1;
        self.clock_read = 0;
        self.spin_step = crate::idle::FIRST_SPIN_STEP;
        self.spun = false;
        self.now = BASE;
        self.ticks = 0;
        self.steps = 0;
        self.stamps = 0;
        self.streak = 0;
        self.turn = 0;
        self.turns = 0;
        self.strikes = 0;
        self.handovers = 0;
        self.contested = 0;
        self.main_done = false;
        self.stop = None;
        self.next_planned = 0;
        self.taken.clear();
        self.branches.clear();
        self.specials_left = 2;
        self.look_for_specials =
            self.specials.any() || self.planned.iter().any(|deviation| deviation.is_special());
    }

    /// The number of the task that sits there.
    pub fn number(&self, seat: Seat) -> u16 {
        self.tasks[seat].number
    }

    /// Where the task of that number sits; none if it is not there yet or any more.
    pub fn seat(&self, number: u16) -> Option<Seat> {
        let sits = |&seat: &Seat| {
            self.tasks
                .get(seat)
                .is_some_and(|task| task.number == number)
        };
        Some(usize::from(number))
            .filter(sits)
            .or_else(|| (0..self.tasks.len()).find(sits))
    }
}

thread_local! {
    static CURRENT: Cell<*mut Execution> = const { Cell::new(std::ptr::null_mut()) };
}

/// Whether an execution runs on this real thread.
#[inline]
pub(crate) fn is_active() -> bool {
    !CURRENT.get().is_null()
}

/// Calls `f` with the execution of this real thread; None without one.
///
/// `f` must neither switch tasks nor run code of the program under test.
#[inline]
pub(crate) fn with<R>(f: impl FnOnce(&mut Execution) -> R) -> Option<R> {
    let execution = CURRENT.get();
    if execution.is_null() {
        return None;
    }
    // SAFETY: the pointer is set by `Entered` for as long as the execution lives, everything happens on one real
    // thread, and no caller's `f` comes back here or switches, so this is the only reference for its duration.
    Some(f(unsafe { &mut *execution }))
}

/// Makes an execution the current one of this real thread until it is dropped.
pub(crate) struct Entered;

impl Entered {
    pub fn new(execution: *mut Execution) -> Entered {
        CURRENT.set(execution);
        Entered
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(std::ptr::null_mut());
    }
}
