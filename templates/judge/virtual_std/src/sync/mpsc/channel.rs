//! The queue between senders and receiver.

use super::{RecvTimeoutError, SendError, TryRecvError, TrySendError};
use crate::operation::{is_over, op};
use crate::sync::waiters::Waiters;
use engine::{Effect, Op};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::panic::Location;
use std::sync::Arc;

/// A value on its way. A rendezvous sender knows its own by the ticket.
struct Parcel<T> {
    ticket: u64,
    value: T,
}

/// The state that both ends share.
pub(super) struct Channel<T> {
    bound: Option<usize>,
    queue: RefCell<VecDeque<Parcel<T>>>,
    next_ticket: Cell<u64>,
    senders: Cell<usize>,
    receiver_is_there: Cell<bool>,
    waiting_receiver: Waiters,
    waiting_senders: Waiters,
}

// SAFETY: values only pass through it; its cells are touched by the one OS thread that runs all tasks, and no borrow of
// them spans a switch.
unsafe impl<T: Send> Sync for Channel<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Channel<T> {}

/// A new channel with one sender and its receiver.
pub(super) fn open<T>(bound: Option<usize>) -> (Arc<Channel<T>>, Arc<Channel<T>>) {
    let channel = Arc::new(Channel {
        bound,
        queue: RefCell::new(VecDeque::new()),
        next_ticket: Cell::new(0),
        senders: Cell::new(1),
        receiver_is_there: Cell::new(true),
        waiting_receiver: Waiters::new(),
        waiting_senders: Waiters::new(),
    });
    (channel.clone(), channel)
}

impl<T> Channel<T> {
    /// The scheduling point before an operation.
    pub(super) fn point(&self, name: &'static str, at: &'static Location<'static>) -> Op {
        let op = op(name, self, at);
        engine::point(op);
        op
    }

    /// Whether one more value fits without waiting. A rendezvous has room for the one its receiver is waiting for.
    fn has_room(&self) -> bool {
        let queued = self.queue.borrow().len();
        match self.bound {
            None => true,
            Some(0) => !self.waiting_receiver.is_empty() && queued == 0,
            Some(bound) => queued < bound,
        }
    }

    /// Puts a value into the queue and wakes the receiver; returns its ticket.
    fn put(&self, value: T) -> u64 {
        let ticket = self.next_ticket.get();
        self.next_ticket.set(ticket + 1);
        self.queue.borrow_mut().push_back(Parcel { ticket, value });
        self.waiting_receiver.wake_all();
        engine::progress(Effect::Change);
        ticket
    }

    /// Sends, waiting for room.
    pub(super) fn send(&self, op: Op, value: T) -> Result<(), SendError<T>> {
        loop {
            if !self.receiver_is_there.get() {
                engine::progress(Effect::Wait);
                return Err(SendError(value));
            }
            if self.has_room() {
                self.put(value);
                return Ok(());
            }
            if self.bound == Some(0) {
                return self.hand_over(op, value);
            }
            self.wait_as_sender(op);
        }
    }

    /// Sends if there is room.
    pub(super) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        if !self.receiver_is_there.get() {
            engine::progress(Effect::Wait);
            return Err(TrySendError::Disconnected(value));
        }
        if !self.has_room() {
            engine::note("full");
            engine::progress(Effect::Wait);
            return Err(TrySendError::Full(value));
        }
        self.put(value);
        Ok(())
    }

    /// Offers the value and waits until the receiver has taken it.
    fn hand_over(&self, op: Op, value: T) -> Result<(), SendError<T>> {
        let ticket = self.put(value);
        loop {
            let position = self
                .queue
                .borrow()
                .iter()
                .position(|parcel| parcel.ticket == ticket);
            let Some(position) = position else {
                return Ok(());
            };
            if !self.receiver_is_there.get() {
                let parcel = self.queue.borrow_mut().remove(position);
                return Err(SendError(parcel.expect("found just above").value));
            }
            self.wait_as_sender(op);
        }
    }

    fn wait_as_sender(&self, op: Op) {
        engine::note("waits");
        self.waiting_senders.join();
        engine::block(op, None);
        self.waiting_senders.leave();
    }

    /// Takes the oldest value and lets waiting senders look again.
    fn take(&self) -> Option<T> {
        let parcel = self.queue.borrow_mut().pop_front()?;
        self.waiting_senders.wake_all();
        engine::progress(Effect::Change);
        Some(parcel.value)
    }

    /// Receives if there is something.
    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        self.take().ok_or_else(|| {
            engine::note("empty");
            engine::progress(Effect::Wait);
            if self.senders.get() == 0 {
                TryRecvError::Disconnected
            } else {
                TryRecvError::Empty
            }
        })
    }

    /// Receives, waiting until `deadline`. A value that is there at the deadline is received.
    pub(super) fn recv(&self, op: Op, deadline: Option<u64>) -> Result<T, RecvTimeoutError> {
        loop {
            if let Some(value) = self.take() {
                return Ok(value);
            }
            if self.senders.get() == 0 {
                engine::progress(Effect::Wait);
                return Err(RecvTimeoutError::Disconnected);
            }
            if is_over(deadline) {
                engine::progress(Effect::Wait);
                return Err(RecvTimeoutError::Timeout);
            }
            engine::note("waits");
            self.waiting_receiver.join();
            engine::block(op, deadline);
            self.waiting_receiver.leave();
        }
    }

    pub(super) fn add_sender(&self) {
        self.senders.set(self.senders.get() + 1);
    }

    /// One sender less; after the last one the receiver learns that nothing will come.
    pub(super) fn remove_sender(&self) {
        self.senders.set(self.senders.get() - 1);
        if self.senders.get() == 0 {
            self.waiting_receiver.wake_all();
        }
        engine::progress(Effect::Change);
    }

    /// The receiver goes: waiting senders get their values back, the others' values are dropped.
    pub(super) fn remove_receiver(&self) {
        self.receiver_is_there.set(false);
        self.waiting_senders.wake_all();
        engine::progress(Effect::Change);
        if self.bound != Some(0) {
            // Destructors may use the channel, so they run after the borrow.
            let rest = std::mem::take(&mut *self.queue.borrow_mut());
            drop(rest);
        }
    }
}
