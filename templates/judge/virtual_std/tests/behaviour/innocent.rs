//! Correct programs of the tricky sort. None may be condemned, nor even suspected.

use crate::support::innocent;
use std::collections::{HashMap, VecDeque};
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, RwLock, mpsc};
use std::thread;
use std::time::Duration;

/// A bounded buffer that is safe against wake-ups for no reason.
struct Buffer {
    items: Mutex<VecDeque<u8>>,
    not_full: Condvar,
    not_empty: Condvar,
}

impl Buffer {
    fn new() -> Self {
        Self {
            items: Mutex::default(),
            not_full: Condvar::new(),
            not_empty: Condvar::new(),
        }
    }

    fn push(&self, item: u8) {
        let mut items = self
            .not_full
            .wait_while(self.items.lock().unwrap(), |items| items.len() == 1)
            .unwrap();
        items.push_back(item);
        self.not_empty.notify_one();
    }

    fn pop(&self) -> u8 {
        let mut items = self.items.lock().unwrap();
        while items.is_empty() {
            items = self.not_empty.wait(items).unwrap();
        }
        self.not_full.notify_one();
        items.pop_front().unwrap()
    }
}

#[test]
fn a_buffer_with_two_condition_variables() {
    innocent(|| {
        let buffer = Buffer::new();
        let sum = thread::scope(|scope| {
            scope.spawn(|| [1, 2].map(|item| buffer.push(item)));
            let consumers = [scope.spawn(|| buffer.pop()), scope.spawn(|| buffer.pop())];
            consumers
                .map(|consumer| consumer.join().unwrap())
                .iter()
                .sum::<u8>()
        });
        assert_eq!(sum, 3);
    });
}

#[test]
fn double_checked_initialisation() {
    innocent(|| {
        let (cell, made) = (OnceLock::new(), AtomicUsize::new(0));
        let get = || *cell.get_or_init(|| made.fetch_add(1, Ordering::Relaxed) + 5);
        thread::scope(|scope| {
            scope.spawn(|| assert_eq!(get(), 5));
            scope.spawn(|| assert_eq!(get(), 5));
        });
        assert_eq!(made.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn upgrading_a_read_lock_with_a_second_look() {
    innocent(|| {
        let (cache, loads) = (RwLock::new(HashMap::new()), AtomicUsize::new(0));
        let get = || {
            if let Some(&value) = cache.read().unwrap().get("key") {
                return value;
            }
            *cache
                .write()
                .unwrap()
                .entry("key")
                .or_insert_with(|| loads.fetch_add(1, Ordering::SeqCst))
        };
        thread::scope(|scope| {
            scope.spawn(get);
            scope.spawn(get);
        });
        assert_eq!(loads.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn shards_locked_in_the_order_of_their_index() {
    innocent(|| {
        let shards = [Mutex::new(5), Mutex::new(5)];
        let transfer = |from: usize, to: usize| {
            let mut low = shards[from.min(to)].lock().unwrap();
            let mut high = shards[from.max(to)].lock().unwrap();
            let (from, to) = if from < to {
                (&mut *low, &mut *high)
            } else {
                (&mut *high, &mut *low)
            };
            *from -= 1;
            *to += 1;
        };
        thread::scope(|scope| {
            scope.spawn(|| transfer(0, 1));
            scope.spawn(|| transfer(1, 0));
        });
        assert_eq!(shards.map(|shard| shard.into_inner().unwrap()), [5, 5]);
    });
}

#[test]
fn a_weak_compare_exchange_loop() {
    innocent(|| {
        let counter = AtomicUsize::new(0);
        let add = || {
            let mut old = counter.load(Ordering::Relaxed);
            while let Err(now) =
                counter.compare_exchange_weak(old, old + 1, Ordering::SeqCst, Ordering::Relaxed)
            {
                old = now;
            }
        };
        thread::scope(|scope| [scope.spawn(add), scope.spawn(add), scope.spawn(add)].map(drop));
        assert_eq!(counter.into_inner(), 3);
    });
}

#[test]
fn publication_by_a_flag() {
    innocent(|| {
        let (value, ready) = (AtomicUsize::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                value.store(7, Ordering::Relaxed);
                ready.store(true, Ordering::Release);
            });
            if ready.load(Ordering::Acquire) {
                assert_eq!(value.load(Ordering::Relaxed), 7);
            }
        });
    });
}

#[test]
fn an_actor_that_stops_when_its_senders_are_gone() {
    innocent(|| {
        let (sender, receiver) = mpsc::channel::<(u8, mpsc::Sender<u8>)>();
        let actor = thread::spawn(move || {
            receiver
                .into_iter()
                .filter(|(number, reply)| reply.send(number * 2).is_ok())
                .count()
        });
        let ask = |number| {
            let (reply, answer) = mpsc::channel();
            sender.send((number, reply)).unwrap();
            answer.recv().unwrap()
        };
        thread::scope(|scope| {
            [
                scope.spawn(|| assert_eq!(ask(1), 2)),
                scope.spawn(|| assert_eq!(ask(2), 4)),
            ]
            .map(drop)
        });
        drop(sender);
        assert_eq!(actor.join().unwrap(), 2);
    });
}

#[test]
fn parking_in_a_loop_that_looks_again() {
    innocent(|| {
        let ready = Arc::new(AtomicBool::new(false));
        let sleeper = thread::spawn({
            let ready = ready.clone();
            move || {
                while !ready.load(Ordering::SeqCst) {
                    thread::park();
                }
            }
        });
        ready.store(true, Ordering::SeqCst);
        sleeper.thread().unpark();
        sleeper.join().unwrap();
    });
}

#[test]
fn polling_with_a_timed_wait() {
    innocent(|| {
        let state = Arc::new((Mutex::new(false), Condvar::new()));
        let other = state.clone();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(35));
            *other.0.lock().unwrap() = true;
        });
        let mut ready = state.0.lock().unwrap();
        while !*ready {
            ready = state
                .1
                .wait_timeout(ready, Duration::from_millis(10))
                .unwrap()
                .0;
        }
    });
}

#[test]
fn a_worker_that_survives_the_panic_of_a_job() {
    innocent(|| {
        let results = Arc::new(Mutex::new(0));
        let (sender, receiver) =
            mpsc::channel::<Box<dyn FnOnce() + Send + std::panic::UnwindSafe>>();
        let worker = thread::spawn(move || {
            receiver
                .into_iter()
                .filter_map(|job| catch_unwind(job).err())
                .count()
        });
        let (mine, shared) = (Arc::new(Mutex::new(0)), results.clone());
        let poisoned = mine.clone();
        sender
            .send(Box::new(move || {
                let _guard = mine.lock().unwrap();
                panic!("the job fails");
            }))
            .unwrap();
        sender
            .send(Box::new(move || *shared.lock().unwrap() += 1))
            .unwrap();
        {
            let mut results = results.lock().unwrap();
            assert!(
                !thread::panicking(),
                "another thread's panic is no matter of this one"
            );
            *results += 1;
        }
        drop(sender);
        assert_eq!(worker.join().unwrap(), 1);
        assert_eq!(
            *results.lock().unwrap(),
            2,
            "an innocent lock is not poisoned"
        );
        assert!(poisoned.is_poisoned());
    });
}

#[test]
fn a_daemon_that_nobody_stops() {
    innocent(|| {
        let (sender, receiver) = mpsc::channel::<u8>();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared = seen.clone();
        thread::spawn(move || {
            while let Ok(number) = receiver.recv() {
                shared.lock().unwrap().push(number);
            }
        });
        sender.send(1).unwrap();
        std::mem::forget(sender);
    });
}

thread_local! {
    static DEPTH: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[test]
fn deep_recursion_and_thread_locals() {
    fn down(depth: usize) -> usize {
        DEPTH.set(DEPTH.get() + 1);
        if depth == 0 { 0 } else { down(depth - 1) + 1 }
    }
    innocent(|| {
        let handles = [
            thread::spawn(|| (down(1_000), DEPTH.get())),
            thread::spawn(|| (down(500), DEPTH.get())),
        ];
        assert_eq!(
            handles.map(|handle| handle.join().unwrap()),
            [(1_000, 1_001), (500, 501)]
        );
    });
}
