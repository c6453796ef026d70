use judge_kit::{check, explore};
use replicated_hash_table::{Dht, DhtError};
use std::cmp::Reverse;
use std::thread;

/// What the starter supplies as `score`.
fn weight(node: &str, key: &str) -> u64 {
    let mut h = 0xcbf29ce484222325u64;
    for b in node.bytes().chain([0]).chain(key.bytes()) {
        h = (h ^ u64::from(b)).wrapping_mul(0x100000001b3);
    }
    h ^= h >> 33;
    h = h.wrapping_mul(0xff51afd7ed558ccd);
    h ^ (h >> 33)
}

/// The owners of a key among these nodes, the first owner first.
fn owners<'a>(nodes: &[&'a str], replicas: usize, key: &str) -> Vec<&'a str> {
    let mut ranked = nodes.to_vec();
    ranked.sort_by_key(|node| (Reverse(weight(node, key)), *node));
    ranked.truncate(replicas);
    ranked
}

fn table(replicas: usize, nodes: &[&str]) -> Dht {
    let dht = Dht::new(replicas);
    for node in nodes {
        assert!(dht.join(node).is_ok(), "{node} could not join");
    }
    dht
}

fn put(dht: &Dht, key: &str, value: &str) {
    assert_eq!(dht.put(key, value), Ok(()), "putting {key:?}");
}

#[track_caller]
fn finds(dht: &Dht, key: &str, value: &str) {
    let got = dht.get(key);
    assert_eq!(got, Ok(Some(value.to_string())), "get of {key:?}");
}

fn keys(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("user:{number}")).collect()
}

#[track_caller]
fn set(dht: &Dht, node: &str, up: bool) {
    let done = dht.set_reachable(node, up);
    assert_eq!(done, Ok(()), "set_reachable({node:?}, {up})");
}

#[test]
fn what_an_unreachable_node_missed_is_delivered_when_it_returns() {
    check(|| {
        let dht = table(2, &["a", "b"]);
        put(&dht, "k1", "old");
        put(&dht, "k2", "old");
        set(&dht, "b", false);
        put(&dht, "k1", "new");
        assert_eq!(dht.remove("k2"), Ok(true), "a had a copy");
        put(&dht, "k3", "new");
        assert_eq!(dht.hints_for("b"), 3, "k1, k2 and k3 have changed");
        assert_eq!(dht.hints_for("a"), 0, "a was there all the time");
        set(&dht, "b", true);
        assert_eq!(dht.hints_for("b"), 0, "hints were delivered");
        assert_eq!(dht.keys_on("b"), ["k1", "k3"], "keys on b after the hints");
        assert_eq!(dht.crash("a"), Ok(()));
        finds(&dht, "k1", "new");
        assert_eq!(dht.get("k2"), Ok(None), "it was removed");
        finds(&dht, "k3", "new");
    });
}

#[test]
fn the_newest_of_several_hints_counts() {
    check(|| {
        let dht = table(2, &["a", "b"]);
        put(&dht, "k1", "before");
        set(&dht, "b", false);
        for value in ["1", "2", "3"] {
            put(&dht, "k1", value);
            put(&dht, "k2", value);
        }
        put(&dht, "k3", "short-lived");
        for (key, was) in [("k2", true), ("k3", true), ("k4", false)] {
            assert_eq!(dht.remove(key), Ok(was), "remove of {key} on a");
        }
        put(&dht, "k2", "again");
        assert_eq!(dht.hints_for("b"), 4, "one hint for each of four keys");
        set(&dht, "b", true);
        assert_eq!(dht.keys_on("b"), ["k1", "k2"], "keys on b after the hints");
        assert_eq!(dht.crash("a"), Ok(()));
        finds(&dht, "k1", "3");
        finds(&dht, "k2", "again");
    });
}

/// The node's copies are still on it, and it still is an owner.
#[test]
fn reads_pass_over_unreachable_owners() {
    check(|| {
        let nodes = ["a", "b", "c", "d"];
        let dht = table(2, &nodes);
        for key in keys(40) {
            put(&dht, &key, "old");
        }
        let before: Vec<_> = nodes.iter().map(|node| dht.keys_on(node)).collect();
        set(&dht, "b", false);
        for (node, keys) in nodes.iter().zip(&before) {
            assert_eq!(dht.keys_on(node), *keys, "keys on {node}");
        }
        for key in keys(40) {
            assert_eq!(dht.owners(&key), owners(&nodes, 2, &key), "owners of {key}");
            finds(&dht, &key, "old");
            put(&dht, &key, "new");
            finds(&dht, &key, "new");
        }
        assert_eq!(
            dht.hints_for("b"),
            before[1].len(),
            "one for each of its keys"
        );
        assert_eq!(dht.keys_on("b"), before[1], "b has what it had");
        set(&dht, "b", true);
        for key in keys(40) {
            finds(&dht, &key, "new");
        }
    });
}

#[test]
fn without_a_reachable_owner_a_put_waits_as_a_hint() {
    check(|| {
        let dht = table(2, &["a", "b"]);
        put(&dht, "k1", "old");
        put(&dht, "k2", "old");
        set(&dht, "a", false);
        set(&dht, "b", false);
        put(&dht, "k1", "new");
        assert_eq!(dht.get("k1"), Ok(None), "no owner can be reached");
        assert_eq!(dht.get("k2"), Ok(None), "no owner can be reached");
        assert_eq!(dht.remove("k2"), Ok(false), "no owner can be reached");
        assert_eq!(dht.owners("k1").len(), 2, "they are owners all the same");
        assert_eq!(dht.repair(), 0, "no node can be reached");
        for node in ["a", "b"] {
            assert_eq!(dht.keys_on(node), ["k1", "k2"], "{node} knows of nothing");
            assert_eq!(dht.hints_for(node), 2, "hints for {node}");
        }
        set(&dht, "b", true);
        finds(&dht, "k1", "new");
        assert_eq!(dht.get("k2"), Ok(None), "it was removed");
        set(&dht, "a", true);
        assert_eq!(dht.keys_on("a"), ["k1"], "keys on a after the hints");
    });
}

#[test]
fn a_removal_tells_what_reachable_owners_had() {
    check(|| {
        let dht = table(1, &["a", "b", "c"]);
        for key in keys(30) {
            put(&dht, &key, "value");
        }
        set(&dht, "a", false);
        for key in keys(30) {
            let reachable = dht.owners(&key) != ["a"];
            assert_eq!(dht.remove(&key), Ok(reachable), "remove of {key}");
        }
        set(&dht, "a", true);
        for key in keys(30) {
            assert_eq!(dht.get(&key), Ok(None), "{key} was removed");
            assert_eq!(dht.remove(&key), Ok(false), "{key} was removed before");
        }
    });
}

/// An unreachable node may have copies that are long gone elsewhere.
#[test]
fn a_repair_leaves_unreachable_nodes_alone() {
    check(|| {
        let dht = table(2, &["a", "b", "c"]);
        put(&dht, "k1", "value"); // On b and c.
        put(&dht, "k2", "value"); // On b and a.
        set(&dht, "b", false);
        assert_eq!(dht.remove("k1"), Ok(true), "c had a copy");
        assert_eq!(dht.repair(), 0, "no reachable owner lacks a copy");
        assert_eq!(dht.keys_on("c"), [""; 0], "k1 was removed");
        assert_eq!(dht.get("k1"), Ok(None), "it was removed");
        assert_eq!(dht.hints_for("b"), 1, "a repair delivers nothing");
        set(&dht, "b", true);
        assert_eq!(dht.keys_on("b"), ["k2"], "keys on b after the hints");

        // A new owner that cannot be reached gets nothing, not even a hint.
        let dht = table(2, &["a", "b", "c"]);
        let key = "k1"; // On b and c.
        put(&dht, key, "value");
        set(&dht, "a", false);
        assert_eq!(dht.crash("b"), Ok(()));
        assert_eq!(dht.repair(), 0, "the new owner cannot be reached");
        assert_eq!(dht.hints_for("a"), 0, "a repair makes no hints");
        assert_eq!(dht.keys_on("a"), [""; 0]);
        set(&dht, "a", true);
        assert_eq!(dht.repair(), 1, "the new owner is back");
        assert_eq!(dht.keys_on("a"), [key]);
    });
}

#[test]
fn a_node_that_is_gone_takes_its_hints_along() {
    check(|| {
        for crash in [true, false] {
            let dht = table(2, &["a", "b"]);
            put(&dht, "k1", "old");
            set(&dht, "b", false);
            put(&dht, "k1", "new");
            put(&dht, "k2", "new");
            assert_eq!(dht.hints_for("b"), 2);
            let gone = if crash {
                dht.crash("b")
            } else {
                dht.leave("b")
            };
            assert_eq!(gone, Ok(()));
            assert_eq!(dht.hints_for("b"), 0, "b is not in the table");
            assert_eq!(dht.set_reachable("b", true), Err(DhtError::UnknownNode));
            assert_eq!(dht.remove("k2"), Ok(true), "a had a copy");
            put(&dht, "k1", "newest");
            assert_eq!(dht.join("b"), Ok(1), "k1 is all there is");
            assert_eq!(dht.hints_for("b"), 0, "b is new");
            put(&dht, "k3", "new");
            assert_eq!(dht.hints_for("b"), 0, "b can be reached");
            set(&dht, "b", true);
            assert_eq!(dht.keys_on("b"), ["k1", "k3"]);
            assert_eq!(dht.crash("a"), Ok(()));
            finds(&dht, "k1", "newest");
        }
    });
}

#[test]
fn a_leaver_hears_the_news_before_it_hands_over() {
    check(|| {
        let dht = table(1, &["a", "b"]);
        let owned = ["k1", "k2", "k3"];
        for key in owned {
            assert_eq!(dht.owners(key), ["b"], "owner of {key}");
        }
        put(&dht, "k1", "old");
        put(&dht, "k2", "old");
        set(&dht, "b", false);
        put(&dht, "k1", "new");
        assert_eq!(dht.remove("k2"), Ok(false), "b cannot be reached");
        put(&dht, "k3", "new");
        assert_eq!(dht.keys_on("a"), [""; 0], "b owns all three keys");
        assert_eq!(dht.leave("b"), Ok(()));
        assert_eq!(
            dht.keys_on("a"),
            ["k1", "k3"],
            "keys on a, which has them from b"
        );
        finds(&dht, "k1", "new");
        finds(&dht, "k3", "new");
        assert_eq!(dht.get("k2"), Ok(None), "it was removed");
    });
}

/// A hint may be for a key that the node does not own any more when it comes back.
#[test]
fn who_is_displaced_by_a_newcomer_loses_copy_and_hint() {
    check(|| {
        // Once b has come, it ranks first for k1, k3 and k6, and last for k4. It takes the place of
        // a for k1 and k6, and that of c for k3.
        let dht = table(2, &["a", "c"]);
        for key in ["k1", "k3", "k4", "k6"] {
            put(&dht, key, "old");
        }
        set(&dht, "a", false);
        put(&dht, "k1", "new");
        put(&dht, "k4", "new");
        assert_eq!(dht.remove("k6"), Ok(true), "c had a copy");
        assert_eq!(dht.hints_for("a"), 3, "k1, k4 and k6 have changed");
        assert_eq!(dht.join("b"), Ok(2), "k1 and k3, both from c");
        assert_eq!(dht.hints_for("a"), 1, "a still owns k4");
        assert_eq!(dht.keys_on("a"), ["k3", "k4"], "keys on a after b has come");
        assert_eq!(dht.keys_on("b"), ["k1", "k3"], "keys on b");
        assert_eq!(dht.keys_on("c"), ["k1", "k4"], "keys on c after b has come");
        set(&dht, "a", true);
        assert_eq!(dht.keys_on("a"), ["k3", "k4"], "keys on a after its hint");
        for (key, value) in [("k1", "new"), ("k3", "old"), ("k4", "new")] {
            finds(&dht, key, value);
        }
        assert_eq!(dht.get("k6"), Ok(None), "it was removed");
    });
}

#[test]
fn only_members_are_reachable_or_not() {
    check(|| {
        let dht = Dht::new(2);
        let strangers = || {
            for up in [true, false] {
                let done = dht.set_reachable("x", up);
                assert_eq!(done, Err(DhtError::UnknownNode), "set_reachable({up})");
            }
            assert_eq!(dht.hints_for("x"), 0);
        };
        strangers();
        assert_eq!(dht.put("k1", "value"), Err(DhtError::NoNodes));
        for node in ["a", "b"] {
            assert_eq!(dht.join(node), Ok(0));
        }
        strangers();
        set(&dht, "a", true);
        put(&dht, "k1", "old");
        for value in ["1", "2"] {
            set(&dht, "b", false);
            put(&dht, "k1", value);
        }
        set(&dht, "b", false);
        assert_eq!(dht.hints_for("b"), 1, "telling it twice changes nothing");
        set(&dht, "b", true);
        set(&dht, "b", true);
        assert_eq!(dht.crash("a"), Ok(()));
        finds(&dht, "k1", "2");
    });
}

/// The last hint and the first write that reaches the node: which one is newer?
#[test]
fn a_put_while_a_node_returns_is_not_overwritten_by_a_hint() {
    explore(|| {
        let dht = table(2, &["a", "b"]);
        put(&dht, "k1", "old");
        set(&dht, "b", false);
        put(&dht, "k1", "hint");
        let seen = thread::scope(|scope| {
            let returns = scope.spawn(|| {
                set(&dht, "b", true);
                dht.hints_for("b")
            });
            scope.spawn(|| put(&dht, "k1", "new"));
            returns.join().unwrap()
        });
        assert_eq!(
            seen, 0,
            "hints for b right after set_reachable has returned"
        );
        assert_eq!(dht.crash("a"), Ok(()));
        finds(&dht, "k1", "new");
    });
}

#[test]
fn a_removal_while_a_node_returns_is_not_undone() {
    explore(|| {
        let dht = table(2, &["a", "b"]);
        set(&dht, "b", false);
        put(&dht, "k1", "hint");
        thread::scope(|scope| {
            scope.spawn(|| set(&dht, "b", true));
            scope.spawn(|| assert_eq!(dht.remove("k1"), Ok(true), "a had a copy"));
        });
        assert_eq!(dht.get("k1"), Ok(None), "it was removed");
        assert_eq!(dht.keys_on("b"), [""; 0], "it was removed");
    });
}

#[test]
fn a_put_reaches_a_node_that_just_goes_away() {
    explore(|| {
        let dht = table(2, &["a", "b"]);
        put(&dht, "k1", "old");
        thread::scope(|scope| {
            scope.spawn(|| set(&dht, "b", false));
            scope.spawn(|| put(&dht, "k1", "new"));
        });
        set(&dht, "b", true);
        assert_eq!(dht.crash("a"), Ok(()));
        finds(&dht, "k1", "new");
    });
}
