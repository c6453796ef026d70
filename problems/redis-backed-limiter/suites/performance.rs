//! What the limiter adds to the calls of the store, in time and memory.

use judge_kit::{Growth, allocated_bytes, at_most_bytes, growth, race_reference};

judge_kit::both_sides! {
    use std::collections::HashMap;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::thread;
    use std::time::Duration;
    use subject::{FailMode, RemoteLimiter, RemoteStore, StoreError};

    const SECOND: Duration = Duration::from_secs(1);

    /// A store in memory that counts its calls.
    #[derive(Default)]
    pub struct Memory {
        calls: AtomicUsize,
        /// What a call takes.
        hop: Duration,
        /// Whether all keys are one and the same, so that the store does not grow.
        one_value: bool,
        values: Mutex<HashMap<String, Vec<i64>>>,
    }

    impl Memory {
        fn call(&self) {
            self.calls.fetch_add(1, Ordering::Relaxed);
            if !self.hop.is_zero() {
                thread::sleep(self.hop);
            }
        }

        fn name<'a>(&self, key: &'a str) -> &'a str {
            if self.one_value { "" } else { key }
        }
    }

    impl RemoteStore for Memory {
        fn get(&self, key: &str) -> Result<Option<Vec<i64>>, StoreError> {
            self.call();
            let values = self.values.lock().expect("nobody panics");
            Ok(values.get(self.name(key)).cloned())
        }

        fn set(&self, key: &str, value: &[i64], _: Duration) -> Result<(), StoreError> {
            self.call();
            let mut values = self.values.lock().expect("nobody panics");
            values.insert(self.name(key).to_owned(), value.to_vec());
            Ok(())
        }

        fn eval(
            &self,
            key: &str,
            _: Duration,
            script: &mut dyn FnMut(u64, &mut Option<Vec<i64>>) -> i64,
        ) -> Result<i64, StoreError> {
            self.call();
            let mut values = self.values.lock().expect("nobody panics");
            let key = self.name(key);
            let mut value = values.get_mut(key).map(std::mem::take);
            let result = script(1_000_000, &mut value);
            match (values.get_mut(key), value) {
                (Some(place), Some(value)) => *place = value,
                (None, Some(value)) => drop(values.insert(key.to_owned(), value)),
                (_, None) => drop(values.remove(key)),
            }
            Ok(result)
        }

        fn time_ms(&self) -> Result<u64, StoreError> {
            self.call();
            Ok(1_000_000)
        }
    }

    fn limiter(store: &Arc<Memory>) -> RemoteLimiter {
        match RemoteLimiter::new(store.clone(), "api", u32::MAX, SECOND, FailMode::Closed) {
            Ok(limiter) => limiter,
            Err(error) => panic!("these are valid settings: {error:?}"),
        }
    }

    /// A check of one of 256 users among so many.
    pub fn among_users(users: usize) -> impl FnMut() {
        let store = Arc::new(Memory::default());
        let limiter = limiter(&store);
        let names: Vec<String> = (0..users).map(|user| format!("user {user}")).collect();
        for name in &names {
            limiter.check(name);
        }
        let hot: Vec<String> = names.iter().step_by(users / 250).cloned().collect();
        let mut turn = 0;
        move || {
            turn = (turn + 1) % hot.len();
            let before = store.calls.load(Ordering::Relaxed);
            assert!(limiter.check(&hot[turn]).allowed);
            let calls = store.calls.load(Ordering::Relaxed) - before;
            assert_eq!(calls, 1, "calls to the store for one check");
        }
    }

    /// Eight threads and a store that takes a fifth of a millisecond.
    pub fn eight_threads() {
        let store = Arc::new(Memory {
            hop: Duration::from_micros(200),
            ..Memory::default()
        });
        let limiter = limiter(&store);
        thread::scope(|scope| {
            for thread in 0..8 {
                let limiter = &limiter;
                scope.spawn(move || {
                    for round in 0..20 {
                        let user = format!("user {}", (thread + round) % 4);
                        assert!(limiter.check(&user).allowed);
                    }
                });
            }
        });
    }

    /// A limiter and the store behind it, which holds one value only.
    pub fn small() -> RemoteLimiter {
        limiter(&Arc::new(Memory {
            one_value: true,
            ..Memory::default()
        }))
    }
}

#[test]
fn a_check_costs_one_call_and_the_same_among_few_and_many_users() {
    growth(
        submission::among_users,
        reference::among_users,
        [1_000, 16_000],
        Growth::CONSTANT.of("users"),
    );
}

/// Study: a lock around a slow call makes all callers wait for one another.
#[test]
fn eight_threads_wait_for_the_store_side_by_side() {
    race_reference(submission::eight_threads, reference::eight_threads);
}

#[test]
fn the_limiter_keeps_nothing_for_its_users() {
    let _ = reference::small;
    let limiter = submission::small();
    let act = |user: usize| {
        assert!(
            limiter
                .check(&format!("a user with the number {user}"))
                .allowed
        )
    };
    (0..100).for_each(act);
    let before = allocated_bytes();
    (100..20_100).for_each(act);
    let grown = allocated_bytes().saturating_sub(before);
    at_most_bytes("what is left of 20,000 users", grown, 20_000);
}
