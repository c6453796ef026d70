//! What one decision costs, on the real clock, beside the reference.

use judge_kit::{Growth, both_sides, growth, race_reference};

both_sides! {
    use std::thread;
    use std::time::Duration;
    use subject::{Decision, SlidingWindowLimiter};

    const HOUR: Duration = Duration::from_secs(3600);

    fn limiter(limit: u32, window: Duration) -> SlidingWindowLimiter {
        SlidingWindowLimiter::new(limit, window).expect("these are valid settings")
    }

    /// One busy client: thousands of its requests are in the window, and one leaves for each that comes.
    pub fn slide() {
        let limiter = limiter(u32::MAX, Duration::from_millis(3));
        for _ in 0..100_000 {
            assert!(matches!(limiter.check("ann"), Decision::Allowed { .. }));
        }
    }

    /// Asks for a key whose window holds `size` requests, as many as it may.
    pub fn denied(size: usize) -> impl FnMut() {
        let limiter = limiter(size as u32, HOUR);
        for _ in 0..size {
            limiter.check("ann");
        }
        move || assert!(matches!(limiter.check("ann"), Decision::Denied { .. }))
    }

    /// Asks for one of 256 keys among `size` keys in memory.
    pub fn among_keys(size: usize) -> impl FnMut() {
        let limiter = limiter(1, HOUR);
        let keys: Vec<String> = (0..size).map(|key| format!("client-{key}")).collect();
        for key in &keys {
            limiter.check(key);
        }
        let hot: Vec<String> = keys.iter().step_by(size / 256).cloned().collect();
        let mut turn = 0;
        move || {
            turn = (turn + 1) % 256;
            assert!(matches!(limiter.check(&hot[turn]), Decision::Denied { .. }));
        }
    }

    /// Eight handlers, 64 busy keys, and a thousand keys that are merely there.
    pub fn eight_threads() {
        let limiter = limiter(1_000, HOUR);
        for key in 0..1_000 {
            limiter.check(&format!("quiet-{key}"));
        }
        let keys: Vec<String> = (0..64).map(|key| format!("client-{key}")).collect();
        thread::scope(|scope| {
            for first in 0..8 {
                let (limiter, keys) = (&limiter, &keys);
                scope.spawn(move || {
                    for step in 0..4_000 {
                        limiter.check(&keys[(first * 8 + step) % 64]);
                    }
                });
            }
        });
    }
}

/// Study: amortised cost; each request enters and leaves the log once.
#[test]
fn a_window_that_slides_past_thousands_of_requests_keeps_up_with_the_reference() {
    race_reference(submission::slide, reference::slide);
}

#[test]
fn a_denial_costs_the_same_for_a_small_and_a_large_limit() {
    growth(
        submission::denied,
        reference::denied,
        [1_000, 16_000],
        Growth::CONSTANT,
    );
}

#[test]
fn a_check_costs_the_same_among_few_and_many_keys() {
    growth(
        submission::among_keys,
        reference::among_keys,
        [512, 8_192],
        Growth::CONSTANT,
    );
}

#[test]
fn eight_threads_on_64_keys_keep_up_with_the_reference() {
    race_reference(submission::eight_threads, reference::eight_threads);
}
