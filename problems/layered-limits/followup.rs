impl LayeredLimiter {
    /// Replaces the limit of the User rule for this user from now on; `None` returns to the rule's own.
    ///
    /// - Windows and what was used in them stay as they are. Where that is as much as the new limit or more, requests
    ///   are denied until the window ends.
    /// - `Some(0)` blocks the user: the User rule denies with a `retry_after` of always the rule's whole window. Other
    ///   rules that deny as well are compared with it as usual.
    /// - Holds until it is replaced, whatever `sweep` drops, and is no key for `sweep`.
    /// - Without a User rule it has no effect. Requests without a user have nothing to do with it.
    pub fn set_override(&self, user: &str, limit: Option<u32>) {
        let _ = (user, limit);
        todo!()
    }
}
