impl<'a> WriteGuard<'a> {
    /// Turns the writer into a reader, in one step and without waiting.
    ///
    /// No other writer enters before this reader has left. The readers waiting at this moment enter
    /// with it; readers who come later wait if a writer is waiting, as always. The result is a read guard
    /// like any other.
    pub fn downgrade(self) -> ReadGuard<'a> {
        todo!()
    }
}
