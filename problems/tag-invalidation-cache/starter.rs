#![forbid(unsafe_code)]
//! A cache of pages that are invalidated by what they were built from.

/// The right to fill one key with what is read from the sources after `begin_fill`.
///
/// Belongs to the cache that gave it. Dropping it, on any thread and even after the cache, has no
/// effect and leaves nothing behind.
pub struct FillTicket {
    // Replace this by what you need.
    state: (),
}

/// Values by key, each with tags, shared by reference among threads.
///
/// Keys and tags are two name spaces; an empty string is a name like any other. What the cache
/// remembers of names that no entry carries is gone, at the latest after the next operation, when no
/// ticket is open.
pub struct TagCache {
    // Replace this by what you need.
    state: (),
}

impl TagCache {
    /// An empty cache.
    pub fn new() -> Self {
        todo!()
    }

    /// The value of the key, if it was filled and not invalidated since.
    pub fn get(&self, key: &str) -> Option<String> {
        let _ = key;
        todo!()
    }

    /// Call before reading the source data; remembers "now" in the order of invalidations.
    pub fn begin_fill(&self, key: &str) -> FillTicket {
        let _ = key;
        todo!()
    }

    /// Stores the value with its tags, in place of value and tags that the key had; true if stored.
    ///
    /// Refuses, and changes nothing, if the key or one of the tags was invalidated since `begin_fill`,
    /// whether anything had that tag or not, and if a fill of this key that was begun later has
    /// already been stored, even if that was invalidated again. A tag given twice counts once.
    pub fn complete_fill(&self, ticket: FillTicket, value: String, tags: &[&str]) -> bool {
        let () = ticket.state;
        let _ = (value, tags);
        todo!()
    }

    /// Removes the entry of the key. Fills of this key that have begun are refused.
    pub fn invalidate_key(&self, key: &str) {
        let _ = key;
        todo!()
    }

    /// Removes all entries with the tag. Fills that have begun and will have this tag are refused.
    pub fn invalidate_tag(&self, tag: &str) {
        let _ = tag;
        todo!()
    }

    /// Entries currently readable.
    pub fn len(&self) -> usize {
        let () = self.state;
        todo!()
    }
}
