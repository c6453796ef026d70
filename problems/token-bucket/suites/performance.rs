//! What one call costs, on the real clock, beside the reference.

use judge_kit::{Growth, both_sides, growth, race_reference};

both_sides! {
    use std::thread;
    use std::time::Duration;
    use subject::TokenBucket;

    const BUCKETS: usize = 2_048;
    const CAPACITY: u64 = 1 << 40;
    const HOUR: Duration = Duration::from_secs(3600);

    /// Asks buckets that were left alone for `micros` µs. Their period is 20 µs.
    pub fn after_a_rest(micros: usize) -> impl FnMut() {
        let rest = Duration::from_micros(micros as u64);
        let buckets: Vec<TokenBucket> = (0..BUCKETS)
            .map(|_| TokenBucket::new(CAPACITY, 1, Duration::from_micros(20)).unwrap())
            .collect();
        // An empty bucket does not come near its capacity while this check lasts.
        for bucket in &buckets {
            let _ = bucket.try_acquire(CAPACITY);
        }
        let mut next = BUCKETS;
        move || {
            if next == BUCKETS {
                thread::sleep(rest);
                next = 0;
            }
            let _ = buckets[next].try_acquire(1);
            next += 1;
        }
    }

    /// One thread takes 20,000 tokens, one by one.
    pub fn one_thread() {
        let bucket = TokenBucket::new(CAPACITY, 1, HOUR).unwrap();
        for _ in 0..20_000 {
            assert!(bucket.try_acquire(1).is_ok());
        }
    }

    /// Eight threads take 3,000 tokens each, one by one.
    pub fn eight_threads() {
        let bucket = TokenBucket::new(CAPACITY, 1, HOUR).unwrap();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..3_000 {
                        assert!(bucket.try_acquire(1).is_ok());
                    }
                });
            }
        });
    }
}

/// Study: elapsed time times rate, not a loop over the periods that have passed.
#[test]
fn a_call_after_a_long_rest_costs_the_same_as_after_a_short_one() {
    growth(
        submission::after_a_rest,
        reference::after_a_rest,
        [500, 8_000],
        Growth::CONSTANT,
    );
}

#[test]
fn one_busy_thread_keeps_up_with_the_reference() {
    race_reference(submission::one_thread, reference::one_thread);
}

#[test]
fn eight_threads_keep_up_with_the_reference() {
    race_reference(submission::eight_threads, reference::eight_threads);
}
