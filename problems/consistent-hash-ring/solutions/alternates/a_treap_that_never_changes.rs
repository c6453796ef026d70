#![forbid(unsafe_code)]
//! A treap that never changes: an addition shares with the ring before it what it does not touch.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::rc::Rc;
use std::sync::{Arc, Mutex, RwLock};

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

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    place: u64,
    name: Arc<str>,
    number: u64,
}

impl Point {
    fn of(name: &Arc<str>, number: u64) -> Self {
        let label = [name.as_bytes(), b"#", number.to_string().as_bytes()].concat();
        Self {
            place: hash64(&label),
            name: Arc::clone(name),
            number,
        }
    }

    /// As good as random, and independent of the place.
    fn rank(&self) -> u64 {
        (self.place ^ self.number.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ (self.place >> 7)
    }
}

type Tree = Option<Arc<Branch>>;

struct Branch {
    point: Point,
    left: Tree,
    right: Tree,
}

fn branch(left: Tree, point: Point, right: Tree) -> Tree {
    Some(Arc::new(Branch { point, left, right }))
}

/// What is before the point, and what is behind it.
fn split(tree: &Tree, at: &Point) -> (Tree, Tree) {
    let Some(top) = tree else {
        return (None, None);
    };
    match top.point.cmp(at) {
        Ordering::Less => {
            let (low, high) = split(&top.right, at);
            (branch(top.left.clone(), top.point.clone(), low), high)
        }
        Ordering::Greater => {
            let (low, high) = split(&top.left, at);
            (low, branch(high, top.point.clone(), top.right.clone()))
        }
        Ordering::Equal => (top.left.clone(), top.right.clone()),
    }
}

fn join(low: &Tree, high: &Tree) -> Tree {
    match (low, high) {
        (None, tree) | (tree, None) => tree.clone(),
        (Some(l), Some(h)) if l.point.rank() > h.point.rank() => {
            branch(l.left.clone(), l.point.clone(), join(&l.right, high))
        }
        (_, Some(h)) => branch(join(low, &h.left), h.point.clone(), h.right.clone()),
    }
}

fn insert(tree: &Tree, point: Point) -> Tree {
    match tree {
        Some(top) if top.point.rank() >= point.rank() => {
            let (left, right) = (top.left.clone(), top.right.clone());
            if point < top.point {
                branch(insert(&left, point), top.point.clone(), right)
            } else {
                branch(left, top.point.clone(), insert(&right, point))
            }
        }
        _ => {
            let (low, high) = split(tree, &point);
            branch(low, point, high)
        }
    }
}

fn erase(tree: &Tree, point: &Point) -> Tree {
    let top = tree.as_ref()?;
    match point.cmp(&top.point) {
        Ordering::Equal => join(&top.left, &top.right),
        Ordering::Less => branch(
            erase(&top.left, point),
            top.point.clone(),
            top.right.clone(),
        ),
        Ordering::Greater => branch(
            top.left.clone(),
            top.point.clone(),
            erase(&top.right, point),
        ),
    }
}

/// Walks up from a place.
struct Up<'a>(Vec<&'a Branch>);

impl<'a> Up<'a> {
    fn from(mut tree: &'a Tree, place: Bound<u64>) -> Self {
        let mut path = Vec::new();
        while let Some(top) = tree {
            let inside = match place {
                Bound::Included(place) => top.point.place >= place,
                Bound::Excluded(place) => top.point.place > place,
                Bound::Unbounded => true,
            };
            tree = if inside {
                path.push(&**top);
                &top.left
            } else {
                &top.right
            };
        }
        Self(path)
    }
}

impl<'a> Iterator for Up<'a> {
    type Item = &'a Point;

    fn next(&mut self) -> Option<&'a Point> {
        let top = self.0.pop()?;
        let mut next = &top.right;
        while let Some(branch) = next {
            self.0.push(branch);
            next = &branch.left;
        }
        Some(&top.point)
    }
}

/// A node's points, and what is under way on it.
#[derive(Clone)]
struct Member {
    points: u64,
    load: usize,
}

#[derive(Clone, Default)]
struct Ring {
    tree: Tree,
    names: Arc<BTreeSet<Arc<str>>>,
}

impl Ring {
    fn walk(&self, key: &str) -> impl Iterator<Item = &Arc<str>> + '_ {
        let place = hash64(key.as_bytes());
        Up::from(&self.tree, Bound::Included(place))
            .chain(Up::from(&self.tree, Bound::Unbounded).take_while(move |p| p.place < place))
            .map(|point| &point.name)
    }

    fn distinct(&self, key: &str) -> impl Iterator<Item = &Arc<str>> + '_ {
        let total = self.names.len();
        let met = Rc::new(std::cell::RefCell::new(BTreeSet::new()));
        let known = Rc::clone(&met);
        let mut walk = self.walk(key);
        std::iter::from_fn(move || {
            if known.borrow().len() == total {
                return None;
            }
            walk.find(|name| met.borrow_mut().insert(Arc::clone(name)))
        })
    }
}

pub struct HashRing {
    vnodes: u64,
    members: Mutex<BTreeMap<Arc<str>, Member>>,
    now: RwLock<Ring>,
}

impl HashRing {
    pub fn new(vnodes: u32) -> Self {
        Self {
            vnodes: u64::from(vnodes.max(1)),
            members: Mutex::new(BTreeMap::new()),
            now: RwLock::new(Ring::default()),
        }
    }

    fn look(&self) -> Ring {
        self.now.read().unwrap().clone()
    }

    pub fn add(&self, node: &str, weight: u32) -> Result<(), RingError> {
        let mut members = self.members.lock().unwrap();
        if members.contains_key(node) {
            return Err(RingError::NodeExists);
        }
        if weight == 0 {
            return Err(RingError::ZeroWeight);
        }
        let name: Arc<str> = Arc::from(node);
        let points = u64::from(weight) * self.vnodes;
        let mut ring = self.look();
        for number in 0..points {
            ring.tree = insert(&ring.tree, Point::of(&name, number));
        }
        Arc::make_mut(&mut ring.names).insert(name.clone());
        members.insert(name, Member { points, load: 0 });
        *self.now.write().unwrap() = ring;
        Ok(())
    }

    pub fn remove(&self, node: &str) -> Result<(), RingError> {
        let mut members = self.members.lock().unwrap();
        let (name, member) = members.remove_entry(node).ok_or(RingError::UnknownNode)?;
        let mut ring = self.look();
        for number in 0..member.points {
            ring.tree = erase(&ring.tree, &Point::of(&name, number));
        }
        Arc::make_mut(&mut ring.names).remove(&name);
        *self.now.write().unwrap() = ring;
        Ok(())
    }

    pub fn owner(&self, key: &str) -> Option<String> {
        self.look()
            .walk(key)
            .next()
            .map(|name| name.as_ref().to_owned())
    }

    pub fn owners(&self, key: &str, n: usize) -> Vec<String> {
        let ring = self.look();
        ring.distinct(key)
            .take(n)
            .map(|name| name.as_ref().into())
            .collect()
    }

    pub fn nodes(&self) -> Vec<String> {
        let names = self.look().names;
        names.iter().map(|name| name.to_string()).collect()
    }

    pub fn assign(&self, key: &str, factor_percent: u32) -> Option<String> {
        let mut members = self.members.lock().unwrap();
        let ring = self.look();
        let total: usize = members.values().map(|member| member.load).sum();
        let above = u128::from(factor_percent.max(100)) * (total as u128 + 1);
        let below = 100 * members.len() as u128;
        let name = ring
            .distinct(key)
            .find(|name| (members[*name].load as u128) < above.div_ceil(below))?;
        members.get_mut(name)?.load += 1;
        Some(name.to_string())
    }

    pub fn release(&self, node: &str) -> bool {
        let mut members = self.members.lock().unwrap();
        match members.get_mut(node) {
            Some(Member {
                load: load @ 1.., ..
            }) => {
                *load -= 1;
                true
            }
            _ => false,
        }
    }

    pub fn load(&self, node: &str) -> usize {
        self.members
            .lock()
            .unwrap()
            .get(node)
            .map_or(0, |member| member.load)
    }
}
