use judge_kit::{Explore, History, explore};
use replicated_hash_table::{Dht, DhtError};
use std::cmp::Reverse;
use std::{sync::Arc, thread};

const NODES: [&str; 4] = ["a", "b", "c", "d"];
const A: usize = 0;
const B: usize = 1;
const C: usize = 2;
const D: usize = 3;
/// The first key ranks the nodes b, c, d, a, the second one b, a, c, d.
const KEYS: [&str; 2] = ["k1", "k2"];

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

#[derive(Debug, Clone, Copy)]
enum Op {
    Join(usize),
    Leave(usize),
    Crash(usize),
    Put(usize, u8),
    Get(usize),
    Remove(usize),
    KeysOn(usize),
    Repair,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Ret {
    Copies(Result<usize, DhtError>),
    Done(Result<(), DhtError>),
    Value(Result<Option<String>, DhtError>),
    Was(Result<bool, DhtError>),
    Keys(Vec<String>),
}

/// What every copy should be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    replicas: usize,
    members: Vec<usize>,
    copies: [[Option<u8>; NODES.len()]; KEYS.len()],
}

impl World {
    fn owners(&self, key: usize) -> Vec<usize> {
        let mut ranked = self.members.clone();
        ranked.sort_by_key(|node| (Reverse(weight(NODES[*node], KEYS[key])), *node));
        ranked.truncate(self.replicas);
        ranked
    }

    fn value(&self, key: usize) -> Option<u8> {
        self.copies[key].iter().copied().find_map(|copy| copy)
    }

    /// Writes the value to owners without a copy, and takes it from those who are none.
    fn spread(&mut self, key: usize, value: u8, to: impl Fn(usize) -> bool) -> usize {
        let owners = self.owners(key);
        let mut written = 0;
        for (node, copy) in self.copies[key].iter_mut().enumerate() {
            if !owners.contains(&node) {
                *copy = None;
            } else if copy.is_none() && to(node) {
                *copy = Some(value);
                written += 1;
            }
        }
        written
    }

    /// Takes a node out, with all its copies. None if it is not there.
    fn without(&mut self, node: usize) -> Option<[Option<u8>; KEYS.len()]> {
        let index = self.members.iter().position(|member| *member == node)?;
        self.members.remove(index);
        Some([0, 1].map(|key| self.copies[key][node].take()))
    }

    /// Makes one call, and returns what it returns.
    fn call(&mut self, op: Op) -> Ret {
        let nobody = self.members.is_empty();
        match op {
            Op::Join(node) if self.members.contains(&node) => {
                Ret::Copies(Err(DhtError::NodeExists))
            }
            Op::Join(node) => {
                let values = [0, 1].map(|key| self.value(key));
                self.members.push(node);
                self.members.sort();
                let mut written = 0;
                for (key, value) in values.into_iter().enumerate() {
                    written += value.map_or(0, |value| self.spread(key, value, |to| to == node));
                }
                Ret::Copies(Ok(written))
            }
            Op::Leave(node) => {
                let Some(handed) = self.without(node) else {
                    return Ret::Done(Err(DhtError::UnknownNode));
                };
                for (key, value) in handed.into_iter().enumerate() {
                    value.map(|value| self.spread(key, value, |_| true));
                }
                Ret::Done(Ok(()))
            }
            Op::Crash(node) => {
                let gone = self.without(node);
                Ret::Done(gone.map(|_| ()).ok_or(DhtError::UnknownNode))
            }
            Op::Put(..) if nobody => Ret::Done(Err(DhtError::NoNodes)),
            Op::Put(key, value) => {
                self.copies[key] = [None; NODES.len()];
                self.spread(key, value, |_| true);
                Ret::Done(Ok(()))
            }
            Op::Get(_) if nobody => Ret::Value(Err(DhtError::NoNodes)),
            Op::Get(key) => Ret::Value(Ok(self.value(key).map(|value| value.to_string()))),
            Op::Remove(_) if nobody => Ret::Was(Err(DhtError::NoNodes)),
            Op::Remove(key) => {
                let was = self.value(key).is_some();
                self.copies[key] = [None; NODES.len()];
                Ret::Was(Ok(was))
            }
            Op::KeysOn(node) => {
                let here = (0..KEYS.len()).filter(|key| self.copies[*key][node].is_some());
                Ret::Keys(here.map(|key| KEYS[key].to_string()).collect())
            }
            Op::Repair => {
                let values = [0, 1].map(|key| self.value(key));
                let mut written = 0;
                for (key, value) in values.into_iter().enumerate() {
                    written += value.map_or(0, |value| self.spread(key, value, |_| true));
                }
                Ret::Copies(Ok(written))
            }
        }
    }
}

/// A table, and everything that was asked of it since it was prepared.
struct Recorded {
    dht: Arc<Dht>,
    start: World,
    history: History<Op, Ret>,
}

impl Recorded {
    /// A table on which these calls were made.
    fn after(replicas: usize, ops: &[Op]) -> Self {
        let mut recorded = Self {
            dht: Arc::new(Dht::new(replicas)),
            start: World {
                replicas,
                members: Vec::new(),
                copies: [[None; NODES.len()]; KEYS.len()],
            },
            history: History::new(),
        };
        for op in ops {
            let expected = recorded.start.call(*op);
            assert_eq!(recorded.ask(*op), expected, "{op:?}, by one thread");
        }
        recorded
    }

    fn ask(&self, op: Op) -> Ret {
        match op {
            Op::Join(node) => Ret::Copies(self.dht.join(NODES[node])),
            Op::Leave(node) => Ret::Done(self.dht.leave(NODES[node])),
            Op::Crash(node) => Ret::Done(self.dht.crash(NODES[node])),
            Op::Put(key, value) => Ret::Done(self.dht.put(KEYS[key], &value.to_string())),
            Op::Get(key) => Ret::Value(self.dht.get(KEYS[key])),
            Op::Remove(key) => Ret::Was(self.dht.remove(KEYS[key])),
            Op::KeysOn(node) => Ret::Keys(self.dht.keys_on(NODES[node])),
            Op::Repair => Ret::Copies(Ok(self.dht.repair())),
        }
    }

    fn call(&self, op: Op) {
        self.history.call(op, || self.ask(op));
    }

    /// Runs each list of calls on a thread of its own, then looks at every copy.
    fn run(&self, threads: &[&[Op]], nodes: &[usize]) {
        thread::scope(|scope| {
            for ops in threads {
                scope.spawn(|| ops.iter().for_each(|op| self.call(*op)));
            }
        });
        nodes.iter().for_each(|node| self.call(Op::KeysOn(*node)));
        for node in nodes {
            self.call(Op::Get(0));
            self.call(Op::Crash(*node));
        }
        self.history
            .linearizable(self.start.clone(), |world, op, ret| {
                let mut world = world.clone();
                (world.call(*op) == *ret).then_some(world)
            });
    }
}

/// A plan of what has to move is out of date as soon as somebody puts a value.
#[test]
fn a_put_during_a_join_reaches_all_owners() {
    explore(|| {
        let dht = Recorded::after(2, &[Op::Join(A), Op::Join(C), Op::Join(D), Op::Put(0, 1)]);
        dht.run(&[&[Op::Join(B)], &[Op::Put(0, 2), Op::Get(0)]], &[B, C, D]);
    });
}

#[test]
fn a_removal_during_a_join_leaves_no_copy() {
    explore(|| {
        let dht = Recorded::after(2, &[Op::Join(A), Op::Join(C), Op::Join(D), Op::Put(0, 1)]);
        dht.run(&[&[Op::Join(B)], &[Op::Remove(0), Op::Get(0)]], &[B, C, D]);
    });
}

/// With one copy of each key there is no other owner to ask while it moves.
#[test]
fn a_key_that_moves_is_never_missing() {
    explore(|| {
        let dht = Recorded::after(1, &[Op::Join(C), Op::Join(D), Op::Put(0, 1)]);
        dht.run(
            &[&[Op::Join(B), Op::Leave(C)], &[Op::Get(0), Op::Get(0)]],
            &[B, D],
        );
    });
}

#[test]
fn nothing_is_lost_between_a_leaver_and_its_heirs() {
    explore(|| {
        let dht = Recorded::after(1, &[Op::Join(B), Op::Join(C), Op::Put(0, 1), Op::Put(1, 1)]);
        dht.run(
            &[
                &[Op::Leave(B)],
                &[Op::Put(0, 2), Op::Get(0)],
                &[Op::Get(1), Op::Remove(1)],
            ],
            &[C],
        );
    });
}

#[test]
fn calls_during_a_leave_follow_one_order() {
    explore(|| {
        let dht = Recorded::after(2, &[Op::Join(A), Op::Join(B), Op::Join(C), Op::Put(0, 1)]);
        dht.run(
            &[
                &[Op::Leave(B)],
                &[Op::Put(0, 2), Op::Get(0)],
                &[Op::Remove(0)],
            ],
            &[A, C],
        );
    });
}

/// Two writers who visit the owners one after the other may meet half-way.
#[test]
fn all_copies_agree_after_two_puts_at_once() {
    explore(|| {
        let dht = Recorded::after(2, &[Op::Join(B), Op::Join(C)]);
        dht.run(
            &[
                &[Op::Put(0, 1)],
                &[Op::Put(0, 2)],
                &[Op::Get(0), Op::Get(0)],
            ],
            &[B, C],
        );
    });
}

#[test]
fn one_of_two_removals_finds_the_key() {
    explore(|| {
        let dht = Recorded::after(2, &[Op::Join(B), Op::Join(C), Op::Put(0, 1)]);
        dht.run(
            &[&[Op::Remove(0)], &[Op::Remove(0)], &[Op::Put(1, 1)]],
            &[B, C],
        );
    });
}

#[test]
fn a_repair_brings_no_removed_key_back() {
    explore(|| {
        let dht = Recorded::after(
            2,
            &[
                Op::Join(A),
                Op::Join(B),
                Op::Join(C),
                Op::Put(0, 1),
                Op::Crash(B),
            ],
        );
        dht.run(&[&[Op::Repair], &[Op::Remove(0), Op::Get(0)]], &[A, C]);
    });
}

#[test]
fn a_repair_writes_no_old_value_over_a_new_one() {
    explore(|| {
        let dht = Recorded::after(
            2,
            &[
                Op::Join(A),
                Op::Join(B),
                Op::Join(C),
                Op::Put(0, 1),
                Op::Crash(B),
            ],
        );
        dht.run(&[&[Op::Repair], &[Op::Put(0, 2)], &[Op::Repair]], &[C, A]);
    });
}

#[test]
fn a_node_joins_once_and_goes_once() {
    explore(|| {
        let dht = Recorded::after(2, &[Op::Join(C), Op::Put(0, 1)]);
        dht.run(&[&[Op::Join(B)], &[Op::Join(B)]], &[B, C]);
    });
    explore(|| {
        let dht = Recorded::after(2, &[Op::Join(B), Op::Join(C), Op::Put(0, 1)]);
        dht.run(&[&[Op::Leave(B)], &[Op::Crash(B)]], &[C]);
    });
}

/// Whoever takes several locks takes them in the same order, and none twice.
#[test]
fn coming_going_and_repairing_stop_nobody() {
    explore(|| {
        let dht = Recorded::after(2, &[Op::Join(A), Op::Join(C), Op::Join(D), Op::Put(0, 1)]);
        dht.run(
            &[
                &[Op::Join(B)],
                &[Op::Leave(C)],
                &[Op::Repair, Op::KeysOn(D)],
                &[Op::Get(0)],
            ],
            &[B, D],
        );
    });
}

#[test]
fn five_threads_agree_on_one_order_of_calls() {
    Explore::new().schedules(0).random(200).run(|| {
        let dht = Recorded::after(2, &[Op::Join(A), Op::Join(C), Op::Join(D), Op::Put(0, 1)]);
        dht.run(
            &[
                &[Op::Join(B), Op::Leave(A)],
                &[Op::Crash(C), Op::Repair],
                &[Op::Put(0, 2), Op::Get(0), Op::Remove(1)],
                &[Op::Put(1, 3), Op::Remove(0)],
                &[Op::Get(1), Op::Get(0), Op::Put(0, 4)],
            ],
            &[D, B],
        );
    });
}
