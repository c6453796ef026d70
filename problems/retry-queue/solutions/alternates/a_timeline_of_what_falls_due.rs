#![forbid(unsafe_code)]
//! One timeline of events that fall due, a heap with lazily dropped entries, and a line of ready jobs.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Names a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// How often and how fast jobs are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// So many claims a job may have. 0 is taken for 1.
    pub max_attempts: u32,
    /// The backoff after the first attempt; it doubles with each further one.
    pub base: Duration,
    /// The backoff never exceeds this.
    pub cap: Duration,
    /// So long a receipt is valid.
    pub visibility: Duration,
}

/// A job in the hands of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The job.
    pub id: JobId,
    /// Names this claim.
    pub receipt: u64,
    /// 1 for the first claim of the job.
    pub attempt: u32,
    /// What was enqueued.
    pub payload: String,
}

/// What went wrong with an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Another attempt may help.
    Transient(String),
    /// No attempt will ever help.
    Permanent(String),
}

/// What becomes of a job after a nack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// It is claimable again in exactly this time.
    RetryIn(Duration),
    /// It is among the dead letters.
    Dead,
}

/// Why a receipt was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptError {
    /// It names no claim that is still valid.
    Stale,
}

/// A job that is not tried any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The job.
    pub id: JobId,
    /// How often it was claimed.
    pub attempts: u32,
    /// The text of the last failure, or "visibility timeout".
    pub last_error: String,
    /// What was enqueued.
    pub payload: String,
}

/// A queue of jobs, shared by reference among threads.
pub struct RetryQueue {
    policy: RetryPolicy,
    jitter: Box<dyn Fn() -> f64 + Send + Sync>,
    table: Mutex<Table>,
}

struct Table {
    records: Vec<Record>,
    /// Claimable jobs by (since, id).
    ready: BinaryHeap<Reverse<(Instant, u64)>>,
    /// (when, id, version): what happens to a job unless its version has changed.
    timeline: BinaryHeap<Reverse<(Instant, u64, u64)>>,
    claims: HashMap<u64, u64>,
    versions: u64,
    open: usize,
}

/// A job at index id - 1. Finished ones keep an empty record.
struct Record {
    payload: String,
    attempts: u32,
    version: u64,
    phase: Phase,
}

enum Phase {
    Ready,
    Delayed,
    Claimed { at: Instant },
    Done,
    Dead { at: Instant, why: String },
}

impl Table {
    fn record(&mut self, id: u64) -> &mut Record {
        &mut self.records[id as usize - 1]
    }

    fn enter(&mut self, id: u64, phase: Phase) -> u64 {
        self.versions += 1;
        let version = self.versions;
        let record = self.record(id);
        record.version = version;
        record.phase = phase;
        version
    }

    fn at(&mut self, when: Option<Instant>, id: u64, version: u64) {
        // No such moment: it never comes.
        self.timeline
            .extend(when.map(|when| Reverse((when, id, version))));
    }

    fn catch_up(&mut self, now: Instant, max_attempts: u32) {
        while let Some(&Reverse((when, id, version))) = self.timeline.peek() {
            if when > now {
                return;
            }
            self.timeline.pop();
            let record = self.record(id);
            if record.version != version {
                continue;
            }
            if matches!(record.phase, Phase::Claimed { .. }) {
                let spent = record.attempts >= max_attempts;
                self.claims.remove(&version);
                if spent {
                    self.bury(id, when, "visibility timeout".into());
                    continue;
                }
            }
            self.enter(id, Phase::Ready);
            self.ready.push(Reverse((when, id)));
        }
    }

    fn bury(&mut self, id: u64, at: Instant, why: String) {
        self.enter(id, Phase::Dead { at, why });
        self.open -= 1;
    }

    fn give_back(&mut self, receipt: u64) -> Result<u64, ReceiptError> {
        self.claims.remove(&receipt).ok_or(ReceiptError::Stale)
    }
}

impl RetryQueue {
    /// An empty queue.
    pub fn new(policy: RetryPolicy, jitter: Box<dyn Fn() -> f64 + Send + Sync>) -> Self {
        let table = Table {
            records: Vec::new(),
            ready: BinaryHeap::new(),
            timeline: BinaryHeap::new(),
            claims: HashMap::new(),
            versions: 0,
            open: 0,
        };
        Self {
            policy,
            jitter,
            table: Mutex::new(table),
        }
    }

    fn most(&self) -> u32 {
        self.policy.max_attempts.max(1)
    }

    /// Runs `work` on a table that is up to date.
    fn with<R>(&self, work: impl FnOnce(&mut Table, Instant) -> R) -> R {
        let mut table = self.table.lock().unwrap();
        let now = Instant::now();
        table.catch_up(now, self.most());
        work(&mut table, now)
    }

    /// Takes a job in.
    pub fn enqueue(&self, payload: &str) -> JobId {
        self.with(|table, now| {
            table.records.push(Record {
                payload: payload.into(),
                attempts: 0,
                version: 0,
                phase: Phase::Ready,
            });
            table.open += 1;
            let id = table.records.len() as u64;
            table.ready.push(Reverse((now, id)));
            JobId(id)
        })
    }

    /// Hands out the job that has been claimable for longest.
    pub fn claim(&self) -> Option<Claim> {
        self.with(|table, now| {
            let Reverse((_, id)) = table.ready.pop()?;
            let receipt = table.enter(id, Phase::Claimed { at: now });
            table.at(now.checked_add(self.policy.visibility), id, receipt);
            table.claims.insert(receipt, id);
            let record = table.record(id);
            record.attempts += 1;
            Some(Claim {
                id: JobId(id),
                receipt,
                attempt: record.attempts,
                payload: record.payload.clone(),
            })
        })
    }

    /// Finishes the job for good.
    pub fn ack(&self, receipt: u64) -> Result<(), ReceiptError> {
        self.with(|table, _| {
            let id = table.give_back(receipt)?;
            table.enter(id, Phase::Done);
            table.record(id).payload = String::new();
            table.open -= 1;
            Ok(())
        })
    }

    /// Reports a failed attempt.
    pub fn nack(&self, receipt: u64, why: Failure) -> Result<Disposition, ReceiptError> {
        let attempts = self.with(|table, _| {
            let &id = table.claims.get(&receipt).ok_or(ReceiptError::Stale)?;
            Ok(table.record(id).attempts)
        })?;
        let (delay, message) = match why {
            Failure::Transient(message) if attempts >= self.most() => (None, message),
            Failure::Transient(message) => (Some(self.delay(attempts)), message),
            Failure::Permanent(message) => (None, message),
        };
        self.with(|table, now| {
            let id = table.give_back(receipt)?;
            let Some(delay) = delay else {
                table.bury(id, now, message);
                return Ok(Disposition::Dead);
            };
            let version = table.enter(id, Phase::Delayed);
            table.at(now.checked_add(delay), id, version);
            Ok(Disposition::RetryIn(delay))
        })
    }

    fn delay(&self, attempts: u32) -> Duration {
        let mut full = self.policy.base.min(self.policy.cap);
        for _ in 1..attempts {
            if full.is_zero() || full == self.policy.cap {
                break;
            }
            full = full.saturating_mul(2).min(self.policy.cap);
        }
        let half = full.as_nanos() / 2;
        let spread = (half as f64 * (self.jitter)()) as u128;
        let whole = (half + spread) / 1_000_000;
        Duration::new((whole / 1_000) as u64, (whole % 1_000) as u32 * 1_000_000)
    }

    /// The dead jobs in the order of their deaths.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.with(|table, _| {
            let mut dead = Vec::new();
            for (index, record) in table.records.iter().enumerate() {
                if let Phase::Dead { at, why } = &record.phase {
                    let letter = DeadLetter {
                        id: JobId(index as u64 + 1),
                        attempts: record.attempts,
                        last_error: why.clone(),
                        payload: record.payload.clone(),
                    };
                    dead.push((*at, letter));
                }
            }
            dead.sort_by_key(|(at, letter)| (*at, letter.id));
            dead.into_iter().map(|(_, letter)| letter).collect()
        })
    }

    /// How many jobs are neither acked nor dead.
    pub fn open(&self) -> usize {
        self.with(|table, _| table.open)
    }

    /// Gives the holder of a valid receipt until `by` from now.
    pub fn extend(&self, receipt: u64, by: Duration) -> Result<(), ReceiptError> {
        self.with(|table, now| {
            let &id = table.claims.get(&receipt).ok_or(ReceiptError::Stale)?;
            let Phase::Claimed { at } = table.record(id).phase else {
                return Err(ReceiptError::Stale);
            };
            // The receipt is the version, and it must stay the same: the old entry of the timeline is taken out.
            table
                .timeline
                .retain(|Reverse((_, _, version))| *version != receipt);
            let longest = self
                .policy
                .visibility
                .checked_mul(10)
                .and_then(|time| at.checked_add(time));
            let wanted = now.checked_add(by);
            let until = match (wanted, longest) {
                (Some(wanted), Some(longest)) => Some(wanted.min(longest)),
                (one, other) => one.or(other),
            };
            table.at(until, id, receipt);
            Ok(())
        })
    }

    /// Makes a dead letter a job again.
    pub fn redrive(&self, id: JobId) -> bool {
        self.with(|table, now| {
            let dead =
                id.0.checked_sub(1)
                    .and_then(|index| table.records.get(index as usize));
            if !dead.is_some_and(|record| matches!(record.phase, Phase::Dead { .. })) {
                return false;
            }
            table.enter(id.0, Phase::Ready);
            table.record(id.0).attempts = 0;
            table.ready.push(Reverse((now, id.0)));
            table.open += 1;
            true
        })
    }
}
