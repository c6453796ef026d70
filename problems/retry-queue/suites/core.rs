//! The life of a job when one thread looks after it.

use judge_kit::{assert_send_sync, check, clock};
use retry_queue::{Claim, DeadLetter, Disposition, Failure, JobId, RetryPolicy, RetryQueue};
use std::time::Duration;

const VISIBILITY: Duration = Duration::from_secs(30);
const NANO: Duration = Duration::from_nanos(1);

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Base 2 s, cap 10 s, visibility 30 s, no jitter.
fn with(max_attempts: u32) -> RetryQueue {
    let policy = RetryPolicy {
        max_attempts,
        base: seconds(2),
        cap: seconds(10),
        visibility: VISIBILITY,
    };
    RetryQueue::new(policy, Box::new(|| 0.0))
}

fn claim(queue: &RetryQueue) -> Claim {
    queue
        .claim()
        .expect("a job is claimable, but there was no claim")
}

fn fail(queue: &RetryQueue, claim: &Claim, error: &str) -> Disposition {
    let answer = queue.nack(claim.receipt, Failure::Transient(error.to_owned()));
    answer.expect("the receipt is valid, but nack refused it")
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

#[test]
fn a_job_is_claimed_once_and_done_after_its_ack() {
    assert_send_sync::<RetryQueue>();
    check(|| {
        let queue = with(3);
        assert_eq!(queue.claim(), None, "an empty queue");
        assert_eq!(queue.enqueue("mail"), JobId(1), "the first id");
        let first = claim(&queue);
        assert_eq!(
            (first.id, first.attempt, first.payload.as_str()),
            (JobId(1), 1, "mail"),
            "the first claim"
        );
        assert_eq!(queue.claim(), None, "the only job is held");
        assert_eq!(queue.ack(first.receipt), Ok(()), "a valid receipt");
        clock::advance(seconds(3_600));
        assert_eq!(queue.claim(), None, "the only job is done");
        assert_eq!(queue.dead_letters(), [], "it did not die");
    });
}

#[test]
fn jobs_are_handed_out_in_the_order_they_came() {
    check(|| {
        let queue = with(3);
        for number in 1..=12 {
            assert_eq!(queue.enqueue("job"), JobId(number), "ids count up");
        }
        assert_eq!(
            claimed_ids(&queue),
            (1..=12).collect::<Vec<_>>(),
            "all enqueued at one instant"
        );
    });
}

#[test]
fn the_job_that_has_been_claimable_for_longest_is_first() {
    check(|| {
        let queue = with(5);
        queue.enqueue("fails");
        let failed = claim(&queue);
        assert_eq!(fail(&queue, &failed, "x"), Disposition::RetryIn(seconds(1)));
        clock::advance(Duration::from_millis(500));
        queue.enqueue("before");
        clock::advance(Duration::from_millis(700));
        queue.enqueue("after");
        assert_eq!(
            claimed_ids(&queue),
            [2, 1, 3],
            "claimable since 0.5 s (job 2), 1 s (job 1, after its delay) and 1.2 s (job 3)"
        );
    });
}

#[test]
fn a_failed_job_comes_back_after_exactly_its_delay() {
    check(|| {
        let queue = with(9);
        queue.enqueue("mail");
        for (attempt, delay) in [(1, 1), (2, 2), (3, 4), (4, 5), (5, 5)] {
            let held = claim(&queue);
            assert_eq!(held.attempt, attempt, "claims of this job");
            clock::advance(seconds(3));
            assert_eq!(
                fail(&queue, &held, "no route"),
                Disposition::RetryIn(seconds(delay)),
                "attempt {attempt} with base 2 s, cap 10 s, jitter 0"
            );
            clock::advance(seconds(delay) - NANO);
            assert_eq!(queue.claim(), None, "1 ns before the {delay} s are over");
            clock::advance(NANO);
        }
        assert_eq!(claim(&queue).attempt, 6, "claims of this job");
    });
}

#[test]
fn a_job_in_its_delay_does_not_hold_the_others_up() {
    check(|| {
        let queue = with(3);
        queue.enqueue("fails");
        queue.enqueue("works");
        let failed = claim(&queue);
        fail(&queue, &failed, "no route");
        let other = claim(&queue);
        assert_eq!(other.id, JobId(2), "job 1 is in its delay");
        assert_eq!(queue.ack(other.receipt), Ok(()), "a valid receipt");
        assert_eq!(queue.claim(), None, "job 1 is in its delay");
        assert_eq!(queue.open(), 1, "job 1 is open");
    });
}

#[test]
fn after_the_last_attempt_a_job_is_dead() {
    check(|| {
        let queue = with(3);
        queue.enqueue("mail");
        for error in ["first", "second"] {
            let held = claim(&queue);
            assert_ne!(
                fail(&queue, &held, error),
                Disposition::Dead,
                "{error} of 3"
            );
            clock::advance(seconds(60));
        }
        let held = claim(&queue);
        assert_eq!(fail(&queue, &held, "third"), Disposition::Dead, "3 of 3");
        let letter = DeadLetter {
            id: JobId(1),
            attempts: 3,
            last_error: "third".to_owned(),
            payload: "mail".to_owned(),
        };
        assert_eq!(queue.dead_letters(), [letter], "the dead job");
        clock::advance(seconds(3_600));
        assert_eq!(queue.claim(), None, "dead jobs are not claimable");
        assert_eq!(queue.open(), 0, "dead jobs are not open");
    });
}

#[test]
fn a_permanent_failure_kills_at_once() {
    check(|| {
        let queue = with(3);
        queue.enqueue("broken");
        let held = claim(&queue);
        let answer = queue.nack(held.receipt, Failure::Permanent("bad address".to_owned()));
        assert_eq!(answer, Ok(Disposition::Dead), "a permanent failure, 1 of 3");
        let letter = DeadLetter {
            id: JobId(1),
            attempts: 1,
            last_error: "bad address".to_owned(),
            payload: "broken".to_owned(),
        };
        assert_eq!(queue.dead_letters(), [letter], "the dead job");
        clock::advance(seconds(3_600));
        assert_eq!(queue.claim(), None, "dead jobs are not claimable");
    });
}

#[test]
fn an_abandoned_job_is_claimable_again_without_a_delay() {
    check(|| {
        let queue = with(3);
        queue.enqueue("mail");
        let lost = claim(&queue);
        clock::advance(VISIBILITY - NANO);
        assert_eq!(queue.claim(), None, "1 ns before the visibility is over");
        clock::advance(NANO);
        let again = claim(&queue);
        assert_eq!(
            (again.id, again.attempt, again.payload.as_str()),
            (lost.id, 2, "mail"),
            "the second attempt"
        );
        assert_eq!(queue.ack(again.receipt), Ok(()), "a valid receipt");
        assert_eq!(queue.open(), 0, "the job is done");
    });
}

/// Study: who counts the attempt of a worker who cannot report any more?
#[test]
fn a_job_that_kills_its_workers_dies_in_the_end() {
    check(|| {
        let queue = with(3);
        queue.enqueue("poison");
        for attempt in 1..=3 {
            assert_eq!(claim(&queue).attempt, attempt, "claims of this job");
            clock::advance(VISIBILITY);
        }
        assert_eq!(queue.claim(), None, "3 of 3 attempts were lost");
        let letter = DeadLetter {
            id: JobId(1),
            attempts: 3,
            last_error: "visibility timeout".to_owned(),
            payload: "poison".to_owned(),
        };
        assert_eq!(queue.dead_letters(), [letter], "the dead job");
    });
}

#[test]
fn dead_letters_come_in_the_order_of_death() {
    check(|| {
        let queue = with(1);
        for payload in ["a", "b", "c"] {
            queue.enqueue(payload);
        }
        let held = [(); 3].map(|()| claim(&queue));
        for index in [1, 2, 0] {
            clock::advance(seconds(1));
            assert_eq!(fail(&queue, &held[index], "x"), Disposition::Dead, "1 of 1");
        }
        assert_eq!(
            dead_ids(&queue),
            [2, 3, 1],
            "killed one second after another"
        );
    });
}

#[test]
fn open_counts_what_is_neither_acked_nor_dead() {
    check(|| {
        let queue = with(2);
        assert_eq!(queue.open(), 0, "a new queue");
        for payload in ["a", "b", "c", "d"] {
            queue.enqueue(payload);
        }
        assert_eq!(queue.open(), 4, "four are ready");
        let held = [(); 3].map(|()| claim(&queue));
        assert_eq!(queue.open(), 4, "three are held, one is ready");
        assert_eq!(queue.ack(held[0].receipt), Ok(()), "a valid receipt");
        assert_eq!(queue.open(), 3, "one is done");
        fail(&queue, &held[1], "x");
        assert_eq!(queue.open(), 3, "one is in its delay");
        let answer = queue.nack(held[2].receipt, Failure::Permanent("y".to_owned()));
        assert_eq!(answer, Ok(Disposition::Dead), "a permanent failure");
        assert_eq!(queue.open(), 2, "one is dead");
    });
}
