//! The real std, but before each operation on a lock, a condition variable or an atomic a thread may be held up.

pub use std::*;

use std::cell::Cell;
use std::time::Duration;

thread_local! {
    static RANDOM: Cell<u64> = Cell::new({
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(1, |now| now.as_nanos() as u64);
        now | 1
    });
}

/// In one of four cases gives up its turn, in one of sixteen sleeps up to 64 microseconds.
fn noise() {
    let mut random = RANDOM.get();
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    RANDOM.set(random);
    match random % 16 {
        0 => std::thread::sleep(Duration::from_micros(random >> 8 & 63)),
        1..5 => std::thread::yield_now(),
        _ => {}
    }
}

pub mod sync {
    pub use std::sync::*;

    use super::noise;

    #[derive(Default)]
    pub struct Mutex<T>(std::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub const fn new(value: T) -> Self {
            Self(std::sync::Mutex::new(value))
        }

        pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
            noise();
            self.0.lock()
        }
    }

    #[derive(Default)]
    pub struct Condvar(std::sync::Condvar);

    impl Condvar {
        pub const fn new() -> Self {
            Self(std::sync::Condvar::new())
        }

        pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
            noise();
            self.0.wait(guard)
        }

        pub fn wait_while<'a, T>(
            &self,
            guard: MutexGuard<'a, T>,
            condition: impl FnMut(&mut T) -> bool,
        ) -> LockResult<MutexGuard<'a, T>> {
            noise();
            self.0.wait_while(guard, condition)
        }

        pub fn notify_one(&self) {
            noise();
            self.0.notify_one();
        }

        pub fn notify_all(&self) {
            noise();
            self.0.notify_all();
        }
    }

    pub mod atomic {
        pub use std::sync::atomic::*;

        use super::super::noise;

        macro_rules! noisy {
            ($name:ident, $value:ty) => {
                #[derive(Default)]
                pub struct $name(std::sync::atomic::$name);

                impl $name {
                    pub const fn new(value: $value) -> Self {
                        Self(std::sync::atomic::$name::new(value))
                    }

                    pub fn load(&self, order: Ordering) -> $value {
                        noise();
                        self.0.load(order)
                    }

                    pub fn store(&self, value: $value, order: Ordering) {
                        noise();
                        self.0.store(value, order);
                    }

                    pub fn compare_exchange(
                        &self,
                        current: $value,
                        new: $value,
                        success: Ordering,
                        failure: Ordering,
                    ) -> Result<$value, $value> {
                        noise();
                        self.0.compare_exchange(current, new, success, failure)
                    }
                }
            };
        }
        noisy!(AtomicU32, u32);
        noisy!(AtomicU64, u64);
        noisy!(AtomicBool, bool);
    }
}
