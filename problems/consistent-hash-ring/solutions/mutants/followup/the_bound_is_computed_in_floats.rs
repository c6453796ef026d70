//! Flaw: the bound is computed in floating point, and is one too many where that rounds up.
#![forbid(unsafe_code)]

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

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

/// Why the ring stays as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RingError {
    NodeExists,
    UnknownNode,
    ZeroWeight,
}

/// A hash ring: maps keys to nodes, and moves few keys when nodes come and go.
pub struct HashRing {
    vnodes: u32,
    ring: RwLock<Ring>,
}

impl HashRing {
    pub fn new(vnodes: u32) -> Self {
        Self {
            vnodes: vnodes.max(1),
            ring: RwLock::new(Ring::default()),
        }
    }

    pub fn add(&self, node: &str, weight: u32) -> Result<(), RingError> {
        // Hashed before the lock is taken: look-ups go on meanwhile.
        let points = self.points_of(node, weight);
        let mut ring = self.write();
        if ring.loads.contains_key(node) {
            return Err(RingError::NodeExists);
        }
        if weight == 0 {
            return Err(RingError::ZeroWeight);
        }
        ring.loads.insert(Arc::from(node), 0);
        ring.points.extend(points);
        // Two ascending runs: the stable sort finds them and merges them in one pass. Points of
        // equal hash are in the order of their names, so the smaller one is met first.
        ring.points.sort();
        Ok(())
    }

    pub fn remove(&self, node: &str) -> Result<(), RingError> {
        let mut ring = self.write();
        ring.loads.remove(node).ok_or(RingError::UnknownNode)?;
        ring.points.retain(|point| *point.node != *node);
        Ok(())
    }

    pub fn owner(&self, key: &str) -> Option<String> {
        let ring = self.read();
        ring.clockwise(key).next().map(|node| node.to_string())
    }

    pub fn owners(&self, key: &str, n: usize) -> Vec<String> {
        let ring = self.read();
        let wanted = n.min(ring.loads.len());
        let mut owners: Vec<&Arc<str>> = Vec::with_capacity(wanted);
        let mut points = ring.clockwise(key);
        while owners.len() < wanted {
            match points.next() {
                Some(node) if owners.contains(&node) => {}
                Some(node) => owners.push(node),
                None => break,
            }
        }
        owners.into_iter().map(|node| node.to_string()).collect()
    }

    pub fn nodes(&self) -> Vec<String> {
        self.read()
            .loads
            .keys()
            .map(|node| node.to_string())
            .collect()
    }

    pub fn assign(&self, key: &str, factor_percent: u32) -> Option<String> {
        let mut ring = self.write();
        let bound = ring.bound(factor_percent);
        let mut points = ring.clockwise(key);
        let node = Arc::clone(points.find(|node| ring.loads[*node] < bound)?);
        drop(points);
        *ring.loads.get_mut(&node)? += 1;
        Some(node.to_string())
    }

    pub fn release(&self, node: &str) -> bool {
        match self.write().loads.get_mut(node) {
            Some(load) if *load > 0 => {
                *load -= 1;
                true
            }
            _ => false,
        }
    }

    pub fn load(&self, node: &str) -> usize {
        self.read().loads.get(node).copied().unwrap_or(0)
    }

    fn points_of(&self, node: &str, weight: u32) -> Vec<Point> {
        let name: Arc<str> = Arc::from(node);
        let count = u64::from(weight) * u64::from(self.vnodes);
        let mut points: Vec<Point> = (0..count)
            .map(|i| Point {
                hash: hash64(format!("{node}#{i}").as_bytes()),
                node: Arc::clone(&name),
            })
            .collect();
        points.sort_unstable();
        points
    }

    fn read(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Ring> {
        self.ring.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    hash: u64,
    node: Arc<str>,
}

#[derive(Default)]
struct Ring {
    /// Ascending.
    points: Vec<Point>,
    /// Every node of the ring, and the work it was assigned.
    loads: BTreeMap<Arc<str>, usize>,
}

impl Ring {
    /// The nodes of all points, once around from the key's place; a point right there is the first.
    fn clockwise(&self, key: &str) -> impl Iterator<Item = &Arc<str>> {
        let place = hash64(key.as_bytes());
        let start = self.points.partition_point(|point| point.hash < place);
        let (before, after) = self.points.split_at(start);
        after.iter().chain(before).map(|point| &point.node)
    }

    /// A node takes no more work once its load has reached this.
    fn bound(&self, factor_percent: u32) -> usize {
        let total: usize = self.loads.values().sum();
        let factor = factor_percent.max(100) as usize;
        let factor = factor as f64 / 100.0;
        (factor * (total as f64 + 1.0) / self.loads.len().max(1) as f64).ceil() as usize
    }
}
