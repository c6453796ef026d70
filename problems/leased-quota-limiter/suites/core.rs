//! Batches, grants and their ends, for one caller.

use judge_kit::{Recorder, Respond, Script, assert_send_sync, check, clock};
use leased_quota_limiter::{CoordError, Coordinator, Lease, NodeLimiter, Verdict};
use std::collections::VecDeque;
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

const MOMENT: Duration = Duration::from_nanos(1);

#[test]
fn permits_are_leased_in_batches() {
    check(|| {
        assert_send_sync::<NodeLimiter>();
        let central = Central::new(&[]);
        let node = central.node(10);
        assert_eq!(central.calls(), 0, "before the first request");
        assert_eq!(allow(&node, "ann", 25), Verdict::Allowed, "25 of 30");
        let call = ("n1".to_owned(), "ann".to_owned(), 10);
        assert_eq!(
            central.asked.seen(),
            [call.clone(), call.clone(), call],
            "node, key and wanted of the lease calls for 25 requests in batches of 10"
        );
    });
}

#[test]
fn a_small_grant_is_spent_before_the_next_call() {
    check(|| {
        let central = Central::new(&[(3, MINUTE), (1, MINUTE)]);
        let node = central.node(10);
        assert_eq!(allow(&node, "ann", 3), Verdict::Allowed, "a grant of 3");
        assert_eq!(central.calls(), 1, "lease calls for 3 requests");
        assert_eq!(node.allow("ann"), Verdict::Allowed, "a grant of 1");
        assert_eq!(central.calls(), 2, "lease calls for 4 requests");
        assert_eq!(allow(&node, "ann", 10), Verdict::Allowed, "10 as wanted");
        assert_eq!(central.calls(), 3, "lease calls for 14 requests");
    });
}

/// Study: an answer that says no is an answer; remember it as long as it holds.
#[test]
fn a_grant_of_nothing_holds_for_its_time() {
    check(|| {
        let central = Central::new(&[(2, MINUTE), (0, 5 * SECOND), (0, SECOND)]);
        let node = central.node(10);
        assert_eq!(allow(&node, "ann", 2), Verdict::Allowed, "a grant of 2");
        assert_eq!(allow(&node, "ann", 4), Verdict::Denied, "a grant of 0");
        assert_eq!(central.calls(), 2, "lease calls for 6 requests");
        clock::advance(5 * SECOND - MOMENT);
        assert_eq!(node.allow("ann"), Verdict::Denied, "1 ns before its end");
        assert_eq!(central.calls(), 2, "lease calls 1 ns before its end");
        clock::advance(MOMENT);
        assert_eq!(node.allow("ann"), Verdict::Denied, "0 again, for a second");
        assert_eq!(central.calls(), 3, "lease calls at its end");
        clock::advance(SECOND);
        assert_eq!(node.allow("ann"), Verdict::Allowed, "a grant at last");
        assert_eq!(central.calls(), 4, "lease calls a second later");
    });
}

#[test]
fn each_key_has_its_own_leases() {
    check(|| {
        let central = Central::new(&[(2, MINUTE), (0, MINUTE), (4, MINUTE)]);
        let node = central.node(4);
        assert_eq!(node.allow("ann"), Verdict::Allowed, "ann gets 2");
        assert_eq!(allow(&node, "bob", 2), Verdict::Denied, "bob gets 0");
        assert_eq!(node.allow(""), Verdict::Allowed, "the empty key gets 4");
        let local = ["ann", "bob", "", "cyd"].map(|key| node.local_permits(key));
        assert_eq!(local, [1, 0, 3, 0], "left to ann, bob, \"\" and cyd");
        let keys: Vec<_> = central
            .asked
            .seen()
            .into_iter()
            .map(|call| call.1)
            .collect();
        assert_eq!(keys, ["ann", "bob", ""], "keys of the lease calls");
    });
}

#[test]
fn local_permits_are_what_could_be_spent_now() {
    check(|| {
        let central = Central::new(&[(3, 10 * SECOND), (0, 10 * SECOND)]);
        let node = central.node(3);
        assert_eq!(node.local_permits("ann"), 0, "before the first request");
        assert_eq!(central.calls(), 0, "nothing was needed so far");
        node.allow("ann");
        assert_eq!(node.local_permits("ann"), 2, "after 1 of 3");
        node.allow("ann");
        assert_eq!(node.local_permits("ann"), 1, "after 2 of 3");
        clock::advance(10 * SECOND - MOMENT);
        assert_eq!(node.local_permits("ann"), 1, "1 ns before the end");
        clock::advance(MOMENT);
        assert_eq!(node.local_permits("ann"), 0, "at the end");
        assert_eq!(central.calls(), 1, "lease calls by asking for permits");
        node.allow("ann");
        assert_eq!(node.local_permits("ann"), 0, "after a grant of 0");
    });
}

/// Study: a permit that has died is the coordinator's again.
#[test]
fn what_is_unspent_at_the_end_is_lost() {
    check(|| {
        let central = Central::new(&[(10, 10 * SECOND), (4, 10 * SECOND), (0, MINUTE)]);
        let node = central.node(10);
        assert_eq!(allow(&node, "ann", 3), Verdict::Allowed, "3 of 10");
        clock::advance(10 * SECOND);
        assert_eq!(node.allow("ann"), Verdict::Allowed, "a new lease of 4");
        assert_eq!(central.calls(), 2, "lease calls at the end of the first");
        assert_eq!(node.local_permits("ann"), 3, "after 1 of 4");
        assert_eq!(allow(&node, "ann", 3), Verdict::Allowed, "the rest of 4");
        assert_eq!(node.allow("ann"), Verdict::Denied, "7 are lost");
        assert_eq!(central.calls(), 3, "lease calls");
    });
}

#[test]
fn without_a_coordinator_a_call_is_unavailable_and_the_next_one_tries_again() {
    check(|| {
        let central = Central::new(&[]);
        central
            .leases
            .now([Respond::Ok, Respond::Fail, Respond::Fail, Respond::Ok]);
        let node = central.node(2);
        assert_eq!(allow(&node, "ann", 2), Verdict::Allowed, "a grant of 2");
        for calls in [2, 3] {
            assert_eq!(node.allow("ann"), Verdict::Unavailable, "unreachable");
            assert_eq!(central.calls(), calls, "lease calls, one per try");
        }
        assert_eq!(allow(&node, "ann", 2), Verdict::Allowed, "it is back");
        assert_eq!(central.calls(), 4, "lease calls");
    });
}
