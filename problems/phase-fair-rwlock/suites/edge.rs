//! Whose turn it is, writers that give up, panics, and the ends of the timeouts.

use judge_kit::{Gate, check, clock, settle};
use phase_fair_rwlock::PhaseFairLock;
use std::panic::{self, AssertUnwindSafe};
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

/// Study: a reader has to look at who waits, not only at who is inside.
#[test]
fn a_reader_does_not_overtake_a_waiting_writer() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let first = Visitor::reader(scope, &lock);
            let writer = Visitor::writer(scope, &lock);
            let late = Visitor::reader(scope, &lock);
            assert!(!late.is_inside(), "a writer had been waiting before it");
            first.leave();
            assert!(writer.is_inside(), "the writer had been waiting longer");
            assert!(!late.is_inside(), "a reader beside a writer");
            writer.leave();
            assert!(late.is_inside(), "the reader, and the way is free");
            late.leave();
        });
    });
}

/// Study: after a writer it is the readers' turn, all of them together.
#[test]
fn readers_who_wait_enter_before_the_next_writer() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let first = Visitor::writer(scope, &lock);
            let second = Visitor::writer(scope, &lock);
            let (one, two) = (Visitor::reader(scope, &lock), Visitor::reader(scope, &lock));
            let third = Visitor::writer(scope, &lock);
            assert_eq!(state(&lock), (0, true, 2, 2), "before the writer leaves");
            first.leave();
            assert!(
                one.is_inside() && two.is_inside(),
                "readers who were waiting"
            );
            assert_eq!(state(&lock), (2, false, 0, 2), "after the writer has left");
            one.leave();
            assert_eq!(state(&lock), (1, false, 0, 2), "one reader is still inside");
            two.leave();
            assert_eq!(state(&lock), (0, true, 0, 1), "after both have left");
            let writers = [second, third];
            let (inside, waiting): (Vec<_>, Vec<_>) =
                writers.into_iter().partition(|writer| writer.is_inside());
            inside.into_iter().for_each(Visitor::leave);
            waiting.into_iter().for_each(Visitor::leave);
        });
        assert_eq!(state(&lock), EMPTY, "after all have left");
    });
}

/// Study: the readers' turn belongs to those who were there when it began.
#[test]
fn who_comes_during_the_readers_turn_waits_behind_the_next_writer() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let first = Visitor::writer(scope, &lock);
            let (reader, second) = (Visitor::reader(scope, &lock), Visitor::writer(scope, &lock));
            first.leave();
            assert!(reader.is_inside(), "it is the readers' turn");
            let late = Visitor::reader(scope, &lock);
            assert!(!late.is_inside(), "a writer is waiting");
            assert!(lock.try_read().is_none(), "a writer is waiting");
            reader.leave();
            assert!(second.is_inside(), "it is the writer's turn");
            assert!(!late.is_inside(), "a reader beside a writer");
            second.leave();
            assert!(late.is_inside(), "it is the readers' turn again");
            late.leave();
        });
    });
}

#[test]
fn who_comes_when_no_writer_waits_joins_the_readers() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let writer = Visitor::writer(scope, &lock);
            let reader = Visitor::reader(scope, &lock);
            writer.leave();
            let late = Visitor::reader(scope, &lock);
            assert!(
                late.is_inside(),
                "only readers are inside, and nobody waits"
            );
            reader.leave();
            late.leave();
        });
        assert_eq!(state(&lock), EMPTY, "after all have left");
    });
}

/// Study: who gives up must undo what its waiting did to others.
#[test]
fn a_writer_that_gives_up_lets_the_readers_behind_it_in() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let first = Visitor::reader(scope, &lock);
            let timed = scope.spawn(|| lock.write_timeout(millis(100)).is_some());
            clock::advance(millis(40));
            let late = Visitor::reader(scope, &lock);
            assert!(!late.is_inside(), "a writer is waiting");
            assert_eq!(state(&lock), (1, false, 1, 1), "after 40 ms");
            clock::advance(millis(60));
            assert!(late.is_inside(), "the writer has given up");
            assert_eq!(state(&lock), (2, false, 0, 0), "after 100 ms");
            let entered = timed.join().expect("write_timeout panicked");
            assert!(!entered, "a writer entered beside a reader");
            first.leave();
            late.leave();
        });
        assert_eq!(state(&lock), EMPTY, "after all have left");
    });
}

#[test]
fn a_writer_that_gives_up_lets_nobody_in_beside_another_writer() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let writer = Visitor::writer(scope, &lock);
            let timed = scope.spawn(|| lock.write_timeout(millis(100)).is_some());
            settle();
            let reader = Visitor::reader(scope, &lock);
            clock::advance(millis(100));
            assert!(timed.is_finished(), "its time is over");
            assert!(!reader.is_inside(), "a reader beside a writer");
            assert_eq!(state(&lock), (0, true, 1, 0), "after 100 ms");
            writer.leave();
            assert!(reader.is_inside(), "the reader, and the way is free");
            reader.leave();
        });
    });
}

#[test]
fn readers_stay_behind_a_writer_that_goes_on_waiting() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let first = Visitor::reader(scope, &lock);
            let writer = Visitor::writer(scope, &lock);
            let timed = scope.spawn(|| lock.write_timeout(millis(100)).is_some());
            settle();
            let late = Visitor::reader(scope, &lock);
            clock::advance(millis(100));
            assert!(timed.is_finished(), "its time is over");
            assert!(!late.is_inside(), "the other writer is still waiting");
            assert_eq!(state(&lock), (1, false, 1, 1), "after 100 ms");
            first.leave();
            assert!(writer.is_inside(), "it is the writer's turn");
            writer.leave();
            assert!(late.is_inside(), "it is the readers' turn");
            late.leave();
        });
    });
}

#[test]
fn no_time_is_the_same_as_a_try() {
    check(|| {
        let lock = PhaseFairLock::new();
        let entered = lock.write_timeout(Duration::ZERO).is_some();
        assert!(entered, "nobody is inside, so no time is needed");
        thread::scope(|scope| {
            let reader = Visitor::reader(scope, &lock);
            let entered = lock.write_timeout(Duration::ZERO).is_some();
            assert!(!entered, "a writer is inside beside a reader");
            assert_eq!(state(&lock), (1, false, 0, 0), "nobody waits");
            let other = Visitor::reader(scope, &lock);
            assert!(other.is_inside(), "nobody is in its way");
            reader.leave();
            other.leave();
        });
        assert_eq!(clock::now(), Duration::ZERO, "no time passes");
    });
}

#[test]
fn the_longest_timeout_waits_as_long_as_it_takes() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let reader = Visitor::reader(scope, &lock);
            let writer = Visitor::start(scope, || lock.write_timeout(Duration::MAX));
            clock::advance(Duration::from_secs(86_400));
            assert_eq!(state(&lock), (1, false, 0, 1), "it waits for a day");
            reader.leave();
            assert!(writer.is_inside(), "the writer, and the way is free");
            assert_eq!(state(&lock), (0, true, 0, 0), "after a day");
            writer.leave();
        });
    });
}

/// Study: a failed wait must leave no trace.
#[test]
fn who_has_given_up_does_not_count_as_waiting() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let reader = Visitor::reader(scope, &lock);
            for attempt in 1..=2 {
                let entered = lock.write_timeout(millis(10)).is_some();
                assert!(!entered, "a writer is inside beside a reader");
                let now = state(&lock);
                assert_eq!(now, (1, false, 0, 0), "after {attempt} failed attempts");
            }
            assert!(lock.try_read().is_some(), "nobody waits any more");
            reader.leave();
        });
        assert!(lock.try_write().is_some(), "nobody is inside any more");
    });
}

/// Study: turn the timeout into a deadline once, and wait for the rest of it after a wake-up.
#[test]
fn a_timed_writer_that_loses_its_place_waits_only_for_the_rest() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let guard = lock.try_write().expect("nobody is inside");
            let timed = scope.spawn(|| {
                let entered = lock.write_timeout(millis(100)).is_some();
                (entered, clock::now())
            });
            clock::advance(millis(60));
            drop(guard);
            let stolen = lock.try_write();
            clock::advance(millis(10));
            if stolen.is_some() {
                assert!(!timed.is_finished(), "it has 30 ms left");
                let (entered, when) = timed.join().expect("write_timeout panicked");
                assert!(!entered, "two writers are inside");
                assert_eq!(when, millis(100), "the timeout covers the whole call");
            } else {
                let (entered, when) = timed.join().expect("write_timeout panicked");
                assert!(entered, "it was its turn");
                assert_eq!(when, millis(60), "it has no reason to wait any longer");
            }
        });
    });
}

#[test]
fn a_panic_lets_a_writer_out() {
    check(|| {
        let lock = PhaseFairLock::new();
        thread::scope(|scope| {
            let gate = Gate::new();
            let dying = scope.spawn({
                let (lock, gate) = (&lock, gate.clone());
                move || {
                    let died = panic::catch_unwind(AssertUnwindSafe(|| {
                        let _guard = lock.write();
                        gate.wait();
                        panic!("while writing");
                    }));
                    died.is_err()
                }
            });
            settle();
            let (reader, writer) = (Visitor::reader(scope, &lock), Visitor::writer(scope, &lock));
            assert_eq!(state(&lock), (0, true, 1, 1), "before the panic");
            gate.open();
            assert!(dying.join().expect("the panic was caught"), "it panicked");
            assert!(reader.is_inside(), "the reader, and the way is free");
            reader.leave();
            assert!(writer.is_inside(), "the writer, and the way is free");
            writer.leave();
        });
        assert_eq!(state(&lock), EMPTY, "after all have left");
    });
}

#[test]
fn a_panic_lets_a_reader_out() {
    check(|| {
        let lock = PhaseFairLock::new();
        let died = thread::scope(|scope| {
            let dying = scope.spawn(|| {
                let _guard = lock.read();
                panic!("while reading");
            });
            dying.join().is_err()
        });
        assert!(died, "it panicked");
        assert_eq!(state(&lock), EMPTY, "after the panic");
        assert!(lock.try_write().is_some(), "nobody is inside any more");
        assert!(lock.try_read().is_some(), "nobody is inside any more");
    });
}
