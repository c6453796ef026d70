impl NodeLimiter {
    /// Stops spending for good, hands everything back, and returns how many permits that were.
    ///
    /// - From now on `allow` is `Denied` at once, without a call to the coordinator and without waiting for any.
    /// - Lease calls that are under way are awaited, and nothing is asked again after them. An `allow` that was waiting for one
    ///   ends with any verdict; a permit that it spent is spent, what is left goes back.
    /// - For each key with unspent, unexpired permits there is one `give_back`, in ascending order of the keys. Its
    ///   errors are ignored: the permits still count in the total.
    /// - Every permit is either spent, expired, or handed back once. Afterwards there are no local permits, and a second
    ///   call returns 0.
    pub fn drain(&self) -> u32 {
        todo!()
    }
}
