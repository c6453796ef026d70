#![forbid(unsafe_code)]
//! A relation: pairs of node and key in one ordered map, written from the statement. Each change
//! works out from scratch which pairs there should be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

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

pub struct Dht(Mutex<Table>);

struct Table {
    replicas: usize,
    up: BTreeSet<String>,
    down: BTreeSet<String>,
    copies: BTreeMap<(String, String), String>,
    hints: BTreeMap<(String, String), Option<String>>,
}

fn pair(node: &str, key: &str) -> (String, String) {
    (node.to_string(), key.to_string())
}

/// All entries of one node, taken out.
fn take_all<V>(map: &mut BTreeMap<(String, String), V>, node: &str) -> Vec<(String, V)> {
    let mut own = map.split_off(&pair(node, ""));
    let first_of_others = own.keys().find(|(other, _)| other != node).cloned();
    if let Some(first) = first_of_others {
        map.append(&mut own.split_off(&first));
    }
    own.into_iter()
        .map(|((_, key), value)| (key, value))
        .collect()
}

impl Table {
    fn knows(&self, node: &str) -> bool {
        self.up.contains(node) || self.down.contains(node)
    }

    fn owners(&self, key: &str) -> Vec<String> {
        let mut all: Vec<(u64, &String)> = Vec::new();
        for node in self.up.union(&self.down) {
            all.push((u64::MAX - score(node, key), node));
        }
        all.sort();
        let wanted = all.len().min(self.replicas);
        all[..wanted]
            .iter()
            .map(|(_, node)| node.to_string())
            .collect()
    }

    fn look_up(&self, key: &str) -> Option<String> {
        for owner in self.owners(key) {
            if self.up.contains(&owner)
                && let Some(value) = self.copies.get(&pair(&owner, key))
            {
                return Some(value.clone());
            }
        }
        None
    }

    fn all_keys(&self) -> BTreeSet<String> {
        let copies = self.copies.keys().map(|(_, key)| key.clone());
        copies
            .chain(self.hints.keys().map(|(_, key)| key.clone()))
            .collect()
    }

    fn write(&mut self, key: &str, value: Option<&str>) -> Result<bool, DhtError> {
        let owners = self.owners(key);
        if owners.is_empty() {
            return Err(DhtError::NoNodes);
        }
        let mut was = false;
        for owner in owners {
            if self.down.contains(&owner) {
                self.hints
                    .insert((owner, key.to_string()), value.map(str::to_string));
            } else if let Some(value) = value {
                self.copies
                    .insert((owner, key.to_string()), value.to_string());
            } else if self.copies.remove(&(owner, key.to_string())).is_some() {
                was = true;
            }
        }
        Ok(was)
    }

    fn tell_hints(&mut self, node: &str) {
        for (key, value) in take_all(&mut self.hints, node) {
            match value {
                Some(value) => self.copies.insert(pair(node, &key), value),
                None => self.copies.remove(&pair(node, &key)),
            };
        }
    }
}

impl Dht {
    pub fn new(replicas: usize) -> Self {
        Dht(Mutex::new(Table {
            replicas: replicas.max(1),
            up: BTreeSet::new(),
            down: BTreeSet::new(),
            copies: BTreeMap::new(),
            hints: BTreeMap::new(),
        }))
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().expect("nothing panics in here")
    }

    pub fn join(&self, node: &str) -> Result<usize, DhtError> {
        let mut table = self.table();
        if table.knows(node) {
            return Err(DhtError::NodeExists);
        }
        let before: Vec<(String, Option<String>, Vec<String>)> = table
            .all_keys()
            .into_iter()
            .map(|key| (key.clone(), table.look_up(&key), table.owners(&key)))
            .collect();
        table.up.insert(node.to_string());
        let mut written = 0;
        for (key, value, old_owners) in before {
            let new_owners = table.owners(&key);
            for owner in old_owners {
                if !new_owners.contains(&owner) {
                    table.copies.remove(&pair(&owner, &key));
                    table.hints.remove(&pair(&owner, &key));
                }
            }
            if new_owners.iter().any(|owner| owner == node)
                && let Some(value) = value
            {
                table.copies.insert(pair(node, &key), value);
                written += 1;
            }
        }
        Ok(written)
    }

    pub fn leave(&self, node: &str) -> Result<(), DhtError> {
        let mut table = self.table();
        if !table.knows(node) {
            return Err(DhtError::UnknownNode);
        }
        table.tell_hints(node);
        table.up.remove(node);
        table.down.remove(node);
        for (key, value) in take_all(&mut table.copies, node) {
            for owner in table.owners(&key) {
                let place = (owner, key.clone());
                if table.down.contains(&place.0) {
                    if !table.copies.contains_key(&place) {
                        table.hints.insert(place, Some(value.clone()));
                    }
                } else {
                    table.copies.entry(place).or_insert_with(|| value.clone());
                }
            }
        }
        Ok(())
    }

    pub fn crash(&self, node: &str) -> Result<(), DhtError> {
        let mut table = self.table();
        if !table.knows(node) {
            return Err(DhtError::UnknownNode);
        }
        table.up.remove(node);
        table.down.remove(node);
        take_all(&mut table.copies, node);
        take_all(&mut table.hints, node);
        Ok(())
    }

    pub fn put(&self, key: &str, value: &str) -> Result<(), DhtError> {
        self.table().write(key, Some(value))?;
        Ok(())
    }

    pub fn get(&self, key: &str) -> Result<Option<String>, DhtError> {
        let table = self.table();
        if table.up.is_empty() && table.down.is_empty() {
            return Err(DhtError::NoNodes);
        }
        Ok(table.look_up(key))
    }

    pub fn remove(&self, key: &str) -> Result<bool, DhtError> {
        self.table().write(key, None)
    }

    pub fn owners(&self, key: &str) -> Vec<String> {
        self.table().owners(key)
    }

    pub fn keys_on(&self, node: &str) -> Vec<String> {
        let table = self.table();
        let from = table.copies.range(pair(node, "")..);
        from.take_while(|((other, _), _)| other == node)
            .map(|((_, key), _)| key.clone())
            .collect()
    }

    pub fn repair(&self) -> usize {
        let mut table = self.table();
        let before = table.copies.len();
        for key in table.all_keys() {
            let Some(value) = table.look_up(&key) else {
                continue;
            };
            for owner in table.owners(&key) {
                if table.up.contains(&owner) {
                    table.copies.insert((owner, key.clone()), value.clone());
                }
            }
        }
        table.copies.len() - before
    }

    pub fn set_reachable(&self, node: &str, up: bool) -> Result<(), DhtError> {
        let mut table = self.table();
        if !table.knows(node) {
            return Err(DhtError::UnknownNode);
        }
        if up {
            table.tell_hints(node);
            table.down.remove(node);
            table.up.insert(node.to_string());
        } else {
            table.up.remove(node);
            table.down.insert(node.to_string());
        }
        Ok(())
    }

    pub fn hints_for(&self, node: &str) -> usize {
        let table = self.table();
        let from = table.hints.range(pair(node, "")..);
        from.take_while(|((other, _), _)| other == node).count()
    }
}
