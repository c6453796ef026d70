use judge_kit::{Growth, allocated_bytes, at_most_bytes, growth};

judge_kit::both_sides! {
    use subject::Dht;

    pub fn table(nodes: usize, replicas: usize) -> Dht {
        let dht = Dht::new(replicas);
        for node in 0..nodes {
            assert!(dht.join(&format!("node-{node}")).is_ok());
        }
        dht
    }

    fn filled(keys: usize) -> Dht {
        let dht = table(8, 2);
        for number in 0..keys {
            assert!(dht.put(&format!("user:{number}"), "value").is_ok());
        }
        dht
    }

    /// Few keys, so that the processor's caches favour neither size.
    fn hot() -> Vec<String> {
        (0..64).map(|number| format!("user:{number}")).collect()
    }

    /// The value of one key among so many.
    pub fn get(keys: usize) -> impl FnMut() {
        let (dht, hot) = (filled(keys), hot());
        let mut turn = 0;
        move || {
            turn = (turn + 1) % hot.len();
            assert!(dht.get(&hot[turn]).is_ok_and(|value| value.is_some()));
        }
    }

    /// A key is removed and put back, among so many.
    pub fn put(keys: usize) -> impl FnMut() {
        let (dht, hot) = (filled(keys), hot());
        let mut turn = 0;
        move || {
            turn = (turn + 1) % hot.len();
            assert!(dht.remove(&hot[turn]).is_ok_and(|was| was));
            assert!(dht.put(&hot[turn], "value").is_ok());
        }
    }

    /// A put on a table of so many nodes. The value is long, so that a plain sort, which works out
    /// each score several times, is not far from one that does so once.
    pub fn put_on(nodes: usize) -> impl FnMut() {
        let (dht, hot) = (table(nodes, 8), hot());
        let value = "value".repeat(4_000);
        let mut turn = 0;
        move || {
            turn = (turn + 1) % 8;
            assert!(dht.put(&hot[turn], &value).is_ok());
        }
    }

    /// A ninth node comes to a table of so many keys, and leaves again.
    pub fn come_and_go(keys: usize) -> impl FnMut() {
        let dht = filled(keys);
        move || {
            assert!(dht.join("newcomer").is_ok_and(|copies| copies > 0));
            assert!(dht.leave("newcomer").is_ok());
        }
    }

    /// A node crashes, what it had is made up for, and an empty one takes its place.
    pub fn crash_and_repair(keys: usize) -> impl FnMut() {
        let dht = filled(keys);
        move || {
            assert!(dht.crash("node-3").is_ok());
            assert!(dht.repair() > 0);
            assert!(dht.join("node-3").is_ok_and(|copies| copies > 0));
        }
    }
}

#[test]
fn a_get_costs_the_same_among_many_keys() {
    growth(
        submission::get,
        reference::get,
        [2_000, 32_000],
        Growth::LOGARITHMIC.of("keys"),
    );
}

#[test]
fn a_put_and_a_remove_cost_the_same_among_many_keys() {
    growth(
        submission::put,
        reference::put,
        [2_000, 32_000],
        Growth::LOGARITHMIC.of("keys"),
    );
}

/// Sorting the nodes is all right; counting for each of them how many are before it is not.
#[test]
fn a_put_does_not_compare_all_nodes_with_all() {
    growth(
        submission::put_on,
        reference::put_on,
        [8, 64],
        Growth::at_most(16.0).of("nodes"),
    );
}

#[test]
fn a_join_and_a_leave_look_at_each_key_a_few_times() {
    growth(
        submission::come_and_go,
        reference::come_and_go,
        [300, 4_800],
        Growth::at_most(64.0).of("keys"),
    );
}

#[test]
fn a_repair_looks_at_each_key_a_few_times() {
    growth(
        submission::crash_and_repair,
        reference::crash_and_repair,
        [300, 4_800],
        Growth::at_most(64.0).of("keys"),
    );
}

#[test]
fn removed_keys_leave_nothing_behind() {
    let _ = reference::get;
    let dht = submission::table(4, 2);
    let come_and_go = |number: usize| {
        let key = format!("a key with the number {number}");
        assert!(dht.put(&key, "value").is_ok());
        assert!(dht.remove(&key).is_ok_and(|was| was));
    };
    (0..100).for_each(come_and_go);
    let before = allocated_bytes();
    (100..10_100).for_each(come_and_go);
    let grown = allocated_bytes().saturating_sub(before);
    at_most_bytes("what is left of 10,000 removed keys", grown, 20_000);
}
