//! Who may be inside, what the calls that do not wait say, and the numbers.

use judge_kit::{Gate, assert_send_sync, check, clock, settle};
use phase_fair_rwlock::PhaseFairLock;
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
fn many_readers_are_inside_together() {
    check(|| {
        assert_send_sync::<PhaseFairLock>();
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let readers = [(); 3].map(|()| Visitor::reader(scope, &lock));
            let inside = readers.iter().filter(|reader| reader.is_inside()).count();
            assert_eq!(inside, 3, "readers inside, of 3 and no writer");
            for reader in readers {
                reader.leave();
            }
        });
        assert_eq!(state(&lock), EMPTY, "after all have left");
    });
}

#[test]
fn a_writer_is_inside_alone() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let first = Visitor::writer(scope, &lock);
            assert!(first.is_inside(), "a writer waits, and nobody is inside");
            let second = Visitor::writer(scope, &lock);
            assert!(!second.is_inside(), "two writers are inside");
            first.leave();
            assert!(second.is_inside(), "the second writer, and the way is free");
            let reader = Visitor::reader(scope, &lock);
            assert!(!reader.is_inside(), "a reader is inside beside a writer");
            second.leave();
            assert!(reader.is_inside(), "the reader, and the way is free");
            reader.leave();
        });
    });
}

#[test]
fn a_writer_waits_until_the_last_reader_has_left() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let (first, second) = (Visitor::reader(scope, &lock), Visitor::reader(scope, &lock));
            let writer = Visitor::writer(scope, &lock);
            assert!(!writer.is_inside(), "a writer beside two readers");
            first.leave();
            assert!(!writer.is_inside(), "a writer beside one reader");
            second.leave();
            assert!(writer.is_inside(), "the writer, and the way is free");
            writer.leave();
        });
        assert_eq!(state(&lock), EMPTY, "after all have left");
    });
}

#[test]
fn calls_that_do_not_wait_say_what_is_possible() {
    check(|| {
        let lock = PhaseFairLock::new();
        let possible = || {
            let read = lock.try_read().is_some();
            let write = lock.try_write().is_some();
            (read, write)
        };
        assert_eq!(
            possible(),
            (true, true),
            "try_read, try_write: nobody is inside"
        );
        thread::scope(|scope| {
            let reader = Visitor::reader(scope, &lock);
            assert_eq!(
                possible(),
                (true, false),
                "try_read, try_write: a reader is inside"
            );
            let writer = Visitor::writer(scope, &lock);
            assert_eq!(
                possible(),
                (false, false),
                "try_read, try_write: a writer waits"
            );
            reader.leave();
            assert!(writer.is_inside(), "the writer, and the way is free");
            assert_eq!(
                possible(),
                (false, false),
                "try_read, try_write: a writer is inside"
            );
            writer.leave();
        });
        assert_eq!(
            possible(),
            (true, true),
            "try_read, try_write: all have left"
        );
    });
}

#[test]
fn a_guard_of_a_try_is_a_guard_like_any_other() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let guard = lock.try_read().expect("nobody is inside");
            let writer = Visitor::writer(scope, &lock);
            assert!(
                !writer.is_inside(),
                "a writer beside the reader of try_read"
            );
            drop(guard);
            assert!(writer.is_inside(), "the writer, and the way is free");
            writer.leave();
            let guard = lock.try_write().expect("nobody is inside");
            let reader = Visitor::reader(scope, &lock);
            assert!(
                !reader.is_inside(),
                "a reader beside the writer of try_write"
            );
            drop(guard);
            assert!(reader.is_inside(), "the reader, and the way is free");
            reader.leave();
        });
    });
}

#[test]
fn the_state_counts_who_is_inside_and_who_waits() {
    check(|| {
        let lock = PhaseFairLock::new();
        assert_eq!(state(&lock), EMPTY, "a new lock");
        thread::scope(|scope| {
            let (first, second) = (Visitor::reader(scope, &lock), Visitor::reader(scope, &lock));
            assert_eq!(state(&lock), (2, false, 0, 0), "two readers");
            let writer = Visitor::writer(scope, &lock);
            assert_eq!(
                state(&lock),
                (2, false, 0, 1),
                "two readers, a writer waits"
            );
            let late = Visitor::reader(scope, &lock);
            assert_eq!(state(&lock), (2, false, 1, 1), "and a reader waits too");
            first.leave();
            assert_eq!(state(&lock), (1, false, 1, 1), "one reader has left");
            second.leave();
            assert_eq!(state(&lock), (0, true, 1, 0), "the writer has come in");
            writer.leave();
            assert_eq!(
                state(&lock),
                (1, false, 0, 0),
                "the late reader has come in"
            );
            late.leave();
        });
        assert_eq!(state(&lock), EMPTY, "after all have left");
    });
}

#[test]
fn a_timed_writer_enters_if_the_way_is_free_in_time() {
    check(|| {
        let lock = PhaseFairLock::new();
        drop(lock.write_timeout(millis(100)).expect("nobody is inside"));
        assert_eq!(clock::now(), Duration::ZERO, "nothing to wait for");
        thread::scope(|scope| {
            let reader = Visitor::reader(scope, &lock);
            let timed = scope.spawn(|| {
                let guard = lock.write_timeout(millis(100));
                (guard.is_some(), state(&lock).1, clock::now())
            });
            clock::advance(millis(60));
            reader.leave();
            let (entered, inside, when) = timed.join().expect("write_timeout panicked");
            assert!(entered, "the way was free after 60 of 100 ms");
            assert!(inside, "the state says that no writer is inside");
            assert_eq!(when, millis(60), "the moment at which it entered");
        });
        assert_eq!(state(&lock), EMPTY, "after all have left");
    });
}

#[test]
fn a_timed_writer_gives_up_when_its_time_is_over() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let reader = Visitor::reader(scope, &lock);
            let entered = lock.write_timeout(millis(100)).is_some();
            assert!(!entered, "a writer is inside beside a reader");
            assert_eq!(clock::now(), millis(100), "when it gave up");
            reader.leave();
            let writer = Visitor::writer(scope, &lock);
            let entered = lock.write_timeout(millis(50)).is_some();
            assert!(!entered, "two writers are inside");
            assert_eq!(clock::now(), millis(150), "when it gave up");
            writer.leave();
        });
        assert!(lock.try_write().is_some(), "after all have left");
    });
}
