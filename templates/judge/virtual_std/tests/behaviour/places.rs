//! Every operation is told at a line of the program under test.

use crate::support::once_guilty;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

fn everything() {
    let (lock, shared, changed) = (Mutex::new(0), RwLock::new(0), Condvar::new());
    *lock.lock().unwrap() += *shared.read().unwrap();
    *shared.write().unwrap() += 1;
    drop(changed.wait_timeout_while(lock.lock().unwrap(), Duration::from_millis(1), |_| true));
    changed.notify_all();
    let (cell, lazy, once) = (
        OnceLock::new(),
        LazyLock::new(|| Mutex::new(1)),
        Once::new(),
    );
    cell.get_or_init(|| 1);
    lazy.lock().unwrap().clone_into(&mut 1);
    once.call_once(|| ());
    Barrier::new(1).wait();
    let number = Arc::new(AtomicUsize::new(1));
    number
        .fetch_update(SeqCst, SeqCst, |number| Some(number + 1))
        .unwrap();
    let (sender, receiver) = mpsc::channel();
    let handles: Vec<_> = (0..2)
        .map(|_| sender.clone())
        .map(|sender| thread::spawn(move || sender.send(1)))
        .collect();
    drop(sender);
    assert_eq!(receiver.iter().chain(receiver.try_iter()).sum::<i32>(), 2);
    assert!(receiver.into_iter().next().is_none());
    handles
        .into_iter()
        .map(|handle| handle.join().unwrap())
        .for_each(|sent| sent.unwrap());
    thread::scope(|scope| {
        scope
            .spawn(|| thread::park_timeout(Duration::from_millis(1)))
            .thread()
            .unpark();
    });
    let start = Instant::now();
    thread::sleep(Duration::from_millis(1));
    assert!(start.elapsed() > Duration::ZERO);
    thread::yield_now();
    std::hint::spin_loop();
    panic!("the story, please");
}

#[test]
fn every_operation_has_a_line_of_the_program() {
    let failure = once_guilty(engine::FailureKind::Failed, everything);
    let events = failure
        .events
        .iter()
        .map(|event| (event.op.as_str(), event.at.as_str()));
    assert!(failure.events.len() > 40);
    let elsewhere: Vec<_> = events
        .clone()
        .filter(|(_, at)| !at.contains("behaviour/places.rs"))
        .collect();
    assert_eq!(elsewhere, []);
}
