//! The changing limit of the follow-up.

use connection_pool::{
    ConnectError, Connector, Pool, PoolConfig, PoolError, PoolStatus, PooledConn,
};
use judge_kit::{Gate, Inside, Recorder, Respond, Script, check, clock, explore, settle};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A database that does what its scripts say. Clones are the same database.
#[derive(Clone)]
struct Server {
    /// One response for each connect. Whoever is inside is a connection that is alive.
    opens: Script,
    /// One response for each check; to fail means not to be healthy.
    checks: Script,
    /// One response for each destructor.
    hangups: Script,
    /// The numbers of the connections that were checked.
    checked: Recorder<usize>,
    made: Arc<AtomicUsize>,
}

/// A connection with its number, from 1 in the order of opening.
struct Conn {
    number: usize,
    hangups: Script,
    _alive: Inside,
}

impl Drop for Conn {
    fn drop(&mut self) {
        let _ = self.hangups.play();
    }
}

impl Connector for Server {
    type Conn = Conn;

    fn connect(&self) -> Result<Conn, ConnectError> {
        let alive = self.opens.play();
        let alive = alive.map_err(|_| ConnectError("no route to host".to_owned()))?;
        Ok(Conn {
            number: self.made.fetch_add(1, Ordering::SeqCst) + 1,
            hangups: self.hangups.clone(),
            _alive: alive,
        })
    }

    fn is_healthy(&self, conn: &mut Conn) -> bool {
        self.checked.record(conn.number);
        self.checks.play().is_ok()
    }
}

impl Server {
    fn new() -> Self {
        Server {
            opens: Script::always(Respond::Ok),
            checks: Script::always(Respond::Ok),
            hangups: Script::always(Respond::Ok),
            checked: Recorder::new(),
            made: Arc::default(),
        }
    }

    /// A pool of this size; calls wait up to a second, idle connections last for a minute.
    fn pool(&self, max_size: usize) -> Pool<Server> {
        self.pool_with(max_size, SECOND, MINUTE)
    }

    /// A pool whose calls wait as long as it takes, for checks where the clock may jump.
    fn patient_pool(&self, max_size: usize) -> Pool<Server> {
        self.pool_with(max_size, Duration::MAX, MINUTE)
    }

    fn pool_with(&self, max_size: usize, wait: Duration, max_idle: Duration) -> Pool<Server> {
        Pool::new(
            self.clone(),
            PoolConfig {
                max_size,
                acquire_timeout: wait,
                max_idle,
            },
        )
    }
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// The number of the connection that `get` lends out.
type Answer<T = usize> = Result<T, PoolError>;

fn number(answer: &Answer<PooledConn<'_, Server>>) -> Answer {
    match answer {
        Ok(conn) => Ok(conn.number),
        Err(error) => Err(error.clone()),
    }
}

fn lend(pool: &Pool<Server>) -> PooledConn<'_, Server> {
    pool.get()
        .unwrap_or_else(|error| panic!("get answered {error:?}, and nothing was in its way"))
}

fn status(idle: usize, in_use: usize, waiting: usize) -> PoolStatus {
    PoolStatus {
        idle,
        in_use,
        waiting,
    }
}

/// Closes the pool when an assertion fails, so that sleeping threads do not hide its message.
struct Released<'a>(&'a Pool<Server>);

impl Drop for Released<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
        }
    }
}

#[test]
fn a_higher_limit_helps_as_many_as_there_is_room_for() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        let lent = lend(&pool);
        thread::scope(|scope| {
            let _released = Released(&pool);
            for _ in 0..3 {
                scope.spawn(|| {
                    let _lent = lend(&pool);
                    thread::sleep(SECOND / 2);
                });
            }
            settle();
            assert_eq!(pool.status(), status(0, 1, 3), "three calls wait");
            pool.resize(3);
            settle();
            assert_eq!(
                pool.status(),
                status(0, 3, 1),
                "two of them have a slot now"
            );
            assert_eq!(clock::now(), Duration::ZERO, "at once");
            drop(lent);
        });
        assert_eq!(server.opens.most_inside(), 3, "the most connections alive");
    });
}

#[test]
fn a_lower_limit_costs_the_connection_returned_longest_ago() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(3);
        let (first, second, third) = (lend(&pool), lend(&pool), lend(&pool));
        drop(second);
        drop(first);
        drop(third);
        pool.resize(2);
        assert_eq!(server.opens.inside(), 2, "connections alive");
        assert_eq!(pool.status(), status(2, 0, 0), "two may stay");
        let lent = (lend(&pool), lend(&pool));
        assert_eq!(
            (lent.0.number, lent.1.number),
            (3, 1),
            "they were returned in the order 2, 1, 3"
        );
    });
}

#[test]
fn idle_connections_go_before_lent_ones() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(3);
        let (lent, idle) = (lend(&pool), (lend(&pool), lend(&pool)));
        drop(idle);
        pool.resize(1);
        assert_eq!(pool.status(), status(0, 1, 0), "one is lent");
        assert_eq!(server.opens.inside(), 1, "connections alive");
        drop(lent);
        assert_eq!(pool.status(), status(1, 0, 0), "it may stay");
    });
}

#[test]
fn lent_connections_are_discarded_when_they_come_back() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(3);
        let (first, second, third) = (lend(&pool), lend(&pool), lend(&pool));
        pool.resize(1);
        assert_eq!(server.opens.inside(), 3, "none is taken from its user");
        assert_eq!(pool.status(), status(0, 3, 0), "all are lent");
        drop(third);
        drop(first);
        assert_eq!(server.opens.inside(), 1, "two came back, and one may stay");
        assert_eq!(pool.status(), status(0, 1, 0), "one is lent");
        drop(second);
        assert_eq!(pool.status(), status(1, 0, 0), "the last one may stay");
    });
}

#[test]
fn a_limit_of_zero_counts_as_one() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(2);
        pool.resize(0);
        let lent = lend(&pool);
        let answer = number(&pool.get());
        assert_eq!(answer, Err(PoolError::TimedOut), "only one slot is left");
        drop(lent);
        assert_eq!(pool.status(), status(1, 0, 0), "it may stay");
    });
}

/// Study: a slot is free only if the number of live connections is below the limit of now.
#[test]
fn nothing_is_opened_until_the_pool_is_small_enough() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(2);
        let (mut first, second) = (lend(&pool), lend(&pool));
        thread::scope(|scope| {
            let _released = Released(&pool);
            let waiting = scope.spawn(|| number(&pool.get()));
            settle();
            pool.resize(1);
            first.mark_broken();
            drop(first);
            settle();
            assert_eq!(
                server.opens.calls(),
                2,
                "connects; one is alive, as allowed"
            );
            assert_eq!(pool.status(), status(0, 1, 1), "the call still waits");
            drop(second);
            let answer = waiting.join().expect("get panicked");
            assert_eq!(answer, Ok(2), "the connection that may stay");
        });
        assert_eq!(server.opens.calls(), 2, "connects");
    });
}

#[test]
fn a_connection_that_is_being_opened_counts_as_lent() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(2);
        let first = lend(&pool);
        let gate = Gate::new();
        server.opens.now([Respond::Gated(gate.clone())]);
        thread::scope(|scope| {
            let _released = Released(&pool);
            let slow = scope.spawn(|| pool.get());
            settle();
            pool.resize(1);
            gate.open();
            let second = slow.join().expect("get panicked");
            assert_eq!(number(&second), Ok(2), "opened before the limit sank");
            drop(second);
            assert_eq!(server.opens.inside(), 1, "one too many has come back");
        });
        drop(first);
        assert_eq!(pool.status(), status(1, 0, 0), "the last one may stay");
    });
}

#[test]
fn a_growing_pool_keeps_what_it_has() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        drop(lend(&pool));
        pool.resize(2);
        assert_eq!(pool.status(), status(1, 0, 0), "the idle one stays");
        let lent = (lend(&pool), lend(&pool));
        assert_eq!((lent.0.number, lent.1.number), (1, 2), "old and new");
    });
}

/// Study: the limit must be looked at under the lock that protects the counts.
#[test]
fn a_limit_that_sinks_during_returns_is_kept() {
    explore(|| {
        let server = Server::new();
        let pool = server.patient_pool(2);
        let lent = (lend(&pool), lend(&pool));
        thread::scope(|scope| {
            scope.spawn(|| pool.resize(1));
            scope.spawn(|| drop(lent.0));
            scope.spawn(|| drop(lent.1));
        });
        let alive = server.opens.inside();
        assert!(
            alive <= 1,
            "{alive} connections are alive, the limit is 1 now"
        );
        assert_eq!(pool.status(), status(alive, 0, 0), "all have come back");
    });
}

#[test]
fn a_limit_that_rises_during_a_get_helps_it() {
    explore(|| {
        let server = Server::new();
        let pool = server.patient_pool(1);
        let lent = lend(&pool);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| number(&pool.get()));
            pool.resize(2);
            let answer = waiting.join().expect("get panicked");
            assert_eq!(answer, Ok(2), "there are two slots now");
        });
        drop(lent);
    });
}
