#![forbid(unsafe_code)]

/// Supplied: how much a node wants a key. The same in every process and for ever.
pub fn score(node: &str, key: &str) -> u64 {
    let mut h = 0xcbf29ce484222325u64;
    for b in node.bytes().chain([0]).chain(key.bytes()) {
        h = (h ^ b as u64).wrapping_mul(0x100000001b3);
    }
    h ^= h >> 33;
    h = h.wrapping_mul(0xff51afd7ed558ccd);
    h ^ (h >> 33)
}

/// Why a call was refused. A call that is refused changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DhtError {
    /// The table has no nodes that could hold a key.
    NoNodes,
    /// No node of this name is in the table.
    UnknownNode,
    /// A node of this name is already in the table.
    NodeExists,
}

/// A distributed hash table in one process: nodes come and go, keys have copies on some of them.
///
/// - The owners of a key are the nodes with the highest `score(node, key)`, as many as there are
///   replicas, or all nodes if there are fewer. Every text names a node, a key or a value, the
///   empty one too.
/// - Copies are only ever on owners of their key. A crash may leave owners without a copy.
/// - Any number of threads share one table by reference. Every call takes effect at one instant
///   between its beginning and its return.
/// - Cost: `get`, `put` and `remove` depend on the number of keys by a logarithm at most, and rank
///   the N nodes as fast as sorting does. A membership change or a repair may look at every key, a
///   fixed number of times. Removed keys leave nothing behind in memory.
pub struct Dht {}

impl Dht {
    /// A table without nodes. `replicas` of 0 is treated as 1; any other number is fine.
    pub fn new(replicas: usize) -> Self {
        let _ = replicas;
        todo!()
    }

    /// A new node, empty at first, even if one of its name was here before. Before this returns,
    /// it has a copy of each key that it owns and that any node has a copy of.
    ///
    /// Returns how many copies were written to it. Fails with `NodeExists`.
    pub fn join(&self, node: &str) -> Result<usize, DhtError> {
        let _ = node;
        todo!()
    }

    /// A node goes in good order: for each key on it, every owner among the remaining nodes that
    /// has no copy yet gets one. The last node takes all data along.
    ///
    /// Fails with `UnknownNode`, also if there are no nodes at all.
    pub fn leave(&self, node: &str) -> Result<(), DhtError> {
        let _ = node;
        todo!()
    }

    /// The node and its copies vanish. Fails with `UnknownNode`, also if there are no nodes at all.
    pub fn crash(&self, node: &str) -> Result<(), DhtError> {
        let _ = node;
        todo!()
    }

    /// Stores a value, or replaces it. Fails with `NoNodes`.
    pub fn put(&self, key: &str, value: &str) -> Result<(), DhtError> {
        let _ = (key, value);
        todo!()
    }

    /// The value of a key, if there is one. Fails with `NoNodes`.
    pub fn get(&self, key: &str) -> Result<Option<String>, DhtError> {
        let _ = key;
        todo!()
    }

    /// Deletes all copies of a key. True if there was one. Fails with `NoNodes`.
    pub fn remove(&self, key: &str) -> Result<bool, DhtError> {
        let _ = key;
        todo!()
    }

    /// The owners of a key, highest score first; of equal scores the smaller name first.
    pub fn owners(&self, key: &str) -> Vec<String> {
        let _ = key;
        todo!()
    }

    /// The keys with a copy on the node, ascending; an empty list if the node is not in the table.
    pub fn keys_on(&self, node: &str) -> Vec<String> {
        let _ = node;
        todo!()
    }

    /// Gives a copy of each key to its owners without one, if any owner has one.
    ///
    /// Returns how many copies were written.
    pub fn repair(&self) -> usize {
        todo!()
    }
}
