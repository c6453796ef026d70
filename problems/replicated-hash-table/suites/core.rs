use judge_kit::{assert_send_sync, check};
use replicated_hash_table::{Dht, score};
use std::cmp::Reverse;

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

/// Fails unless each of these nodes has the keys that it owns, and no others.
#[track_caller]
fn placed_by_the_formula(dht: &Dht, nodes: &[&str], replicas: usize, keys: &[String]) {
    for node in nodes {
        let mut expected: Vec<&String> = keys
            .iter()
            .filter(|key| owners(nodes, replicas, key).contains(node))
            .collect();
        expected.sort();
        let found = dht.keys_on(node);
        assert!(
            found.iter().eq(expected.iter().copied()),
            "{node} has {found:?}, it owns {expected:?}"
        );
    }
}

#[test]
fn a_value_is_found_until_it_is_removed() {
    assert_send_sync::<Dht>();
    check(|| {
        let dht = table(2, &["a", "b", "c", "d"]);
        for key in keys(30) {
            assert_eq!(dht.get(&key), Ok(None), "nobody has put {key} yet");
            assert_eq!(dht.remove(&key), Ok(false), "nobody has put {key} yet");
            put(&dht, &key, "old");
            put(&dht, &key, &key);
            finds(&dht, &key, &key);
        }
        for key in keys(20) {
            assert_eq!(dht.remove(&key), Ok(true), "{key} was there");
            assert_eq!(dht.remove(&key), Ok(false), "{key} was removed before");
            assert_eq!(dht.get(&key), Ok(None), "{key} was removed");
        }
        for key in &keys(30)[20..] {
            finds(&dht, key, key);
        }
    });
}

/// Every process has to come to the same owners, so neither the order of joining nor std's hasher
/// may play a part.
#[test]
fn the_owners_are_the_nodes_of_highest_score() {
    check(|| {
        assert_eq!(score("a", "k"), weight("a", "k"), "score was changed");
        let nodes = ["d", "b", "f", "a", "e", "c"];
        for replicas in 1..=6 {
            let dht = table(replicas, &nodes);
            for key in keys(100) {
                let expected = owners(&nodes, replicas, &key);
                assert_eq!(dht.owners(&key), expected, "{replicas} owners of {key}");
            }
        }
    });
}

#[test]
fn each_owner_has_a_copy_and_nobody_else() {
    check(|| {
        let nodes = ["a", "b", "c", "d", "e"];
        let dht = table(3, &nodes);
        for key in keys(100) {
            put(&dht, &key, "value");
        }
        placed_by_the_formula(&dht, &nodes, 3, &keys(100));
        for key in &keys(100)[60..] {
            assert_eq!(dht.remove(key), Ok(true), "{key} was there");
        }
        placed_by_the_formula(&dht, &nodes, 3, &keys(60));
    });
}

/// Which keys does the newcomer own, and who is no owner of them any more?
#[test]
fn a_joining_node_takes_over_the_keys_it_owns() {
    check(|| {
        let mut nodes = vec!["n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8"];
        let dht = table(3, &nodes);
        let keys = keys(200);
        for key in &keys {
            put(&dht, key, key);
        }
        nodes.push("n9");
        let owned: Vec<&String> = keys
            .iter()
            .filter(|key| owners(&nodes, 3, key).contains(&"n9"))
            .collect();
        let written = dht.join("n9");
        assert_eq!(written, Ok(owned.len()), "copies written to the newcomer");
        placed_by_the_formula(&dht, &nodes, 3, &keys);
        for key in &keys {
            finds(&dht, key, key);
        }
        for node in &nodes[..8] {
            assert_eq!(dht.crash(node), Ok(()));
        }
        for key in owned {
            finds(&dht, key, key);
        }
    });
}

#[test]
fn a_leaving_node_hands_its_keys_to_their_new_owners() {
    check(|| {
        let keys = keys(100);
        for replicas in [1, 2, 3] {
            let mut nodes = vec!["a", "b", "c", "d", "e"];
            let dht = table(replicas, &nodes);
            for key in &keys {
                put(&dht, key, key);
            }
            for leaver in ["c", "a"] {
                assert_eq!(dht.leave(leaver), Ok(()));
                nodes.retain(|node| *node != leaver);
                assert_eq!(dht.keys_on(leaver), [""; 0], "{leaver} is gone");
                placed_by_the_formula(&dht, &nodes, replicas, &keys);
                for key in &keys {
                    finds(&dht, key, key);
                }
            }
        }
    });
}

#[test]
fn a_crash_takes_the_copies_of_one_node_and_moves_nothing() {
    check(|| {
        let nodes = ["a", "b", "c", "d"];
        let dht = table(2, &nodes);
        for key in keys(60) {
            put(&dht, &key, &key);
        }
        let before: Vec<_> = nodes.iter().map(|node| dht.keys_on(node)).collect();
        assert_eq!(dht.crash("b"), Ok(()));
        for key in keys(60) {
            let expected = owners(&["a", "c", "d"], 2, &key);
            assert_eq!(dht.owners(&key), expected, "owners of {key}");
            finds(&dht, &key, &key);
        }
        for (node, keys) in nodes.iter().zip(before) {
            let left = if *node == "b" { Vec::new() } else { keys };
            assert_eq!(dht.keys_on(node), left, "keys on {node} before a repair");
        }
    });
}

/// The first owner may be the one that has not got its copy yet.
#[test]
fn a_read_asks_one_owner_after_the_other() {
    check(|| {
        let dht = table(3, &["a", "b", "c", "d", "e"]);
        put(&dht, "k4", "four"); // On e, c and a.
        assert_eq!(dht.crash("c"), Ok(()));
        assert_eq!(dht.crash("a"), Ok(()));
        assert_eq!(dht.join("f"), Ok(1));
        assert_eq!(dht.crash("e"), Ok(()));
        assert_eq!(dht.owners("k4"), ["b", "f", "d"]);
        finds(&dht, "k4", "four");
        let holders = ["b", "d", "f"].map(|node| dht.keys_on(node).len());
        assert_eq!(holders, [0, 0, 1], "copies on b, d and f after a read");
    });
}

#[test]
fn a_repair_writes_every_missing_copy_once() {
    check(|| {
        let nodes = ["a", "b", "c", "d", "e", "f"];
        let keys = keys(80);
        let dht = table(3, &nodes);
        for key in &keys {
            put(&dht, key, key);
        }
        assert_eq!(dht.repair(), 0, "nothing was missing");
        for node in ["b", "e"] {
            assert_eq!(dht.crash(node), Ok(()));
        }
        let missing: usize = keys
            .iter()
            .map(|key| {
                let owners = owners(&nodes, 3, key);
                let gone = owners.iter().filter(|node| ["b", "e"].contains(node));
                gone.count()
            })
            .sum();
        assert_eq!(dht.repair(), missing, "copies that two nodes took along");
        assert_eq!(dht.repair(), 0, "all copies were there again");
        placed_by_the_formula(&dht, &["a", "c", "d", "f"], 3, &keys);
        for node in ["a", "c"] {
            assert_eq!(dht.crash(node), Ok(()));
        }
        for key in &keys {
            finds(&dht, key, key);
        }
    });
}
