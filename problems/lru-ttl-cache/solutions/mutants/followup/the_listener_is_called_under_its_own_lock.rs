//! Flaw: the lock around the listener is held for reading while it is called.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Why a value left the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Its time to live was over, whichever call noticed it.
    Expired,
    /// It was the least recently used entry when a new key needed room.
    Capacity,
    /// A `put` of the same key took its place.
    Replaced,
    /// `remove` took it out, or a `put` of the same key with a time to live of zero.
    Removed,
}

type Listener<K, V> = dyn Fn(&K, &V, Cause) + Send + Sync;

struct Entry<V> {
    value: Arc<V>,
    used: u64,
    dies: Option<Instant>,
}

struct Shelf<K, V> {
    entries: HashMap<K, Entry<V>>,
    by_use: BTreeMap<u64, K>,
    /// The second number makes two deadlines of the same instant differ.
    by_death: BTreeMap<(Instant, u64), K>,
    uses: u64,
}

struct Gone<K, V> {
    key: K,
    value: Arc<V>,
    cause: Cause,
}

impl<K: Hash + Eq + Clone, V> Shelf<K, V> {
    fn tick(&mut self) -> u64 {
        self.uses += 1;
        self.uses
    }

    fn take(&mut self, key: &K, cause: Cause) -> Option<Gone<K, V>> {
        let (key, entry) = self.entries.remove_entry(key)?;
        self.by_use.remove(&entry.used);
        if let Some(dies) = entry.dies {
            self.by_death.remove(&(dies, entry.used));
        }
        Some(Gone {
            key,
            value: entry.value,
            cause,
        })
    }

    /// Buries all who are dead by now.
    fn bury(&mut self, now: Instant, gone: &mut Vec<Gone<K, V>>) {
        while let Some(first) = self.by_death.first_entry()
            && first.key().0 <= now
        {
            let key = first.get().clone();
            gone.extend(self.take(&key, Cause::Expired));
        }
    }
}

/// A bounded cache that evicts the least recently used entry and whose entries expire.
pub struct LruTtlCache<K, V> {
    capacity: usize,
    default_ttl: Duration,
    shelf: Mutex<Shelf<K, V>>,
    listener: RwLock<Option<Arc<Listener<K, V>>>>,
}

impl<K: Hash + Eq + Clone + Send + 'static, V: Clone + Send + 'static> LruTtlCache<K, V> {
    /// An empty cache for at most `capacity` live entries.
    pub fn new(capacity: usize, default_ttl: Duration) -> Self {
        Self {
            capacity,
            default_ttl,
            shelf: Mutex::new(Shelf {
                entries: HashMap::new(),
                by_use: BTreeMap::new(),
                by_death: BTreeMap::new(),
                uses: 0,
            }),
            listener: RwLock::default(),
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<K, V>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something to the shelf at one instant, and afterwards tells who is gone.
    fn act<R>(&self, f: impl FnOnce(&mut Shelf<K, V>, Instant, &mut Vec<Gone<K, V>>) -> R) -> R {
        let mut gone = Vec::new();
        let mut shelf = self.shelf();
        let now = Instant::now();
        shelf.bury(now, &mut gone);
        let result = f(&mut shelf, now, &mut gone);
        drop(shelf);
        if !gone.is_empty() {
            let listener = self.listener.read().unwrap();
            if let Some(listener) = &*listener {
                for Gone { key, value, cause } in &gone {
                    listener(key, value, *cause);
                }
            }
        }
        result
    }

    /// A copy of the live value of `key`; the entry becomes the most recently used one.
    pub fn get(&self, key: &K) -> Option<V> {
        let value = self.act(|shelf, _, _| {
            let used = shelf.tick();
            let entry = shelf.entries.get_mut(key)?;
            let before = mem::replace(&mut entry.used, used);
            let value = Arc::clone(&entry.value);
            let dies = entry.dies;
            let key = shelf.by_use.remove(&before)?;
            shelf.by_use.insert(used, key);
            if let Some(dies) = dies {
                let key = shelf.by_death.remove(&(dies, before))?;
                shelf.by_death.insert((dies, used), key);
            }
            Some(value)
        });
        value.map(|value| V::clone(&value))
    }

    /// Stores `value` under `key` with the default time to live.
    pub fn put(&self, key: K, value: V) -> Option<V> {
        self.put_with_ttl(key, value, self.default_ttl)
    }

    /// Like `put`, with a time to live for this entry alone.
    pub fn put_with_ttl(&self, key: K, value: V, ttl: Duration) -> Option<V> {
        let old = self.act(|shelf, now, gone| {
            if self.capacity == 0 {
                return None;
            }
            let cause = match ttl.is_zero() {
                true => Cause::Removed,
                false => Cause::Replaced,
            };
            let old = shelf.take(&key, cause);
            let value_of_old = old.as_ref().map(|gone| Arc::clone(&gone.value));
            gone.extend(old);
            if ttl.is_zero() {
                return value_of_old;
            }
            if shelf.entries.len() == self.capacity
                && let Some((_, oldest)) = shelf.by_use.pop_first()
            {
                gone.extend(shelf.take(&oldest, Cause::Capacity));
            }
            let used = shelf.tick();
            let dies = match ttl {
                Duration::MAX => None,
                ttl => now.checked_add(ttl),
            };
            shelf.by_use.insert(used, key.clone());
            if let Some(dies) = dies {
                shelf.by_death.insert((dies, used), key.clone());
            }
            let value = Arc::new(value);
            shelf.entries.insert(key, Entry { value, used, dies });
            value_of_old
        });
        old.map(Arc::unwrap_or_clone)
    }

    /// Takes the entry out and returns its value if it was alive.
    pub fn remove(&self, key: &K) -> Option<V> {
        let old = self.act(|shelf, _, gone| {
            let old = shelf.take(key, Cause::Removed)?;
            let value = Arc::clone(&old.value);
            gone.push(old);
            Some(value)
        });
        old.map(Arc::unwrap_or_clone)
    }

    /// How many live entries there are at the moment of the call.
    pub fn len(&self) -> usize {
        self.act(|shelf, _, _| shelf.entries.len())
    }

    /// Whether no live entry is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sets the function that hears about each value leaving the cache from now on.
    pub fn set_listener(&self, f: impl Fn(&K, &V, Cause) + Send + Sync + 'static) {
        let old = self.listener.write().unwrap().replace(Arc::new(f));
        drop(old);
    }
}
