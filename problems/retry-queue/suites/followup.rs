//! Extending a claim and redriving the dead, the follow-up.

use judge_kit::{check, clock, explore};
use retry_queue::{Claim, Disposition, Failure, JobId, ReceiptError, RetryPolicy, RetryQueue};
use std::thread;
use std::time::Duration;

const VISIBILITY: Duration = Duration::from_secs(30);
const NANO: Duration = Duration::from_nanos(1);
const STALE: ReceiptError = ReceiptError::Stale;

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Base 2 s, cap 10 s, no jitter.
fn with(max_attempts: u32, visibility: Duration) -> RetryQueue {
    let policy = RetryPolicy {
        max_attempts,
        base: seconds(2),
        cap: seconds(10),
        visibility,
    };
    RetryQueue::new(policy, Box::new(|| 0.0))
}

fn claim(queue: &RetryQueue) -> Claim {
    queue
        .claim()
        .expect("a job is claimable, but there was no claim")
}

fn fail(queue: &RetryQueue, receipt: u64) -> Result<Disposition, ReceiptError> {
    queue.nack(receipt, Failure::Transient("no route".to_owned()))
}

fn kill(queue: &RetryQueue) -> Claim {
    let held = claim(queue);
    let answer = queue.nack(held.receipt, Failure::Permanent("bad address".to_owned()));
    assert_eq!(answer, Ok(Disposition::Dead), "a valid receipt");
    held
}

fn claimed_ids(queue: &RetryQueue) -> Vec<u64> {
    std::iter::from_fn(|| queue.claim().map(|claim| claim.id.0)).collect()
}

#[test]
fn an_extended_claim_lasts_until_by_from_now() {
    check(|| {
        let queue = with(3, VISIBILITY);
        queue.enqueue("video");
        let held = claim(&queue);
        clock::advance(seconds(20));
        assert_eq!(
            queue.extend(held.receipt, seconds(25)),
            Ok(()),
            "at 20 s by 25 s"
        );
        clock::advance(seconds(25) - NANO);
        assert_eq!(queue.claim(), None, "1 ns before 45 s");
        assert_eq!(
            queue.extend(held.receipt, seconds(1)),
            Ok(()),
            "1 ns before 45 s by 1 s"
        );
        clock::advance(seconds(1) - NANO);
        assert_eq!(queue.claim(), None, "2 ns before 46 s");
        clock::advance(NANO);
        assert_eq!(
            claim(&queue).attempt,
            2,
            "1 ns before 46 s, when the time was over"
        );
        assert_eq!(queue.ack(held.receipt), Err(STALE), "its time is over");
    });
}

#[test]
fn a_claim_can_be_acked_and_nacked_in_its_extension() {
    check(|| {
        let queue = with(3, VISIBILITY);
        queue.enqueue("a");
        queue.enqueue("b");
        let [first, second] = [(); 2].map(|()| claim(&queue).receipt);
        for receipt in [first, second] {
            assert_eq!(
                queue.extend(receipt, seconds(100)),
                Ok(()),
                "a valid receipt"
            );
        }
        clock::advance(seconds(99));
        assert_eq!(queue.ack(first), Ok(()), "at 99 s of 100");
        let retry = Ok(Disposition::RetryIn(seconds(1)));
        assert_eq!(fail(&queue, second), retry, "at 99 s of 100, attempt 1");
        clock::advance(seconds(1));
        assert_eq!(claimed_ids(&queue), [2], "job 1 is done, job 2 failed");
    });
}

#[test]
fn a_claim_ends_at_ten_times_the_visibility() {
    check(|| {
        for by in [seconds(200), Duration::MAX] {
            let queue = with(3, VISIBILITY);
            queue.enqueue("video");
            let held = claim(&queue);
            assert_eq!(
                queue.extend(held.receipt, seconds(150)),
                Ok(()),
                "at 0 s by 150 s"
            );
            clock::advance(seconds(140));
            assert_eq!(queue.extend(held.receipt, by), Ok(()), "at 140 s by {by:?}");
            clock::advance(seconds(160) - NANO);
            assert_eq!(queue.claim(), None, "1 ns before 300 s, by {by:?}");
            assert_eq!(
                queue.extend(held.receipt, by),
                Ok(()),
                "1 ns before 300 s by {by:?}"
            );
            clock::advance(NANO);
            assert_eq!(queue.ack(held.receipt), Err(STALE), "at 300 s, by {by:?}");
            assert_eq!(claim(&queue).attempt, 2, "at 300 s, by {by:?}");
        }
    });
}

#[test]
fn a_claim_may_be_shortened_and_given_up() {
    check(|| {
        let queue = with(2, VISIBILITY);
        queue.enqueue("video");
        let held = claim(&queue);
        assert_eq!(
            queue.extend(held.receipt, seconds(5)),
            Ok(()),
            "5 s instead of 30 s"
        );
        clock::advance(seconds(5) - NANO);
        assert_eq!(queue.claim(), None, "1 ns before 5 s");
        clock::advance(NANO);
        assert_eq!(queue.ack(held.receipt), Err(STALE), "at 5 s");
        let last = claim(&queue);
        assert_eq!(last.attempt, 2, "claims of this job");
        assert_eq!(
            queue.extend(last.receipt, Duration::ZERO),
            Ok(()),
            "given up"
        );
        assert_eq!(queue.ack(last.receipt), Err(STALE), "given up");
        let dead = queue.dead_letters();
        assert_eq!(dead.len(), 1, "the last attempt was given up");
        assert_eq!(dead[0].last_error, "visibility timeout", "of the dead job");
    });
}

#[test]
fn only_a_valid_receipt_can_be_extended() {
    check(|| {
        let queue = with(3, VISIBILITY);
        assert_eq!(
            queue.extend(1, seconds(60)),
            Err(STALE),
            "there was no claim at all"
        );
        queue.enqueue("acked");
        queue.enqueue("lost");
        let acked = claim(&queue).receipt;
        assert_eq!(queue.ack(acked), Ok(()), "a valid receipt");
        assert_eq!(queue.extend(acked, seconds(60)), Err(STALE), "acked before");
        let lost = claim(&queue).receipt;
        clock::advance(VISIBILITY);
        assert_eq!(
            queue.extend(lost, seconds(60)),
            Err(STALE),
            "exactly when it is over"
        );
        let held = claim(&queue);
        assert_eq!(held.attempt, 2, "claims of this job");
        assert_eq!(
            queue.extend(lost, seconds(600)),
            Err(STALE),
            "claimed again since"
        );
        clock::advance(VISIBILITY);
        assert_eq!(
            claim(&queue).attempt,
            3,
            "the claim was not extended by the old receipt"
        );
    });
}

#[test]
fn without_an_end_there_is_no_cap() {
    check(|| {
        let queue = with(3, Duration::MAX);
        queue.enqueue("video");
        let held = claim(&queue);
        assert_eq!(
            queue.extend(held.receipt, Duration::MAX),
            Ok(()),
            "a valid receipt"
        );
        clock::advance(seconds(100 * 365 * 86_400));
        assert_eq!(queue.claim(), None, "a century later");
        assert_eq!(
            queue.extend(held.receipt, seconds(7)),
            Ok(()),
            "a valid receipt"
        );
        clock::advance(seconds(7));
        assert_eq!(claim(&queue).attempt, 2, "shortened to 7 s");
    });
}

#[test]
fn a_redriven_job_starts_from_the_beginning() {
    check(|| {
        let queue = with(2, VISIBILITY);
        queue.enqueue("mail");
        let first = claim(&queue);
        assert_eq!(
            fail(&queue, first.receipt),
            Ok(Disposition::RetryIn(seconds(1))),
            "1 of 2"
        );
        clock::advance(seconds(1));
        assert_eq!(
            fail(&queue, claim(&queue).receipt),
            Ok(Disposition::Dead),
            "2 of 2"
        );
        assert!(queue.redrive(JobId(1)), "a dead letter");
        assert_eq!(queue.dead_letters(), [], "it is not dead any more");
        assert_eq!(queue.open(), 1, "it is open again");
        let again = claim(&queue);
        assert_eq!(
            (again.id, again.attempt, again.payload.as_str()),
            (JobId(1), 1, "mail"),
            "the first claim after the redrive"
        );
        let retry = Ok(Disposition::RetryIn(seconds(1)));
        assert_eq!(fail(&queue, again.receipt), retry, "1 of 2, counted anew");
    });
}

#[test]
fn a_redriven_job_is_in_line_since_its_redrive() {
    check(|| {
        let queue = with(2, VISIBILITY);
        queue.enqueue("dead");
        kill(&queue);
        clock::advance(seconds(1));
        queue.enqueue("before");
        clock::advance(seconds(1));
        assert!(queue.redrive(JobId(1)), "a dead letter");
        clock::advance(seconds(1));
        queue.enqueue("after");
        assert_eq!(
            claimed_ids(&queue),
            [2, 1, 3],
            "claimable since 1 s, 2 s and 3 s"
        );
    });
}

#[test]
fn only_a_dead_letter_can_be_redriven() {
    check(|| {
        let queue = with(1, VISIBILITY);
        assert!(!queue.redrive(JobId(1)), "an unknown job");
        queue.enqueue("acked");
        assert!(!queue.redrive(JobId(1)), "a job that is ready");
        let held = claim(&queue);
        assert!(!queue.redrive(JobId(1)), "a job that is held");
        assert_eq!(queue.ack(held.receipt), Ok(()), "a valid receipt");
        assert!(!queue.redrive(JobId(1)), "a job that is done");
        queue.enqueue("lost");
        claim(&queue);
        clock::advance(VISIBILITY);
        assert!(queue.redrive(JobId(2)), "dead since its visibility is over");
        assert!(!queue.redrive(JobId(2)), "redriven before");
        assert_eq!(claimed_ids(&queue), [2], "once");
    });
}

/// Study: job and attempt are the same as before; is the receipt?
#[test]
fn receipts_from_before_a_redrive_stay_void() {
    check(|| {
        let queue = with(2, VISIBILITY);
        queue.enqueue("mail");
        let old = kill(&queue);
        assert!(queue.redrive(old.id), "a dead letter");
        let new = claim(&queue);
        assert_eq!(
            queue.ack(old.receipt),
            Err(STALE),
            "from before the redrive"
        );
        assert_eq!(
            fail(&queue, old.receipt),
            Err(STALE),
            "from before the redrive"
        );
        assert_eq!(
            queue.extend(old.receipt, VISIBILITY),
            Err(STALE),
            "from before the redrive"
        );
        assert_eq!(queue.ack(new.receipt), Ok(()), "a valid receipt");
    });
}

#[test]
fn a_job_can_die_and_be_redriven_again_and_again() {
    check(|| {
        let queue = with(2, VISIBILITY);
        queue.enqueue("a");
        queue.enqueue("b");
        kill(&queue);
        for _ in 0..3 {
            clock::advance(seconds(1));
            kill(&queue);
            clock::advance(seconds(1));
            let dead: Vec<_> = queue
                .dead_letters()
                .iter()
                .map(|letter| letter.id)
                .collect();
            let (&oldest, &youngest) = (&dead[0], &dead[1]);
            assert_ne!(oldest, youngest, "two jobs are dead");
            assert!(queue.redrive(oldest), "a dead letter");
            let left: Vec<_> = queue
                .dead_letters()
                .iter()
                .map(|letter| letter.id)
                .collect();
            assert_eq!(left, [youngest], "the one that died last is still dead");
        }
        assert_eq!(queue.open(), 1, "one job is redriven, one is dead");
    });
}

#[test]
fn two_who_redrive_one_job_make_one_job() {
    explore(|| {
        let queue = with(1, VISIBILITY);
        queue.enqueue("mail");
        kill(&queue);
        let answers = thread::scope(|scope| {
            let both = [(); 2].map(|()| scope.spawn(|| queue.redrive(JobId(1))));
            both.map(|one| one.join().expect("redrive panicked"))
        });
        assert_ne!(
            answers[0], answers[1],
            "one of two redrives finds a dead letter"
        );
        assert_eq!(claimed_ids(&queue), [1], "what is claimable after both");
    });
}

/// Study: is the receipt still valid at the moment the new deadline is set?
#[test]
fn an_extension_races_with_the_deadline() {
    explore(|| {
        let queue = with(2, VISIBILITY);
        queue.enqueue("video");
        let held = claim(&queue);
        thread::scope(|scope| {
            let extend = scope.spawn(|| queue.extend(held.receipt, 3 * VISIBILITY));
            let rival = scope.spawn(|| queue.claim());
            clock::jump(VISIBILITY);
            let extended = extend.join().expect("extend panicked");
            let second = rival
                .join()
                .expect("claim panicked")
                .or_else(|| queue.claim());
            assert_eq!(
                second.is_some(),
                extended.is_err(),
                "handed out again as {second:?} after {extended:?} from extend"
            );
            assert_eq!(
                queue.ack(held.receipt),
                extended,
                "ack after that answer from extend"
            );
        });
    });
}
