#![forbid(unsafe_code)]
//! Counts and sums per key and window of event time.
//!
//! A bucket for each start holds its keys in a hash map; closing a bucket sorts its keys.

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::sync::RwLock;

/// Something that happened, as the log delivers it: at least once, in no particular order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The same in each delivery of one event.
    pub id: u64,
    /// What it is counted under.
    pub key: String,
    /// When it happened, in milliseconds.
    pub ts_ms: u64,
    /// What it adds to the sum.
    pub value: i64,
}

/// All accepted events of one key in one window.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WindowResult {
    /// Where the window begins: a multiple of the size.
    pub start: u64,
    /// The key of the events.
    pub key: String,
    /// How many events, at least one.
    pub count: u64,
    /// The sum of their values; it saturates event by event.
    pub sum: i64,
}

/// Why there is no processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    /// Windows need a size.
    ZeroSize,
}

/// What became of the events pushed so far; each is one of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Taken into a window.
    pub accepted: u64,
    /// Ignored: the id is in an open window.
    pub duplicates: u64,
    /// Dropped: the window is closed.
    pub late: u64,
}

/// Windows by event time, shared by reference among threads.
pub struct WindowProcessor {
    size_ms: u64,
    max_delay_ms: u64,
    inner: RwLock<Inner>,
}

#[derive(Default)]
struct Inner {
    watermark: u64,
    accepted: u64,
    duplicates: u64,
    late: u64,
    buckets: BTreeMap<u64, Bucket>,
    pairs: usize,
    /// In which bucket an id lies.
    home_of: HashMap<u64, u64>,
    /// Largest time of each partition, and whether it is awake.
    partitions: HashMap<u32, (u64, bool)>,
}

#[derive(Default)]
struct Bucket {
    keys: HashMap<String, (u64, i64)>,
    ids: Vec<u64>,
}

impl WindowProcessor {
    pub fn new(size_ms: u64, max_delay_ms: u64) -> Result<Self, ConfigError> {
        match size_ms {
            0 => Err(ConfigError::ZeroSize),
            _ => Ok(Self {
                size_ms,
                max_delay_ms,
                inner: RwLock::default(),
            }),
        }
    }

    pub fn push(&self, event: Event) -> Vec<WindowResult> {
        self.push_from(0, event)
    }

    pub fn flush(&self) -> Vec<WindowResult> {
        let mut inner = self.inner.write().unwrap();
        let Some(&last) = inner.buckets.keys().next_back() else {
            return Vec::new();
        };
        inner.watermark = last.saturating_add(self.size_ms);
        let all = mem::take(&mut inner.buckets);
        inner.emit(all)
    }

    pub fn watermark(&self) -> u64 {
        self.inner.read().unwrap().watermark
    }

    pub fn counters(&self) -> Counters {
        let inner = self.inner.read().unwrap();
        Counters {
            accepted: inner.accepted,
            duplicates: inner.duplicates,
            late: inner.late,
        }
    }

    pub fn open_windows(&self) -> usize {
        self.inner.read().unwrap().pairs
    }

    pub fn push_from(&self, partition: u32, event: Event) -> Vec<WindowResult> {
        let start = event.ts_ms / self.size_ms * self.size_ms;
        let mut inner = self.inner.write().unwrap();
        if inner.home_of.contains_key(&event.id) {
            inner.duplicates += 1;
            return Vec::new();
        }
        let entry = inner.partitions.entry(partition).or_default();
        *entry = (entry.0.max(event.ts_ms), true);
        if start.saturating_add(self.size_ms) <= inner.watermark {
            inner.late += 1;
            return self.advance(&mut inner);
        }
        inner.accepted += 1;
        inner.home_of.insert(event.id, start);
        let bucket = inner.buckets.entry(start).or_default();
        bucket.ids.push(event.id);
        let before = bucket.keys.len();
        let (count, sum) = bucket.keys.entry(event.key).or_default();
        *count += 1;
        *sum = sum.saturating_add(event.value);
        let new = bucket.keys.len() - before;
        inner.pairs += new;
        self.advance(&mut inner)
    }

    pub fn mark_idle(&self, partition: u32) -> Vec<WindowResult> {
        let mut inner = self.inner.write().unwrap();
        match inner.partitions.get_mut(&partition) {
            Some(known) => known.1 = false,
            None => return Vec::new(),
        }
        self.advance(&mut inner)
    }

    fn advance(&self, inner: &mut Inner) -> Vec<WindowResult> {
        let mut slowest = None;
        for &(largest, awake) in inner.partitions.values() {
            if awake && slowest.is_none_or(|slowest| largest < slowest) {
                slowest = Some(largest);
            }
        }
        let target = slowest.map_or(0, |largest| largest.saturating_sub(self.max_delay_ms));
        if target <= inner.watermark {
            return Vec::new();
        }
        inner.watermark = target;
        // The first start whose end lies beyond the watermark.
        let Some(passed) = target.checked_sub(self.size_ms) else {
            return Vec::new();
        };
        let open = inner.buckets.split_off(&(passed + 1));
        let closed = mem::replace(&mut inner.buckets, open);
        inner.emit(closed)
    }
}

impl Inner {
    fn emit(&mut self, closed: BTreeMap<u64, Bucket>) -> Vec<WindowResult> {
        let mut results = Vec::new();
        for (start, bucket) in closed {
            for id in bucket.ids {
                self.home_of.remove(&id);
            }
            self.pairs -= bucket.keys.len();
            let keys = bucket.keys.into_iter();
            results.extend(keys.map(|(key, (count, sum))| WindowResult {
                start,
                key,
                count,
                sum,
            }));
        }
        results.sort();
        results
    }
}
