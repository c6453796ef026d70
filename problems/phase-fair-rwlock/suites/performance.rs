//! A lock that nobody contends for, and one that is mostly read.

use judge_kit::{Growth, growth, race_reference};

judge_kit::both_sides! {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;
    use subject::PhaseFairLock;

    /// A lock that has been taken so often before.
    fn used(before: usize) -> PhaseFairLock {
        let lock = PhaseFairLock::new();
        for _ in 0..before / 2 {
            drop(lock.read());
            drop(lock.write());
        }
        lock
    }

    /// A reader comes and goes.
    pub fn reading(before: usize) -> impl FnMut() -> usize {
        let lock = used(before);
        assert!(lock.try_read().is_some());
        move || {
            let _guard = lock.read();
            1
        }
    }

    /// A writer comes and goes.
    pub fn writing(before: usize) -> impl FnMut() -> usize {
        let lock = used(before);
        assert!(lock.try_write().is_some());
        move || {
            let _guard = lock.write();
            1
        }
    }

    /// So many threads that read, and write once in a hundred times. A writer takes its time.
    pub fn mostly_reading(threads: u64, each: u64) {
        let (lock, written) = (PhaseFairLock::new(), AtomicU64::new(0));
        thread::scope(|scope| {
            for number in 0..threads {
                let (lock, written) = (&lock, &written);
                scope.spawn(move || {
                    for round in 0..each {
                        if (round + number * 7) % 100 == 0 {
                            let _guard = lock.write();
                            let before = written.load(Ordering::SeqCst);
                            thread::yield_now();
                            written.store(before + 1, Ordering::SeqCst);
                        } else {
                            let _guard = lock.read();
                            assert!(written.load(Ordering::SeqCst) <= threads * each);
                        }
                    }
                });
            }
        });
        assert_eq!(written.into_inner(), threads * each / 100);
    }
}

/// Study: nothing about earlier visits needs to be kept.
#[test]
fn a_reader_costs_the_same_after_many_visits() {
    growth(
        submission::reading,
        reference::reading,
        [2_000, 32_000],
        Growth::CONSTANT,
    );
}

#[test]
fn a_writer_costs_the_same_after_many_visits() {
    growth(
        submission::writing,
        reference::writing,
        [2_000, 32_000],
        Growth::CONSTANT,
    );
}

#[test]
fn eight_threads_that_mostly_read_keep_up_with_the_reference() {
    race_reference(
        || submission::mostly_reading(8, 1_000),
        || reference::mostly_reading(8, 1_000),
    );
}
