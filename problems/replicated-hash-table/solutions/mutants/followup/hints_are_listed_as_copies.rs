//! Flaw: keys_on lists the keys that the node would have after its hints.
#![forbid(unsafe_code)]

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

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

/// Why a call was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DhtError {
    NoNodes,
    UnknownNode,
    NodeExists,
}

/// A distributed hash table in one process.
pub struct Dht {
    cluster: RwLock<Cluster>,
}

impl Dht {
    pub fn new(replicas: usize) -> Self {
        Self {
            cluster: RwLock::new(Cluster {
                replicas: replicas.max(1),
                nodes: Vec::new(),
            }),
        }
    }

    pub fn join(&self, node: &str) -> Result<usize, DhtError> {
        let mut cluster = self.write();
        if cluster.find(node).is_ok() {
            return Err(DhtError::NodeExists);
        }
        cluster.nodes.push(Node::named(node));
        let newcomer = cluster.nodes.len() - 1;
        let mut copies = HashMap::new();
        let mut displaced = Vec::new();
        for (holder, node) in cluster.nodes.iter().enumerate() {
            for key in node.copies.keys().chain(node.hints.keys()) {
                let owners = cluster.owners(key);
                if !owners.contains(&newcomer) {
                    continue;
                }
                if let Some(value) = node.latest(key) {
                    copies.insert(key.clone(), value.clone());
                }
                if !owners.contains(&holder) {
                    displaced.push((holder, key.clone()));
                }
            }
        }
        for (holder, key) in displaced {
            cluster.nodes[holder].copies.remove(&key);
            cluster.nodes[holder].hints.remove(&key);
        }
        let written = copies.len();
        cluster.nodes[newcomer].copies = copies;
        Ok(written)
    }

    pub fn leave(&self, node: &str) -> Result<(), DhtError> {
        let mut cluster = self.write();
        let index = cluster.find(node)?;
        let mut leaver = cluster.nodes.swap_remove(index);
        leaver.deliver_hints();
        for (key, value) in leaver.copies {
            for owner in cluster.owners(&key) {
                if cluster.nodes[owner].latest(&key).is_none() {
                    cluster.nodes[owner].write(&key, Some(&value));
                }
            }
        }
        Ok(())
    }

    pub fn crash(&self, node: &str) -> Result<(), DhtError> {
        let mut cluster = self.write();
        let index = cluster.find(node)?;
        cluster.nodes.swap_remove(index);
        Ok(())
    }

    pub fn put(&self, key: &str, value: &str) -> Result<(), DhtError> {
        self.write().write_all(key, Some(value))?;
        Ok(())
    }

    pub fn get(&self, key: &str) -> Result<Option<String>, DhtError> {
        let cluster = self.read();
        if cluster.nodes.is_empty() {
            return Err(DhtError::NoNodes);
        }
        Ok(cluster.read_any(key).cloned())
    }

    pub fn remove(&self, key: &str) -> Result<bool, DhtError> {
        self.write().write_all(key, None)
    }

    pub fn owners(&self, key: &str) -> Vec<String> {
        let cluster = self.read();
        let owners = cluster.owners(key).into_iter();
        owners
            .map(|owner| cluster.nodes[owner].name.clone())
            .collect()
    }

    pub fn keys_on(&self, node: &str) -> Vec<String> {
        let cluster = self.read();
        let Ok(index) = cluster.find(node) else {
            return Vec::new();
        };
        let node = &cluster.nodes[index];
        let known: BTreeSet<&String> = node.copies.keys().chain(node.hints.keys()).collect();
        let known = known.into_iter().filter(|key| node.latest(key).is_some());
        let mut keys: Vec<String> = known.cloned().collect();
        keys.sort_unstable();
        keys
    }

    pub fn repair(&self) -> usize {
        let mut cluster = self.write();
        let reachable = cluster.nodes.iter().filter(|node| node.reachable);
        let keys: BTreeSet<String> = reachable
            .flat_map(|node| node.copies.keys().cloned())
            .collect();
        let mut written = 0;
        for key in keys {
            let Some(value) = cluster.read_any(&key).cloned() else {
                continue;
            };
            for owner in cluster.owners(&key) {
                let owner = &mut cluster.nodes[owner];
                if owner.reachable && !owner.copies.contains_key(&key) {
                    owner.write(&key, Some(&value));
                    written += 1;
                }
            }
        }
        written
    }

    pub fn set_reachable(&self, node: &str, up: bool) -> Result<(), DhtError> {
        let mut cluster = self.write();
        let index = cluster.find(node)?;
        let node = &mut cluster.nodes[index];
        node.reachable = up;
        if up {
            node.deliver_hints();
        }
        Ok(())
    }

    pub fn hints_for(&self, node: &str) -> usize {
        let cluster = self.read();
        cluster
            .find(node)
            .map_or(0, |index| cluster.nodes[index].hints.len())
    }

    fn read(&self) -> RwLockReadGuard<'_, Cluster> {
        self.cluster.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Cluster> {
        self.cluster.write().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Cluster {
    replicas: usize,
    /// In no particular order.
    nodes: Vec<Node>,
}

impl Cluster {
    fn find(&self, name: &str) -> Result<usize, DhtError> {
        let mut nodes = self.nodes.iter();
        nodes
            .position(|node| node.name == name)
            .ok_or(DhtError::UnknownNode)
    }

    /// Where the owners of a key are in `nodes`, highest score first.
    fn owners(&self, key: &str) -> Vec<usize> {
        let mut ranked: Vec<_> = self
            .nodes
            .iter()
            .enumerate()
            .map(|(index, node)| (Reverse(score(&node.name, key)), &node.name, index))
            .collect();
        ranked.sort_unstable();
        ranked.truncate(self.replicas);
        ranked.into_iter().map(|(_, _, index)| index).collect()
    }

    /// The copy of the first owner that can be reached and has one.
    fn read_any(&self, key: &str) -> Option<&String> {
        let owners = self.owners(key).into_iter().map(|owner| &self.nodes[owner]);
        owners
            .filter(|owner| owner.reachable)
            .find_map(|owner| owner.copies.get(key))
    }

    /// Stores the value on all owners, or deletes it there. True if one that was reached had a copy.
    fn write_all(&mut self, key: &str, value: Option<&str>) -> Result<bool, DhtError> {
        if self.nodes.is_empty() {
            return Err(DhtError::NoNodes);
        }
        let mut had = false;
        for owner in self.owners(key) {
            had |= self.nodes[owner].write(key, value);
        }
        Ok(had)
    }
}

struct Node {
    name: String,
    copies: HashMap<String, String>,
    reachable: bool,
    /// What was written while the node could not be reached; None is a removal.
    hints: HashMap<String, Option<String>>,
}

impl Node {
    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            copies: HashMap::new(),
            reachable: true,
            hints: HashMap::new(),
        }
    }

    /// True if the node could be reached and had a copy.
    fn write(&mut self, key: &str, value: Option<&str>) -> bool {
        let value = value.map(str::to_owned);
        if self.reachable {
            self.apply(key.to_owned(), value)
        } else {
            self.hints.insert(key.to_owned(), value);
            false
        }
    }

    fn apply(&mut self, key: String, value: Option<String>) -> bool {
        match value {
            Some(value) => self.copies.insert(key, value).is_some(),
            None => self.copies.remove(&key).is_some(),
        }
    }

    fn deliver_hints(&mut self) {
        for (key, value) in std::mem::take(&mut self.hints) {
            self.apply(key, value);
        }
    }

    /// What the node will have once its hints are delivered.
    fn latest(&self, key: &str) -> Option<&String> {
        match self.hints.get(key) {
            Some(hint) => hint.as_ref(),
            None => self.copies.get(key),
        }
    }
}
