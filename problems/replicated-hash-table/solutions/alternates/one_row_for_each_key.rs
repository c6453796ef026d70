#![forbid(unsafe_code)]
//! Turned around: one row for each key, in it a slot for each node that has a copy or a hint. A change
//! of members goes through the rows, and one mutex is around everything.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

pub struct Dht {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    replicas: usize,
    /// Whether each node can be reached.
    members: BTreeMap<Arc<str>, bool>,
    /// Without empty rows, and without empty slots in them.
    rows: BTreeMap<String, Row>,
}

type Row = BTreeMap<Arc<str>, Slot>;

#[derive(Default)]
struct Slot {
    copy: Option<String>,
    hint: Option<Option<String>>,
}

impl Slot {
    fn expected(&self) -> Option<&String> {
        match &self.hint {
            Some(hint) => hint.as_ref(),
            None => self.copy.as_ref(),
        }
    }

    fn is_empty(&self) -> bool {
        self.copy.is_none() && self.hint.is_none()
    }

    /// True if there was a copy that could be reached.
    fn write(&mut self, up: bool, value: Option<&str>) -> bool {
        let value = value.map(String::from);
        if up {
            std::mem::replace(&mut self.copy, value).is_some()
        } else {
            self.hint = Some(value);
            false
        }
    }
}

impl State {
    fn owners(&self, key: &str) -> Vec<(Arc<str>, bool)> {
        owners(&self.members, self.replicas, key)
    }

    fn write(&mut self, key: &str, value: Option<&str>) -> Result<bool, DhtError> {
        let owners = self.owners(key);
        if owners.is_empty() {
            return Err(DhtError::NoNodes);
        }
        let row = self.rows.entry(key.to_string()).or_default();
        let mut had = false;
        for (owner, up) in owners {
            had |= row.entry(owner).or_default().write(up, value);
        }
        row.retain(|_, slot| !slot.is_empty());
        if row.is_empty() {
            self.rows.remove(key);
        }
        Ok(had)
    }
}

fn owners(members: &BTreeMap<Arc<str>, bool>, replicas: usize, key: &str) -> Vec<(Arc<str>, bool)> {
    let mut ranked: Vec<_> = members
        .iter()
        .map(|(node, up)| (score(node, key), node, *up))
        .collect();
    // The map is in the order of names, and the sort is stable.
    ranked.sort_by(|left, right| right.0.cmp(&left.0));
    let first = ranked.into_iter().take(replicas);
    first.map(|(_, node, up)| (Arc::clone(node), up)).collect()
}

impl Dht {
    pub fn new(replicas: usize) -> Self {
        let state = State {
            replicas: replicas.max(1),
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn join(&self, node: &str) -> Result<usize, DhtError> {
        let mut state = self.lock();
        let State {
            replicas,
            members,
            rows,
        } = &mut *state;
        if members.contains_key(node) {
            return Err(DhtError::NodeExists);
        }
        let name: Arc<str> = node.into();
        members.insert(Arc::clone(&name), true);
        let mut written = 0;
        rows.retain(|key, row| {
            let owners = owners(members, *replicas, key);
            if owners.iter().all(|(owner, _)| *owner != name) {
                return true;
            }
            let mut slots = row.values().filter_map(Slot::expected);
            let value = slots.next().cloned();
            row.retain(|holder, _| owners.iter().any(|(owner, _)| owner == holder));
            if value.is_some() {
                let (copy, hint) = (value, None);
                row.insert(Arc::clone(&name), Slot { copy, hint });
                written += 1;
            }
            !row.is_empty()
        });
        Ok(written)
    }

    pub fn leave(&self, node: &str) -> Result<(), DhtError> {
        self.take_out(node, true)
    }

    pub fn crash(&self, node: &str) -> Result<(), DhtError> {
        self.take_out(node, false)
    }

    fn take_out(&self, node: &str, hand_over: bool) -> Result<(), DhtError> {
        let mut state = self.lock();
        let State {
            replicas,
            members,
            rows,
        } = &mut *state;
        members.remove(node).ok_or(DhtError::UnknownNode)?;
        rows.retain(|key, row| {
            let slot = row.remove(node);
            let value = slot.as_ref().and_then(Slot::expected);
            if let Some(value) = value.filter(|_| hand_over) {
                for (owner, up) in owners(members, *replicas, key) {
                    let slot = row.entry(owner).or_default();
                    if slot.expected().is_none() {
                        slot.write(up, Some(value));
                    }
                }
            }
            !row.is_empty()
        });
        Ok(())
    }

    pub fn put(&self, key: &str, value: &str) -> Result<(), DhtError> {
        self.lock().write(key, Some(value)).map(drop)
    }

    pub fn get(&self, key: &str) -> Result<Option<String>, DhtError> {
        let state = self.lock();
        if state.members.is_empty() {
            return Err(DhtError::NoNodes);
        }
        let Some(row) = state.rows.get(key) else {
            return Ok(None);
        };
        let reachable = row.iter().filter(|(node, _)| state.members[*node]);
        Ok(reachable.filter_map(|(_, slot)| slot.copy.clone()).next())
    }

    pub fn remove(&self, key: &str) -> Result<bool, DhtError> {
        self.lock().write(key, None)
    }

    pub fn owners(&self, key: &str) -> Vec<String> {
        let owners = self.lock().owners(key).into_iter();
        owners.map(|(node, _)| node.to_string()).collect()
    }

    pub fn keys_on(&self, node: &str) -> Vec<String> {
        let state = self.lock();
        let rows = state.rows.iter();
        rows.filter(|(_, row)| row.get(node).is_some_and(|slot| slot.copy.is_some()))
            .map(|(key, _)| key.clone())
            .collect()
    }

    pub fn repair(&self) -> usize {
        let mut state = self.lock();
        let State {
            replicas,
            members,
            rows,
        } = &mut *state;
        let mut written = 0;
        for (key, row) in rows {
            let reachable = row.iter().filter(|(node, _)| members[*node]);
            let Some(value) = reachable.filter_map(|(_, slot)| slot.copy.clone()).next() else {
                continue;
            };
            for (owner, up) in owners(members, *replicas, key) {
                if up {
                    let slot = row.entry(owner).or_default();
                    written += usize::from(slot.copy.is_none());
                    slot.copy = Some(value.clone());
                }
            }
        }
        written
    }

    pub fn set_reachable(&self, node: &str, up: bool) -> Result<(), DhtError> {
        let mut state = self.lock();
        *state.members.get_mut(node).ok_or(DhtError::UnknownNode)? = up;
        if up {
            state.rows.retain(|_, row| {
                if let Some(slot) = row.get_mut(node) {
                    if let Some(hint) = slot.hint.take() {
                        slot.copy = hint;
                    }
                    if slot.is_empty() {
                        row.remove(node);
                    }
                }
                !row.is_empty()
            });
        }
        Ok(())
    }

    pub fn hints_for(&self, node: &str) -> usize {
        let state = self.lock();
        let slots = state.rows.values().filter_map(|row| row.get(node));
        slots.filter(|slot| slot.hint.is_some()).count()
    }
}
