#![forbid(unsafe_code)]
//! Counts and sums per key and window of event time.
//!
//! One thread owns all state and works through requests; callers wait for their answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

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

enum Request {
    Push(u32, Event, Sender<Vec<WindowResult>>),
    Flush(Sender<Vec<WindowResult>>),
    Idle(u32, Sender<Vec<WindowResult>>),
    Look(Sender<(u64, Counters, usize)>),
}

/// A handle of the thread that does the work.
pub struct WindowProcessor {
    requests: Mutex<Option<Sender<Request>>>,
    worker: Option<JoinHandle<()>>,
}

impl WindowProcessor {
    pub fn new(size_ms: u64, max_delay_ms: u64) -> Result<Self, ConfigError> {
        if size_ms == 0 {
            return Err(ConfigError::ZeroSize);
        }
        let (requests, inbox) = channel();
        let owner = Owner {
            size_ms,
            max_delay_ms,
            watermark: 0,
            counters: Counters {
                accepted: 0,
                duplicates: 0,
                late: 0,
            },
            windows: BTreeMap::new(),
            starts: HashMap::new(),
            times: BTreeMap::new(),
            idle: BTreeSet::new(),
        };
        Ok(WindowProcessor {
            requests: Mutex::new(Some(requests)),
            worker: Some(thread::spawn(move || owner.work(&inbox))),
        })
    }

    fn ask<T>(&self, request: impl FnOnce(Sender<T>) -> Request) -> T {
        let (reply, answer) = channel();
        {
            let requests = self.requests.lock().unwrap();
            let requests = requests.as_ref().expect("taken away only by drop");
            requests.send(request(reply)).expect("the worker lives");
        }
        answer.recv().expect("the worker answers")
    }

    pub fn push(&self, event: Event) -> Vec<WindowResult> {
        self.push_from(0, event)
    }

    pub fn push_from(&self, partition: u32, event: Event) -> Vec<WindowResult> {
        self.ask(|reply| Request::Push(partition, event, reply))
    }

    pub fn mark_idle(&self, partition: u32) -> Vec<WindowResult> {
        self.ask(|reply| Request::Idle(partition, reply))
    }

    pub fn flush(&self) -> Vec<WindowResult> {
        self.ask(Request::Flush)
    }

    pub fn watermark(&self) -> u64 {
        self.ask(Request::Look).0
    }

    pub fn counters(&self) -> Counters {
        self.ask(Request::Look).1
    }

    pub fn open_windows(&self) -> usize {
        self.ask(Request::Look).2
    }
}

impl Drop for WindowProcessor {
    fn drop(&mut self) {
        if let Ok(mut requests) = self.requests.lock() {
            requests.take();
        }
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}

#[derive(Default)]
struct Tally {
    count: u64,
    sum: i64,
    ids: Vec<u64>,
}

struct Owner {
    size_ms: u64,
    max_delay_ms: u64,
    watermark: u64,
    counters: Counters,
    windows: BTreeMap<u64, BTreeMap<String, Tally>>,
    starts: HashMap<u64, u64>,
    times: BTreeMap<u32, u64>,
    idle: BTreeSet<u32>,
}

impl Owner {
    fn work(mut self, inbox: &Receiver<Request>) {
        for request in inbox {
            // Whoever asked waits, or has panicked.
            let _ = match request {
                Request::Push(partition, event, reply) => {
                    reply.send(self.push(partition, event)).is_ok()
                }
                Request::Flush(reply) => {
                    let last = self.windows.keys().next_back();
                    if let Some(end) = last.map(|last| last.saturating_add(self.size_ms)) {
                        self.watermark = end;
                    }
                    reply.send(self.close()).is_ok()
                }
                Request::Idle(partition, reply) => {
                    if self.times.contains_key(&partition) {
                        self.idle.insert(partition);
                    }
                    reply.send(self.advance()).is_ok()
                }
                Request::Look(reply) => {
                    let open = self.windows.values().map(BTreeMap::len).sum();
                    reply.send((self.watermark, self.counters, open)).is_ok()
                }
            };
        }
    }

    fn push(&mut self, partition: u32, event: Event) -> Vec<WindowResult> {
        if self.starts.contains_key(&event.id) {
            self.counters.duplicates += 1;
            return Vec::new();
        }
        let time = self.times.entry(partition).or_insert(0);
        *time = event.ts_ms.max(*time);
        self.idle.remove(&partition);
        let start = event.ts_ms - event.ts_ms % self.size_ms;
        if self.watermark >= start.saturating_add(self.size_ms) {
            self.counters.late += 1;
        } else {
            self.counters.accepted += 1;
            self.starts.insert(event.id, start);
            let keys = self.windows.entry(start).or_default();
            let tally = keys.entry(event.key).or_default();
            tally.count += 1;
            tally.sum = tally.sum.saturating_add(event.value);
            tally.ids.push(event.id);
        }
        self.advance()
    }

    fn advance(&mut self) -> Vec<WindowResult> {
        let awake = self
            .times
            .iter()
            .filter(|(partition, _)| !self.idle.contains(partition));
        if let Some(slowest) = awake.map(|(_, &time)| time).min() {
            let reached = slowest.saturating_sub(self.max_delay_ms);
            self.watermark = reached.max(self.watermark);
        }
        self.close()
    }

    fn close(&mut self) -> Vec<WindowResult> {
        let mut results = Vec::new();
        loop {
            match self.windows.first_key_value() {
                Some((start, _)) if start.saturating_add(self.size_ms) <= self.watermark => {}
                _ => return results,
            }
            let (start, keys) = self.windows.pop_first().expect("it was just seen");
            for (key, tally) in keys {
                for id in tally.ids {
                    self.starts.remove(&id);
                }
                results.push(WindowResult {
                    start,
                    key,
                    count: tally.count,
                    sum: tally.sum,
                });
            }
        }
    }
}
