//! `std::thread`.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::thread::{
    self, AccessError, Builder, JoinHandle, LocalKey, Scope, ScopedJoinHandle, Thread, ThreadId,
};
use std::time::Duration;

thread_local! {}
thread_local!(static SINGLE: Cell<u8> = Cell::new("1".parse().unwrap()));
thread_local! {
    /// With attributes, a visibility and a constant start.
    pub static FIRST: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static SECOND: Cell<u8> = const { Cell::new(2) };
    static THIRD: String = "three".to_owned()
}

pub fn lines() {
    assert_eq!(
        (SINGLE.get(), SINGLE.replace(3), SINGLE.take(), SINGLE.get()),
        (1, 1, 3, 0)
    );
    SECOND.set(4);
    assert_eq!(thread::spawn(|| SECOND.get()).join().unwrap(), 2);
    FIRST.set(vec![1]);
    FIRST.with_borrow_mut(|numbers| numbers.push(2));
    assert_eq!(FIRST.with_borrow(Vec::len), 2);
    assert_eq!((FIRST.replace(vec![]), FIRST.take()), (vec![1, 2], vec![]));
    let third: &'static LocalKey<String> = &THIRD;
    let length: Result<usize, AccessError> = third.try_with(String::len);
    assert_eq!((third.with(String::len), length), (5, Ok(5)));

    let handle: JoinHandle<u8> = thread::spawn(|| 1);
    let _: &Thread = handle.thread();
    assert_eq!(format!("{handle:?}"), "JoinHandle { .. }");
    assert_eq!(handle.join().unwrap(), 1);
    let result: thread::Result<()> = thread::spawn(|| panic!("on purpose")).join();
    assert_eq!(
        *result.unwrap_err().downcast::<&str>().unwrap(),
        "on purpose"
    );
    let handle = Builder::new()
        .name("one".to_owned())
        .stack_size(1 << 20)
        .spawn(|| thread::current().name().map(str::to_owned));
    assert_eq!(handle.unwrap().join().unwrap().as_deref(), Some("one"));
    assert_eq!(
        thread::spawn(|| thread::current().name().map(str::to_owned))
            .join()
            .unwrap(),
        None
    );
    let handle = thread::spawn(|| {});
    while !handle.is_finished() {
        thread::yield_now();
    }
    handle.join().unwrap();
    let id: ThreadId = thread::current().id();
    assert!(
        id == thread::current().id()
            && thread::spawn(|| thread::current().id()).join().unwrap() != id
    );
    assert!(format!("{id:?}").starts_with("ThreadId("));
    assert!(format!("{:?}", thread::current()).starts_with("Thread { id: ThreadId("));

    let mut numbers = vec![1, 2];
    let sum = thread::scope(|scope: &Scope<'_, '_>| {
        let first: ScopedJoinHandle<'_, i32> = scope.spawn(|| numbers.iter().sum());
        let second = Builder::new()
            .spawn_scoped(scope, || numbers.len())
            .unwrap();
        assert_eq!(format!("{first:?}"), "ScopedJoinHandle { .. }");
        assert!(format!("{scope:?}").starts_with("Scope { "));
        while !first.is_finished() {
            std::hint::spin_loop();
        }
        let _ = first.thread().id();
        scope.spawn(|| scope.spawn(|| {}));
        first.join().unwrap() + second.join().unwrap() as i32
    });
    numbers.push(sum);
    assert_eq!(numbers, [1, 2, 5]);
    let unjoined = catch_unwind(AssertUnwindSafe(|| {
        thread::scope(|scope| drop(scope.spawn(|| panic!("on purpose"))))
    }));
    assert_eq!(
        *unjoined.unwrap_err().downcast::<&str>().unwrap(),
        "a scoped thread panicked"
    );
    thread::scope(|scope| scope.spawn(|| panic!("on purpose")).join().unwrap_err());

    thread::current().unpark();
    thread::park();
    thread::current().unpark();
    thread::park_timeout(Duration::MAX);
    thread::park_timeout(Duration::from_millis(1));
    thread::park_timeout(Duration::ZERO);
    thread::sleep(Duration::from_millis(1));
    thread::sleep(Duration::ZERO);
    assert!(thread::available_parallelism().unwrap().get() > 0);

    assert!(!thread::panicking());
    let payload = catch_unwind(|| panic::panic_any(7)).unwrap_err();
    let payload = catch_unwind(AssertUnwindSafe(|| panic::resume_unwind(payload))).unwrap_err();
    assert_eq!(*payload.downcast::<i32>().unwrap(), 7);
    assert!(panic::Location::caller().file().ends_with("threads.rs") && !thread::panicking());
}
