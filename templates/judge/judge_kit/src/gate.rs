//! A door in the test's hands.

use std::sync::{Arc, Mutex};

use engine::{Effect, TaskId};

use crate::waiting::{Home, lock, operation};

/// Blocks threads at a chosen place, typically inside a callback, until the test opens it.
///
/// Clones are the same gate. It starts closed, and belongs to the execution in which it was made.
///
/// ```
/// use judge_kit::{Gate, check, settle, spawn};
/// check(|| {
///     let gate = Gate::new();
///     let loader = spawn({
///         let gate = gate.clone();
///         move || { gate.wait(); "loaded" }
///     });
///     gate.await_arrivals(1);
///     assert!(!loader.is_finished());
///     gate.open();
///     assert_eq!(loader.join().unwrap(), "loaded");
/// });
/// ```
#[derive(Clone, Debug)]
pub struct Gate {
    home: Home,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    open: bool,
    arrivals: usize,
    /// Threads that must not go on; `open` takes them out, so that a later `close` cannot hold them back.
    waiting: Vec<TaskId>,
    /// Threads in `await_arrivals`, each with the number it waits for.
    watching: Vec<(usize, TaskId)>,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self {
            home: Home::here(),
            state: Arc::default(),
        }
    }

    /// Passes if the gate is open, and waits for [`open`](Self::open) if it is not.
    #[track_caller]
    pub fn wait(&self) {
        self.home.must_be_here("gate");
        let op = operation("Gate::wait", &*self.state);
        engine::point(op);
        let me = engine::current();
        let mut state = lock(&self.state);
        state.arrivals += 1;
        let arrivals = state.arrivals;
        let told: Vec<_> = state
            .watching
            .extract_if(.., |(number, _)| *number <= arrivals)
            .collect();
        if !state.open {
            state.waiting.push(me);
        }
        drop(state);
        for (_, watcher) in told {
            engine::wake(watcher);
        }
        engine::progress(Effect::Change);
        while lock(&self.state).waiting.contains(&me) {
            engine::note("waits");
            engine::block(op, None);
        }
    }

    /// Lets everybody pass who waits here, and everybody who comes until [`close`](Self::close).
    #[track_caller]
    pub fn open(&self) {
        self.home.must_be_here("gate");
        engine::point(operation("Gate::open", &*self.state));
        let mut state = lock(&self.state);
        state.open = true;
        let freed = std::mem::take(&mut state.waiting);
        drop(state);
        for thread in freed {
            engine::wake(thread);
        }
        engine::progress(Effect::Change);
    }

    /// Stops those who come from now on. Whoever waited when it was opened still passes.
    #[track_caller]
    pub fn close(&self) {
        self.home.must_be_here("gate");
        engine::point(operation("Gate::close", &*self.state));
        lock(&self.state).open = false;
        engine::progress(Effect::Change);
    }

    /// Blocks the caller until `count` threads, in all, have come to the gate.
    ///
    /// For code that may rightly never bring that many, use [`settle`](crate::settle) and look at
    /// [`arrivals`](Self::arrivals): this call would end as a deadlock.
    #[track_caller]
    pub fn await_arrivals(&self, count: usize) {
        self.home.must_be_here("gate");
        let op = operation("Gate::await_arrivals", &*self.state);
        engine::point(op);
        let me = engine::current();
        while lock(&self.state).arrivals < count {
            lock(&self.state).watching.push((count, me));
            engine::note("waits");
            engine::block(op, None);
        }
        engine::progress(Effect::Change);
    }

    /// How many threads have come to the gate so far, those who passed included.
    pub fn arrivals(&self) -> usize {
        lock(&self.state).arrivals
    }

    /// How many threads wait at the gate now.
    pub fn waiting(&self) -> usize {
        lock(&self.state).waiting.len()
    }
}
