//! The formula, its windows, and what is asked of the store.

use judge_kit::{Recorder, Respond, Script, assert_send_sync, check};
use redis_backed_limiter::{FailMode, RemoteLimiter, RemoteStore, StoreError, Verdict};
use std::collections::HashMap;
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

/// Of so many requests, how many were admitted.
fn admitted(limiter: &RemoteLimiter, user: &str, requests: u32) -> usize {
    let verdicts = (0..requests).map(|_| limiter.check(user));
    verdicts.filter(|verdict| verdict.allowed).count()
}

#[test]
fn the_limit_holds_within_a_window() {
    check(|| {
        assert_send_sync::<RemoteLimiter>();
        let server = Server::at(1_004_200);
        let limiter = server.limiter(3, 10 * SECOND);
        for left in [2, 1, 0] {
            assert_eq!(limiter.check("ann"), allowed(left), "within the limit of 3");
        }
        server.set_clock(1_009_999);
        assert_eq!(limiter.check("ann"), denied(0, MS), "the 4th, at the end");
    });
}

/// Study: state that must hold for all nodes can only live in the store.
#[test]
fn two_limiters_on_one_store_share_the_limit() {
    check(|| {
        let server = Server::at(1_000_000);
        let nodes = [(); 2].map(|()| server.limiter(3, 10 * SECOND));
        assert_eq!(nodes[0].check("ann"), allowed(2), "the first node");
        assert_eq!(nodes[1].check("ann"), allowed(1), "the second node");
        assert_eq!(nodes[1].check("ann"), allowed(0), "the second node");
        let too_many = denied(0, 10 * SECOND);
        assert_eq!(nodes[0].check("ann"), too_many, "the first node, the 4th");
        assert_eq!(nodes[1].check("ann"), too_many, "the second node, the 5th");
    });
}

#[test]
fn the_window_before_counts_by_the_part_that_is_left() {
    check(|| {
        let server = Server::at(1_003_000);
        let limiter = server.limiter(10, 10 * SECOND);
        assert_eq!(admitted(&limiter, "ann", 10), 10, "of 10, the limit is 10");
        server.set_clock(1_010_000);
        let nothing = denied(0, 10 * SECOND);
        assert_eq!(limiter.check("ann"), nothing, "the next window begins");
        server.set_clock(1_015_000);
        assert_eq!(
            admitted(&limiter, "ann", 12),
            5,
            "admitted of 12 requests in the middle of the window after 10 of 10"
        );
    });
}

/// Study: a request that was refused has used nothing.
#[test]
fn denied_requests_do_not_count() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = server.limiter(4, 10 * SECOND);
        assert_eq!(admitted(&limiter, "ann", 50), 4, "of 50, the limit is 4");
        server.set_clock(1_017_500);
        assert_eq!(
            limiter.check("ann"),
            allowed(2),
            "a quarter of the window is left, and 4 were admitted in the one before"
        );
        assert_eq!(admitted(&limiter, "ann", 50), 2, "2 more of 50");
    });
}

#[test]
fn windows_begin_at_multiples_of_their_length() {
    check(|| {
        let server = Server::at(7 * 100 + 6);
        let limiter = server.limiter(1, 7 * MS);
        assert_eq!(limiter.check("ann"), allowed(0), "1 ms before the end");
        assert_eq!(limiter.check("ann"), denied(0, MS), "1 ms before the end");
        server.set_clock(7 * 101 + 3);
        let half = denied(0, 4 * MS);
        assert_eq!(limiter.check("ann"), half, "3 of 7 ms into the next one");
        server.set_clock(7 * 102);
        assert_eq!(limiter.check("ann"), allowed(0), "the window after that");
    });
}

#[test]
fn verdicts_follow_the_formula() {
    check(|| {
        for (limit, window) in [(5_u64, 10_u64), (3, 1_000), (40, 77), (1, 4)] {
            let server = Server::at(1_000_000);
            let limiter = server.limiter(limit as u32, window as u32 * MS);
            let (mut number, mut current, mut previous) = (0, 0, 0);
            let (mut now, mut random) = (1_000_000, 7_u64);
            for _ in 0..300 {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let step = (random >> 40) % (2 * window / limit + 2);
                now += if random >> 60 == 0 { 2 * window } else { step };
                server.set_clock(now);
                let gone = now % window;
                match now / window - number {
                    0 => {}
                    1 => (previous, current) = (current, 0),
                    _ => (previous, current) = (0, 0),
                }
                number = now / window;
                let used = previous * (window - gone);
                let fits = used + (current + 1) * window <= limit * window;
                current += u64::from(fits);
                let left = (limit * window).saturating_sub(used + current * window) / window;
                let expected = if fits {
                    allowed(left as u32)
                } else {
                    denied(left as u32, (window - gone) as u32 * MS)
                };
                assert_eq!(
                    limiter.check("ann"),
                    expected,
                    "limit {limit}, W = {window} ms, e = {gone} ms, cur and prev after the decision {current} and {previous}"
                );
            }
        }
    });
}

#[test]
fn users_and_prefixes_have_budgets_of_their_own() {
    check(|| {
        let server = Server::at(1_000_000);
        let api = server.limiter(1, 10 * SECOND);
        let web = server.limiter_with("web", 1, 10 * SECOND, FailMode::Open);
        assert_eq!(api.check("ann"), allowed(0), "ann at the api");
        assert_eq!(api.check("bob"), allowed(0), "bob at the api");
        assert_eq!(web.check("ann"), allowed(0), "ann at the web");
        let too_many = denied(0, 10 * SECOND);
        assert_eq!(api.check("ann"), too_many, "ann again at the api");
        assert_eq!(api.check("bob"), too_many, "bob again at the api");
        assert_eq!(web.check("ann"), too_many, "ann again at the web");
    });
}

/// Study: each hop is time that the user waits.
#[test]
fn a_check_is_one_call_with_its_key_and_a_life_of_two_windows() {
    check(|| {
        let server = Server::at(1_000_000);
        let limiter = server.limiter_with("shop", 1, 1_500 * MS, FailMode::Open);
        let ann = ("eval", "shop:ann".to_owned(), 3 * SECOND);
        for request in ["the first request", "a denied one"] {
            server.calls.clear();
            limiter.check("ann");
            let seen = server.calls.seen();
            assert_eq!(seen, std::slice::from_ref(&ann), "calls for {request}");
        }
    });
}
