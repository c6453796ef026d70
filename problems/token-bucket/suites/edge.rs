//! Fractions, extreme numbers, boundaries of the settings, and very long silence.

use judge_kit::{check, clock};
use std::time::Duration;
use token_bucket::{AcquireError, ConfigError, TokenBucket};

const MS: Duration = Duration::from_millis(1);
const NS: Duration = Duration::from_nanos(1);
const DAY: Duration = Duration::from_secs(24 * 3600);
const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

fn bucket(capacity: u64, refill: u64, period: Duration) -> TokenBucket {
    TokenBucket::new(capacity, refill, period).expect("these are valid settings")
}

fn insufficient(retry_after: Duration) -> Result<(), AcquireError> {
    Err(AcquireError::Insufficient { retry_after })
}

/// Study: a bucket that stores whole tokens and "last = now" loses a fraction at every call.
#[test]
fn polling_all_the_time_loses_no_fraction() {
    check(|| {
        let bucket = bucket(1_000, 1, 3000 * MS);
        bucket.try_acquire(1_000).expect("the bucket starts full");
        for _ in 0..300_000 / 2 {
            clock::advance(MS);
            bucket.available();
            clock::advance(MS);
            let refused = bucket.try_acquire(1_000);
            assert_ne!(refused, Ok(()), "a bucket far from full granted everything");
        }
        assert_eq!(
            bucket.available(),
            100,
            "tokens after 300 s at one per 3 s, with a call every millisecond"
        );
        assert_eq!(bucket.try_acquire(100), Ok(()), "exactly these 100");
        assert_eq!(
            bucket.try_acquire(1),
            insufficient(3000 * MS),
            "and no more"
        );
    });
}

#[test]
fn fractions_survive_both_refusals_and_grants() {
    check(|| {
        let bucket = bucket(10, 1, 10 * MS);
        bucket.try_acquire(10).expect("the bucket starts full");
        for elapsed in [3, 6, 9] {
            clock::advance(3 * MS);
            assert_eq!(
                bucket.try_acquire(1),
                insufficient((10 - elapsed) * MS),
                "{elapsed} ms after the bucket was empty, one token per 10 ms"
            );
        }
        clock::advance(6 * MS);
        assert_eq!(bucket.try_acquire(1), Ok(()), "1.5 tokens are there");
        assert_eq!(
            bucket.try_acquire(1),
            insufficient(5 * MS),
            "half a token is left"
        );
        clock::advance(5 * MS);
        assert_eq!(bucket.try_acquire(1), Ok(()), "the other half has come");
    });
}

/// Study: u64 times nanoseconds needs more than 64 bits, and more than a float can hold.
#[test]
fn the_largest_numbers_neither_overflow_nor_round() {
    check(|| {
        let bucket = bucket(u64::MAX, u64::MAX, NS);
        assert_eq!(bucket.try_acquire(1), Ok(()), "one of a great many");
        assert_eq!(bucket.available(), u64::MAX - 1, "exactly one is missing");
        assert_eq!(
            bucket.try_acquire(u64::MAX),
            insufficient(NS),
            "one too many"
        );
        clock::advance(NS);
        assert_eq!(
            bucket.try_acquire(u64::MAX),
            Ok(()),
            "full after a nanosecond"
        );
        assert_eq!(bucket.available(), 0, "all are taken");
        clock::advance(CENTURY);
        assert_eq!(bucket.available(), u64::MAX, "full after a hundred years");
        assert_eq!(bucket.try_acquire(u64::MAX), Ok(()), "all of them");
        assert_eq!(
            bucket.try_acquire(u64::MAX),
            insufficient(NS),
            "and all again"
        );
    });
    check(|| {
        let bucket = bucket(u64::MAX, u64::MAX, DAY);
        bucket
            .try_acquire(u64::MAX)
            .expect("the bucket starts full");
        clock::advance(NS);
        let per_nanosecond = u64::MAX / 86_400_000_000_000;
        assert_eq!(bucket.available(), per_nanosecond, "one nanosecond's worth");
        assert_eq!(
            bucket.try_acquire(u64::MAX),
            insufficient(DAY - NS),
            "the whole capacity comes back in exactly a day"
        );
        clock::advance(CENTURY);
        assert_eq!(bucket.available(), u64::MAX, "full after a hundred years");
    });
}

#[test]
fn the_slowest_bucket_is_exact_over_a_hundred_years() {
    check(|| {
        let bucket = bucket(u64::MAX, 1, DAY);
        assert_eq!(bucket.try_acquire(u64::MAX - 1), Ok(()), "all but one");
        assert_eq!(
            bucket.try_acquire(2),
            insufficient(DAY),
            "a token takes a day"
        );
        clock::advance(CENTURY);
        assert_eq!(
            bucket.available(),
            36_501,
            "one, and one for each of 36,500 days"
        );
        clock::advance(DAY - NS);
        assert_eq!(
            bucket.available(),
            36_501,
            "a nanosecond before the next one"
        );
        clock::advance(NS);
        assert_eq!(bucket.try_acquire(36_502), Ok(()), "with the next one");
    });
}

#[test]
fn nothing_is_always_granted_and_more_than_the_capacity_never() {
    check(|| {
        let bucket = bucket(3, 1, 1000 * MS);
        let too_large = Err(AcquireError::TooLarge { capacity: 3 });
        assert_eq!(
            bucket.try_acquire(4),
            too_large,
            "one more than a full bucket"
        );
        assert_eq!(
            bucket.try_acquire(u64::MAX),
            too_large,
            "the largest number"
        );
        assert_eq!(bucket.try_acquire(0), Ok(()), "nothing, from a full bucket");
        assert_eq!(bucket.try_acquire(3), Ok(()), "exactly the capacity");
        assert_eq!(
            bucket.try_acquire(0),
            Ok(()),
            "nothing, from an empty bucket"
        );
        assert_eq!(
            bucket.try_acquire(4),
            too_large,
            "also when the bucket is empty"
        );
        assert_eq!(
            bucket.try_acquire(3),
            insufficient(3000 * MS),
            "the capacity"
        );
    });
}

#[test]
fn periods_from_a_nanosecond_to_a_day_are_accepted() {
    check(|| {
        let error = |period| TokenBucket::new(1, 1, period).err();
        assert_eq!(error(Duration::ZERO), Some(ConfigError::BadPeriod), "0 ns");
        assert_eq!(error(NS), None, "1 ns");
        assert_eq!(error(DAY), None, "24 h");
        assert_eq!(error(DAY + NS), Some(ConfigError::BadPeriod), "24 h + 1 ns");
        assert_eq!(
            error(Duration::MAX),
            Some(ConfigError::BadPeriod),
            "for ever"
        );
    });
}

#[test]
fn the_first_wrong_setting_in_the_order_of_the_enum_is_reported() {
    check(|| {
        let error = |capacity, refill, period| TokenBucket::new(capacity, refill, period).err();
        let zero = Duration::ZERO;
        assert_eq!(
            error(0, 0, zero),
            Some(ConfigError::ZeroCapacity),
            "all wrong"
        );
        assert_eq!(
            error(0, 1, MS),
            Some(ConfigError::ZeroCapacity),
            "capacity 0"
        );
        assert_eq!(
            error(1, 0, zero),
            Some(ConfigError::ZeroRefill),
            "the last two"
        );
        assert_eq!(error(1, 0, MS), Some(ConfigError::ZeroRefill), "refill 0");
        assert_eq!(error(1, 1, zero), Some(ConfigError::BadPeriod), "period 0");
    });
}

/// Study: whatever flows into a full bucket is gone, the fraction too.
#[test]
fn a_full_bucket_banks_neither_time_nor_fractions() {
    check(|| {
        let bucket = bucket(2, 1, 10 * MS);
        clock::advance(15 * MS);
        assert_eq!(bucket.try_acquire(1), Ok(()), "the bucket is full");
        clock::advance(10 * MS - NS);
        assert_eq!(bucket.available(), 1, "the next token is a nanosecond away");
        clock::advance(NS);
        assert_eq!(bucket.available(), 2, "10 ms after the grant");

        bucket.try_acquire(2).expect("the bucket is full");
        clock::advance(15 * MS);
        assert_eq!(bucket.available(), 1, "1.5 tokens");
        clock::advance(10 * MS);
        assert_eq!(bucket.available(), 2, "full, half a token was spilt");
        assert_eq!(bucket.try_acquire(2), Ok(()), "both");
        assert_eq!(
            bucket.try_acquire(1),
            insufficient(10 * MS),
            "the spilt half is not in the bucket"
        );
    });
}
