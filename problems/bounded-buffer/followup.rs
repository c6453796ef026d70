impl<T: Send> BoundedBuffer<T> {
    /// Takes up to `max` items, oldest first: waits for the first one, then lingers for more.
    ///
    /// Comes back as soon as `max` items are taken, `linger` has passed since the first one was
    /// taken, or the buffer is closed. Whatever the reason, what is inside at that moment comes
    /// along, up to `max`; so a `linger` of zero takes what is there. `Duration::MAX` lingers
    /// until the batch is complete or the buffer closed.
    ///
    /// Each item frees its place the moment it is taken, not when the batch is handed over;
    /// producers that wait are let in accordingly, as many as there are places.
    ///
    /// The result is empty only if the buffer is closed and drained, or if `max` is 0: then the
    /// call neither waits nor takes anything.
    pub fn pop_batch(&self, max: usize, linger: Duration) -> Vec<T> {
        let _ = (max, linger);
        todo!()
    }
}
