#![forbid(unsafe_code)]
//! A fixed number of tokens, with or without a connection in it, that wander between a deque and the callers; those who
//! wait receive theirs through a channel.

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
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

/// A place for one connection, and since when it has been idle.
struct Token<Conn>(Option<(Conn, Instant)>);

/// Lends out at most `max_size` connections, and is shared by reference among threads.
pub struct Pool<C: Connector> {
    connector: C,
    config: PoolConfig,
    desk: Mutex<Desk<C::Conn>>,
}

struct Desk<Conn> {
    limit: usize,
    /// Empty ones first, then those with a connection, the one returned last at the end.
    tokens: VecDeque<Token<Conn>>,
    out: usize,
    /// Tokens that are to vanish as soon as they come back empty.
    debt: usize,
    /// Tokens whose connection is being dropped to pay for the debt.
    paying: usize,
    line: VecDeque<(u64, Sender<Token<Conn>>)>,
    tickets: u64,
    closed: bool,
}

/// A lent connection. Dropping it gives the connection back, also during a panic.
pub struct PooledConn<'a, C: Connector> {
    pool: &'a Pool<C>,
    conn: Option<C::Conn>,
    broken: bool,
}

impl<Conn> Desk<Conn> {
    /// An empty token comes back.
    fn put_empty(&mut self) {
        self.out -= 1;
        if self.debt > 0 {
            self.debt -= 1;
        } else if self.pass_on(Token(None)).is_err() {
            self.tokens.push_front(Token(None));
        }
    }

    fn pass_on(&mut self, mut token: Token<Conn>) -> Result<(), Token<Conn>> {
        while let Some((_, first)) = self.line.pop_front() {
            match first.send(token) {
                Ok(()) => {
                    self.out += 1;
                    return Ok(());
                }
                Err(unsent) => token = unsent.0,
            }
        }
        Err(token)
    }
}

impl<C: Connector> Pool<C> {
    /// An open pool without connections.
    pub fn new(connector: C, config: PoolConfig) -> Self {
        assert!(config.max_size >= 1, "max_size is 0");
        Pool {
            connector,
            config,
            desk: Mutex::new(Desk {
                limit: config.max_size,
                tokens: (0..config.max_size).map(|_| Token(None)).collect(),
                out: 0,
                debt: 0,
                paying: 0,
                line: VecDeque::new(),
                tickets: 0,
                closed: false,
            }),
        }
    }

    /// Lends out a connection.
    pub fn get(&self) -> Result<PooledConn<'_, C>, PoolError> {
        let deadline = Instant::now().checked_add(self.config.acquire_timeout);
        let (token, mut passed_on) = self.token(deadline)?;
        let mut since = None;
        let mut lent = PooledConn {
            pool: self,
            conn: None,
            broken: true,
        };
        if let Some((conn, at)) = token.0 {
            lent.conn = Some(conn);
            since = Some(at);
        }
        while let Some(conn) = &mut lent.conn {
            let young = since.is_some_and(|since| since.elapsed() < self.config.max_idle);
            if (young || passed_on) && self.connector.is_healthy(conn) {
                return lent.unless_closed();
            }
            passed_on = false;
            lent.conn = None;
            let mut desk = self.desk();
            if let Some(Token(Some(_))) = desk.tokens.back()
                && let Some(Token(Some((conn, at)))) = desk.tokens.pop_back()
            {
                desk.tokens.push_front(Token(None));
                lent.conn = Some(conn);
                since = Some(at);
            }
        }
        let desk = self.desk();
        let (closed, too_many) = (desk.closed, desk.debt > 0);
        drop(desk);
        if closed {
            return Err(PoolError::Closed);
        }
        if too_many {
            drop(lent);
            return self.get();
        }
        match self.connector.connect() {
            Err(error) => Err(PoolError::Connect(error.0)),
            Ok(conn) => {
                lent.conn = Some(conn);
                lent.unless_closed()
            }
        }
    }

    /// A token, and whether it came through the line.
    fn token(&self, deadline: Option<Instant>) -> Result<(Token<C::Conn>, bool), PoolError> {
        let mut desk = self.desk();
        if desk.closed {
            return Err(PoolError::Closed);
        }
        if let Some(token) = desk.tokens.pop_back() {
            desk.out += 1;
            return Ok((token, false));
        }
        let (sender, receiver) = mpsc::channel();
        let ticket = desk.tickets;
        desk.tickets += 1;
        desk.line.push_back((ticket, sender));
        drop(desk);
        let token = match receive(&receiver, deadline) {
            Ok(token) => token,
            Err(RecvTimeoutError::Disconnected) => return Err(PoolError::Closed),
            Err(RecvTimeoutError::Timeout) => {
                let mut desk = self.desk();
                let place = desk.line.iter().position(|(other, _)| *other == ticket);
                if let Some(place) = place {
                    desk.line.remove(place);
                    return Err(PoolError::TimedOut);
                }
                // It was sent a moment ago, or the line was dissolved.
                receiver.try_recv().map_err(|_| PoolError::Closed)?
            }
        };
        Ok((token, true))
    }

    /// Ends the pool.
    pub fn close(&self) {
        let mut desk = self.desk();
        desk.closed = true;
        desk.line.clear();
        let tokens = std::mem::take(&mut desk.tokens);
        drop(desk);
        drop(tokens);
    }

    /// The figures of this moment.
    pub fn status(&self) -> PoolStatus {
        let desk = self.desk();
        PoolStatus {
            idle: desk.tokens.iter().filter(|token| token.0.is_some()).count(),
            in_use: desk.out,
            waiting: desk.line.len(),
        }
    }

    /// Changes the limit of a running pool; 0 counts as 1.
    pub fn resize(&self, max_size: usize) {
        let mut desk = self.desk();
        let (old, new) = (desk.limit, max_size.max(1));
        desk.limit = new;
        if desk.closed {
            return;
        }
        if new > old {
            let forgiven = desk.debt.min(new - old);
            desk.debt -= forgiven;
            for _ in forgiven..new - old {
                desk.out += 1;
                desk.put_empty();
            }
            return;
        }
        let mut doomed = Vec::new();
        desk.debt += old - new;
        while desk.debt > doomed.len() + desk.paying
            && let Some(token) = desk.tokens.pop_front()
        {
            match token.0 {
                Some((conn, _)) => doomed.push(conn),
                None => desk.debt -= 1,
            }
        }
        let count = doomed.len();
        desk.out += count;
        desk.paying += count;
        drop(desk);
        drop(doomed);
        let mut desk = self.desk();
        desk.paying -= count;
        for _ in 0..count {
            desk.put_empty();
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk<C::Conn>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn receive<T>(receiver: &Receiver<T>, deadline: Option<Instant>) -> Result<T, RecvTimeoutError> {
    match deadline {
        None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
        Some(deadline) => receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())),
    }
}

impl<'a, C: Connector> PooledConn<'a, C> {
    /// The connection will be discarded instead of returned.
    pub fn mark_broken(&mut self) {
        self.broken = true;
    }

    fn unless_closed(mut self) -> Result<Self, PoolError> {
        if self.pool.desk().closed {
            return Err(PoolError::Closed);
        }
        self.broken = false;
        Ok(self)
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
        let mut desk = self.pool.desk();
        let Some(conn) = self.conn.take() else {
            desk.put_empty();
            return;
        };
        let surplus = desk.paying < desk.debt;
        if self.broken || desk.closed || surplus {
            desk.paying += usize::from(surplus);
            drop(desk);
            drop(conn);
            let mut desk = self.pool.desk();
            desk.paying -= usize::from(surplus);
            desk.put_empty();
            return;
        }
        desk.out -= 1;
        if let Err(token) = desk.pass_on(Token(Some((conn, Instant::now())))) {
            desk.tokens.push_back(token);
        }
    }
}
