//! Panics, recursion, nesting, and when values are dropped.

use judge_kit::{DropCounter, Recorder, check};
use lazy_singleton::Singleton;
use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::thread;

/// Runs something that is expected to panic, and returns what it threw.
fn thrown<R>(body: impl FnOnce() -> R) -> Option<Box<dyn Any + Send>> {
    panic::catch_unwind(AssertUnwindSafe(body)).err()
}

fn build(cell: &Singleton<u32>, value: u32) -> Option<u32> {
    cell.get_or_try_init(|| Ok::<_, ()>(value)).ok().copied()
}

/// Study: what the lock says after a panic, and who gives the place to build back.
#[test]
fn after_a_panic_the_next_call_builds() {
    check(|| {
        let cell = Singleton::<u32>::new();
        let caught = thrown(|| cell.get_or_try_init(|| -> Result<_, ()> { panic!("no disk") }));
        let caught = caught.expect("the panic of init did not reach its caller");
        assert_eq!(
            caught.downcast_ref().copied(),
            Some("no disk"),
            "what the caller caught is what init threw"
        );
        assert_eq!(cell.get(), None, "after the panic");
        let again = cell.get_or_try_init(|| Err("no network"));
        assert_eq!(again.err(), Some("no network"), "a failing call after it");
        assert_eq!(build(&cell, 2), Some(2), "the next call");
        assert_eq!(cell.get(), Some(&2), "after the build");
    });
}

#[test]
fn after_a_panic_on_another_thread_the_next_call_builds() {
    check(|| {
        let cell = Singleton::<u32>::new();
        thread::scope(|scope| {
            let dying =
                scope.spawn(|| cell.get_or_try_init(|| -> Result<_, ()> { panic!("no disk") }));
            assert!(dying.join().is_err(), "the panic of init was lost");
        });
        assert_eq!(cell.get(), None, "after the panic");
        assert_eq!(build(&cell, 2), Some(2), "the next call");
    });
}

/// Study: a thread must be able to tell that it would wait for itself.
#[test]
fn asking_for_itself_inside_of_init_panics() {
    check(|| {
        let cell = Singleton::new();
        let (inner, passed) = (Recorder::new(), Cell::new(false));
        let caught = thrown(|| {
            cell.get_or_try_init(|| {
                let asked = cell.get_or_try_init(|| {
                    inner.record(());
                    Ok::<_, ()>(1)
                });
                passed.set(true);
                asked.copied()
            })
            .copied()
        });
        assert!(!passed.get(), "the call inside of init returned");
        assert!(caught.is_some(), "the panic did not reach the outer caller");
        assert_eq!(inner.len(), 0, "runs of the inner init");
        assert_eq!(cell.get(), None, "the outer build has failed");
        assert_eq!(build(&cell, 3), Some(3), "the next call");
        assert_eq!(build(&cell, 4), Some(3), "the call after it");
    });
}

#[test]
fn get_inside_of_init_says_none() {
    check(|| {
        let cell = Singleton::new();
        let seen = Recorder::new();
        let built = cell.get_or_try_init(|| {
            seen.record(cell.get().copied());
            Ok::<_, ()>(5)
        });
        assert_eq!(built, Ok(&5), "the call whose init asked get");
        assert_eq!(seen.seen(), [None], "what get said inside of init");
    });
}

#[test]
fn one_singleton_is_built_inside_of_another() {
    check(|| {
        let (outer, inner) = (Singleton::new(), Singleton::new());
        let built = outer.get_or_try_init(|| {
            let part = inner.get_or_try_init(|| Ok::<_, ()>(20))?;
            Ok::<_, ()>(part + 1)
        });
        assert_eq!(built, Ok(&21), "the outer value");
        assert_eq!(inner.get(), Some(&20), "the inner value");
        let (outer, inner) = (Singleton::<u32>::new(), Singleton::<u32>::new());
        let failed = outer.get_or_try_init(|| {
            let part = inner.get_or_try_init(|| Err("inner"));
            part.copied().map_err(|_| "outer")
        });
        assert_eq!(failed.err(), Some("outer"), "the error of the outer build");
        assert_eq!(build(&outer, 1), Some(1), "the outer one afterwards");
        assert_eq!(build(&inner, 2), Some(2), "the inner one afterwards");
    });
}

/// Study: what was noted about a build must end together with it.
#[test]
fn recursion_is_noticed_after_a_nested_build_too() {
    check(|| {
        let (outer, inner) = (Singleton::new(), Singleton::new());
        let (nested, passed) = (Cell::new(None), Cell::new(false));
        let caught = thrown(|| {
            outer
                .get_or_try_init(|| {
                    nested.set(build(&inner, 1));
                    let asked = outer.get_or_try_init(|| Ok::<_, ()>(2));
                    passed.set(true);
                    asked.copied()
                })
                .copied()
        });
        assert_eq!(nested.get(), Some(1), "the nested build of another one");
        assert!(!passed.get(), "the call inside of init returned");
        assert!(caught.is_some(), "the panic did not reach the outer caller");
        assert_eq!(build(&outer, 3), Some(3), "the next call");
    });
}

#[test]
fn the_value_is_dropped_once_with_the_singleton() {
    check(|| {
        let drops = DropCounter::new();
        let cell = Singleton::new();
        let unlucky = drops.token();
        let failed = cell.get_or_try_init(|| Err(unlucky));
        assert!(failed.is_err(), "the init failed");
        drop(failed);
        assert_eq!(drops.live(), 0, "the error is its caller's to drop");
        let built = cell.get_or_try_init(|| Ok::<_, ()>(drops.token()));
        assert!(built.is_ok(), "the init succeeded");
        assert_eq!(drops.live(), 1, "the value lives in the singleton");
        let spare = drops.token();
        assert!(cell.get_or_try_init(move || Ok::<_, ()>(spare)).is_ok());
        assert_eq!(drops.live(), 1, "an init that does not run is dropped");
        drop(cell);
        assert_eq!(drops.live(), 0, "the value goes with the singleton");
        assert_eq!(drops.created(), drops.dropped(), "each value once");
    });
}

/// A value that can do nothing but exist.
struct Plain;

#[test]
fn values_need_no_size_and_no_traits() {
    check(|| {
        let cell = Singleton::new();
        let runs = Recorder::new();
        for _ in 0..3 {
            let built = cell.get_or_try_init(|| {
                runs.record(());
                Ok::<_, ()>(Plain)
            });
            assert!(built.is_ok(), "the build succeeds");
        }
        assert_eq!(runs.len(), 1, "builds of a value without size");
        assert!(cell.get().is_some(), "after the build");
        let words = String::from("borrowed");
        let cell = Singleton::<&str>::new();
        let built = cell.get_or_try_init(|| Ok::<_, ()>(words.as_str()));
        assert_eq!(built, Ok(&"borrowed"), "a value that borrows");
    });
}
