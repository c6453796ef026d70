#![forbid(unsafe_code)]
//! Exclusive locks on named resources for transactions; a wait that would close a cycle is refused.
//!
//! One condvar for everybody: whoever wakes up looks whether it is the holder by now.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Names a transaction.
pub type TxId = u64;

/// Why a transaction did not get its lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockError {
    /// To wait would have closed this cycle.
    Deadlock {
        /// The requester, then whom it would wait for, whom that one waits for, and so on.
        cycle: Vec<TxId>,
    },
    /// The transaction holds the resource already.
    AlreadyHeld,
    /// The resource did not become free in time.
    TimedOut,
}

/// Why nothing was unlocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlockError {
    /// The transaction does not hold the resource.
    NotHeld,
}

/// Why a transaction did not get its lock under wait-die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitDieError {
    /// An older transaction holds the resource.
    Die {
        /// That one.
        holder: TxId,
    },
    /// The transaction holds the resource already.
    AlreadyHeld,
}

#[derive(Default)]
struct State {
    /// The holder comes first, then the queue.
    lines: BTreeMap<String, Vec<TxId>>,
    /// What each transaction holds.
    held: BTreeMap<TxId, Vec<String>>,
    /// What each waiting transaction waits for.
    wanted: BTreeMap<TxId, String>,
    /// Those that must not wait for an older one, once they wait.
    careful: BTreeMap<TxId, String>,
    /// Those that died in a queue, and for whom.
    dead: BTreeMap<TxId, TxId>,
}

/// Exclusive locks on named resources.
pub struct LockManager {
    state: Mutex<State>,
    changed: Condvar,
}

impl LockManager {
    pub fn new() -> Self {
        Self {
            state: Mutex::new(State::default()),
            changed: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics under this lock")
    }

    pub fn lock(&self, tx: TxId, resource: &str) -> Result<(), LockError> {
        self.lock_timeout(tx, resource, Duration::MAX)
    }

    pub fn lock_timeout(
        &self,
        tx: TxId,
        resource: &str,
        timeout: Duration,
    ) -> Result<(), LockError> {
        let started = Instant::now();
        let mut state = self.state();
        if let Some(&holder) = state.lines.get(resource).and_then(|line| line.first()) {
            if holder == tx {
                return Err(LockError::AlreadyHeld);
            }
            let mut chain = vec![tx, holder];
            loop {
                let last = chain[chain.len() - 1];
                let Some(wanted) = state.wanted.get(&last) else {
                    break;
                };
                let next = state.lines[wanted][0];
                if next == tx {
                    return Err(LockError::Deadlock { cycle: chain });
                }
                chain.push(next);
            }
        }
        state.join(tx, resource);
        while state.lines[resource][0] != tx {
            let left = timeout.saturating_sub(started.elapsed());
            if left.is_zero() {
                state.leave(tx, resource);
                return Err(LockError::TimedOut);
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .expect("nothing panics under this lock")
                .0;
        }
        Ok(())
    }

    pub fn unlock(&self, tx: TxId, resource: &str) -> Result<(), UnlockError> {
        let mut state = self.state();
        if state.lines.get(resource).is_none_or(|line| line[0] != tx) {
            return Err(UnlockError::NotHeld);
        }
        if let Some(held) = state.held.get_mut(&tx) {
            held.retain(|name| name != resource);
            if held.is_empty() {
                state.held.remove(&tx);
            }
        }
        state.hand_over(resource);
        self.changed.notify_all();
        Ok(())
    }

    pub fn release_all(&self, tx: TxId) -> usize {
        let mut state = self.state();
        let held = state.held.remove(&tx).unwrap_or_default();
        held.iter().for_each(|resource| state.hand_over(resource));
        self.changed.notify_all();
        held.len()
    }

    pub fn holder(&self, resource: &str) -> Option<TxId> {
        self.state().lines.get(resource).map(|line| line[0])
    }

    pub fn waiters(&self, resource: &str) -> Vec<TxId> {
        let state = self.state();
        let line = state.lines.get(resource);
        line.map_or(Vec::new(), |line| line[1..].to_vec())
    }

    pub fn lock_wait_die(&self, tx: TxId, resource: &str) -> Result<(), WaitDieError> {
        let mut state = self.state();
        match state.lines.get(resource).map(|line| line[0]) {
            Some(holder) if holder == tx => return Err(WaitDieError::AlreadyHeld),
            Some(holder) if holder < tx => return Err(WaitDieError::Die { holder }),
            Some(_) => {
                state.careful.insert(tx, resource.to_owned());
            }
            None => {}
        }
        state.join(tx, resource);
        loop {
            if let Some(holder) = state.dead.remove(&tx) {
                return Err(WaitDieError::Die { holder });
            }
            if state.lines[resource][0] == tx {
                return Ok(());
            }
            state = self
                .changed
                .wait(state)
                .expect("nothing panics under this lock");
        }
    }
}

impl State {
    fn join(&mut self, tx: TxId, resource: &str) {
        let line = self.lines.entry(resource.to_owned()).or_default();
        line.push(tx);
        if line.len() == 1 {
            self.held.entry(tx).or_default().push(resource.to_owned());
        } else {
            self.wanted.insert(tx, resource.to_owned());
        }
    }

    fn leave(&mut self, tx: TxId, resource: &str) {
        self.wanted.remove(&tx);
        if let Some(line) = self.lines.get_mut(resource) {
            line.retain(|&other| other != tx);
        }
    }

    fn hand_over(&mut self, resource: &str) {
        let Some(line) = self.lines.get_mut(resource) else {
            return;
        };
        line.remove(0);
        let Some(&heir) = line.first() else {
            self.lines.remove(resource);
            return;
        };
        self.wanted.remove(&heir);
        self.careful.remove(&heir);
        self.held.entry(heir).or_default().push(resource.to_owned());
        let (careful, dead, wanted) = (&mut self.careful, &mut self.dead, &mut self.wanted);
        line.retain(|&waiter| {
            let dies = waiter > heir && careful.contains_key(&waiter);
            if dies {
                careful.remove(&waiter);
                wanted.remove(&waiter);
                dead.insert(waiter, heir);
            }
            !dies
        });
    }
}
