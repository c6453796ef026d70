#![forbid(unsafe_code)]
//! Another design: no condition variable. Waiting threads park in a line, and a build that fails hands its
//! place to the first of them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Thread, ThreadId};
use std::time::{Duration, Instant};

/// Why [`Singleton::get_or_init_timeout`] has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitError<E> {
    /// Another thread was building, and the time to wait for it was over.
    TimedOut,
    /// The caller's own `init` failed.
    Init(E),
}

const WAITING: u8 = 0;
const SERVED: u8 = 1;
const PROMOTED: u8 = 2;

struct Ticket {
    thread: Thread,
    state: AtomicU8,
}

struct Line {
    builder: Option<ThreadId>,
    tickets: VecDeque<Arc<Ticket>>,
}

/// A place for one value, which the first caller who needs it builds.
pub struct Singleton<T> {
    value: OnceLock<T>,
    line: Mutex<Line>,
}

impl<T: Send + Sync> Singleton<T> {
    /// An empty singleton.
    pub const fn new() -> Self {
        Singleton {
            value: OnceLock::new(),
            line: Mutex::new(Line {
                builder: None,
                tickets: VecDeque::new(),
            }),
        }
    }

    /// The value, if it has been built.
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// The value; builds it with `init`, on this thread, if there is none.
    pub fn get_or_try_init<E>(&self, init: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        if self.my_turn(None) == Some(true) {
            return self.build(init);
        }
        Ok(self.value.get().expect("whoever is served finds a value"))
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
        match self.my_turn(Some(wait)) {
            None => Err(InitError::TimedOut),
            Some(true) => self.build(init).map_err(InitError::Init),
            Some(false) => Ok(self.value.get().expect("whoever is served finds a value")),
        }
    }

    /// Whether this thread is to build; none if the time was over first.
    fn my_turn(&self, wait: Option<Duration>) -> Option<bool> {
        let start = Instant::now();
        let mut line = self.line();
        if self.value.get().is_some() {
            return Some(false);
        }
        let me = thread::current();
        match line.builder {
            None => {
                line.builder = Some(me.id());
                return Some(true);
            }
            Some(builder) => assert_ne!(builder, me.id(), "recursive use of a singleton"),
        }
        let ticket = Arc::new(Ticket {
            thread: me,
            state: AtomicU8::new(WAITING),
        });
        line.tickets.push_back(Arc::clone(&ticket));
        drop(line);
        loop {
            match ticket.state.load(Ordering::Acquire) {
                SERVED => return Some(false),
                PROMOTED => return Some(true),
                _ => {}
            }
            let Some(wait) = wait else {
                thread::park();
                continue;
            };
            let left = wait.saturating_sub(start.elapsed());
            if !left.is_zero() {
                thread::park_timeout(left);
                continue;
            }
            let mut line = self.line();
            if ticket.state.load(Ordering::Acquire) == WAITING {
                line.tickets.retain(|other| !Arc::ptr_eq(other, &ticket));
                return None;
            }
        }
    }

    fn build<E>(&self, init: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        let _leaving = Leaving(self);
        let value = init()?;
        Ok(self.value.get_or_init(|| value))
    }
}

impl<T> Singleton<T> {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Leaving<'a, T>(&'a Singleton<T>);

impl<T> Drop for Leaving<'_, T> {
    fn drop(&mut self) {
        let mut line = self.0.line();
        line.builder = None;
        if self.0.value.get().is_some() {
            for ticket in line.tickets.drain(..) {
                ticket.state.store(SERVED, Ordering::Release);
                ticket.thread.unpark();
            }
        } else if let Some(next) = line.tickets.pop_front() {
            line.builder = Some(next.thread.id());
            next.state.store(PROMOTED, Ordering::Release);
            next.thread.unpark();
        }
    }
}
