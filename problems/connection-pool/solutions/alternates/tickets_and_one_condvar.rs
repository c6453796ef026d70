#![forbid(unsafe_code)]
//! A pool with a queue of tickets and one condition variable; nothing is handed over, everybody looks for himself.

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
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
    acquire_timeout: Duration,
    max_idle: Duration,
    books: Mutex<Books<C::Conn>>,
    changed: Condvar,
}

struct Books<Conn> {
    /// Each with the moment of its return; the latest is last.
    stack: Vec<(Conn, Instant)>,
    /// Slots taken, those of idle connections included.
    slots: usize,
    limit: usize,
    tickets: VecDeque<u64>,
    next_ticket: u64,
    closed: bool,
}

impl<Conn> Books<Conn> {
    fn can_serve(&self) -> bool {
        !self.stack.is_empty() || self.slots < self.limit
    }
}

/// A slot; free again when dropped.
struct Slot<'a, C: Connector> {
    pool: &'a Pool<C>,
    kept: bool,
}

impl<C: Connector> Drop for Slot<'_, C> {
    fn drop(&mut self) {
        if !self.kept {
            self.pool.books().slots -= 1;
            self.pool.changed.notify_all();
        }
    }
}

/// A lent connection. Dropping it gives the connection back, also during a panic.
pub struct PooledConn<'a, C: Connector> {
    conn: Option<C::Conn>,
    broken: bool,
    // Dropped last: the slot is free when the connection is gone.
    slot: Slot<'a, C>,
}

impl<C: Connector> Pool<C> {
    /// An open pool without connections.
    pub fn new(connector: C, config: PoolConfig) -> Self {
        assert_ne!(config.max_size, 0, "max_size must not be 0");
        Pool {
            connector,
            acquire_timeout: config.acquire_timeout,
            max_idle: config.max_idle,
            books: Mutex::new(Books {
                stack: Vec::new(),
                slots: 0,
                limit: config.max_size,
                tickets: VecDeque::new(),
                next_ticket: 0,
                closed: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// Lends out a connection.
    pub fn get(&self) -> Result<PooledConn<'_, C>, PoolError> {
        self.get_until(Instant::now().checked_add(self.acquire_timeout))
    }

    fn get_until(&self, deadline: Option<Instant>) -> Result<PooledConn<'_, C>, PoolError> {
        let mut books = self.books();
        let mut ageless = false;
        if books.closed {
            return Err(PoolError::Closed);
        }
        if !books.tickets.is_empty() || !books.can_serve() {
            books = self.stand_in_line(books, deadline)?;
            ageless = true;
        }
        // From here on a slot belongs to this call: that of the connection it pops, or a new one.
        let mut popped = books.stack.pop();
        if popped.is_none() {
            books.slots += 1;
        }
        drop(books);
        let slot = Slot {
            pool: self,
            kept: false,
        };
        while let Some((mut conn, since)) = popped {
            if (ageless || since.elapsed() < self.max_idle) && self.connector.is_healthy(&mut conn)
            {
                return self.lend(conn, slot);
            }
            ageless = false;
            drop(conn);
            let mut books = self.books();
            popped = books.stack.pop();
            if popped.is_some() {
                books.slots -= 1;
                self.changed.notify_all();
            }
        }
        let books = self.books();
        if books.closed {
            drop(books);
            return Err(PoolError::Closed);
        }
        if books.slots > books.limit {
            drop(books);
            drop(slot);
            return self.get_until(deadline);
        }
        drop(books);
        match self.connector.connect() {
            Ok(conn) => self.lend(conn, slot),
            Err(ConnectError(why)) => Err(PoolError::Connect(why)),
        }
    }

    fn lend<'a>(&self, conn: C::Conn, slot: Slot<'a, C>) -> Result<PooledConn<'a, C>, PoolError> {
        let lent = PooledConn {
            conn: Some(conn),
            broken: false,
            slot,
        };
        let closed = self.books().closed;
        if closed {
            Err(PoolError::Closed)
        } else {
            Ok(lent)
        }
    }

    /// Returns when this call is the first in line and can be served.
    fn stand_in_line<'a>(
        &'a self,
        mut books: MutexGuard<'a, Books<C::Conn>>,
        deadline: Option<Instant>,
    ) -> Result<MutexGuard<'a, Books<C::Conn>>, PoolError> {
        let ticket = books.next_ticket;
        books.next_ticket += 1;
        books.tickets.push_back(ticket);
        let outcome = loop {
            if books.closed {
                break Err(PoolError::Closed);
            }
            if books.tickets.front() == Some(&ticket) && books.can_serve() {
                break Ok(());
            }
            let now = Instant::now();
            books = match deadline {
                None => self
                    .changed
                    .wait(books)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(deadline) if now >= deadline => break Err(PoolError::TimedOut),
                Some(deadline) => {
                    let waited = self.changed.wait_timeout(books, deadline - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        };
        books.tickets.retain(|other| *other != ticket);
        // There may be a new first in line.
        self.changed.notify_all();
        outcome.map(|()| books)
    }

    /// Ends the pool.
    pub fn close(&self) {
        let mut books = self.books();
        books.closed = true;
        let stack = std::mem::take(&mut books.stack);
        books.slots -= stack.len();
        drop(books);
        self.changed.notify_all();
        drop(stack);
    }

    /// The figures of this moment.
    pub fn status(&self) -> PoolStatus {
        let books = self.books();
        PoolStatus {
            idle: books.stack.len(),
            in_use: books.slots - books.stack.len(),
            waiting: if books.closed { 0 } else { books.tickets.len() },
        }
    }

    /// Changes the limit of a running pool; 0 counts as 1.
    pub fn resize(&self, max_size: usize) {
        let mut books = self.books();
        books.limit = max_size.max(1);
        let excess = books
            .slots
            .saturating_sub(books.limit)
            .min(books.stack.len());
        let dropped: Vec<_> = books.stack.drain(..excess).collect();
        drop(books);
        drop(dropped);
        self.books().slots -= excess;
        self.changed.notify_all();
    }

    fn books(&self) -> MutexGuard<'_, Books<C::Conn>> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
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
        let Some(conn) = self.conn.take() else {
            return;
        };
        let pool = self.slot.pool;
        let mut books = pool.books();
        if !self.broken && !books.closed && books.slots <= books.limit {
            books.stack.push((conn, Instant::now()));
            self.slot.kept = true;
            drop(books);
            pool.changed.notify_all();
        } else {
            drop(books);
            drop(conn);
        }
    }
}
