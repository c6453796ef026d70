//! Threads, their ends and their tokens.

use crate::support::{guilty, innocent, once};
use engine::FailureKind::{Deadlock, Failed};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Condvar, Mutex, RwLock, RwLockWriteGuard};
use std::thread;
use std::time::Duration;

#[test]
fn thread_locals_are_dropped_at_the_end_of_their_thread() {
    struct Logs(&'static str);
    static LOG: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    impl Drop for Logs {
        fn drop(&mut self) {
            LOG.lock().unwrap().push(self.0);
            let gone = if self.0 == "first" {
                FIRST.try_with(|_| ())
            } else {
                SECOND.try_with(|_| ())
            };
            assert!(
                gone.is_err(),
                "a variable cannot be used while it is dropped"
            );
        }
    }
    thread_local! {
        static FIRST: Logs = const { Logs("first") };
        static SECOND: Logs = Logs("second");
    }
    once(|| {
        thread::spawn(|| {
            FIRST.with(|_| ());
            SECOND.with(|_| ());
            LOG.lock().unwrap().push("end");
        })
        .join()
        .unwrap();
        let log = LOG.lock().unwrap().clone();
        assert_eq!(log[0], "end");
        assert!(log[1..] == ["first", "second"] || log[1..] == ["second", "first"]);
    });
}

#[test]
fn a_scope_waits_for_threads_that_nobody_joins() {
    innocent(|| {
        let count = AtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                scope.spawn(|| count.fetch_add(1, SeqCst));
                thread::sleep(Duration::from_millis(1));
                count.fetch_add(1, SeqCst)
            });
        });
        assert_eq!(count.into_inner(), 2);
    });
}

thread_local! {
    static FLUSH: RefCell<Option<Flush>> = const { RefCell::new(None) };
}

/// Counts when the thread-locals of its thread are destroyed.
struct Flush(Arc<Mutex<u32>>);

impl Drop for Flush {
    fn drop(&mut self) {
        *self.0.lock().unwrap() += 1;
    }
}

fn flush_at_the_end(count: &Arc<Mutex<u32>>) {
    FLUSH.set(Some(Flush(count.clone())));
}

#[test]
fn a_scope_does_not_wait_for_the_destructors_of_thread_locals() {
    guilty(Failed, || {
        let count = Arc::default();
        thread::scope(|scope| drop(scope.spawn(|| flush_at_the_end(&count))));
        assert_eq!(*count.lock().unwrap(), 1, "not yet flushed");
    });
}

#[test]
fn a_join_waits_for_the_destructors_of_thread_locals() {
    innocent(|| {
        let count = Arc::default();
        thread::scope(|scope| scope.spawn(|| flush_at_the_end(&count)).join().unwrap());
        assert_eq!(*count.lock().unwrap(), 1);
    });
}

#[test]
fn an_assertion_in_a_scope_is_told_although_its_threads_wait_for_ever() {
    let failure = guilty(Failed, || {
        let (lock, never) = (Mutex::new(()), Condvar::new());
        thread::scope(|scope| {
            scope.spawn(|| drop(never.wait(lock.lock().unwrap())));
            panic!("what the check has to say");
        });
    });
    assert_eq!(failure.message, "what the check has to say");
}

#[test]
fn an_assertion_of_a_scoped_thread_is_told_although_others_wait_for_it() {
    let failure = guilty(Failed, || {
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| barrier.wait());
            scope.spawn(|| panic!("what the check has to say"));
        });
    });
    assert_eq!(
        failure.message,
        "thread t2 panicked: what the check has to say"
    );
}

#[test]
fn a_thread_whose_panic_was_handled_is_no_excuse_for_a_deadlock() {
    guilty(Deadlock, || {
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            let panics = scope.spawn(|| panic!("on purpose"));
            assert!(panics.join().is_err());
            barrier.wait();
        });
    });
}

#[test]
fn a_scope_tells_of_panics_that_nobody_joined() {
    once(|| {
        let finished = AtomicUsize::new(0);
        let result = catch_unwind(AssertUnwindSafe(|| {
            thread::scope(|scope| {
                scope.spawn(|| panic!("on purpose"));
                scope.spawn(|| {
                    thread::sleep(Duration::from_millis(1));
                    finished.fetch_add(1, SeqCst)
                });
            });
        }));
        assert_eq!(
            *result.unwrap_err().downcast::<&str>().unwrap(),
            "a scoped thread panicked"
        );
        let result = catch_unwind(AssertUnwindSafe(|| {
            thread::scope(|scope| {
                scope.spawn(|| finished.fetch_add(1, SeqCst));
                panic!("the body itself");
            });
        }));
        assert_eq!(
            *result.unwrap_err().downcast::<&str>().unwrap(),
            "the body itself"
        );
        assert_eq!(finished.into_inner(), 2);
    });
}

#[test]
fn names_and_numbers() {
    once(|| {
        assert_eq!(thread::current().name(), Some("main"));
        assert_eq!(format!("{:?}", thread::current().id()), "ThreadId(1)");
        let handle = thread::Builder::new()
            .name("worker".into())
            .spawn(thread::current)
            .unwrap();
        let id = handle.thread().id();
        let inside = handle.join().unwrap();
        assert_eq!((inside.id(), inside.name()), (id, Some("worker")));
        let result = catch_unwind(|| drop(thread::Builder::new().name("a\0b".into()).spawn(|| {})));
        assert!(result.is_err());
    });
}

#[test]
fn a_token_is_kept_until_it_is_used() {
    innocent(|| {
        let main = thread::current();
        let other = thread::spawn(move || main.unpark());
        other.join().unwrap();
        thread::current().unpark();
        thread::park();
    });
    guilty(engine::FailureKind::Deadlock, || {
        thread::current().unpark();
        thread::current().unpark();
        thread::park();
        thread::park();
    });
}

#[test]
fn unpark_wakes_nobody_from_a_lock() {
    innocent(|| {
        let lock = Arc::new(Mutex::new(0));
        let held = lock.lock().unwrap();
        let shared = lock.clone();
        let waiting = thread::spawn(move || *shared.lock().unwrap() + 1);
        waiting.thread().unpark();
        drop(held);
        assert_eq!(waiting.join().unwrap(), 1);
    });
}

#[test]
fn a_barrier_lets_its_rounds_go_one_after_the_other() {
    innocent(|| {
        let (barrier, log) = (Barrier::new(2), Mutex::new(Vec::new()));
        let leaders = AtomicUsize::new(0);
        let round = || {
            for round in 0..2 {
                log.lock().unwrap().push(round);
                leaders.fetch_add(usize::from(barrier.wait().is_leader()), SeqCst);
            }
        };
        thread::scope(|scope| [scope.spawn(round), scope.spawn(round)].map(drop));
        assert_eq!(*log.lock().unwrap(), [0, 0, 1, 1]);
        assert_eq!(leaders.into_inner(), 2);
    });
}

#[test]
fn a_downgraded_writer_lets_no_other_writer_in() {
    innocent(|| {
        let lock = RwLock::new(0);
        let write = || {
            let mut guard = lock.write().unwrap();
            *guard += 1;
            let mine = *guard;
            let guard = RwLockWriteGuard::downgrade(guard);
            assert_eq!(*guard, mine);
        };
        thread::scope(|scope| {
            scope.spawn(write);
            scope.spawn(write);
            scope.spawn(|| drop(lock.read()));
        });
        assert_eq!(*lock.read().unwrap(), 2);
    });
}

#[test]
fn readers_share_and_a_failed_try_is_possible() {
    innocent(|| {
        let lock = RwLock::new(0);
        let (first, second) = (lock.read().unwrap(), lock.try_read().unwrap());
        assert!(lock.try_write().is_err());
        drop((first, second));
        assert!(lock.try_write().is_ok());
    });
    guilty(engine::FailureKind::Failed, || {
        let lock = Mutex::new(0);
        thread::scope(|scope| {
            scope.spawn(|| *lock.lock().unwrap() += 1);
            assert!(lock.try_lock().is_ok(), "somebody holds it");
        });
    });
}

#[test]
fn outside_of_an_execution_nothing_waits() {
    let lock = Mutex::new(1);
    let guard = lock.lock().unwrap();
    assert!(lock.try_lock().is_err());
    assert!(
        catch_unwind(AssertUnwindSafe(|| drop(lock.lock()))).is_err(),
        "it would wait for ever"
    );
    drop(guard);
    assert!(lock.try_lock().is_ok());
    assert!(
        catch_unwind(|| thread::spawn(|| ())).is_err(),
        "there is nobody to run it"
    );
}

#[test]
fn a_thread_gets_the_stack_it_asks_for() {
    fn depth(levels: u32) -> u32 {
        let room = [levels; 64];
        if levels == 0 {
            return 0;
        }
        depth(std::hint::black_box(room)[63] - 1) + 1
    }
    once(|| {
        let roomy = thread::Builder::new().stack_size(64 << 20);
        let deep = roomy.spawn(|| depth(100_000)).unwrap();
        assert_eq!(deep.join().unwrap(), 100_000);
    });
}
