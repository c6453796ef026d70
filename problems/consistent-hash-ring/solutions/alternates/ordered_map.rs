#![forbid(unsafe_code)]
//! An ordered map from hashes to the nodes with a point there: adding and removing a node touches
//! its own points only, and going around is two ranges of the map.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::RwLock;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RingError {
    NodeExists,
    UnknownNode,
    ZeroWeight,
}

#[derive(Default)]
struct Inner {
    circle: BTreeMap<u64, BTreeSet<String>>,
    nodes: HashMap<String, Node>,
}

struct Node {
    weight: u32,
    load: usize,
}

impl Inner {
    fn walk(&self, key: &str) -> impl Iterator<Item = &String> {
        let h = hash64(key.as_bytes());
        self.circle
            .range(h..)
            .chain(self.circle.range(..h))
            .flat_map(|(_, names)| names)
    }
}

pub struct HashRing {
    vnodes: u32,
    inner: RwLock<Inner>,
}

impl HashRing {
    pub fn new(vnodes: u32) -> Self {
        let vnodes = if vnodes == 0 { 1 } else { vnodes };
        HashRing {
            vnodes,
            inner: RwLock::new(Inner::default()),
        }
    }

    fn hashes(&self, node: &str, weight: u32) -> impl Iterator<Item = u64> {
        let count = u64::from(weight) * u64::from(self.vnodes);
        (0..count).map(move |i| hash64(format!("{node}#{i}").as_bytes()))
    }

    pub fn add(&self, node: &str, weight: u32) -> Result<(), RingError> {
        let mut inner = self.inner.write().unwrap();
        if inner.nodes.contains_key(node) {
            Err(RingError::NodeExists)
        } else if weight == 0 {
            Err(RingError::ZeroWeight)
        } else {
            for hash in self.hashes(node, weight) {
                inner
                    .circle
                    .entry(hash)
                    .or_default()
                    .insert(node.to_owned());
            }
            inner
                .nodes
                .insert(node.to_owned(), Node { weight, load: 0 });
            Ok(())
        }
    }

    pub fn remove(&self, node: &str) -> Result<(), RingError> {
        let mut inner = self.inner.write().unwrap();
        let Node { weight, .. } = inner.nodes.remove(node).ok_or(RingError::UnknownNode)?;
        for hash in self.hashes(node, weight) {
            if let Some(names) = inner.circle.get_mut(&hash) {
                names.remove(node);
                if names.is_empty() {
                    inner.circle.remove(&hash);
                }
            }
        }
        Ok(())
    }

    pub fn owner(&self, key: &str) -> Option<String> {
        self.inner.read().unwrap().walk(key).next().cloned()
    }

    pub fn owners(&self, key: &str, n: usize) -> Vec<String> {
        let inner = self.inner.read().unwrap();
        let n = n.min(inner.nodes.len());
        let mut seen = HashSet::new();
        inner
            .walk(key)
            .filter(|name| seen.insert(*name))
            .take(n)
            .cloned()
            .collect()
    }

    pub fn nodes(&self) -> Vec<String> {
        let inner = self.inner.read().unwrap();
        let mut names: Vec<String> = inner.nodes.keys().cloned().collect();
        names.sort();
        names
    }

    pub fn assign(&self, key: &str, factor_percent: u32) -> Option<String> {
        let mut guard = self.inner.write().unwrap();
        let inner = &mut *guard;
        if inner.nodes.is_empty() {
            return None;
        }
        let total: usize = inner.nodes.values().map(|node| node.load).sum();
        let product = factor_percent.max(100) as u64 * (total as u64 + 1);
        let bound = product.div_ceil(100 * inner.nodes.len() as u64);
        let chosen = inner
            .walk(key)
            .find(|name| (inner.nodes[*name].load as u64) < bound)?
            .clone();
        inner.nodes.get_mut(&chosen).unwrap().load += 1;
        Some(chosen)
    }

    pub fn release(&self, node: &str) -> bool {
        let mut inner = self.inner.write().unwrap();
        let Some(node) = inner.nodes.get_mut(node) else {
            return false;
        };
        if node.load == 0 {
            return false;
        }
        node.load -= 1;
        true
    }

    pub fn load(&self, node: &str) -> usize {
        self.inner
            .read()
            .unwrap()
            .nodes
            .get(node)
            .map_or(0, |node| node.load)
    }
}
