//! Several nodes and threads at one store, and calls that hang in it.

use judge_kit::{Gate, History, Recorder, Respond, Script, check, explore, settle};
use redis_backed_limiter::{FailMode, RemoteLimiter, RemoteStore, StoreError, Verdict};
use std::collections::HashMap;
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

/// Opens its gate at last, also when an assertion fails: threads that wait would hide its message.
struct OpenedAtLast(Gate);

impl Drop for OpenedAtLast {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// Study: to read a count, to compare it and to write it back must be one step in the store.
#[test]
fn three_threads_on_two_nodes_share_two_admissions() {
    explore(|| {
        let server = Server::at(1_000_000);
        let nodes = [(); 2].map(|()| server.limiter(2, 10 * SECOND));
        let verdicts = thread::scope(|scope| {
            let threads = [0, 1, 0].map(|node| {
                let nodes = &nodes;
                scope.spawn(move || nodes[node].check("ann"))
            });
            threads.map(|thread| thread.join().expect("check panicked"))
        });
        let mut left: Vec<u32> = verdicts
            .iter()
            .filter(|verdict| verdict.allowed)
            .map(|verdict| verdict.remaining)
            .collect();
        left.sort_unstable();
        assert_eq!(
            left,
            [0, 1],
            "remaining of the admitted ones, of three requests with a limit of 2"
        );
        let full = denied(0, 10 * SECOND);
        assert!(verdicts.contains(&full), "one of three was to be denied");
    });
}

#[test]
fn overlapping_checks_follow_the_formula_one_after_the_other() {
    explore(|| {
        let server = Server::at(1_000_000);
        let limiter = server.limiter(4, 10 * SECOND);
        limiter.check("ann");
        limiter.check("ann");
        server.set_clock(1_015_000);
        let history = History::new();
        let knock = || {
            for _ in 0..2 {
                history.call("check", || limiter.check("ann"));
            }
        };
        thread::scope(|scope| {
            scope.spawn(knock);
            scope.spawn(knock);
        });
        // Half of the window before is left, which held 2.
        history.linearizable(0, |&current: &u32, _, verdict| {
            let (expected, current) = if current < 3 {
                (allowed(2 - current), current + 1)
            } else {
                (denied(0, 5 * SECOND), current)
            };
            (*verdict == expected).then_some(current)
        });
    });
}

/// Study: no lock of yours may be held while the store is asked.
#[test]
fn a_check_that_hangs_holds_up_no_other_user() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = server.limiter(2, 10 * SECOND);
        let gate = OpenedAtLast(Gate::new());
        server
            .hops
            .now([Respond::Gated(gate.0.clone()), Respond::Ok]);
        thread::scope(|scope| {
            let slow = scope.spawn(|| limiter.check("ann"));
            settle();
            let other = scope.spawn(|| limiter.check("bob"));
            settle();
            assert!(
                other.is_finished(),
                "bob had to wait for ann's call to the store"
            );
            assert_eq!(other.join().expect("check panicked"), allowed(1), "bob");
            gate.0.open();
            assert_eq!(slow.join().expect("check panicked"), allowed(1), "ann");
        });
    });
}

#[test]
fn a_check_that_hangs_holds_up_no_other_check_of_its_user() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = server.limiter(2, 10 * SECOND);
        let gate = OpenedAtLast(Gate::new());
        server
            .hops
            .now([Respond::Gated(gate.0.clone()), Respond::Ok]);
        thread::scope(|scope| {
            let slow = scope.spawn(|| limiter.check("ann"));
            settle();
            let other = scope.spawn(|| limiter.check("ann"));
            settle();
            assert!(
                other.is_finished(),
                "a check of ann had to wait for another one that hangs in the store"
            );
            let first = other.join().expect("check panicked");
            assert_eq!(first, allowed(1), "the script that ran first");
            gate.0.open();
            let second = slow.join().expect("check panicked");
            assert_eq!(second, allowed(0), "the script that ran second");
        });
    });
}

#[test]
fn every_check_gets_the_verdict_of_its_own_script() {
    explore(|| {
        let server = Server::at(1_000_000);
        let limiter = server.limiter(1, 10 * SECOND);
        limiter.check("ann");
        thread::scope(|scope| {
            let ann = scope.spawn(|| limiter.check("ann"));
            let bob = limiter.check("bob");
            assert_eq!(bob, allowed(0), "bob comes for the first time");
            let ann = ann.join().expect("check panicked");
            let full = denied(0, 10 * SECOND);
            assert_eq!(ann, full, "ann comes for the second time, her limit is 1");
        });
    });
}

#[test]
fn an_error_belongs_to_the_check_that_met_it() {
    explore(|| {
        let server = Server::at(1_000_000);
        let limiter = server.limiter_with("api", 3, 10 * SECOND, FailMode::Open);
        server.hops.now([Respond::Fail, Respond::Ok]);
        let verdicts = thread::scope(|scope| {
            let threads = [(); 3].map(|()| scope.spawn(|| limiter.check("ann")));
            threads.map(|thread| thread.join().expect("check panicked"))
        });
        let mut left: Vec<(bool, u32)> = verdicts
            .iter()
            .map(|verdict| (verdict.degraded, verdict.remaining))
            .collect();
        left.sort_unstable();
        assert_eq!(
            left,
            [(false, 1), (false, 2), (true, 0)],
            "degraded and remaining; three checks, and one of them met an error"
        );
        assert_eq!(server.calls.len(), 3, "calls to the store, of three checks");
    });
}
