impl TagCache {
    /// Removes all entries whose key begins with `prefix`; an empty prefix means all. Fills of such
    /// keys that have begun are refused.
    ///
    /// The cost follows the entries that match; finding them may cost the logarithm of the others.
    pub fn invalidate_prefix(&self, prefix: &str) {
        let _ = prefix;
        todo!()
    }
}
