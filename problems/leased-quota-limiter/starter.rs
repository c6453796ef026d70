#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::Duration;

/// Why the coordinator gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoordError {
    /// It could not be reached, and has done nothing.
    Unreachable,
}

/// Permits that the coordinator has handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// How many; may be fewer or more than were asked for. 0: there is nothing for this key until `valid_for` is over.
    pub granted: u32,
    /// How long they may be spent. Count it from just before the call to `lease`: from when on the coordinator counts is
    /// not known, but not from earlier.
    pub valid_for: Duration,
}

/// Owns the quota of every key. Supplied; remote, slow, and may fail. Never grants more than the global quota.
pub trait Coordinator: Send + Sync {
    /// Asks for `want` permits of `key` for this node.
    fn lease(&self, node: &str, key: &str, want: u32) -> Result<Lease, CoordError>;

    /// Hands permits back that were not spent.
    fn give_back(&self, node: &str, key: &str, unused: u32) -> Result<(), CoordError>;
}

/// The limiter's answer to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A permit was spent on the request.
    Allowed,
    /// The coordinator has nothing for this key.
    Denied,
    /// No usable answer could be had from the coordinator.
    Unavailable,
}

/// Spends permits of many keys on one node, and leases them in batches.
///
/// Shared by many threads. A lease that is valid for `d` and was asked for at `t` is alive before `t + d` and dead from then on;
/// what is unspent then is lost. Permits are never spent twice, after their end, or without a lease.
pub struct NodeLimiter {
    // Your fields.
}

impl NodeLimiter {
    /// `batch` >= 1 (0 is treated as 1): the amount asked for per lease. `node` is the name given to the coordinator.
    pub fn new(node: &str, coordinator: Arc<dyn Coordinator>, batch: u32) -> Self {
        let _ = (node, coordinator, batch);
        todo!()
    }

    /// Spends one permit of `key`, leasing first if none is left. A lease that is already expired when its reply
    /// arrives is worth nothing: ask again, at most 3 lease calls per `allow`, then `Unavailable`.
    ///
    /// - A grant of 0 is `Denied`, for this call and until `valid_for` after its sending, without another lease call.
    ///   That holds for this call even if `valid_for` is over on arrival.
    /// - An error is `Unavailable` at once; the next call may try again. A panic of the coordinator goes on to the caller.
    /// - One lease call at a time per key: who needs it meanwhile waits asleep, and shares what it brings. After an error those
    ///   who wait may get `Unavailable` or ask for themselves; after a panic they ask for themselves. Whoever finds nothing
    ///   left of a shared lease goes on like anybody who comes then.
    /// - Nobody is held up by lease calls for other keys. The coordinator may call the limiter for another key.
    pub fn allow(&self, key: &str) -> Verdict {
        let _ = key;
        todo!()
    }

    /// Unspent, unexpired local permits of `key`. Never waits for the coordinator.
    pub fn local_permits(&self, key: &str) -> u32 {
        let _ = key;
        todo!()
    }
}
