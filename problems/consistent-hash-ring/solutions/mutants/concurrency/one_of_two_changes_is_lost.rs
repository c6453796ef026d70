//! Flaw: a change copies the table, alters the copy and swaps it in, without keeping other writers out.
#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex, RwLock};

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
struct Table {
    points: Vec<(u64, usize)>,
    /// Free seats are `None`.
    seats: Vec<Option<String>>,
}

impl Table {
    fn seat_of(&self, node: &str) -> Option<usize> {
        self.seats
            .iter()
            .position(|seat| seat.as_deref() == Some(node))
    }

    fn seats_from(&self, key: &str) -> impl Iterator<Item = usize> {
        let place = hash64(key.as_bytes());
        let first = self.points.partition_point(|(hash, _)| *hash < place);
        let count = self.points.len();
        (first..first + count).map(move |index| self.points[index % count].1)
    }

    fn name(&self, seat: usize) -> Option<String> {
        self.seats[seat].clone()
    }
}

pub struct HashRing {
    vnodes: u32,
    table: RwLock<Arc<Table>>,
    /// Load per seat. Also the right to change the table: one writer at a time.
    loads: Mutex<Vec<usize>>,
}

impl HashRing {
    pub fn new(vnodes: u32) -> Self {
        HashRing {
            vnodes: vnodes.max(1),
            table: RwLock::default(),
            loads: Mutex::default(),
        }
    }

    fn table(&self) -> Arc<Table> {
        Arc::clone(&self.table.read().unwrap())
    }

    pub fn add(&self, node: &str, weight: u32) -> Result<(), RingError> {
        let old = self.table();
        if old.seat_of(node).is_some() {
            return Err(RingError::NodeExists);
        }
        if weight == 0 {
            return Err(RingError::ZeroWeight);
        }
        let mut seats = old.seats.clone();
        let seat = match seats.iter().position(Option::is_none) {
            Some(seat) => seat,
            None => {
                seats.push(None);
                seats.len() - 1
            }
        };
        seats[seat] = Some(node.to_string());
        let mut loads = self.loads.lock().unwrap();
        let known = loads.len().max(seats.len());
        loads.resize(known, 0);
        loads[seat] = 0;
        drop(loads);

        let count = weight as u64 * self.vnodes as u64;
        let mut new: Vec<(u64, usize)> = (0..count)
            .map(|i| (hash64(format!("{node}#{i}").as_bytes()), seat))
            .collect();
        new.sort();
        let before = |a: &(u64, usize), b: &(u64, usize)| (a.0, &seats[a.1]) <= (b.0, &seats[b.1]);
        let mut points = Vec::with_capacity(old.points.len() + new.len());
        let mut rest = old.points.as_slice();
        for point in new {
            let run = rest.partition_point(|old| before(old, &point));
            points.extend_from_slice(&rest[..run]);
            points.push(point);
            rest = &rest[run..];
        }
        points.extend_from_slice(rest);
        *self.table.write().unwrap() = Arc::new(Table { points, seats });
        Ok(())
    }

    pub fn remove(&self, node: &str) -> Result<(), RingError> {
        let old = self.table();
        let seat = old.seat_of(node).ok_or(RingError::UnknownNode)?;
        let mut seats = old.seats.clone();
        seats[seat] = None;
        let points = old
            .points
            .iter()
            .copied()
            .filter(|point| point.1 != seat)
            .collect();
        *self.table.write().unwrap() = Arc::new(Table { points, seats });
        Ok(())
    }

    pub fn owner(&self, key: &str) -> Option<String> {
        let table = self.table();
        let seat = table.seats_from(key).next()?;
        table.name(seat)
    }

    pub fn owners(&self, key: &str, n: usize) -> Vec<String> {
        let table = self.table();
        let mut met = vec![false; table.seats.len()];
        table
            .seats_from(key)
            .filter(|seat| !std::mem::replace(&mut met[*seat], true))
            .take(n)
            .filter_map(|seat| table.name(seat))
            .collect()
    }

    pub fn nodes(&self) -> Vec<String> {
        let mut nodes: Vec<String> = self.table().seats.iter().flatten().cloned().collect();
        nodes.sort();
        nodes
    }

    pub fn assign(&self, key: &str, factor_percent: u32) -> Option<String> {
        let mut loads = self.loads.lock().unwrap();
        let table = self.table();
        let taken = || {
            table
                .seats
                .iter()
                .zip(loads.iter())
                .filter(|(seat, _)| seat.is_some())
        };
        let nodes = taken().count() as u128;
        let total: u128 = taken().map(|(_, load)| *load as u128).sum();
        let factor = u128::from(factor_percent.max(100));
        // load < ceil(x / y) is load * y < x.
        let has_room = |load: usize| load as u128 * 100 * nodes < factor * (total + 1);
        let seat = table.seats_from(key).find(|seat| has_room(loads[*seat]))?;
        loads[seat] += 1;
        table.name(seat)
    }

    pub fn release(&self, node: &str) -> bool {
        let mut loads = self.loads.lock().unwrap();
        let Some(seat) = self.table().seat_of(node) else {
            return false;
        };
        let had_some = loads[seat] > 0;
        loads[seat] -= usize::from(had_some);
        had_some
    }

    pub fn load(&self, node: &str) -> usize {
        let loads = self.loads.lock().unwrap();
        self.table().seat_of(node).map_or(0, |seat| loads[seat])
    }
}
