//! Records calls with their returns, and asks whether one order of them explains all results.

mod evidence;
mod linearize;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use engine::FailureKind;

use crate::waiting::lock;
use linearize::{Outcome, Span, linearize};

/// States that a search for an order may visit: a history of 12 calls needs some hundred, a second buys about a million.
const STATE_BUDGET: usize = 500_000;

/// The calls made on one object in one execution.
///
/// Clones are the same history. Recording is no scheduling point: the recorded interval is as narrow as the call itself.
///
/// ```
/// use judge_kit::{History, explore, spawn};
/// # use virtual_std as std;
/// use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
/// #[derive(Clone, Debug)]
/// enum Call { Add(u32), Read }
/// explore(|| {
///     let (counter, history) = (Arc::new(AtomicU32::new(0)), History::new());
///     let adder = spawn({
///         let (counter, history) = (Arc::clone(&counter), history.clone());
///         move || history.call(Call::Add(2), || { counter.fetch_add(2, Ordering::SeqCst); 0 })
///     });
///     history.call(Call::Read, || counter.load(Ordering::SeqCst));
///     adder.join().unwrap();
///     history.linearizable(0, |sum: &u32, call, seen| match call {
///         Call::Add(n) => Some(sum + n),
///         Call::Read => (seen == sum).then_some(*sum),
///     });
/// });
/// ```
#[derive(Debug)]
pub struct History<Op, Ret> {
    log: Arc<Mutex<Log<Op, Ret>>>,
}

impl<Op, Ret> Clone for History<Op, Ret> {
    fn clone(&self) -> Self {
        Self {
            log: Arc::clone(&self.log),
        }
    }
}

impl<Op, Ret> Default for History<Op, Ret> {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Debug)]
struct Log<Op, Ret> {
    /// Begins and returns so far. All threads share one OS thread, so this count is the order in which they happened.
    events: u64,
    calls: Vec<Entry<Op, Ret>>,
}

// Shared, so that cloning foreign types happens unlocked.
#[derive(Debug)]
struct Entry<Op, Ret> {
    thread: usize,
    op: Arc<Op>,
    ret: Option<Arc<Ret>>,
    begin: u64,
    end: Option<u64>,
}

/// One recorded call.
#[derive(Clone, Debug)]
pub struct Call<Op, Ret> {
    /// The thread that called: 0 is the body of the check, then in order of spawning.
    pub thread: usize,
    /// What was called.
    pub op: Op,
    /// What came back; `None` while the call is pending, and for ever if it panicked.
    pub ret: Option<Ret>,
    /// When it began. Begins and returns of a history are numbered 1, 2, 3, … in the order in which they happened.
    pub begin: u64,
    /// When it returned.
    pub end: Option<u64>,
}

impl<Op, Ret> Call<Op, Ret> {
    /// True if this call had returned when `other` began. Of two calls neither of which precedes the other, both overlap.
    pub fn precedes(&self, other: &Self) -> bool {
        self.end.is_some_and(|end| end < other.begin)
    }
}

impl<Op, Ret> History<Op, Ret> {
    /// A history without calls.
    pub fn new() -> Self {
        Self {
            log: Arc::new(Mutex::new(Log {
                events: 0,
                calls: Vec::new(),
            })),
        }
    }

    /// Makes the call `work` and records it as `op`; returns what it returned.
    ///
    /// If `work` panics, the panic goes on and the call stays pending.
    pub fn call(&self, op: Op, work: impl FnOnce() -> Ret) -> Ret
    where
        Ret: Clone,
    {
        let op = Arc::new(op);
        let mut log = lock(&self.log);
        log.events += 1;
        let (number, begin) = (log.calls.len(), log.events);
        log.calls.push(Entry {
            thread: engine::current().number(),
            op,
            ret: None,
            begin,
            end: None,
        });
        drop(log);
        let ret = work();
        // The end is taken before the clone, which may be foreign code.
        let mut log = lock(&self.log);
        log.events += 1;
        let end = log.events;
        drop(log);
        let kept = Arc::new(ret.clone());
        let entry = &mut lock(&self.log).calls[number];
        entry.end = Some(end);
        entry.ret = Some(kept);
        ret
    }
}

impl<Op: Clone, Ret: Clone> History<Op, Ret> {
    /// All calls so far, in the order in which they began; for invariants where linearizability asks too much.
    pub fn calls(&self) -> Vec<Call<Op, Ret>> {
        let shared: Vec<_> = {
            let log = lock(&self.log);
            log.calls
                .iter()
                .map(|entry| {
                    (
                        entry.thread,
                        Arc::clone(&entry.op),
                        entry.ret.clone(),
                        entry.begin,
                        entry.end,
                    )
                })
                .collect()
        };
        shared
            .into_iter()
            .map(|(thread, op, ret, begin, end)| Call {
                thread,
                op: Op::clone(&op),
                ret: ret.map(|ret| Ret::clone(&ret)),
                begin,
                end,
            })
            .collect()
    }
}

impl<Op: Clone + Debug, Ret: Clone + Debug> History<Op, Ret> {
    /// Fails the check as not linearizable unless some order of the calls is legal.
    ///
    /// `step` is the sequential rule: the state after `op` if it may return `ret` in `state`, else `None`. A call that had
    /// returned before another began comes before it.
    ///
    /// Panics, as the suite's fault, on more than 64 calls, on pending calls (see [`linearizable_pending`]) and when no
    /// answer is found within half a million states (see [`linearizable_by`]).
    ///
    /// [`linearizable_pending`]: Self::linearizable_pending
    /// [`linearizable_by`]: Self::linearizable_by
    #[track_caller]
    pub fn linearizable<S: Clone + Eq + Hash>(
        &self,
        initial: S,
        step: impl Fn(&S, &Op, &Ret) -> Option<S>,
    ) {
        let calls = self.calls();
        refuse_pending(&calls);
        conclude(
            &calls,
            initial,
            |state, op, ret| step(state, op, ret?),
            None,
        );
    }

    /// [`linearizable`](Self::linearizable) for each key on its own, with a state that starts at `initial` for each.
    ///
    /// Right where calls with different keys cannot affect each other, as in a map without a capacity; far cheaper there.
    #[track_caller]
    pub fn linearizable_by<K: Eq + Debug, S: Clone + Eq + Hash>(
        &self,
        key: impl Fn(&Op) -> K,
        initial: S,
        step: impl Fn(&S, &Op, &Ret) -> Option<S>,
    ) {
        let calls = self.calls();
        refuse_pending(&calls);
        let mut parts: Vec<(K, Vec<Call<Op, Ret>>)> = Vec::new();
        for call in calls {
            let key = key(&call.op);
            match parts.iter_mut().find(|(known, _)| *known == key) {
                Some((_, part)) => part.push(call),
                None => parts.push((key, vec![call])),
            }
        }
        for (key, part) in parts {
            conclude(
                &part,
                initial.clone(),
                |state, op, ret| step(state, op, ret?),
                Some(&format!("{key:?}")),
            );
        }
    }

    /// [`linearizable`](Self::linearizable) where calls may be pending: still blocked, or ended by a panic.
    ///
    /// A pending call may have taken effect or not. `step` gets `None` for what it would have returned.
    #[track_caller]
    pub fn linearizable_pending<S: Clone + Eq + Hash>(
        &self,
        initial: S,
        step: impl Fn(&S, &Op, Option<&Ret>) -> Option<S>,
    ) {
        conclude(&self.calls(), initial, step, None);
    }
}

#[track_caller]
fn refuse_pending<Op: Debug, Ret>(calls: &[Call<Op, Ret>]) {
    if let Some(pending) = calls.iter().find(|call| call.end.is_none()) {
        panic!(
            "the suite asks whether a history is linearizable while {:?} of thread {} has not returned; \
             join the thread first, or use linearizable_pending",
            pending.op, pending.thread
        );
    }
}

#[track_caller]
fn conclude<Op: Debug, Ret: Debug, S: Clone + Eq + Hash>(
    calls: &[Call<Op, Ret>],
    initial: S,
    step: impl Fn(&S, &Op, Option<&Ret>) -> Option<S>,
    key: Option<&str>,
) {
    assert!(
        calls.len() <= 64,
        "a history of {} calls is too long to be checked; the limit is 64 for one key",
        calls.len()
    );
    let spans: Vec<_> = calls
        .iter()
        .map(|call| Span {
            begin: call.begin,
            end: call.end,
        })
        .collect();
    let take = |state: &S, index: usize| step(state, &calls[index].op, calls[index].ret.as_ref());
    match linearize(&spans, initial, &take, STATE_BUDGET) {
        Outcome::Legal => {}
        Outcome::OutOfBudget => panic!(
            "no answer after {STATE_BUDGET} states whether {} calls are linearizable; \
             the suite needs fewer calls, or linearizable_by with a key",
            calls.len()
        ),
        Outcome::Illegal { longest } => {
            let message = evidence::in_words(calls, &longest, key);
            if !engine::active() {
                panic!("{message}");
            }
            engine::fail(
                FailureKind::NotLinearizable,
                message,
                Some(evidence::as_json(calls, &longest)),
            );
        }
    }
}
