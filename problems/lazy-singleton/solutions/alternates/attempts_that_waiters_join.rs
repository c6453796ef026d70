#![forbid(unsafe_code)]
//! Another design: each build is a shared attempt; who comes meanwhile waits for the end of that very attempt.

use std::sync::{Arc, Condvar, Mutex, OnceLock};
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
    attempt: Mutex<Option<Arc<Attempt>>>,
}

/// One run of somebody's `init`.
struct Attempt {
    thread: ThreadId,
    over: Mutex<bool>,
    news: Condvar,
}

/// Ends an attempt however its `init` ends.
struct Ending<'a> {
    slot: &'a Mutex<Option<Arc<Attempt>>>,
    attempt: Arc<Attempt>,
}

impl<T: Send + Sync> Singleton<T> {
    /// An empty singleton.
    pub const fn new() -> Self {
        Singleton {
            value: OnceLock::new(),
            attempt: Mutex::new(None),
        }
    }

    /// The value, if it has been built.
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// The value; builds it with `init`, on this thread, if there is none.
    pub fn get_or_try_init<E>(&self, init: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        match self.find_or_build(None, init) {
            Some(result) => result,
            None => unreachable!("nothing limits this call"),
        }
    }

    /// Like `get_or_try_init`, but waits for builds of other threads no longer than `wait`.
    pub fn get_or_init_timeout<E>(
        &self,
        wait: std::time::Duration,
        init: impl FnOnce() -> Result<T, E>,
    ) -> Result<&T, InitError<E>> {
        match self.find_or_build(Some(wait), init) {
            Some(result) => result.map_err(InitError::Init),
            None => Err(InitError::TimedOut),
        }
    }

    fn find_or_build<E>(
        &self,
        wait: Option<Duration>,
        init: impl FnOnce() -> Result<T, E>,
    ) -> Option<Result<&T, E>> {
        if let Some(value) = self.value.get() {
            return Some(Ok(value));
        }
        let start = Instant::now();
        loop {
            let mut slot = self.attempt.lock().unwrap();
            if let Some(value) = self.value.get() {
                return Some(Ok(value));
            }
            let Some(attempt) = slot.clone() else {
                let attempt = Arc::new(Attempt {
                    thread: thread::current().id(),
                    over: Mutex::new(false),
                    news: Condvar::new(),
                });
                *slot = Some(Arc::clone(&attempt));
                drop(slot);
                let _ending = Ending {
                    slot: &self.attempt,
                    attempt,
                };
                return Some(init().map(|value| self.value.get_or_init(move || value)));
            };
            drop(slot);
            if attempt.thread == thread::current().id() {
                panic!("init must not wait for itself");
            }
            let left = wait.map(|wait| wait.saturating_sub(start.elapsed()));
            if !attempt.wait(left) {
                return None;
            }
        }
    }
}

impl Attempt {
    /// Waits for the end; false if it did not come within the time.
    fn wait(&self, limit: Option<Duration>) -> bool {
        let over = self.over.lock().unwrap();
        let over = match limit {
            None => self.news.wait_while(over, |over| !*over).unwrap(),
            Some(limit) => {
                let waited = self.news.wait_timeout_while(over, limit, |over| !*over);
                waited.unwrap().0
            }
        };
        *over
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        // A lock that is first taken during unwinding is not poisoned by it.
        *self.slot.lock().unwrap() = None;
        *self.attempt.over.lock().unwrap() = true;
        self.attempt.news.notify_all();
    }
}
