/// Why [`Singleton::get_or_init_timeout`] has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitError<E> {
    /// Another thread was building, and the time to wait for it was over.
    TimedOut,
    /// The caller's own `init` failed.
    Init(E),
}

impl<T: Send + Sync> Singleton<T> {
    /// Like `get_or_try_init`, but waits for builds of other threads no longer than `wait`.
    ///
    /// `wait` is the total time that this call spends waiting, counted from its start, however many
    /// builds of others begin and end meanwhile. When it is over and another thread is building, the
    /// call returns `TimedOut`, without having run `init` and without any effect on that build or on
    /// others who wait. Zero does not wait at all; `Duration::MAX` waits as long as it takes.
    ///
    /// The caller's own `init` is not limited: if nobody else is building, or the other build fails in
    /// time and this caller is the one who tries next, `init` takes as long as it takes. If the
    /// value is there, it is returned, whatever `wait` is.
    ///
    /// # Panics
    ///
    /// From inside of an `init` for this singleton on the same thread, like `get_or_try_init`,
    /// whatever `wait` is and whichever of the two methods runs that `init`.
    pub fn get_or_init_timeout<E>(
        &self,
        wait: std::time::Duration,
        init: impl FnOnce() -> Result<T, E>,
    ) -> Result<&T, InitError<E>> {
        let _ = (wait, init);
        todo!()
    }
}
