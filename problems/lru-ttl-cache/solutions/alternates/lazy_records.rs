#![forbid(unsafe_code)]
//! Append now, tidy up later: each use and each deadline appends a record, and records that later
//! ones have overtaken are skipped when met and swept out when they outnumber the true ones.
//! Values sit behind `Arc`, so that cloning one happens outside the lock. Dead entries stay until
//! their room or their key is wanted.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    hash::Hash,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

pub struct LruTtlCache<K, V> {
    capacity: usize,
    default_ttl: Duration,
    inner: Mutex<Inner<K, V>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    Expired,
    Capacity,
    Replaced,
    Removed,
}

struct Inner<K, V> {
    counter: u64,
    map: HashMap<K, Entry<V>>,
    uses: VecDeque<(u64, K)>,
    deadlines: BinaryHeap<Reverse<Due<K>>>,
    listener: Option<Arc<dyn Fn(&K, &V, Cause) + Send + Sync>>,
}

struct Entry<V> {
    value: Arc<V>,
    stored: u64,
    used: u64,
    deadline: Option<Instant>,
}

struct Due<K> {
    at: Instant,
    stored: u64,
    key: K,
}

impl<K> PartialEq for Due<K> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl<K> Eq for Due<K> {}
impl<K> PartialOrd for Due<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Due<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.stored).cmp(&(other.at, other.stored))
    }
}

impl<K: Hash + Eq + Clone, V> Inner<K, V> {
    fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    fn remember_use(&mut self, key: &K) {
        let now = self.count();
        if let Some(entry) = self.map.get_mut(key) {
            entry.used = now;
        }
        self.uses.push_back((now, key.clone()));
        if self.uses.len() > 2 * self.map.len() + 32 {
            let map = &self.map;
            self.uses
                .retain(|(used, key)| map.get(key).is_some_and(|entry| entry.used == *used));
        }
    }

    fn remember_deadline(&mut self, at: Instant, stored: u64, key: &K) {
        let key = key.clone();
        self.deadlines.push(Reverse(Due { at, stored, key }));
        if self.deadlines.len() > 2 * self.map.len() + 32 {
            let map = &self.map;
            self.deadlines.retain(|Reverse(due)| {
                map.get(&due.key)
                    .is_some_and(|entry| entry.stored == due.stored)
            });
        }
    }

    fn bury(&mut self, now: Instant, gone: &mut Vec<(K, Arc<V>, Cause)>) {
        while self.deadlines.peek().is_some_and(|due| due.0.at <= now) {
            let Some(Reverse(due)) = self.deadlines.pop() else {
                return;
            };
            let current = self.map.get(&due.key);
            if current.is_some_and(|entry| entry.stored == due.stored)
                && let Some(entry) = self.map.remove(&due.key)
            {
                gone.push((due.key, entry.value, Cause::Expired));
            }
        }
    }

    fn evict(&mut self, gone: &mut Vec<(K, Arc<V>, Cause)>) {
        while let Some((used, key)) = self.uses.pop_front() {
            if self.map.get(&key).is_some_and(|entry| entry.used == used) {
                if let Some(entry) = self.map.remove(&key) {
                    gone.push((key, entry.value, Cause::Capacity));
                }
                return;
            }
        }
    }
}

impl<K: Hash + Eq + Clone + Send + 'static, V: Clone + Send + 'static> LruTtlCache<K, V> {
    pub fn new(capacity: usize, default_ttl: Duration) -> Self {
        let inner = Inner {
            counter: 0,
            map: HashMap::new(),
            uses: VecDeque::new(),
            deadlines: BinaryHeap::new(),
            listener: None,
        };
        LruTtlCache {
            capacity,
            default_ttl,
            inner: Mutex::new(inner),
        }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let value = {
            let mut inner = self.inner.lock().unwrap();
            let entry = inner.map.get(key)?;
            if entry.deadline.is_some_and(|at| at <= Instant::now()) {
                return None;
            }
            let value = Arc::clone(&entry.value);
            inner.remember_use(key);
            value
        };
        Some(V::clone(&value))
    }

    pub fn put(&self, key: K, value: V) -> Option<V> {
        self.put_with_ttl(key, value, self.default_ttl)
    }

    pub fn put_with_ttl(&self, key: K, value: V, ttl: Duration) -> Option<V> {
        let mut gone = Vec::new();
        let mut inner = self.inner.lock().unwrap();
        let now = Instant::now();
        let refused = ttl.is_zero() || self.capacity == 0;
        if let Some(old) = inner.map.remove(&key) {
            let cause = if old.deadline.is_some_and(|at| at <= now) {
                Cause::Expired
            } else if refused {
                Cause::Removed
            } else {
                Cause::Replaced
            };
            gone.push((key.clone(), old.value, cause));
        }
        if !refused {
            if inner.map.len() >= self.capacity {
                inner.bury(now, &mut gone);
            }
            if inner.map.len() >= self.capacity {
                inner.evict(&mut gone);
            }
            let stored = inner.count();
            let deadline = now.checked_add(ttl);
            let entry = Entry {
                value: Arc::new(value),
                stored,
                used: stored,
                deadline,
            };
            inner.map.insert(key.clone(), entry);
            inner.remember_use(&key);
            if let Some(at) = deadline {
                inner.remember_deadline(at, stored, &key);
            }
        }
        let listener = inner.listener.clone();
        drop(inner);
        let mut previous = None;
        for (key, value, cause) in gone {
            if let Some(listener) = &listener {
                listener(&key, &value, cause);
            }
            if matches!(cause, Cause::Replaced | Cause::Removed) {
                previous = Some(unwrap_or_clone(value));
            }
        }
        previous
    }

    pub fn remove(&self, key: &K) -> Option<V> {
        let mut inner = self.inner.lock().unwrap();
        let old = inner.map.remove(key)?;
        let dead = old.deadline.is_some_and(|at| at <= Instant::now());
        let listener = inner.listener.clone();
        drop(inner);
        if let Some(listener) = listener {
            let cause = if dead { Cause::Expired } else { Cause::Removed };
            listener(key, &old.value, cause);
        }
        (!dead).then(|| unwrap_or_clone(old.value))
    }

    pub fn len(&self) -> usize {
        let mut gone = Vec::new();
        let mut inner = self.inner.lock().unwrap();
        inner.bury(Instant::now(), &mut gone);
        let live = inner.map.len();
        let listener = inner.listener.clone();
        drop(inner);
        if let Some(listener) = listener {
            for (key, value, cause) in &gone {
                listener(key, value, *cause);
            }
        }
        live
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn set_listener(&self, f: impl Fn(&K, &V, Cause) + Send + Sync + 'static) {
        self.inner.lock().unwrap().listener = Some(Arc::new(f));
    }
}

fn unwrap_or_clone<V: Clone>(value: Arc<V>) -> V {
    Arc::try_unwrap(value).unwrap_or_else(|shared| V::clone(&shared))
}
