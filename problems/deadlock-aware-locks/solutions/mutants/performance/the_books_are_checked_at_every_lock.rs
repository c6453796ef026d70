//! Flaw: each lock counts all that is held to see whether the books agree.
#![forbid(unsafe_code)]
//! Exclusive locks on named resources for transactions; a wait that would close a cycle is refused.
//!
//! Everybody waits for at most one resource, so the wait-for graph is a set of chains: whoever asks walks along one. No edge
//! is stored; each follows from what a transaction asked for and who holds that now.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
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

/// Exclusive locks on named resources, shared by reference among threads.
pub struct LockManager {
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    /// Those that are held.
    locks: HashMap<Arc<str>, Lock>,
    /// Those that hold or wait for something.
    transactions: HashMap<TxId, Transaction>,
}

struct Lock {
    holder: TxId,
    queue: VecDeque<Waiter>,
}

struct Waiter {
    tx: TxId,
    /// Whether it must not wait for an older one.
    wait_die: bool,
}

#[derive(Default)]
struct Transaction {
    held: HashSet<Arc<str>>,
    request: Option<Request>,
}

struct Request {
    resource: Arc<str>,
    answered: Arc<Condvar>,
    answer: Option<Answer>,
}

#[derive(Clone, Copy)]
enum Answer {
    Granted,
    Die { holder: TxId },
}

impl LockManager {
    /// Nothing is locked.
    pub fn new() -> Self {
        LockManager {
            table: Mutex::default(),
        }
    }

    /// Waits until `tx` owns `resource` exclusively.
    pub fn lock(&self, tx: TxId, resource: &str) -> Result<(), LockError> {
        self.lock_until(tx, resource, None)
    }

    /// [`lock`](Self::lock) that gives up when `timeout` is over.
    pub fn lock_timeout(
        &self,
        tx: TxId,
        resource: &str,
        timeout: Duration,
    ) -> Result<(), LockError> {
        self.lock_until(tx, resource, Instant::now().checked_add(timeout))
    }

    /// Gives `resource` to the first who waits for it, or frees it.
    pub fn unlock(&self, tx: TxId, resource: &str) -> Result<(), UnlockError> {
        let mut table = self.table();
        if table.holder(resource) != Some(tx) {
            return Err(UnlockError::NotHeld);
        }
        table.release(tx, resource);
        table.forget_if_done(tx);
        Ok(())
    }

    /// Releases all locks of `tx`; returns how many.
    pub fn release_all(&self, tx: TxId) -> usize {
        let mut table = self.table();
        let Some(transaction) = table.transactions.get_mut(&tx) else {
            return 0;
        };
        let held = std::mem::take(&mut transaction.held);
        for resource in &held {
            table.release(tx, resource);
        }
        table.forget_if_done(tx);
        held.len()
    }

    /// Who owns `resource`.
    pub fn holder(&self, resource: &str) -> Option<TxId> {
        self.table().holder(resource)
    }

    /// Who waits for `resource`, in the order in which they will get it.
    pub fn waiters(&self, resource: &str) -> Vec<TxId> {
        let table = self.table();
        let queue = table.locks.get(resource).map(|lock| &lock.queue);
        queue.into_iter().flatten().map(|one| one.tx).collect()
    }

    /// Waits until `tx` owns `resource`, but never for an older transaction.
    pub fn lock_wait_die(&self, tx: TxId, resource: &str) -> Result<(), WaitDieError> {
        let mut table = self.table();
        match table.holder(resource) {
            None => table.grant(tx, resource.into()),
            Some(holder) if holder == tx => return Err(WaitDieError::AlreadyHeld),
            Some(holder) if holder < tx => return Err(WaitDieError::Die { holder }),
            Some(_) => {
                if let Some(Answer::Die { holder }) = wait(table, tx, resource, true, None) {
                    return Err(WaitDieError::Die { holder });
                }
            }
        }
        Ok(())
    }

    fn lock_until(
        &self,
        tx: TxId,
        resource: &str,
        deadline: Option<Instant>,
    ) -> Result<(), LockError> {
        let mut table = self.table();
        let held = table.transactions.values().map(|one| one.held.len());
        assert_eq!(held.sum::<usize>(), table.locks.len());
        match table.holder(resource) {
            None => table.grant(tx, resource.into()),
            Some(holder) if holder == tx => return Err(LockError::AlreadyHeld),
            Some(holder) => {
                if let Some(cycle) = table.cycle(tx, holder) {
                    return Err(LockError::Deadlock { cycle });
                }
                if wait(table, tx, resource, false, deadline).is_none() {
                    return Err(LockError::TimedOut);
                }
            }
        }
        Ok(())
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Queues up for a resource that is held; `None` if the deadline comes before an answer.
fn wait(
    mut table: MutexGuard<'_, Table>,
    tx: TxId,
    resource: &str,
    wait_die: bool,
    deadline: Option<Instant>,
) -> Option<Answer> {
    let answered = table.enqueue(tx, resource, wait_die);
    loop {
        if let Some(answer) = table.take_answer(tx) {
            return Some(answer);
        }
        table = match deadline {
            None => answered.wait(table).unwrap_or_else(PoisonError::into_inner),
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    table.withdraw(tx, resource);
                    return None;
                }
                let woken = answered.wait_timeout(table, left);
                woken.unwrap_or_else(PoisonError::into_inner).0
            }
        };
    }
}

impl Table {
    fn holder(&self, resource: &str) -> Option<TxId> {
        self.locks.get(resource).map(|lock| lock.holder)
    }

    /// Whom this transaction waits for at present.
    fn waits_for(&self, tx: TxId) -> Option<TxId> {
        let request = self.transactions.get(&tx)?.request.as_ref()?;
        if request.answer.is_some() {
            return None;
        }
        self.holder(&request.resource)
    }

    /// The cycle that is closed if `tx` waits for `holder`.
    fn cycle(&self, tx: TxId, holder: TxId) -> Option<Vec<TxId>> {
        let mut cycle = vec![tx];
        let mut next = holder;
        while next != tx {
            cycle.push(next);
            next = self.waits_for(next)?;
        }
        Some(cycle)
    }

    /// Locks a free resource.
    fn grant(&mut self, tx: TxId, resource: Arc<str>) {
        let lock = Lock {
            holder: tx,
            queue: VecDeque::new(),
        };
        self.locks.insert(Arc::clone(&resource), lock);
        self.transactions
            .entry(tx)
            .or_default()
            .held
            .insert(resource);
    }

    fn enqueue(&mut self, tx: TxId, resource: &str, wait_die: bool) -> Arc<Condvar> {
        let answered = Arc::new(Condvar::new());
        if let Some(lock) = self.locks.get_mut(resource) {
            lock.queue.push_back(Waiter { tx, wait_die });
        }
        self.transactions.entry(tx).or_default().request = Some(Request {
            resource: resource.into(),
            answered: Arc::clone(&answered),
            answer: None,
        });
        answered
    }

    fn take_answer(&mut self, tx: TxId) -> Option<Answer> {
        let request = &mut self.transactions.get_mut(&tx)?.request;
        let answer = request.as_ref()?.answer?;
        *request = None;
        self.forget_if_done(tx);
        Some(answer)
    }

    /// Takes a request back.
    fn withdraw(&mut self, tx: TxId, resource: &str) {
        if let Some(lock) = self.locks.get_mut(resource) {
            lock.queue.retain(|waiter| waiter.tx != tx);
        }
        if let Some(transaction) = self.transactions.get_mut(&tx) {
            transaction.request = None;
        }
        self.forget_if_done(tx);
    }

    /// Hands a resource that `tx` holds to its heir.
    fn release(&mut self, tx: TxId, resource: &str) {
        if let Some(transaction) = self.transactions.get_mut(&tx) {
            transaction.held.remove(resource);
        }
        let Some(lock) = self.locks.get_mut(resource) else {
            return;
        };
        let Some(heir) = lock.queue.pop_front() else {
            self.locks.remove(resource);
            return;
        };
        let holder = heir.tx;
        lock.holder = holder;
        let dies = |waiter: &Waiter| waiter.wait_die && waiter.tx > holder;
        let dying = lock.queue.iter().filter(|waiter| dies(waiter));
        let dying: Vec<_> = dying.map(|waiter| waiter.tx).collect();
        lock.queue.retain(|waiter| !dies(waiter));
        if let Some(transaction) = self.transactions.get_mut(&holder) {
            transaction.held.insert(resource.into());
        }
        self.answer(holder, Answer::Granted);
        for tx in dying {
            self.answer(tx, Answer::Die { holder });
        }
    }

    fn answer(&mut self, tx: TxId, answer: Answer) {
        let transaction = self.transactions.get_mut(&tx);
        if let Some(request) = transaction.and_then(|one| one.request.as_mut()) {
            request.answer = Some(answer);
            request.answered.notify_one();
        }
    }

    /// Whoever neither holds nor waits leaves nothing behind.
    fn forget_if_done(&mut self, tx: TxId) {
        let transaction = self.transactions.get(&tx);
        if transaction.is_some_and(|one| one.held.is_empty() && one.request.is_none()) {
            self.transactions.remove(&tx);
        }
    }
}
