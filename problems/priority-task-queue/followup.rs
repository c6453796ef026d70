impl<T: Send> PriorityTaskQueue<T> {
    /// Gives a waiting task another priority, higher or lower, also after `close`.
    ///
    /// It keeps its id and the time of its push, so it ranks from now on as if it had been pushed
    /// with this priority in the first place, and is handed out with it. The next pop goes by it.
    ///
    /// `false`, without effect, if no task of this id waits; `true` otherwise, also if the task has
    /// this priority already.
    pub fn set_priority(&self, id: TaskId, priority: Priority) -> bool {
        let _ = (id, priority);
        todo!()
    }
}
