//! Flaw: a put into a full cache evicts before it looks whether the key is known.
#![forbid(unsafe_code)]

use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A bounded cache that evicts the least recently used entry and whose entries expire.
pub struct LruTtlCache<K, V> {
    default_ttl: Duration,
    state: Mutex<State<K, V>>,
    listener: Mutex<Option<Listener<K, V>>>,
}

/// Why a value left the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    Expired,
    Capacity,
    Replaced,
    Removed,
}

type Listener<K, V> = Arc<dyn Fn(&K, &V, Cause) + Send + Sync>;

impl<K: Hash + Eq + Clone + Send + 'static, V: Clone + Send + 'static> LruTtlCache<K, V> {
    pub fn new(capacity: usize, default_ttl: Duration) -> Self {
        Self {
            default_ttl,
            state: Mutex::new(State::new(capacity)),
            listener: Mutex::new(None),
        }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let mut state = self.lock();
        let departures = state.expire(Instant::now());
        let found = state.slot_of.get(key).copied();
        // Cloned last: should it panic, the state is already whole.
        let value = found.and_then(|slot| {
            state.order.touch(slot);
            state.entries[slot]
                .as_ref()
                .map(|entry| entry.value.clone())
        });
        drop(state);
        self.announce(departures);
        value
    }

    pub fn put(&self, key: K, value: V) -> Option<V> {
        self.put_with_ttl(key, value, self.default_ttl)
    }

    pub fn put_with_ttl(&self, key: K, value: V, ttl: Duration) -> Option<V> {
        let mut state = self.lock();
        let now = Instant::now();
        let mut departures = state.expire(now);
        if ttl.is_zero() {
            departures.extend(state.take(&key, Cause::Removed));
        } else if state.capacity > 0 {
            departures.extend(state.store(key, value, now.checked_add(ttl)));
        }
        drop(state);
        self.announce(departures)
    }

    pub fn remove(&self, key: &K) -> Option<V> {
        let mut state = self.lock();
        let mut departures = state.expire(Instant::now());
        departures.extend(state.take(key, Cause::Removed));
        drop(state);
        self.announce(departures)
    }

    pub fn len(&self) -> usize {
        let mut state = self.lock();
        let departures = state.expire(Instant::now());
        let live = state.slot_of.len();
        drop(state);
        self.announce(departures);
        live
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn set_listener(&self, f: impl Fn(&K, &V, Cause) + Send + Sync + 'static) {
        let previous = self.listener_slot().replace(Arc::new(f));
        drop(previous);
    }

    /// Tells the listener about each departure and returns the value the caller asked for or
    /// replaced, if there is one. To be called without any lock.
    fn announce(&self, departures: Vec<Departure<K, V>>) -> Option<V> {
        if departures.is_empty() {
            return None;
        }
        let listener = self.listener_slot().clone();
        if let Some(listener) = listener {
            for departure in &departures {
                listener(&departure.key, &departure.value, departure.cause);
            }
        }
        departures
            .into_iter()
            .find(|departure| matches!(departure.cause, Cause::Replaced | Cause::Removed))
            .map(|departure| departure.value)
    }

    /// A panicking `Clone` of a value poisons the lock but leaves the state whole.
    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listener_slot(&self) -> MutexGuard<'_, Option<Listener<K, V>>> {
        self.listener.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Departure<K, V> {
    key: K,
    value: V,
    cause: Cause,
}

struct Entry<K, V> {
    key: K,
    value: V,
    /// `None`: never.
    deadline: Option<Instant>,
}

struct State<K, V> {
    capacity: usize,
    slot_of: HashMap<K, usize>,
    /// `order` has one link per slot of this arena.
    entries: Vec<Option<Entry<K, V>>>,
    free: Vec<usize>,
    order: Order,
    deadlines: BTreeSet<(Instant, usize)>,
}

impl<K: Hash + Eq + Clone, V> State<K, V> {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            slot_of: HashMap::new(),
            entries: Vec::new(),
            free: Vec::new(),
            order: Order::new(),
            deadlines: BTreeSet::new(),
        }
    }

    /// Takes out everything that is dead at `now`.
    fn expire(&mut self, now: Instant) -> Vec<Departure<K, V>> {
        let mut departures = Vec::new();
        while let Some(&(deadline, slot)) = self.deadlines.first() {
            if deadline > now {
                break;
            }
            departures.extend(self.clear(slot, Cause::Expired));
        }
        departures
    }

    /// Stores the entry as the most recently used one; what had to go for it is returned.
    fn store(&mut self, key: K, value: V, deadline: Option<Instant>) -> Option<Departure<K, V>> {
        let departure = match self.slot_of.get(&key) {
            Some(&slot) if self.slot_of.len() < self.capacity => self.clear(slot, Cause::Replaced),
            _ if self.slot_of.len() == self.capacity => {
                let oldest = self.order.oldest();
                oldest.and_then(|slot| self.clear(slot, Cause::Capacity))
            }
            _ => None,
        };
        self.take(&key, Cause::Removed);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            self.order.grow()
        });
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, slot));
        }
        self.order.append(slot);
        self.slot_of.insert(key.clone(), slot);
        self.entries[slot] = Some(Entry {
            key,
            value,
            deadline,
        });
        departure
    }

    fn take(&mut self, key: &K, cause: Cause) -> Option<Departure<K, V>> {
        let slot = self.slot_of.get(key).copied()?;
        self.clear(slot, cause)
    }

    /// Empties one slot in all four structures.
    fn clear(&mut self, slot: usize, cause: Cause) -> Option<Departure<K, V>> {
        let entry = self.entries[slot].take()?;
        self.slot_of.remove(&entry.key);
        self.order.detach(slot);
        if let Some(deadline) = entry.deadline {
            self.deadlines.remove(&(deadline, slot));
        }
        self.free.push(slot);
        Some(Departure {
            key: entry.key,
            value: entry.value,
            cause,
        })
    }
}

/// A doubly linked ring of slots from the least to the most recently used one.
///
/// `links[0]` is the ring's anchor; slot `s` has the link `s + 1`.
struct Order {
    links: Vec<Link>,
}

#[derive(Clone, Copy)]
struct Link {
    older: usize,
    newer: usize,
}

impl Order {
    fn new() -> Self {
        let anchor = Link { older: 0, newer: 0 };
        Self {
            links: vec![anchor],
        }
    }

    /// Adds a detached slot and returns it.
    fn grow(&mut self) -> usize {
        let own = self.links.len();
        self.links.push(Link {
            older: own,
            newer: own,
        });
        own - 1
    }

    fn oldest(&self) -> Option<usize> {
        self.links[0].newer.checked_sub(1)
    }

    fn touch(&mut self, slot: usize) {
        self.detach(slot);
        self.append(slot);
    }

    fn detach(&mut self, slot: usize) {
        let own = slot + 1;
        let alone = Link {
            older: own,
            newer: own,
        };
        let Link { older, newer } = mem::replace(&mut self.links[own], alone);
        self.links[older].newer = newer;
        self.links[newer].older = older;
    }

    /// Makes a detached slot the most recently used one.
    fn append(&mut self, slot: usize) {
        let own = slot + 1;
        let newest = mem::replace(&mut self.links[0].older, own);
        self.links[newest].newer = own;
        self.links[own] = Link {
            older: newest,
            newer: 0,
        };
    }
}
