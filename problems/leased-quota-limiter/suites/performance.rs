//! A request that needs no lease, and how often a lease is needed.

use judge_kit::{Growth, growth, race_reference};

judge_kit::both_sides! {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;
    use std::time::Duration;
    use subject::{CoordError, Coordinator, Lease, NodeLimiter, Verdict};

    /// Grants what is wanted, for an hour.
    #[derive(Default)]
    pub struct Generous {
        calls: AtomicU32,
        /// What a call takes.
        hop: Duration,
    }

    impl Coordinator for Generous {
        fn lease(&self, _: &str, _: &str, want: u32) -> Result<Lease, CoordError> {
            self.calls.fetch_add(1, Ordering::Relaxed);
            if !self.hop.is_zero() {
                thread::sleep(self.hop);
            }
            Ok(Lease {
                granted: want,
                valid_for: Duration::from_secs(3_600),
            })
        }

        fn give_back(&self, _: &str, _: &str, _: u32) -> Result<(), CoordError> {
            Ok(())
        }
    }

    fn spend(node: &NodeLimiter, key: &str) {
        assert_eq!(node.allow(key), Verdict::Allowed);
    }

    /// A request for one of 250 keys among so many, all with permits.
    pub fn among_keys(keys: usize) -> impl FnMut() {
        let node = NodeLimiter::new("n1", Arc::new(Generous::default()), u32::MAX);
        let names: Vec<String> = (0..keys).map(|key| format!("key {key}")).collect();
        for name in &names {
            spend(&node, name);
        }
        let hot: Vec<String> = names.iter().step_by(keys / 250).cloned().collect();
        let mut turn = 0;
        move || {
            turn = (turn + 1) % hot.len();
            spend(&node, &hot[turn]);
        }
    }

    /// Eight threads with permits of 16 keys.
    pub fn eight_threads() {
        let node = NodeLimiter::new("n1", Arc::new(Generous::default()), u32::MAX);
        let names: Vec<String> = (0..16).map(|key| format!("key {key}")).collect();
        thread::scope(|scope| {
            for thread in 0..8 {
                let (node, names) = (&node, &names);
                scope.spawn(move || {
                    for round in 0..4_000 {
                        spend(node, &names[(thread * 2 + round) % 16]);
                    }
                });
            }
        });
    }

    /// Four threads spend 20,000 permits of one key, leased by the hundred.
    pub fn one_key() {
        let coordinator = Arc::new(Generous::default());
        let node = NodeLimiter::new("n1", coordinator.clone(), 100);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..5_000).for_each(|_| spend(&node, "ann")));
            }
        });
        let calls = coordinator.calls.load(Ordering::Relaxed);
        assert!(calls <= 201, "{calls} lease calls of 100 for 20,000 requests");
    }

    /// Eight threads, each with keys of its own, and a coordinator that takes a fifth of a millisecond.
    pub fn slow_leases() {
        let coordinator = Generous {
            hop: Duration::from_micros(200),
            ..Generous::default()
        };
        let node = NodeLimiter::new("n1", Arc::new(coordinator), 5);
        thread::scope(|scope| {
            for thread in 0..8 {
                let node = &node;
                scope.spawn(move || {
                    let key = format!("key {thread}");
                    (0..80).for_each(|_| spend(node, &key));
                });
            }
        });
    }
}

#[test]
fn a_request_hardly_costs_more_among_many_keys() {
    growth(
        submission::among_keys,
        reference::among_keys,
        [1_000, 16_000],
        Growth::at_most(4.0).of("keys"),
    );
}

#[test]
fn eight_threads_with_permits_keep_up_with_the_reference() {
    race_reference(submission::eight_threads, reference::eight_threads);
}

/// Study: whoever needs a lease first asks for all who need it.
#[test]
fn threads_that_share_a_key_share_its_leases() {
    race_reference(submission::one_key, reference::one_key);
}

#[test]
fn slow_leases_of_different_keys_run_side_by_side() {
    race_reference(submission::slow_leases, reference::slow_leases);
}
