#![forbid(unsafe_code)]
//! Sharded maps; a load is a list of channels to those who wait, and a token tells it from later ones.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError {
    Failed(String),
    Panicked,
}

const SHARDS: usize = 16;

pub struct FlightCache<V> {
    ttl: Duration,
    soft: Duration,
    tokens: AtomicU64,
    shards: [Mutex<BTreeMap<String, Slot<V>>>; SHARDS],
}

struct Slot<V> {
    value: Option<(V, Instant)>,
    load: Option<Load<V>>,
    under_way: u32,
}

struct Load<V> {
    token: u64,
    waiting: Vec<Sender<Result<V, LoadError>>>,
    /// Those of a load that was invalidated are told too.
    current: bool,
}

enum Plan<V> {
    Done(V),
    Wait(Receiver<Result<V, LoadError>>),
    Run(u64, Option<V>),
}

impl<V: Clone + Send + Sync + 'static> FlightCache<V> {
    pub fn new(ttl: Duration) -> Self {
        FlightCache {
            ttl,
            soft: Duration::MAX,
            tokens: AtomicU64::new(0),
            shards: std::array::from_fn(|_| Mutex::new(BTreeMap::new())),
        }
    }

    pub fn with_refresh_ahead(mut self, soft: Duration) -> Self {
        self.soft = soft;
        self
    }

    pub fn get_or_load(
        &self,
        key: &str,
        load: impl FnOnce() -> Result<V, String>,
    ) -> Result<V, LoadError> {
        let (token, old) = match self.plan(key) {
            Plan::Done(value) => return Ok(value),
            Plan::Wait(receiver) => return receiver.recv().unwrap_or(Err(LoadError::Panicked)),
            Plan::Run(token, old) => (token, old),
        };
        let loaded = panic::catch_unwind(AssertUnwindSafe(load));
        let shared = match &loaded {
            Ok(Ok(value)) => Ok(value.clone()),
            Ok(Err(words)) => Err(LoadError::Failed(words.clone())),
            Err(_) => Err(LoadError::Panicked),
        };
        self.end(key, token, &shared);
        match loaded {
            Err(payload) => panic::resume_unwind(payload),
            Ok(Err(_)) if old.is_some() => old.ok_or(LoadError::Panicked),
            Ok(_) => shared,
        }
    }

    pub fn invalidate(&self, key: &str) {
        let mut shard = self.shard(key);
        if let Some(mut slot) = shard.remove(key) {
            slot.value = None;
            if slot.under_way > 0 {
                if let Some(load) = &mut slot.load {
                    load.current = false;
                    // Its list lives on under a name of its own.
                    let name = format!("{}\u{0}{key}", load.token);
                    let load = slot.load.take();
                    shard.insert(
                        name,
                        Slot {
                            value: None,
                            load,
                            under_way: 0,
                        },
                    );
                }
                shard.insert(key.to_owned(), slot);
            }
        }
    }

    pub fn len(&self) -> usize {
        let count = |shard: &Mutex<BTreeMap<String, Slot<V>>>| {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            let counted = |slot: &&Slot<V>| slot.under_way > 0 || self.age(slot).is_some();
            shard.values().filter(counted).count()
        };
        self.shards.iter().map(count).sum()
    }

    fn plan(&self, key: &str) -> Plan<V> {
        let mut shard = self.shard(key);
        let slot = shard.entry(key.to_owned()).or_insert(Slot {
            value: None,
            load: None,
            under_way: 0,
        });
        let age = self.age(slot);
        let live = age.and_then(|_| slot.value.as_ref().map(|(value, _)| value.clone()));
        match (live, &mut slot.load) {
            (Some(value), Some(_)) => return Plan::Done(value),
            (Some(value), None) if age.is_some_and(|age| age < self.soft) => {
                return Plan::Done(value);
            }
            (None, Some(load)) => {
                let (sender, receiver) = mpsc::channel();
                load.waiting.push(sender);
                return Plan::Wait(receiver);
            }
            (old, None) => {
                let token = self.tokens.fetch_add(1, Ordering::Relaxed);
                slot.under_way += 1;
                slot.load = Some(Load {
                    token,
                    waiting: Vec::new(),
                    current: true,
                });
                Plan::Run(token, old)
            }
        }
    }

    fn end(&self, key: &str, token: u64, outcome: &Result<V, LoadError>) {
        let mut shard = self.shard(key);
        let mut ended = None;
        if let Some(slot) = shard.get_mut(key) {
            slot.under_way -= 1;
            if slot.load.as_ref().is_some_and(|load| load.token == token) {
                ended = slot.load.take();
                if let Ok(value) = outcome {
                    slot.value = Some((value.clone(), Instant::now()));
                }
            }
            if slot.under_way == 0 && self.age(slot).is_none() {
                shard.remove(key);
            }
        }
        let aside = shard.remove(&format!("{token}\u{0}{key}"));
        drop(shard);
        let ended = ended.or(aside.and_then(|slot| slot.load));
        for sender in ended.into_iter().flat_map(|load| load.waiting) {
            let _ = sender.send(outcome.clone());
        }
    }

    fn age(&self, slot: &Slot<V>) -> Option<Duration> {
        let (_, since) = slot.value.as_ref()?;
        Some(since.elapsed()).filter(|age| *age < self.ttl)
    }

    fn shard(&self, key: &str) -> MutexGuard<'_, BTreeMap<String, Slot<V>>> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        self.shards[hasher.finish() as usize % SHARDS]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
