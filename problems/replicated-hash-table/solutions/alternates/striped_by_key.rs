#![forbid(unsafe_code)]
//! Striped: calls on single keys share the list of members and lock only the stripe of their key;
//! whoever changes members or looks at all keys has the list for itself.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, RwLock};

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

#[derive(Clone)]
struct Member {
    name: String,
    id: u64,
    up: bool,
}

struct Members {
    list: Vec<Member>,
    last_id: u64,
}

/// What one node knows of one key: its copy, and a newer state that it has yet to hear of.
struct Cell {
    node: u64,
    copy: Option<String>,
    missed: Option<Option<String>>,
}

impl Cell {
    fn final_state(&self) -> &Option<String> {
        self.missed.as_ref().unwrap_or(&self.copy)
    }
}

type Stripe = HashMap<String, Vec<Cell>>;

const STRIPES: usize = 4;

pub struct Dht {
    copies_per_key: usize,
    members: RwLock<Members>,
    stripes: [Mutex<Stripe>; STRIPES],
}

impl Dht {
    pub fn new(replicas: usize) -> Self {
        Dht {
            copies_per_key: if replicas == 0 { 1 } else { replicas },
            members: RwLock::new(Members {
                list: vec![],
                last_id: 0,
            }),
            stripes: Default::default(),
        }
    }

    fn ranked<'a>(&self, members: &'a Members, key: &str) -> Vec<&'a Member> {
        let mut with_scores: Vec<(u64, &Member)> = members
            .list
            .iter()
            .map(|member| (score(&member.name, key), member))
            .collect();
        with_scores.sort_by(|(s, m), (t, n)| t.cmp(s).then_with(|| m.name.cmp(&n.name)));
        with_scores.truncate(self.copies_per_key);
        with_scores.into_iter().map(|(_, member)| member).collect()
    }

    fn stripe(&self, key: &str) -> MutexGuard<'_, Stripe> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let index = hasher.finish() as usize % STRIPES;
        self.stripes[index].lock().unwrap()
    }

    pub fn join(&self, node: &str) -> Result<usize, DhtError> {
        let mut members = self.members.write().unwrap();
        if members.list.iter().any(|member| member.name == node) {
            return Err(DhtError::NodeExists);
        }
        members.last_id += 1;
        let id = members.last_id;
        members.list.push(Member {
            name: node.to_string(),
            id,
            up: true,
        });
        let mut count = 0;
        for stripe in &self.stripes {
            for (key, cells) in stripe.lock().unwrap().iter_mut() {
                let owners = self.ranked(&members, key);
                if !owners.iter().any(|owner| owner.id == id) {
                    continue;
                }
                let value = cells.iter().find_map(|cell| cell.final_state().clone());
                cells.retain(|cell| owners.iter().any(|owner| owner.id == cell.node));
                if value.is_some() {
                    count += 1;
                    cells.push(Cell {
                        node: id,
                        copy: value,
                        missed: None,
                    });
                }
            }
        }
        Ok(count)
    }

    pub fn leave(&self, node: &str) -> Result<(), DhtError> {
        let mut members = self.members.write().unwrap();
        let id = remove_member(&mut members, node)?;
        for stripe in &self.stripes {
            stripe.lock().unwrap().retain(|key, cells| {
                let Some(place) = cells.iter().position(|cell| cell.node == id) else {
                    return !cells.is_empty();
                };
                if let Some(value) = cells.swap_remove(place).final_state() {
                    for owner in self.ranked(&members, key) {
                        let known = cells.iter().any(|cell| cell.node == owner.id);
                        if !known {
                            write_cell(cells, owner, Some(value));
                        }
                    }
                }
                !cells.is_empty()
            });
        }
        Ok(())
    }

    pub fn crash(&self, node: &str) -> Result<(), DhtError> {
        let mut members = self.members.write().unwrap();
        let id = remove_member(&mut members, node)?;
        for stripe in &self.stripes {
            stripe.lock().unwrap().retain(|_, cells| {
                cells.retain(|cell| cell.node != id);
                !cells.is_empty()
            });
        }
        Ok(())
    }

    pub fn put(&self, key: &str, value: &str) -> Result<(), DhtError> {
        let members = self.members.read().unwrap();
        if members.list.is_empty() {
            return Err(DhtError::NoNodes);
        }
        let mut stripe = self.stripe(key);
        let cells = stripe.entry(key.to_string()).or_default();
        for owner in self.ranked(&members, key) {
            write_cell(cells, owner, Some(value));
        }
        Ok(())
    }

    pub fn get(&self, key: &str) -> Result<Option<String>, DhtError> {
        let members = self.members.read().unwrap();
        if members.list.is_empty() {
            return Err(DhtError::NoNodes);
        }
        let stripe = self.stripe(key);
        let Some(cells) = stripe.get(key) else {
            return Ok(None);
        };
        for owner in self.ranked(&members, key) {
            let cell = cells.iter().find(|cell| cell.node == owner.id);
            if let Some(value) = cell
                .and_then(|cell| cell.copy.as_ref())
                .filter(|_| owner.up)
            {
                return Ok(Some(value.clone()));
            }
        }
        Ok(None)
    }

    pub fn remove(&self, key: &str) -> Result<bool, DhtError> {
        let members = self.members.read().unwrap();
        if members.list.is_empty() {
            return Err(DhtError::NoNodes);
        }
        let mut stripe = self.stripe(key);
        let mut cells = stripe.remove(key).unwrap_or_default();
        let mut found = false;
        for owner in self.ranked(&members, key) {
            found |= write_cell(&mut cells, owner, None);
        }
        if !cells.is_empty() {
            stripe.insert(key.to_string(), cells);
        }
        Ok(found)
    }

    pub fn owners(&self, key: &str) -> Vec<String> {
        let members = self.members.read().unwrap();
        let owners = self.ranked(&members, key);
        owners.iter().map(|owner| owner.name.clone()).collect()
    }

    pub fn keys_on(&self, node: &str) -> Vec<String> {
        let members = self.members.write().unwrap();
        let mut keys = vec![];
        if let Some(member) = members.list.iter().find(|member| member.name == node) {
            for stripe in &self.stripes {
                for (key, cells) in stripe.lock().unwrap().iter() {
                    let mut cells = cells.iter();
                    if cells.any(|cell| cell.node == member.id && cell.copy.is_some()) {
                        keys.push(key.clone());
                    }
                }
            }
        }
        keys.sort();
        keys
    }

    pub fn repair(&self) -> usize {
        let members = self.members.write().unwrap();
        let mut count = 0;
        for stripe in &self.stripes {
            for (key, cells) in stripe.lock().unwrap().iter_mut() {
                let mut owners = self.ranked(&members, key);
                owners.retain(|owner| owner.up);
                let of = |owner: &Member, cells: &[Cell]| {
                    let mut cells = cells.iter();
                    cells
                        .find(|cell| cell.node == owner.id)
                        .and_then(|cell| cell.copy.clone())
                };
                let Some(value) = owners.iter().find_map(|owner| of(owner, cells)) else {
                    continue;
                };
                for owner in owners {
                    if of(owner, cells).is_none() {
                        write_cell(cells, owner, Some(&value));
                        count += 1;
                    }
                }
            }
        }
        count
    }

    pub fn set_reachable(&self, node: &str, up: bool) -> Result<(), DhtError> {
        let mut members = self.members.write().unwrap();
        let member = members.list.iter_mut().find(|member| member.name == node);
        let member = member.ok_or(DhtError::UnknownNode)?;
        member.up = up;
        if up {
            for stripe in &self.stripes {
                stripe.lock().unwrap().retain(|_, cells| {
                    for cell in cells.iter_mut().filter(|cell| cell.node == member.id) {
                        if let Some(state) = cell.missed.take() {
                            cell.copy = state;
                        }
                    }
                    cells.retain(|cell| cell.copy.is_some() || cell.missed.is_some());
                    !cells.is_empty()
                });
            }
        }
        Ok(())
    }

    pub fn hints_for(&self, node: &str) -> usize {
        let members = self.members.write().unwrap();
        let Some(member) = members.list.iter().find(|member| member.name == node) else {
            return 0;
        };
        let mut count = 0;
        for stripe in &self.stripes {
            for cells in stripe.lock().unwrap().values() {
                let missed = |cell: &&Cell| cell.node == member.id && cell.missed.is_some();
                count += cells.iter().filter(missed).count();
            }
        }
        count
    }
}

fn remove_member(members: &mut Members, node: &str) -> Result<u64, DhtError> {
    let place = members.list.iter().position(|member| member.name == node);
    let place = place.ok_or(DhtError::UnknownNode)?;
    Ok(members.list.remove(place).id)
}

/// Returns whether a copy was there, on a node that is up.
fn write_cell(cells: &mut Vec<Cell>, owner: &Member, value: Option<&str>) -> bool {
    let value = value.map(|text| text.to_string());
    let place = cells.iter().position(|cell| cell.node == owner.id);
    let place = place.unwrap_or_else(|| {
        cells.push(Cell {
            node: owner.id,
            copy: None,
            missed: None,
        });
        cells.len() - 1
    });
    let cell = &mut cells[place];
    if !owner.up {
        cell.missed = Some(value);
        return false;
    }
    let had = cell.copy.is_some();
    cell.copy = value;
    if cell.copy.is_none() {
        cells.swap_remove(place);
    }
    had
}
