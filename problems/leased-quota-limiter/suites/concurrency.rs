//! Threads that need the same lease, and leases that fail under them.

use judge_kit::{Gate, Recorder, Respond, Script, check, clock, explore, settle};
use leased_quota_limiter::{CoordError, Coordinator, Lease, NodeLimiter, Verdict};
use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
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

/// Opens its gate at last, also when an assertion fails: threads that wait would hide its message.
struct OpenedAtLast(Gate);

impl OpenedAtLast {
    fn new() -> Self {
        OpenedAtLast(Gate::new())
    }

    fn response(&self) -> Respond {
        Respond::Gated(self.0.clone())
    }
}

impl Drop for OpenedAtLast {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// What so many calls for "ann" on threads of their own say, at once.
fn at_once<const N: usize>(node: &NodeLimiter) -> [Verdict; N] {
    thread::scope(|scope| {
        let callers = [(); N].map(|()| scope.spawn(|| node.allow("ann")));
        callers.map(|caller| caller.join().expect("allow panicked"))
    })
}

/// Study: to see a permit and to take it must be one step.
#[test]
fn no_permit_is_spent_twice() {
    explore(|| {
        let central = Central::new(&[(2, MINUTE), (0, MINUTE)]);
        let node = central.node(2);
        let verdicts: [Verdict; 3] = at_once(&node);
        let allowed = verdicts.iter().filter(|one| **one == Verdict::Allowed);
        assert_eq!(
            allowed.count(),
            2,
            "of 2 permits and 3 requests: {verdicts:?}"
        );
        assert!(
            verdicts.contains(&Verdict::Denied),
            "nothing more was granted"
        );
        assert_eq!(node.local_permits("ann"), 0, "what is left of 2");
        assert_eq!(
            central.calls(),
            2,
            "lease calls: one of 2 permits, one of 0"
        );
    });
}

#[test]
fn what_is_there_is_spent_once_among_threads() {
    explore(|| {
        let central = Central::new(&[(4, MINUTE), (0, MINUTE)]);
        let node = central.node(4);
        node.allow("ann");
        let verdicts = thread::scope(|scope| {
            let other = scope.spawn(|| [(); 2].map(|()| node.allow("ann")));
            let own = [(); 2].map(|()| node.allow("ann"));
            [own, other.join().expect("allow panicked")].concat()
        });
        let allowed = verdicts.iter().filter(|one| **one == Verdict::Allowed);
        assert_eq!(
            allowed.count(),
            3,
            "of 3 permits and 4 requests: {verdicts:?}"
        );
        assert_eq!(central.calls(), 2, "lease calls");
    });
}

/// Study: who comes while somebody asks waits for that answer.
#[test]
fn callers_of_a_key_share_one_lease_call() {
    check(|| {
        let central = Central::new(&[]);
        let gate = OpenedAtLast::new();
        central.leases.now([gate.response(), Respond::Ok]);
        let node = central.node(10);
        thread::scope(|scope| {
            let callers = [(); 4].map(|()| {
                let caller = scope.spawn(|| node.allow("ann"));
                settle();
                caller
            });
            assert_eq!(central.calls(), 1, "lease calls for 4 requests at once");
            assert!(
                callers.iter().all(|caller| !caller.is_finished()),
                "a request was answered before there was a lease"
            );
            assert_eq!(node.local_permits("ann"), 0, "nothing has come yet");
            gate.0.open();
            for caller in callers {
                let verdict = caller.join().expect("allow panicked");
                assert_eq!(verdict, Verdict::Allowed, "10 were granted");
            }
        });
        assert_eq!(node.local_permits("ann"), 6, "what is left of 10");
        assert_eq!(central.calls(), 1, "lease calls for 4 requests");
    });
}

#[test]
fn three_callers_lease_once_in_any_order() {
    explore(|| {
        let central = Central::new(&[]);
        let node = central.node(3);
        assert_eq!(at_once(&node), [Verdict::Allowed; 3], "3 were granted");
        assert_eq!(central.calls(), 1, "lease calls for 3 requests");
        assert_eq!(central.leases.most_inside(), 1, "lease calls at a time");
        assert_eq!(node.local_permits("ann"), 0, "what is left of 3");
    });
}

/// Study: no lock of all keys may be held while the coordinator is asked.
#[test]
fn a_slow_lease_holds_up_no_other_key() {
    check(|| {
        let central = Central::new(&[]);
        let gate = OpenedAtLast::new();
        let node = central.node(2);
        node.allow("cached");
        central.leases.now([gate.response(), Respond::Ok]);
        thread::scope(|scope| {
            let slow = scope.spawn(|| node.allow("ann"));
            settle();
            let waiting = scope.spawn(|| node.allow("ann"));
            settle();
            let other = scope.spawn(|| {
                let verdicts = ["bob", "cached", "bob"].map(|key| node.allow(key));
                (verdicts, node.local_permits("ann"))
            });
            settle();
            assert!(
                other.is_finished(),
                "requests for other keys, or local_permits, waited for a lease of ann"
            );
            let seen = other.join().expect("the other requests panicked");
            let expected = ([Verdict::Allowed; 3], 0);
            assert_eq!(seen, expected, "bob, cached, bob; permits of ann");
            assert!(
                !waiting.is_finished(),
                "a lease of bob woke a request of ann"
            );
            gate.0.open();
            for caller in [slow, waiting] {
                let verdict = caller.join().expect("allow panicked");
                assert_eq!(verdict, Verdict::Allowed, "ann, at last");
            }
        });
    });
}

#[test]
fn all_who_wait_share_a_grant_of_nothing() {
    check(|| {
        let central = Central::new(&[(0, MINUTE)]);
        let gate = OpenedAtLast::new();
        central.leases.now([gate.response(), Respond::Ok]);
        let node = central.node(10);
        thread::scope(|scope| {
            let callers = [(); 3].map(|()| {
                let caller = scope.spawn(|| node.allow("ann"));
                settle();
                caller
            });
            gate.0.open();
            for caller in callers {
                let verdict = caller.join().expect("allow panicked");
                assert_eq!(verdict, Verdict::Denied, "0 were granted");
            }
        });
        assert_eq!(central.calls(), 1, "lease calls for 3 requests");
    });
}

/// Study: an error must end the waiting of all, and leave the key free.
#[test]
fn an_error_leaves_nobody_asleep() {
    explore(|| {
        let central = Central::new(&[]);
        central.leases.now([Respond::Fail, Respond::Ok]);
        let node = central.node(3);
        let verdicts: [Verdict; 3] = at_once(&node);
        let unavailable = verdicts.iter().filter(|one| **one == Verdict::Unavailable);
        assert!(unavailable.count() >= 1, "one met the error: {verdicts:?}");
        assert!(
            !verdicts.contains(&Verdict::Denied),
            "nobody was refused a permit: {verdicts:?}"
        );
        assert_eq!(node.allow("ann"), Verdict::Allowed, "the error is over");
    });
}

#[test]
fn after_a_panic_one_of_those_who_wait_asks() {
    explore(|| {
        let central = Central::new(&[]);
        let gate = OpenedAtLast::new();
        let panics = Respond::Each(vec![gate.response(), Respond::Panic]);
        central.leases.now([panics, Respond::Ok]);
        let node = central.node(2);
        thread::scope(|scope| {
            let node = &node;
            let leader = scope.spawn(move || {
                panic::catch_unwind(AssertUnwindSafe(|| node.allow("ann"))).is_err()
            });
            gate.0.await_arrivals(1);
            let others = [(); 2].map(|()| scope.spawn(move || node.allow("ann")));
            gate.0.open();
            for other in others {
                let verdict = other.join().expect("allow panicked");
                assert_eq!(
                    verdict,
                    Verdict::Allowed,
                    "2 were granted, to the next call"
                );
            }
            let panicked = leader.join().expect("the panic was caught");
            assert!(panicked, "the coordinator's panic did not reach its caller");
        });
        assert_eq!(central.calls(), 2, "lease calls: one panicked, one of 2");
        assert_eq!(node.local_permits("ann"), 0, "what is left of 2");
    });
}

/// Study: those for whom a shared lease was too small need another one.
#[test]
fn who_finds_the_shared_lease_used_up_goes_on() {
    explore(|| {
        let central = Central::new(&[]);
        let node = central.node(1);
        assert_eq!(at_once(&node), [Verdict::Allowed; 3], "1 for each call");
        assert_eq!(central.calls(), 3, "lease calls of 1 for 3 requests");
        assert_eq!(central.leases.most_inside(), 1, "lease calls at a time");
        assert_eq!(node.local_permits("ann"), 0, "all were spent");
    });
}

#[test]
fn those_who_wait_share_several_leases_in_turn() {
    check(|| {
        let central = Central::new(&[]);
        let gate = OpenedAtLast::new();
        central.leases.now([gate.response(), Respond::Ok]);
        let node = central.node(2);
        thread::scope(|scope| {
            let callers = [(); 5].map(|()| {
                let caller = scope.spawn(|| node.allow("ann"));
                settle();
                caller
            });
            gate.0.open();
            for caller in callers {
                let verdict = caller.join().expect("allow panicked");
                assert_eq!(verdict, Verdict::Allowed, "5 requests, leases of 2");
            }
        });
        assert_eq!(central.calls(), 3, "lease calls of 2 for 5 requests");
        assert_eq!(node.local_permits("ann"), 1, "what is left of 6");
    });
}

#[test]
fn permits_that_die_among_callers_are_not_spent_later() {
    explore(|| {
        let central = Central::new(&[(4, 10 * SECOND), (0, MINUTE)]);
        let node = central.node(4);
        node.allow("ann");
        clock::jump(10 * SECOND - Duration::from_millis(1));
        let during = thread::scope(|scope| {
            let callers = [(); 2].map(|()| scope.spawn(|| node.allow("ann")));
            clock::jump(Duration::from_millis(1));
            let late = node.allow("ann");
            assert_eq!(late, Verdict::Denied, "the lease of 4 has ended");
            callers.map(|caller| caller.join().expect("allow panicked"))
        });
        assert!(
            !during.contains(&Verdict::Unavailable),
            "the coordinator was never away: {during:?}"
        );
        assert_eq!(node.local_permits("ann"), 0, "the lease of 4 has ended");
        assert_eq!(central.calls(), 2, "lease calls");
    });
}
