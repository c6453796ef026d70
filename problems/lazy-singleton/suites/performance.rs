//! Reads when the value is there, and a crowd that waits for it.

use judge_kit::race_reference;

judge_kit::both_sides! {
    use std::hint::black_box;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use subject::Singleton;

    fn built() -> Singleton<u64> {
        let cell = Singleton::new();
        assert!(cell.get_or_try_init(|| Ok::<_, ()>(7)).is_ok());
        cell
    }

    /// So many threads ask `get`.
    pub fn gets(threads: usize, each: usize) {
        let cell = built();
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for _ in 0..each {
                        assert_eq!(black_box(&cell).get(), Some(&7));
                    }
                });
            }
        });
    }

    /// So many threads ask for the value with an `init` at hand.
    pub fn hits(threads: usize, each: usize) {
        let cell = built();
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for _ in 0..each {
                        let found = black_box(&cell).get_or_try_init(|| Err(()));
                        assert_eq!(found, Ok(&7));
                    }
                });
            }
        });
    }

    /// One singleton after the other, each with a build that ends when all threads have come for it.
    pub fn crowds(threads: usize, count: usize) {
        let cells: Vec<_> = (0..count).map(|_| Singleton::new()).collect();
        let come: Vec<_> = cells.iter().map(|_| AtomicUsize::new(0)).collect();
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for (cell, come) in cells.iter().zip(&come) {
                        come.fetch_add(1, Ordering::SeqCst);
                        let answer = cell.get_or_try_init(|| {
                            while come.load(Ordering::SeqCst) < threads {
                                thread::yield_now();
                            }
                            Ok::<_, ()>(1)
                        });
                        assert_eq!(answer, Ok(&1));
                    }
                });
            }
        });
    }
}

/// Study: what eight readers write to, be it only a lock's counter, travels between processors.
#[test]
fn eight_threads_that_get_keep_up_with_the_reference() {
    race_reference(
        || submission::gets(8, 100_000),
        || reference::gets(8, 100_000),
    );
}

/// Study: look for the value before anything else is touched.
#[test]
fn eight_threads_that_would_build_keep_up_with_the_reference() {
    race_reference(
        || submission::hits(8, 100_000),
        || reference::hits(8, 100_000),
    );
}

#[test]
fn a_crowd_of_waiting_callers_is_told_at_once() {
    race_reference(|| submission::crowds(64, 20), || reference::crowds(64, 20));
}
