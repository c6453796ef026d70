#![forbid(unsafe_code)]
//! Exclusive locks on named resources for transactions; a wait that would close a cycle is refused.
//!
//! Whoever waits parks its thread beside a slot for the verdict, which is written under the lock of the books.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, Thread};
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

const WAITING: u8 = 0;
const GRANTED: u8 = 1;
const DEAD: u8 = 2;

struct Slot {
    verdict: AtomicU8,
    killer: Mutex<TxId>,
    thread: Thread,
}

#[derive(Clone)]
struct Ticket {
    tx: TxId,
    prevents: bool,
    slot: Arc<Slot>,
}

#[derive(Default)]
struct Books {
    resources: HashMap<String, Resource>,
    accounts: HashMap<TxId, Account>,
}

struct Resource {
    owner: TxId,
    tickets: Vec<Ticket>,
}

#[derive(Default)]
struct Account {
    owns: Vec<String>,
    wants: Option<String>,
}

/// Exclusive locks on named resources.
pub struct LockManager(Mutex<Books>);

enum Entry {
    Granted,
    Own,
    Conflict(TxId, Vec<TxId>),
    Queued(Arc<Slot>),
}

impl LockManager {
    pub fn new() -> Self {
        LockManager(Mutex::new(Books::default()))
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
        let until = Instant::now().checked_add(timeout);
        let slot = match self.0.lock().unwrap().enter(tx, resource, false) {
            Entry::Granted => return Ok(()),
            Entry::Own => return Err(LockError::AlreadyHeld),
            Entry::Conflict(_, cycle) => return Err(LockError::Deadlock { cycle }),
            Entry::Queued(slot) => slot,
        };
        while slot.verdict.load(Ordering::SeqCst) == WAITING {
            let Some(until) = until else {
                thread::park();
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left > Duration::ZERO {
                thread::park_timeout(left);
                continue;
            }
            let mut books = self.0.lock().unwrap();
            if slot.verdict.load(Ordering::SeqCst) == WAITING {
                books.strike(tx, resource);
                return Err(LockError::TimedOut);
            }
        }
        Ok(())
    }

    pub fn lock_wait_die(&self, tx: TxId, resource: &str) -> Result<(), WaitDieError> {
        let slot = match self.0.lock().unwrap().enter(tx, resource, true) {
            Entry::Granted => return Ok(()),
            Entry::Own => return Err(WaitDieError::AlreadyHeld),
            Entry::Conflict(holder, _) => return Err(WaitDieError::Die { holder }),
            Entry::Queued(slot) => slot,
        };
        loop {
            match slot.verdict.load(Ordering::SeqCst) {
                WAITING => thread::park(),
                GRANTED => return Ok(()),
                _ => {
                    let holder = *slot.killer.lock().unwrap();
                    return Err(WaitDieError::Die { holder });
                }
            }
        }
    }

    pub fn unlock(&self, tx: TxId, resource: &str) -> Result<(), UnlockError> {
        let mut books = self.0.lock().unwrap();
        match books.resources.get(resource) {
            Some(found) if found.owner == tx => {}
            _ => return Err(UnlockError::NotHeld),
        }
        if let Some(account) = books.accounts.get_mut(&tx) {
            if let Some(place) = account.owns.iter().position(|name| name == resource) {
                account.owns.swap_remove(place);
            }
        }
        books.tidy(tx);
        books.next(resource);
        Ok(())
    }

    pub fn release_all(&self, tx: TxId) -> usize {
        let mut books = self.0.lock().unwrap();
        let Some(account) = books.accounts.get_mut(&tx) else {
            return 0;
        };
        let owned = std::mem::take(&mut account.owns);
        books.tidy(tx);
        for resource in &owned {
            books.next(resource);
        }
        owned.len()
    }

    pub fn holder(&self, resource: &str) -> Option<TxId> {
        let books = self.0.lock().unwrap();
        Some(books.resources.get(resource)?.owner)
    }

    pub fn waiters(&self, resource: &str) -> Vec<TxId> {
        let books = self.0.lock().unwrap();
        match books.resources.get(resource) {
            Some(found) => found.tickets.iter().map(|ticket| ticket.tx).collect(),
            None => Vec::new(),
        }
    }
}

impl Books {
    fn enter(&mut self, tx: TxId, resource: &str, prevents: bool) -> Entry {
        let Some(owner) = self.resources.get(resource).map(|found| found.owner) else {
            let free = Resource {
                owner: tx,
                tickets: Vec::new(),
            };
            self.resources.insert(resource.to_owned(), free);
            let account = self.accounts.entry(tx).or_default();
            account.owns.push(resource.to_owned());
            return Entry::Granted;
        };
        if owner == tx {
            return Entry::Own;
        }
        if prevents {
            if owner < tx {
                return Entry::Conflict(owner, Vec::new());
            }
        } else {
            let mut seen = vec![tx];
            let mut at = Some(owner);
            while let Some(here) = at {
                if here == tx {
                    return Entry::Conflict(owner, seen);
                }
                seen.push(here);
                let wants = self.accounts.get(&here).and_then(|one| one.wants.as_ref());
                at = wants.map(|wanted| self.resources[wanted].owner);
            }
        }
        let slot = Arc::new(Slot {
            verdict: AtomicU8::new(WAITING),
            killer: Mutex::new(0),
            thread: thread::current(),
        });
        if let Some(found) = self.resources.get_mut(resource) {
            found.tickets.push(Ticket {
                tx,
                prevents,
                slot: Arc::clone(&slot),
            });
        }
        self.accounts.entry(tx).or_default().wants = Some(resource.to_owned());
        Entry::Queued(slot)
    }

    fn strike(&mut self, tx: TxId, resource: &str) {
        if let Some(found) = self.resources.get_mut(resource) {
            found.tickets.retain(|ticket| ticket.tx != tx);
        }
        self.stops_waiting(tx);
    }

    fn stops_waiting(&mut self, tx: TxId) {
        if let Some(account) = self.accounts.get_mut(&tx) {
            account.wants = None;
        }
        self.tidy(tx);
    }

    fn tidy(&mut self, tx: TxId) {
        if let Some(Account { owns, wants: None }) = self.accounts.get(&tx) {
            if owns.is_empty() {
                self.accounts.remove(&tx);
            }
        }
    }

    fn next(&mut self, resource: &str) {
        let Some(found) = self.resources.get_mut(resource) else {
            return;
        };
        if found.tickets.is_empty() {
            self.resources.remove(resource);
            return;
        }
        let heir = found.tickets.remove(0);
        found.owner = heir.tx;
        let (dying, staying): (Vec<_>, Vec<_>) = found
            .tickets
            .drain(..)
            .partition(|ticket| ticket.prevents && ticket.tx > heir.tx);
        found.tickets = staying;
        let account = self.accounts.entry(heir.tx).or_default();
        account.owns.push(resource.to_owned());
        account.wants = None;
        for ticket in dying {
            self.stops_waiting(ticket.tx);
            *ticket.slot.killer.lock().unwrap() = heir.tx;
            ticket.slot.verdict.store(DEAD, Ordering::SeqCst);
            ticket.slot.thread.unpark();
        }
        heir.slot.verdict.store(GRANTED, Ordering::SeqCst);
        heir.slot.thread.unpark();
    }
}
