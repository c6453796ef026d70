impl HashRing {
    /// Finds a node with room for one more piece of work for `key`, and adds 1 to its load.
    ///
    /// With N nodes whose loads add up to L, a node has room while its load is below
    /// `factor_percent * (L + 1) / (100 * N)`, rounded up. The first node with room, clockwise from
    /// the key, gets the work; `None` if there are no nodes. A factor below 100 is treated as 100,
    /// with which some node always has room. Loads start at 0 when a node is added, and go with it
    /// when it is removed. Choosing and counting are one step, also among threads.
    pub fn assign(&self, key: &str, factor_percent: u32) -> Option<String> {
        let _ = (key, factor_percent);
        todo!()
    }

    /// Takes 1 off a node's load. False if its load is 0 or it is not in the ring.
    pub fn release(&self, node: &str) -> bool {
        let _ = node;
        todo!()
    }

    /// The present load of a node; 0 if it is not in the ring.
    pub fn load(&self, node: &str) -> usize {
        let _ = node;
        todo!()
    }
}
