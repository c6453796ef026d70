/// Why a transaction did not get its lock under wait-die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitDieError {
    /// An older transaction holds the resource.
    Die {
        /// That one.
        holder: TxId,
    },
    /// The transaction holds the resource already.
    AlreadyHeld,
}

impl LockManager {
    /// Waits until `tx` owns `resource`, but never for an older transaction; the smaller id is the
    /// older one. First come, first served.
    ///
    /// `AlreadyHeld` if it owns it already. `Die`, at once, if the holder is older. After each
    /// hand-over, those who wait and are younger than the new holder leave the queue with `Die`,
    /// which names the new holder. Whoever dies keeps its other locks.
    ///
    /// Resources and transactions that are used with this method are not used with `lock` and
    /// `lock_timeout`.
    pub fn lock_wait_die(&self, tx: TxId, resource: &str) -> Result<(), WaitDieError> {
        let _ = (tx, resource);
        todo!()
    }
}
