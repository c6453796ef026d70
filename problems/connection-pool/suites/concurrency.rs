//! The limit, the queue, and slow or failing connections among several threads.

use connection_pool::{
    ConnectError, Connector, Pool, PoolConfig, PoolError, PoolStatus, PooledConn,
};
use judge_kit::{Explore, Gate, Inside, Recorder, Respond, Script, check, clock, explore, settle};
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

/// Opens its gate at last, also when an assertion fails: threads that wait would hide its message.
struct OpenedAtLast<'a>(&'a Gate);

impl Drop for OpenedAtLast<'_> {
    fn drop(&mut self) {
        self.0.open();
    }
}

fn failed() -> Answer {
    Err(PoolError::Connect("no route to host".to_owned()))
}

#[test]
fn never_are_more_connections_alive_than_the_limit() {
    explore(|| {
        let server = Server::new();
        let pool = server.patient_pool(2);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| drop(lend(&pool)));
            }
        });
        let most = server.opens.most_inside();
        assert!(most <= 2, "{most} connections were alive, the limit is 2");
        let after = pool.status();
        let alive = server.opens.inside();
        assert_eq!(after, status(alive, 0, 0), "all have come back");
    });
}

#[test]
fn a_discarded_connection_makes_room_for_one_and_not_for_two() {
    explore(|| {
        let server = Server::new();
        let pool = server.patient_pool(2);
        drop((lend(&pool), lend(&pool)));
        server.checks.now([Respond::Fail, Respond::Ok]);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut lent = lend(&pool);
                    lent.mark_broken();
                });
            }
        });
        let most = server.opens.most_inside();
        assert!(most <= 2, "{most} connections were alive, the limit is 2");
        let alive = server.opens.inside();
        assert_eq!(pool.status(), status(alive, 0, 0), "all have come back");
        let lent = (lend(&pool), lend(&pool));
        drop(lent);
    });
}

#[test]
fn three_threads_share_one_connection() {
    explore(|| {
        let server = Server::new();
        let pool = server.patient_pool(1);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| drop(lend(&pool)));
            }
        });
        assert_eq!(server.opens.calls(), 1, "connects in a pool of one");
        assert_eq!(pool.status(), status(1, 0, 0), "all have come back");
    });
}

/// Study: no lock may be held while a connection is being opened.
#[test]
fn a_slow_connect_holds_nobody_up() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(3);
        let first = lend(&pool);
        let gate = Gate::new();
        server.opens.now([Respond::Gated(gate.clone())]);
        thread::scope(|scope| {
            let _opened = OpenedAtLast(&gate);
            let slow = [(); 2].map(|()| scope.spawn(|| pool.get().map(|_| ())));
            let other = scope.spawn(|| {
                settle();
                let during = pool.status();
                drop(first);
                (during, number(&pool.get()))
            });
            settle();
            assert_eq!(gate.arrivals(), 2, "connects at a time, of 2");
            assert!(other.is_finished(), "status, return and get had to wait");
            let (during, answer) = other.join().expect("the other call panicked");
            assert_eq!(during, status(0, 3, 0), "one is lent, two are being opened");
            assert_eq!(answer, Ok(1), "the idle connection");
            gate.open();
            for slow in slow {
                assert_eq!(slow.join().expect("get panicked"), Ok(()), "a slow get");
            }
        });
    });
}

/// Study: no lock may be held while a connection is checked.
#[test]
fn a_slow_check_holds_nobody_up() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(2);
        drop(lend(&pool));
        let gate = Gate::new();
        server.checks.now([Respond::Gated(gate.clone())]);
        thread::scope(|scope| {
            let _opened = OpenedAtLast(&gate);
            let slow = scope.spawn(|| number(&pool.get()));
            settle();
            assert_eq!(gate.arrivals(), 1, "checks of the idle connection");
            let other = scope.spawn(|| (pool.status(), number(&pool.get())));
            settle();
            assert!(other.is_finished(), "status and another get had to wait");
            let (during, answer) = other.join().expect("the other call panicked");
            assert_eq!(during, status(0, 1, 0), "one is being checked");
            assert_eq!(answer, Ok(2), "a new connection in the free slot");
            gate.open();
            assert_eq!(slow.join().expect("get panicked"), Ok(1), "the slow get");
        });
    });
}

/// Study: a connection is alive until its destructor is done, and foreign code runs without locks.
#[test]
fn a_slow_destructor_keeps_its_slot_and_no_lock() {
    check(|| {
        let server = Server::new();
        let pool = server.pool_with(1, MINUTE, MINUTE);
        let gate = Gate::new();
        let mut lent = lend(&pool);
        lent.mark_broken();
        server
            .hangups
            .now([Respond::Gated(gate.clone()), Respond::Ok]);
        thread::scope(|scope| {
            let _opened = OpenedAtLast(&gate);
            scope.spawn(|| drop(lent));
            settle();
            assert_eq!(gate.arrivals(), 1, "destructors of the broken connection");
            let next = scope.spawn(|| number(&pool.get()));
            let other = scope.spawn(|| pool.status());
            settle();
            assert!(other.is_finished(), "status waited for a destructor");
            assert_eq!(
                server.opens.calls(),
                1,
                "connects while the old one is alive"
            );
            gate.open();
            assert_eq!(next.join().expect("get panicked"), Ok(2), "a new one");
        });
    });
}

#[test]
fn closing_drops_idle_connections_without_a_lock() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        let gate = Gate::new();
        drop(lend(&pool));
        server.hangups.now([Respond::Gated(gate.clone())]);
        thread::scope(|scope| {
            let _opened = OpenedAtLast(&gate);
            scope.spawn(|| pool.close());
            settle();
            assert_eq!(gate.arrivals(), 1, "destructors of the idle connection");
            let other = scope.spawn(|| number(&pool.get()));
            settle();
            assert!(other.is_finished(), "get waited for a destructor");
            let answer = other.join().expect("get panicked");
            assert_eq!(answer, Err(PoolError::Closed), "get while closing");
        });
    });
}

/// Study: a gift that arrives at the deadline is used or passed on, never forgotten.
#[test]
fn a_return_at_the_deadline_of_a_waiting_call_reaches_somebody() {
    explore(|| {
        let server = Server::new();
        let pool = server.pool(1);
        let lent = lend(&pool);
        thread::scope(|scope| {
            let _released = Released(&pool);
            let hasty = scope.spawn(|| number(&pool.get()));
            clock::advance(SECOND / 2);
            let patient = scope.spawn(|| number(&pool.get()));
            settle();
            thread::sleep(SECOND / 2);
            drop(lent);
            let hasty = hasty.join().expect("get panicked");
            assert!(
                matches!(hasty, Ok(1) | Err(PoolError::TimedOut)),
                "the connection came back at the very deadline, and get answered {hasty:?}"
            );
            settle();
            assert!(
                patient.is_finished(),
                "a connection is idle, and a call waits"
            );
            let patient = patient.join().expect("get panicked");
            let late = clock::now() >= SECOND * 3 / 2;
            assert!(
                patient == Ok(1) || late,
                "this call had half a second left, and get answered {patient:?}"
            );
        });
        assert_eq!(pool.status(), status(1, 0, 0), "all have come back");
    });
}

#[test]
fn a_call_that_gave_up_leaves_the_queue() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        let lent = lend(&pool);
        thread::scope(|scope| {
            let _released = Released(&pool);
            let hasty = scope.spawn(|| number(&pool.get()));
            clock::advance(SECOND / 2);
            let patient = scope.spawn(|| number(&pool.get()));
            clock::advance(SECOND / 2);
            let hasty = hasty.join().expect("get panicked");
            assert_eq!(hasty, Err(PoolError::TimedOut), "after one second");
            assert_eq!(pool.status(), status(0, 1, 1), "the other call waits");
            drop(lent);
            let patient = patient.join().expect("get panicked");
            assert_eq!(patient, Ok(1), "it came back in time");
        });
        assert_eq!(pool.status(), status(1, 0, 0), "all have come back");
    });
}

#[test]
fn those_who_wait_are_served_in_the_order_of_their_coming() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        let lent = lend(&pool);
        let served = Recorder::new();
        thread::scope(|scope| {
            let _released = Released(&pool);
            for caller in 1..=3 {
                let (pool, served) = (&pool, served.clone());
                scope.spawn(move || {
                    let _lent = lend(pool);
                    served.record(caller);
                    thread::sleep(SECOND / 10);
                });
                settle();
            }
            drop(lent);
        });
        assert_eq!(served.seen(), [1, 2, 3], "the order of service");
    });
}

/// Study: what becomes free belongs to the first who waits, before anybody else can see it.
#[test]
fn a_newcomer_does_not_overtake_a_waiting_call() {
    explore(|| {
        let server = Server::new();
        let pool = server.patient_pool(1);
        let lent = lend(&pool);
        let served = Recorder::new();
        thread::scope(|scope| {
            let _released = Released(&pool);
            scope.spawn(|| {
                let _lent = lend(&pool);
                served.record("the one who waited");
            });
            settle();
            drop(lent);
            let _lent = lend(&pool);
            served.record("the newcomer");
        });
        assert_eq!(
            served.seen(),
            ["the one who waited", "the newcomer"],
            "the order of service after a return"
        );
    });
}

#[test]
fn a_newcomer_does_not_take_a_free_slot_from_a_waiting_call() {
    explore(|| {
        let server = Server::new();
        let pool = server.patient_pool(1);
        let mut lent = lend(&pool);
        let served = Recorder::new();
        thread::scope(|scope| {
            let _released = Released(&pool);
            scope.spawn(|| {
                let _lent = lend(&pool);
                served.record("the one who waited");
            });
            settle();
            lent.mark_broken();
            drop(lent);
            let _lent = lend(&pool);
            served.record("the newcomer");
        });
        assert_eq!(
            served.seen(),
            ["the one who waited", "the newcomer"],
            "the order of service after a broken connection"
        );
    });
}

#[test]
fn closing_wakes_all_who_wait() {
    explore(|| {
        let server = Server::new();
        let pool = server.patient_pool(1);
        let lent = lend(&pool);
        thread::scope(|scope| {
            let waiting = [(); 2].map(|()| scope.spawn(|| number(&pool.get())));
            pool.close();
            for waiting in waiting {
                let answer = waiting.join().expect("get panicked");
                assert_eq!(answer, Err(PoolError::Closed), "the pool was closed");
            }
        });
        drop(lent);
        assert_eq!(server.opens.inside(), 0, "connections alive at the end");
    });
}

#[test]
fn a_connect_that_ends_after_the_closing_is_for_nothing() {
    for (response, expected) in [
        (Respond::Ok, Err(PoolError::Closed)),
        (Respond::Fail, failed()),
    ] {
        check(move || {
            let server = Server::new();
            let pool = server.pool(1);
            let gate = Gate::new();
            let gated = Respond::Gated(gate.clone());
            let end = response.clone();
            server.opens.now([Respond::Each(vec![gated, end])]);
            thread::scope(|scope| {
                let _opened = OpenedAtLast(&gate);
                let slow = scope.spawn(|| number(&pool.get()));
                settle();
                pool.close();
                gate.open();
                let answer = slow.join().expect("get panicked");
                assert_eq!(answer, expected, "closed during connect ({response:?})");
            });
            assert_eq!(server.opens.inside(), 0, "connections alive at the end");
            assert_eq!(pool.status(), status(0, 0, 0), "closed and empty");
        });
    }
}

#[test]
fn a_check_that_ends_after_the_closing_is_for_nothing() {
    for response in [Respond::Ok, Respond::Fail] {
        check(move || {
            let server = Server::new();
            let pool = server.pool(1);
            drop(lend(&pool));
            let gate = Gate::new();
            let gated = Respond::Gated(gate.clone());
            let end = response.clone();
            server.checks.now([Respond::Each(vec![gated, end])]);
            thread::scope(|scope| {
                let _opened = OpenedAtLast(&gate);
                let slow = scope.spawn(|| number(&pool.get()));
                settle();
                pool.close();
                gate.open();
                let answer = slow.join().expect("get panicked");
                assert_eq!(answer, Err(PoolError::Closed), "closed during a check");
            });
            assert_eq!(server.opens.inside(), 0, "connections alive at the end");
        });
    }
}

#[test]
fn a_return_that_races_with_the_closing_leaves_nothing_behind() {
    explore(|| {
        let server = Server::new();
        let pool = server.patient_pool(1);
        let lent = lend(&pool);
        thread::scope(|scope| {
            scope.spawn(|| pool.close());
            scope.spawn(|| drop(lent));
            let waiting = scope.spawn(|| number(&pool.get()));
            let answer = waiting.join().expect("get panicked");
            assert!(
                matches!(answer, Ok(1) | Err(PoolError::Closed)),
                "get answered {answer:?} in a pool that is being closed"
            );
        });
        assert_eq!(server.opens.inside(), 0, "connections alive at the end");
        assert_eq!(pool.status(), status(0, 0, 0), "closed and empty");
    });
}

#[test]
fn a_failed_connect_lets_the_next_in_line_try() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        let gate = Gate::new();
        let slow = Respond::Each(vec![Respond::Gated(gate.clone()), Respond::Fail]);
        server.opens.now([slow, Respond::Fail, Respond::Ok]);
        thread::scope(|scope| {
            let _released = Released(&pool);
            let _opened = OpenedAtLast(&gate);
            let calls = [(); 3].map(|()| {
                let call = scope.spawn(|| number(&pool.get()));
                settle();
                call
            });
            gate.open();
            let answers = calls.map(|call| call.join().expect("get panicked"));
            assert_eq!(
                answers,
                [failed(), failed(), Ok(1)],
                "each call connects once; the third connect succeeds"
            );
        });
        assert_eq!(server.opens.calls(), 3, "connects");
        assert_eq!(clock::now(), Duration::ZERO, "nobody waits for a timeout");
    });
}

#[test]
fn a_panicking_connect_lets_the_next_in_line_try() {
    check(|| {
        let server = Server::new();
        let pool = server.pool(1);
        let gate = Gate::new();
        let slow = Respond::Each(vec![Respond::Gated(gate.clone()), Respond::Panic]);
        server.opens.now([slow, Respond::Ok]);
        thread::scope(|scope| {
            let _released = Released(&pool);
            let _opened = OpenedAtLast(&gate);
            let panicking = scope
                .spawn(|| panic::catch_unwind(AssertUnwindSafe(|| number(&pool.get()))).is_err());
            settle();
            let waiting = scope.spawn(|| number(&pool.get()));
            settle();
            gate.open();
            let waiting = waiting.join().expect("get panicked");
            assert_eq!(waiting, Ok(1), "its turn came with the panic");
            let panicked = panicking.join().expect("the panic was caught");
            assert!(panicked, "the panic of connect reaches its caller");
        });
        assert_eq!(clock::now(), Duration::ZERO, "nobody waits for a timeout");
    });
}

/// Study: each way out of `get` and of the guard has to give the slot back.
#[test]
fn no_slot_gets_lost_in_a_crowd() {
    Explore::new().schedules(0).random(200).run(|| {
        let server = Server::new();
        let pool = server.patient_pool(2);
        server.checks.now([Respond::Ok, Respond::Fail, Respond::Ok]);
        server.opens.now([Respond::Ok, Respond::Fail, Respond::Ok]);
        thread::scope(|scope| {
            for caller in 0..4 {
                let pool = &pool;
                scope.spawn(move || {
                    for _ in 0..2 {
                        if let Ok(mut lent) = pool.get()
                            && caller == 0
                        {
                            lent.mark_broken();
                        }
                    }
                });
            }
        });
        let most = server.opens.most_inside();
        assert!(most <= 2, "{most} connections were alive, the limit is 2");
        let alive = server.opens.inside();
        assert_eq!(pool.status(), status(alive, 0, 0), "all have come back");
        server.opens.now([Respond::Ok]);
        server.checks.now([Respond::Ok]);
        let lent = [pool.get(), pool.get()];
        assert!(lent.iter().all(Result::is_ok), "both slots are still there");
    });
}
