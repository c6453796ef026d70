//! Who a thread is.

use crate::operation::op;
use crate::sync::waiters::Waiters;
use engine::{Effect, TaskId};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU64;
use std::panic::Location;
use std::sync::Arc;

/// A thread's number, in order of spawning within one execution.
#[derive(Eq, PartialEq, Clone, Copy, Hash, Debug)]
pub struct ThreadId(NonZeroU64);

/// A handle to a thread.
#[derive(Clone)]
pub struct Thread(Arc<Inner>);

struct Inner {
    id: ThreadId,
    name: Option<String>,
    permit: Cell<bool>,
    parked: Waiters,
}

// SAFETY: its cells are only touched by the one OS thread that runs all tasks.
unsafe impl Sync for Inner {}
// SAFETY: as above.
unsafe impl Send for Inner {}
impl std::panic::UnwindSafe for Inner {}
impl std::panic::RefUnwindSafe for Inner {}

/// The threads of the execution that runs now.
struct Registry {
    execution: u64,
    threads: BTreeMap<TaskId, Thread>,
}

thread_local! {
    static REGISTRY: RefCell<Registry> = const { RefCell::new(Registry { execution: 0, threads: BTreeMap::new() }) };
}

/// The thread that is the engine's task `task`.
pub(super) fn thread_of(task: TaskId) -> Thread {
    let execution = engine::execution();
    REGISTRY.with_borrow_mut(|registry| {
        if registry.execution != execution {
            *registry = Registry {
                execution,
                threads: BTreeMap::new(),
            };
        }
        registry
            .threads
            .entry(task)
            .or_insert_with(|| Thread::new(task))
            .clone()
    })
}

impl Thread {
    fn new(task: TaskId) -> Self {
        let number =
            NonZeroU64::MIN.saturating_add(u64::try_from(task.number()).unwrap_or(u64::MAX));
        let name = if task.number() == 0 {
            Some("main".to_owned())
        } else {
            engine::task_name(task)
        };
        Self(Arc::new(Inner {
            id: ThreadId(number),
            name,
            permit: Cell::new(false),
            parked: Waiters::new(),
        }))
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> ThreadId {
        self.0.id
    }

    /// Its name, if it was given one. The body of a check is called `main`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// Ends its `park`, or lets its next one return at once.
    #[track_caller]
    pub fn unpark(&self) {
        engine::point(op("Thread::unpark", &*self.0, Location::caller()));
        let was_there = self.0.permit.replace(true);
        self.0.parked.wake_all();
        engine::progress(if was_there {
            Effect::Look
        } else {
            Effect::Change
        });
    }

    /// Waits for a permit until `deadline` and uses it up.
    pub(super) fn park(
        &self,
        name: &'static str,
        deadline: Option<u64>,
        at: &'static Location<'static>,
    ) {
        let op = op(name, &*self.0, at);
        engine::point(op);
        if self.0.permit.get() {
            engine::progress(Effect::Change);
        } else {
            engine::note("waits");
            engine::progress(Effect::Look);
            self.0.parked.join();
            engine::may_wake_spuriously();
            engine::block(op, deadline);
            self.0.parked.leave();
        }
        self.0.permit.set(false);
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread")
            .field("id", &self.id())
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

/// The thread that calls it.
#[must_use]
pub fn current() -> Thread {
    thread_of(engine::current())
}

/// Whether this thread, and no other, is unwinding from a panic.
#[must_use]
pub fn panicking() -> bool {
    engine::panic_count() > 0
}
