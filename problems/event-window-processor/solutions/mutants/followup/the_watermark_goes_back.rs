//! Flaw: a slower partition takes the watermark back.
#![forbid(unsafe_code)]
//! Counts and sums per key and window of event time.
//!
//! The open windows lie in the order in which they close; each knows the ids it took, so that closing forgets them.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    stream: Mutex<Stream>,
}

struct Stream {
    size_ms: u64,
    max_delay_ms: u64,
    watermark: u64,
    counters: Counters,
    /// The open windows by start and key.
    open: BTreeMap<(u64, String), Window>,
    /// All ids in open windows.
    ids: HashSet<u64>,
    /// The known ones.
    partitions: BTreeMap<u32, Partition>,
}

struct Window {
    sum: i64,
    /// One for each event.
    ids: Vec<u64>,
}

struct Partition {
    largest_ms: u64,
    idle: bool,
}

impl WindowProcessor {
    /// A processor with windows of `size_ms`, which waits for events up to `max_delay_ms` behind the latest one.
    pub fn new(size_ms: u64, max_delay_ms: u64) -> Result<Self, ConfigError> {
        if size_ms == 0 {
            return Err(ConfigError::ZeroSize);
        }
        Ok(WindowProcessor {
            stream: Mutex::new(Stream {
                size_ms,
                max_delay_ms,
                watermark: 0,
                counters: Counters {
                    accepted: 0,
                    duplicates: 0,
                    late: 0,
                },
                open: BTreeMap::new(),
                ids: HashSet::new(),
                partitions: BTreeMap::new(),
            }),
        })
    }

    /// Takes one event of partition 0 and returns the windows that it closes.
    pub fn push(&self, event: Event) -> Vec<WindowResult> {
        self.push_from(0, event)
    }

    /// Closes all open windows and moves the watermark to the end of the last one.
    pub fn flush(&self) -> Vec<WindowResult> {
        let mut stream = self.lock();
        if let Some((&(start, _), _)) = stream.open.last_key_value() {
            stream.watermark = stream.end_of(start);
        }
        stream.close()
    }

    /// How far the stream is taken to be complete.
    pub fn watermark(&self) -> u64 {
        self.lock().watermark
    }

    /// What became of all events so far.
    pub fn counters(&self) -> Counters {
        self.lock().counters
    }

    /// How many pairs of start and key are open.
    pub fn open_windows(&self) -> usize {
        self.lock().open.len()
    }

    /// Takes one event of a partition and returns the windows that it closes.
    pub fn push_from(&self, partition: u32, event: Event) -> Vec<WindowResult> {
        let mut stream = self.lock();
        if stream.ids.contains(&event.id) {
            stream.counters.duplicates += 1;
            return Vec::new();
        }
        stream.hear_from(partition, event.ts_ms);
        let start = event.ts_ms - event.ts_ms % stream.size_ms;
        if stream.is_closed(start) {
            stream.counters.late += 1;
        } else {
            stream.accept(start, event);
        }
        stream.advance();
        stream.close()
    }

    /// Leaves a partition out of the watermark until its next event.
    pub fn mark_idle(&self, partition: u32) -> Vec<WindowResult> {
        let mut stream = self.lock();
        if let Some(partition) = stream.partitions.get_mut(&partition) {
            partition.idle = true;
        }
        stream.advance();
        stream.close()
    }

    fn lock(&self) -> MutexGuard<'_, Stream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    fn end_of(&self, start: u64) -> u64 {
        start.saturating_add(self.size_ms)
    }

    fn is_closed(&self, start: u64) -> bool {
        self.end_of(start) <= self.watermark
    }

    fn hear_from(&mut self, partition: u32, ts_ms: u64) {
        let known = self.partitions.entry(partition).or_insert(Partition {
            largest_ms: ts_ms,
            idle: false,
        });
        known.largest_ms = known.largest_ms.max(ts_ms);
        known.idle = false;
    }

    fn accept(&mut self, start: u64, event: Event) {
        self.counters.accepted += 1;
        self.ids.insert(event.id);
        let window = self.open.entry((start, event.key)).or_insert(Window {
            sum: 0,
            ids: Vec::new(),
        });
        window.sum = window.sum.saturating_add(event.value);
        window.ids.push(event.id);
    }

    fn advance(&mut self) {
        let awake = self.partitions.values().filter(|known| !known.idle);
        let slowest = awake.map(|known| known.largest_ms).min();
        if let Some(slowest) = slowest {
            let reached = slowest.saturating_sub(self.max_delay_ms);
            self.watermark = reached;
        }
    }

    /// Takes out what the watermark has passed.
    fn close(&mut self) -> Vec<WindowResult> {
        let mut results = Vec::new();
        while let Some(first) = self.open.first_entry() {
            let start = first.key().0;
            if start.saturating_add(self.size_ms) > self.watermark {
                break;
            }
            let ((start, key), window) = first.remove_entry();
            for id in &window.ids {
                self.ids.remove(id);
            }
            results.push(WindowResult {
                start,
                key,
                count: window.ids.len() as u64,
                sum: window.sum,
            });
        }
        results
    }
}
