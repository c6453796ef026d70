//! The sending ends.

use super::channel::Channel;
use super::{SendError, TrySendError};
use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

macro_rules! sender {
    ($(#[$doc:meta])* $sender:ident, $name:literal) => {
        $(#[$doc])*
        pub struct $sender<T> {
            channel: Arc<Channel<T>>,
            /// Where it was made: a drop happens at no line of its own.
            made_at: &'static Location<'static>,
        }

        impl<T> UnwindSafe for $sender<T> {}
        impl<T> RefUnwindSafe for $sender<T> {}

        impl<T> $sender<T> {
            pub(super) fn new(
                channel: Arc<Channel<T>>,
                made_at: &'static Location<'static>,
            ) -> Self {
                Self { channel, made_at }
            }

            /// Sends `value`, waiting for room if the channel has a bound.
            ///
            /// # Errors
            /// If the receiver is gone; the error holds the value.
            #[track_caller]
            pub fn send(&self, value: T) -> Result<(), SendError<T>> {
                let op = self.channel.point(concat!($name, "::send"), Location::caller());
                self.channel.send(op, value)
            }
        }

        impl<T> Clone for $sender<T> {
            #[track_caller]
            fn clone(&self) -> Self {
                self.channel.add_sender();
                Self::new(self.channel.clone(), Location::caller())
            }
        }

        impl<T> Drop for $sender<T> {
            fn drop(&mut self) {
                self.channel.point(concat!($name, "::drop"), self.made_at);
                self.channel.remove_sender();
            }
        }

        impl<T> fmt::Debug for $sender<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct($name).finish_non_exhaustive()
            }
        }
    };
}

sender!(
    /// Sends without ever waiting.
    Sender,
    "Sender"
);
sender!(
    /// Sends into a channel with a bound.
    SyncSender,
    "SyncSender"
);

impl<T> SyncSender<T> {
    /// Sends `value` if there is room at once.
    ///
    /// # Errors
    /// If there is none, or if the receiver is gone; the error holds the value.
    #[track_caller]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.channel
            .point("SyncSender::try_send", Location::caller());
        self.channel.try_send(value)
    }
}
