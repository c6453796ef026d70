#![forbid(unsafe_code)]
//! Written from the statement alone. Every key has one record: the announced version, what L1 holds,
//! and a listener for each put under way. Whoever announces a version leaves a sender's other end
//! with the puts that are older and waits until those have hung up.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Sender, channel},
    },
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    pub version: u64,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierError(pub String);

pub trait SharedCache: Send + Sync {
    fn get(&self, key: &str) -> Result<Option<Versioned>, TierError>;
    fn put(&self, key: &str, item: &Versioned) -> Result<(), TierError>;
}

pub trait Origin: Send + Sync {
    fn load(&self, key: &str) -> Result<Option<Versioned>, TierError>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    pub l1_hits: u64,
    pub l2_hits: u64,
    pub origin_loads: u64,
    pub l2_errors: u64,
}

#[derive(Default)]
struct Record {
    announced: Option<u64>,
    local: Option<(Versioned, Instant, u64)>,
    puts: Vec<(u64, ThreadId, Vec<Sender<()>>)>,
}

struct Records {
    by_key: HashMap<Arc<str>, Record>,
    /// Uses of keys; only the latest of each means something.
    uses: VecDeque<(Arc<str>, u64)>,
    cached: usize,
    turn: u64,
    putting: HashMap<ThreadId, usize>,
    stats: Stats,
    old_ones: u64,
}

pub struct TwoTierCache {
    records: Mutex<Records>,
    tiers: (Arc<dyn SharedCache>, Arc<dyn Origin>),
    room: usize,
    life: Duration,
    afterlife: Duration,
}

impl Records {
    fn used(&mut self, key: &str) {
        self.turn += 1;
        let turn = self.turn;
        let Some((name, _)) = self.by_key.get_key_value(key) else {
            return;
        };
        self.uses.push_back((name.clone(), turn));
        if let Some((_, _, used)) = self.by_key.get_mut(key).and_then(|r| r.local.as_mut()) {
            *used = turn;
        }
        if self.uses.len() > 3 * self.cached + 9 {
            let by_key = &self.by_key;
            self.uses
                .retain(|(key, turn)| is_last_use(by_key, key, *turn));
        }
    }

    fn push_out(&mut self) {
        while let Some((key, turn)) = self.uses.pop_front() {
            if is_last_use(&self.by_key, &key, turn) {
                self.empty(&key);
                return;
            }
        }
    }

    fn empty(&mut self, key: &str) {
        let record = self.by_key.get_mut(key);
        if record.is_some_and(|record| record.local.take().is_some()) {
            self.cached -= 1;
        }
        self.tidy(key);
    }

    /// A record that says nothing goes.
    fn tidy(&mut self, key: &str) {
        let says_nothing = self.by_key.get(key).is_some_and(|record| {
            record.announced.is_none() && record.local.is_none() && record.puts.is_empty()
        });
        if says_nothing {
            self.by_key.remove(key);
        }
    }
}

fn is_last_use(by_key: &HashMap<Arc<str>, Record>, key: &str, turn: u64) -> bool {
    let local = by_key.get(key).and_then(|record| record.local.as_ref());
    local.is_some_and(|(_, _, used)| *used == turn)
}

struct UnderWay<'a> {
    cache: &'a TwoTierCache,
    key: &'a str,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let own = thread::current().id();
        let mut records = self.cache.records();
        if let Some(record) = records.by_key.get_mut(self.key) {
            let place = record
                .puts
                .iter()
                .rposition(|(_, thread, _)| *thread == own);
            // Those who listen hear it when their senders are dropped here.
            place.map(|place| record.puts.remove(place));
        }
        records.tidy(self.key);
        let left = records.putting.get_mut(&own).map(|puts| {
            *puts -= 1;
            *puts
        });
        if left == Some(0) {
            records.putting.remove(&own);
        }
    }
}

impl TwoTierCache {
    pub fn new(
        l1_capacity: usize,
        l1_ttl: Duration,
        l2: Arc<dyn SharedCache>,
        origin: Arc<dyn Origin>,
    ) -> Self {
        let stats = Stats {
            l1_hits: 0,
            l2_hits: 0,
            origin_loads: 0,
            l2_errors: 0,
        };
        let records = Records {
            by_key: HashMap::new(),
            uses: VecDeque::new(),
            cached: 0,
            turn: 0,
            putting: HashMap::new(),
            stats,
            old_ones: 0,
        };
        Self {
            records: Mutex::new(records),
            tiers: (l2, origin),
            room: l1_capacity,
            life: l1_ttl,
            afterlife: Duration::ZERO,
        }
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn local(&self, records: &Records, key: &str, life: Duration) -> Option<Versioned> {
        let (item, since, _) = records.by_key.get(key)?.local.as_ref()?;
        (since.elapsed() < life).then(|| item.clone())
    }

    /// Takes an item into L1; false if it is older than announced.
    fn take_in(&self, records: &mut Records, key: &str, item: &Versioned) -> bool {
        let record = records.by_key.get(key);
        if record.and_then(|record| record.announced) > Some(item.version) {
            return false;
        }
        let present = self.local(records, key, self.life);
        if self.room == 0 || present.is_some_and(|present| present.version > item.version) {
            return true;
        }
        records.empty(key);
        if records.cached == self.room {
            records.push_out();
        }
        records.cached += 1;
        let record = records.by_key.entry(key.into()).or_default();
        record.local = Some((item.clone(), Instant::now(), 0));
        records.used(key);
        true
    }

    pub fn get(&self, key: &str) -> Result<Option<String>, TierError> {
        let mut records = self.records();
        if let Some(item) = self.local(&records, key, self.life) {
            records.used(key);
            records.stats.l1_hits += 1;
            return Ok(Some(item.value));
        }
        drop(records);

        let answer = self.tiers.0.get(key);
        let mut records = self.records();
        if answer.is_err() {
            records.stats.l2_errors += 1;
        }
        if let Ok(Some(item)) = answer
            && self.take_in(&mut records, key, &item)
        {
            records.stats.l2_hits += 1;
            return Ok(Some(item.value));
        }
        records.stats.origin_loads += 1;
        drop(records);

        let answer = self.tiers.1.load(key);
        let mut records = self.records();
        let item = match answer {
            Ok(Some(item)) => item,
            Ok(None) => return Ok(None),
            Err(error) => {
                let limit = self.life.saturating_add(self.afterlife);
                let old = self.local(&records, key, limit).ok_or(error)?;
                records.old_ones += 1;
                return Ok(Some(old.value));
            }
        };
        if self.take_in(&mut records, key, &item) {
            let own = thread::current().id();
            let record = records.by_key.entry(key.into()).or_default();
            record.puts.push((item.version, own, Vec::new()));
            *records.putting.entry(own).or_default() += 1;
            drop(records);
            let _under_way = UnderWay { cache: self, key };
            if self.tiers.0.put(key, &item).is_err() {
                self.records().stats.l2_errors += 1;
            }
        }
        Ok(Some(item.value))
    }

    pub fn on_invalidate(&self, key: &str, version: u64) {
        let mut records = self.records();
        let record = records.by_key.entry(key.into()).or_default();
        record.announced = record.announced.max(Some(version));
        let local = record.local.as_ref();
        if local.is_some_and(|(item, ..)| item.version < version) {
            records.empty(key);
        }
        if records.putting.contains_key(&thread::current().id()) {
            return;
        }
        let Some(record) = records.by_key.get_mut(key) else {
            return;
        };
        if record.puts.iter().all(|put| put.0 >= version) {
            return;
        }
        let (sender, ended) = channel();
        let older = record.puts.iter_mut().filter(|put| put.0 < version);
        older.for_each(|put| put.2.push(sender.clone()));
        drop(records);
        drop(sender);
        // Nobody sends: this ends when the last older put has ended.
        let _ = ended.recv();
    }

    pub fn stats(&self) -> Stats {
        self.records().stats
    }

    pub fn with_stale_if_error(self, grace: Duration) -> Self {
        Self {
            afterlife: grace,
            ..self
        }
    }

    pub fn stale_served(&self) -> u64 {
        self.records().old_ones
    }
}
