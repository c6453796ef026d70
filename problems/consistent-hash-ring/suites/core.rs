use consistent_hash_ring::{HashRing, hash64};
use judge_kit::{assert_send_sync, check};
use std::collections::HashMap;

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

fn keys(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("user:{number}")).collect()
}

fn ring_of(vnodes: u32, nodes: &[(&str, u32)]) -> HashRing {
    let ring = HashRing::new(vnodes);
    for (node, weight) in nodes {
        assert_eq!(ring.add(node, *weight), Ok(()), "adding {node}");
    }
    ring
}

/// Every process has to come to the same answer, so neither std's hasher nor the order of adding
/// may play a part.
#[test]
fn a_key_belongs_to_the_next_point_clockwise() {
    assert_send_sync::<HashRing>();
    check(|| {
        assert_eq!(hash64(b"user:7"), place_of("user:7"), "hash64 was changed");
        let nodes = [("d", 1), ("b", 3), ("a", 1), ("c", 2)];
        let ring = ring_of(8, &nodes);
        let points = points(&nodes.map(|(node, weight)| (node, 8 * weight)));
        for key in keys(500) {
            let owner = ring.owner(&key);
            let expected = met(&points, &key)[0];
            assert_eq!(owner.as_deref(), Some(expected), "owner of {key}");
        }
    });
}

#[test]
fn past_the_largest_point_the_smallest_follows() {
    check(|| {
        let ring = ring_of(1, &[("a", 1), ("b", 1), ("c", 1)]);
        let points = points(&[("a", 1), ("b", 1), ("c", 1)]);
        let (largest, smallest) = (points[2].0, points[0].1);
        let beyond = keys(2_000)
            .into_iter()
            .filter(|key| place_of(key) > largest);
        let mut tried = 0;
        for key in beyond {
            assert_eq!(
                ring.owner(&key).as_deref(),
                Some(smallest),
                "owner of {key}"
            );
            assert_eq!(ring.owners(&key, 3), met(&points, &key), "owners of {key}");
            tried += 1;
        }
        assert!(tried > 0, "the suite has no key beyond the largest point");
    });
}

#[test]
fn a_new_node_takes_keys_from_others_and_moves_no_more() {
    check(|| {
        let ring = ring_of(50, &[("a", 1), ("b", 1), ("c", 1)]);
        let keys = keys(1_000);
        let before: Vec<_> = keys.iter().map(|key| ring.owner(key)).collect();
        assert_eq!(ring.add("d", 1), Ok(()));
        let mut moved = 0;
        for (key, old) in keys.iter().zip(before) {
            let new = ring.owner(key);
            if new != old {
                assert_eq!(new.as_deref(), Some("d"), "{key} moved between old nodes");
                moved += 1;
            }
        }
        assert!(
            (150..350).contains(&moved),
            "{moved} of 1000 keys moved to the fourth node"
        );
    });
}

#[test]
fn a_leaving_node_gives_up_its_own_keys_only() {
    check(|| {
        let ring = ring_of(50, &[("a", 1), ("b", 2), ("c", 1), ("d", 1)]);
        let keys = keys(1_000);
        let before: Vec<_> = keys.iter().map(|key| ring.owners(key, 2)).collect();
        assert_eq!(ring.remove("b"), Ok(()));
        for (key, old) in keys.iter().zip(before) {
            let heir = if old[0] == "b" { &old[1] } else { &old[0] };
            assert_eq!(
                ring.owner(key).as_ref(),
                Some(heir),
                "owner of {key}, before: {old:?}"
            );
        }
        assert_eq!(ring.nodes(), ["a", "c", "d"]);
    });
}

#[test]
fn shares_follow_the_weights() {
    check(|| {
        let nodes = [("small", 1), ("medium", 2), ("large", 4)];
        let ring = ring_of(200, &nodes);
        let mut shares: HashMap<String, f64> = HashMap::new();
        let count = 50_000;
        for key in keys(count) {
            let owner = ring.owner(&key).expect("three nodes are there");
            *shares.entry(owner).or_default() += 1.0;
        }
        for (node, weight) in nodes {
            let fair = count as f64 * f64::from(weight) / 7.0;
            let share = shares.get(node).copied().unwrap_or(0.0);
            let off = (share / fair - 1.0).abs();
            assert!(
                off < 0.25,
                "{node} got {share} keys, its weight is worth {fair:.0}"
            );
        }
    });
}

/// The copies of a key belong on different machines.
#[test]
fn owners_are_different_nodes_in_clockwise_order() {
    check(|| {
        let nodes = [("a", 1), ("b", 2), ("c", 1), ("d", 3), ("e", 1)];
        let ring = ring_of(6, &nodes);
        let points = points(&nodes.map(|(node, weight)| (node, 6 * weight)));
        for key in keys(200) {
            let expected = met(&points, &key);
            for n in 1..=5 {
                assert_eq!(ring.owners(&key, n), expected[..n], "{n} owners of {key}");
            }
        }
    });
}

#[test]
fn nodes_are_listed_by_name() {
    check(|| {
        let ring = ring_of(2, &[("m", 1), ("z", 2), ("a", 1), ("k", 3), ("b", 1)]);
        assert_eq!(ring.nodes(), ["a", "b", "k", "m", "z"]);
        assert_eq!(ring.remove("k"), Ok(()));
        assert_eq!(ring.nodes(), ["a", "b", "m", "z"]);
    });
}
