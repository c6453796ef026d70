#![forbid(unsafe_code)]
//! Another design: a flag says that somebody builds, and each thread keeps a list of its own builds.

use std::cell::RefCell;
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

thread_local! {
    /// Addresses of the singletons that this thread is building, the innermost last.
    static MINE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

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
    busy: Mutex<bool>,
    free: Condvar,
}

impl<T: Send + Sync> Singleton<T> {
    /// An empty singleton.
    pub const fn new() -> Self {
        Self {
            value: OnceLock::new(),
            busy: Mutex::new(false),
            free: Condvar::new(),
        }
    }

    /// The value, if it has been built.
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// The value; builds it with `init`, on this thread, if there is none.
    pub fn get_or_try_init<E>(&self, init: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        self.refuse_recursion();
        let busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let mut busy = self
            .free
            .wait_while(busy, |busy| *busy)
            .unwrap_or_else(PoisonError::into_inner);
        if self.get().is_none() {
            *busy = true;
            drop(busy);
            self.build(init)?;
        }
        Ok(self.get().expect("it was just built"))
    }

    /// Like `get_or_try_init`, but waits for builds of other threads no longer than `wait`.
    pub fn get_or_init_timeout<E>(
        &self,
        wait: std::time::Duration,
        init: impl FnOnce() -> Result<T, E>,
    ) -> Result<&T, InitError<E>> {
        let start = Instant::now();
        if let Some(value) = self.get() {
            return Ok(value);
        }
        self.refuse_recursion();
        let busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let left = wait.saturating_sub(start.elapsed());
        let (mut busy, result) = self
            .free
            .wait_timeout_while(busy, left, |busy| *busy)
            .unwrap_or_else(PoisonError::into_inner);
        if self.get().is_none() {
            if result.timed_out() && *busy {
                return Err(InitError::TimedOut);
            }
            *busy = true;
            drop(busy);
            self.build(init).map_err(InitError::Init)?;
        }
        Ok(self.get().expect("it was just built"))
    }

    fn refuse_recursion(&self) {
        let address = self.address();
        if MINE.with_borrow(|mine| mine.contains(&address)) {
            panic!("recursive initialisation");
        }
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).cast::<()>() as usize
    }

    fn build<E>(&self, init: impl FnOnce() -> Result<T, E>) -> Result<(), E> {
        MINE.with_borrow_mut(|mine| mine.push(self.address()));
        let _end = OnEnd(|| {
            MINE.with_borrow_mut(|mine| mine.pop());
            *self.busy.lock().unwrap_or_else(PoisonError::into_inner) = false;
            self.free.notify_all();
        });
        let value = init()?;
        assert!(self.value.set(value).is_ok(), "only one thread builds");
        Ok(())
    }
}

struct OnEnd<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnEnd<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
