//! Flaw: delays are not rounded to whole milliseconds.
#![forbid(unsafe_code)]
//! A job queue that survives crashing workers: claims with receipts, retries, dead letters.
//!
//! Everything that is due by the clock is settled at the start of each look, under the lock.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
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
    created: Instant,
    inner: Mutex<Inner>,
}

/// Nanoseconds since the creation of the queue; so wide that no duration overflows it.
type Moment = u128;

struct Inner {
    last_id: u64,
    last_receipt: u64,
    jobs: HashMap<JobId, Job>,
    /// Since when, or from when on, each job that nobody holds is claimable.
    waiting: BTreeSet<(Moment, JobId)>,
    /// When each claim runs out.
    deadlines: BTreeSet<(Moment, JobId)>,
    /// Who holds what. Receipts are never used twice.
    held: HashMap<u64, JobId>,
    /// In the order of death.
    dead: BTreeMap<(Moment, JobId), DeadLetter>,
    died: HashMap<JobId, Moment>,
}

struct Job {
    attempts: u32,
    payload: String,
    holder: Option<Holder>,
}

struct Holder {
    receipt: u64,
    since: Moment,
    deadline: Moment,
}

impl RetryQueue {
    /// An empty queue. `jitter` yields numbers in [0, 1).
    pub fn new(policy: RetryPolicy, jitter: Box<dyn Fn() -> f64 + Send + Sync>) -> Self {
        RetryQueue {
            policy: RetryPolicy {
                max_attempts: policy.max_attempts.max(1),
                ..policy
            },
            jitter,
            created: Instant::now(),
            inner: Mutex::new(Inner {
                last_id: 0,
                last_receipt: 0,
                jobs: HashMap::new(),
                waiting: BTreeSet::new(),
                deadlines: BTreeSet::new(),
                held: HashMap::new(),
                dead: BTreeMap::new(),
                died: HashMap::new(),
            }),
        }
    }

    /// Takes a job in; it is claimable at once.
    pub fn enqueue(&self, payload: &str) -> JobId {
        let (mut inner, now) = self.look();
        inner.last_id += 1;
        let id = JobId(inner.last_id);
        inner.admit(id, payload.to_owned(), now);
        id
    }

    /// Hands out the job that has been claimable for longest.
    pub fn claim(&self) -> Option<Claim> {
        let (mut inner, now) = self.look();
        let &(since, id) = inner.waiting.first()?;
        if since > now {
            return None;
        }
        inner.waiting.pop_first();
        inner.last_receipt += 1;
        let receipt = inner.last_receipt;
        let deadline = now + self.policy.visibility.as_nanos();
        inner.held.insert(receipt, id);
        inner.deadlines.insert((deadline, id));
        let job = inner.jobs.get_mut(&id)?;
        job.attempts += 1;
        job.holder = Some(Holder {
            receipt,
            since: now,
            deadline,
        });
        Some(Claim {
            id,
            receipt,
            attempt: job.attempts,
            payload: job.payload.clone(),
        })
    }

    /// Finishes the job for good.
    pub fn ack(&self, receipt: u64) -> Result<(), ReceiptError> {
        let (mut inner, _) = self.look();
        let id = inner.release(receipt)?;
        inner.jobs.remove(&id);
        Ok(())
    }

    /// Reports a failed attempt.
    pub fn nack(&self, receipt: u64, why: Failure) -> Result<Disposition, ReceiptError> {
        let (mut inner, now) = self.look();
        let attempts = inner.holding(receipt)?.attempts;
        let error = match why {
            Failure::Transient(_) if attempts < self.policy.max_attempts => {
                drop(inner);
                return self.retry(receipt, attempts);
            }
            Failure::Transient(error) | Failure::Permanent(error) => error,
        };
        let id = inner.release(receipt)?;
        inner.bury(now, id, error);
        Ok(Disposition::Dead)
    }

    /// The dead jobs in the order of their deaths.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.look().0.dead.values().cloned().collect()
    }

    /// How many jobs are neither acked nor dead.
    pub fn open(&self) -> usize {
        self.look().0.jobs.len()
    }

    /// Gives the holder of a valid receipt until `by` from now, within ten times the visibility.
    pub fn extend(&self, receipt: u64, by: Duration) -> Result<(), ReceiptError> {
        let (mut inner, now) = self.look();
        let longest = 10 * self.policy.visibility.as_nanos();
        let id = *inner.held.get(&receipt).ok_or(ReceiptError::Stale)?;
        let holder = inner.holding(receipt)?.holder.as_mut();
        let holder = holder.ok_or(ReceiptError::Stale)?;
        let deadline = (now + by.as_nanos()).min(holder.since + longest);
        let before = std::mem::replace(&mut holder.deadline, deadline);
        inner.deadlines.remove(&(before, id));
        inner.deadlines.insert((deadline, id));
        Ok(())
    }

    /// Makes a dead letter a job again.
    pub fn redrive(&self, id: JobId) -> bool {
        let (mut inner, now) = self.look();
        let Some(moment) = inner.died.remove(&id) else {
            return false;
        };
        let Some(letter) = inner.dead.remove(&(moment, id)) else {
            return false;
        };
        inner.admit(id, letter.payload, now);
        true
    }

    /// Puts the job off; the jitter is asked without the lock, so the receipt is checked again.
    fn retry(&self, receipt: u64, attempts: u32) -> Result<Disposition, ReceiptError> {
        let delay = backoff(&self.policy, attempts, (self.jitter)());
        let (mut inner, now) = self.look();
        let id = inner.release(receipt)?;
        inner.waiting.insert((now + delay.as_nanos(), id));
        Ok(Disposition::RetryIn(delay))
    }

    /// Locks and settles what has run out by now.
    fn look(&self) -> (MutexGuard<'_, Inner>, Moment) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.created.elapsed().as_nanos();
        inner.expire(now, self.policy.max_attempts);
        (inner, now)
    }
}

impl Inner {
    fn admit(&mut self, id: JobId, payload: String, now: Moment) {
        let job = Job {
            attempts: 0,
            payload,
            holder: None,
        };
        self.jobs.insert(id, job);
        self.waiting.insert((now, id));
    }

    /// The job of a valid receipt.
    fn holding(&mut self, receipt: u64) -> Result<&mut Job, ReceiptError> {
        let id = self.held.get(&receipt).ok_or(ReceiptError::Stale)?;
        self.jobs.get_mut(id).ok_or(ReceiptError::Stale)
    }

    /// Ends a valid claim; the caller decides what becomes of the job.
    fn release(&mut self, receipt: u64) -> Result<JobId, ReceiptError> {
        let id = self.held.remove(&receipt).ok_or(ReceiptError::Stale)?;
        let holder = self.jobs.get_mut(&id).and_then(|job| job.holder.take());
        if let Some(holder) = holder {
            self.deadlines.remove(&(holder.deadline, id));
        }
        Ok(id)
    }

    fn expire(&mut self, now: Moment, max_attempts: u32) {
        while let Some(&(deadline, id)) = self.deadlines.first()
            && deadline <= now
        {
            self.deadlines.pop_first();
            let Some(job) = self.jobs.get_mut(&id) else {
                continue;
            };
            if let Some(holder) = job.holder.take() {
                self.held.remove(&holder.receipt);
            }
            if job.attempts < max_attempts {
                self.waiting.insert((deadline, id));
            } else {
                self.bury(deadline, id, "visibility timeout".to_owned());
            }
        }
    }

    fn bury(&mut self, moment: Moment, id: JobId, last_error: String) {
        let Some(job) = self.jobs.remove(&id) else {
            return;
        };
        let letter = DeadLetter {
            id,
            attempts: job.attempts,
            last_error,
            payload: job.payload,
        };
        self.dead.insert((moment, id), letter);
        self.died.insert(id, moment);
    }
}

/// The delay after so many attempts.
fn backoff(policy: &RetryPolicy, attempts: u32, jitter: f64) -> Duration {
    let doubled = 2_u32.checked_pow(attempts - 1);
    let full = doubled.and_then(|factor| policy.base.checked_mul(factor));
    // A base of zero stays zero, however often it is doubled.
    let full = match full {
        Some(full) => full.min(policy.cap),
        None if policy.base.is_zero() => Duration::ZERO,
        None => policy.cap,
    };
    let half = full / 2;
    let delay = half.saturating_add(half.mul_f64(jitter));
    delay
}
