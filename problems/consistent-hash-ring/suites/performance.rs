use judge_kit::{Growth, growth, race_reference};

judge_kit::both_sides! {
    use std::{hint::black_box, thread};
    use subject::HashRing;

    fn ring_of(nodes: usize, vnodes: u32) -> HashRing {
        let ring = HashRing::new(vnodes);
        for node in 0..nodes {
            ring.add(&format!("cache-{node}"), 1).expect("a new name");
        }
        ring
    }

    /// Few keys, so that the processor's caches favour neither size.
    fn keys() -> Vec<String> {
        (0..256).map(|number| format!("user:{number}")).collect()
    }

    /// The owner of one key in a ring of so many points.
    pub fn look_up(points: usize) -> impl FnMut() -> Option<String> {
        let ring = ring_of(points / 100, 100);
        let keys = keys();
        let mut turn = 0;
        move || {
            turn = (turn + 1) % keys.len();
            ring.owner(&keys[turn])
        }
    }

    /// Eight threads that do nothing but look keys up.
    pub fn eight_readers() -> impl FnMut() {
        let ring = ring_of(64, 100);
        let keys = keys();
        move || {
            thread::scope(|scope| {
                for first in 0..8 {
                    let (ring, keys) = (&ring, &keys);
                    scope.spawn(move || {
                        for turn in 0..2_000 {
                            black_box(ring.owner(&keys[(first * 32 + turn) % keys.len()]));
                        }
                    });
                }
            });
        }
    }

    /// A node of 200 points joins a ring of so many points, and leaves again.
    pub fn come_and_go(points: usize) -> impl FnMut() -> bool {
        let ring = ring_of(points / 200, 200);
        move || ring.add("newcomer", 1).is_ok() && ring.remove("newcomer").is_ok()
    }
}

#[test]
fn a_look_up_hardly_costs_more_in_a_large_ring() {
    growth(
        submission::look_up,
        reference::look_up,
        [800, 12_800],
        Growth::LOGARITHMIC,
    );
}

/// Look-ups are millions to one: what do they wait for?
#[test]
fn eight_readers_keep_up_with_the_reference() {
    race_reference(submission::eight_readers(), reference::eight_readers());
}

/// A change concerns the points of one node. Which of the other points have to be made again?
#[test]
fn a_change_leaves_the_points_of_others_as_they_are() {
    growth(
        submission::come_and_go,
        reference::come_and_go,
        [1_600, 25_600],
        Growth::LINEAR,
    );
}
