//! What must hold in whatever order the threads run.

use judge_kit::{Explore, History, Recorder, check, clock, explore, settle};
use phase_fair_rwlock::PhaseFairLock;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Two numbers that a writer raises one after the other, so that they differ while it is at work.
#[derive(Default)]
struct Pair {
    left: AtomicU32,
    right: AtomicU32,
}

impl Pair {
    fn raise(&self) {
        let next = self.left.load(Ordering::SeqCst) + 1;
        self.left.store(next, Ordering::SeqCst);
        self.right.store(next, Ordering::SeqCst);
    }

    fn numbers(&self) -> (u32, u32) {
        let left = self.left.load(Ordering::SeqCst);
        (left, self.right.load(Ordering::SeqCst))
    }

    /// For a reader inside the lock: whether a writer is at work all the same.
    fn is_torn(&self) -> bool {
        let (left, right) = self.numbers();
        left != right
    }
}

fn assert_empty(lock: &PhaseFairLock) {
    let state = lock.state();
    let inside = (state.readers, state.writer);
    assert_eq!(
        inside,
        (0, false),
        "readers and a writer inside, and all have left"
    );
    let waiting = (state.waiting_readers, state.waiting_writers);
    assert_eq!(
        waiting,
        (0, 0),
        "readers and writers waiting, and all have left"
    );
}

/// Two readers and two writers, each entering so often.
fn two_by_two(rounds: u32) {
    let (lock, pair) = (PhaseFairLock::new(), Pair::default());
    let torn = thread::scope(|scope| {
        let readers = [(); 2].map(|()| {
            scope.spawn(|| {
                (0..rounds).any(|_| {
                    let _guard = lock.read();
                    pair.is_torn()
                })
            })
        });
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..rounds {
                    let _guard = lock.write();
                    pair.raise();
                }
            });
        }
        readers.map(|reader| reader.join().expect("read panicked"))
    });
    assert_eq!(torn, [false; 2], "a reader saw a writer at work");
    let all = (2 * rounds, 2 * rounds);
    assert_eq!(pair.numbers(), all, "two writers were inside at once");
    assert_empty(&lock);
}

/// Study: the condition must be looked at again after each wake-up, under the lock.
#[test]
fn two_readers_and_two_writers_exclude_each_other() {
    Explore::new()
        .schedules(6_000)
        .random(400)
        .run(|| two_by_two(1));
}

/// Study: each wake-up must reach a thread that can use it.
#[test]
fn two_readers_and_two_writers_come_and_go() {
    Explore::new()
        .schedules(3_000)
        .random(300)
        .run(|| two_by_two(2));
}

#[test]
fn three_writers_take_turns() {
    explore(|| {
        let (lock, pair) = (PhaseFairLock::new(), Pair::default());
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let _guard = lock.write();
                    pair.raise();
                });
            }
        });
        assert_eq!(pair.numbers(), (3, 3), "two writers were inside at once");
        assert_empty(&lock);
    });
}

/// Study: a stream of readers must not keep a writer out.
#[test]
fn who_comes_after_a_waiting_writer_enters_after_it() {
    explore(|| {
        let (lock, entered) = (PhaseFairLock::new(), Recorder::new());
        thread::scope(|scope| {
            let guard = lock.read();
            scope.spawn(|| {
                let _guard = lock.write();
                entered.record("writer");
            });
            settle();
            for _ in 0..2 {
                scope.spawn(|| {
                    let _guard = lock.read();
                    entered.record("reader");
                });
            }
            drop(guard);
        });
        let order = ["writer", "reader", "reader"];
        assert_eq!(entered.seen(), order, "the writer was the first to wait");
        assert_empty(&lock);
    });
}

/// Study: writers that come back at once must not keep a reader out.
#[test]
fn who_waits_for_a_writer_enters_before_the_next_one() {
    Explore::new().schedules(6_000).random(400).run(|| {
        let (lock, entered) = (PhaseFairLock::new(), Recorder::new());
        thread::scope(|scope| {
            let guard = lock.write();
            scope.spawn(|| {
                let _guard = lock.read();
                entered.record("reader");
            });
            settle();
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..2 {
                        let _guard = lock.write();
                        entered.record("writer");
                    }
                });
            }
            drop(guard);
        });
        let entered = entered.seen();
        assert_eq!(entered.len(), 5, "a reader and four times a writer");
        assert_eq!(entered.first(), Some(&"reader"), "the reader waited first");
        assert_empty(&lock);
    });
}

/// Study: wake all readers, and count them in before anybody else can look.
#[test]
fn readers_who_wait_enter_together() {
    explore(|| {
        let (lock, meeting) = (PhaseFairLock::new(), Barrier::new(2));
        thread::scope(|scope| {
            let guard = lock.write();
            for _ in 0..2 {
                scope.spawn(|| {
                    let _guard = lock.read();
                    // Passes only if the other reader is inside too.
                    meeting.wait();
                });
            }
            settle();
            scope.spawn(|| drop(lock.write()));
            drop(guard);
        });
        assert_empty(&lock);
    });
}

/// Study: sleep on a condition, do not look again from time to time.
#[test]
fn who_waits_enters_the_moment_the_way_is_free() {
    check(|| {
        const LONG: Duration = Duration::from_nanos(7_000_000_003);
        let lock = PhaseFairLock::new();
        let (reader, writer) = thread::scope(|scope| {
            scope.spawn(|| {
                let _guard = lock.write();
                thread::sleep(LONG);
            });
            settle();
            let reader = scope.spawn(|| {
                let _guard = lock.read();
                let entered = clock::now();
                thread::sleep(LONG);
                entered
            });
            settle();
            let writer = scope.spawn(|| {
                let _guard = lock.write();
                clock::now()
            });
            let reader = reader.join().expect("read panicked");
            (reader, writer.join().expect("write panicked"))
        });
        assert_eq!(reader, LONG, "when the reader entered");
        assert_eq!(writer, 2 * LONG, "when the second writer entered");
    });
}

/// Study: a writer that gives up has to tell the readers behind it.
#[test]
fn a_writer_that_may_give_up_leaves_no_reader_asleep() {
    explore(|| {
        let (lock, pair) = (PhaseFairLock::new(), Pair::default());
        thread::scope(|scope| {
            scope.spawn(|| {
                let _guard = lock.read();
                thread::sleep(millis(10));
            });
            let timed = scope.spawn(|| {
                let guard = lock.write_timeout(millis(10));
                if guard.is_some() {
                    pair.raise();
                }
                guard.is_some()
            });
            let late = scope.spawn(|| {
                let _guard = lock.read();
                pair.is_torn()
            });
            let torn = late.join().expect("read panicked");
            assert!(!torn, "a reader saw a writer at work");
            let wrote = timed.join().expect("write_timeout panicked");
            assert_eq!(pair.numbers().0, u32::from(wrote), "writes that were made");
        });
        assert_empty(&lock);
    });
}

/// Study: a writer whose time is over may just have used up the wake-up meant for another one.
#[test]
fn a_writer_that_may_give_up_leaves_no_writer_asleep() {
    explore(|| {
        let (lock, pair) = (PhaseFairLock::new(), Pair::default());
        let wrote = thread::scope(|scope| {
            scope.spawn(|| {
                let _guard = lock.read();
                thread::sleep(millis(10));
            });
            settle();
            let timed = scope.spawn(|| {
                let guard = lock.write_timeout(millis(10));
                if guard.is_some() {
                    pair.raise();
                }
                guard.is_some()
            });
            settle();
            scope.spawn(|| {
                let _guard = lock.write();
                pair.raise();
            });
            timed.join().expect("write_timeout panicked")
        });
        let all = 1 + u32::from(wrote);
        assert_eq!(pair.numbers(), (all, all), "writes that were made");
        assert_empty(&lock);
    });
}

#[derive(Clone, Debug)]
enum Op {
    TryRead,
    TryWrite,
    LeaveRead,
    LeaveWrite,
}

/// The rules of the calls that do not wait, for readers and writers inside.
fn step(before: &(u32, bool), op: &Op, ret: &bool) -> Option<(u32, bool)> {
    let (readers, writer) = *before;
    let (expected, after) = match op {
        Op::TryRead => (!writer, (readers + u32::from(!writer), writer)),
        Op::TryWrite => (readers == 0 && !writer, (readers, writer || readers == 0)),
        Op::LeaveRead => (true, (readers - 1, writer)),
        Op::LeaveWrite => (true, (readers, false)),
    };
    (*ret == expected).then_some(after)
}

/// Study: looking and entering must be one step, and being busy is no reason to say no.
#[test]
fn calls_that_do_not_wait_fail_with_reason_only() {
    Explore::new().schedules(6_000).random(400).run(|| {
        let (lock, history) = (PhaseFairLock::new(), History::new());
        let read = || {
            let mut guard = None;
            let enter = || {
                guard = lock.try_read();
                guard.is_some()
            };
            if history.call(Op::TryRead, enter) {
                history.call(Op::LeaveRead, || guard.take().is_some());
            }
        };
        let write = || {
            let mut guard = None;
            let enter = || {
                guard = lock.try_write();
                guard.is_some()
            };
            if history.call(Op::TryWrite, enter) {
                history.call(Op::LeaveWrite, || guard.take().is_some());
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| {
                read();
                write();
            });
            scope.spawn(read);
            scope.spawn(write);
        });
        history.linearizable((0, false), step);
        assert_empty(&lock);
    });
}

#[test]
fn a_crowd_of_readers_and_writers_comes_and_goes() {
    Explore::new().schedules(0).random(300).run(|| {
        let (lock, pair) = (PhaseFairLock::new(), Pair::default());
        let (torn, wrote) = thread::scope(|scope| {
            let readers = [(); 3].map(|()| {
                scope.spawn(|| {
                    (0..3).any(|_| {
                        let _guard = lock.read();
                        thread::yield_now();
                        pair.is_torn()
                    })
                })
            });
            let writers = [(); 2].map(|()| {
                scope.spawn(|| {
                    for _ in 0..2 {
                        let _guard = lock.write();
                        pair.raise();
                    }
                    2
                })
            });
            let timed = [0, 1].map(|time| {
                let (lock, pair) = (&lock, &pair);
                scope.spawn(move || {
                    let guard = lock.write_timeout(millis(time));
                    if guard.is_some() {
                        pair.raise();
                    }
                    u32::from(guard.is_some())
                })
            });
            let torn = readers.map(|reader| reader.join().expect("read panicked"));
            let writers = writers.into_iter().chain(timed);
            let wrote: u32 = writers
                .map(|writer| writer.join().expect("a writer panicked"))
                .sum();
            (torn, wrote)
        });
        assert_eq!(torn, [false; 3], "a reader saw a writer at work");
        assert_eq!(
            pair.numbers(),
            (wrote, wrote),
            "two writers were inside at once"
        );
        assert_empty(&lock);
    });
}
