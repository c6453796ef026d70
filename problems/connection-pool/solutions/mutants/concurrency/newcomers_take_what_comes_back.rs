//! Flaw: A returned connection lies among the idle ones until the waiting call has woken up; a newcomer may be faster.
#![forbid(unsafe_code)]
//! A pool behind one lock; whoever gives something back hands it to the call that waited longest.

use std::collections::{HashMap, VecDeque};
use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Why a connection could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectError(pub String);

/// Opens and checks connections.
pub trait Connector: Send + Sync {
    /// An open connection; dropping it closes it.
    type Conn: Send;

    /// Opens a connection.
    fn connect(&self) -> Result<Self::Conn, ConnectError>;

    /// Whether the connection can still be used.
    fn is_healthy(&self, conn: &mut Self::Conn) -> bool;
}

/// The limits of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolConfig {
    /// The most connections that are alive at a time.
    pub max_size: usize,
    /// How long one `get` waits for a connection or a free slot.
    pub acquire_timeout: Duration,
    /// A connection that has been idle for this long or longer is discarded, not reused.
    pub max_idle: Duration,
}

/// Why [`Pool::get`] has no connection for its caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PoolError {
    /// Nothing became free in time.
    TimedOut,
    /// The pool is closed.
    Closed,
    /// The connector failed, with these words.
    Connect(String),
}

/// What the slots of a pool are used for at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    /// Connections that wait to be used again.
    pub idle: usize,
    /// Slots taken by calls of `get` that open or check a connection, and by lent connections.
    pub in_use: usize,
    /// Calls of `get` that wait for a connection or a slot.
    pub waiting: usize,
}

/// Lends out at most `max_size` connections, and is shared by reference among threads.
pub struct Pool<C: Connector> {
    connector: C,
    config: PoolConfig,
    state: Mutex<State<C::Conn>>,
}

/// A lent connection. Dropping it gives the connection back, also during a panic.
pub struct PooledConn<'a, C: Connector> {
    pool: &'a Pool<C>,
    /// None while this is no more than a claim to a slot.
    conn: Option<C::Conn>,
    broken: bool,
}

/// Nobody queues while something is idle or there is room.
struct State<Conn> {
    max_size: usize,
    /// The one returned last is at the back.
    idle: VecDeque<Idle<Conn>>,
    in_use: usize,
    /// Neither idle nor in use, but their destructors still run.
    dying: usize,
    /// The call that has waited longest is at the front.
    queue: VecDeque<Waiter>,
    /// What calls that have left the queue will find when they wake up: a connection or a slot.
    granted: HashMap<u64, Option<Conn>>,
    next_ticket: u64,
    closed: bool,
}

struct Idle<Conn> {
    conn: Conn,
    since: Instant,
}

struct Waiter {
    ticket: u64,
    turn: Arc<Condvar>,
}

impl<C: Connector> Pool<C> {
    /// An open pool without connections; nothing is opened yet.
    ///
    /// Panics if `max_size` is 0.
    pub fn new(connector: C, config: PoolConfig) -> Self {
        assert!(config.max_size > 0, "a pool without slots serves nobody");
        Pool {
            connector,
            config,
            state: Mutex::new(State {
                max_size: config.max_size,
                idle: VecDeque::new(),
                in_use: 0,
                dying: 0,
                queue: VecDeque::new(),
                granted: HashMap::new(),
                next_ticket: 0,
                closed: false,
            }),
        }
    }

    /// Lends out a connection: an idle one, a new one, or the first that becomes free.
    pub fn get(&self) -> Result<PooledConn<'_, C>, PoolError> {
        let deadline = Instant::now().checked_add(self.config.acquire_timeout);
        let mut held = self.claim(deadline)?;
        loop {
            let Some(conn) = held.conn.as_mut() else {
                let state = self.lock();
                if state.closed {
                    return Err(PoolError::Closed);
                }
                let surplus = state.alive() > state.max_size;
                drop(state);
                if surplus {
                    // The limit was lowered while the connection of this slot was checked.
                    drop(held);
                    held = self.claim(deadline)?;
                    continue;
                }
                let made = self.connector.connect();
                held.conn = Some(made.map_err(|error| PoolError::Connect(error.0))?);
                break;
            };
            // Should the check panic, the connection is discarded.
            held.broken = true;
            if self.connector.is_healthy(conn) {
                break;
            }
            held.conn = None;
            self.reuse(self.lock(), &mut held);
        }
        held.broken = false;
        if self.lock().closed {
            return Err(PoolError::Closed);
        }
        Ok(held)
    }

    /// Ends the pool: waiting and later calls of `get` get `Closed`.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let idle = mem::take(&mut state.idle);
        let queue = mem::take(&mut state.queue);
        drop(state);
        for waiter in queue {
            waiter.turn.notify_one();
        }
        drop(idle);
    }

    /// The figures of this moment.
    pub fn status(&self) -> PoolStatus {
        let state = self.lock();
        PoolStatus {
            idle: state.idle.len(),
            in_use: state.in_use,
            waiting: state.queue.len(),
        }
    }

    /// Changes the limit of a running pool; 0 counts as 1.
    pub fn resize(&self, max_size: usize) {
        let mut state = self.lock();
        state.max_size = max_size.max(1);
        let surplus = state.lasting().saturating_sub(state.max_size);
        let surplus = surplus.min(state.idle.len());
        let old: Vec<_> = state.idle.drain(..surplus).collect();
        state.admit();
        self.bury(state, old);
    }

    /// A slot, perhaps with an idle connection in it; waits in the queue if there is none.
    fn claim(&self, deadline: Option<Instant>) -> Result<PooledConn<'_, C>, PoolError> {
        let mut state = self.lock();
        if state.closed {
            return Err(PoolError::Closed);
        }
        if state.idle.is_empty() && !state.has_room() {
            return self.queue_up(state, deadline);
        }
        state.in_use += 1;
        let mut held = self.held(None);
        self.reuse(state, &mut held);
        Ok(held)
    }

    /// Waits until somebody hands over a connection or a slot.
    fn queue_up<'a>(
        &'a self,
        mut state: MutexGuard<'a, State<C::Conn>>,
        deadline: Option<Instant>,
    ) -> Result<PooledConn<'a, C>, PoolError> {
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        let turn = Arc::new(Condvar::new());
        state.queue.push_back(Waiter {
            ticket,
            turn: Arc::clone(&turn),
        });
        loop {
            if let Some(conn) = state.granted.remove(&ticket) {
                let closed = state.closed;
                drop(state);
                let held = self.held(conn);
                return if closed {
                    Err(PoolError::Closed)
                } else {
                    Ok(held)
                };
            }
            if state.closed {
                return Err(PoolError::Closed);
            }
            if !state.idle.is_empty() {
                state.queue.retain(|waiter| waiter.ticket != ticket);
                let last = state.idle.pop_back();
                state.in_use += 1;
                if let Some(next) = state.queue.front()
                    && !state.idle.is_empty()
                {
                    next.turn.notify_one();
                }
                drop(state);
                return Ok(self.held(last.map(|idle| idle.conn)));
            }
            match wait(&turn, state, deadline) {
                Ok(woken) => state = woken,
                Err(mut late) => {
                    late.queue.retain(|waiter| waiter.ticket != ticket);
                    return Err(PoolError::TimedOut);
                }
            }
        }
    }

    /// Puts the idle connection that was returned last into the slot, unless it is too old.
    fn reuse(&self, mut state: MutexGuard<'_, State<C::Conn>>, held: &mut PooledConn<'_, C>) {
        let Some(last) = state.idle.pop_back() else {
            return;
        };
        held.conn = Some(last.conn);
        if last.since.elapsed() < self.config.max_idle {
            state.admit();
        } else {
            // The others were returned even earlier.
            let older = mem::take(&mut state.idle);
            self.bury(state, older);
            held.conn = None;
        }
    }

    /// Takes back a connection, or a slot without one.
    fn give_back(&self, conn: Option<C::Conn>, broken: bool) {
        let mut state = self.lock();
        let keep = !broken && !state.closed && state.lasting() <= state.max_size;
        match conn {
            Some(conn) if keep => match state.queue.pop_front() {
                waiter => {
                    state.in_use -= 1;
                    state.idle.push_back(Idle {
                        conn,
                        since: Instant::now(),
                    });
                    if let Some(waiter) = waiter {
                        state.queue.push_front(waiter);
                        state.queue[0].turn.notify_one();
                    }
                }
            },
            dead => {
                state.in_use -= 1;
                self.bury(state, [dead]);
            }
        }
    }

    /// Drops connections or empty slots without the lock; they make room only then.
    fn bury(
        &self,
        mut state: MutexGuard<'_, State<C::Conn>>,
        dead: impl IntoIterator<IntoIter: ExactSizeIterator>,
    ) {
        let dead = dead.into_iter();
        let count = dead.len();
        state.dying += count;
        drop(state);
        dead.for_each(drop);
        let mut state = self.lock();
        state.dying -= count;
        state.admit();
    }

    fn held(&self, conn: Option<C::Conn>) -> PooledConn<'_, C> {
        PooledConn {
            pool: self,
            conn,
            broken: false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<C::Conn>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Conn> State<Conn> {
    fn lasting(&self) -> usize {
        self.idle.len() + self.in_use
    }

    fn alive(&self) -> usize {
        self.lasting() + self.dying
    }

    fn has_room(&self) -> bool {
        self.alive() < self.max_size
    }

    /// Gives free slots to those who wait.
    fn admit(&mut self) {
        while self.has_room()
            && let Some(waiter) = self.queue.pop_front()
        {
            self.in_use += 1;
            self.granted.insert(waiter.ticket, None);
            waiter.turn.notify_one();
        }
    }
}

impl<'a, C: Connector> PooledConn<'a, C> {
    /// The connection will be discarded instead of returned.
    pub fn mark_broken(&mut self) {
        self.broken = true;
    }
}

impl<C: Connector> Deref for PooledConn<'_, C> {
    type Target = C::Conn;

    fn deref(&self) -> &C::Conn {
        self.conn.as_ref().expect("a lent connection is there")
    }
}

impl<C: Connector> DerefMut for PooledConn<'_, C> {
    fn deref_mut(&mut self) -> &mut C::Conn {
        self.conn.as_mut().expect("a lent connection is there")
    }
}

impl<C: Connector> Drop for PooledConn<'_, C> {
    fn drop(&mut self) {
        self.pool.give_back(self.conn.take(), self.broken);
    }
}

/// Sleeps until woken or until the deadline; gives the lock back as an error after the deadline.
///
/// The caller looks again after each wake-up, also after the last one: what was handed to it at
/// the deadline must not be lost.
fn wait<'a, T>(
    turn: &Condvar,
    state: MutexGuard<'a, T>,
    deadline: Option<Instant>,
) -> Result<MutexGuard<'a, T>, MutexGuard<'a, T>> {
    let Some(deadline) = deadline else {
        return Ok(turn.wait(state).unwrap_or_else(PoisonError::into_inner));
    };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(state);
    }
    let (woken, _) = turn
        .wait_timeout(state, left)
        .unwrap_or_else(PoisonError::into_inner);
    Ok(woken)
}
