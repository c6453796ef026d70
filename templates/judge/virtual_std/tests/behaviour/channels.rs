//! Channels in all their schedules.

use crate::support::{guilty, innocent, innocent_on_time, once};
use std::sync::mpsc::{RecvTimeoutError, SendError, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

#[test]
fn nothing_is_lost_doubled_or_reordered() {
    innocent(|| {
        let (sender, receiver) = sync_channel(1);
        let other = sender.clone();
        thread::spawn(move || [1, 2].map(|number| sender.send(number).unwrap()));
        thread::spawn(move || other.send(10).unwrap());
        let mut received: Vec<_> = receiver.iter().collect();
        assert!(received.iter().position(|&x| x == 1) < received.iter().position(|&x| x == 2));
        received.sort_unstable();
        assert_eq!(received, [1, 2, 10]);
    });
}

#[test]
fn a_rendezvous_returns_when_the_value_is_taken() {
    innocent(|| {
        let (sender, receiver) = sync_channel(0);
        let log = Arc::new(Mutex::new(Vec::new()));
        let theirs = log.clone();
        let sending = thread::spawn(move || {
            sender.send(1).unwrap();
            theirs.lock().unwrap().push("sent");
        });
        thread::sleep(Duration::from_millis(1));
        log.lock().unwrap().push("receiving");
        assert_eq!(receiver.recv(), Ok(1));
        sending.join().unwrap();
        assert_eq!(*log.lock().unwrap(), ["receiving", "sent"]);
    });
}

#[test]
fn try_send_meets_a_waiting_receiver_only() {
    once(|| {
        let (sender, receiver) = sync_channel(0);
        assert_eq!(sender.try_send(1), Err(TrySendError::Full(1)));
        let receiving = thread::spawn(move || (receiver.recv(), receiver));
        thread::sleep(Duration::from_millis(1));
        assert_eq!(sender.try_send(2), Ok(()));
        assert_eq!(sender.try_send(3), Err(TrySendError::Full(3)));
        assert_eq!(receiving.join().unwrap().0, Ok(2));
    });
}

#[test]
fn a_waiting_sender_gets_its_value_back_when_the_receiver_goes() {
    for bound in [0, 1] {
        innocent_on_time(|| {
            let (sender, receiver) = sync_channel(bound);
            let sending = thread::spawn(move || {
                let filling = (0..bound).try_for_each(|n| sender.send(n));
                filling.and_then(|()| sender.send(bound))
            });
            thread::sleep(Duration::from_millis(1));
            drop(receiver);
            assert_eq!(sending.join().unwrap(), Err(SendError(bound)));
        });
    }
}

#[test]
fn the_receiver_learns_that_the_last_sender_went() {
    innocent_on_time(|| {
        let (sender, receiver) = channel::<u8>();
        let clone = sender.clone();
        thread::spawn(move || drop(sender));
        thread::spawn(move || clone.send(1));
        assert_eq!(receiver.recv_timeout(Duration::from_secs(1)), Ok(1));
        assert_eq!(
            receiver.recv_timeout(Duration::from_secs(1)),
            Err(RecvTimeoutError::Disconnected)
        );
    });
}

#[test]
fn the_order_of_two_senders_is_open() {
    guilty(engine::FailureKind::Failed, || {
        let (sender, receiver) = channel();
        thread::scope(|scope| {
            for number in 0..2 {
                let sender = sender.clone();
                scope.spawn(move || sender.send(number).unwrap());
            }
        });
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [0, 1]);
    });
}

#[test]
fn values_left_in_the_queue_are_dropped() {
    once(|| {
        let value = Arc::new(());
        let (sender, receiver) = channel();
        sender.send(value.clone()).unwrap();
        drop(receiver);
        assert_eq!(Arc::strong_count(&value), 1);
        let (sender, receiver) = sync_channel(3);
        sender.send(value.clone()).unwrap();
        drop((sender, receiver));
        assert_eq!(Arc::strong_count(&value), 1);
    });
}
