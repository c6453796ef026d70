//! Sample tests: the same rules as in the hidden suites, with other numbers.

use connection_pool::{ConnectError, Connector, Pool, PoolConfig, PoolStatus};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

/// Opens connections that are plain numbers: 1, 2, 3, …
struct Numbers(AtomicU32);

impl Connector for Numbers {
    type Conn = u32;

    fn connect(&self) -> Result<u32, ConnectError> {
        Ok(self.0.fetch_add(1, Ordering::SeqCst) + 1)
    }

    fn is_healthy(&self, _: &mut u32) -> bool {
        true
    }
}

fn pool(max_size: usize) -> Pool<Numbers> {
    Pool::new(
        Numbers(AtomicU32::new(0)),
        PoolConfig {
            max_size,
            acquire_timeout: Duration::from_secs(30),
            max_idle: Duration::from_secs(600),
        },
    )
}

#[test]
fn the_connection_returned_last_is_lent_out_first() {
    let pool = pool(3);
    let first = pool.get().expect("the first get");
    let second = pool.get().expect("the second get");
    assert_eq!((*first, *second), (1, 2));
    drop(second);
    drop(first);
    assert_eq!(*pool.get().expect("two are idle"), 1);
    let both = (pool.get(), pool.get());
    assert_eq!(*both.0.expect("two are idle"), 1);
    assert_eq!(*both.1.expect("one is idle"), 2);
    let nothing_lent = PoolStatus {
        idle: 2,
        in_use: 0,
        waiting: 0,
    };
    assert_eq!(pool.status(), nothing_lent);
}

#[test]
fn a_get_waits_for_the_only_connection() {
    let pool = pool(1);
    thread::scope(|scope| {
        let lent = pool.get().expect("the first get");
        let waiting = scope.spawn(|| pool.get().map(|conn| *conn));
        thread::sleep(Duration::from_millis(10));
        drop(lent);
        let number = waiting.join().expect("get panicked");
        assert_eq!(number, Ok(1), "the same connection");
    });
}
