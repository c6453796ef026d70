//! Builds, failures and what is found later, one call after the other.

use judge_kit::{Recorder, assert_send_sync, check};
use lazy_singleton::Singleton;
use std::convert::Infallible;
use std::ptr;
use std::thread;

/// A call whose init returns `value`; tells the answer and whether the init ran.
fn build(cell: &Singleton<u32>, value: u32) -> (Option<u32>, bool) {
    let runs = Recorder::new();
    let answer = cell.get_or_try_init(|| {
        runs.record(());
        Ok::<_, String>(value)
    });
    (answer.ok().copied(), !runs.is_empty())
}

/// A call whose init fails with `words`; tells the answer and whether the init ran.
fn fail(cell: &Singleton<u32>, words: &str) -> (Result<u32, String>, bool) {
    let runs = Recorder::new();
    let answer = cell.get_or_try_init(|| {
        runs.record(());
        Err(words.to_owned())
    });
    (answer.copied(), !runs.is_empty())
}

#[test]
fn the_first_call_builds_and_the_others_find_it() {
    check(|| {
        assert_send_sync::<Singleton<Vec<u32>>>();
        let cell = Singleton::new();
        assert_eq!(build(&cell, 1), (Some(1), true), "the first call");
        assert_eq!(build(&cell, 2), (Some(1), false), "the second call");
        let (answer, ran) = fail(&cell, "not needed");
        assert_eq!(answer.ok(), Some(1), "a call whose init would fail");
        assert!(!ran, "an init ran although the value is there");
    });
}

#[test]
fn every_caller_gets_the_very_same_value() {
    check(|| {
        let cell = Singleton::new();
        let first = cell.get_or_try_init(|| Ok::<_, ()>(1_u32));
        let first = first.expect("the build succeeds");
        let second = cell.get_or_try_init(|| Ok::<_, ()>(2_u32));
        let second = second.expect("the value is there");
        assert!(ptr::eq(first, second), "two calls, two addresses");
        let third = cell.get().expect("the value is there");
        assert!(ptr::eq(first, third), "get found another address");
    });
}

#[test]
fn get_says_what_is_there_and_builds_nothing() {
    check(|| {
        let cell = Singleton::new();
        assert_eq!(cell.get(), None, "before the first call");
        assert_eq!(cell.get(), None, "get builds nothing");
        assert_eq!(build(&cell, 7), (Some(7), true), "the first call");
        assert_eq!(cell.get(), Some(&7), "after the build");
        assert_eq!(cell.get(), Some(&7), "once more");
    });
}

/// Study: an error belongs to the call in which it happened.
#[test]
fn a_failed_build_is_told_and_tried_again() {
    check(|| {
        let cell = Singleton::new();
        let (answer, ran) = fail(&cell, "no such file");
        assert!(ran, "the init of the first call did not run");
        assert_eq!(answer.err().as_deref(), Some("no such file"), "1st error");
        assert_eq!(cell.get(), None, "after a failed build");
        let (answer, ran) = fail(&cell, "no route");
        assert!(ran, "the init of the second call did not run");
        assert_eq!(answer.err().as_deref(), Some("no route"), "2nd error");
        assert_eq!(cell.get(), None, "after two failed builds");
        assert_eq!(build(&cell, 3), (Some(3), true), "the third call");
        assert_eq!(cell.get(), Some(&3), "after the success");
        assert_eq!(build(&cell, 4), (Some(3), false), "the fourth call");
    });
}

static NAME: Singleton<String> = Singleton::new();

#[test]
fn it_works_in_a_static() {
    check(|| {
        assert_eq!(NAME.get(), None, "before the first call");
        let built: Result<&'static String, Infallible> =
            NAME.get_or_try_init(|| Ok("first".to_owned()));
        let Ok(built) = built;
        assert_eq!(built, "first", "the value of the first call");
        let seen = thread::spawn(|| NAME.get().map(|name| name.as_ptr() as usize));
        let seen = seen.join().expect("get panicked");
        let here = built.as_ptr() as usize;
        assert!(seen == Some(here), "another thread found another value");
    });
}

#[test]
fn the_error_type_is_each_callers_own() {
    check(|| {
        let cell = Singleton::<u32>::new();
        let words: Result<&u32, &str> = cell.get_or_try_init(|| Err("closed"));
        assert_eq!(words.err(), Some("closed"), "an error of words");
        let number: Result<&u32, [u8; 2]> = cell.get_or_try_init(|| Err([4, 2]));
        assert_eq!(number.err(), Some([4, 2]), "an error of numbers");
        let never: Result<&u32, Infallible> = cell.get_or_try_init(|| Ok(5));
        assert_eq!(never.ok(), Some(&5), "a build that cannot fail");
    });
}

#[test]
fn a_value_built_on_one_thread_is_found_on_all() {
    check(|| {
        let cell = Singleton::new();
        thread::scope(|scope| {
            let builder = scope.spawn(|| build(&cell, 1));
            let built = builder.join().expect("get_or_try_init panicked");
            assert_eq!(built, (Some(1), true), "the first call");
            let reader = scope.spawn(|| (cell.get().copied(), build(&cell, 2)));
            let (seen, found) = reader.join().expect("the reader panicked");
            assert_eq!(seen, Some(1), "get on another thread");
            assert_eq!(found, (Some(1), false), "a call on another thread");
        });
        assert_eq!(cell.get(), Some(&1), "get on a third thread");
    });
}
