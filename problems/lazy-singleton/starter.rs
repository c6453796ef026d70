#![forbid(unsafe_code)]
//! A value that is built once, when it is first needed.

use std::marker::PhantomData;

/// A place for one value, which the first caller who needs it builds.
///
/// Shared by reference among threads, usually as a `static`. The value lives inside and is dropped
/// with the singleton, once. Different singletons know nothing of each other.
pub struct Singleton<T> {
    // Replace this by what you need.
    value: PhantomData<T>,
}

impl<T: Send + Sync> Singleton<T> {
    /// An empty singleton. Usable in a `static`.
    pub const fn new() -> Self {
        Singleton { value: PhantomData }
    }

    /// The value, if it has been built. Never waits and never builds.
    ///
    /// Inside of an `init` that is building this singleton it says `None`.
    pub fn get(&self) -> Option<&T> {
        let _ = self.value;
        todo!()
    }

    /// The value; builds it with `init`, on this thread, if there is none.
    ///
    /// At most one `init` runs at any time. While another thread builds, the call sleeps until that
    /// build has ended; then it takes the value, or builds if there still is none. So an error of
    /// `init` is seen by its own caller only, and leaves the singleton empty. After a success no
    /// `init` runs any more.
    ///
    /// If `init` panics, the panic goes on to this caller; for all others it is a failed build.
    ///
    /// When the value is there, no lock is taken.
    ///
    /// # Panics
    ///
    /// If it is called from inside of an `init` for this singleton on the same thread. If `init`
    /// lets that panic pass, its own build has failed. Another singleton may be built there.
    pub fn get_or_try_init<E>(&self, init: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        let _ = init;
        todo!()
    }
}
