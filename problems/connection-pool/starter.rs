#![forbid(unsafe_code)]
//! A pool that lends out a limited number of expensive connections.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

/// Why a connection could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectError(pub String);

/// Opens and checks connections. Supplied.
///
/// Both methods may take long, may panic and may call the pool, and so may the destructor of a
/// connection. The pool runs none of them while it holds a lock.
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
    /// The most connections that are alive at a time, those included that are being opened or
    /// closed.
    pub max_size: usize,
    /// How long one `get` waits for a connection or a free slot. Opening and checking are not
    /// part of it. Zero does not wait; `Duration::MAX` waits as long as it takes.
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
///
/// A connection is alive, and takes up its slot, from the start of `connect` until its destructor
/// has finished. Idle connections that are left are dropped together with the pool.
pub struct Pool<C: Connector> {
    // Replace this by what you need.
    connector: PhantomData<C>,
}

/// A lent connection. Dropping it gives the connection back, also during a panic.
pub struct PooledConn<'a, C: Connector> {
    // Replace this by what you need.
    pool: PhantomData<&'a Pool<C>>,
}

impl<C: Connector> Pool<C> {
    /// An open pool without connections; nothing is opened yet.
    ///
    /// Panics if `max_size` is 0.
    pub fn new(connector: C, config: PoolConfig) -> Self {
        let _ = (connector, config);
        todo!()
    }

    /// Lends out a connection.
    ///
    /// The idle connection that was returned last comes first. It is discarded if it has been idle
    /// for `max_idle` or if it is not healthy; then it is the turn of the next idle one. When none is
    /// left, a new one is opened, which is not checked.
    ///
    /// With nothing idle and no free slot the call waits. Whatever becomes free, a connection or
    /// just a slot, goes to the call that has waited longest; calls that come later do not overtake.
    /// A connection that passes from its last user to a waiting call is checked as well, but its
    /// idle time does not count. If it is unhealthy, that call opens a new one in its place.
    ///
    /// If `connect` fails, the caller hears about it at once and its slot becomes free. If the
    /// connector panics, the panic goes on to the caller, the connection that was being checked is
    /// discarded, and the slot becomes free.
    pub fn get(&self) -> Result<PooledConn<'_, C>, PoolError> {
        todo!()
    }

    /// Ends the pool: waiting and later calls of `get` get `Closed`. Closing twice is fine.
    ///
    /// Idle connections are dropped before `close` returns, lent ones when they come back. A `get`
    /// that is opening or checking a connection meanwhile drops it and gets `Closed`; if its
    /// `connect` fails, it gets `Connect`.
    pub fn close(&self) {
        todo!()
    }

    /// The figures of this moment.
    pub fn status(&self) -> PoolStatus {
        let _ = self.connector;
        todo!()
    }
}

impl<'a, C: Connector> PooledConn<'a, C> {
    /// The connection will be discarded instead of returned.
    pub fn mark_broken(&mut self) {
        todo!()
    }
}

impl<C: Connector> Deref for PooledConn<'_, C> {
    type Target = C::Conn;

    fn deref(&self) -> &C::Conn {
        let _ = self.pool;
        todo!()
    }
}

impl<C: Connector> DerefMut for PooledConn<'_, C> {
    fn deref_mut(&mut self) -> &mut C::Conn {
        todo!()
    }
}

impl<C: Connector> Drop for PooledConn<'_, C> {
    fn drop(&mut self) {}
}
