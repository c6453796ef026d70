impl WindowProcessor {
    /// [`push`](Self::push) for an event that comes through this partition; `push` itself is
    /// partition 0.
    ///
    /// A partition is known from its first event on; none is known from the start. The watermark is
    /// the smallest of `largest time - max_delay_ms` (at least 0) over the partitions that are known
    /// and not idle, each with the largest time of all its events so far, those before it was idle
    /// and late ones included. It never goes back: while the smallest is below it, and while all
    /// partitions are idle, it stays where it is.
    ///
    /// Ids are shared by all partitions. A duplicate leaves its partition as it was: unknown, idle,
    /// or with its largest time. Accepted and late events make it known and not idle.
    pub fn push_from(&self, partition: u32, event: Event) -> Vec<WindowResult> {
        let _ = (partition, event);
        todo!()
    }

    /// Leaves a partition out of the watermark until its next event; returns the windows that close
    /// by that, ordered by start, then key. An unknown partition stays unknown, and nothing happens.
    pub fn mark_idle(&self, partition: u32) -> Vec<WindowResult> {
        let _ = partition;
        todo!()
    }
}
