//! What a call costs among many jobs: ready, put off, or in the hands of workers.

use judge_kit::{Growth, growth, race_reference};

judge_kit::both_sides! {
    use std::thread;
    use std::time::Duration;
    use subject::{Claim, Failure, RetryPolicy, RetryQueue};

    const DAY: Duration = Duration::from_secs(86_400);

    fn with(base: Duration) -> RetryQueue {
        let policy = RetryPolicy {
            max_attempts: u32::MAX,
            base,
            cap: DAY,
            visibility: DAY,
        };
        RetryQueue::new(policy, Box::new(|| 0.5))
    }

    fn claim(queue: &RetryQueue) -> Claim {
        match queue.claim() {
            Some(claim) => claim,
            None => panic!("a job is claimable, but there was no claim"),
        }
    }

    fn fail(queue: &RetryQueue) {
        let receipt = claim(queue).receipt;
        assert!(queue.nack(receipt, Failure::Transient(String::new())).is_ok());
    }

    /// One job comes and goes.
    fn pass(queue: &RetryQueue) -> u64 {
        queue.enqueue("job");
        let claim = claim(queue);
        assert!(queue.ack(claim.receipt).is_ok());
        claim.id.0
    }

    /// So many jobs are ready; the oldest leaves and a new one comes.
    pub fn among_ready_ones(jobs: usize) -> impl FnMut() -> u64 {
        let queue = with(DAY);
        for _ in 0..jobs {
            queue.enqueue("job");
        }
        move || pass(&queue)
    }

    /// So many jobs are put off until tomorrow.
    pub fn among_delayed_ones(jobs: usize) -> impl FnMut() -> u64 {
        let queue = with(DAY);
        for _ in 0..jobs {
            queue.enqueue("job");
        }
        for _ in 0..jobs {
            fail(&queue);
        }
        move || pass(&queue)
    }

    /// So many jobs are in the hands of workers.
    pub fn among_claimed_ones(jobs: usize) -> impl FnMut() -> u64 {
        let queue = with(DAY);
        for _ in 0..jobs {
            queue.enqueue("job");
            claim(&queue);
        }
        move || pass(&queue)
    }

    /// One job fails again and again, among so many in the hands of workers.
    pub fn a_failure(jobs: usize) -> impl FnMut() {
        let queue = with(Duration::ZERO);
        for _ in 0..jobs {
            queue.enqueue("job");
            claim(&queue);
        }
        queue.enqueue("job");
        move || fail(&queue)
    }

    /// Four workers share a queue that was filled before.
    pub fn four_workers() {
        let queue = with(DAY);
        for _ in 0..8_000 {
            queue.enqueue("job");
        }
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Some(claim) = queue.claim() {
                        assert!(queue.ack(claim.receipt).is_ok());
                    }
                });
            }
        });
    }
}

// Smaller sizes and a wider limit than for other logarithmic costs, here and below: several maps beside each other, and
// payloads that nobody touched for long, leave the processor's caches early. A search measures 10 and more.
#[test]
fn a_job_hardly_costs_more_among_many_ready_ones() {
    growth(
        submission::among_ready_ones,
        reference::among_ready_ones,
        [500, 8_000],
        Growth::at_most(6.0),
    );
}

#[test]
fn a_job_hardly_costs_more_among_many_delayed_ones() {
    growth(
        submission::among_delayed_ones,
        reference::among_delayed_ones,
        [500, 8_000],
        Growth::at_most(6.0),
    );
}

/// Study: how does a claim learn which visibility has passed without looking at all of them?
#[test]
fn a_job_hardly_costs_more_among_many_claimed_ones() {
    growth(
        submission::among_claimed_ones,
        reference::among_claimed_ones,
        [500, 8_000],
        Growth::at_most(6.0),
    );
}

#[test]
fn a_failure_hardly_costs_more_among_many_jobs() {
    growth(
        submission::a_failure,
        reference::a_failure,
        [500, 8_000],
        Growth::at_most(6.0),
    );
}

#[test]
fn four_workers_keep_up_with_the_reference() {
    race_reference(submission::four_workers, reference::four_workers);
}
