//! What every token bucket must do, on one thread and an exact clock.

use judge_kit::{check, clock};
use std::time::Duration;
use token_bucket::{AcquireError, TokenBucket};

const MS: Duration = Duration::from_millis(1);
const NS: Duration = Duration::from_nanos(1);

fn bucket(capacity: u64, refill: u64, period: Duration) -> TokenBucket {
    TokenBucket::new(capacity, refill, period).expect("these are valid settings")
}

fn insufficient(retry_after: Duration) -> Result<(), AcquireError> {
    Err(AcquireError::Insufficient { retry_after })
}

#[test]
fn a_full_bucket_serves_a_burst_of_its_capacity() {
    check(|| {
        let bucket = bucket(5, 1, 1000 * MS);
        assert_eq!(bucket.available(), 5, "a new bucket is full");
        for token in 1..=5 {
            assert_eq!(bucket.try_acquire(1), Ok(()), "token {token} of 5");
        }
        assert_eq!(bucket.available(), 0, "all 5 tokens are taken");
        assert_eq!(
            bucket.try_acquire(1),
            insufficient(1000 * MS),
            "a 6th token"
        );
    });
}

#[test]
fn tokens_arrive_at_the_stated_rate() {
    check(|| {
        let bucket = bucket(20, 10, 1000 * MS);
        bucket.try_acquire(20).expect("the bucket starts full");
        for token in 1..=10 {
            clock::advance(100 * MS - NS);
            assert_eq!(
                bucket.try_acquire(1),
                insufficient(NS),
                "one nanosecond before token {token}, 10 tokens per second"
            );
            clock::advance(NS);
            assert_eq!(bucket.try_acquire(1), Ok(()), "token {token} after 100 ms");
        }
        clock::advance(250 * MS);
        assert_eq!(bucket.available(), 2, "2.5 tokens have arrived");
    });
}

/// Study: a refill must be cut at the capacity.
#[test]
fn idle_time_fills_the_bucket_and_no_further() {
    check(|| {
        let bucket = bucket(4, 2, 1000 * MS);
        bucket.try_acquire(4).expect("the bucket starts full");
        clock::advance(3_600_000 * MS);
        assert_eq!(bucket.available(), 4, "after an idle hour");
        assert_eq!(bucket.try_acquire(4), Ok(()), "the whole capacity");
        assert_eq!(
            bucket.try_acquire(1),
            insufficient(500 * MS),
            "more than the capacity was granted after an idle hour"
        );
    });
}

/// Study: divide and round up, never down.
#[test]
fn retry_after_is_the_first_nanosecond_that_works() {
    check(|| {
        let bucket = bucket(5, 3, 7 * NS);
        bucket.try_acquire(5).expect("the bucket starts full");
        for (tokens, nanos) in [(1, 3), (2, 5), (3, 7), (4, 10), (5, 12)] {
            assert_eq!(
                bucket.try_acquire(tokens),
                insufficient(nanos * NS),
                "{tokens} tokens of an empty bucket that gains 3 per 7 ns"
            );
        }
        clock::advance(4 * NS);
        assert_eq!(
            bucket.try_acquire(2),
            insufficient(NS),
            "after 4 ns, 2 tokens"
        );
        clock::advance(NS);
        assert_eq!(bucket.try_acquire(2), Ok(()), "after 5 ns, 2 tokens");
        assert_eq!(
            bucket.try_acquire(1),
            insufficient(2 * NS),
            "a seventh of a token is left, so 6 parts of 7 are missing, 3 come per ns"
        );
    });
    check(|| {
        let bucket = bucket(1_000, 1_000, 3000 * MS + NS);
        bucket.try_acquire(1_000).expect("the bucket starts full");
        let wait = Duration::from_nanos(3_000_001);
        assert_eq!(bucket.try_acquire(1), insufficient(wait), "one token");
        clock::advance(wait - NS);
        assert_eq!(
            bucket.try_acquire(1),
            insufficient(NS),
            "a nanosecond early"
        );
        clock::advance(NS);
        assert_eq!(bucket.try_acquire(1), Ok(()), "at the announced moment");
    });
}

#[test]
fn available_rounds_down_and_takes_nothing() {
    check(|| {
        let bucket = bucket(10, 1, 100 * MS);
        bucket.try_acquire(10).expect("the bucket starts full");
        clock::advance(199 * MS);
        for _ in 0..5 {
            assert_eq!(bucket.available(), 1, "1.99 tokens are in the bucket");
        }
        clock::advance(MS);
        for _ in 0..5 {
            assert_eq!(bucket.available(), 2, "2 tokens are in the bucket");
        }
        assert_eq!(bucket.try_acquire(2), Ok(()), "both are still there");
    });
}

#[test]
fn a_call_gets_all_its_tokens_or_takes_none() {
    check(|| {
        let bucket = bucket(10, 1, 1000 * MS);
        bucket.try_acquire(7).expect("the bucket starts full");
        for _ in 0..3 {
            assert_eq!(bucket.try_acquire(5), insufficient(2000 * MS), "5 of 3");
        }
        assert_eq!(bucket.available(), 3, "the refused calls took nothing");
        assert_eq!(bucket.try_acquire(3), Ok(()), "all that are left");
        clock::advance(1500 * MS);
        assert_eq!(bucket.try_acquire(4), insufficient(2500 * MS), "4 of 1.5");
        assert_eq!(bucket.try_acquire(1), Ok(()), "one of 1.5");
    });
}
