use judge_kit::{Explore, History, check, clock, explore};
use lru_ttl_cache::LruTtlCache;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

const HOUR: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy)]
enum Op {
    Get(u32),
    Put(u32, u32),
    Remove(u32),
    Len,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ret {
    Value(Option<u32>),
    Count(usize),
}

/// A cache, and everything that was asked of it.
#[derive(Clone)]
struct Recorded {
    cache: Arc<LruTtlCache<u32, u32>>,
    history: History<Op, Ret>,
}

impl Recorded {
    fn new(capacity: usize) -> Self {
        Self {
            cache: Arc::new(LruTtlCache::new(capacity, HOUR)),
            history: History::new(),
        }
    }

    fn call(&self, op: Op) {
        self.history.call(op, || match op {
            Op::Get(key) => Ret::Value(self.cache.get(&key)),
            Op::Put(key, value) => Ret::Value(self.cache.put(key, value)),
            Op::Remove(key) => Ret::Value(self.cache.remove(&key)),
            Op::Len => Ret::Count(self.cache.len()),
        });
    }

    /// Runs each list of calls on a thread of its own.
    fn run(&self, threads: &[&[Op]]) {
        thread::scope(|scope| {
            for ops in threads {
                scope.spawn(|| ops.iter().for_each(|op| self.call(*op)));
            }
        });
    }

    /// Fails unless one order of all calls explains every answer.
    fn judge(&self, capacity: usize) {
        self.history
            .linearizable(Vec::new(), |entries: &Vec<(u32, u32)>, op, ret| {
                let (after, expected) = sequential(capacity, entries, *op);
                (expected == *ret).then_some(after)
            });
    }
}

/// What one call does to the entries, listed from the least to the most recently used one.
fn sequential(capacity: usize, entries: &[(u32, u32)], op: Op) -> (Vec<(u32, u32)>, Ret) {
    let mut entries = entries.to_vec();
    let mut take = |key| {
        let index = entries.iter().position(|entry| entry.0 == key)?;
        Some(entries.remove(index).1)
    };
    let ret = match op {
        Op::Get(key) => {
            let value = take(key);
            entries.extend(value.map(|value| (key, value)));
            Ret::Value(value)
        }
        Op::Put(key, value) => {
            let previous = take(key);
            entries.push((key, value));
            if entries.len() > capacity {
                entries.remove(0);
            }
            Ret::Value(previous)
        }
        Op::Remove(key) => Ret::Value(take(key)),
        Op::Len => Ret::Count(entries.len()),
    };
    (entries, ret)
}

/// Between reading a value and recording the use, another thread may have changed the entry.
#[test]
fn a_read_beside_a_removal_brings_nothing_back() {
    explore(|| {
        let cache = Recorded::new(2);
        cache.call(Op::Put(1, 10));
        cache.run(&[&[Op::Get(1)], &[Op::Remove(1), Op::Get(1)]]);
        cache.call(Op::Get(1));
        cache.call(Op::Len);
        cache.judge(2);
    });
}

#[test]
fn a_read_beside_a_put_does_not_undo_it() {
    explore(|| {
        let cache = Recorded::new(2);
        cache.call(Op::Put(1, 10));
        cache.run(&[&[Op::Get(1)], &[Op::Put(1, 11), Op::Get(1)]]);
        cache.call(Op::Get(1));
        cache.judge(2);
    });
}

/// A use that was recorded too late, or not at all, shows when somebody has to go.
#[test]
fn a_read_counts_for_the_next_eviction() {
    explore(|| {
        let cache = Recorded::new(2);
        cache.call(Op::Put(1, 10));
        cache.call(Op::Put(2, 20));
        cache.run(&[&[Op::Get(1)], &[Op::Get(2)], &[Op::Put(3, 30)]]);
        for key in 1..=3 {
            cache.call(Op::Get(key));
        }
        cache.judge(2);
    });
}

#[test]
fn three_threads_agree_on_one_order_of_calls() {
    explore(|| {
        let cache = Recorded::new(1);
        cache.run(&[
            &[Op::Put(1, 10), Op::Get(1)],
            &[Op::Get(1), Op::Remove(1)],
            &[Op::Put(2, 20), Op::Get(2)],
        ]);
        cache.call(Op::Get(1));
        cache.call(Op::Get(2));
        cache.judge(1);
    });
}

#[test]
fn there_are_never_more_entries_than_capacity() {
    explore(|| {
        let cache = LruTtlCache::new(1, HOUR);
        thread::scope(|scope| {
            for key in 0..2 {
                let cache = &cache;
                scope.spawn(move || cache.put(key, key));
            }
            scope.spawn(|| {
                let seen = cache.len();
                assert!(seen <= 1, "a reader saw {seen} entries, capacity 1");
            });
        });
        assert_eq!(cache.len(), 1, "two puts ran into a cache for one");
        let found = (0..2).filter(|key| cache.get(key).is_some()).count();
        assert_eq!(found, 1, "{found} of two keys are found, capacity 1");
    });
}

/// A time that was read before the lock was taken may be old when the lock is there.
#[test]
fn a_put_that_was_held_up_lives_its_full_time() {
    explore(|| {
        let cache = LruTtlCache::new(2, 10 * SECOND);
        let seen = thread::scope(|scope| {
            scope.spawn(|| cache.put(1, 10));
            clock::jump(5 * SECOND);
            cache.get(&1)
        });
        clock::advance(6 * SECOND);
        if seen.is_none() {
            assert_eq!(
                cache.get(&1),
                Some(10),
                "nothing was there after 5 s, so it was put later, and 11 s are not yet 5 s and 10 s"
            );
        }
    });
}

/// Clearing away what was found dead needs a second look: by then it may be alive again.
#[test]
fn clearing_the_dead_spares_a_new_value() {
    explore(|| {
        let cache = LruTtlCache::new(2, HOUR);
        cache.put_with_ttl(1, 10, SECOND);
        clock::advance(SECOND);
        thread::scope(|scope| {
            scope.spawn(|| {
                let seen = cache.get(&1);
                assert!(seen != Some(10), "a dead value was returned");
            });
            scope.spawn(|| cache.put(1, 11));
            scope.spawn(|| cache.len());
        });
        assert_eq!(
            cache.get(&1),
            Some(11),
            "the new value of 1 went with the old one"
        );
        assert_eq!(cache.len(), 1);
    });
}

/// Panics on being cloned, once.
struct Touchy {
    armed: Arc<AtomicBool>,
    number: u32,
}

impl Clone for Touchy {
    fn clone(&self) -> Self {
        let panics = self.armed.swap(false, Ordering::SeqCst);
        assert!(!panics, "this value did not want to be cloned");
        Self {
            armed: Arc::clone(&self.armed),
            number: self.number,
        }
    }
}

/// A panic inside a critical section poisons the lock: whoever comes next decides what that means.
#[test]
fn a_panicking_clone_leaves_the_cache_usable() {
    check(|| {
        let armed = Arc::new(AtomicBool::new(false));
        let touchy = |number| Touchy {
            armed: Arc::clone(&armed),
            number,
        };
        let cache = LruTtlCache::new(2, HOUR);
        cache.put(1, touchy(10));
        cache.put(2, touchy(20));
        armed.store(true, Ordering::SeqCst);
        let outcome = catch_unwind(AssertUnwindSafe(|| cache.get(&1).is_some()));
        assert!(
            outcome.is_err(),
            "the panic of clone did not reach the caller of get"
        );

        let number = |key| cache.get(&key).map(|value| value.number);
        assert_eq!(number(1), Some(10), "the value was lost to the panic");
        assert_eq!(number(2), Some(20));
        cache.put(3, touchy(30));
        assert_eq!(number(1), None, "1 was the least recently used one");
        assert_eq!(number(3), Some(30));
        assert_eq!(cache.remove(&2).map(|value| value.number), Some(20));
        assert_eq!(cache.len(), 1);
    });
}

#[test]
fn five_threads_agree_on_one_order_of_calls() {
    Explore::new().schedules(0).random(300).run(|| {
        let cache = Recorded::new(2);
        cache.run(&[
            &[Op::Put(1, 10), Op::Get(2), Op::Put(3, 31)],
            &[Op::Put(2, 20), Op::Get(1), Op::Remove(2)],
            &[Op::Get(3), Op::Put(1, 12), Op::Len],
            &[Op::Put(3, 30), Op::Remove(1), Op::Get(3)],
            &[Op::Get(1), Op::Get(2), Op::Len],
        ]);
        for key in 1..=3 {
            cache.call(Op::Get(key));
        }
        cache.judge(2);
    });
}
