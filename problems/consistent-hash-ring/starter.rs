#![forbid(unsafe_code)]

/// Supplied: the hash of points and of keys, the same in every process and for ever.
pub fn hash64(bytes: &[u8]) -> u64 {
    let mut h = 0xcbf29ce484222325u64;
    for b in bytes {
        h = (h ^ *b as u64).wrapping_mul(0x100000001b3);
    }
    h ^= h >> 32;
    h = h.wrapping_mul(0xd6e8feb86659fd93);
    h ^ (h >> 32)
}

/// Why the ring stays as it was. If several reasons apply, the first of this list is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RingError {
    /// A node of this name is already in the ring.
    NodeExists,
    /// No node of this name is in the ring.
    UnknownNode,
    /// A node needs a weight of at least 1.
    ZeroWeight,
}

/// A hash ring: maps keys to nodes, and moves few keys when nodes come and go.
///
/// - A node of weight `w` has `w * vnodes` points on the circle of all `u64`: the hash of
///   `"{node}#{i}"` for each `i` from 0 on, the name taken as it is, be it empty or full of `#`.
/// - A key sits at the hash of its bytes. Going clockwise means towards larger hashes, and from the
///   largest point on to the smallest.
/// - Any number of threads share one ring by reference. Every call takes effect at one instant
///   between its beginning and its return: nobody ever sees half of a change.
/// - Cost, with P points in the ring: `owner` is O(log P), and look-ups do not keep each other out.
///   `add` and `remove` of a node with p points may take O(p log P) and one pass over the P points,
///   but do not hash the labels of other nodes again.
pub struct HashRing {}

impl HashRing {
    /// An empty ring with `vnodes` points per unit of weight; 0 is treated as 1.
    pub fn new(vnodes: u32) -> Self {
        let _ = vnodes;
        todo!()
    }

    /// Puts a node into the ring.
    ///
    /// Fails with `NodeExists`, whatever the weight, if it is there already, and with `ZeroWeight`.
    pub fn add(&self, node: &str, weight: u32) -> Result<(), RingError> {
        let _ = (node, weight);
        todo!()
    }

    /// Takes a node and all its points out. Fails with `UnknownNode`.
    pub fn remove(&self, node: &str) -> Result<(), RingError> {
        let _ = node;
        todo!()
    }

    /// The node of the first point clockwise from the key; `None` if there are no nodes.
    pub fn owner(&self, key: &str) -> Option<String> {
        let _ = key;
        todo!()
    }

    /// The first `n` different nodes clockwise from the key, in the order in which they are met.
    ///
    /// If there are fewer nodes than `n`, all of them.
    pub fn owners(&self, key: &str, n: usize) -> Vec<String> {
        let _ = (key, n);
        todo!()
    }

    /// The names of all nodes, ascending.
    pub fn nodes(&self) -> Vec<String> {
        todo!()
    }
}
