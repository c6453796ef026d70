//! What lending costs, alone and in a crowd.

use judge_kit::{Growth, growth, race_reference};

judge_kit::both_sides! {
    use std::thread;
    use std::time::Duration;
    use subject::{ConnectError, Connector, Pool, PoolConfig};

    pub struct Cheap;

    impl Connector for Cheap {
        type Conn = u64;

        fn connect(&self) -> Result<u64, ConnectError> {
            Ok(0)
        }

        fn is_healthy(&self, _: &mut u64) -> bool {
            true
        }
    }

    fn pool(max_size: usize) -> Pool<Cheap> {
        Pool::new(
            Cheap,
            PoolConfig {
                max_size,
                acquire_timeout: Duration::from_secs(600),
                max_idle: Duration::from_secs(3_600),
            },
        )
    }

    /// One get and one return, with all connections of the pool idle.
    pub fn lend_and_return(size: usize) -> impl FnMut() {
        let pool = pool(size);
        let all: Vec<_> = (0..size).map(|_| pool.get()).collect();
        assert!(all.iter().all(Result::is_ok));
        drop(all);
        move || {
            let Ok(mut lent) = pool.get() else {
                unreachable!("all connections are idle");
            };
            *lent += 1;
        }
    }

    /// So many threads share so many connections, and let others run while they hold one.
    pub fn crowd(threads: usize, connections: usize, rounds: usize) {
        let pool = pool(connections);
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for _ in 0..rounds {
                        let Ok(mut lent) = pool.get() else {
                            unreachable!("ten minutes are enough");
                        };
                        *lent += 1;
                        thread::yield_now();
                    }
                });
            }
        });
    }
}

/// Study: the connection returned last lies on top of a stack; nobody has to look at the others.
#[test]
fn lending_costs_the_same_in_a_large_pool() {
    growth(
        submission::lend_and_return,
        reference::lend_and_return,
        [8, 128],
        Growth::CONSTANT,
    );
}

/// Study: whoever gives a connection back wakes exactly the one who gets it.
#[test]
fn four_threads_on_two_connections_keep_up_with_the_reference() {
    race_reference(
        || submission::crowd(4, 2, 1_000),
        || reference::crowd(4, 2, 1_000),
    );
}
