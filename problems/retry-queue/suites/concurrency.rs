//! Racing workers, and the clock racing with them.

use judge_kit::{Explore, Gate, History, Respond, Script, check, clock, explore, settle};
use retry_queue::{Disposition, Failure, ReceiptError, RetryPolicy, RetryQueue};
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::thread;
use std::time::Duration;

const VISIBILITY: Duration = Duration::from_secs(30);

/// A failed job is claimable again at once; the jitter does what the script says.
fn with(max_attempts: u32, script: &Script) -> RetryQueue {
    let policy = RetryPolicy {
        max_attempts,
        base: Duration::ZERO,
        cap: Duration::ZERO,
        visibility: VISIBILITY,
    };
    let script = script.clone();
    let jitter = move || {
        let _inside = script.play();
        0.0
    };
    RetryQueue::new(policy, Box::new(jitter))
}

fn plain(max_attempts: u32) -> RetryQueue {
    with(max_attempts, &Script::always(Respond::Ok))
}

fn transient() -> Failure {
    Failure::Transient("no route".to_owned())
}

/// Study: finding a job and marking it as held must be one step.
#[test]
fn two_workers_never_hold_the_same_job() {
    explore(|| {
        let queue = plain(3);
        queue.enqueue("a");
        queue.enqueue("b");
        let claims = thread::scope(|scope| {
            let workers = [(); 3].map(|()| scope.spawn(|| queue.claim()));
            workers.map(|worker| worker.join().expect("claim panicked"))
        });
        let mut ids: Vec<_> = claims.iter().flatten().map(|claim| claim.id.0).collect();
        ids.sort_unstable();
        assert_eq!(ids, [1, 2], "jobs claimed by three workers, of two");
        for claim in claims.into_iter().flatten() {
            assert_eq!(claim.attempt, 1, "claims of job {}", claim.id.0);
            assert_eq!(
                queue.ack(claim.receipt),
                Ok(()),
                "the receipt of job {}",
                claim.id.0
            );
        }
        assert_eq!(queue.open(), 0, "all jobs are done");
    });
}

#[test]
fn a_receipt_is_accepted_once_however_many_try() {
    explore(|| {
        let queue = plain(1);
        queue.enqueue("a");
        let receipt = queue.claim().expect("a new job is claimable").receipt;
        let accepted = thread::scope(|scope| {
            let nack = scope.spawn(|| queue.nack(receipt, transient()).is_ok());
            let acks = [(); 2].map(|()| scope.spawn(|| queue.ack(receipt).is_ok()));
            let acked = acks.map(|ack| usize::from(ack.join().expect("ack panicked")));
            (
                acked.iter().sum(),
                usize::from(nack.join().expect("nack panicked")),
            )
        });
        let dead = queue.dead_letters().len();
        assert!(
            accepted == (1, 0) && dead == 0 || accepted == (0, 1) && dead == 1,
            "{accepted:?} acks and nacks of one receipt were accepted, {dead} jobs are dead"
        );
        assert_eq!(queue.open(), 0, "done or dead");
    });
}

/// Study: is the deadline looked at under the same lock that ends the claim?
#[test]
fn a_job_is_either_acked_or_handed_out_again() {
    explore(|| {
        let queue = plain(9);
        queue.enqueue("a");
        let receipt = queue.claim().expect("a new job is claimable").receipt;
        let (acked, second) = thread::scope(|scope| {
            let ack = scope.spawn(|| queue.ack(receipt));
            let rival = scope.spawn(|| queue.claim());
            clock::jump(VISIBILITY);
            let acked = ack.join().expect("ack panicked").is_ok();
            (acked, rival.join().expect("claim panicked"))
        });
        let again = second.or_else(|| queue.claim());
        assert_eq!(
            again.map(|claim| claim.attempt),
            (!acked).then_some(2),
            "the attempt that followed an ack that was accepted: {acked}"
        );
        assert_eq!(queue.open(), usize::from(!acked), "open jobs after that");
    });
}

/// Study: after the jitter has spoken, is the claim still there?
#[test]
fn a_job_is_either_put_off_or_handed_out_by_the_clock() {
    explore(|| {
        let queue = plain(3);
        queue.enqueue("a");
        let receipt = queue.claim().expect("a new job is claimable").receipt;
        let early = thread::scope(|scope| {
            scope.spawn(|| queue.nack(receipt, transient()));
            clock::jump(VISIBILITY);
            let rival = scope.spawn(|| queue.claim());
            rival.join().expect("claim panicked")
        });
        let all = early
            .into_iter()
            .chain(std::iter::from_fn(|| queue.claim()));
        let attempts: Vec<u32> = all.map(|claim| claim.attempt).collect();
        assert_eq!(
            attempts,
            [2],
            "attempts handed out after the first one ended"
        );
        assert_eq!(queue.open(), 1, "the second attempt is under way");
    });
}

#[test]
fn a_slow_jitter_holds_nobody_up() {
    check(|| {
        let gate = Gate::new();
        let queue = with(3, &Script::always(Respond::Gated(gate.clone())));
        queue.enqueue("a");
        queue.enqueue("b");
        let slow = queue.claim().expect("a new job is claimable").receipt;
        thread::scope(|scope| {
            let nack = scope.spawn(|| queue.nack(slow, transient()));
            settle();
            let other = scope.spawn(|| {
                let claim = queue.claim().map(|claim| queue.ack(claim.receipt));
                (
                    claim,
                    queue.enqueue("c").0,
                    queue.open(),
                    queue.dead_letters().len(),
                )
            });
            settle();
            let held_up = !other.is_finished();
            gate.open();
            assert!(!held_up, "another worker had to wait for the jitter");
            let seen = other.join().expect("the other worker panicked");
            assert_eq!(
                seen,
                (Some(Ok(())), 3, 2, 0),
                "job 1 is with its worker, 3 is new"
            );
            let answer = nack.join().expect("nack panicked");
            assert_eq!(answer, Ok(Disposition::RetryIn(Duration::ZERO)), "base 0");
        });
    });
}

/// Study: the receipt was valid before the jitter was asked; is it still?
#[test]
fn an_ack_during_the_jitter_wins() {
    check(|| {
        let gate = Gate::new();
        let queue = with(3, &Script::always(Respond::Gated(gate.clone())));
        queue.enqueue("a");
        let receipt = queue.claim().expect("a new job is claimable").receipt;
        thread::scope(|scope| {
            let nack = scope.spawn(|| queue.nack(receipt, transient()));
            settle();
            let ack = scope.spawn(|| queue.ack(receipt));
            settle();
            let held_up = !ack.is_finished();
            gate.open();
            assert!(!held_up, "the ack had to wait for the jitter");
            assert_eq!(
                ack.join().expect("ack panicked"),
                Ok(()),
                "the claim is valid"
            );
            let answer = nack.join().expect("nack panicked");
            assert_eq!(answer, Err(ReceiptError::Stale), "it was acked meanwhile");
        });
        assert_eq!(queue.claim(), None, "the job is done");
        assert_eq!(queue.open(), 0, "the job is done");
    });
}

#[test]
fn a_panicking_jitter_leaves_the_queue_to_the_others() {
    explore(|| {
        let queue = with(3, &Script::always(Respond::Panic));
        queue.enqueue("a");
        queue.enqueue("b");
        let receipt = queue.claim().expect("a new job is claimable").receipt;
        thread::scope(|scope| {
            scope.spawn(|| {
                let nack = AssertUnwindSafe(|| queue.nack(receipt, transient()));
                assert!(panic::catch_unwind(nack).is_err(), "the panic goes on");
            });
            let claim = queue.claim().expect("the second job is claimable");
            assert_eq!(queue.ack(claim.receipt), Ok(()), "a valid receipt");
        });
        assert_eq!(queue.ack(receipt), Ok(()), "the claim is as it was");
        assert_eq!(queue.open(), 0, "both jobs are done");
    });
}

#[derive(Debug, Clone, Copy)]
enum Op {
    Enqueue,
    Claim,
    Ack(u64, u32),
    Nack(u64, u32),
    Counts,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ret {
    Id(u64),
    /// Job and attempt.
    Claimed(Option<(u64, u32)>),
    Accepted(bool),
    /// Open and dead.
    Counts(usize, usize),
}

/// Attempts so far, and whether somebody holds the job. At one instant the ids decide the order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Model {
    jobs: BTreeMap<u64, (u32, bool)>,
    last: u64,
    dead: usize,
}

/// The rules of the statement, one call after the other, for two attempts without delay.
fn step(before: &Model, op: &Op, ret: &Ret) -> Option<Model> {
    let mut after = before.clone();
    let expected = match *op {
        Op::Enqueue => {
            after.last += 1;
            after.jobs.insert(after.last, (0, false));
            Ret::Id(after.last)
        }
        Op::Claim => {
            let free = after.jobs.iter_mut().find(|(_, (_, held))| !held);
            Ret::Claimed(free.map(|(id, job)| {
                *job = (job.0 + 1, true);
                (*id, job.0)
            }))
        }
        Op::Ack(id, attempt) => {
            let valid = before.jobs.get(&id) == Some(&(attempt, true));
            if valid {
                after.jobs.remove(&id);
            }
            Ret::Accepted(valid)
        }
        Op::Nack(id, attempt) => {
            let valid = before.jobs.get(&id) == Some(&(attempt, true));
            if valid && attempt < 2 {
                after.jobs.insert(id, (attempt, false));
            } else if valid {
                after.jobs.remove(&id);
                after.dead += 1;
            }
            Ret::Accepted(valid)
        }
        Op::Counts => {
            return (*ret == Ret::Counts(before.jobs.len(), before.dead)).then_some(after);
        }
    };
    (expected == *ret).then_some(after)
}

/// Study: each call must do all it does under one and the same lock.
#[test]
fn all_calls_take_effect_at_one_moment_each() {
    Explore::new().schedules(4_000).random(250).run(|| {
        let queue = plain(2);
        let history = History::new();
        let enqueue = || history.call(Op::Enqueue, || Ret::Id(queue.enqueue("job").0));
        let claim = || {
            let mut receipt = 0;
            let ret = history.call(Op::Claim, || {
                let claim = queue.claim();
                receipt = claim.as_ref().map_or(0, |claim| claim.receipt);
                Ret::Claimed(claim.map(|claim| (claim.id.0, claim.attempt)))
            });
            let Ret::Claimed(claim) = ret else {
                return None;
            };
            claim.map(|(id, attempt)| (receipt, id, attempt))
        };
        let ack = |(receipt, id, attempt)| {
            history.call(Op::Ack(id, attempt), || {
                Ret::Accepted(queue.ack(receipt).is_ok())
            });
        };
        let nack = |(receipt, id, attempt)| {
            history.call(Op::Nack(id, attempt), || {
                Ret::Accepted(queue.nack(receipt, transient()).is_ok())
            });
        };
        enqueue();
        thread::scope(|scope| {
            scope.spawn(|| {
                claim().map(nack);
                enqueue();
            });
            scope.spawn(|| {
                claim().map(nack);
                claim().map(ack);
            });
            scope.spawn(|| {
                claim().map(ack);
            });
        });
        claim().map(nack);
        claim().map(nack);
        history.call(Op::Counts, || {
            Ret::Counts(queue.open(), queue.dead_letters().len())
        });
        history.linearizable(Model::default(), step);
    });
}

#[test]
fn a_crowd_of_workers_accounts_for_every_job() {
    Explore::new().schedules(0).random(150).run(|| {
        let queue = plain(2);
        for payload in ["a", "b", "c", "d", "e"] {
            queue.enqueue(payload);
        }
        let acked: usize = thread::scope(|scope| {
            let workers = [0, 1, 2, 3].map(|worker| {
                let queue = &queue;
                scope.spawn(move || {
                    let mut acked = 0;
                    for _ in 0..2 {
                        let Some(claim) = queue.claim() else { continue };
                        if (claim.id.0 + worker) % 2 == 0 {
                            let answer = queue.ack(claim.receipt);
                            assert_eq!(answer, Ok(()), "the holder's own receipt");
                            acked += 1;
                        } else {
                            let answer = queue.nack(claim.receipt, transient());
                            assert!(answer.is_ok(), "the holder's own receipt was refused");
                        }
                    }
                    acked
                })
            });
            workers
                .map(|worker| worker.join().expect("a worker panicked"))
                .iter()
                .sum()
        });
        let (open, dead) = (queue.open(), queue.dead_letters().len());
        assert_eq!(
            acked + open + dead,
            5,
            "{acked} acked, {open} open and {dead} dead, of 5 jobs"
        );
        let left = std::iter::from_fn(|| queue.claim()).count();
        assert_eq!(
            left, open,
            "nobody holds a job, so all open ones are claimable"
        );
    });
}
