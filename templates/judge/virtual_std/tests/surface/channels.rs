//! `std::sync::mpsc`.

use std::sync::mpsc::*;
use std::time::Duration;

fn send_and_sync<T: Send + Sync>(_: &T) {}

pub fn lines() {
    let (sender, receiver): (Sender<u8>, Receiver<u8>) = channel();
    send_and_sync(&sender);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    sender.send(1).unwrap();
    sender.clone().send(2).unwrap();
    assert_eq!((receiver.recv(), receiver.try_recv()), (Ok(1), Ok(2)));
    assert_eq!(
        receiver.recv_timeout(Duration::from_millis(1)),
        Err(RecvTimeoutError::Timeout)
    );
    assert_eq!(
        receiver.recv_timeout(Duration::ZERO),
        Err(RecvTimeoutError::Timeout)
    );
    sender.send(3).unwrap();
    assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [3]);
    assert_eq!(
        format!("{sender:?} {receiver:?}"),
        "Sender { .. } Receiver { .. }"
    );
    sender.send(4).unwrap();
    sender.send(5).unwrap();
    drop(sender);
    assert_eq!(receiver.recv_timeout(Duration::MAX), Ok(4));
    assert_eq!(receiver.iter().chain(&receiver).collect::<Vec<_>>(), [5]);
    assert_eq!(receiver.recv(), Err(RecvError));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    assert_eq!(
        receiver.recv_timeout(Duration::MAX),
        Err(RecvTimeoutError::Disconnected)
    );

    let (sender, receiver): (SyncSender<u8>, _) = sync_channel(1);
    send_and_sync(&sender);
    sender.send(1).unwrap();
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    assert_eq!(receiver.recv(), Ok(1));
    sender.try_send(2).unwrap();
    assert_eq!(format!("{sender:?}"), "SyncSender { .. }");
    let clone = sender.clone();
    drop((sender, clone));
    assert_eq!(receiver.into_iter().collect::<Vec<_>>(), [2]);

    let (sender, receiver) = sync_channel(0);
    assert_eq!(sender.try_send(1), Err(TrySendError::Full(1)));
    let thread = std::thread::spawn(move || (receiver.recv(), receiver.recv()));
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    assert_eq!(thread.join().unwrap(), (Ok(1), Ok(2)));
    assert_eq!(sender.send(3), Err(SendError(3)));
    assert_eq!(sender.try_send(3), Err(TrySendError::Disconnected(3)));

    let (sender, receiver) = channel();
    drop(receiver);
    assert_eq!(sender.send(1), Err(SendError(1)));
    let _: Option<IntoIter<u8>> = None;
    let _: Option<Iter<'static, u8>> = None;
    let _: Option<TryIter<'static, u8>> = None;
}
