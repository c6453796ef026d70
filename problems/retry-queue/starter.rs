#![forbid(unsafe_code)]
//! A job queue that survives crashing workers: claims with receipts, retries, dead letters.

use std::time::Duration;

/// Names a job. The ids of a queue count 1, 2, 3, … in the order of enqueueing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// How often and how fast jobs are tried again. No duration is too long; `Duration::MAX` never
/// passes.
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
    /// Names this claim; valid until ack, nack or the visibility timeout.
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
///
/// Each call takes effect at one moment between its start and its end, as if the calls came one
/// after the other. A claim whose visibility has passed is over at exactly that moment, whether
/// somebody looks or not: the job is claimable since then, or dead since then if it was the last
/// attempt, with the error "visibility timeout".
pub struct RetryQueue {
    // Replace this by what you need.
    state: (),
}

impl RetryQueue {
    /// An empty queue.
    ///
    /// `jitter` yields numbers in [0, 1) and is called once per computed backoff. It may be slow,
    /// may use the queue and may panic; nobody else is held up by it.
    pub fn new(policy: RetryPolicy, jitter: Box<dyn Fn() -> f64 + Send + Sync>) -> Self {
        let _ = (policy, jitter);
        todo!()
    }

    /// Takes a job in; it is claimable at once.
    pub fn enqueue(&self, payload: &str) -> JobId {
        let _ = (payload, self.state);
        todo!()
    }

    /// Hands out the job that has been claimable for longest, at equal times the one with the
    /// smallest id; never waits.
    pub fn claim(&self) -> Option<Claim> {
        todo!()
    }

    /// Finishes the job for good.
    ///
    /// `Stale`, without effect, unless the receipt is valid.
    pub fn ack(&self, receipt: u64) -> Result<(), ReceiptError> {
        let _ = receipt;
        todo!()
    }

    /// Reports a failed attempt.
    ///
    /// `Transient` after attempt n of fewer than `max_attempts`: claimable again in
    /// `b/2 + (b/2) * jitter`, rounded down to whole milliseconds, where b is the smaller of `cap`
    /// and `base * 2^(n-1)`. The time counts from the moment this call takes effect. `Transient`
    /// after the last attempt, and `Permanent` after any: dead.
    ///
    /// `Stale`, without effect, unless the receipt is valid, also when it ceases to be while
    /// `jitter` runs. A panic of `jitter` goes on to the caller and leaves the claim as it was.
    pub fn nack(&self, receipt: u64, why: Failure) -> Result<Disposition, ReceiptError> {
        let _ = (receipt, why);
        todo!()
    }

    /// The dead jobs in the order of their deaths, at equal times by id.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        todo!()
    }

    /// How many jobs are neither acked nor dead.
    pub fn open(&self) -> usize {
        todo!()
    }
}
