#![forbid(unsafe_code)]
//! Three maps, and each job moves as a whole from one to the other.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
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
    epoch: Instant,
    machine: Mutex<Machine>,
}

/// A job is in exactly one of the three maps, and moves from one to the other.
#[derive(Default)]
struct Machine {
    enqueued: u64,
    claims: u64,
    free: BTreeMap<(u128, u64), (u32, String)>,
    held: BTreeMap<u64, Held>,
    /// Deadline and receipt of what is held.
    alarms: BTreeMap<(u128, u64, u64), ()>,
    dead: Vec<(u128, DeadLetter)>,
}

struct Held {
    id: u64,
    attempt: u32,
    payload: String,
    begin: u128,
    end: u128,
}

impl Machine {
    fn hold(&mut self, receipt: u64, held: Held) {
        self.alarms.insert((held.end, held.id, receipt), ());
        self.held.insert(receipt, held);
    }

    fn let_go(&mut self, receipt: u64) -> Result<Held, ReceiptError> {
        let held = self.held.remove(&receipt).ok_or(ReceiptError::Stale)?;
        self.alarms.remove(&(held.end, held.id, receipt));
        Ok(held)
    }

    fn die(&mut self, moment: u128, held: Held, last_error: String) {
        let letter = DeadLetter {
            id: JobId(held.id),
            attempts: held.attempt,
            last_error,
            payload: held.payload,
        };
        let behind = |other: &(u128, DeadLetter)| (other.0, other.1.id) <= (moment, letter.id);
        let place = self.dead.partition_point(behind);
        self.dead.insert(place, (moment, letter));
    }
}

impl RetryQueue {
    /// An empty queue.
    pub fn new(policy: RetryPolicy, jitter: Box<dyn Fn() -> f64 + Send + Sync>) -> Self {
        RetryQueue {
            policy,
            jitter,
            epoch: Instant::now(),
            machine: Mutex::default(),
        }
    }

    fn command<R>(&self, work: impl FnOnce(&mut Machine, u128) -> R) -> R {
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.epoch.elapsed().as_nanos();
        while let Some(alarm) = machine
            .alarms
            .first_entry()
            .filter(|alarm| alarm.key().0 <= now)
        {
            let &(end, id, receipt) = alarm.key();
            if let Ok(held) = machine.let_go(receipt) {
                if held.attempt < self.policy.max_attempts {
                    machine.free.insert((end, id), (held.attempt, held.payload));
                } else {
                    machine.die(end, held, String::from("visibility timeout"));
                }
            }
        }
        work(&mut machine, now)
    }

    /// Takes a job in.
    pub fn enqueue(&self, payload: &str) -> JobId {
        let payload = payload.to_string();
        self.command(|machine, now| {
            machine.enqueued += 1;
            machine.free.insert((now, machine.enqueued), (0, payload));
            JobId(machine.enqueued)
        })
    }

    /// Hands out the job that has been claimable for longest.
    pub fn claim(&self) -> Option<Claim> {
        self.command(|machine, now| {
            let next = machine
                .free
                .first_entry()
                .filter(|next| next.key().0 <= now)?;
            let ((_, id), (attempts, payload)) = next.remove_entry();
            machine.claims += 1;
            let claim = Claim {
                id: JobId(id),
                receipt: machine.claims,
                attempt: attempts + 1,
                payload: payload.clone(),
            };
            let held = Held {
                id,
                attempt: claim.attempt,
                payload,
                begin: now,
                end: now + self.policy.visibility.as_nanos(),
            };
            machine.hold(claim.receipt, held);
            Some(claim)
        })
    }

    /// Finishes the job for good.
    pub fn ack(&self, receipt: u64) -> Result<(), ReceiptError> {
        self.command(|machine, _| machine.let_go(receipt)).map(drop)
    }

    /// Reports a failed attempt.
    pub fn nack(&self, receipt: u64, why: Failure) -> Result<Disposition, ReceiptError> {
        // The number is drawn first, whether it is needed or not.
        let jitter = match why {
            Failure::Transient(_) => (self.jitter)(),
            Failure::Permanent(_) => 0.0,
        };
        self.command(|machine, now| {
            let held = machine.let_go(receipt)?;
            match why {
                Failure::Transient(_) if held.attempt < self.policy.max_attempts => {
                    let delay = self.delay(held.attempt, jitter);
                    let place = (now + delay.as_nanos(), held.id);
                    machine.free.insert(place, (held.attempt, held.payload));
                    Ok(Disposition::RetryIn(delay))
                }
                Failure::Transient(error) | Failure::Permanent(error) => {
                    machine.die(now, held, error);
                    Ok(Disposition::Dead)
                }
            }
        })
    }

    fn delay(&self, attempt: u32, jitter: f64) -> Duration {
        let doublings = (attempt - 1).min(100);
        let full = self.policy.base.as_nanos().saturating_mul(1 << doublings);
        let full = full.min(self.policy.cap.as_nanos()) as f64 / 1e6;
        let whole = (full / 2.0 + full / 2.0 * jitter).floor();
        millis(whole)
    }

    /// The dead jobs in the order of their deaths.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.command(|machine, _| {
            machine
                .dead
                .iter()
                .map(|(_, letter)| letter.clone())
                .collect()
        })
    }

    /// How many jobs are neither acked nor dead.
    pub fn open(&self) -> usize {
        self.command(|machine, _| machine.free.len() + machine.held.len())
    }

    /// Gives the holder of a valid receipt until `by` from now.
    pub fn extend(&self, receipt: u64, by: Duration) -> Result<(), ReceiptError> {
        let longest = self.policy.visibility.as_nanos() * 10;
        self.command(|machine, now| {
            let held = machine.let_go(receipt)?;
            let end = (held.begin + longest).min(now + by.as_nanos());
            machine.hold(receipt, Held { end, ..held });
            Ok(())
        })
    }

    /// Makes a dead letter a job again.
    pub fn redrive(&self, id: JobId) -> bool {
        self.command(|machine, now| {
            let Some(index) = machine.dead.iter().position(|(_, letter)| letter.id == id) else {
                return false;
            };
            let (_, letter) = machine.dead.remove(index);
            machine.free.insert((now, id.0), (0, letter.payload));
            true
        })
    }
}

/// Whole milliseconds; more than a u64 of seconds does not occur.
fn millis(whole: f64) -> Duration {
    let whole = whole as u128;
    let seconds = u64::try_from(whole / 1_000).unwrap_or(u64::MAX);
    Duration::from_secs(seconds) + Duration::from_millis((whole % 1_000) as u64)
}
