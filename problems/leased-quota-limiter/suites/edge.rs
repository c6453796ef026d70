//! Slow, late, strange and missing replies.

use judge_kit::{Recorder, Respond, Script, check, clock};
use leased_quota_limiter::{CoordError, Coordinator, Lease, NodeLimiter, Verdict};
use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Weak;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// The coordinator: grants what its list says, one lease after the other, then whatever is wanted for a minute. Clones
/// are the same coordinator.
#[derive(Clone)]
struct Central {
    /// One response for each lease call; to fail means to be unreachable.
    leases: Script,
    /// The node, the key and how many it wants, of each lease call.
    asked: Recorder<(String, String, u32)>,
    grants: Arc<Mutex<VecDeque<Lease>>>,
    /// Permits granted so far.
    granted: Arc<AtomicU32>,
    /// One response for each `give_back`.
    returns: Script,
    /// The node, the key and how many come back, of each `give_back`.
    returned: Recorder<(String, String, u32)>,
}

impl Central {
    fn new(grants: &[(u32, Duration)]) -> Self {
        let lease = |&(granted, valid_for): &(u32, Duration)| Lease { granted, valid_for };
        Central {
            leases: Script::always(Respond::Ok),
            asked: Recorder::new(),
            grants: Arc::new(Mutex::new(grants.iter().map(lease).collect())),
            granted: Arc::default(),
            returns: Script::always(Respond::Ok),
            returned: Recorder::new(),
        }
    }

    fn node(&self, batch: u32) -> NodeLimiter {
        NodeLimiter::new("n1", Arc::new(self.clone()), batch)
    }

    /// Lease calls so far, finished or not.
    fn calls(&self) -> usize {
        self.asked.len()
    }
}

impl Coordinator for Central {
    fn lease(&self, node: &str, key: &str, want: u32) -> Result<Lease, CoordError> {
        self.asked.record((node.to_owned(), key.to_owned(), want));
        let inside = self.leases.play();
        let _inside = inside.map_err(|_| CoordError::Unreachable)?;
        let mut grants = self.grants.lock().unwrap_or_else(PoisonError::into_inner);
        let lease = grants.pop_front().unwrap_or(Lease {
            granted: want,
            valid_for: MINUTE,
        });
        self.granted.fetch_add(lease.granted, Ordering::SeqCst);
        Ok(lease)
    }

    fn give_back(&self, node: &str, key: &str, unused: u32) -> Result<(), CoordError> {
        self.returned
            .record((node.to_owned(), key.to_owned(), unused));
        let inside = self.returns.play();
        inside.map(drop).map_err(|_| CoordError::Unreachable)
    }
}

/// The verdicts of so many calls, which must be alike.
fn allow(node: &NodeLimiter, key: &str, times: u32) -> Verdict {
    let first = node.allow(key);
    for call in 2..=times {
        assert_eq!(node.allow(key), first, "call {call} of {times} for {key:?}");
    }
    first
}

const MS: Duration = Duration::from_millis(1);
const MOMENT: Duration = Duration::from_nanos(1);

/// Study: when does the coordinator's clock begin to run, at the earliest?
#[test]
fn validity_counts_from_the_sending_of_the_request() {
    check(|| {
        let central = Central::new(&[(5, SECOND)]);
        central.leases.now([Respond::Slow(300 * MS), Respond::Ok]);
        let node = central.node(5);
        assert_eq!(node.allow("ann"), Verdict::Allowed, "300 ms after sending");
        clock::advance(700 * MS - MOMENT);
        assert_eq!(node.local_permits("ann"), 4, "1 ns before a second is over");
        assert_eq!(node.allow("ann"), Verdict::Allowed, "1 ns before the end");
        clock::advance(MOMENT);
        assert_eq!(node.local_permits("ann"), 0, "a second after sending");
        assert_eq!(central.calls(), 1, "lease calls so far");
        assert_eq!(node.allow("ann"), Verdict::Allowed, "by a second lease");
        assert_eq!(central.calls(), 2, "lease calls a second after sending");
    });
}

#[test]
fn a_lease_that_is_dead_on_arrival_is_asked_for_three_times() {
    check(|| {
        let central = Central::new(&[(5, SECOND); 6]);
        central.leases.now([Respond::Slow(SECOND)]);
        let node = central.node(5);
        for round in [3, 6] {
            assert_eq!(node.allow("ann"), Verdict::Unavailable, "all were dead");
            assert_eq!(central.calls(), round, "lease calls, 3 for each allow");
            assert_eq!(node.local_permits("ann"), 0, "all of them were dead");
        }
        central.leases.now([Respond::Ok]);
        assert_eq!(node.allow("ann"), Verdict::Allowed, "a lease in time");
        assert_eq!(node.local_permits("ann"), 4, "nothing was added to it");
        assert_eq!(central.calls(), 7, "lease calls");
    });
}

#[test]
fn after_dead_leases_any_other_reply_counts() {
    check(|| {
        let late = Respond::Slow(SECOND);
        let dead = (5, SECOND);
        let run = |last: Respond, grant: (u32, Duration)| {
            let central = Central::new(&[dead, dead, grant]);
            central.leases.now([late.clone(), late.clone(), last]);
            let verdict = central.node(5).allow("ann");
            (verdict, central.calls())
        };
        let good = run(Respond::Ok, (2, SECOND));
        assert_eq!(good, (Verdict::Allowed, 3), "dead, dead, 2 permits");
        let nothing = run(Respond::Ok, (0, SECOND));
        assert_eq!(nothing, (Verdict::Denied, 3), "dead, dead, a grant of 0");
        let error = run(Respond::Fail, dead);
        assert_eq!(error, (Verdict::Unavailable, 3), "dead, dead, an error");
        let slow = run(Respond::Slow(SECOND - MOMENT), dead);
        assert_eq!(slow, (Verdict::Allowed, 3), "dead, dead, 1 ns in time");
    });
}

#[test]
fn a_lease_without_validity_is_dead_on_arrival() {
    check(|| {
        let central = Central::new(&[(5, Duration::ZERO); 3]);
        let node = central.node(5);
        assert_eq!(node.allow("ann"), Verdict::Unavailable, "valid for 0 ns");
        assert_eq!(central.calls(), 3, "lease calls");
        assert_eq!(node.allow("ann"), Verdict::Allowed, "valid for a minute");
        assert_eq!(central.calls(), 4, "lease calls");
    });
}

#[test]
fn the_pause_after_a_grant_of_nothing_counts_from_the_sending() {
    check(|| {
        let central = Central::new(&[(0, 3 * SECOND)]);
        central.leases.now([Respond::Slow(SECOND), Respond::Ok]);
        let node = central.node(5);
        assert_eq!(node.allow("ann"), Verdict::Denied, "a grant of 0");
        clock::advance(2 * SECOND - MOMENT);
        assert_eq!(node.allow("ann"), Verdict::Denied, "1 ns before 3 s");
        assert_eq!(central.calls(), 1, "lease calls 1 ns before 3 s");
        clock::advance(MOMENT);
        assert_eq!(node.allow("ann"), Verdict::Allowed, "3 s after sending");
        assert_eq!(central.calls(), 2, "lease calls");
    });
}

#[test]
fn a_late_grant_of_nothing_denies_without_a_second_call() {
    check(|| {
        let central = Central::new(&[(0, SECOND), (0, Duration::ZERO)]);
        central.leases.now([Respond::Slow(2 * SECOND), Respond::Ok]);
        let node = central.node(5);
        assert_eq!(node.allow("ann"), Verdict::Denied, "0, a second too late");
        assert_eq!(central.calls(), 1, "lease calls");
        assert_eq!(node.allow("ann"), Verdict::Denied, "0, valid for 0 ns");
        assert_eq!(central.calls(), 2, "lease calls");
        assert_eq!(node.allow("ann"), Verdict::Allowed, "5 for a minute");
        assert_eq!(central.calls(), 3, "lease calls");
    });
}

#[test]
fn a_batch_of_zero_asks_for_one() {
    check(|| {
        for (batch, want) in [(0, 1), (1, 1), (u32::MAX, u32::MAX)] {
            let central = Central::new(&[]);
            let node = central.node(batch);
            assert_eq!(node.allow("ann"), Verdict::Allowed, "batch {batch}");
            let wanted: Vec<_> = central
                .asked
                .seen()
                .into_iter()
                .map(|call| call.2)
                .collect();
            assert_eq!(wanted, [want], "wanted with a batch of {batch}");
            assert_eq!(node.local_permits("ann"), want - 1, "batch {batch}");
        }
    });
}

#[test]
fn more_than_was_wanted_can_be_spent() {
    check(|| {
        let central = Central::new(&[(7, MINUTE), (0, MINUTE)]);
        let node = central.node(2);
        assert_eq!(allow(&node, "ann", 7), Verdict::Allowed, "7 were granted");
        assert_eq!(central.calls(), 1, "lease calls for 7 requests");
        assert_eq!(node.allow("ann"), Verdict::Denied, "the 8th of 7");
    });
}

/// Study: what must happen after a call of foreign code belongs into a destructor.
#[test]
fn a_panic_reaches_its_caller_and_frees_the_key() {
    check(|| {
        let central = Central::new(&[]);
        central
            .leases
            .now([Respond::Ok, Respond::Panic, Respond::Panic, Respond::Ok]);
        let node = central.node(2);
        assert_eq!(allow(&node, "ann", 2), Verdict::Allowed, "a grant of 2");
        for _ in 0..2 {
            let answer = panic::catch_unwind(AssertUnwindSafe(|| node.allow("ann")));
            let panic = answer.expect_err("the coordinator's panic did not reach its caller");
            let words = panic.downcast_ref::<&str>().copied();
            assert_eq!(words, Some("scripted panic"), "the panic's own words");
        }
        assert_eq!(node.local_permits("ann"), 0, "after two panics");
        assert_eq!(node.allow("ann"), Verdict::Allowed, "after two panics");
        assert_eq!(node.allow("bob"), Verdict::Allowed, "another key");
        assert_eq!(central.calls(), 5, "lease calls");
    });
}

#[test]
fn an_endless_lease_does_not_end() {
    check(|| {
        let central = Central::new(&[(3, Duration::MAX), (0, Duration::MAX)]);
        let node = central.node(3);
        assert_eq!(node.allow("ann"), Verdict::Allowed, "1 of 3");
        assert_eq!(node.allow("bob"), Verdict::Denied, "0 for ever");
        clock::advance(MINUTE * 60 * 24 * 365 * 100);
        assert_eq!(node.local_permits("ann"), 2, "a century later");
        assert_eq!(allow(&node, "ann", 2), Verdict::Allowed, "a century later");
        assert_eq!(node.allow("bob"), Verdict::Denied, "a century later");
        assert_eq!(central.calls(), 2, "lease calls");
    });
}

/// Grants 2 permits for a minute; asked for "ann", it looks at the limiter and uses it for other keys.
#[derive(Default)]
struct Nosy {
    node: Mutex<Weak<NodeLimiter>>,
    seen: Mutex<Vec<(u32, Verdict)>>,
}

impl Coordinator for Nosy {
    fn lease(&self, _: &str, key: &str, _: u32) -> Result<Lease, CoordError> {
        let node = self
            .node
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .upgrade();
        if let (Some(node), "ann") = (node, key) {
            let seen = (node.local_permits("ann"), node.allow("bob"));
            let mut list = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            list.push(seen);
        }
        Ok(Lease {
            granted: 2,
            valid_for: MINUTE,
        })
    }

    fn give_back(&self, _: &str, _: &str, _: u32) -> Result<(), CoordError> {
        Ok(())
    }
}

/// Study: no lock may be held while foreign code runs.
#[test]
fn the_coordinator_may_use_the_limiter_for_another_key() {
    check(|| {
        let nosy = Arc::new(Nosy::default());
        let node = Arc::new(NodeLimiter::new("n1", nosy.clone(), 2));
        *nosy.node.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&node);
        assert_eq!(allow(&node, "ann", 3), Verdict::Allowed, "ann");
        let seen = nosy.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let expected = [(0, Verdict::Allowed), (0, Verdict::Allowed)];
        assert_eq!(*seen, expected, "permits of ann, and a request of bob");
        assert_eq!(node.local_permits("bob"), 0, "2 were leased and spent");
    });
}
