#![forbid(unsafe_code)]
//! Each key has a turnstile, a mutex that whoever asks the coordinator holds during the call, and a lease that is
//! replaced as a whole and spent by an atomic. Who comes through the turnstile looks again before asking.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Why the coordinator gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoordError {
    /// It could not be reached, and has done nothing.
    Unreachable,
}

/// Permits that the coordinator has handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// How many. 0: there is nothing for this key until `valid_for` is over.
    pub granted: u32,
    /// How long they may be spent, from just before the call.
    pub valid_for: Duration,
}

/// Owns the quota of every key. Supplied; remote, slow, and may fail. Never grants more than the global quota.
pub trait Coordinator: Send + Sync {
    /// Asks for `want` permits of `key` for this node.
    fn lease(&self, node: &str, key: &str, want: u32) -> Result<Lease, CoordError>;

    /// Hands permits back that were not spent.
    fn give_back(&self, node: &str, key: &str, unused: u32) -> Result<(), CoordError>;
}

/// The limiter's answer to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A permit was spent on the request.
    Allowed,
    /// The coordinator has nothing for this key.
    Denied,
    /// No usable answer could be had from the coordinator.
    Unavailable,
}

/// The permits of one lease call.
struct Batch {
    end: Option<Instant>,
    pause: bool,
    left: AtomicU32,
}

impl Batch {
    fn new(sent: Instant, lease: Lease) -> Self {
        Batch {
            end: sent.checked_add(lease.valid_for),
            pause: lease.granted == 0,
            left: AtomicU32::new(lease.granted),
        }
    }

    fn none() -> Self {
        Batch {
            end: None,
            pause: false,
            left: AtomicU32::new(0),
        }
    }

    fn alive(&self) -> bool {
        self.end.is_none_or(|end| Instant::now() < end)
    }

    /// A verdict without a call, if there is one.
    fn verdict(&self) -> Option<Verdict> {
        if !self.alive() {
            return None;
        }
        if self.pause {
            return Some(Verdict::Denied);
        }
        let take = |left: u32| left.checked_sub(1);
        let taken = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        taken.is_ok().then_some(Verdict::Allowed)
    }
}

struct Slot {
    batch: RwLock<Arc<Batch>>,
    turnstile: Mutex<()>,
}

impl Slot {
    fn new() -> Self {
        Slot {
            batch: RwLock::new(Arc::new(Batch::none())),
            turnstile: Mutex::new(()),
        }
    }

    fn batch(&self) -> Arc<Batch> {
        Arc::clone(&self.batch.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The node's side.
pub struct NodeLimiter {
    node: String,
    coordinator: Arc<dyn Coordinator>,
    batch: u32,
    slots: RwLock<HashMap<String, Arc<Slot>>>,
    closed: AtomicBool,
}

impl NodeLimiter {
    /// Asks for `batch` permits per lease, at least for one.
    pub fn new(node: &str, coordinator: Arc<dyn Coordinator>, batch: u32) -> Self {
        Self {
            node: node.into(),
            coordinator,
            batch: if batch == 0 { 1 } else { batch },
            slots: RwLock::default(),
            closed: AtomicBool::new(false),
        }
    }

    fn slot(&self, key: &str) -> Arc<Slot> {
        if let Some(slot) = self.known(key) {
            return slot;
        }
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        let slot = slots
            .entry(key.to_owned())
            .or_insert_with(|| Arc::new(Slot::new()));
        Arc::clone(slot)
    }

    fn known(&self, key: &str) -> Option<Arc<Slot>> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        slots.get(key).cloned()
    }

    /// Spends one permit.
    pub fn allow(&self, key: &str) -> Verdict {
        if self.closed.load(Ordering::SeqCst) {
            return Verdict::Denied;
        }
        let slot = self.slot(key);
        if let Some(verdict) = slot.batch().verdict() {
            return verdict;
        }
        let _turn = slot
            .turnstile
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for _ in 0..3 {
            if self.closed.load(Ordering::SeqCst) {
                return Verdict::Denied;
            }
            if let Some(verdict) = slot.batch().verdict() {
                return verdict;
            }
            let sent = Instant::now();
            let Ok(lease) = self.coordinator.lease(&self.node, key, self.batch) else {
                return Verdict::Unavailable;
            };
            let batch = Arc::new(Batch::new(sent, lease));
            let verdict = batch.verdict();
            *slot.batch.write().unwrap_or_else(PoisonError::into_inner) = batch;
            match verdict {
                Some(verdict) => return verdict,
                None if lease.granted == 0 => return Verdict::Denied,
                None => {}
            }
        }
        Verdict::Unavailable
    }

    /// Unspent permits that are alive.
    pub fn local_permits(&self, key: &str) -> u32 {
        let Some(slot) = self.known(key) else {
            return 0;
        };
        let batch = slot.batch();
        if batch.alive() {
            batch.left.load(Ordering::SeqCst)
        } else {
            0
        }
    }

    /// Hands everything back.
    pub fn drain(&self) -> u32 {
        self.closed.store(true, Ordering::SeqCst);
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = slots
            .iter()
            .map(|(key, slot)| (key.clone(), Arc::clone(slot)))
            .collect();
        drop(slots);
        all.sort_by(|one, other| one.0.cmp(&other.0));
        let mut total = 0_u32;
        for (key, slot) in all {
            drop(
                slot.turnstile
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner),
            );
            let batch = slot.batch();
            let unused = batch.left.swap(0, Ordering::SeqCst);
            if unused > 0 && batch.alive() {
                total = total.saturating_add(unused);
                let _ = self.coordinator.give_back(&self.node, &key, unused);
            }
        }
        total
    }
}
