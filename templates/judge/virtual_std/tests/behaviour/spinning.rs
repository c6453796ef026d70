//! Correct programs that wait by trying again. None may be condemned, nor even suspected.

use crate::support::innocent;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

fn try_lock_until_it_works(back_off: fn()) {
    let (first, second) = (Mutex::new(0), Mutex::new(0));
    let work = |mine: &Mutex<i32>, other: &Mutex<i32>| {
        loop {
            let mut held = mine.lock().unwrap();
            if let Ok(mut other) = other.try_lock() {
                *held += 1;
                *other += 1;
                return;
            }
            drop(held);
            back_off();
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| work(&first, &second));
        scope.spawn(|| work(&second, &first));
    });
    assert_eq!((*first.lock().unwrap(), *second.lock().unwrap()), (2, 2));
}

#[test]
fn try_lock_and_back_off_with_yield() {
    innocent(|| try_lock_until_it_works(thread::yield_now));
}

#[test]
fn try_lock_and_back_off_without_yield() {
    innocent(|| try_lock_until_it_works(|| {}));
}

#[test]
fn try_write_and_back_off_without_yield() {
    innocent(|| {
        let (first, second) = (RwLock::new(0), RwLock::new(0));
        let work = |mine: &RwLock<i32>, other: &RwLock<i32>| {
            loop {
                let held = mine.read().unwrap();
                if let Ok(mut other) = other.try_write() {
                    *other += 1;
                    return *held;
                }
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| work(&first, &second));
            scope.spawn(|| work(&second, &first));
        });
        assert_eq!(*first.read().unwrap() + *second.read().unwrap(), 2);
    });
}

#[test]
fn spin_locks_with_back_off_and_no_yield() {
    innocent(|| {
        let flags = [AtomicBool::new(false), AtomicBool::new(false)];
        let work = |mine: usize, other: usize| {
            loop {
                while flags[mine].swap(true, Ordering::Acquire) {}
                if !flags[other].swap(true, Ordering::Acquire) {
                    break;
                }
                flags[mine].store(false, Ordering::Release);
            }
            flags[other].store(false, Ordering::Release);
            flags[mine].store(false, Ordering::Release);
        };
        thread::scope(|scope| {
            scope.spawn(|| work(0, 1));
            scope.spawn(|| work(1, 0));
        });
    });
}

fn spin(wait: fn()) {
    let ready = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ready.load(Ordering::Acquire) {
                wait();
            }
        });
        scope.spawn(|| ready.store(true, Ordering::Release));
    });
}

#[test]
fn spinning_with_yield() {
    innocent(|| spin(thread::yield_now));
}

#[test]
fn spinning_with_a_spin_hint() {
    innocent(|| spin(std::hint::spin_loop));
}

#[test]
fn spinning_with_nothing() {
    innocent(|| spin(|| {}));
}

#[test]
fn a_spin_lock() {
    innocent(|| {
        let (locked, inside) = (AtomicBool::new(false), AtomicUsize::new(0));
        let enter = || {
            while locked.swap(true, Ordering::Acquire) {}
            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
            inside.fetch_sub(1, Ordering::SeqCst);
            locked.store(false, Ordering::Release);
        };
        thread::scope(|scope| [scope.spawn(enter), scope.spawn(enter)].map(drop));
    });
}

#[test]
fn waiting_for_the_clock_to_move() {
    innocent(|| {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(5) {}
        assert!(start.elapsed() < Duration::from_secs(2));
    });
}
