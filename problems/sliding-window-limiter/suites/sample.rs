//! Public samples: they run in the trainer and under plain `cargo test`.

use sliding_window_limiter::{ConfigError, Decision, SlidingWindowLimiter};
use std::thread;
use std::time::Duration;

#[test]
fn admits_up_to_the_limit_and_counts_down() {
    let limiter = SlidingWindowLimiter::new(2, Duration::from_secs(60)).unwrap();
    assert_eq!(limiter.check("ann"), Decision::Allowed { remaining: 1 });
    assert_eq!(limiter.check("ann"), Decision::Allowed { remaining: 0 });
    assert!(
        matches!(limiter.check("ann"), Decision::Denied { .. }),
        "the 3rd request inside the window was admitted, the limit is 2"
    );
}

#[test]
fn every_key_has_a_budget_of_its_own() {
    let limiter = SlidingWindowLimiter::new(1, Duration::from_secs(60)).unwrap();
    assert_eq!(limiter.check("ann"), Decision::Allowed { remaining: 0 });
    assert_eq!(limiter.check("bob"), Decision::Allowed { remaining: 0 });
    assert!(matches!(limiter.check("ann"), Decision::Denied { .. }));
    assert_eq!(limiter.tracked_keys(), 2);
}

#[test]
fn waiting_for_retry_after_is_enough() {
    let limiter = SlidingWindowLimiter::new(1, Duration::from_millis(30)).unwrap();
    assert_eq!(limiter.check("ann"), Decision::Allowed { remaining: 0 });
    // A very slow machine may find the window already over; then there is nothing to wait for.
    if let Decision::Denied { retry_after } = limiter.check("ann") {
        assert!(retry_after <= Duration::from_millis(30));
        thread::sleep(retry_after);
        assert_eq!(limiter.check("ann"), Decision::Allowed { remaining: 0 });
    }
}

#[test]
fn a_limit_of_zero_is_refused() {
    assert_eq!(
        SlidingWindowLimiter::new(0, Duration::from_secs(1)).err(),
        Some(ConfigError::ZeroLimit)
    );
}
