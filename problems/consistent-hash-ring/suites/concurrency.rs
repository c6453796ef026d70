use consistent_hash_ring::{HashRing, RingError};
use judge_kit::{Explore, History, explore};
use std::{sync::Arc, thread};

/// With three points each, cat's points have others between them; each of the keys goes to another
/// of cat's points if cat is there, and to another node if not.
const NODES: [&str; 4] = ["ant", "bee", "cat", "dog"];
const VNODES: u32 = 3;
const KEYS: [&str; 3] = ["k3", "k13", "k98"];
const ANT: usize = 0;
const BEE: usize = 1;
const CAT: usize = 2;
const DOG: usize = 3;

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

#[derive(Debug, Clone, Copy)]
enum Op {
    Add(usize),
    Remove(usize),
    Owners(usize, usize),
    Nodes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Ret {
    Changed(Result<(), RingError>),
    Names(Vec<String>),
}

/// One bit per node.
type Members = usize;

/// The right answers for each set of members.
struct Truth {
    /// By members, then by key.
    owners: Vec<Vec<Vec<&'static str>>>,
}

impl Truth {
    fn new() -> Self {
        let owners = (0..1 << NODES.len()).map(|members: Members| {
            let present: Vec<_> = names(members).map(|node| (node, VNODES)).collect();
            let points = points(&present);
            KEYS.iter().map(|key| met(&points, key)).collect()
        });
        Self {
            owners: owners.collect(),
        }
    }

    /// What one call does to the members, and what it returns.
    fn step(&self, members: Members, op: Op) -> (Members, Ret) {
        let strings =
            |names: &[&str]| Ret::Names(names.iter().map(|name| name.to_string()).collect());
        match op {
            Op::Add(node) if members & (1 << node) != 0 => {
                (members, Ret::Changed(Err(RingError::NodeExists)))
            }
            Op::Add(node) => (members | (1 << node), Ret::Changed(Ok(()))),
            Op::Remove(node) if members & (1 << node) == 0 => {
                (members, Ret::Changed(Err(RingError::UnknownNode)))
            }
            Op::Remove(node) => (members & !(1 << node), Ret::Changed(Ok(()))),
            Op::Owners(key, n) => {
                let met = &self.owners[members][key];
                (members, strings(&met[..n.min(met.len())]))
            }
            Op::Nodes => (members, strings(&names(members).collect::<Vec<_>>())),
        }
    }
}

fn names(members: Members) -> impl Iterator<Item = &'static str> {
    (0..NODES.len())
        .filter(move |node| members & (1 << node) != 0)
        .map(|node| NODES[node])
}

/// A ring, and everything that was asked of it.
struct Recorded {
    ring: Arc<HashRing>,
    history: History<Op, Ret>,
}

impl Recorded {
    fn with(nodes: &[usize]) -> Self {
        let recorded = Self {
            ring: Arc::new(HashRing::new(VNODES)),
            history: History::new(),
        };
        nodes.iter().for_each(|node| recorded.call(Op::Add(*node)));
        recorded
    }

    fn call(&self, op: Op) {
        self.history.call(op, || match op {
            Op::Add(node) => Ret::Changed(self.ring.add(NODES[node], 1)),
            Op::Remove(node) => Ret::Changed(self.ring.remove(NODES[node])),
            Op::Owners(key, 1) => Ret::Names(self.ring.owner(KEYS[key]).into_iter().collect()),
            Op::Owners(key, n) => Ret::Names(self.ring.owners(KEYS[key], n)),
            Op::Nodes => Ret::Names(self.ring.nodes()),
        });
    }

    /// Runs each list of calls on a thread of its own.
    fn run(&self, threads: &[&[Op]]) {
        thread::scope(|scope| {
            for ops in threads {
                scope.spawn(|| ops.iter().for_each(|op| self.call(*op)));
            }
        });
    }

    /// Fails unless one order of all calls explains every answer.
    fn judge(&self, truth: &Truth) {
        self.history.linearizable(0, |members: &Members, op, ret| {
            let (after, expected) = truth.step(*members, *op);
            (expected == *ret).then_some(after)
        });
    }
}

/// A reader that has seen one of the new points must from then on see all of them.
const ROUND: [Op; 4] = [
    Op::Owners(0, 1),
    Op::Owners(1, 1),
    Op::Owners(2, 1),
    Op::Owners(0, 1),
];

#[test]
fn nobody_sees_half_of_a_new_node() {
    let truth = Truth::new();
    explore(|| {
        let ring = Recorded::with(&[ANT, BEE]);
        ring.run(&[&[Op::Add(CAT)], &ROUND]);
        ring.judge(&truth);
    });
}

#[test]
fn nobody_sees_half_of_a_leaving_node() {
    let truth = Truth::new();
    explore(|| {
        let ring = Recorded::with(&[ANT, BEE, CAT]);
        ring.run(&[&[Op::Remove(CAT)], &ROUND]);
        ring.judge(&truth);
    });
}

/// Several steps around the ring, one answer: all of them belong to one state of the ring.
#[test]
fn one_answer_comes_from_one_ring() {
    let truth = Truth::new();
    explore(|| {
        let ring = Recorded::with(&[ANT, BEE, CAT]);
        ring.run(&[
            &[Op::Remove(BEE), Op::Add(DOG)],
            &[Op::Owners(0, 4), Op::Owners(1, 2)],
        ]);
        ring.judge(&truth);
    });
}

/// Two that copy the ring, change their copy and put it back: whose change survives?
#[test]
fn two_changes_at_once_both_count() {
    let truth = Truth::new();
    explore(|| {
        let ring = Recorded::with(&[ANT, BEE]);
        ring.run(&[&[Op::Add(CAT)], &[Op::Add(DOG)], &[Op::Remove(BEE)]]);
        ring.call(Op::Nodes);
        for key in 0..KEYS.len() {
            ring.call(Op::Owners(key, 4));
        }
        ring.judge(&truth);
    });
}

#[test]
fn of_two_equal_changes_one_succeeds() {
    let truth = Truth::new();
    explore(|| {
        let ring = Recorded::with(&[ANT]);
        ring.run(&[
            &[Op::Add(CAT), Op::Remove(ANT)],
            &[Op::Add(CAT), Op::Remove(ANT)],
        ]);
        ring.call(Op::Nodes);
        ring.call(Op::Owners(0, 2));
        ring.judge(&truth);
    });
}

/// Where there are two locks, everybody takes them in the same order.
#[test]
fn coming_and_going_stops_nobody() {
    let truth = Truth::new();
    explore(|| {
        let ring = Recorded::with(&[ANT, BEE]);
        ring.run(&[
            &[Op::Add(CAT)],
            &[Op::Remove(BEE)],
            &[Op::Nodes, Op::Owners(1, 3), Op::Nodes],
        ]);
        ring.judge(&truth);
    });
}

#[test]
fn five_threads_agree_on_one_order_of_calls() {
    let truth = Truth::new();
    Explore::new().schedules(0).random(200).run(|| {
        let ring = Recorded::with(&[ANT, BEE]);
        ring.run(&[
            &[Op::Add(CAT), Op::Remove(BEE), Op::Add(BEE)],
            &[Op::Add(DOG), Op::Remove(CAT)],
            &[Op::Owners(0, 1), Op::Owners(1, 4), Op::Nodes],
            &[Op::Owners(2, 3), Op::Owners(0, 2), Op::Owners(1, 1)],
            &[Op::Nodes, Op::Owners(1, 2), Op::Owners(2, 1)],
        ]);
        ring.call(Op::Nodes);
        for key in 0..KEYS.len() {
            ring.call(Op::Owners(key, 4));
        }
        ring.judge(&truth);
    });
}
