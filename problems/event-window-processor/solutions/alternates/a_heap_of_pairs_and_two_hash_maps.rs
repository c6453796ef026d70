#![forbid(unsafe_code)]
//! Counts and sums per key and window of event time.
//!
//! A heap knows which pair of start and key closes next; what it counts lies in a hash map.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Mutex;

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

type Pair = (u64, String);

/// Windows by event time, shared by reference among threads.
pub struct WindowProcessor(Mutex<State>);

struct State {
    size: u64,
    delay: u64,
    watermark: u64,
    latest_start: u64,
    counters: Counters,
    next: BinaryHeap<Reverse<Pair>>,
    tallies: HashMap<Pair, (i64, Vec<u64>)>,
    seen: HashSet<u64>,
    partitions: Vec<(u32, u64, bool)>,
}

impl WindowProcessor {
    pub fn new(size_ms: u64, max_delay_ms: u64) -> Result<Self, ConfigError> {
        if size_ms < 1 {
            return Err(ConfigError::ZeroSize);
        }
        Ok(Self(Mutex::new(State {
            size: size_ms,
            delay: max_delay_ms,
            watermark: 0,
            latest_start: 0,
            counters: Counters {
                accepted: 0,
                duplicates: 0,
                late: 0,
            },
            next: BinaryHeap::new(),
            tallies: HashMap::new(),
            seen: HashSet::new(),
            partitions: Vec::new(),
        })))
    }

    pub fn push(&self, event: Event) -> Vec<WindowResult> {
        self.push_from(0, event)
    }

    pub fn flush(&self) -> Vec<WindowResult> {
        let mut state = self.0.lock().unwrap();
        if !state.next.is_empty() {
            state.watermark = state.latest_start.saturating_add(state.size);
        }
        state.take_closed()
    }

    pub fn watermark(&self) -> u64 {
        self.0.lock().unwrap().watermark
    }

    pub fn counters(&self) -> Counters {
        self.0.lock().unwrap().counters
    }

    pub fn open_windows(&self) -> usize {
        self.0.lock().unwrap().tallies.len()
    }

    pub fn push_from(&self, partition: u32, event: Event) -> Vec<WindowResult> {
        let Event {
            id,
            key,
            ts_ms,
            value,
        } = event;
        let mut guard = self.0.lock().unwrap();
        let state = &mut *guard;
        if state.seen.contains(&id) {
            state.counters.duplicates += 1;
            return vec![];
        }
        match state
            .partitions
            .iter_mut()
            .find(|known| known.0 == partition)
        {
            Some(known) => {
                known.1 = known.1.max(ts_ms);
                known.2 = true;
            }
            None => state.partitions.push((partition, ts_ms, true)),
        }
        let start = ts_ms - ts_ms % state.size;
        if start.saturating_add(state.size) > state.watermark {
            state.counters.accepted += 1;
            state.seen.insert(id);
            state.latest_start = state.latest_start.max(start);
            match state.tallies.entry((start, key)) {
                Entry::Occupied(mut tally) => {
                    let (sum, ids) = tally.get_mut();
                    *sum = sum.saturating_add(value);
                    ids.push(id);
                }
                Entry::Vacant(place) => {
                    state.next.push(Reverse(place.key().clone()));
                    place.insert((value, vec![id]));
                }
            }
        } else {
            state.counters.late += 1;
        }
        state.move_on();
        state.take_closed()
    }

    pub fn mark_idle(&self, partition: u32) -> Vec<WindowResult> {
        let mut state = self.0.lock().unwrap();
        for known in &mut state.partitions {
            known.2 &= known.0 != partition;
        }
        state.move_on();
        state.take_closed()
    }
}

impl State {
    fn move_on(&mut self) {
        let awake = self.partitions.iter().filter(|known| known.2);
        if let Some(time) = awake.map(|known| known.1).min() {
            self.watermark = self.watermark.max(time.saturating_sub(self.delay));
        }
    }

    fn take_closed(&mut self) -> Vec<WindowResult> {
        let mut closed = vec![];
        while let Some(Reverse((start, _))) = self.next.peek() {
            if start.saturating_add(self.size) > self.watermark {
                break;
            }
            let Some(Reverse(pair)) = self.next.pop() else {
                break;
            };
            let (sum, ids) = self.tallies.remove(&pair).unwrap_or_default();
            ids.iter().for_each(|id| {
                self.seen.remove(id);
            });
            closed.push(WindowResult {
                start: pair.0,
                key: pair.1,
                count: ids.len() as u64,
                sum,
            });
        }
        closed
    }
}
