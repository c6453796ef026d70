//! Sample tests: the same rules as in the hidden suites, with other numbers.

use lazy_singleton::Singleton;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

static GREETING: Singleton<String> = Singleton::new();

#[test]
fn a_static_is_built_once() {
    let first = GREETING.get_or_try_init(|| Ok::<_, ()>("hello".to_owned()));
    let first = first.expect("the build succeeds");
    assert_eq!(first, "hello");
    let again = GREETING.get_or_try_init(|| Err("it is built already"));
    assert!(ptr::eq(first, again.expect("the value is there")));
}

#[test]
fn get_sees_the_value_as_soon_as_it_is_built() {
    let answer = Singleton::new();
    assert_eq!(answer.get(), None);
    assert_eq!(answer.get_or_try_init(|| Err("not yet")), Err("not yet"));
    assert_eq!(answer.get(), None);
    assert_eq!(answer.get_or_try_init(|| Ok::<_, ()>(41)), Ok(&41));
    assert_eq!(answer.get(), Some(&41));
}

#[test]
fn callers_at_the_same_time_share_one_build() {
    let (price, builds) = (Singleton::new(), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let built = price.get_or_try_init(|| {
                    builds.fetch_add(1, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(10));
                    Ok::<_, ()>(250)
                });
                assert_eq!(built, Ok(&250));
            });
        }
    });
    assert_eq!(builds.load(Ordering::SeqCst), 1);
}
