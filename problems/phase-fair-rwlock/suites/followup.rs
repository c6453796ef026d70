//! From writing to reading in one step.

use judge_kit::{Explore, Gate, Recorder, check, clock, explore, settle};
use phase_fair_rwlock::PhaseFairLock;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Opens its gate at last, also when an assertion fails: threads that wait would hide its message.
struct OpenedAtLast(Gate);

impl Drop for OpenedAtLast {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// A thread that enters the lock, stays inside until it is told to leave, and leaves.
struct Visitor<'scope> {
    gate: OpenedAtLast,
    thread: ScopedJoinHandle<'scope, ()>,
}

impl<'scope> Visitor<'scope> {
    fn reader<'env>(scope: &'scope Scope<'scope, 'env>, lock: &'env PhaseFairLock) -> Self {
        Self::start(scope, move || lock.read())
    }

    fn writer<'env>(scope: &'scope Scope<'scope, 'env>, lock: &'env PhaseFairLock) -> Self {
        Self::start(scope, move || lock.write())
    }

    /// Starts the visit and returns when the thread is inside or waits.
    fn start<'env, G>(
        scope: &'scope Scope<'scope, 'env>,
        enter: impl FnOnce() -> G + Send + 'scope,
    ) -> Self {
        let gate = OpenedAtLast(Gate::new());
        let inside = gate.0.clone();
        let thread = scope.spawn(move || {
            let guard = enter();
            inside.wait();
            drop(guard);
        });
        settle();
        Visitor { gate, thread }
    }

    /// Whether it is inside once everybody who could move has moved.
    fn is_inside(&self) -> bool {
        settle();
        self.gate.0.arrivals() == 1
    }

    /// Lets it leave, and returns when everybody who could move then has moved.
    fn leave(self) {
        self.gate.0.open();
        self.thread.join().expect("the thread of a guard panicked");
        settle();
    }
}

/// Readers inside, a writer inside, readers waiting, writers waiting.
fn state(lock: &PhaseFairLock) -> (usize, bool, usize, usize) {
    let state = lock.state();
    let (inside, waiting) = (state.readers, state.waiting_readers);
    (inside, state.writer, waiting, state.waiting_writers)
}

const EMPTY: (usize, bool, usize, usize) = (0, false, 0, 0);

#[test]
fn a_downgraded_writer_is_a_reader() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let guard = lock.write().downgrade();
            assert_eq!(state(&lock), (1, false, 0, 0), "after downgrade");
            let other = Visitor::reader(scope, &lock);
            assert!(
                other.is_inside(),
                "only a reader is inside, and nobody waits"
            );
            let writer = Visitor::writer(scope, &lock);
            assert!(!writer.is_inside(), "a writer beside two readers");
            other.leave();
            assert!(!writer.is_inside(), "a writer beside the downgraded one");
            drop(guard);
            assert!(writer.is_inside(), "the writer, and the way is free");
            writer.leave();
        });
        assert_eq!(state(&lock), EMPTY, "after all have left");
    });
}

/// Study: a guard that has been turned into another one must not let out as well.
#[test]
fn it_leaves_once() {
    check(|| {
        let lock = PhaseFairLock::new();
        for round in 1..=3 {
            let guard = lock.write().downgrade();
            assert_eq!(state(&lock), (1, false, 0, 0), "round {round}, inside");
            drop(guard);
            assert_eq!(state(&lock), EMPTY, "round {round}, outside");
        }
        assert!(lock.try_write().is_some(), "nobody is inside any more");
        assert!(lock.try_read().is_some(), "nobody is inside any more");
    });
}

#[test]
fn waiting_readers_enter_with_it() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let guard = lock.write();
            let writer = Visitor::writer(scope, &lock);
            let readers = [(); 2].map(|()| Visitor::reader(scope, &lock));
            let guard = guard.downgrade();
            let inside = readers.iter().filter(|reader| reader.is_inside()).count();
            assert_eq!(inside, 2, "readers beside the downgraded one, of 2");
            assert_eq!(state(&lock), (3, false, 0, 1), "after downgrade");
            drop(guard);
            assert!(!writer.is_inside(), "a writer beside two readers");
            for reader in readers {
                reader.leave();
            }
            assert!(writer.is_inside(), "the writer, and the way is free");
            writer.leave();
        });
        assert_eq!(state(&lock), EMPTY, "after all have left");
    });
}

#[test]
fn who_comes_after_it_waits_behind_a_waiting_writer() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let guard = lock.write();
            let writer = Visitor::writer(scope, &lock);
            let guard = guard.downgrade();
            assert!(!writer.is_inside(), "a writer beside the downgraded one");
            let late = Visitor::reader(scope, &lock);
            assert!(!late.is_inside(), "a writer is waiting");
            let refused = scope.spawn(|| lock.try_read().is_none());
            let refused = refused.join().expect("try_read panicked");
            assert!(refused, "try_read, and a writer is waiting");
            drop(guard);
            assert!(writer.is_inside(), "it is the writer's turn");
            writer.leave();
            assert!(late.is_inside(), "it is the readers' turn");
            late.leave();
        });
    });
}

#[test]
fn a_writer_that_gives_up_lets_readers_in_beside_it() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let guard = lock.write();
            let timed = scope.spawn(|| lock.write_timeout(millis(100)).is_some());
            settle();
            let guard = guard.downgrade();
            let late = Visitor::reader(scope, &lock);
            assert!(!late.is_inside(), "a writer is waiting");
            clock::advance(millis(100));
            assert!(late.is_inside(), "the writer has given up");
            let entered = timed.join().expect("write_timeout panicked");
            assert!(!entered, "a writer beside the downgraded one");
            late.leave();
            drop(guard);
        });
        assert_eq!(state(&lock), EMPTY, "after all have left");
    });
}

#[test]
fn a_panic_lets_it_out() {
    check(|| {
        let lock = PhaseFairLock::new();
        let died = panic::catch_unwind(AssertUnwindSafe(|| {
            let _guard = lock.write().downgrade();
            assert_eq!(state(&lock), (1, false, 0, 0), "after downgrade");
            panic::resume_unwind(Box::new("while reading"));
        }));
        let died = died.expect_err("the panic was lost");
        assert!(died.is::<&str>(), "downgrade is not what it should be");
        assert_eq!(state(&lock), EMPTY, "after the panic");
    });
}

/// Study: between writing and reading there must be no moment at which nobody is inside.
#[test]
fn nobody_writes_in_between() {
    Explore::new().schedules(6_000).random(400).run(|| {
        let (lock, value) = (PhaseFairLock::new(), AtomicU32::new(0));
        let kept = thread::scope(|scope| {
            let writers = [1, 2].map(|mine| {
                let (lock, value) = (&lock, &value);
                scope.spawn(move || {
                    let guard = lock.write();
                    value.store(mine, Ordering::SeqCst);
                    let _guard = guard.downgrade();
                    value.load(Ordering::SeqCst) == mine
                })
            });
            scope.spawn(|| {
                let _guard = lock.read();
                value.load(Ordering::SeqCst);
            });
            writers.map(|writer| writer.join().expect("downgrade panicked"))
        });
        assert_eq!(kept, [true; 2], "whether each read what it had written");
        assert_eq!(state(&lock), EMPTY, "after all have left");
    });
}

#[test]
fn a_downgrade_leaves_nobody_asleep() {
    explore(|| {
        let (lock, entered) = (PhaseFairLock::new(), Recorder::new());
        thread::scope(|scope| {
            let guard = lock.write();
            scope.spawn(|| {
                let _guard = lock.read();
                entered.record("reader");
            });
            settle();
            scope.spawn(|| {
                let _guard = lock.write();
                entered.record("writer");
            });
            drop(guard.downgrade());
        });
        let order = ["reader", "writer"];
        assert_eq!(
            entered.seen(),
            order,
            "the reader waited for the downgraded writer"
        );
        assert_eq!(state(&lock), EMPTY, "after all have left");
    });
}
