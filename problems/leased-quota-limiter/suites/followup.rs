//! Handing everything back.

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

/// Keys and numbers of what was handed back, in order.
fn returned(central: &Central) -> Vec<(String, u32)> {
    let seen = central.returned.seen();
    seen.into_iter()
        .map(|(_, key, unused)| (key, unused))
        .collect()
}

fn pairs(list: &[(&str, u32)]) -> Vec<(String, u32)> {
    let owned = |(key, unused): &(&str, u32)| ((*key).to_owned(), *unused);
    list.iter().map(owned).collect()
}

#[test]
fn everything_unspent_goes_back_in_the_order_of_keys() {
    check(|| {
        let central = Central::new(&[]);
        let node = central.node(10);
        for key in ["m", "b", "z", "b", "a", "10", "9", "b"] {
            node.allow(key);
        }
        assert_eq!(node.drain(), 9 + 9 + 9 + 7 + 9 + 9, "handed back");
        assert_eq!(
            returned(&central),
            pairs(&[("10", 9), ("9", 9), ("a", 9), ("b", 7), ("m", 9), ("z", 9)]),
            "keys and permits handed back"
        );
        let nodes = central.returned.seen();
        assert!(
            nodes.iter().all(|(node, ..)| node == "n1"),
            "the node that hands back is n1"
        );
        assert_eq!(node.local_permits("b"), 0, "afterwards");
    });
}

#[test]
fn after_drain_everything_is_denied_without_a_call() {
    check(|| {
        let central = Central::new(&[]);
        let node = central.node(2);
        node.allow("ann");
        assert_eq!(node.drain(), 1, "handed back");
        for key in ["ann", "ann", "bob"] {
            assert_eq!(node.allow(key), Verdict::Denied, "{key} after drain");
        }
        clock::advance(2 * MINUTE);
        assert_eq!(node.allow("ann"), Verdict::Denied, "two minutes later");
        assert_eq!(central.calls(), 1, "lease calls");
    });
}

#[test]
fn what_is_spent_or_dead_does_not_go_back() {
    check(|| {
        let central = Central::new(&[(3, MINUTE), (3, SECOND), (0, MINUTE), (3, MINUTE)]);
        let node = central.node(3);
        for key in ["spent", "dead", "none", "live", "spent", "spent"] {
            node.allow(key);
        }
        clock::advance(SECOND);
        assert_eq!(node.drain(), 2, "handed back");
        assert_eq!(returned(&central), pairs(&[("live", 2)]), "handed back");
    });
}

#[test]
fn a_second_drain_hands_nothing_back() {
    check(|| {
        let central = Central::new(&[]);
        let node = central.node(5);
        node.allow("ann");
        assert_eq!(node.drain(), 4, "the first drain");
        assert_eq!(node.drain(), 0, "the second drain");
        assert_eq!(returned(&central), pairs(&[("ann", 4)]), "handed back");
        let fresh = central.node(5);
        assert_eq!(fresh.drain(), 0, "a node without permits");
        assert_eq!(central.returned.len(), 1, "calls of give_back");
    });
}

#[test]
fn errors_of_give_back_are_ignored() {
    check(|| {
        let central = Central::new(&[]);
        central
            .returns
            .now([Respond::Fail, Respond::Ok, Respond::Fail]);
        let node = central.node(5);
        for key in ["a", "b", "c"] {
            node.allow(key);
        }
        assert_eq!(node.drain(), 12, "total, two of three calls failed");
        assert_eq!(
            returned(&central),
            pairs(&[("a", 4), ("b", 4), ("c", 4)]),
            "handed back, or tried to"
        );
        assert_eq!(node.drain(), 0, "the second drain");
        assert_eq!(central.returned.len(), 3, "calls of give_back");
    });
}

/// Study: who drains must know of the leases that are still on their way.
#[test]
fn leases_under_way_are_awaited_and_go_back() {
    check(|| {
        let central = Central::new(&[]);
        let gate = OpenedAtLast::new();
        let node = central.node(10);
        node.allow("c");
        node.allow("a");
        central.leases.now([gate.response(), Respond::Ok]);
        thread::scope(|scope| {
            let slow = scope.spawn(|| node.allow("b"));
            settle();
            let waiting = scope.spawn(|| node.allow("b"));
            settle();
            let drain = scope.spawn(|| node.drain());
            settle();
            assert!(!drain.is_finished(), "drain did not wait for a lease of b");
            let late = scope.spawn(|| ["a", "b", "d"].map(|key| node.allow(key)));
            settle();
            assert!(late.is_finished(), "a request had to wait for drain");
            let late = late.join().expect("allow panicked");
            assert_eq!(late, [Verdict::Denied; 3], "a, b and d during drain");
            gate.0.open();
            let verdicts = [slow, waiting].map(|one| one.join().expect("allow panicked"));
            let spent = verdicts
                .iter()
                .filter(|one| **one == Verdict::Allowed)
                .count() as u32;
            let total = drain.join().expect("drain panicked");
            assert_eq!(
                total,
                9 + 9 + 10 - spent,
                "handed back; b spent {spent} of 10"
            );
            assert_eq!(
                returned(&central),
                pairs(&[("a", 9), ("b", 10 - spent), ("c", 9)]),
                "keys and permits handed back"
            );
        });
        assert_eq!(central.calls(), 3, "lease calls");
    });
}

#[test]
fn nothing_is_asked_again_while_draining() {
    check(|| {
        let central = Central::new(&[(5, SECOND)]);
        let gate = OpenedAtLast::new();
        central.leases.now([gate.response(), Respond::Ok]);
        let node = central.node(5);
        thread::scope(|scope| {
            let slow = scope.spawn(|| node.allow("ann"));
            settle();
            let waiting = scope.spawn(|| node.allow("ann"));
            settle();
            let drain = scope.spawn(|| node.drain());
            settle();
            clock::advance(SECOND);
            gate.0.open();
            for caller in [slow, waiting] {
                let verdict = caller.join().expect("allow panicked");
                assert_ne!(verdict, Verdict::Allowed, "its lease was dead");
            }
            assert_eq!(drain.join().expect("drain panicked"), 0, "handed back");
        });
        assert_eq!(central.calls(), 1, "lease calls");
        assert_eq!(central.returned.len(), 0, "calls of give_back");
    });
}

#[test]
fn a_lease_that_fails_or_panics_does_not_keep_drain_waiting() {
    check(|| {
        for end in [Respond::Fail, Respond::Panic] {
            let central = Central::new(&[]);
            let gate = OpenedAtLast::new();
            let bad = Respond::Each(vec![gate.response(), end.clone()]);
            let node = central.node(5);
            node.allow("bob");
            central.leases.now([bad, Respond::Ok]);
            thread::scope(|scope| {
                let slow = scope.spawn(|| {
                    let answer = panic::catch_unwind(AssertUnwindSafe(|| node.allow("ann")));
                    answer.is_ok()
                });
                settle();
                let waiting = scope.spawn(|| node.allow("ann"));
                settle();
                let drain = scope.spawn(|| node.drain());
                settle();
                gate.0.open();
                let total = drain.join().expect("drain panicked");
                assert_eq!(total, 4, "bob's permits; ann's lease ended in {end:?}");
                let calm = slow.join().expect("the panic was caught");
                assert_eq!(calm, matches!(end, Respond::Fail), "ended in {end:?}");
                let verdict = waiting.join().expect("allow panicked");
                assert_ne!(verdict, Verdict::Allowed, "there was no lease");
            });
            assert_eq!(central.calls(), 2, "lease calls");
        }
    });
}

/// Study: count what was granted, and account for every single permit.
#[test]
fn every_permit_is_spent_or_handed_back_once() {
    explore(|| {
        let central = Central::new(&[(2, MINUTE), (1, MINUTE)]);
        let node = central.node(2);
        let (spent, total) = thread::scope(|scope| {
            let callers = [(); 2].map(|()| {
                scope.spawn(|| {
                    let verdicts = [(); 2].map(|()| node.allow("ann"));
                    verdicts
                        .iter()
                        .filter(|one| **one == Verdict::Allowed)
                        .count() as u32
                })
            });
            let total = node.drain();
            let spent = callers.map(|caller| caller.join().expect("allow panicked"));
            (spent.iter().sum::<u32>(), total)
        });
        let granted = central.granted.load(Ordering::SeqCst);
        assert_eq!(
            spent + total,
            granted,
            "spent ({spent}) and handed back ({total}), against what was granted"
        );
        let sum: u32 = returned(&central).iter().map(|(_, unused)| unused).sum();
        assert_eq!(
            sum, total,
            "sum over give_back, against what drain returned"
        );
        assert_eq!(node.allow("ann"), Verdict::Denied, "after drain");
        assert_eq!(node.local_permits("ann"), 0, "after drain");
        assert_eq!(
            central.granted.load(Ordering::SeqCst),
            granted,
            "leased after drain"
        );
    });
}

#[test]
fn two_drains_at_once_hand_each_permit_back_once() {
    explore(|| {
        let central = Central::new(&[]);
        let node = central.node(5);
        node.allow("ann");
        node.allow("bob");
        let totals = thread::scope(|scope| {
            let other = scope.spawn(|| node.drain());
            [node.drain(), other.join().expect("drain panicked")]
        });
        assert_eq!(totals[0] + totals[1], 8, "handed back by both: {totals:?}");
        let mut back = returned(&central);
        back.sort();
        assert_eq!(back, pairs(&[("ann", 4), ("bob", 4)]), "handed back");
    });
}

#[test]
fn a_slow_give_back_holds_up_nobody() {
    check(|| {
        let central = Central::new(&[]);
        let gate = OpenedAtLast::new();
        central.returns.now([gate.response(), Respond::Ok]);
        let node = central.node(5);
        node.allow("ann");
        node.allow("bob");
        thread::scope(|scope| {
            let drain = scope.spawn(|| node.drain());
            settle();
            assert_eq!(gate.0.arrivals(), 1, "calls of give_back");
            let other = scope.spawn(|| {
                let verdicts = ["ann", "bob", "cyd"].map(|key| node.allow(key));
                node.local_permits("cyd");
                verdicts
            });
            settle();
            assert!(other.is_finished(), "a request had to wait for give_back");
            let verdicts = other.join().expect("allow panicked");
            assert_eq!(verdicts, [Verdict::Denied; 3], "ann, bob and cyd");
            gate.0.open();
            assert_eq!(drain.join().expect("drain panicked"), 8, "handed back");
        });
    });
}
