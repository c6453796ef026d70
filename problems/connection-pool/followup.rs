impl<C: Connector> Pool<C> {
    /// Changes the limit of a running pool; 0 counts as 1.
    ///
    /// A higher limit lets waiting calls open connections at once, as many as there is room for. A
    /// lower one discards idle connections first, beginning with the one returned longest ago.
    /// If that is not enough, lent connections are discarded as they come back, until no more than
    /// `max_size` are alive; none is taken from its user. A connection that is being opened counts
    /// as lent. Nothing is opened while `max_size` or more other connections are alive.
    pub fn resize(&self, max_size: usize) {
        let _ = max_size;
        todo!()
    }
}
