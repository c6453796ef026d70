#![forbid(unsafe_code)]
//! One phase per key, all keys in an ordered map, and one Condvar for everybody: whoever changes a phase wakes those who
//! wait, and they look at the phase of their own key.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
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

enum Phase {
    /// Somebody asks, and nobody else may.
    Asking,
    Stocked {
        permits: u32,
        end: Option<Instant>,
    },
    Barren {
        end: Option<Instant>,
    },
    /// The last call came to nothing.
    Idle,
}

#[derive(Default)]
struct Desk {
    phases: BTreeMap<String, Phase>,
    /// How many calls for each key ended in an error.
    errors: BTreeMap<String, u64>,
    shut: bool,
}

/// The node's side.
pub struct NodeLimiter {
    node: String,
    coordinator: Arc<dyn Coordinator>,
    batch: u32,
    desk: Mutex<Desk>,
    changed: Condvar,
}

fn over(end: Option<Instant>) -> bool {
    end.is_some_and(|end| end <= Instant::now())
}

impl NodeLimiter {
    /// Asks for `batch` permits per lease, at least for one.
    pub fn new(node: &str, coordinator: Arc<dyn Coordinator>, batch: u32) -> Self {
        NodeLimiter {
            node: node.to_string(),
            coordinator,
            batch: u32::max(batch, 1),
            desk: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Spends one permit.
    pub fn allow(&self, key: &str) -> Verdict {
        let mut calls = 0;
        let mut desk = self.desk();
        let errors = |desk: &Desk| desk.errors.get(key).copied().unwrap_or(0);
        loop {
            if desk.shut {
                return Verdict::Denied;
            }
            match desk.phases.get_mut(key) {
                Some(Phase::Asking) => {
                    let before = errors(&desk);
                    let waiting = |desk: &mut Desk| {
                        matches!(desk.phases.get(key), Some(Phase::Asking))
                            && errors(desk) == before
                    };
                    let woken = self.changed.wait_while(desk, waiting);
                    desk = woken.unwrap_or_else(PoisonError::into_inner);
                    if errors(&desk) > before {
                        return Verdict::Unavailable;
                    }
                    continue;
                }
                Some(Phase::Stocked { permits, end }) if *permits > 0 && !over(*end) => {
                    *permits -= 1;
                    return Verdict::Allowed;
                }
                Some(Phase::Barren { end }) if !over(*end) => return Verdict::Denied,
                _ if calls == 3 => return Verdict::Unavailable,
                _ => {}
            }
            calls += 1;
            desk.phases.insert(key.to_owned(), Phase::Asking);
            drop(desk);
            let mut asking = Asking {
                limiter: self,
                key,
                sent: Instant::now(),
                reply: None,
            };
            asking.reply = Some(self.coordinator.lease(&self.node, key, self.batch));
            let verdict = asking.end();
            drop(asking);
            if let Some(verdict) = verdict {
                return verdict;
            }
            desk = self.desk();
        }
    }

    /// Unspent permits that are alive.
    pub fn local_permits(&self, key: &str) -> u32 {
        match self.desk().phases.get(key) {
            Some(Phase::Stocked { permits, end }) if !over(*end) => *permits,
            _ => 0,
        }
    }

    /// Hands everything back.
    pub fn drain(&self) -> u32 {
        let mut desk = self.desk();
        desk.shut = true;
        let asked = |desk: &mut Desk| {
            let mut phases = desk.phases.values();
            phases.any(|phase| matches!(phase, Phase::Asking))
        };
        let woken = self.changed.wait_while(desk, asked);
        desk = woken.unwrap_or_else(PoisonError::into_inner);
        let phases = std::mem::take(&mut desk.phases);
        let mut back = Vec::new();
        for (key, phase) in phases {
            match phase {
                Phase::Stocked { permits, end } if permits > 0 && !over(end) => {
                    back.push((key, permits));
                }
                _ => {}
            }
        }
        drop(desk);
        for (key, permits) in &back {
            // Whether it gets there or not: these permits are no longer ours.
            self.coordinator
                .give_back(&self.node, key, *permits)
                .unwrap_or_default();
        }
        back.iter().map(|(_, permits)| *permits).sum()
    }
}

/// A lease call; dropped without a reply, it has panicked.
struct Asking<'a> {
    limiter: &'a NodeLimiter,
    key: &'a str,
    sent: Instant,
    reply: Option<Result<Lease, CoordError>>,
}

impl Asking<'_> {
    /// The caller's verdict, unless it has to ask again.
    fn end(&mut self) -> Option<Verdict> {
        let mut desk = self.limiter.desk();
        let phase = desk.phases.get_mut(self.key)?;
        let (next, verdict) = match self.reply {
            None => (Phase::Idle, None),
            Some(Err(_)) => (Phase::Idle, Some(Verdict::Unavailable)),
            Some(Ok(Lease { granted, valid_for })) => {
                let end = self.sent.checked_add(valid_for);
                match granted.checked_sub(1) {
                    None => (Phase::Barren { end }, Some(Verdict::Denied)),
                    Some(_) if over(end) => (Phase::Idle, None),
                    Some(permits) => (Phase::Stocked { permits, end }, Some(Verdict::Allowed)),
                }
            }
        };
        *phase = next;
        if verdict == Some(Verdict::Unavailable) {
            *desk.errors.entry(self.key.to_owned()).or_default() += 1;
        }
        drop(desk);
        self.limiter.changed.notify_all();
        verdict
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if self.reply.is_none() {
            self.end();
        }
    }
}
