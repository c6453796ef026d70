use consistent_hash_ring::{HashRing, RingError, hash64};
use std::thread;

/// Every point of these nodes with this many points each, ascending.
fn points(nodes: &[&'static str], each: u32) -> Vec<(u64, &'static str)> {
    let mut points = Vec::new();
    for node in nodes {
        points.extend((0..each).map(|i| (hash64(format!("{node}#{i}").as_bytes()), *node)));
    }
    points.sort();
    points
}

#[test]
fn a_key_belongs_to_the_node_of_the_next_point() {
    let ring = HashRing::new(5);
    for node in ["x", "y", "z"] {
        assert_eq!(ring.add(node, 1), Ok(()));
    }
    assert_eq!(ring.add("y", 2), Err(RingError::NodeExists));
    assert_eq!(ring.nodes(), ["x", "y", "z"]);
    let points = points(&["x", "y", "z"], 5);
    for number in 0..100 {
        let key = format!("page/{number}");
        let place = hash64(key.as_bytes());
        let next = points.iter().find(|point| point.0 > place);
        let (_, node) = next.unwrap_or(&points[0]);
        assert_eq!(ring.owner(&key).as_deref(), Some(*node), "owner of {key}");
        assert_eq!(ring.owners(&key, 3)[0], *node, "first owner of {key}");
    }
}

#[test]
fn beyond_the_largest_point_comes_the_smallest() {
    let ring = HashRing::new(1);
    ring.add("x", 1).unwrap();
    ring.add("y", 1).unwrap();
    let points = points(&["x", "y"], 1);
    let mut keys = (0..).map(|number| format!("page/{number}"));
    let beyond = keys.find(|key| hash64(key.as_bytes()) > points[1].0);
    let smallest = points[0].1.to_string();
    assert_eq!(ring.owner(&beyond.unwrap()), Some(smallest));
}

#[test]
fn a_new_node_takes_keys_and_moves_no_others() {
    let ring = HashRing::new(20);
    ring.add("x", 1).unwrap();
    ring.add("y", 1).unwrap();
    let keys: Vec<String> = (0..200).map(|number| format!("page/{number}")).collect();
    let owners = || -> Vec<_> { keys.iter().map(|key| ring.owner(key).unwrap()).collect() };
    let before = owners();
    ring.add("z", 1).unwrap();
    let after = owners();
    assert!(after.iter().any(|owner| owner == "z"));
    for (old, new) in before.iter().zip(&after) {
        assert!(new == old || new == "z", "a key went from {old} to {new}");
    }
    ring.remove("z").unwrap();
    assert_eq!(owners(), before);
}

#[test]
fn threads_share_one_ring() {
    let ring = HashRing::new(3);
    ring.add("x", 1).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| ring.add("y", 1).unwrap());
        scope.spawn(|| assert!(ring.owner("page/1").is_some()));
    });
    assert_eq!(ring.nodes(), ["x", "y"]);
}
