//! Limits, failures, panics and the end of the pool.

use connection_pool::{
    ConnectError, Connector, Pool, PoolConfig, PoolError, PoolStatus, PooledConn,
};
use judge_kit::{Inside, Recorder, Respond, Script, check, clock, settle};
use std::panic::{self, AssertUnwindSafe};
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

const A_MOMENT: Duration = Duration::from_nanos(1);

fn caught<R>(act: impl FnOnce() -> R) -> thread::Result<R> {
    panic::catch_unwind(AssertUnwindSafe(act))
}

#[test]
fn a_pool_needs_at_least_one_slot() {
    check(|| {
        let made = caught(|| Server::new().pool(0));
        assert!(made.is_err(), "a pool with a max_size of 0 was made");
    });
}

#[test]
fn a_connection_is_too_old_exactly_at_max_idle() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        drop(lend(&pool));
        clock::advance(MINUTE - A_MOMENT);
        assert_eq!(lend(&pool).number, 1, "1 ns before it is too old");
        clock::advance(MINUTE);
        assert_eq!(lend(&pool).number, 2, "idle for exactly max_idle");
        assert_eq!(
            server.opens.most_inside(),
            1,
            "the most alive in a pool of 1"
        );
    });
}

/// Study: the idle time starts when the connection comes back, each time anew.
#[test]
fn the_time_in_use_is_not_idle_time() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        let lent = lend(&pool);
        clock::advance(MINUTE * 2);
        drop(lent);
        clock::advance(MINUTE - A_MOMENT);
        assert_eq!(lend(&pool).number, 1, "idle for 1 ns less than max_idle");
    });
}

#[test]
fn a_max_idle_without_end_never_discards() {
    check(|| {
        let server = Server::new();
        let pool = server.pool_with(1, SECOND, Duration::MAX);
        drop(lend(&pool));
        clock::advance(MINUTE * 60 * 24);
        assert_eq!(lend(&pool).number, 1, "a day later");
    });
}

#[test]
fn a_failed_connect_frees_its_slot() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        server.opens.now([Respond::Fail, Respond::Ok]);
        assert!(pool.get().is_err(), "the connect failed");
        assert_eq!(pool.status(), status(0, 0, 0), "nothing is in use");
        assert_eq!(number(&pool.get()), Ok(1), "the next get may connect");
        assert_eq!(clock::now(), Duration::ZERO, "nobody had to wait");
    });
}

#[test]
fn when_all_idle_ones_are_unhealthy_a_new_one_is_opened() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(3);
        drop((lend(&pool), lend(&pool), lend(&pool)));
        server.checks.now([Respond::Fail]);
        let lent = lend(&pool);
        assert_eq!(lent.number, 4, "a fourth connection");
        let mut checked = server.checked.seen();
        checked.sort_unstable();
        assert_eq!(checked, [1, 2, 3], "the checks, sorted");
        assert_eq!(server.opens.inside(), 1, "connections alive");
        assert_eq!(pool.status(), status(0, 1, 0), "the others are discarded");
        server.checks.now([Respond::Ok]);
        let others = [lend(&pool), lend(&pool)];
        assert_eq!(others[1].number, 6, "there are slots for two more");
        assert_eq!(clock::now(), Duration::ZERO, "nobody had to wait");
    });
}

#[test]
fn a_panicking_handler_gives_its_connection_back() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        let handled = caught(|| {
            let _lent = lend(&pool);
            panic!("the handler blew up");
        });
        assert!(handled.is_err(), "the panic is the handler's own");
        assert_eq!(pool.status(), status(1, 0, 0), "the connection is back");
        assert_eq!(number(&pool.get()), Ok(1), "it is lent out again");
    });
}

#[test]
fn closing_drops_idle_connections_now_and_lent_ones_later() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(3);
        let lent = lend(&pool);
        drop((lend(&pool), lend(&pool)));
        assert_eq!(pool.status(), status(2, 1, 0), "before the closing");
        pool.close();
        assert_eq!(server.opens.inside(), 1, "connections alive, 1 is lent");
        assert_eq!(lent.number, 1, "the lent one still works");
        pool.close();
        drop(lent);
        assert_eq!(server.opens.inside(), 0, "connections alive, all are back");
        assert_eq!(pool.status(), status(0, 0, 0), "closed and empty");
    });
}

#[test]
fn a_timeout_of_zero_does_not_wait() {
    check(|| {
        let server = Server::new();
        let pool = server.pool_with(1, Duration::ZERO, MINUTE);
        let lent = lend(&pool);
        let answer = number(&pool.get());
        assert_eq!(answer, Err(PoolError::TimedOut), "the only one is lent");
        drop(lent);
        assert_eq!(number(&pool.get()), Ok(1), "one is idle");
        assert_eq!(clock::now(), Duration::ZERO, "no time passes");
    });
}

#[test]
fn a_timeout_without_end_waits_as_long_as_it_takes() {
    check(|| {
        let server = Server::new();
        let pool = server.pool_with(1, Duration::MAX, MINUTE);
        let lent = lend(&pool);
        thread::scope(|scope| {
            let _released = Released(&pool);
            let waiting = scope.spawn(|| number(&pool.get()));
            clock::advance(MINUTE * 60);
            assert!(!waiting.is_finished(), "an hour is not too long");
            drop(lent);
            assert_eq!(waiting.join().expect("get panicked"), Ok(1));
        });
    });
}

/// Study: the guard that frees the slot must exist before the connector is called.
#[test]
fn a_panic_in_connect_frees_the_slot() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        server.opens.now([Respond::Panic, Respond::Ok]);
        let answer = caught(|| number(&pool.get()));
        assert!(answer.is_err(), "the panic of connect reaches the caller");
        assert_eq!(pool.status(), status(0, 0, 0), "nothing is in use");
        assert_eq!(number(&pool.get()), Ok(1), "the next get may connect");
    });
}

#[test]
fn a_panic_in_the_check_discards_the_connection() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        drop(lend(&pool));
        server.checks.now([Respond::Panic, Respond::Ok]);
        let answer = caught(|| number(&pool.get()));
        assert!(answer.is_err(), "the panic of the check reaches the caller");
        assert_eq!(server.opens.inside(), 0, "connections alive");
        assert_eq!(pool.status(), status(0, 0, 0), "nothing idle or in use");
        assert_eq!(number(&pool.get()), Ok(2), "the next get opens a new one");
    });
}

/// Study: what becomes free may be a slot without a connection.
#[test]
fn a_waiting_call_gets_the_slot_of_a_broken_connection() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        let mut lent = lend(&pool);
        thread::scope(|scope| {
            let _released = Released(&pool);
            let waiting = scope.spawn(|| (number(&pool.get()), clock::now()));
            settle();
            lent.mark_broken();
            drop(lent);
            let answer = waiting.join().expect("get panicked");
            assert_eq!(answer, (Ok(2), Duration::ZERO), "a new one, at once");
        });
        assert_eq!(
            server.opens.most_inside(),
            1,
            "the most alive in a pool of 1"
        );
    });
}

#[test]
fn a_connection_that_is_passed_on_has_no_idle_time() {
    check(|| {
        let server = Server::new();
        let pool = server.pool_with(1, SECOND, Duration::ZERO);
        let lent = lend(&pool);
        thread::scope(|scope| {
            let _released = Released(&pool);
            let waiting = scope.spawn(|| number(&pool.get()));
            settle();
            drop(lent);
            assert_eq!(
                waiting.join().expect("get panicked"),
                Ok(1),
                "passed on to a call that waited, with a max_idle of 0"
            );
        });
        assert_eq!(lend(&pool).number, 2, "idle for 0 s, with a max_idle of 0");
    });
}

#[test]
fn a_connection_that_is_passed_on_is_checked() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        let lent = lend(&pool);
        server.checks.now([Respond::Fail]);
        thread::scope(|scope| {
            let _released = Released(&pool);
            let waiting = scope.spawn(|| number(&pool.get()));
            settle();
            drop(lent);
            assert_eq!(
                waiting.join().expect("get panicked"),
                Ok(2),
                "connection 1 was not healthy"
            );
        });
        assert_eq!(server.checked.seen(), [1], "the checks");
        assert_eq!(
            server.opens.most_inside(),
            1,
            "the most alive in a pool of 1"
        );
    });
}

#[test]
fn the_timeout_does_not_include_connecting() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        server.opens.now([Respond::Slow(SECOND * 5), Respond::Ok]);
        let lent = pool.get();
        assert_eq!(number(&lent), Ok(1), "a connect of 5 s, a timeout of 1 s");
        assert_eq!(clock::now(), SECOND * 5, "the connect took 5 s");
    });
}
