//! Timeouts and the virtual clock.

use crate::support::{guilty, innocent, innocent_on_time, once, once_guilty};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc::{RecvTimeoutError, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const MS: Duration = Duration::from_millis(1);

#[test]
fn sleepers_wake_in_the_order_of_their_deadlines() {
    innocent_on_time(|| {
        let (sender, receiver) = channel();
        let start = Instant::now();
        for ms in [30, 10, 20] {
            let sender = sender.clone();
            thread::spawn(move || {
                thread::sleep(MS * ms);
                sender.send(ms).unwrap();
            });
        }
        drop(sender);
        assert_eq!(receiver.into_iter().collect::<Vec<_>>(), [10, 20, 30]);
        assert_eq!(start.elapsed(), 30 * MS);
    });
}

#[test]
fn timeouts_are_exact() {
    once(|| {
        let (lock, condvar, start) = (Mutex::new(()), Condvar::new(), Instant::now());
        let (guard, result) = condvar.wait_timeout(lock.lock().unwrap(), 5 * MS).unwrap();
        assert!(result.timed_out() && start.elapsed() == 5 * MS);
        let (guard, result) = condvar
            .wait_timeout_while(guard, 5 * MS, |()| true)
            .unwrap();
        assert!(result.timed_out() && start.elapsed() == 10 * MS);
        drop(guard);
        let (sender, receiver) = channel::<u8>();
        assert_eq!(
            receiver.recv_timeout(5 * MS),
            Err(RecvTimeoutError::Timeout)
        );
        assert_eq!(start.elapsed(), 15 * MS);
        thread::park_timeout(5 * MS);
        assert_eq!(start.elapsed(), 20 * MS);
        drop(sender);
    });
}

#[test]
fn the_longest_duration_means_never() {
    once(|| {
        let state = Arc::new((Mutex::new(false), Condvar::new()));
        let (sender, receiver) = channel();
        let shared = state.clone();
        let main = thread::current();
        thread::spawn(move || {
            thread::sleep(Duration::from_secs(100 * 365 * 24 * 3600));
            sender.send(1).unwrap();
            *shared.0.lock().unwrap() = true;
            shared.1.notify_all();
            thread::sleep(MS);
            main.unpark();
        });
        assert_eq!(receiver.recv_timeout(Duration::MAX), Ok(1));
        let (guard, result) = state
            .1
            .wait_timeout_while(state.0.lock().unwrap(), Duration::MAX, |ready| !*ready)
            .unwrap();
        assert!(*guard && !result.timed_out());
        thread::park_timeout(Duration::MAX);
    });
    once_guilty(engine::FailureKind::Deadlock, || {
        thread::sleep(Duration::MAX)
    });
    once_guilty(engine::FailureKind::Deadlock, || {
        let lock = Mutex::new(());
        drop(Condvar::new().wait_timeout(lock.lock().unwrap(), Duration::MAX));
    });
}

/// Whether a notification and a timeout at the same instant can end in `timed_out`.
fn tie() -> bool {
    let state = Arc::new((Mutex::new(()), Condvar::new()));
    let shared = state.clone();
    let notifier = thread::spawn(move || {
        thread::sleep(10 * MS);
        shared.1.notify_one();
    });
    let (_guard, result) = state
        .1
        .wait_timeout(state.0.lock().unwrap(), 10 * MS)
        .unwrap();
    notifier.join().unwrap();
    result.timed_out()
}

#[test]
fn a_notification_and_a_timeout_at_one_instant_go_either_way() {
    guilty(engine::FailureKind::Failed, || assert!(tie()));
    guilty(engine::FailureKind::Failed, || assert!(!tie()));
}

#[test]
fn a_notification_is_not_lost_on_one_who_timed_out() {
    innocent_on_time(|| {
        let state = Arc::new((Mutex::new(0), Condvar::new()));
        let timed = thread::spawn({
            let state = state.clone();
            move || {
                let (mut items, result) = state
                    .1
                    .wait_timeout(state.0.lock().unwrap(), 10 * MS)
                    .unwrap();
                if result.timed_out() {
                    return false;
                }
                *items -= 1;
                true
            }
        });
        thread::spawn({
            let state = state.clone();
            move || {
                thread::sleep(10 * MS);
                *state.0.lock().unwrap() += 1;
                state.1.notify_one();
            }
        });
        let mut items = state.0.lock().unwrap();
        while *items == 0 {
            let (again, result) = state.1.wait_timeout(items, 20 * MS).unwrap();
            items = again;
            if result.timed_out() {
                break;
            }
        }
        let left = *items;
        drop(items);
        // Whoever was notified could use it: the item is left only if nobody was told.
        let taken = timed.join().unwrap();
        assert!(left == 1 || taken);
    });
}

#[test]
fn a_value_that_arrives_at_the_deadline_may_be_received() {
    let received = Rc::new(Cell::new((false, false)));
    let seen = received.clone();
    innocent(move || {
        let (sender, receiver) = sync_channel(1);
        thread::spawn(move || {
            thread::sleep(10 * MS);
            let _ = sender.send(1);
        });
        let (yes, no) = seen.get();
        match receiver.recv_timeout(10 * MS) {
            Ok(_) => seen.set((true, no)),
            Err(RecvTimeoutError::Timeout) => seen.set((yes, true)),
            Err(RecvTimeoutError::Disconnected) => {
                panic!("a value was sent before the sender went")
            }
        }
    });
    assert_eq!(received.get(), (true, true));
}

#[test]
fn the_clock_stands_still_while_code_runs() {
    once(|| {
        let (start, date) = (Instant::now(), SystemTime::now());
        assert_eq!(
            (start.elapsed(), date.elapsed().unwrap()),
            (Duration::ZERO, Duration::ZERO)
        );
        thread::sleep(Duration::from_secs(3_600));
        assert_eq!(
            (start.elapsed(), date.elapsed().unwrap()),
            (Duration::from_secs(3_600), Duration::from_secs(3_600))
        );
        assert!(date.duration_since(UNIX_EPOCH).unwrap() >= Duration::from_secs(1_893_456_000));
        assert!(start.checked_sub(Duration::from_secs(900_000)).is_some());
    });
}
