//! Sample tests: the same rules as in the hidden suites, with other numbers.

use retry_queue::{Disposition, Failure, JobId, ReceiptError, RetryPolicy, RetryQueue};
use std::thread;
use std::time::Duration;

fn queue(visibility: Duration) -> RetryQueue {
    let policy = RetryPolicy {
        max_attempts: 2,
        base: Duration::from_secs(10),
        cap: Duration::from_secs(60),
        visibility,
    };
    RetryQueue::new(policy, Box::new(|| 0.5))
}

#[test]
fn a_claimed_job_is_done_after_its_ack() {
    let queue = queue(Duration::from_secs(60));
    assert_eq!(queue.enqueue("mail"), JobId(1));
    let claim = queue.claim().expect("a new job is claimable");
    assert_eq!((claim.id, claim.attempt), (JobId(1), 1));
    assert_eq!(claim.payload, "mail");
    assert_eq!(queue.claim(), None);
    assert_eq!(queue.open(), 1);
    assert_eq!(queue.ack(claim.receipt), Ok(()));
    assert_eq!(queue.open(), 0);
    assert_eq!(queue.ack(claim.receipt), Err(ReceiptError::Stale));
}

#[test]
fn jobs_are_handed_out_in_the_order_they_came() {
    let queue = queue(Duration::from_secs(60));
    for payload in ["a", "b", "c"] {
        queue.enqueue(payload);
    }
    for payload in ["a", "b", "c"] {
        assert_eq!(
            queue.claim().map(|claim| claim.payload).as_deref(),
            Some(payload)
        );
    }
}

#[test]
fn a_failed_job_is_put_off() {
    let queue = queue(Duration::from_secs(60));
    queue.enqueue("mail");
    let claim = queue.claim().expect("a new job is claimable");
    let answer = queue.nack(claim.receipt, Failure::Transient("no route".into()));
    assert_eq!(
        answer,
        Ok(Disposition::RetryIn(Duration::from_millis(7_500)))
    );
    assert_eq!(queue.claim(), None);
    assert_eq!(queue.open(), 1);
}

#[test]
fn an_abandoned_job_is_handed_out_again_and_dies_in_the_end() {
    let queue = queue(Duration::from_millis(5));
    queue.enqueue("mail");
    let first = queue.claim().expect("a new job is claimable");
    thread::sleep(Duration::from_millis(10));
    let second = queue.claim().expect("the first worker is gone");
    assert_eq!((second.id, second.attempt), (first.id, 2));
    thread::sleep(Duration::from_millis(10));
    let dead = queue.dead_letters();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].last_error, "visibility timeout");
    assert_eq!((dead[0].attempts, queue.open()), (2, 0));
}
