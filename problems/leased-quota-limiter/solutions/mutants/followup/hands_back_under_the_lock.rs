//! Flaw: The lock is held while permits are handed back.
#![forbid(unsafe_code)]
//! One lock around all accounts, never held during a call. A lease call is a flight that the others of its key await.

use std::collections::{BTreeMap, HashMap};
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

const MOST_CALLS: u32 = 3;

/// Spends permits of many keys on one node, and leases them in batches.
pub struct NodeLimiter {
    node: String,
    coordinator: Arc<dyn Coordinator>,
    batch: u32,
    state: Mutex<State>,
    turn: Mutex<()>,
}

#[derive(Default)]
struct State {
    accounts: HashMap<String, Account>,
    drained: bool,
}

#[derive(Default)]
struct Account {
    holding: Option<Holding>,
    flight: Option<Arc<Flight>>,
}

/// What the last lease brought.
struct Holding {
    /// Unspent permits; 0 of a lease that granted none means that it is pointless to ask.
    permits: u32,
    granted: u32,
    sent: Instant,
    valid_for: Duration,
}

/// A lease call under way.
#[derive(Default)]
struct Flight {
    outcome: Mutex<Option<Outcome>>,
    landed: Condvar,
}

#[derive(Clone, Copy)]
enum Outcome {
    /// Look at the account.
    Leased,
    /// There is nothing for this key.
    Nothing,
    Failed,
    /// The caller panicked: somebody else has to ask.
    Abandoned,
}

/// What an `allow` has to do next.
enum Step {
    Answer(Verdict),
    Join(Arc<Flight>),
    Lead(Arc<Flight>),
}

/// Lands its flight in any case, as abandoned if nothing else was said.
struct Landing<'a> {
    limiter: &'a NodeLimiter,
    key: &'a str,
    flight: Arc<Flight>,
    sent: Instant,
    reply: Option<Result<Lease, CoordError>>,
    answer: Option<Verdict>,
}

impl NodeLimiter {
    /// Asks for `batch` permits per lease, at least for one.
    pub fn new(node: &str, coordinator: Arc<dyn Coordinator>, batch: u32) -> Self {
        NodeLimiter {
            node: node.to_owned(),
            coordinator,
            batch: batch.max(1),
            state: Mutex::default(),
            turn: Mutex::new(()),
        }
    }

    /// Spends one permit of `key`, leasing first if none is left.
    pub fn allow(&self, key: &str) -> Verdict {
        let mut calls = 0;
        loop {
            match self.step(key, calls) {
                Step::Answer(verdict) => return verdict,
                Step::Join(flight) => match flight.outcome() {
                    Outcome::Nothing => return Verdict::Denied,
                    Outcome::Failed => return Verdict::Unavailable,
                    Outcome::Leased | Outcome::Abandoned => {}
                },
                Step::Lead(flight) => {
                    calls += 1;
                    if let Some(verdict) = self.lead(key, flight) {
                        return verdict;
                    }
                }
            }
        }
    }

    /// Unspent, unexpired local permits of `key`.
    pub fn local_permits(&self, key: &str) -> u32 {
        let state = self.lock();
        let now = Instant::now();
        let holding = state
            .accounts
            .get(key)
            .and_then(|account| account.holding.as_ref());
        holding.map_or(0, |holding| holding.left(now))
    }

    /// Stops spending for good, hands everything back, and returns how many permits that were.
    pub fn drain(&self) -> u32 {
        let mut state = self.lock();
        state.drained = true;
        let flights: Vec<_> = state
            .accounts
            .values()
            .filter_map(|account| account.flight.clone())
            .collect();
        drop(state);
        for flight in flights {
            flight.outcome();
        }
        let mut total: u32 = 0;
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, unused) in self.take_all() {
            total = total.saturating_add(unused);
            let _ = self.coordinator.give_back(&self.node, &key, unused);
        }
        total
    }

    /// What a call has to do that has made so many lease calls.
    fn step(&self, key: &str, calls: u32) -> Step {
        drop(self.turn.lock().unwrap_or_else(PoisonError::into_inner));
        let mut state = self.lock();
        if state.drained {
            return Step::Answer(Verdict::Denied);
        }
        let now = Instant::now();
        if !state.accounts.contains_key(key) {
            state.accounts.insert(key.to_owned(), Account::default());
        }
        let Some(account) = state.accounts.get_mut(key) else {
            return Step::Answer(Verdict::Unavailable);
        };
        if let Some(holding) = &mut account.holding {
            if holding.left(now) > 0 {
                holding.permits -= 1;
                return Step::Answer(Verdict::Allowed);
            }
            if holding.granted == 0 && holding.is_alive(now) {
                return Step::Answer(Verdict::Denied);
            }
        }
        if let Some(flight) = &account.flight {
            return Step::Join(Arc::clone(flight));
        }
        if calls == MOST_CALLS {
            return Step::Answer(Verdict::Unavailable);
        }
        let flight = Arc::<Flight>::default();
        account.flight = Some(Arc::clone(&flight));
        Step::Lead(flight)
    }

    /// Makes the lease call; none if its reply came too late.
    fn lead(&self, key: &str, flight: Arc<Flight>) -> Option<Verdict> {
        let mut landing = Landing {
            limiter: self,
            key,
            flight,
            sent: Instant::now(),
            reply: None,
            answer: None,
        };
        landing.reply = Some(self.coordinator.lease(&self.node, key, self.batch));
        landing.land();
        landing.answer
    }

    fn take_all(&self) -> BTreeMap<String, u32> {
        let mut state = self.lock();
        let now = Instant::now();
        let mut unspent = BTreeMap::new();
        for (key, account) in &mut state.accounts {
            let holding = account.holding.take();
            let left = holding.map_or(0, |holding| holding.left(now));
            if left > 0 {
                unspent.insert(key.clone(), left);
            }
        }
        unspent
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Holding {
    fn is_alive(&self, now: Instant) -> bool {
        now.duration_since(self.sent) < self.valid_for
    }

    /// Permits that can be spent now.
    fn left(&self, now: Instant) -> u32 {
        if self.is_alive(now) { self.permits } else { 0 }
    }
}

impl Flight {
    /// Waits for the outcome.
    fn outcome(&self) -> Outcome {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(outcome) = *outcome {
                return outcome;
            }
            outcome = self
                .landed
                .wait(outcome)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Landing<'_> {
    /// First the books, then the news. The caller of a good lease has its first permit.
    fn land(&mut self) {
        let mut state = self.limiter.lock();
        let now = Instant::now();
        let mut outcome = match self.reply {
            None => Outcome::Abandoned,
            Some(Err(CoordError::Unreachable)) => {
                self.answer = Some(Verdict::Unavailable);
                Outcome::Failed
            }
            Some(Ok(_)) => Outcome::Leased,
        };
        if let Some(account) = state.accounts.get_mut(self.key) {
            account.flight = None;
            if let Some(Ok(lease)) = self.reply {
                let mut holding = Holding {
                    permits: lease.granted,
                    granted: lease.granted,
                    sent: self.sent,
                    valid_for: lease.valid_for,
                };
                if lease.granted == 0 {
                    self.answer = Some(Verdict::Denied);
                    outcome = Outcome::Nothing;
                } else if holding.is_alive(now) {
                    self.answer = Some(Verdict::Allowed);
                    holding.permits -= 1;
                }
                account.holding = Some(holding);
            }
        }
        drop(state);
        let mut slot = self
            .flight
            .outcome
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *slot = Some(outcome);
        drop(slot);
        self.flight.landed.notify_all();
    }
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        if self.reply.is_none() {
            self.land();
        }
    }
}
