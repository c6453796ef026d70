//! Remembers what a supplied trait was called with.

use std::sync::{Arc, Mutex};

use engine::Effect;

use crate::waiting::{lock, operation};

/// A list that instrumented doubles write to and the test reads: arguments, threads, order.
///
/// Clones are the same list. Each [`record`](Self::record) is a scheduling point, so that the order of calls is searched
/// like that of any operation on shared state.
///
/// ```
/// use judge_kit::{Recorder, explore, spawn};
/// explore(|| {
///     let calls = Recorder::new();
///     let worker = spawn({ let calls = calls.clone(); move || calls.record("worker") });
///     calls.record("main");
///     worker.join().unwrap();
///     let mut seen = calls.seen();
///     seen.sort();
///     assert_eq!(seen, ["main", "worker"]);
/// });
/// ```
#[derive(Debug)]
pub struct Recorder<T> {
    // Shared entries: cloning a `T` may run foreign code with scheduling points of its own, so it happens unlocked.
    entries: Arc<Mutex<Vec<Arc<T>>>>,
}

impl<T> Clone for Recorder<T> {
    fn clone(&self) -> Self {
        Self {
            entries: Arc::clone(&self.entries),
        }
    }
}

impl<T> Default for Recorder<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Recorder<T> {
    /// An empty list.
    pub fn new() -> Self {
        Self {
            entries: Arc::default(),
        }
    }

    /// Appends `entry`.
    #[track_caller]
    pub fn record(&self, entry: T) {
        engine::point(operation("Recorder::record", &*self.entries));
        let entry = Arc::new(entry);
        lock(&self.entries).push(entry);
        engine::progress(Effect::Change);
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        lock(&self.entries).len()
    }

    /// True before the first entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all entries, for the next act of a scenario.
    pub fn clear(&self) {
        let forgotten = std::mem::take(&mut *lock(&self.entries));
        drop(forgotten);
    }
}

impl<T: Clone> Recorder<T> {
    /// All entries so far, in the order of recording.
    pub fn seen(&self) -> Vec<T> {
        let entries = lock(&self.entries).clone();
        entries.iter().map(|entry| T::clone(entry)).collect()
    }
}
