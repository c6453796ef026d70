//! Runs the body of a check: once, or in as many schedules as a search finds worth trying.
//!
//! In: a closure from a suite. Out: nothing, or the end of the check with a failure that the engine has told.
//! Never decides what is searched; that is the engine's `Plan`.

use engine::{Finding, Plan};

/// Runs `body` in one schedule, the default one, on the virtual clock.
///
/// A thread runs until it blocks, sleeps, yields or ends; time moves when nothing else can. Use it for rules of one thread
/// and for scenarios of time whose outcome does not depend on the schedule.
#[track_caller]
pub fn check(body: impl FnOnce()) {
    if engine::active() {
        return body();
    }
    let body: Box<dyn FnOnce() + '_> = Box::new(body);
    // SAFETY: the engine demands `'static` because it cannot see how long a body lives. `run_once` returns after the body
    // has ended or has been abandoned; an abandoned coroutine is never resumed nor unwound, so no borrow of the body is
    // touched after this call. Only the lifetime changes, the layout of the box does not.
    let body: Box<dyn FnOnce()> = unsafe { std::mem::transmute(body) };
    if let Err(failure) = engine::run_once(body) {
        engine::report::raise(failure);
    }
}

/// Searches the schedules of `body` with the default plan and fails on the first schedule in which it goes wrong.
///
/// `body` runs afresh in every schedule, thousands of times: build everything inside it, keep it to 2 to 4 threads with 1
/// to 4 operations each, and let nothing outside change its course.
#[track_caller]
pub fn explore(body: impl Fn()) {
    Explore::new().run(body);
}

/// A search with other measures than [`explore`]'s.
///
/// ```
/// use judge_kit::Explore;
/// Explore::new().schedules(500).random(50).spurious().run(|| {
///     let worker = judge_kit::spawn(|| 7);
///     assert_eq!(worker.join().unwrap(), 7);
/// });
/// ```
#[derive(Default)]
#[must_use = "nothing is searched before `run`"]
pub struct Explore {
    plan: Plan,
}

impl Explore {
    /// The plan of [`explore`].
    pub fn new() -> Self {
        Self::default()
    }

    /// At most `count` schedules in the systematic part; 0 leaves it out.
    pub fn schedules(mut self, count: u64) -> Self {
        self.plan.schedules = count;
        self
    }

    /// At most `count` steps, over all schedules, in the systematic part.
    pub fn steps(mut self, count: u64) -> Self {
        self.plan.steps = count;
        self
    }

    /// At most `count` steps in one execution; more is told as a livelock.
    pub fn steps_per_execution(mut self, count: u64) -> Self {
        self.plan.steps_per_execution = count;
        self
    }

    /// `count` schedules from each random strategy; 0 leaves them out.
    pub fn random(mut self, count: u64) -> Self {
        self.plan.random = count;
        self
    }

    /// A failure that needs a slow thread, whose timer fires while it could still run, is a failure and no suspicion.
    ///
    /// Only for checks that assert no upper limit on a latency.
    pub fn adversarial_clock(mut self) -> Self {
        self.plan.late_clock = Finding::Failure;
        self
    }

    /// A failure that needs a spurious wake-up is a failure and no suspicion.
    pub fn spurious(mut self) -> Self {
        self.plan.spurious = Finding::Failure;
        self
    }

    /// Searches; see [`explore`] for what `body` may do.
    #[track_caller]
    pub fn run(self, body: impl Fn()) {
        if engine::active() {
            return body();
        }
        if let Err(failure) = engine::search(&self.plan, &body) {
            engine::report::raise(failure);
        }
    }
}
