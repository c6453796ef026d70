#![forbid(unsafe_code)]
//! Exclusive locks on named resources for transactions; a wait that would close a cycle is refused.

use std::time::Duration;

/// Names a transaction.
pub type TxId = u64;

/// Why a transaction did not get its lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockError {
    /// To wait would have closed this cycle.
    Deadlock {
        /// The requester, then whom it would wait for, whom that one waits for, and so on, up to the
        /// one that waits for the requester. Nobody is in it twice.
        cycle: Vec<TxId>,
    },
    /// The transaction holds the resource already.
    AlreadyHeld,
    /// The resource did not become free in time.
    TimedOut,
}

/// Why nothing was unlocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlockError {
    /// The transaction does not hold the resource.
    NotHeld,
}

/// Exclusive locks on named resources.
///
/// Shared by reference among threads; the calls of one transaction come one after the other. Free
/// resources, and transactions that neither hold nor wait, leave nothing behind.
pub struct LockManager {
    // Replace this by what you need.
    _table: (),
}

impl LockManager {
    /// Nothing is locked.
    pub fn new() -> Self {
        todo!()
    }

    /// Waits until `tx` owns `resource` exclusively; first come, first served.
    ///
    /// `AlreadyHeld` if it does already. Whoever waits, waits for the present holder of the resource.
    /// If that would close a cycle, the answer is `Deadlock`, at once: `tx` does not wait and keeps
    /// its other locks.
    pub fn lock(&self, tx: TxId, resource: &str) -> Result<(), LockError> {
        let _ = (tx, resource);
        todo!()
    }

    /// [`lock`](Self::lock) that gives up when `timeout` is over, measured from the call.
    ///
    /// With zero it does not wait; `Deadlock` comes before `TimedOut`. `Duration::MAX` is endless.
    /// A request that has timed out is gone: from the queue, and from all later cycles.
    pub fn lock_timeout(
        &self,
        tx: TxId,
        resource: &str,
        timeout: Duration,
    ) -> Result<(), LockError> {
        let _ = (tx, resource, timeout);
        todo!()
    }

    /// Hands `resource` to the first who waits for it, or frees it. The heir is its holder from that
    /// moment on.
    ///
    /// `NotHeld`, and no effect, if `tx` is not the holder.
    pub fn unlock(&self, tx: TxId, resource: &str) -> Result<(), UnlockError> {
        let _ = (tx, resource);
        todo!()
    }

    /// Unlocks everything that `tx` holds; returns how many resources that were.
    pub fn release_all(&self, tx: TxId) -> usize {
        let _ = tx;
        todo!()
    }

    /// Who owns `resource`.
    pub fn holder(&self, resource: &str) -> Option<TxId> {
        let _ = resource;
        todo!()
    }

    /// Who waits for `resource`, in the order in which they will get it.
    pub fn waiters(&self, resource: &str) -> Vec<TxId> {
        let _ = (resource, self._table);
        todo!()
    }
}
