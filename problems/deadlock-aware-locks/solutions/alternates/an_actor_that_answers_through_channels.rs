#![forbid(unsafe_code)]
//! Exclusive locks on named resources for transactions; a wait that would close a cycle is refused.
//!
//! A thread owns the table. A request that has to wait is answered later; whoever gives up asks to be taken out, and may
//! hear that it was granted meanwhile.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Names a transaction.
pub type TxId = u64;

/// Why a transaction did not get its lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockError {
    /// To wait would have closed this cycle.
    Deadlock {
        /// The requester, then whom it would wait for, whom that one waits for, and so on.
        cycle: Vec<TxId>,
    },
    /// The transaction holds the resource already.
    AlreadyHeld,
    /// The resource did not become free in time.
    TimedOut,
}

/// Why nothing was unlocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlockError {
    /// The transaction does not hold the resource.
    NotHeld,
}

/// Why a transaction did not get its lock under wait-die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitDieError {
    /// An older transaction holds the resource.
    Die {
        /// That one.
        holder: TxId,
    },
    /// The transaction holds the resource already.
    AlreadyHeld,
}

enum Refused {
    Cycle(Vec<TxId>),
    Held,
    Older(TxId),
    GaveUp,
}

type Reply = Sender<Result<(), Refused>>;

enum Message {
    Lock(TxId, String, Policy, Reply),
    GiveUp(TxId, String),
    Unlock(TxId, String, Sender<bool>),
    ReleaseAll(TxId, Sender<usize>),
    Holder(String, Sender<Option<TxId>>),
    Waiters(String, Sender<Vec<TxId>>),
}

#[derive(Clone, Copy, PartialEq)]
enum Policy {
    Detect,
    Try,
    WaitDie,
}

/// Exclusive locks on named resources.
pub struct LockManager {
    inbox: Mutex<Option<Sender<Message>>>,
    actor: Option<JoinHandle<()>>,
}

impl LockManager {
    pub fn new() -> Self {
        let (inbox, messages) = channel();
        LockManager {
            inbox: Mutex::new(Some(inbox)),
            actor: Some(thread::spawn(move || Actor::default().run(&messages))),
        }
    }

    fn send(&self, message: Message) {
        let inbox = self.inbox.lock().unwrap();
        inbox.as_ref().unwrap().send(message).unwrap();
    }

    fn ask<T>(&self, message: impl FnOnce(Sender<T>) -> Message) -> Receiver<T> {
        let (reply, answer) = channel();
        self.send(message(reply));
        answer
    }

    pub fn lock(&self, tx: TxId, resource: &str) -> Result<(), LockError> {
        self.lock_timeout(tx, resource, Duration::MAX)
    }

    pub fn lock_timeout(
        &self,
        tx: TxId,
        resource: &str,
        timeout: Duration,
    ) -> Result<(), LockError> {
        let policy = if timeout.is_zero() {
            Policy::Try
        } else {
            Policy::Detect
        };
        let answer = self.ask(|reply| Message::Lock(tx, resource.to_owned(), policy, reply));
        let answer = if policy == Policy::Try {
            answer.recv().unwrap()
        } else {
            match answer.recv_timeout(timeout) {
                Ok(answer) => answer,
                Err(RecvTimeoutError::Timeout) => {
                    self.send(Message::GiveUp(tx, resource.to_owned()));
                    answer.recv().unwrap()
                }
                Err(RecvTimeoutError::Disconnected) => unreachable!("every request is answered"),
            }
        };
        answer.map_err(|refused| match refused {
            Refused::Cycle(cycle) => LockError::Deadlock { cycle },
            Refused::Held => LockError::AlreadyHeld,
            Refused::GaveUp | Refused::Older(_) => LockError::TimedOut,
        })
    }

    pub fn lock_wait_die(&self, tx: TxId, resource: &str) -> Result<(), WaitDieError> {
        let lock = |reply| Message::Lock(tx, resource.to_owned(), Policy::WaitDie, reply);
        match self.ask(lock).recv().unwrap() {
            Ok(()) => Ok(()),
            Err(Refused::Older(holder)) => Err(WaitDieError::Die { holder }),
            Err(_) => Err(WaitDieError::AlreadyHeld),
        }
    }

    pub fn unlock(&self, tx: TxId, resource: &str) -> Result<(), UnlockError> {
        let unlock = |reply| Message::Unlock(tx, resource.to_owned(), reply);
        match self.ask(unlock).recv().unwrap() {
            true => Ok(()),
            false => Err(UnlockError::NotHeld),
        }
    }

    pub fn release_all(&self, tx: TxId) -> usize {
        self.ask(|reply| Message::ReleaseAll(tx, reply))
            .recv()
            .unwrap()
    }

    pub fn holder(&self, resource: &str) -> Option<TxId> {
        let holder = |reply| Message::Holder(resource.to_owned(), reply);
        self.ask(holder).recv().unwrap()
    }

    pub fn waiters(&self, resource: &str) -> Vec<TxId> {
        let waiters = |reply| Message::Waiters(resource.to_owned(), reply);
        self.ask(waiters).recv().unwrap()
    }
}

impl Drop for LockManager {
    fn drop(&mut self) {
        if let Ok(mut inbox) = self.inbox.lock() {
            *inbox = None;
        }
        if let Some(actor) = self.actor.take() {
            let _ = actor.join();
        }
    }
}

struct Line {
    holder: TxId,
    queue: VecDeque<(TxId, Policy, Reply)>,
}

#[derive(Default)]
struct Actor {
    lines: HashMap<String, Line>,
    held: HashMap<TxId, Vec<String>>,
    blocked_on: HashMap<TxId, String>,
}

impl Actor {
    /// Until the manager is dropped. Whoever does not listen any more needs no answer.
    fn run(mut self, messages: &Receiver<Message>) {
        for message in messages {
            match message {
                Message::Lock(tx, resource, policy, reply) => {
                    self.lock(tx, resource, policy, reply);
                }
                Message::GiveUp(tx, resource) => self.give_up(tx, &resource),
                Message::Unlock(tx, resource, reply) => {
                    let _ = reply.send(self.unlock(tx, &resource));
                }
                Message::ReleaseAll(tx, reply) => {
                    let held = self.held.remove(&tx).unwrap_or_default();
                    for resource in &held {
                        self.pass_on(resource);
                    }
                    let _ = reply.send(held.len());
                }
                Message::Holder(resource, reply) => {
                    let _ = reply.send(self.lines.get(&resource).map(|line| line.holder));
                }
                Message::Waiters(resource, reply) => {
                    let line = self.lines.get(&resource);
                    let queue = line.map(|line| line.queue.iter().map(|one| one.0).collect());
                    let _ = reply.send(queue.unwrap_or_default());
                }
            }
        }
    }

    fn lock(&mut self, tx: TxId, resource: String, policy: Policy, reply: Reply) {
        let Some(holder) = self.lines.get(&resource).map(|line| line.holder) else {
            self.held.entry(tx).or_default().push(resource.clone());
            let queue = VecDeque::new();
            self.lines.insert(resource, Line { holder: tx, queue });
            let _ = reply.send(Ok(()));
            return;
        };
        let refused = if holder == tx {
            Some(Refused::Held)
        } else if policy == Policy::WaitDie {
            (holder < tx).then_some(Refused::Older(holder))
        } else if let Some(cycle) = self.cycle(tx, holder) {
            Some(Refused::Cycle(cycle))
        } else {
            (policy == Policy::Try).then_some(Refused::GaveUp)
        };
        if let Some(refused) = refused {
            let _ = reply.send(Err(refused));
        } else if let Some(line) = self.lines.get_mut(&resource) {
            line.queue.push_back((tx, policy, reply));
            self.blocked_on.insert(tx, resource);
        }
    }

    fn cycle(&self, tx: TxId, holder: TxId) -> Option<Vec<TxId>> {
        let mut path = vec![tx, holder];
        let mut last = holder;
        while let Some(resource) = self.blocked_on.get(&last) {
            last = self.lines.get(resource)?.holder;
            if last == tx {
                return Some(path);
            }
            path.push(last);
        }
        None
    }

    fn give_up(&mut self, tx: TxId, resource: &str) {
        let Some(line) = self.lines.get_mut(resource) else {
            return;
        };
        // Not in the queue any more: the answer is under way.
        if let Some(place) = line.queue.iter().position(|one| one.0 == tx) {
            if let Some((_, _, reply)) = line.queue.remove(place) {
                self.blocked_on.remove(&tx);
                let _ = reply.send(Err(Refused::GaveUp));
            }
        }
    }

    fn unlock(&mut self, tx: TxId, resource: &str) -> bool {
        if self
            .lines
            .get(resource)
            .is_none_or(|line| line.holder != tx)
        {
            return false;
        }
        if let Some(held) = self.held.get_mut(&tx) {
            held.retain(|other| other != resource);
            if held.is_empty() {
                self.held.remove(&tx);
            }
        }
        self.pass_on(resource);
        true
    }

    fn pass_on(&mut self, resource: &str) {
        let Some(line) = self.lines.get_mut(resource) else {
            return;
        };
        let Some((heir, _, reply)) = line.queue.pop_front() else {
            self.lines.remove(resource);
            return;
        };
        line.holder = heir;
        self.blocked_on.remove(&heir);
        self.held.entry(heir).or_default().push(resource.to_owned());
        let _ = reply.send(Ok(()));
        let waiting = std::mem::take(&mut line.queue);
        for (tx, policy, reply) in waiting {
            if policy == Policy::WaitDie && tx > heir {
                self.blocked_on.remove(&tx);
                let _ = reply.send(Err(Refused::Older(heir)));
            } else {
                line.queue.push_back((tx, policy, reply));
            }
        }
    }
}
