use judge_kit::check;
use replicated_hash_table::{Dht, DhtError};
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

/// Those of the nodes that have a copy.
fn holders<'a>(dht: &Dht, nodes: &[&'a str], key: &str) -> Vec<&'a str> {
    let has = |node: &&&str| dht.keys_on(node).iter().any(|found| found == key);
    nodes.iter().filter(has).copied().collect()
}

#[test]
fn without_nodes_there_is_nowhere_to_put_anything() {
    check(|| {
        let dht = Dht::new(2);
        let is_empty = || {
            assert_eq!(dht.put("k", "v"), Err(DhtError::NoNodes));
            assert_eq!(dht.get("k"), Err(DhtError::NoNodes));
            assert_eq!(dht.remove("k"), Err(DhtError::NoNodes));
            assert_eq!(dht.owners("k"), [""; 0]);
            assert_eq!(dht.keys_on("a"), [""; 0]);
            assert_eq!(dht.repair(), 0);
            assert_eq!(dht.leave("a"), Err(DhtError::UnknownNode));
            assert_eq!(dht.crash("a"), Err(DhtError::UnknownNode));
        };
        is_empty();
        assert_eq!(dht.join("a"), Ok(0));
        put(&dht, "k", "v");
        finds(&dht, "k", "v");
        assert_eq!(dht.crash("a"), Ok(()));
        is_empty();
    });
}

#[test]
fn the_last_node_takes_all_data_along() {
    check(|| {
        let dht = table(2, &["a", "b"]);
        put(&dht, "k", "v");
        assert_eq!(dht.leave("b"), Ok(()));
        finds(&dht, "k", "v");
        assert_eq!(dht.leave("a"), Ok(()));
        assert_eq!(dht.get("k"), Err(DhtError::NoNodes));
        for node in ["a", "c"] {
            assert_eq!(
                dht.join(node),
                Ok(0),
                "{node} joined after everything was gone"
            );
            assert_eq!(dht.get("k"), Ok(None), "its last copy went with a");
        }
        assert_eq!(dht.remove("k"), Ok(false), "its last copy went with a");
    });
}

#[test]
fn fewer_nodes_than_replicas_have_a_copy_each() {
    check(|| {
        for replicas in [4, usize::MAX] {
            let dht = Dht::new(replicas);
            let keys = keys(40);
            assert_eq!(dht.join("m"), Ok(0));
            for key in &keys {
                put(&dht, key, key);
            }
            assert_eq!(dht.join("z"), Ok(40), "the second of {replicas} replicas");
            assert_eq!(dht.join("b"), Ok(40), "the third of {replicas} replicas");
            let nodes = ["m", "z", "b"];
            placed_by_the_formula(&dht, &nodes, 3, &keys);
            for key in &keys {
                assert_eq!(dht.owners(key), owners(&nodes, 3, key), "owners of {key}");
            }
            assert_eq!(dht.crash("m"), Ok(()));
            assert_eq!(dht.repair(), 0, "both nodes that are left have everything");
        }
    });
}

#[test]
fn no_replicas_are_taken_for_one() {
    check(|| {
        let dht = table(0, &["a", "b", "c"]);
        let keys = keys(30);
        for key in &keys {
            put(&dht, key, key);
            assert_eq!(dht.owners(key), owners(&["a", "b", "c"], 1, key));
            finds(&dht, key, key);
        }
        placed_by_the_formula(&dht, &["a", "b", "c"], 1, &keys);
    });
}

#[test]
fn a_refused_change_changes_nothing() {
    check(|| {
        let dht = table(2, &["a", "b", "c"]);
        let keys = keys(30);
        for key in &keys {
            put(&dht, key, key);
        }
        for node in ["a", "c"] {
            assert_eq!(dht.join(node), Err(DhtError::NodeExists));
        }
        for node in ["d", ""] {
            assert_eq!(dht.leave(node), Err(DhtError::UnknownNode));
            assert_eq!(dht.crash(node), Err(DhtError::UnknownNode));
            assert_eq!(dht.keys_on(node), [""; 0]);
        }
        placed_by_the_formula(&dht, &["a", "b", "c"], 2, &keys);
        assert_eq!(dht.leave("a"), Ok(()));
        assert_eq!(dht.leave("a"), Err(DhtError::UnknownNode));
        assert_eq!(dht.crash("a"), Err(DhtError::UnknownNode));
        placed_by_the_formula(&dht, &["b", "c"], 2, &keys);
        assert_eq!(dht.join("b"), Err(DhtError::NodeExists));
        for key in &keys {
            finds(&dht, key, key);
        }
    });
}

#[test]
fn two_crashes_lose_only_what_had_no_third_copy() {
    check(|| {
        let nodes = ["a", "b", "c"];
        let dht = table(2, &nodes);
        for key in keys(60) {
            put(&dht, &key, &key);
        }
        assert_eq!(dht.crash("a"), Ok(()));
        assert_eq!(dht.crash("b"), Ok(()));
        let mut lost = 0;
        for key in keys(60) {
            let survives = owners(&nodes, 2, &key).contains(&"c");
            lost += usize::from(!survives);
            let expected = survives.then(|| key.clone());
            assert_eq!(dht.get(&key), Ok(expected), "get of {key}");
            assert_eq!(dht.remove(&key), Ok(survives), "remove of {key}");
        }
        assert!(lost > 0, "the suite has no key that a and b had alone");
        assert_eq!(dht.repair(), 0, "nothing is left to copy");
    });
}

/// A copy that outlives its key comes back with the next repair.
#[test]
fn nothing_brings_a_removed_key_back() {
    check(|| {
        let all = ["a", "b", "c", "d", "e"];
        for key in keys(30) {
            let dht = table(3, &all);
            put(&dht, &key, "old");
            let first = owners(&all, 3, &key)[0];
            assert_eq!(dht.crash(first), Ok(()));
            assert_eq!(dht.remove(&key), Ok(true), "two copies of {key} were there");
            assert_eq!(dht.repair(), 0, "{key} was removed");
            assert_eq!(holders(&dht, &all, &key), [""; 0], "{key} was removed");
            assert_eq!(dht.join(first), Ok(0), "{key} was removed");
            assert_eq!(dht.get(&key), Ok(None), "{key} was removed");
            let second = dht.owners(&key)[1].clone();
            assert_eq!(dht.leave(&second), Ok(()));
            assert_eq!(dht.get(&key), Ok(None), "{key} was removed");
        }
    });
}

/// The copy may be on the last owner only: whoever asks the first one gets a wrong answer.
#[test]
fn a_key_is_removed_from_whichever_owner_has_it() {
    check(|| {
        let dht = table(3, &["a", "b", "c", "d", "e"]);
        put(&dht, "k4", "four"); // On e, c and a.
        for node in ["c", "a"] {
            assert_eq!(dht.crash(node), Ok(()));
        }
        assert_eq!(dht.join("f"), Ok(1));
        assert_eq!(dht.crash("e"), Ok(()));
        assert_eq!(dht.owners("k4"), ["b", "f", "d"]);
        assert_eq!(dht.remove("k4"), Ok(true), "f had a copy");
        assert_eq!(dht.get("k4"), Ok(None), "it was removed");
        assert_eq!(dht.remove("k4"), Ok(false), "it was removed before");
    });
}

#[test]
fn a_put_after_a_crash_writes_all_present_owners() {
    check(|| {
        let all = ["a", "b", "c", "d", "e"];
        for key in keys(30) {
            let dht = table(3, &all);
            put(&dht, &key, "old");
            let old = owners(&all, 3, &key);
            for node in &old[..2] {
                assert_eq!(dht.crash(node), Ok(()));
            }
            put(&dht, &key, "new");
            let mut left = all.to_vec();
            left.retain(|node| !old[..2].contains(node));
            assert_eq!(holders(&dht, &left, &key), left, "copies of {key}");
            assert_eq!(dht.repair(), 0, "the put has written all owners");
            for node in &owners(&left, 3, &key)[..2] {
                finds(&dht, &key, "new");
                assert_eq!(dht.crash(node), Ok(()));
            }
            finds(&dht, &key, "new");
        }
    });
}

/// Who else lacks a copy has to wait for the repair.
#[test]
fn a_join_writes_to_the_newcomer_only() {
    check(|| {
        let old = ["a", "b", "c", "d", "e"];
        let (mut written, mut waiting) = (0, 0);
        for key in keys(40) {
            let dht = table(3, &old);
            put(&dht, &key, &key);
            let crashed = &owners(&old, 3, &key)[1..];
            for node in crashed {
                assert_eq!(dht.crash(node), Ok(()));
            }
            let mut now: Vec<_> = ["a", "b", "c", "d", "e", "f"].to_vec();
            now.retain(|node| !crashed.contains(node));
            let before = holders(&dht, &now, &key);
            let owners = owners(&now, 3, &key);
            let owns = owners.contains(&"f");
            assert_eq!(dht.join("f"), Ok(usize::from(owns)), "{key} on f");
            let mut expected = before;
            expected.retain(|node| owners.contains(node));
            expected.extend(owns.then_some("f"));
            assert_eq!(holders(&dht, &now, &key), expected, "copies of {key}");
            let missing = 3 - expected.len();
            assert_eq!(dht.repair(), missing, "missing copies of {key}");
            finds(&dht, &key, &key);
            written += usize::from(owns);
            waiting += if owns { missing } else { 0 };
        }
        assert!(written > 0 && waiting > 0, "the suite has no such key");
    });
}

/// After crashes more than one owner may lack a copy.
#[test]
fn a_leaver_gives_a_copy_to_every_owner_without_one() {
    check(|| {
        let all = ["a", "b", "c", "d", "e", "f"];
        for key in keys(30) {
            let dht = table(3, &all);
            let other = format!("{key}/other");
            put(&dht, &key, &key);
            put(&dht, &other, "other");
            let old = owners(&all, 3, &key);
            assert_eq!(dht.crash(old[0]), Ok(()));
            let mut left = all.to_vec();
            left.retain(|node| *node != old[0] && *node != old[2]);
            let mut expected = holders(&dht, &left, &other);
            if dht.keys_on(old[2]).contains(&other) {
                expected = owners(&left, 3, &other);
                expected.sort();
            }
            assert_eq!(dht.leave(old[2]), Ok(()));
            let mut owners = owners(&left, 3, &key);
            owners.sort();
            assert_eq!(holders(&dht, &left, &key), owners, "copies of {key}");
            assert_eq!(
                holders(&dht, &left, &other),
                expected,
                "copies of {other}, which was on {old:?} or not"
            );
        }
    });
}

#[test]
fn a_node_that_returns_is_empty_at_first() {
    check(|| {
        let nodes = ["a", "b", "c", "d"];
        let keys = keys(40);
        for crash in [true, false] {
            let dht = table(1, &nodes);
            for key in &keys {
                put(&dht, key, "old");
            }
            let mine = dht.keys_on("b");
            if crash {
                assert_eq!(dht.crash("b"), Ok(()));
            } else {
                assert_eq!(dht.leave("b"), Ok(()));
            }
            let (again, lost) = mine.split_at(mine.len() / 2);
            for key in again {
                put(&dht, key, "new");
            }
            for key in lost {
                assert_eq!(dht.remove(key), Ok(!crash), "remove of {key}");
            }
            let back = dht.join("b");
            assert_eq!(back, Ok(again.len()), "copies of keys that exist");
            assert_eq!(dht.keys_on("b"), again, "keys on b after it came back");
            for key in again {
                finds(&dht, key, "new");
            }
        }
    });
}

#[test]
fn any_text_is_a_name_a_key_and_a_value() {
    check(|| {
        let nodes = ["", "a", "a a", "ü"];
        let dht = table(2, &nodes);
        let keys = ["", " ", "a", "ключ", "\0"].map(String::from);
        for key in &keys {
            put(&dht, key, "");
            finds(&dht, key, "");
            assert_eq!(dht.owners(key), owners(&nodes, 2, key), "owners of {key:?}");
        }
        placed_by_the_formula(&dht, &nodes, 2, &keys);
        assert_eq!(dht.join(""), Err(DhtError::NodeExists));
        assert_eq!(dht.leave(""), Ok(()));
        placed_by_the_formula(&dht, &["a", "a a", "ü"], 2, &keys);
        put(&dht, "a", "full");
        put(&dht, "a", "");
        finds(&dht, "a", "");
        assert_eq!(dht.remove(""), Ok(true), "the empty key had an empty value");
        assert_eq!(dht.get(""), Ok(None), "it was removed");
    });
}

/// Two names whose scores are the same for every key.
#[test]
fn of_equal_scores_the_smaller_name_comes_first() {
    check(|| {
        let [small, large] = ["8yn0iYCKYHlIj4-BwPqk", "GReLUrM4wMqfg9yzV3KQ"];
        assert_eq!(
            weight(small, "k"),
            weight(large, "k"),
            "a fault of the suite"
        );
        for order in [[small, large], [large, small]] {
            let dht = table(1, &["a"]);
            for node in order {
                assert!(dht.join(node).is_ok(), "{node} could not join");
            }
            for key in keys(40) {
                let expected = owners(&["a", small, large], 1, &key);
                assert_eq!(dht.owners(&key), expected, "owner of {key}");
                put(&dht, &key, &key);
                assert_eq!(holders(&dht, &["a", small, large], &key), expected);
            }
        }
    });
}
