//! Odd clocks, odd states, outages, and the largest and smallest settings.

use judge_kit::{Recorder, Respond, Script, check, clock};
use redis_backed_limiter::{
    ConfigError, FailMode, RemoteLimiter, RemoteStore, StoreError, Verdict,
};
use std::collections::HashMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
const MS: Duration = Duration::from_millis(1);
const DAY: Duration = Duration::from_secs(24 * 3_600);

fn fill(limiter: &RemoteLimiter, user: &str) {
    while limiter.check(user).allowed {}
}

#[test]
fn after_two_windows_nothing_counts() {
    check(|| {
        let server = Server::at(1_009_999);
        let limiter = server.limiter(10, 10 * SECOND);
        fill(&limiter, "ann");
        server.set_clock(1_019_999);
        assert_eq!(
            limiter.check("ann"),
            allowed(8),
            "10 requests in the window before, of which 1 ms is left"
        );
        fill(&limiter, "bob");
        server.set_clock(1_030_000);
        assert_eq!(limiter.check("bob"), allowed(9), "a window was left out");
        server.set_clock(9_999_999);
        assert_eq!(limiter.check("ann"), allowed(9), "many were left out");
    });
}

/// Study: a clock may be set back; what was counted stays counted.
#[test]
fn when_the_clock_goes_back_the_newest_window_stays() {
    check(|| {
        let server = Server::at(103_000);
        let limiter = server.limiter(6, 10 * SECOND);
        assert_eq!(limiter.check("ann"), allowed(5), "window 10");
        assert_eq!(limiter.check("ann"), allowed(4), "window 10");
        server.set_clock(112_000);
        assert_eq!(limiter.check("ann"), allowed(3), "window 11, e = 2 s");
        assert_eq!(limiter.check("ann"), allowed(2), "window 11, e = 2 s");
        server.set_clock(107_000);
        assert_eq!(limiter.check("ann"), allowed(1), "back: window 11, e = 0");
        assert_eq!(limiter.check("ann"), allowed(0), "back: window 11, e = 0");
        let full = denied(0, 10 * SECOND);
        assert_eq!(limiter.check("ann"), full, "back: window 11, e = 0");
        server.set_clock(5);
        assert_eq!(limiter.check("ann"), full, "back by all of its life");
        server.set_clock(115_000);
        assert_eq!(limiter.check("ann"), allowed(0), "window 11, e = 5 s");
        assert_eq!(limiter.check("ann"), denied(0, 5 * SECOND), "e = 5 s");
        server.set_clock(126_000);
        let later = allowed(3);
        assert_eq!(limiter.check("ann"), later, "window 12, e = 6 s, prev = 5");
    });
}

#[test]
fn when_the_clock_goes_back_within_a_window_nothing_is_negative() {
    check(|| {
        let server = Server::at(109_999);
        let limiter = server.limiter(4, 10 * SECOND);
        fill(&limiter, "ann");
        server.set_clock(119_000);
        for left in [2, 1, 0] {
            assert_eq!(limiter.check("ann"), allowed(left), "e = 9 s, prev = 4");
        }
        server.set_clock(111_000);
        let full = denied(0, 9 * SECOND);
        assert_eq!(
            limiter.check("ann"),
            full,
            "back: e = 1 s, prev = 4, cur = 3"
        );
        server.set_clock(129_000);
        assert_eq!(limiter.check("ann"), allowed(2), "the next window, e = 9 s");
    });
}

/// Study: which clock do all nodes agree on?
#[test]
fn the_clock_of_the_node_plays_no_part() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = server.limiter(2, 10 * SECOND);
        fill(&limiter, "ann");
        clock::advance(3_600 * SECOND);
        let full = denied(0, 10 * SECOND);
        assert_eq!(
            limiter.check("ann"),
            full,
            "an hour later by the local clock"
        );
        server.set_clock(1_020_000);
        let fresh = allowed(1);
        assert_eq!(limiter.check("ann"), fresh, "20 s later by the server's");
    });
}

#[test]
fn an_error_is_answered_as_configured_after_one_call() {
    check(|| {
        for error in [StoreError::Timeout, StoreError::Unavailable] {
            let server = Server::at(1_000_000);
            server.data().error = error;
            server.hops.now([Respond::Fail]);
            let open = server.limiter_with("api", 1, 10 * SECOND, FailMode::Open);
            let closed = server.limiter_with("api", 1, 10 * SECOND, FailMode::Closed);
            let pass = Verdict {
                degraded: true,
                ..allowed(0)
            };
            let stop = Verdict {
                degraded: true,
                ..denied(0, SECOND)
            };
            for round in 1..=20 {
                server.calls.clear();
                assert_eq!(open.check("ann"), pass, "{error:?}, open, check {round}");
                assert_eq!(server.calls.len(), 1, "calls, {error:?}, open");
                assert_eq!(
                    closed.check("ann"),
                    stop,
                    "{error:?}, closed, check {round}"
                );
                assert_eq!(server.calls.len(), 2, "calls of both, {error:?}");
            }
            server.hops.now([Respond::Ok]);
            assert_eq!(open.check("ann"), allowed(0), "the store is back");
            let full = denied(0, 10 * SECOND);
            assert_eq!(closed.check("ann"), full, "the store is back");
        }
    });
}

/// Study: after a timeout nobody knows whether the script has run.
#[test]
fn a_timeout_is_not_tried_again_and_what_ran_has_counted() {
    check(|| {
        let server = Server::at(1_000_000);
        server.data().error = StoreError::Timeout;
        server.data().runs_and_fails = true;
        let limiter = server.limiter(3, 10 * SECOND);
        server.hops.now([Respond::Fail, Respond::Ok]);
        let stop = Verdict {
            degraded: true,
            ..denied(0, SECOND)
        };
        assert_eq!(
            limiter.check("ann"),
            stop,
            "the answer did not come in time"
        );
        assert_eq!(server.calls.len(), 1, "calls to the store");
        assert_eq!(
            limiter.check("ann"),
            allowed(1),
            "the limit is 3, and the script of the first check has run"
        );
    });
}

#[test]
fn a_state_that_nobody_wrote_counts_as_none() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = server.limiter(5, 10 * SECOND);
        let garbage: [&[i64]; 4] = [
            &[],
            &[7],
            &[-1; 9],
            &[3, -8, 4, -1, -5, 9, -2, -6, 5, -3, 5],
        ];
        for (round, value) in garbage.into_iter().enumerate() {
            let user = format!("user {round}");
            server
                .data()
                .keep(&format!("api:{user}"), Some(value.to_vec()), DAY);
            assert_eq!(limiter.check(&user), allowed(4), "found {value:?}");
            assert_eq!(limiter.check(&user), allowed(3), "then, after {value:?}");
        }
    });
}

#[test]
fn impossible_settings_are_refused() {
    check(|| {
        let make = |limit, window| {
            let store = Arc::new(Server::at(0));
            RemoteLimiter::new(store, "api", limit, window, FailMode::Open).err()
        };
        let bad = Some(ConfigError::BadWindow);
        assert_eq!(make(0, SECOND), Some(ConfigError::ZeroLimit), "limit 0");
        assert_eq!(
            make(0, Duration::ZERO),
            Some(ConfigError::ZeroLimit),
            "both wrong"
        );
        for window in [
            Duration::ZERO,
            Duration::from_nanos(1),
            Duration::from_micros(1_500),
            SECOND + Duration::from_nanos(1),
            DAY + Duration::from_nanos(1),
            DAY + MS,
            Duration::MAX,
        ] {
            assert_eq!(make(1, window), bad, "a window of {window:?}");
        }
        for window in [MS, 1_001 * MS, DAY - MS, DAY] {
            assert_eq!(make(1, window), None, "a window of {window:?}");
        }
    });
}

/// Study: how large does limit times window get, and in which type?
#[test]
fn the_largest_settings_are_exact() {
    check(|| {
        let day = 86_400_000;
        let server = Server::at(20_000 * day + 1);
        let limiter = server.limiter(u32::MAX, DAY);
        for used in 1..=20 {
            let left = u32::MAX - used;
            assert_eq!(limiter.check("ann"), allowed(left), "request {used}");
        }
        server.set_clock(20_001 * day + 1);
        assert_eq!(
            limiter.check("ann"),
            allowed(u32::MAX - 21),
            "20 in the window before, 1 ms is gone, and 1 now"
        );
        server.set_clock(20_002 * day - 1);
        assert_eq!(
            limiter.check("ann"),
            allowed(u32::MAX - 3),
            "20 in the window before, 1 ms of it is left, and 2 now"
        );
    });
}

#[test]
fn the_shortest_window_is_a_millisecond() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = server.limiter(2, MS);
        assert_eq!(limiter.check("ann"), allowed(1), "the first");
        assert_eq!(limiter.check("ann"), allowed(0), "the second");
        assert_eq!(limiter.check("ann"), denied(0, MS), "the third");
        server.set_clock(1_000_001);
        assert_eq!(limiter.check("ann"), denied(0, MS), "e = 0, prev = 2");
        server.set_clock(1_000_002);
        assert_eq!(limiter.check("ann"), allowed(1), "2 ms later");
    });
}

#[test]
fn a_panic_of_the_store_reaches_its_caller_only() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = server.limiter(2, 10 * SECOND);
        server.hops.now([Respond::Panic, Respond::Ok]);
        let answer = panic::catch_unwind(AssertUnwindSafe(|| limiter.check("ann")));
        let panic = answer.expect_err("the panic of the store did not reach its caller");
        let words = panic.downcast_ref::<&str>().copied();
        assert_eq!(words, Some("scripted panic"), "the panic's own words");
        assert_eq!(limiter.check("ann"), allowed(1), "the next check");
        assert_eq!(server.calls.len(), 2, "calls to the store");
    });
}

#[test]
fn any_text_is_a_user() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = server.limiter(1, 10 * SECOND);
        for user in ["", " ", "Ann", "ann", "änn", "ann\n", "an"] {
            server.calls.clear();
            assert_eq!(limiter.check(user), allowed(0), "the user {user:?}");
            let seen: Vec<String> = server.calls.seen().into_iter().map(|hop| hop.1).collect();
            assert_eq!(seen, [format!("api:{user}")], "the key of {user:?}");
        }
    });
}
