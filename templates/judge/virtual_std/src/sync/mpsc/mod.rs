//! `std::sync::mpsc`: std's channels, scheduled by the engine. The error types are std's own.

mod channel;
mod iterators;
mod receiver;
mod senders;

pub use iterators::{IntoIter, Iter, TryIter};
pub use receiver::Receiver;
pub use senders::{Sender, SyncSender};
pub use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};

use std::panic::Location;

/// A channel without a bound.
#[must_use]
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = channel::open(None);
    let at = Location::caller();
    (Sender::new(sender, at), Receiver::new(receiver, at))
}

/// A channel that holds at most `bound` values; with 0 every `send` waits for its `recv`.
#[must_use]
#[track_caller]
pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    let (sender, receiver) = channel::open(Some(bound));
    let at = Location::caller();
    (SyncSender::new(sender, at), Receiver::new(receiver, at))
}
