//! Lending, returning, waiting and giving up, one after the other.

use connection_pool::{
    ConnectError, Connector, Pool, PoolConfig, PoolError, PoolStatus, PooledConn,
};
use judge_kit::{Inside, Recorder, Respond, Script, assert_send_sync, check, clock, settle};
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
fn nothing_is_opened_before_it_is_needed() {
    check(|| {
        assert_send_sync::<Pool<Server>>();
        let server = Server::new();
        let pool = server.pool(3);
        assert_eq!(server.opens.calls(), 0, "connects by new");
        let lent = lend(&pool);
        assert_eq!(server.opens.calls(), 1, "connects for the first get");
        drop(lent);
        drop(lend(&pool));
        assert_eq!(server.opens.calls(), 1, "connects, with one idle");
    });
}

#[test]
fn a_full_pool_reuses_the_connection_returned_last() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(3);
        let (first, second, third) = (lend(&pool), lend(&pool), lend(&pool));
        assert_eq!(
            [first.number, second.number, third.number],
            [1, 2, 3],
            "three new connections"
        );
        drop(first);
        drop(third);
        drop(second);
        let lent = [lend(&pool), lend(&pool), lend(&pool)];
        assert_eq!(
            lent.each_ref().map(|conn| conn.number),
            [2, 3, 1],
            "they were returned in the order 1, 3, 2"
        );
        assert_eq!(server.opens.calls(), 3, "connects");
    });
}

#[test]
fn the_guard_is_the_connection() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        let mut lent = lend(&pool);
        lent.number = 77;
        drop(lent);
        assert_eq!(
            lend(&pool).number,
            77,
            "what the last user wrote into the connection"
        );
    });
}

#[test]
fn a_get_waits_for_a_connection_to_come_back() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        let lent = lend(&pool);
        thread::scope(|scope| {
            let _released = Released(&pool);
            let waiting = scope.spawn(|| (number(&pool.get()), clock::now()));
            clock::advance(SECOND / 2);
            assert!(!waiting.is_finished(), "the only connection is lent");
            drop(lent);
            let answer = waiting.join().expect("get panicked");
            assert_eq!(answer, (Ok(1), SECOND / 2), "it came back after 500 ms");
        });
        assert_eq!(server.opens.calls(), 1, "connects in a pool of one");
    });
}

#[test]
fn a_get_gives_up_exactly_at_the_timeout() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        let lent = lend(&pool);
        let answer = number(&pool.get());
        assert_eq!(answer, Err(PoolError::TimedOut), "nothing came back");
        assert_eq!(clock::now(), SECOND, "the timeout is one second");
        drop(lent);
        assert_eq!(lend(&pool).number, 1, "it came back after the timeout");
    });
}

#[test]
fn a_broken_connection_is_not_lent_out_again() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        let mut lent = lend(&pool);
        lent.mark_broken();
        drop(lent);
        assert_eq!(server.opens.inside(), 0, "broken connections still alive");
        assert_eq!(pool.status(), status(0, 0, 0), "the pool is empty");
        assert_eq!(lend(&pool).number, 2, "a new connection");
    });
}

#[test]
fn only_connections_that_were_lent_before_are_checked() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(2);
        let (first, second) = (lend(&pool), lend(&pool));
        assert!(server.checked.is_empty(), "a new connection was checked");
        drop((first, second));
        assert!(
            server.checked.is_empty(),
            "a returned connection was checked"
        );
        drop(lend(&pool));
        assert_eq!(server.checked.seen(), [2], "it was returned last");
    });
}

#[test]
fn an_unhealthy_connection_gives_way_to_the_next_idle_one() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(2);
        drop((lend(&pool), lend(&pool)));
        server.checks.now([Respond::Fail, Respond::Ok]);
        assert_eq!(lend(&pool).number, 1, "connection 2 was not healthy");
        assert_eq!(server.checked.seen(), [2, 1], "the checks");
        assert_eq!(server.opens.inside(), 1, "connections alive");
        assert_eq!(server.opens.calls(), 2, "connects");
        assert_eq!(pool.status(), status(1, 0, 0), "connection 1 came back");
    });
}

#[test]
fn the_status_counts_idle_lent_and_waiting() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(2);
        assert_eq!(pool.status(), status(0, 0, 0), "a new pool");
        let (first, second) = (lend(&pool), lend(&pool));
        assert_eq!(pool.status(), status(0, 2, 0), "two are lent");
        thread::scope(|scope| {
            let _released = Released(&pool);
            let waiting = scope.spawn(|| number(&pool.get()));
            settle();
            assert_eq!(pool.status(), status(0, 2, 1), "and one call waits");
            drop(first);
            assert_eq!(waiting.join().expect("get panicked"), Ok(1));
        });
        assert_eq!(pool.status(), status(1, 1, 0), "one came back");
        drop(second);
        assert_eq!(pool.status(), status(2, 0, 0), "both came back");
    });
}

#[test]
fn a_failed_connect_is_reported_in_the_connectors_words() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(2);
        server.opens.now([Respond::Fail, Respond::Ok]);
        assert_eq!(
            number(&pool.get()),
            Err(PoolError::Connect("no route to host".to_owned())),
            "the connect failed"
        );
        assert_eq!(server.opens.calls(), 1, "connects for one get");
    });
}

#[test]
fn a_closed_pool_lends_nothing() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(2);
        drop(lend(&pool));
        pool.close();
        let answer = number(&pool.get());
        assert_eq!(answer, Err(PoolError::Closed), "get after close");
        assert_eq!(clock::now(), Duration::ZERO, "no time passes");
        assert_eq!(server.opens.calls(), 1, "connects, one before the closing");
    });
}
