#![forbid(unsafe_code)]
//! Written from the statement alone. The cache itself forgets nothing that is not in the store: dirty
//! values live in an outbox of their own, ordered by key, until one of the threads has carried them
//! out. Threads that have to wait for a carrier are parked in its list of sleepers.
//!
//! Whether a load is too old is told by the stamp of the last write to its key, which is kept as
//! long as loads are under way.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle, Thread},
    time::{Duration, Instant},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError(pub String);

pub trait Store: Send + Sync {
    fn load(&self, key: &str) -> Result<Option<String>, StoreError>;
    fn save(&self, key: &str, value: &str) -> Result<(), StoreError>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    WriteThrough,
    WriteBack,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    ZeroCapacity,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlushError {
    pub saved: usize,
    pub failed: Vec<String>,
}

pub struct PolicyCache(Mutex<Book>, Arc<dyn Store>, Policy);

struct Book {
    shelf: Shelf,
    outbox: BTreeMap<String, u64>,
    carriers: HashMap<String, Vec<Thread>>,
    stamp: u64,
    loads: usize,
    /// When each key was last written; only while loads are under way.
    written: HashMap<String, u64>,
}

/// Values in a ring ordered by use; place 0 is the anchor.
struct Shelf {
    capacity: usize,
    places: HashMap<String, usize>,
    ring: Vec<Place>,
    free: Vec<usize>,
}

#[derive(Default)]
struct Place {
    key: String,
    value: Arc<str>,
    before: usize,
    after: usize,
}

impl Shelf {
    fn take_out(&mut self, place: usize) {
        let (before, after) = (self.ring[place].before, self.ring[place].after);
        self.ring[before].after = after;
        self.ring[after].before = before;
    }

    fn put_last(&mut self, place: usize) {
        let last = self.ring[0].before;
        self.ring[last].after = place;
        self.ring[place].before = last;
        self.ring[place].after = 0;
        self.ring[0].before = place;
    }

    fn find(&mut self, key: &str) -> Option<Arc<str>> {
        let place = *self.places.get(key)?;
        self.take_out(place);
        self.put_last(place);
        Some(self.ring[place].value.clone())
    }

    fn oldest(&self) -> &str {
        &self.ring[self.ring[0].after].key
    }

    fn drop_oldest(&mut self) {
        let place = self.ring[0].after;
        self.take_out(place);
        let old = std::mem::take(&mut self.ring[place]);
        self.places.remove(&old.key);
        self.free.push(place);
    }

    fn set(&mut self, key: &str, value: &str) {
        if self.find(key).is_some() {
            self.ring[self.places[key]].value = value.into();
            return;
        }
        let place = self.free.pop().unwrap_or_else(|| {
            self.ring.push(Place::default());
            self.ring.len() - 1
        });
        self.ring[place].key = key.to_owned();
        self.ring[place].value = value.into();
        self.places.insert(key.to_owned(), place);
        self.put_last(place);
    }
}

/// Whoever carries a key to the store.
struct Carrier<'a>(&'a PolicyCache, &'a str);

impl Drop for Carrier<'_> {
    fn drop(&mut self) {
        let sleepers = self.0.book().carriers.remove(self.1);
        sleepers.into_iter().flatten().for_each(|one| one.unpark());
    }
}

struct LoadUnderWay<'a>(&'a PolicyCache);

impl Drop for LoadUnderWay<'_> {
    fn drop(&mut self) {
        let mut book = self.0.book();
        book.loads -= 1;
        if book.loads == 0 {
            book.written = HashMap::new();
        }
    }
}

impl PolicyCache {
    pub fn new(
        store: Arc<dyn Store>,
        policy: Policy,
        capacity: usize,
    ) -> Result<Self, ConfigError> {
        if capacity == 0 {
            return Err(ConfigError::ZeroCapacity);
        }
        let shelf = Shelf {
            capacity,
            places: HashMap::new(),
            ring: vec![Place::default()],
            free: Vec::new(),
        };
        let book = Book {
            shelf,
            outbox: BTreeMap::new(),
            carriers: HashMap::new(),
            stamp: 0,
            loads: 0,
            written: HashMap::new(),
        };
        Ok(Self(Mutex::new(book), store, policy))
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the caller the carrier of the key, when nobody else is.
    fn carry<'a>(&'a self, key: &'a str) -> Carrier<'a> {
        loop {
            let mut book = self.book();
            match book.carriers.get_mut(key) {
                None => {
                    book.carriers.insert(key.to_owned(), Vec::new());
                    return Carrier(self, key);
                }
                Some(sleepers) => sleepers.push(thread::current()),
            }
            drop(book);
            thread::park();
        }
    }

    /// Carries what is in the outbox for the key; false if nothing is.
    fn deliver(&self, key: &str) -> Result<bool, StoreError> {
        let _carrier = self.carry(key);
        let mut book = self.book();
        let Some(stamp) = book.outbox.get(key).copied() else {
            return Ok(false);
        };
        let place = book.shelf.places[key];
        let value = book.shelf.ring[place].value.clone();
        drop(book);
        self.1.save(key, &value)?;
        book = self.book();
        if book.outbox.get(key) == Some(&stamp) {
            book.outbox.remove(key);
        }
        Ok(true)
    }

    /// Changes the book by `change` when there is room for the key and `still` holds.
    fn with_room(
        &self,
        key: &str,
        still: impl Fn(&Book) -> bool,
        change: impl FnOnce(&mut Book),
    ) -> Result<(), StoreError> {
        loop {
            let mut book = self.book();
            if !still(&book) {
                return Ok(());
            }
            let shelf = &mut book.shelf;
            if !shelf.places.contains_key(key) && shelf.places.len() == shelf.capacity {
                let oldest = shelf.oldest().to_owned();
                if book.outbox.contains_key(&oldest) {
                    drop(book);
                    self.deliver(&oldest)?;
                    continue;
                }
                book.shelf.drop_oldest();
            }
            change(&mut book);
            return Ok(());
        }
    }

    pub fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut book = self.book();
        if let Some(value) = book.shelf.find(key) {
            return Ok(Some(value.as_ref().to_owned()));
        }
        book.loads += 1;
        let begun = book.stamp;
        drop(book);
        let _load = LoadUnderWay(self);
        let Some(value) = self.1.load(key)? else {
            return Ok(None);
        };
        let still = |book: &Book| {
            let overtaken = book.written.get(key).is_some_and(|at| *at > begun);
            !overtaken && !book.shelf.places.contains_key(key)
        };
        let _ = self.with_room(key, still, |book| book.shelf.set(key, &value));
        Ok(Some(value))
    }

    pub fn put(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let write = |book: &mut Book| {
            book.stamp += 1;
            if book.loads > 0 {
                book.written.insert(key.to_owned(), book.stamp);
            }
            book.shelf.set(key, value);
        };
        if self.2 == Policy::WriteThrough {
            let _carrier = self.carry(key);
            self.1.save(key, value)?;
            return self.with_room(key, |_| true, write);
        }
        let mark = |book: &mut Book| {
            write(book);
            book.outbox.insert(key.to_owned(), book.stamp);
        };
        self.with_room(key, |_| true, mark)
    }

    pub fn flush(&self) -> Result<usize, FlushError> {
        let keys: Vec<_> = self.book().outbox.keys().cloned().collect();
        let (mut saved, mut failed) = (0, vec![]);
        for key in keys {
            match self.deliver(&key) {
                Ok(delivered) => saved += usize::from(delivered),
                Err(_) => failed.push(key),
            }
        }
        match failed.is_empty() {
            true => Ok(saved),
            false => Err(FlushError { saved, failed }),
        }
    }

    pub fn dirty(&self) -> usize {
        self.book().outbox.len()
    }

    pub fn start_flusher(self: &Arc<Self>, every: std::time::Duration) -> Flusher {
        let ended = Arc::new(AtomicBool::new(false));
        let (cache, seen) = (Arc::downgrade(self), ended.clone());
        let thread = thread::spawn(move || beat(&cache, &seen, every));
        Flusher(self.clone(), ended, Some(thread))
    }
}

fn beat(cache: &Weak<PolicyCache>, ended: &AtomicBool, every: Duration) {
    let mut last = Instant::now();
    while !ended.load(Ordering::SeqCst) {
        let passed = last.elapsed();
        if passed < every {
            thread::park_timeout(every - passed);
            continue;
        }
        let Some(cache) = cache.upgrade() else { return };
        let flush = std::panic::AssertUnwindSafe(|| drop(cache.flush()));
        let _ = std::panic::catch_unwind(flush);
        last = Instant::now();
    }
}

pub struct Flusher(Arc<PolicyCache>, Arc<AtomicBool>, Option<JoinHandle<()>>);

impl Flusher {
    pub fn stop(self) -> Result<usize, FlushError> {
        let cache = self.0.clone();
        drop(self);
        cache.flush()
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.1.store(true, Ordering::SeqCst);
        if let Some(thread) = self.2.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}
