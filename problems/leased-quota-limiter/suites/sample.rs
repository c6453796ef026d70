//! Public samples: they run in the trainer and under plain `cargo test`.

use leased_quota_limiter::{CoordError, Coordinator, Lease, NodeLimiter, Verdict};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Grants what is asked for until its quota is used up, each lease for an hour.
#[derive(Default)]
struct Quota {
    left: Mutex<u32>,
    calls: AtomicUsize,
    last_want: AtomicU32,
}

impl Quota {
    fn of(permits: u32) -> Arc<Self> {
        Arc::new(Quota {
            left: Mutex::new(permits),
            ..Quota::default()
        })
    }
}

impl Coordinator for Quota {
    fn lease(&self, _node: &str, _key: &str, want: u32) -> Result<Lease, CoordError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.last_want.store(want, Ordering::SeqCst);
        let mut left = self.left.lock().unwrap();
        let granted = want.min(*left);
        *left -= granted;
        Ok(Lease {
            granted,
            valid_for: Duration::from_secs(3_600),
        })
    }

    fn give_back(&self, _node: &str, _key: &str, unused: u32) -> Result<(), CoordError> {
        *self.left.lock().unwrap() += unused;
        Ok(())
    }
}

#[test]
fn permits_are_leased_in_batches() {
    let quota = Quota::of(100);
    let limiter = NodeLimiter::new("node-1", quota.clone(), 4);
    for _ in 0..9 {
        assert_eq!(limiter.allow("ann"), Verdict::Allowed);
    }
    assert_eq!(quota.calls.load(Ordering::SeqCst), 3, "lease calls");
    assert_eq!(quota.last_want.load(Ordering::SeqCst), 4, "wanted");
    assert_eq!(limiter.local_permits("ann"), 3, "12 leased, 9 spent");
}

#[test]
fn a_small_grant_is_spent_before_the_next_call() {
    let quota = Quota::of(5);
    let limiter = NodeLimiter::new("node-1", quota.clone(), 3);
    for _ in 0..5 {
        assert_eq!(limiter.allow("ann"), Verdict::Allowed);
    }
    assert_eq!(quota.calls.load(Ordering::SeqCst), 2, "grants of 3 and 2");
    for _ in 0..4 {
        assert_eq!(limiter.allow("ann"), Verdict::Denied, "nothing is left");
    }
    assert_eq!(quota.calls.load(Ordering::SeqCst), 3, "asked once more");
}

#[test]
fn threads_share_a_lease() {
    let quota = Quota::of(6);
    let limiter = NodeLimiter::new("node-1", quota.clone(), 8);
    let allowed = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2 {
                    if limiter.allow("ann") == Verdict::Allowed {
                        allowed.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    assert_eq!(allowed.load(Ordering::SeqCst), 6, "permits spent of 6");
    assert_eq!(limiter.local_permits("ann"), 0);
}
