impl RetryQueue {
    /// Gives the holder of a valid receipt until `by` from now, instead of until when it had.
    ///
    /// However often it is called, a claim ends when ten times the visibility has passed since it
    /// was made; whoever asks for more gets that much, and `Ok`. It may also shorten the time: zero
    /// ends the claim now, as a visibility timeout. `Duration::MAX` asks for as much as there is.
    ///
    /// `Stale`, without effect, unless the receipt is valid.
    pub fn extend(&self, receipt: u64, by: Duration) -> Result<(), ReceiptError> {
        let _ = (receipt, by);
        todo!()
    }

    /// Makes a dead letter a job again: claimable from now on, under its old id, with its attempts
    /// counted from the beginning. It is no longer among the dead letters.
    ///
    /// `false`, without effect, if no dead letter has this id.
    pub fn redrive(&self, id: JobId) -> bool {
        let _ = id;
        todo!()
    }
}
