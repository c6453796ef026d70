//! Flaw: Those who wait for a load that fails get Panicked instead of its words.
#![forbid(unsafe_code)]
//! A cache whose entries hold a value, a flight that callers may join, or both.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Why a caller got no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError {
    /// The load failed, with these words.
    Failed(String),
    /// The load panicked, on the thread of another caller.
    Panicked,
}

/// Values by key, each alive for the time to live after its load was complete.
pub struct FlightCache<V> {
    ttl: Duration,
    soft: Option<Duration>,
    entries: Mutex<HashMap<String, Entry<V>>>,
}

struct Entry<V> {
    cached: Option<Cached<V>>,
    /// The load that callers join. One that was invalidated is no longer here.
    flight: Option<Arc<Flight<V>>>,
    /// All loads under way, those included that were invalidated.
    loads: usize,
}

struct Cached<V> {
    value: Arc<V>,
    since: Instant,
}

/// What the callers of one load wait for.
struct Flight<V> {
    outcome: Mutex<Option<Outcome<V>>>,
    landed: Condvar,
}

type Outcome<V> = Result<Arc<V>, LoadError>;

/// What a caller has to do.
enum Part<V> {
    Take(Arc<V>),
    Join(Arc<Flight<V>>),
    /// Load, with the old value at hand if this is a refresh.
    Lead(Arc<Flight<V>>, Option<Arc<V>>),
}

/// Lands its flight in any case, as panicked if nothing else was said.
struct Landing<'a, V> {
    cache: &'a FlightCache<V>,
    key: &'a str,
    flight: Arc<Flight<V>>,
    outcome: Outcome<V>,
}

impl<V: Clone + Send + Sync + 'static> FlightCache<V> {
    /// An empty cache.
    pub fn new(ttl: Duration) -> Self {
        FlightCache {
            ttl,
            soft: None,
            entries: Mutex::new(HashMap::new()),
        }
    }

    /// Refreshes values ahead of their end: from the age of `soft` on.
    pub fn with_refresh_ahead(self, soft: Duration) -> Self {
        FlightCache {
            soft: Some(soft),
            ..self
        }
    }

    /// The cached value, or the result of one load that all callers of this key share.
    pub fn get_or_load(
        &self,
        key: &str,
        load: impl FnOnce() -> Result<V, String>,
    ) -> Result<V, LoadError> {
        match self.part(key) {
            Part::Take(value) => Ok(V::clone(&value)),
            Part::Join(flight) => match flight.outcome() {
                Ok(value) => Ok(V::clone(&value)),
                Err(_) => Err(LoadError::Panicked),
            },
            Part::Lead(flight, old) => {
                let mut landing = Landing {
                    cache: self,
                    key,
                    flight,
                    outcome: Err(LoadError::Panicked),
                };
                landing.outcome = load().map(Arc::new).map_err(LoadError::Failed);
                let outcome = landing.outcome.clone();
                drop(landing);
                match (outcome, old) {
                    (Err(_), Some(old)) => Ok(V::clone(&old)),
                    (outcome, _) => outcome.map(|value| V::clone(&value)),
                }
            }
        }
    }

    /// Forgets the value of the key, now and for loads that are under way.
    pub fn invalidate(&self, key: &str) {
        let mut entries = self.lock();
        let Some(entry) = entries.get_mut(key) else {
            return;
        };
        entry.flight = None;
        let forgotten = entry.cached.take();
        if entry.loads == 0 {
            entries.remove(key);
        }
        drop(entries);
        drop(forgotten);
    }

    /// How many keys have a live value or a load under way.
    pub fn len(&self) -> usize {
        let entries = self.lock();
        let counts = |entry: &&Entry<V>| entry.loads > 0 || self.age(entry).is_some();
        entries.values().filter(counts).count()
    }

    /// Decides in one step what a caller has to do, and enters a new flight if it is to lead it.
    fn part(&self, key: &str) -> Part<V> {
        let mut entries = self.lock();
        if !entries.contains_key(key) {
            entries.insert(key.to_owned(), Entry::default());
        }
        let entry = entries.get_mut(key).expect("it was inserted");
        let age = self.age(entry);
        let alive = entry.cached.as_ref().filter(|_| age.is_some());
        let old = alive.map(|cached| Arc::clone(&cached.value));
        if let Some(value) = &old {
            let fresh = self.soft.is_none_or(|soft| age < Some(soft));
            if fresh || entry.flight.is_some() {
                return Part::Take(Arc::clone(value));
            }
        } else if let Some(flight) = &entry.flight {
            return Part::Join(Arc::clone(flight));
        }
        let flight = Arc::new(Flight {
            outcome: Mutex::new(None),
            landed: Condvar::new(),
        });
        entry.flight = Some(Arc::clone(&flight));
        entry.loads += 1;
        Part::Lead(flight, old)
    }
}

impl<V> FlightCache<V> {
    /// The age of the value; none if there is none or if it is dead.
    fn age(&self, entry: &Entry<V>) -> Option<Duration> {
        let age = entry.cached.as_ref()?.since.elapsed();
        (age < self.ttl).then_some(age)
    }

    /// Books the outcome of a flight; only one that was not invalidated is cached.
    fn land(&self, key: &str, flight: &Arc<Flight<V>>, outcome: &Outcome<V>) {
        let mut entries = self.lock();
        let Some(entry) = entries.get_mut(key) else {
            return;
        };
        entry.loads -= 1;
        let mut replaced = None;
        if entry
            .flight
            .as_ref()
            .is_some_and(|own| Arc::ptr_eq(own, flight))
        {
            entry.flight = None;
            if let Ok(value) = outcome {
                let cached = Cached {
                    value: Arc::clone(value),
                    since: Instant::now(),
                };
                replaced = entry.cached.replace(cached);
            }
        }
        let mut removed = None;
        if entry.loads == 0 && self.age(entry).is_none() {
            removed = entries.remove(key);
        }
        drop(entries);
        drop((replaced, removed));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry<V>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Default for Entry<V> {
    fn default() -> Self {
        Entry {
            cached: None,
            flight: None,
            loads: 0,
        }
    }
}

impl<V> Flight<V> {
    /// Waits for the outcome.
    fn outcome(&self) -> Outcome<V> {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(outcome) = &*outcome {
                return outcome.clone();
            }
            outcome = self
                .landed
                .wait(outcome)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<V> Drop for Landing<'_, V> {
    fn drop(&mut self) {
        // First the books, then the news: whoever has the outcome may start a new flight.
        self.cache.land(self.key, &self.flight, &self.outcome);
        let outcome = self.outcome.clone();
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
