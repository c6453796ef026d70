//! The iterators over received values.

use super::Receiver;
use std::panic::Location;

macro_rules! iterator {
    ($(#[$doc:meta])* $iterator:ident $(<$life:lifetime>)?, $receiver:ty, $receive:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $iterator<$($life,)? T $(: $life)?> {
            receiver: $receiver,
            /// Where it was made: adapters of std call it from lines that say nothing.
            made_at: &'static Location<'static>,
        }

        impl<$($life,)? T> $iterator<$($life,)? T> {
            pub(super) fn new(receiver: $receiver, made_at: &'static Location<'static>) -> Self {
                Self { receiver, made_at }
            }
        }

        impl<$($life,)? T> Iterator for $iterator<$($life,)? T> {
            type Item = T;

            fn next(&mut self) -> Option<T> {
                self.receiver.$receive(self.made_at).ok()
            }
        }
    };
}

iterator!(
    /// Waits for each value until all senders are gone.
    Iter<'a>,
    &'a Receiver<T>,
    recv_at
);
iterator!(
    /// Takes what is there without waiting.
    TryIter<'a>,
    &'a Receiver<T>,
    try_recv_at
);
iterator!(
    /// Owns the receiver and waits for each value until all senders are gone.
    IntoIter,
    Receiver<T>,
    recv_at
);
