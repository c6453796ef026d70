#![forbid(unsafe_code)]
//! Readers share the lock: a hit only raises an atomic stamp. The order of use is an ordered map
//! that is put right when somebody has to be evicted: its first record is either true, and that
//! entry goes, or out of date, and it moves to where the stamp says.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};
use std::time::{Duration, Instant};

pub struct LruTtlCache<K, V> {
    default_ttl: Duration,
    capacity: usize,
    ticks: AtomicU64,
    state: RwLock<State<K, V>>,
    listener: RwLock<Option<Listener<K, V>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    Expired,
    Capacity,
    Replaced,
    Removed,
}

type Listener<K, V> = Arc<dyn Fn(&K, &V, Cause) + Send + Sync>;

struct State<K, V> {
    entries: HashMap<K, Entry<V>>,
    by_use: BTreeMap<u64, K>,
    by_deadline: BTreeMap<(Instant, u64), K>,
}

struct Entry<V> {
    value: V,
    born: u64,
    deadline: Option<Instant>,
    used: AtomicU64,
    /// Where `by_use` has this entry.
    filed: u64,
}

impl<V> Entry<V> {
    fn is_dead(&self, now: Instant) -> bool {
        self.deadline.is_some_and(|deadline| now >= deadline)
    }
}

impl<K: Hash + Eq + Clone, V> State<K, V> {
    fn take(&mut self, key: &K) -> Option<Entry<V>> {
        let entry = self.entries.remove(key)?;
        self.by_use.remove(&entry.filed);
        if let Some(deadline) = entry.deadline {
            self.by_deadline.remove(&(deadline, entry.born));
        }
        Some(entry)
    }

    fn take_dead(&mut self, now: Instant, gone: &mut Vec<(K, V, Cause)>) {
        while let Some((&(deadline, _), key)) = self.by_deadline.first_key_value() {
            if deadline > now {
                return;
            }
            let key = key.clone();
            match self.take(&key) {
                Some(entry) => gone.push((key, entry.value, Cause::Expired)),
                None => return,
            }
        }
    }

    fn take_least_recent(&mut self) -> Option<(K, V, Cause)> {
        loop {
            let (filed, key) = self.by_use.pop_first()?;
            let entry = self.entries.get_mut(&key)?;
            let used = entry.used.load(Ordering::SeqCst);
            if used == filed {
                let entry = self.take(&key)?;
                return Some((key, entry.value, Cause::Capacity));
            }
            entry.filed = used;
            self.by_use.insert(used, key);
        }
    }
}

impl<K: Hash + Eq + Clone + Send + 'static, V: Clone + Send + 'static> LruTtlCache<K, V> {
    pub fn new(capacity: usize, default_ttl: Duration) -> Self {
        let state = State {
            entries: HashMap::new(),
            by_use: BTreeMap::new(),
            by_deadline: BTreeMap::new(),
        };
        LruTtlCache {
            default_ttl,
            capacity,
            ticks: AtomicU64::new(0),
            state: RwLock::new(state),
            listener: RwLock::new(None),
        }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let entry = state.entries.get(key)?;
        if entry.is_dead(Instant::now()) {
            return None;
        }
        entry.used.fetch_max(self.tick(), Ordering::SeqCst);
        Some(entry.value.clone())
    }

    pub fn put(&self, key: K, value: V) -> Option<V> {
        self.put_with_ttl(key, value, self.default_ttl)
    }

    pub fn put_with_ttl(&self, key: K, value: V, ttl: Duration) -> Option<V> {
        let mut gone = Vec::new();
        let mut state = self.write();
        let now = Instant::now();
        state.take_dead(now, &mut gone);
        let previous = state.take(&key);
        let stored = ttl > Duration::ZERO && self.capacity > 0;
        if stored {
            if state.entries.len() == self.capacity {
                gone.extend(state.take_least_recent());
            }
            let tick = self.tick();
            let deadline = now.checked_add(ttl);
            if let Some(deadline) = deadline {
                state.by_deadline.insert((deadline, tick), key.clone());
            }
            state.by_use.insert(tick, key.clone());
            let entry = Entry {
                value,
                born: tick,
                deadline,
                used: AtomicU64::new(tick),
                filed: tick,
            };
            state.entries.insert(key.clone(), entry);
        }
        drop(state);
        self.tell(&gone);
        let previous = previous?.value;
        let cause = if stored {
            Cause::Replaced
        } else {
            Cause::Removed
        };
        self.call(&key, &previous, cause);
        Some(previous)
    }

    pub fn remove(&self, key: &K) -> Option<V> {
        let mut state = self.write();
        let entry = state.take(key)?;
        let dead = entry.is_dead(Instant::now());
        drop(state);
        let cause = if dead { Cause::Expired } else { Cause::Removed };
        self.call(key, &entry.value, cause);
        (!dead).then_some(entry.value)
    }

    pub fn len(&self) -> usize {
        let mut gone = Vec::new();
        let mut state = self.write();
        state.take_dead(Instant::now(), &mut gone);
        let live = state.entries.len();
        drop(state);
        self.tell(&gone);
        live
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn set_listener(&self, f: impl Fn(&K, &V, Cause) + Send + Sync + 'static) {
        let mut slot = self
            .listener
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *slot = Some(Arc::new(f));
    }

    fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State<K, V>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, gone: &[(K, V, Cause)]) {
        for (key, value, cause) in gone {
            self.call(key, value, *cause);
        }
    }

    fn call(&self, key: &K, value: &V, cause: Cause) {
        let slot = self.listener.read().unwrap_or_else(PoisonError::into_inner);
        let listener = slot.clone();
        drop(slot);
        if let Some(listener) = listener {
            listener(key, value, cause);
        }
    }
}
