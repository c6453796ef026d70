#![forbid(unsafe_code)]
//! A thread keeps all books, alone. Requests write to it and wait for its answer: a verdict, or the order to ask the
//! coordinator and to tell what came of it. Requests that have to wait are letters on the clerk's pile.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Why the coordinator gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoordError {
    /// It could not be reached, and has done nothing.
    Unreachable,
}

/// Permits that the coordinator has handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// How many. 0: there is nothing for this key until `valid_for` is over.
    pub granted: u32,
    /// How long they may be spent, from just before the call.
    pub valid_for: Duration,
}

/// Owns the quota of every key. Supplied; remote, slow, and may fail. Never grants more than the global quota.
pub trait Coordinator: Send + Sync {
    /// Asks for `want` permits of `key` for this node.
    fn lease(&self, node: &str, key: &str, want: u32) -> Result<Lease, CoordError>;

    /// Hands permits back that were not spent.
    fn give_back(&self, node: &str, key: &str, unused: u32) -> Result<(), CoordError>;
}

/// The limiter's answer to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A permit was spent on the request.
    Allowed,
    /// The coordinator has nothing for this key.
    Denied,
    /// No usable answer could be had from the coordinator.
    Unavailable,
}

/// The node's side.
pub struct NodeLimiter {
    node: String,
    coordinator: Arc<dyn Coordinator>,
    batch: u32,
    clerk: Mutex<Sender<Letter>>,
}

enum Letter {
    Request {
        key: String,
        calls: u32,
        reply: Sender<Order>,
    },
    /// What came of a call that was sent at this time; nothing if it panicked.
    Result {
        key: String,
        sent: Instant,
        result: Option<Result<Lease, CoordError>>,
        reply: Option<Sender<Order>>,
    },
    Permits {
        key: String,
        reply: Sender<u32>,
    },
    Close {
        reply: Sender<Vec<(String, u32)>>,
    },
}

enum Order {
    Answer(Verdict),
    Ask,
    /// The lease was dead.
    Again,
}

impl NodeLimiter {
    /// Asks for `batch` permits per lease, at least for one.
    pub fn new(node: &str, coordinator: Arc<dyn Coordinator>, batch: u32) -> Self {
        let (clerk, letters) = channel();
        thread::spawn(move || Clerk::default().work(letters));
        NodeLimiter {
            node: node.to_owned(),
            coordinator,
            batch: batch.max(1),
            clerk: Mutex::new(clerk),
        }
    }

    fn clerk(&self) -> Sender<Letter> {
        self.clerk
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Spends one permit.
    pub fn allow(&self, key: &str) -> Verdict {
        let clerk = self.clerk();
        for calls in 0.. {
            let (reply, order) = channel();
            let key = key.to_owned();
            let _ = clerk.send(Letter::Request {
                key: key.clone(),
                calls,
                reply,
            });
            match order.recv() {
                Ok(Order::Answer(verdict)) => return verdict,
                Ok(Order::Ask) => {}
                Ok(Order::Again) | Err(_) => return Verdict::Unavailable,
            }
            let mut errand = Errand {
                clerk: &clerk,
                key: &key,
                sent: Instant::now(),
                done: false,
            };
            let result = self.coordinator.lease(&self.node, &key, self.batch);
            errand.done = true;
            let (reply, order) = channel();
            let _ = clerk.send(Letter::Result {
                key: key.clone(),
                sent: errand.sent,
                result: Some(result),
                reply: Some(reply),
            });
            if let Ok(Order::Answer(verdict)) = order.recv() {
                return verdict;
            }
        }
        Verdict::Unavailable
    }

    /// Unspent permits that are alive.
    pub fn local_permits(&self, key: &str) -> u32 {
        let (reply, number) = channel();
        let key = key.to_owned();
        let _ = self.clerk().send(Letter::Permits { key, reply });
        number.recv().unwrap_or(0)
    }

    /// Hands everything back.
    pub fn drain(&self) -> u32 {
        let (reply, list) = channel();
        let _ = self.clerk().send(Letter::Close { reply });
        let mut total = 0;
        for (key, unused) in list.recv().unwrap_or_default() {
            total += unused;
            let _ = self.coordinator.give_back(&self.node, &key, unused);
        }
        total
    }
}

/// Tells the clerk of a panic.
struct Errand<'a> {
    clerk: &'a Sender<Letter>,
    key: &'a str,
    sent: Instant,
    done: bool,
}

impl Drop for Errand<'_> {
    fn drop(&mut self) {
        if !self.done {
            let _ = self.clerk.send(Letter::Result {
                key: self.key.to_owned(),
                sent: self.sent,
                result: None,
                reply: None,
            });
        }
    }
}

#[derive(Default)]
struct Book {
    lease: Option<(Instant, Lease)>,
    asking: bool,
    pile: VecDeque<(u32, Sender<Order>)>,
}

impl Book {
    fn lease(&mut self) -> Option<&mut Lease> {
        let (sent, lease) = self.lease.as_mut()?;
        (sent.elapsed() < lease.valid_for).then_some(lease)
    }
}

#[derive(Default)]
struct Clerk {
    books: BTreeMap<String, Book>,
    closed: bool,
    closing: Vec<Sender<Vec<(String, u32)>>>,
}

impl Clerk {
    fn work(mut self, letters: Receiver<Letter>) {
        for letter in letters {
            match letter {
                Letter::Request { key, calls, reply } => {
                    let book = self.books.entry(key).or_default();
                    book.pile.push_back((calls, reply));
                    serve(book, self.closed);
                }
                Letter::Result {
                    key,
                    sent,
                    result,
                    reply,
                } => {
                    let book = self.books.entry(key).or_default();
                    book.asking = false;
                    let order = settle(book, sent, result);
                    if let Some(reply) = reply {
                        let _ = reply.send(order);
                    }
                    serve(book, self.closed);
                }
                Letter::Permits { key, reply } => {
                    let book = self.books.get_mut(&key);
                    let lease = book.and_then(Book::lease);
                    let _ = reply.send(lease.map_or(0, |lease| lease.granted));
                }
                Letter::Close { reply } => {
                    self.closed = true;
                    self.closing.push(reply);
                }
            }
            if self.closed && self.books.values().all(|book| !book.asking) {
                self.close();
            }
        }
    }

    fn close(&mut self) {
        let mut list = Vec::new();
        for (key, book) in &mut self.books {
            if let Some(lease) = book.lease() {
                if lease.granted > 0 {
                    list.push((key.clone(), lease.granted));
                }
            }
            book.lease = None;
        }
        for reply in self.closing.drain(..) {
            let _ = reply.send(std::mem::take(&mut list));
        }
    }
}

/// Notes the result of a call; the one who made it is served first.
fn settle(book: &mut Book, sent: Instant, result: Option<Result<Lease, CoordError>>) -> Order {
    match result {
        None => Order::Again,
        Some(Err(CoordError::Unreachable)) => {
            for (_, reply) in book.pile.drain(..) {
                let _ = reply.send(Order::Answer(Verdict::Unavailable));
            }
            Order::Answer(Verdict::Unavailable)
        }
        Some(Ok(lease)) => {
            book.lease = Some((sent, lease));
            // A grant of 0 stays in the book as a pause; a lease that is used up does not.
            if lease.granted == 0 {
                book.pile.drain(..).for_each(|(_, reply)| {
                    let _ = reply.send(Order::Answer(Verdict::Denied));
                });
                return Order::Answer(Verdict::Denied);
            }
            match book.lease() {
                None => Order::Again,
                Some(lease) => {
                    lease.granted -= 1;
                    if lease.granted == 0 {
                        book.lease = None;
                    }
                    Order::Answer(Verdict::Allowed)
                }
            }
        }
    }
}

/// Answers as many letters of the pile as possible.
fn serve(book: &mut Book, closed: bool) {
    while let Some((calls, reply)) = book.pile.pop_front() {
        let order = if closed {
            Order::Answer(Verdict::Denied)
        } else if let Some(lease) = book.lease() {
            if lease.granted == 0 {
                Order::Answer(Verdict::Denied)
            } else {
                lease.granted -= 1;
                if lease.granted == 0 {
                    book.lease = None;
                }
                Order::Answer(Verdict::Allowed)
            }
        } else if book.asking {
            book.pile.push_front((calls, reply));
            return;
        } else if calls == 3 {
            Order::Answer(Verdict::Unavailable)
        } else {
            book.asking = true;
            Order::Ask
        };
        let _ = reply.send(order);
    }
}
