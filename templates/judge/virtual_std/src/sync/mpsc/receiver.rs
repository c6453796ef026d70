//! The receiving end.

use super::channel::Channel;
use super::{IntoIter, Iter, RecvError, RecvTimeoutError, TryIter, TryRecvError};
use crate::operation::deadline_after;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

/// Receives what all senders of its channel send. It can move to another thread, but not be shared.
pub struct Receiver<T> {
    channel: Arc<Channel<T>>,
    /// Where it was made: a drop happens at no line of its own.
    made_at: &'static Location<'static>,
    not_sync: PhantomData<Cell<()>>,
}

impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> Receiver<T> {
    pub(super) fn new(channel: Arc<Channel<T>>, made_at: &'static Location<'static>) -> Self {
        Self {
            channel,
            made_at,
            not_sync: PhantomData,
        }
    }

    /// The oldest value, if there is one.
    ///
    /// # Errors
    /// If there is none now, or will never be one.
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.try_recv_at(Location::caller())
    }

    pub(super) fn try_recv_at(&self, at: &'static Location<'static>) -> Result<T, TryRecvError> {
        self.channel.point("Receiver::try_recv", at);
        self.channel.try_recv()
    }

    /// Waits for a value.
    ///
    /// # Errors
    /// If all senders are gone and nothing is left.
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.recv_at(Location::caller())
    }

    pub(super) fn recv_at(&self, at: &'static Location<'static>) -> Result<T, RecvError> {
        let op = self.channel.point("Receiver::recv", at);
        self.channel.recv(op, None).map_err(|_| RecvError)
    }

    /// Waits for a value, at most for `timeout` of virtual time.
    ///
    /// # Errors
    /// If the time is over, or all senders are gone and nothing is left.
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        let deadline = deadline_after(timeout);
        let op = self
            .channel
            .point("Receiver::recv_timeout", Location::caller());
        self.channel.recv(op, deadline)
    }

    /// All values, waiting for each, until all senders are gone.
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self, Location::caller())
    }

    /// The values that are there, without waiting.
    #[track_caller]
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter::new(self, Location::caller())
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    #[track_caller]
    fn into_iter(self) -> IntoIter<T> {
        IntoIter::new(self, Location::caller())
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.channel.point("Receiver::drop", self.made_at);
        self.channel.remove_receiver();
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
