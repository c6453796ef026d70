//! Receipts that are void, exact deadlines, extreme policies, and a jitter that misbehaves.

use judge_kit::{Respond, Script, check, clock};
use retry_queue::{Claim, Disposition, Failure, JobId, ReceiptError, RetryPolicy, RetryQueue};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

const VISIBILITY: Duration = Duration::from_secs(30);
const NANO: Duration = Duration::from_nanos(1);
const STALE: ReceiptError = ReceiptError::Stale;

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

const fn policy(max_attempts: u32) -> RetryPolicy {
    RetryPolicy {
        max_attempts,
        base: seconds(2),
        cap: seconds(10),
        visibility: VISIBILITY,
    }
}

fn without_jitter(policy: RetryPolicy) -> RetryQueue {
    RetryQueue::new(policy, Box::new(|| 0.0))
}

/// The jitter does what the script says, then yields 0.
fn scripted(policy: RetryPolicy, script: &Script) -> RetryQueue {
    let script = script.clone();
    let jitter = move || {
        let _inside = script.play();
        0.0
    };
    RetryQueue::new(policy, Box::new(jitter))
}

fn claim(queue: &RetryQueue) -> Claim {
    queue
        .claim()
        .expect("a job is claimable, but there was no claim")
}

fn transient(queue: &RetryQueue, receipt: u64) -> Result<Disposition, ReceiptError> {
    queue.nack(receipt, Failure::Transient("no route".to_owned()))
}

fn permanent(queue: &RetryQueue, receipt: u64) -> Result<Disposition, ReceiptError> {
    queue.nack(receipt, Failure::Permanent("bad address".to_owned()))
}

fn claimed_ids(queue: &RetryQueue) -> Vec<u64> {
    std::iter::from_fn(|| queue.claim().map(|claim| claim.id.0)).collect()
}

fn dead_ids(queue: &RetryQueue) -> Vec<u64> {
    queue
        .dead_letters()
        .iter()
        .map(|letter| letter.id.0)
        .collect()
}

/// Every use of this receipt is refused and changes nothing that can be seen.
fn assert_void(queue: &RetryQueue, receipt: u64, why: &str) {
    let before = (queue.open(), queue.dead_letters());
    assert_eq!(queue.ack(receipt), Err(STALE), "ack, {why}");
    assert_eq!(transient(queue, receipt), Err(STALE), "nack, {why}");
    assert_eq!(
        permanent(queue, receipt),
        Err(STALE),
        "permanent nack, {why}"
    );
    assert_eq!(
        (queue.open(), queue.dead_letters()),
        before,
        "open and dead jobs, {why}"
    );
}

/// Study: what does the receipt name, the job or the claim?
#[test]
fn the_receipt_of_a_lost_claim_is_void_while_another_worker_has_the_job() {
    check(|| {
        let queue = without_jitter(policy(3));
        queue.enqueue("mail");
        let lost = claim(&queue);
        clock::advance(VISIBILITY);
        let held = claim(&queue);
        assert_void(&queue, lost.receipt, "30 s late, the job is claimed again");
        assert_eq!(queue.claim(), None, "the second worker has the job");
        assert_eq!(
            queue.ack(held.receipt),
            Ok(()),
            "the receipt of the second worker"
        );
        assert_eq!(queue.open(), 0, "the job is done");
    });
}

#[test]
fn a_receipt_is_good_for_one_answer() {
    check(|| {
        let queue = without_jitter(policy(3));
        for payload in ["acked", "failed", "killed"] {
            queue.enqueue(payload);
        }
        let [acked, failed, killed] = [(); 3].map(|()| claim(&queue).receipt);
        assert_eq!(queue.ack(acked), Ok(()), "a valid receipt");
        assert_void(&queue, acked, "acked before");
        let retry = Ok(Disposition::RetryIn(seconds(1)));
        assert_eq!(transient(&queue, failed), retry, "a valid receipt");
        assert_void(&queue, failed, "nacked before");
        assert_eq!(
            permanent(&queue, killed),
            Ok(Disposition::Dead),
            "a valid receipt"
        );
        assert_void(&queue, killed, "killed before");
        clock::advance(seconds(1));
        assert_eq!(
            claim(&queue).id,
            JobId(2),
            "the failed job, after its delay"
        );
        assert_void(&queue, failed, "nacked before, and the job claimed again");
    });
}

#[test]
fn an_invented_receipt_is_void() {
    check(|| {
        let queue = without_jitter(policy(3));
        for number in [0, 1, u64::MAX] {
            assert_void(&queue, number, "there was no claim at all");
        }
        queue.enqueue("mail");
        let held = claim(&queue);
        for number in [
            held.receipt.wrapping_add(1),
            held.receipt.wrapping_sub(1),
            !held.receipt,
        ] {
            assert_void(&queue, number, "a number beside the only valid receipt");
        }
        assert_eq!(queue.ack(held.receipt), Ok(()), "the valid receipt");
    });
}

#[test]
fn a_receipt_ends_exactly_when_the_visibility_has_passed() {
    check(|| {
        let queue = without_jitter(policy(9));
        for payload in ["a", "b", "c"] {
            queue.enqueue(payload);
        }
        let receipts = [(); 3].map(|()| claim(&queue).receipt);
        clock::advance(VISIBILITY - NANO);
        assert_eq!(
            queue.ack(receipts[0]),
            Ok(()),
            "1 ns before the visibility is over"
        );
        clock::advance(NANO);
        assert_void(&queue, receipts[1], "at the moment the visibility is over");
        assert_void(&queue, receipts[2], "at the moment the visibility is over");
        assert_eq!(claimed_ids(&queue), [2, 3], "claimable at that same moment");
    });
}

/// Study: a job that dies by the clock alone must be found dead by whoever looks first.
#[test]
fn a_lost_last_attempt_is_dead_without_anybody_claiming() {
    check(|| {
        let queue = without_jitter(policy(1));
        queue.enqueue("mail");
        claim(&queue);
        clock::advance(VISIBILITY - NANO);
        assert_eq!(
            (queue.open(), queue.dead_letters().len()),
            (1, 0),
            "open and dead, 1 ns early"
        );
        clock::advance(NANO);
        assert_eq!(queue.dead_letters().len(), 1, "the dead, at the deadline");
        queue.enqueue("mail");
        claim(&queue);
        clock::advance(VISIBILITY);
        assert_eq!(
            queue.open(),
            0,
            "the open, at the deadline of the second job"
        );
        let errors: Vec<_> = queue
            .dead_letters()
            .into_iter()
            .map(|letter| letter.last_error)
            .collect();
        assert_eq!(
            errors,
            ["visibility timeout", "visibility timeout"],
            "both errors"
        );
    });
}

/// Study: what has run out in the meantime counts from its deadline, not from the next look.
#[test]
fn abandoned_jobs_are_in_line_since_their_deadline() {
    check(|| {
        let queue = without_jitter(RetryPolicy {
            base: seconds(20),
            cap: seconds(20),
            ..policy(3)
        });
        queue.enqueue("fails");
        queue.enqueue("abandoned");
        let failing = claim(&queue).receipt;
        claim(&queue);
        clock::advance(seconds(10));
        queue.enqueue("new");
        clock::advance(seconds(12));
        let retry = Ok(Disposition::RetryIn(seconds(10)));
        assert_eq!(transient(&queue, failing), retry, "half of 20 s");
        clock::advance(seconds(18));
        assert_eq!(
            claimed_ids(&queue),
            [3, 2, 1],
            "claimable since 10 s (job 3), 30 s (job 2, by timeout) and 32 s (job 1, after its delay)"
        );
    });
}

#[test]
fn deaths_by_timeout_are_in_line_since_their_deadline() {
    check(|| {
        let queue = without_jitter(policy(2));
        for payload in ["a", "b", "c"] {
            queue.enqueue(payload);
        }
        let [first, second, third] = [(); 3].map(|()| claim(&queue).receipt);
        let retry = Ok(Disposition::RetryIn(seconds(1)));
        assert_eq!(transient(&queue, second), retry, "a valid receipt");
        clock::advance(millis(1_500));
        assert_eq!(transient(&queue, first), retry, "a valid receipt");
        assert_eq!(claimed_ids(&queue), [2], "job 1 is in its delay");
        clock::advance(millis(1_500));
        assert_eq!(claimed_ids(&queue), [1], "job 2 is held");
        assert_eq!(
            permanent(&queue, third),
            Ok(Disposition::Dead),
            "a valid receipt"
        );
        clock::advance(seconds(37));
        queue.enqueue("d");
        let last = claim(&queue).receipt;
        assert_eq!(
            permanent(&queue, last),
            Ok(Disposition::Dead),
            "a valid receipt"
        );
        assert_eq!(
            dead_ids(&queue),
            [3, 2, 1, 4],
            "died at 3 s (job 3), 31.5 s and 33 s (jobs 2 and 1, by timeout) and 40 s (job 4)"
        );
    });
}

#[test]
fn deaths_at_the_same_moment_are_listed_by_id() {
    check(|| {
        let queue = without_jitter(policy(2));
        queue.enqueue("a");
        queue.enqueue("b");
        let first = claim(&queue).receipt;
        let second = claim(&queue).receipt;
        let retry = Ok(Disposition::RetryIn(seconds(1)));
        assert_eq!(transient(&queue, second), retry, "a valid receipt");
        clock::advance(millis(500));
        assert_eq!(transient(&queue, first), retry, "a valid receipt");
        clock::advance(seconds(1));
        assert_eq!(claimed_ids(&queue), [2, 1], "claimable since 1 s and 1.5 s");
        clock::advance(VISIBILITY);
        assert_eq!(
            dead_ids(&queue),
            [1, 2],
            "claimed and lost at the same moment"
        );
    });
}

#[test]
fn a_hundred_attempts_stay_below_the_cap() {
    check(|| {
        let queue = without_jitter(RetryPolicy {
            base: seconds(1),
            cap: seconds(3_600),
            ..policy(u32::MAX)
        });
        queue.enqueue("mail");
        for attempt in 1..=100 {
            let held = claim(&queue);
            assert_eq!(held.attempt, attempt, "claims of this job");
            let full = if attempt <= 12 {
                1 << (attempt - 1)
            } else {
                3_600
            };
            let delay = millis(full * 500);
            let retry = Ok(Disposition::RetryIn(delay));
            assert_eq!(
                transient(&queue, held.receipt),
                retry,
                "after attempt {attempt}"
            );
            clock::advance(delay);
        }
    });
}

#[test]
fn the_jitter_spreads_the_upper_half_of_the_delay() {
    check(|| {
        let spread = RetryPolicy {
            base: millis(100),
            cap: millis(1_000),
            ..policy(9)
        };
        let queue = RetryQueue::new(spread, Box::new(|| 0.999));
        queue.enqueue("mail");
        for (attempt, delay) in [(1, 99), (2, 199), (3, 399), (4, 799), (5, 999), (6, 999)] {
            assert_eq!(
                transient(&queue, claim(&queue).receipt),
                Ok(Disposition::RetryIn(millis(delay))),
                "attempt {attempt}, base 100 ms, cap 1 s, jitter 0.999, in whole ms"
            );
            clock::advance(millis(delay) - NANO);
            assert_eq!(queue.claim(), None, "1 ns before the {delay} ms are over");
            clock::advance(NANO);
        }
    });
}

#[test]
fn delays_are_rounded_down_to_whole_milliseconds() {
    check(|| {
        for (micros, delay) in [(1_999, 0), (2_000, 1), (7_000, 3), (9_999, 4)] {
            let queue = without_jitter(RetryPolicy {
                base: Duration::from_micros(micros),
                ..policy(3)
            });
            queue.enqueue("mail");
            assert_eq!(
                transient(&queue, claim(&queue).receipt),
                Ok(Disposition::RetryIn(millis(delay))),
                "half of {micros} µs, in whole ms"
            );
        }
    });
}

#[test]
fn a_base_of_zero_retries_at_once() {
    check(|| {
        let queue = without_jitter(RetryPolicy {
            base: Duration::ZERO,
            ..policy(u32::MAX)
        });
        queue.enqueue("mail");
        for attempt in 1..=80 {
            let held = claim(&queue);
            assert_eq!(held.attempt, attempt, "claims of this job");
            let retry = Ok(Disposition::RetryIn(Duration::ZERO));
            assert_eq!(
                transient(&queue, held.receipt),
                retry,
                "after attempt {attempt}"
            );
        }
    });
}

#[test]
fn no_attempts_at_all_means_one() {
    check(|| {
        let queue = without_jitter(policy(0));
        queue.enqueue("a");
        queue.enqueue("b");
        let first = claim(&queue);
        assert_eq!(first.attempt, 1, "the only attempt");
        assert_eq!(
            transient(&queue, first.receipt),
            Ok(Disposition::Dead),
            "1 of 1"
        );
        claim(&queue);
        clock::advance(VISIBILITY);
        assert_eq!(queue.claim(), None, "1 of 1 was lost");
        let attempts: Vec<_> = queue
            .dead_letters()
            .iter()
            .map(|letter| letter.attempts)
            .collect();
        assert_eq!(attempts, [1, 1], "attempts of the dead");
    });
}

#[test]
fn the_longest_durations_never_pass() {
    check(|| {
        let century = seconds(100 * 365 * 86_400);
        let queue = without_jitter(RetryPolicy {
            max_attempts: 9,
            base: Duration::MAX,
            cap: Duration::MAX,
            visibility: Duration::MAX,
        });
        queue.enqueue("kept");
        queue.enqueue("failed");
        let kept = claim(&queue);
        let failed = claim(&queue);
        let answer = transient(&queue, failed.receipt);
        assert!(
            matches!(answer, Ok(Disposition::RetryIn(delay)) if delay > century),
            "half of the longest duration, but nack said {answer:?}"
        );
        clock::advance(century);
        assert_eq!(queue.claim(), None, "a century later");
        assert_eq!(queue.open(), 2, "a century later");
        assert_eq!(
            queue.ack(kept.receipt),
            Ok(()),
            "its visibility never passes"
        );
    });
}

/// Study: foreign code must not run under a lock that it may need itself.
#[test]
fn the_jitter_may_use_the_queue() {
    check(|| {
        let back_door: Arc<OnceLock<Weak<RetryQueue>>> = Arc::default();
        let inside = Arc::clone(&back_door);
        let jitter = move || {
            let queue = inside
                .get()
                .and_then(Weak::upgrade)
                .expect("the test keeps it alive");
            assert_eq!(
                queue.open(),
                1,
                "seen by the jitter: the job it is asked for"
            );
            assert_eq!(queue.dead_letters(), [], "seen by the jitter");
            let id = queue.enqueue("from the jitter");
            let held = queue.claim().expect("the jitter has just enqueued a job");
            assert_eq!(held.id, id, "the job of the jitter");
            assert_eq!(queue.ack(held.receipt), Ok(()), "an ack of the jitter");
            0.0
        };
        let queue = Arc::new(RetryQueue::new(policy(3), Box::new(jitter)));
        back_door.set(Arc::downgrade(&queue)).expect("set once");
        queue.enqueue("mail");
        let answer = transient(&queue, claim(&queue).receipt);
        assert_eq!(answer, Ok(Disposition::RetryIn(seconds(1))), "half of 2 s");
        clock::advance(seconds(1));
        assert_eq!(claimed_ids(&queue), [1], "the job that failed");
    });
}

#[test]
fn a_claim_that_runs_out_during_the_jitter_is_stale() {
    check(|| {
        let script = Script::new([Respond::Slow(VISIBILITY), Respond::Ok]);
        let queue = scripted(policy(3), &script);
        queue.enqueue("mail");
        let answer = transient(&queue, claim(&queue).receipt);
        assert_eq!(
            answer,
            Err(STALE),
            "the jitter took as long as the visibility"
        );
        assert_eq!(claim(&queue).attempt, 2, "claimable again without a delay");
    });
}

#[test]
fn a_panic_of_the_jitter_leaves_the_claim_as_it_was() {
    check(|| {
        let script = Script::new([Respond::Panic, Respond::Ok]);
        let queue = scripted(policy(3), &script);
        queue.enqueue("mail");
        let held = claim(&queue);
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| transient(&queue, held.receipt)));
        assert!(
            outcome.is_err(),
            "a panic of the jitter goes on to the caller"
        );
        assert_eq!(queue.open(), 1, "the queue is still usable");
        assert_eq!(queue.claim(), None, "the job is still held");
        let answer = transient(&queue, held.receipt);
        assert_eq!(
            answer,
            Ok(Disposition::RetryIn(seconds(1))),
            "the receipt is still valid"
        );
        clock::advance(seconds(1));
        assert_eq!(claim(&queue).attempt, 2, "claims of this job");
    });
}
