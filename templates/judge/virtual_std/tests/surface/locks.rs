//! `Mutex`, `RwLock`, `Condvar`, `Barrier`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{
    Arc, Barrier, BarrierWaitResult, Condvar, LockResult, Mutex, MutexGuard, PoisonError, RwLock,
    RwLockReadGuard, RwLockWriteGuard, TryLockError, TryLockResult, WaitTimeoutResult, Weak,
};
use std::time::Duration;

fn unwind_safe<T: std::panic::UnwindSafe + std::panic::RefUnwindSafe + Send + Sync>(_: &T) {}

#[expect(deprecated, reason = "std still has them")]
pub fn lines() {
    let mut mutex = Mutex::new(1);
    unwind_safe(&mutex);
    let guard: MutexGuard<'_, i32> = mutex.lock().unwrap();
    let result: fn(&Mutex<i32>) -> TryLockResult<MutexGuard<'_, i32>> = Mutex::try_lock;
    assert!(matches!(result(&mutex), Err(TryLockError::WouldBlock)));
    assert_eq!(
        format!("{mutex:?}"),
        "Mutex { data: \"<locked>\", poisoned: false, .. }"
    );
    assert_eq!(format!("{guard:?} {guard}"), "1 1");
    drop(guard);
    *mutex.lock().unwrap() += 1;
    *mutex.get_mut().unwrap() += 1;
    assert_eq!(*mutex.try_lock().unwrap(), 3);
    assert_eq!(
        format!("{mutex:?}"),
        "Mutex { data: 3, poisoned: false, .. }"
    );
    catch_unwind(|| {
        let _guard = mutex.lock().unwrap();
        panic!("on purpose")
    })
    .unwrap_err();
    assert!(mutex.is_poisoned());
    assert_eq!(
        format!("{mutex:?}"),
        "Mutex { data: 3, poisoned: true, .. }"
    );
    let result: LockResult<_> = mutex.lock();
    assert_eq!(*result.unwrap_or_else(PoisonError::into_inner), 3);
    assert!(matches!(mutex.try_lock(), Err(TryLockError::Poisoned(_))));
    mutex.clear_poison();
    assert!(!mutex.is_poisoned());
    assert_eq!(mutex.into_inner().unwrap(), 3);
    assert_eq!(
        *Mutex::<u8>::default().lock().unwrap() + *Mutex::from(2).lock().unwrap(),
        2
    );
    let object: Arc<Mutex<dyn Fn() -> i32 + Send>> = Arc::new(Mutex::new(|| 5));
    assert_eq!(object.lock().unwrap()(), 5);
    let weak: Weak<Mutex<i32>> = Weak::new();
    assert!(weak.upgrade().is_none());

    let mut lock = RwLock::new(1);
    unwind_safe(&lock);
    {
        let first: RwLockReadGuard<'_, i32> = lock.read().unwrap();
        let second = lock.try_read().unwrap();
        assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
        assert_eq!(format!("{first:?} {second}"), "1 1");
    }
    {
        let mut guard: RwLockWriteGuard<'_, i32> = lock.write().unwrap();
        *guard += 1;
        assert!(lock.try_read().is_err());
        assert_eq!(
            format!("{guard:?} {guard} {lock:?}"),
            "2 2 RwLock { data: <locked>, poisoned: false, .. }"
        );
        let guard = RwLockWriteGuard::downgrade(guard);
        assert_eq!(*guard + *lock.read().unwrap(), 4);
    }
    catch_unwind(AssertUnwindSafe(|| {
        let _guard = lock.read();
        panic!("on purpose")
    }))
    .unwrap_err();
    assert!(!lock.is_poisoned(), "a reader's panic poisons nothing");
    catch_unwind(AssertUnwindSafe(|| {
        let _guard = lock.try_write();
        panic!("on purpose")
    }))
    .unwrap_err();
    assert!(
        lock.is_poisoned()
            && lock.read().is_err()
            && lock.try_write().is_err()
            && lock.get_mut().is_err()
    );
    lock.clear_poison();
    assert_eq!(*lock.get_mut().unwrap() + lock.into_inner().unwrap(), 4);
    assert_eq!(
        *RwLock::<u8>::default().read().unwrap() + *RwLock::from(2).read().unwrap(),
        2
    );

    let pair = (Mutex::new(false), Condvar::new());
    unwind_safe(&pair.1);
    let short = Duration::from_millis(1);
    let (guard, result): (_, WaitTimeoutResult) =
        pair.1.wait_timeout(pair.0.lock().unwrap(), short).unwrap();
    assert_eq!(format!("{result:?}"), "WaitTimeoutResult(true)");
    let (guard, result) = pair.1.wait_timeout_while(guard, short, |go| !*go).unwrap();
    assert!(result.timed_out());
    let (guard, result) = pair
        .1
        .wait_timeout_while(guard, Duration::MAX, |go| *go)
        .unwrap();
    assert!(!result.timed_out());
    let (guard, result) = pair
        .1
        .wait_timeout_while(guard, Duration::ZERO, |go| !*go)
        .unwrap();
    assert!(result.timed_out());
    let (guard, notified) = pair.1.wait_timeout_ms(guard, 1).unwrap();
    assert!(!notified);
    drop(pair.1.wait_while(guard, |go| *go).unwrap());
    pair.1.notify_one();
    pair.1.notify_all();
    assert_eq!(format!("{:?}", Condvar::default()), "Condvar { .. }");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            *pair.0.lock().unwrap() = true;
            pair.1.notify_all();
        });
        let mut go = pair.0.lock().unwrap();
        while !*go {
            go = pair.1.wait(go).unwrap();
        }
    });

    let barrier = Barrier::new(1);
    unwind_safe(&barrier);
    let result: BarrierWaitResult = barrier.wait();
    assert!(result.is_leader() && Barrier::new(0).wait().is_leader());
    assert_eq!(
        format!("{barrier:?} {result:?}"),
        "Barrier { .. } BarrierWaitResult { is_leader: true }"
    );
}
