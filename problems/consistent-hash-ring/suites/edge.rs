use consistent_hash_ring::{HashRing, RingError};
use judge_kit::check;

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
    (0..count).map(|number| format!("item {number}")).collect()
}

#[test]
fn an_empty_ring_owns_nothing() {
    check(|| {
        let ring = HashRing::new(10);
        let is_empty = || {
            assert_eq!(ring.owner("key"), None);
            assert_eq!(ring.owners("key", 3), [""; 0]);
            assert_eq!(ring.nodes(), [""; 0]);
        };
        is_empty();
        assert_eq!(ring.add("a", 1), Ok(()));
        assert_eq!(ring.remove("a"), Ok(()));
        is_empty();
    });
}

#[test]
fn a_single_node_owns_everything() {
    check(|| {
        let ring = HashRing::new(1);
        assert_eq!(ring.add("only", 1), Ok(()));
        for key in keys(50).into_iter().chain([String::new()]) {
            assert_eq!(
                ring.owner(&key).as_deref(),
                Some("only"),
                "owner of {key:?}"
            );
            assert_eq!(ring.owners(&key, 2), ["only"]);
        }
    });
}

#[test]
fn no_more_owners_than_asked_for_and_than_there_are() {
    check(|| {
        let ring = HashRing::new(4);
        for node in ["a", "b", "c"] {
            assert_eq!(ring.add(node, 2), Ok(()));
        }
        let points = points(&[("a", 8), ("b", 8), ("c", 8)]);
        for key in keys(50) {
            assert_eq!(ring.owners(&key, 0), [""; 0], "nobody was asked for");
            for n in [3, 4, 100, usize::MAX] {
                assert_eq!(
                    ring.owners(&key, n),
                    met(&points, &key),
                    "{n} owners of {key}"
                );
            }
        }
    });
}

#[test]
fn a_change_that_cannot_be_made_changes_nothing() {
    check(|| {
        let ring = HashRing::new(3);
        assert_eq!(ring.remove("a"), Err(RingError::UnknownNode));
        assert_eq!(ring.add("a", 0), Err(RingError::ZeroWeight));
        assert_eq!(ring.nodes(), [""; 0], "a node without weight was added");
        assert_eq!(ring.add("a", 1), Ok(()));
        assert_eq!(ring.add("b", 1), Ok(()));
        let points = points(&[("a", 3), ("b", 3)]);
        assert_eq!(ring.add("a", 5), Err(RingError::NodeExists));
        let both = ring.add("a", 0);
        assert_eq!(
            both,
            Err(RingError::NodeExists),
            "the first of two reasons counts"
        );
        assert_eq!(ring.remove("c"), Err(RingError::UnknownNode));
        for key in keys(100) {
            assert_eq!(ring.owners(&key, 2), met(&points, &key), "owners of {key}");
        }
        assert_eq!(ring.remove("a"), Ok(()));
        assert_eq!(ring.remove("a"), Err(RingError::UnknownNode));
        assert_eq!(ring.nodes(), ["b"]);
    });
}

/// Where does a key belong that sits exactly on a point? Ask, then search accordingly.
#[test]
fn a_point_exactly_on_the_key_owns_it() {
    check(|| {
        let ring = HashRing::new(10);
        for node in ["n1", "n2", "n3"] {
            assert_eq!(ring.add(node, 1), Ok(()));
        }
        for node in ["n1", "n2", "n3"] {
            for i in 0..10 {
                let key = format!("{node}#{i}"); // Hashes to that very point.
                assert_eq!(ring.owner(&key).as_deref(), Some(node), "owner of {key}");
                assert_eq!(ring.owners(&key, 1), [node], "owners of {key}");
            }
        }
    });
}

#[test]
fn a_node_that_returns_finds_its_old_places() {
    check(|| {
        let ring = HashRing::new(5);
        for (node, weight) in [("a", 1), ("b", 4), ("c", 2)] {
            assert_eq!(ring.add(node, weight), Ok(()));
        }
        let all =
            |keys: &[String]| -> Vec<_> { keys.iter().map(|key| ring.owners(key, 3)).collect() };
        let keys = keys(200);
        let before = all(&keys);
        assert_eq!(ring.remove("b"), Ok(()));
        assert_eq!(ring.add("b", 4), Ok(()));
        assert_eq!(
            all(&keys),
            before,
            "the ring differs after a node left and came back"
        );

        // A change of weight, the only way there is.
        assert_eq!(ring.remove("b"), Ok(()));
        assert_eq!(ring.add("b", 1), Ok(()));
        let points = points(&[("a", 5), ("b", 5), ("c", 10)]);
        for (key, owners) in keys.iter().zip(all(&keys)) {
            assert_eq!(
                owners,
                met(&points, key),
                "owners of {key} after b became lighter"
            );
        }
    });
}

#[test]
fn any_text_can_be_a_name() {
    check(|| {
        let ring = HashRing::new(4);
        let names = ["", "#", "a", "a#1", "a#1#0", "ü"];
        for name in names {
            assert_eq!(ring.add(name, 1), Ok(()), "adding {name:?}");
        }
        let points = points(&names.map(|name| (name, 4)));
        for key in keys(200) {
            assert_eq!(ring.owners(&key, 6), met(&points, &key), "owners of {key}");
        }
        assert_eq!(ring.remove("a#1"), Ok(()));
        assert_eq!(ring.remove(""), Ok(()));
        assert_eq!(ring.nodes(), ["#", "a", "a#1#0", "ü"]);
        let points = self::points(&["#", "a", "a#1#0", "ü"].map(|name| (name, 4)));
        for key in keys(200) {
            assert_eq!(
                ring.owners(&key, 6),
                met(&points, &key),
                "owners of {key} among the rest"
            );
        }
    });
}

#[test]
fn no_points_per_weight_are_taken_for_one() {
    check(|| {
        let ring = HashRing::new(0);
        assert_eq!(ring.add("a", 1), Ok(()));
        assert_eq!(ring.add("b", 3), Ok(()));
        let points = points(&[("a", 1), ("b", 3)]);
        for key in keys(100) {
            assert_eq!(ring.owners(&key, 2), met(&points, &key), "owners of {key}");
        }
    });
}
