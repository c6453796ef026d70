//! Flaw: once the buffer is closed, a batch that has begun takes one more item only.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushError<T> {
    Closed(T),
    Full(T),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PopError {
    Closed,
    TimedOut,
}

mod patience {
    use super::{Duration, Instant};

    /// For how long somebody is ready to wait.
    #[derive(Clone, Copy)]
    pub enum Patience {
        For(Duration, Instant),
        Endless,
    }

    impl Patience {
        pub const NONE: Option<Duration> = Some(Duration::ZERO);

        pub fn left(self) -> Duration {
            match self {
                Self::For(total, since) => total.saturating_sub(since.elapsed()),
                Self::Endless => Duration::MAX,
            }
        }
    }

    impl From<Option<Duration>> for Patience {
        fn from(timeout: Option<Duration>) -> Self {
            match timeout {
                None | Some(Duration::MAX) => Self::Endless,
                Some(timeout) => Self::For(timeout, Instant::now()),
            }
        }
    }
}

use patience::Patience;

struct State<T> {
    items: VecDeque<T>,
    closed: bool,
    pushers: usize,
    poppers: usize,
}

type Guard<'a, T> = MutexGuard<'a, State<T>>;

pub struct BoundedBuffer<T> {
    capacity: usize,
    state: Mutex<State<T>>,
    room: Condvar,
    goods: Condvar,
}

impl<T: Send> BoundedBuffer<T> {
    pub fn new(capacity: usize) -> Self {
        assert_ne!(capacity, 0, "a buffer needs room for one item at least");
        Self {
            capacity,
            state: Mutex::new(State {
                items: VecDeque::new(),
                closed: false,
                pushers: 0,
                poppers: 0,
            }),
            room: Condvar::new(),
            goods: Condvar::new(),
        }
    }

    /// Waits while the condition holds, and counts those who wait.
    fn wait<'a>(
        &self,
        mut state: Guard<'a, T>,
        bell: &Condvar,
        patience: Patience,
        count: fn(&mut State<T>) -> &mut usize,
        mut condition: impl FnMut(&mut State<T>) -> bool,
    ) -> Guard<'a, T> {
        *count(&mut state) += 1;
        state = match patience {
            Patience::Endless => bell.wait_while(state, condition).unwrap(),
            Patience::For(..) => {
                while condition(&mut state) {
                    let left = patience.left();
                    if left.is_zero() {
                        break;
                    }
                    state = bell.wait_timeout(state, left).unwrap().0;
                }
                state
            }
        };
        *count(&mut state) -= 1;
        state
    }

    fn push_within(&self, item: T, patience: Patience) -> Result<(), PushError<T>> {
        let mut state = self.wait(
            self.state.lock().unwrap(),
            &self.room,
            patience,
            |s| &mut s.pushers,
            |s| !s.closed && s.items.len() >= self.capacity,
        );
        if state.closed {
            return Err(PushError::Closed(item));
        }
        if state.items.len() >= self.capacity {
            return Err(PushError::Full(item));
        }
        state.items.push_back(item);
        if state.poppers > 0 {
            self.goods.notify_one();
        }
        Ok(())
    }

    fn take_within<'a>(
        &'a self,
        state: Guard<'a, T>,
        patience: Patience,
    ) -> (Option<T>, Guard<'a, T>) {
        let mut state = self.wait(
            state,
            &self.goods,
            patience,
            |s| &mut s.poppers,
            |s| !s.closed && s.items.is_empty(),
        );
        let item = state.items.pop_front();
        if item.is_some() && state.pushers > 0 {
            self.room.notify_one();
        }
        (item, state)
    }

    pub fn push(&self, item: T) -> Result<(), PushError<T>> {
        self.push_within(item, None.into())
    }

    pub fn try_push(&self, item: T) -> Result<(), PushError<T>> {
        self.push_within(item, Patience::NONE.into())
    }

    pub fn push_timeout(&self, item: T, timeout: Duration) -> Result<(), PushError<T>> {
        self.push_within(item, Some(timeout).into())
    }

    pub fn pop(&self) -> Option<T> {
        self.take_within(self.state.lock().unwrap(), None.into()).0
    }

    pub fn pop_timeout(&self, timeout: Duration) -> Result<T, PopError> {
        let patience = Some(timeout).into();
        let (item, state) = self.take_within(self.state.lock().unwrap(), patience);
        item.ok_or(match state.closed {
            true => PopError::Closed,
            false => PopError::TimedOut,
        })
    }

    pub fn close(&self) {
        self.state.lock().unwrap().closed = true;
        self.room.notify_all();
        self.goods.notify_all();
    }

    pub fn len(&self) -> usize {
        self.state.lock().unwrap().items.len()
    }

    pub fn pop_batch(&self, max: usize, linger: Duration) -> Vec<T> {
        let mut batch = Vec::new();
        let mut patience = Patience::from(None);
        let mut state = self.state.lock().unwrap();
        while batch.len() < max {
            let item;
            (item, state) = self.take_within(state, patience);
            let Some(item) = item else { break };
            if state.closed && !batch.is_empty() {
                batch.push(item);
                break;
            }
            if batch.is_empty() {
                patience = Some(linger).into();
            }
            batch.push(item);
        }
        batch
    }
}
