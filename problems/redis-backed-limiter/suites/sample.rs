//! Public samples: they run in the trainer and under plain `cargo test`.

use redis_backed_limiter::{ConfigError, FailMode, RemoteLimiter, RemoteStore, StoreError};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A store in memory, whose clock the test sets; it is down while `down` is true.
#[derive(Default)]
struct Memory {
    now_ms: AtomicU64,
    calls: AtomicUsize,
    down: bool,
    data: Mutex<HashMap<String, Vec<i64>>>,
}

impl Memory {
    fn hop(&self) -> Result<(), StoreError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.down {
            return Err(StoreError::Unavailable);
        }
        Ok(())
    }
}

impl RemoteStore for Memory {
    fn get(&self, key: &str) -> Result<Option<Vec<i64>>, StoreError> {
        self.hop()?;
        Ok(self.data.lock().unwrap().get(key).cloned())
    }

    fn set(&self, key: &str, value: &[i64], _ttl: Duration) -> Result<(), StoreError> {
        self.hop()?;
        self.data.lock().unwrap().insert(key.into(), value.into());
        Ok(())
    }

    fn eval(
        &self,
        key: &str,
        _ttl: Duration,
        script: &mut dyn FnMut(u64, &mut Option<Vec<i64>>) -> i64,
    ) -> Result<i64, StoreError> {
        self.hop()?;
        let mut data = self.data.lock().unwrap();
        let mut state = data.remove(key);
        let result = script(self.now_ms.load(Ordering::SeqCst), &mut state);
        data.extend(state.map(|state| (key.to_owned(), state)));
        Ok(result)
    }

    fn time_ms(&self) -> Result<u64, StoreError> {
        self.hop()?;
        Ok(self.now_ms.load(Ordering::SeqCst))
    }
}

#[test]
fn the_limit_holds_within_a_window() {
    let store = Arc::new(Memory::default());
    store.now_ms.store(5_250, Ordering::SeqCst);
    let limiter = RemoteLimiter::new(store.clone(), "api", 2, SECOND, FailMode::Open).unwrap();
    let remaining = [(); 2].map(|()| limiter.check("ann").remaining);
    assert_eq!(remaining, [1, 0]);
    let denied = limiter.check("ann");
    assert!(
        !denied.allowed,
        "the 3rd request was let in, the limit is 2"
    );
    assert_eq!(denied.retry_after, Duration::from_millis(750));
    assert!(limiter.check("bob").allowed, "bob has a budget of his own");
    assert_eq!(store.calls.load(Ordering::SeqCst), 4, "calls to the store");
}

#[test]
fn two_nodes_share_the_limit() {
    let store = Arc::new(Memory::default());
    let node = || RemoteLimiter::new(store.clone(), "api", 3, SECOND, FailMode::Open).unwrap();
    let (first, second) = (node(), node());
    assert_eq!(first.check("ann").remaining, 2);
    assert_eq!(second.check("ann").remaining, 1);
    assert_eq!(first.check("ann").remaining, 0);
    assert!(!second.check("ann").allowed, "three were admitted before");
}

#[test]
fn an_outage_is_answered_as_configured() {
    let down = || {
        Arc::new(Memory {
            down: true,
            ..Memory::default()
        })
    };
    let limiter = RemoteLimiter::new(down(), "api", 1, SECOND, FailMode::Open).unwrap();
    let verdict = limiter.check("ann");
    assert!(verdict.allowed && verdict.degraded);
    let limiter = RemoteLimiter::new(down(), "api", 1, SECOND, FailMode::Closed).unwrap();
    let verdict = limiter.check("ann");
    assert!(!verdict.allowed && verdict.degraded);
    assert_eq!(verdict.retry_after, SECOND);
}

#[test]
fn a_limit_of_zero_is_refused() {
    let made = RemoteLimiter::new(Arc::<Memory>::default(), "api", 0, SECOND, FailMode::Open);
    assert_eq!(made.err(), Some(ConfigError::ZeroLimit));
}
