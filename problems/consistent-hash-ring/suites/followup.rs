use consistent_hash_ring::HashRing;
use judge_kit::{check, explore};
use std::{collections::BTreeMap, thread};

/// What the starter supplies as `hash64`.
fn place_of(text: &str) -> u64 {
    let mut h = 0xcbf29ce484222325u64;
    for b in text.bytes() {
        h = (h ^ u64::from(b)).wrapping_mul(0x100000001b3);
    }
    h ^= h >> 32;
    h = h.wrapping_mul(0xd6e8feb86659fd93);
    h ^ (h >> 32)
}

/// All points of nodes with so many points each, ascending.
fn points(nodes: &[(&'static str, u32)]) -> Vec<(u64, &'static str)> {
    let mut points = Vec::new();
    for (node, count) in nodes {
        points.extend((0..*count).map(|i| (place_of(&format!("{node}#{i}")), *node)));
    }
    points.sort();
    points
}

/// All nodes in the order in which the key meets them.
fn met(points: &[(u64, &'static str)], key: &str) -> Vec<&'static str> {
    let place = place_of(key);
    let (before, after) = points.split_at(points.partition_point(|point| point.0 < place));
    let mut met = Vec::new();
    for (_, node) in after.iter().chain(before) {
        if !met.contains(node) {
            met.push(*node);
        }
    }
    met
}

fn ring_of(nodes: &[&str]) -> HashRing {
    let ring = HashRing::new(4);
    for node in nodes {
        assert_eq!(ring.add(node, 1), Ok(()), "adding {node}");
    }
    ring
}

fn loads(ring: &HashRing) -> Vec<usize> {
    ring.nodes().iter().map(|node| ring.load(node)).collect()
}

/// Assigns key after key and compares with the rule, worked out step by step.
fn compare(nodes: &[&'static str], keys: &[&str], factor_percent: u32) {
    let ring = ring_of(nodes);
    let points = points(&nodes.iter().map(|node| (*node, 4)).collect::<Vec<_>>());
    let mut loads: BTreeMap<&str, u128> = nodes.iter().map(|node| (*node, 0)).collect();
    for (turn, key) in keys.iter().enumerate() {
        let product = u128::from(factor_percent.max(100)) * (loads.values().sum::<u128>() + 1);
        let bound = product.div_ceil(100 * nodes.len() as u128);
        let met = met(&points, key);
        let node = met
            .into_iter()
            .find(|node| loads[node] < bound)
            .expect("one has room");
        let got = ring.assign(key, factor_percent);
        assert_eq!(
            got.as_deref(),
            Some(node),
            "assignment {turn}, key {key}, factor {factor_percent} %, loads {loads:?}, bound {bound}"
        );
        *loads.get_mut(node).unwrap() += 1;
        assert_eq!(ring.load(node) as u128, loads[node], "load of {node}");
    }
}

/// Round up: the bound has to leave room for the very first piece of work, too.
#[test]
fn a_hot_key_spreads_over_the_nodes() {
    check(|| {
        compare(&["a", "b", "c"], &["hot"; 12], 100);
        compare(&["a", "b", "c"], &["hot"; 40], 125);
        compare(&["a", "b", "c", "d", "e"], &["hot"; 40], 150);
    });
}

/// 1.12 * 25 is 28 and not a little more, as it is in floating point.
#[test]
fn the_bound_is_exact() {
    check(|| {
        compare(&["a", "b", "c", "d"], &["hot"; 60], 112);
        compare(&["a", "b", "c", "d", "e"], &["hot"; 60], 110);
    });
}

#[test]
fn each_key_starts_at_its_own_place() {
    check(|| {
        let keys: Vec<String> = (0..60)
            .map(|number| format!("job/{}", number % 17))
            .collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        for factor in [100, 110, 130, 200, 500] {
            compare(&["a", "b", "c", "d"], &keys, factor);
        }
    });
}

#[test]
fn a_factor_below_one_counts_as_one() {
    check(|| {
        for factor in [0, 1, 99] {
            compare(&["a", "b", "c"], &["hot"; 9], factor);
        }
    });
}

#[test]
fn a_huge_factor_leaves_every_key_with_its_owner() {
    check(|| {
        compare(&["a", "b", "c"], &["hot"; 20], u32::MAX);
    });
}

#[test]
fn work_that_is_done_makes_room() {
    check(|| {
        let ring = ring_of(&["a", "b"]);
        let first = ring.assign("hot", 100).expect("two nodes are there");
        let second = ring.assign("hot", 100).expect("two nodes are there");
        assert_ne!(first, second, "the first node had its share");
        assert!(ring.release(&first), "it had work");
        assert_eq!(ring.load(&first), 0);
        assert_eq!(
            ring.assign("hot", 100).as_ref(),
            Some(&first),
            "it has room again"
        );
        assert!(ring.release(&second), "it had work");
        assert!(!ring.release(&second), "its load was 0");
        assert_eq!(ring.load(&second), 0);
        assert!(!ring.release("stranger"), "this node is not in the ring");
        assert_eq!(ring.load("stranger"), 0);
    });
}

#[test]
fn without_nodes_there_is_nobody_to_assign_to() {
    check(|| {
        let ring = HashRing::new(4);
        assert_eq!(ring.assign("key", 125), None);
        assert_eq!(ring.add("a", 1), Ok(()));
        assert_eq!(ring.assign("key", 125).as_deref(), Some("a"));
        assert_eq!(ring.remove("a"), Ok(()));
        assert_eq!(ring.assign("key", 125), None);
    });
}

#[test]
fn a_leaving_node_takes_its_load_along() {
    check(|| {
        let ring = ring_of(&["a", "b", "c"]);
        for _ in 0..9 {
            ring.assign("hot", 100);
        }
        assert_eq!(loads(&ring), [3, 3, 3]);
        assert_eq!(ring.remove("b"), Ok(()));
        assert_eq!(ring.load("b"), 0, "b is not in the ring");
        assert!(!ring.release("b"), "b is not in the ring");
        assert_eq!(ring.add("b", 1), Ok(()));
        assert_eq!(loads(&ring), [3, 0, 3], "b came back with an old load");
        // L is 6: the bound is 3, then 3, then 3, and only b is below.
        for _ in 0..3 {
            assert_eq!(
                ring.assign("hot", 100).as_deref(),
                Some("b"),
                "only b has room"
            );
        }
        assert_eq!(loads(&ring), [3, 3, 3]);
    });
}

#[test]
fn the_answers_of_look_ups_ignore_loads() {
    check(|| {
        let ring = ring_of(&["a", "b", "c"]);
        let before = (ring.owner("hot"), ring.owners("hot", 3));
        for _ in 0..5 {
            ring.assign("hot", 100);
        }
        assert_eq!((ring.owner("hot"), ring.owners("hot", 3)), before);
    });
}

/// Finding room and taking it are one step, or two threads take the same room.
#[test]
fn threads_do_not_take_the_same_room() {
    explore(|| {
        let ring = ring_of(&["a", "b", "c"]);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| assert!(ring.assign("hot", 100).is_some(), "one has room"));
            }
        });
        assert_eq!(
            loads(&ring),
            [1, 1, 1],
            "three pieces of work for three nodes"
        );
    });
}

#[test]
fn one_piece_of_work_is_released_once() {
    explore(|| {
        let ring = ring_of(&["a"]);
        ring.assign("key", 100);
        let released = thread::scope(|scope| {
            let threads = [(); 2].map(|()| scope.spawn(|| ring.release("a")));
            threads.map(|thread| thread.join().unwrap())
        });
        assert_eq!(
            released.iter().filter(|done| **done).count(),
            1,
            "{released:?}"
        );
        assert_eq!(ring.load("a"), 0);
    });
}
