//! Public samples: they run in the trainer and under plain `cargo test`.

use std::thread;
use std::time::Duration;
use token_bucket::{AcquireError, ConfigError, TokenBucket};

#[test]
fn a_full_bucket_serves_a_burst() {
    let bucket = TokenBucket::new(3, 1, Duration::from_secs(3600)).unwrap();
    assert_eq!(bucket.available(), 3);
    for _ in 0..3 {
        assert_eq!(bucket.try_acquire(1), Ok(()));
    }
    assert!(
        matches!(
            bucket.try_acquire(1),
            Err(AcquireError::Insufficient { .. })
        ),
        "a 4th token was granted, the capacity is 3"
    );
}

#[test]
fn tokens_flow_in_while_time_passes() {
    let bucket = TokenBucket::new(2, 1, Duration::from_millis(20)).unwrap();
    assert_eq!(bucket.try_acquire(2), Ok(()));
    thread::sleep(Duration::from_millis(20));
    assert!(bucket.available() >= 1, "20 ms bring one token");
    assert_eq!(bucket.try_acquire(1), Ok(()));
}

#[test]
fn more_than_the_capacity_is_too_large() {
    let bucket = TokenBucket::new(5, 1, Duration::from_secs(1)).unwrap();
    assert_eq!(
        bucket.try_acquire(6),
        Err(AcquireError::TooLarge { capacity: 5 })
    );
    assert_eq!(bucket.try_acquire(5), Ok(()));
}

#[test]
fn a_bucket_without_capacity_is_refused() {
    assert_eq!(
        TokenBucket::new(0, 1, Duration::from_secs(1)).err(),
        Some(ConfigError::ZeroCapacity)
    );
}
