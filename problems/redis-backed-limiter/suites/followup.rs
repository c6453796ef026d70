//! The breaker that spares an ailing store.

use judge_kit::{Gate, Recorder, Respond, Script, check, clock, explore, settle};
use redis_backed_limiter::{FailMode, RemoteLimiter, RemoteStore, StoreError, Verdict};
use std::collections::HashMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The store that all nodes share: its clock stands where the test puts it, and it answers as its script says. Clones
/// are the same store.
#[derive(Clone)]
struct Server {
    /// One response for each call; to fail means `error`.
    hops: Script,
    calls: Recorder<Hop>,
    data: Arc<Mutex<Data>>,
}

/// A call: the method, the key and the time to live.
type Hop = (&'static str, String, Duration);

struct Data {
    now: u64,
    /// Values by key, each with the moment at which it expires.
    values: HashMap<String, (Vec<i64>, u64)>,
    error: StoreError,
    /// Whether a script runs before the call fails.
    runs_and_fails: bool,
}

impl Data {
    fn value(&self, key: &str) -> Option<Vec<i64>> {
        let (value, end) = self.values.get(key)?;
        (self.now < *end).then(|| value.clone())
    }

    fn keep(&mut self, key: &str, value: Option<Vec<i64>>, ttl: Duration) {
        let before = self.values.remove(key).map_or(0, |(_, end)| end);
        // A clock that goes back does not shorten a life.
        let end = before.max(self.now + ttl.as_millis() as u64);
        self.values
            .extend(value.map(|value| (key.to_owned(), (value, end))));
    }
}

impl Server {
    fn at(now: u64) -> Self {
        Server {
            hops: Script::always(Respond::Ok),
            calls: Recorder::new(),
            data: Arc::new(Mutex::new(Data {
                now,
                values: HashMap::new(),
                error: StoreError::Unavailable,
                runs_and_fails: false,
            })),
        }
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_clock(&self, now: u64) {
        self.data().now = now;
    }

    fn hop(&self, method: &'static str, key: &str, ttl: Duration) -> Result<(), StoreError> {
        self.calls.record((method, key.to_owned(), ttl));
        let answer = self.hops.play();
        answer.map(drop).map_err(|_| self.data().error)
    }

    fn limiter(&self, limit: u32, window: Duration) -> RemoteLimiter {
        self.limiter_with("api", limit, window, FailMode::Closed)
    }

    fn limiter_with(
        &self,
        prefix: &str,
        limit: u32,
        window: Duration,
        fail: FailMode,
    ) -> RemoteLimiter {
        let store = Arc::new(self.clone());
        RemoteLimiter::new(store, prefix, limit, window, fail).expect("these are valid settings")
    }
}

impl RemoteStore for Server {
    fn get(&self, key: &str) -> Result<Option<Vec<i64>>, StoreError> {
        self.hop("get", key, Duration::ZERO)?;
        Ok(self.data().value(key))
    }

    fn set(&self, key: &str, value: &[i64], ttl: Duration) -> Result<(), StoreError> {
        self.hop("set", key, ttl)?;
        self.data().keep(key, Some(value.to_vec()), ttl);
        Ok(())
    }

    fn eval(
        &self,
        key: &str,
        ttl: Duration,
        script: &mut dyn FnMut(u64, &mut Option<Vec<i64>>) -> i64,
    ) -> Result<i64, StoreError> {
        let hop = self.hop("eval", key, ttl);
        let mut data = self.data();
        if hop.is_err() && !data.runs_and_fails {
            return hop.map(|()| 0);
        }
        let mut value = data.value(key);
        let result = script(data.now, &mut value);
        data.keep(key, value, ttl);
        hop.map(|()| result)
    }

    fn time_ms(&self) -> Result<u64, StoreError> {
        self.hop("time_ms", "", Duration::ZERO)?;
        Ok(self.data().now)
    }
}

fn allowed(remaining: u32) -> Verdict {
    Verdict {
        allowed: true,
        degraded: false,
        remaining,
        retry_after: Duration::ZERO,
    }
}

fn denied(remaining: u32, retry_after: Duration) -> Verdict {
    Verdict {
        allowed: false,
        degraded: false,
        remaining,
        retry_after,
    }
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const NS: Duration = Duration::from_nanos(1);

/// Opens its gate at last, also when an assertion fails: threads that wait would hide its message.
struct OpenedAtLast(Gate);

impl Drop for OpenedAtLast {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// A limiter of 100 per 10 s, closed in an outage, whose breaker opens for a minute.
fn guarded(server: &Server, failures: u32) -> RemoteLimiter {
    server
        .limiter(100, 10 * SECOND)
        .with_breaker(failures, MINUTE)
}

fn refused() -> Verdict {
    Verdict {
        degraded: true,
        ..denied(0, SECOND)
    }
}

/// One check: whether it was degraded, and how often it called the store.
fn probe(server: &Server, limiter: &RemoteLimiter) -> (bool, usize) {
    let before = server.calls.len();
    let verdict = limiter.check("ann");
    (verdict.degraded, server.calls.len() - before)
}

const ANSWERED: (bool, usize) = (false, 1);
const FAILED: (bool, usize) = (true, 1);
const SPARED: (bool, usize) = (true, 0);

#[test]
fn errors_in_a_row_open_the_breaker() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = guarded(&server, 3);
        assert_eq!(probe(&server, &limiter), ANSWERED, "the store is well");
        server.hops.now([Respond::Fail]);
        for error in ["1st", "2nd", "3rd"] {
            assert_eq!(probe(&server, &limiter), FAILED, "the {error} error");
        }
        for _ in 0..5 {
            assert_eq!(probe(&server, &limiter), SPARED, "after 3 errors of 3");
        }
        assert_eq!(limiter.check("bob"), refused(), "another user, mode Closed");
        let open = server
            .limiter_with("api", 1, SECOND, FailMode::Open)
            .with_breaker(1, MINUTE);
        open.check("ann");
        let pass = Verdict {
            degraded: true,
            ..allowed(0)
        };
        assert_eq!(open.check("ann"), pass, "mode Open");
    });
}

#[test]
fn an_answer_starts_the_row_again() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = guarded(&server, 3);
        let (ok, fail) = (Respond::Ok, Respond::Fail);
        server.hops.now([
            fail.clone(),
            fail.clone(),
            ok,
            fail.clone(),
            fail.clone(),
            fail,
        ]);
        let seen = [(); 7].map(|()| probe(&server, &limiter));
        assert_eq!(
            seen,
            [FAILED, FAILED, ANSWERED, FAILED, FAILED, FAILED, SPARED],
            "2 errors, an answer, 3 errors, and a check after that"
        );
    });
}

#[test]
fn the_cooldown_is_exact_and_an_answer_closes() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = guarded(&server, 2);
        server.hops.now([Respond::Fail, Respond::Fail, Respond::Ok]);
        probe(&server, &limiter);
        clock::advance(MINUTE);
        probe(&server, &limiter);
        clock::advance(MINUTE - NS);
        assert_eq!(probe(&server, &limiter), SPARED, "1 ns before the end");
        clock::advance(NS);
        assert_eq!(probe(&server, &limiter), ANSWERED, "the probe");
        assert_eq!(probe(&server, &limiter), ANSWERED, "the store is back");
        server.hops.now([Respond::Fail]);
        assert_eq!(probe(&server, &limiter), FAILED, "the 1st error of 2");
        assert_eq!(probe(&server, &limiter), FAILED, "the 2nd error of 2");
        assert_eq!(probe(&server, &limiter), SPARED, "open again");
    });
}

#[test]
fn a_failed_probe_opens_for_a_further_cooldown() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = guarded(&server, 3);
        server.hops.now([Respond::Fail]);
        (0..3).for_each(|_| drop(probe(&server, &limiter)));
        for round in 1..=3 {
            clock::advance(MINUTE - NS);
            assert_eq!(probe(&server, &limiter), SPARED, "too early, {round}");
            clock::advance(NS);
            assert_eq!(probe(&server, &limiter), FAILED, "probe {round}");
            assert_eq!(probe(&server, &limiter), SPARED, "after probe {round}");
        }
    });
}

/// Study: the time that counts is when the bad news arrived, not when the question was sent.
#[test]
fn the_cooldown_begins_when_the_error_arrives() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = guarded(&server, 1);
        let slow_error = Respond::Each(vec![Respond::Slow(20 * SECOND), Respond::Fail]);
        server
            .hops
            .now([slow_error.clone(), slow_error, Respond::Ok]);
        for error in ["the first error", "the probe's error"] {
            assert_eq!(probe(&server, &limiter), FAILED, "{error}");
            clock::advance(MINUTE - NS);
            assert_eq!(probe(&server, &limiter), SPARED, "1 ns early, {error}");
            clock::advance(NS);
        }
        assert_eq!(probe(&server, &limiter), ANSWERED, "the last probe");
    });
}

#[test]
fn while_a_probe_hangs_all_others_are_spared() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = guarded(&server, 1);
        let gate = OpenedAtLast(Gate::new());
        let gated = Respond::Gated(gate.0.clone());
        server.hops.now([Respond::Fail, gated, Respond::Ok]);
        probe(&server, &limiter);
        clock::advance(MINUTE);
        thread::scope(|scope| {
            let first = scope.spawn(|| limiter.check("ann"));
            settle();
            assert_eq!(gate.0.arrivals(), 1, "probes");
            clock::advance(10 * MINUTE);
            for user in ["ann", "bob"] {
                let other = scope.spawn(|| limiter.check(user));
                settle();
                assert!(other.is_finished(), "{user} had to wait for the probe");
                let verdict = other.join().expect("check panicked");
                assert_eq!(verdict, refused(), "{user}, while the probe hangs");
            }
            assert_eq!(server.calls.len(), 2, "calls to the store");
            gate.0.open();
            let verdict = first.join().expect("check panicked");
            assert_eq!(verdict, allowed(99), "the probe itself");
        });
        assert_eq!(probe(&server, &limiter), ANSWERED, "the store is back");
    });
}

/// Study: to see that the cooldown is over and to become the probe must be one step.
#[test]
fn of_three_checks_after_the_cooldown_one_probes() {
    explore(|| {
        let server = Server::at(1_000_000);
        let limiter = guarded(&server, 1);
        server.hops.now([Respond::Fail]);
        limiter.check("ann");
        clock::jump(MINUTE);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    assert_eq!(limiter.check("ann"), refused(), "the store is still down");
                });
            }
        });
        assert_eq!(server.calls.len(), 2, "calls: one error, and one probe");
    });
}

#[test]
fn no_error_is_lost_among_several_threads() {
    explore(|| {
        let server = Server::at(1_000_000);
        let limiter = guarded(&server, 3);
        server.hops.now([Respond::Fail]);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| limiter.check("ann"));
            }
        });
        assert_eq!(server.calls.len(), 3, "calls before the breaker opened");
        limiter.check("ann");
        assert_eq!(server.calls.len(), 3, "calls, after three errors of three");
    });
}

#[test]
fn a_panic_counts_as_an_error() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = guarded(&server, 2);
        let caught = || panic::catch_unwind(AssertUnwindSafe(|| limiter.check("ann"))).is_err();
        server.hops.now([Respond::Fail, Respond::Panic]);
        assert_eq!(probe(&server, &limiter), FAILED, "an error");
        assert!(caught(), "the panic did not reach its caller");
        assert_eq!(
            probe(&server, &limiter),
            SPARED,
            "after an error and a panic"
        );
        clock::advance(MINUTE);
        assert!(caught(), "the panic of the probe did not reach its caller");
        assert_eq!(
            probe(&server, &limiter),
            SPARED,
            "after a probe that panicked"
        );
        clock::advance(MINUTE - NS);
        assert_eq!(probe(&server, &limiter), SPARED, "1 ns before the end");
        clock::advance(NS);
        server.hops.now([Respond::Ok]);
        assert_eq!(probe(&server, &limiter), ANSWERED, "the next probe");
    });
}

/// Study: news from before the outage says nothing about the store of now.
#[test]
fn a_late_answer_does_not_close_the_breaker() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = guarded(&server, 1);
        let gate = OpenedAtLast(Gate::new());
        let gated = Respond::Gated(gate.0.clone());
        server.hops.now([gated, Respond::Fail]);
        thread::scope(|scope| {
            let late = scope.spawn(|| limiter.check("ann"));
            settle();
            assert_eq!(probe(&server, &limiter), FAILED, "the error that opens");
            gate.0.open();
            let late = late.join().expect("check panicked");
            assert_eq!(late, allowed(99), "a check begun before the opening");
            assert_eq!(probe(&server, &limiter), SPARED, "after the late answer");
        });
    });
}

#[test]
fn a_late_error_changes_nothing_any_more() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = guarded(&server, 1);
        let gates = [(); 2].map(|()| OpenedAtLast(Gate::new()));
        let late = |gate: &OpenedAtLast| {
            Respond::Each(vec![Respond::Gated(gate.0.clone()), Respond::Fail])
        };
        let script = [late(&gates[0]), late(&gates[1]), Respond::Fail, Respond::Ok];
        server.hops.now(script);
        thread::scope(|scope| {
            let late = [(); 2].map(|()| {
                let thread = scope.spawn(|| limiter.check("ann"));
                settle();
                thread
            });
            assert_eq!(probe(&server, &limiter), FAILED, "the error that opens");
            clock::advance(MINUTE / 2);
            gates[0].0.open();
            settle();
            clock::advance(MINUTE / 2);
            assert_eq!(
                probe(&server, &limiter),
                ANSWERED,
                "the probe, though a late error came meanwhile"
            );
            gates[1].0.open();
            for thread in late {
                let verdict = thread.join().expect("check panicked");
                assert_eq!(verdict, refused(), "a check begun before the opening");
            }
            assert_eq!(
                probe(&server, &limiter),
                ANSWERED,
                "a late error came after the closing"
            );
        });
    });
}

#[test]
fn zero_failures_count_as_one_and_an_endless_cooldown_does_not_end() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = server
            .limiter(100, 10 * SECOND)
            .with_breaker(0, Duration::MAX);
        assert_eq!(probe(&server, &limiter), ANSWERED, "no error yet");
        server.hops.now([Respond::Fail, Respond::Ok]);
        assert_eq!(probe(&server, &limiter), FAILED, "the first error");
        assert_eq!(probe(&server, &limiter), SPARED, "after one error");
        clock::advance(MINUTE * 60 * 24 * 365);
        assert_eq!(probe(&server, &limiter), SPARED, "a year later");
    });
}
