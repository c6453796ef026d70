//! Flaw: A caller who gives up clears the place, as if the build had ended.
#![forbid(unsafe_code)]
//! The value in a `OnceLock`, the right to build it under a lock.

use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// Why [`Singleton::get_or_init_timeout`] has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitError<E> {
    /// Another thread was building, and the time to wait for it was over.
    TimedOut,
    /// The caller's own `init` failed.
    Init(E),
}

/// A place for one value, which the first caller who needs it builds.
pub struct Singleton<T> {
    value: OnceLock<T>,
    /// The thread that builds. Never locked while `init` runs.
    builder: Mutex<Option<ThreadId>>,
    /// Told whenever a build has ended, well or badly.
    ended: Condvar,
}

/// What a caller who saw no value has to do.
enum Turn<'a, T> {
    Take(&'a T),
    Build(Place<'a, T>),
    GiveUp,
}

/// The right to build; dropping it gives it back.
struct Place<'a, T>(&'a Singleton<T>);

impl<T: Send + Sync> Singleton<T> {
    /// An empty singleton.
    pub const fn new() -> Self {
        Singleton {
            value: OnceLock::new(),
            builder: Mutex::new(None),
            ended: Condvar::new(),
        }
    }

    /// The value, if it has been built.
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// The value; builds it with `init`, on this thread, if there is none.
    pub fn get_or_try_init<E>(&self, init: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        self.get_or_init_timeout(Duration::MAX, init)
            .map_err(|error| match error {
                InitError::Init(error) => error,
                InitError::TimedOut => unreachable!("there was no limit"),
            })
    }

    /// Like `get_or_try_init`, but waits for builds of other threads no longer than `wait`.
    pub fn get_or_init_timeout<E>(
        &self,
        wait: std::time::Duration,
        init: impl FnOnce() -> Result<T, E>,
    ) -> Result<&T, InitError<E>> {
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        match self.turn(Instant::now().checked_add(wait)) {
            Turn::Take(value) => Ok(value),
            Turn::GiveUp => Err(InitError::TimedOut),
            Turn::Build(place) => {
                let value = init().map_err(InitError::Init)?;
                let value = self.value.get_or_init(|| value);
                drop(place);
                Ok(value)
            }
        }
    }

    /// Waits until there is a value or nobody builds, at most until the deadline if there is one.
    fn turn(&self, deadline: Option<Instant>) -> Turn<'_, T> {
        let me = thread::current().id();
        let mut builder = self.lock();
        loop {
            if let Some(value) = self.value.get() {
                return Turn::Take(value);
            }
            if builder.is_none() {
                *builder = Some(me);
                return Turn::Build(Place(self));
            }
            if *builder == Some(me) {
                drop(builder);
                panic!("the singleton was asked for by its own init");
            }
            builder = if let Some(deadline) = deadline {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    *builder = None;
                    self.ended.notify_all();
                    return Turn::GiveUp;
                }
                let woken = self.ended.wait_timeout(builder, left);
                woken.unwrap_or_else(PoisonError::into_inner).0
            } else {
                let woken = self.ended.wait(builder);
                woken.unwrap_or_else(PoisonError::into_inner)
            };
        }
    }
}

impl<T> Singleton<T> {
    fn lock(&self) -> MutexGuard<'_, Option<ThreadId>> {
        self.builder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Drop for Place<'_, T> {
    fn drop(&mut self) {
        *self.0.lock() = None;
        self.0.ended.notify_all();
    }
}
