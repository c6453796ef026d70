//! `std::time`.

use std::time::{Duration, Instant, SystemTime, SystemTimeError, UNIX_EPOCH};

pub fn lines() {
    let start = Instant::now();
    let second = Duration::from_secs(1);
    let mut later = start + second;
    later += second;
    later -= Duration::from_millis(500);
    assert_eq!(
        (later - start, start - later),
        (Duration::from_millis(1500), Duration::ZERO)
    );
    assert_eq!(
        later.duration_since(start),
        later.saturating_duration_since(start)
    );
    assert_eq!(
        (
            start.saturating_duration_since(later),
            start.checked_duration_since(later)
        ),
        (Duration::ZERO, None)
    );
    assert_eq!(start.checked_add(Duration::MAX), None);
    assert_eq!(start.checked_sub(Duration::MAX), None);
    assert!(
        start
            .checked_sub(Duration::from_secs(1 << 40))
            .is_some_and(|early| early < start)
    );
    assert!(
        start
            .checked_add(Duration::from_secs(1 << 40))
            .is_some_and(|late| late > start)
    );
    assert_eq!(
        start
            .checked_sub(second)
            .and_then(|early| early.checked_add(second)),
        Some(start)
    );
    assert!(start - second < start && start <= Instant::now());
    assert!(std::panic::catch_unwind(|| start + Duration::MAX).is_err());
    assert!(format!("{start:?}").starts_with("Instant { tv_sec: "));
    std::thread::sleep(Duration::from_millis(1));
    assert!(start.elapsed() >= Duration::from_millis(1));

    let now = SystemTime::now();
    assert!(now.duration_since(UNIX_EPOCH).unwrap() > second && now > SystemTime::UNIX_EPOCH);
    let error: SystemTimeError = UNIX_EPOCH.duration_since(UNIX_EPOCH + second).unwrap_err();
    assert_eq!(error.duration(), second);
    assert_eq!(
        error.to_string(),
        "second time provided was later than self"
    );
    assert_eq!(format!("{error:?}"), "SystemTimeError(1s)");
    let mut time = UNIX_EPOCH;
    time += second;
    time -= second + second;
    assert_eq!(UNIX_EPOCH - second, time);
    assert!(
        now.elapsed().is_ok()
            && now.checked_add(Duration::MAX).is_none()
            && now.checked_sub(second).is_some()
    );
    assert_eq!(
        format!("{UNIX_EPOCH:?}"),
        "SystemTime { tv_sec: 0, tv_nsec: 0 }"
    );
}
