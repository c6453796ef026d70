use judge_kit::{Gate, check, clock, explore, settle};
use lru_ttl_cache::{Cause, LruTtlCache};
use std::{
    sync::{Arc, Mutex, Weak},
    thread::{self, ThreadId},
    time::Duration,
};

const HOUR: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);

type Event = (&'static str, u32, Cause);

/// Everything a listener heard, in order.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<Event>>>);

impl Heard {
    fn listen_to(&self, cache: &LruTtlCache<&'static str, u32>) {
        let heard = self.clone();
        cache.set_listener(move |key, value, cause| heard.add((*key, *value, cause)));
    }

    fn add(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }

    /// What was heard since the last question, in the order of the values.
    fn news(&self) -> Vec<Event> {
        let mut news = std::mem::take(&mut *self.0.lock().unwrap());
        news.sort_by_key(|event| event.1);
        news
    }
}

#[test]
fn every_departure_is_told_with_its_cause() {
    check(|| {
        let cache = LruTtlCache::new(2, HOUR);
        let heard = Heard::default();
        heard.listen_to(&cache);
        cache.put("a", 1);
        cache.put("b", 2);
        assert_eq!(heard.news(), [], "nothing has left yet");
        cache.put("a", 3);
        assert_eq!(heard.news(), [("a", 1, Cause::Replaced)]);
        cache.put("c", 4);
        assert_eq!(heard.news(), [("b", 2, Cause::Capacity)]);
        assert_eq!(cache.remove(&"a"), Some(3));
        assert_eq!(heard.news(), [("a", 3, Cause::Removed)]);
        cache.remove(&"a");
        cache.get(&"b");
        cache.put("d", 5);
        assert_eq!(heard.news(), [], "nothing more has left");
    });
}

#[test]
fn the_dead_leave_as_expired_whoever_finds_them() {
    check(|| {
        let cache = LruTtlCache::new(3, HOUR);
        let heard = Heard::default();
        heard.listen_to(&cache);
        cache.put_with_ttl("a", 1, SECOND);
        cache.put_with_ttl("b", 2, SECOND);
        cache.put_with_ttl("c", 3, SECOND);
        clock::advance(SECOND);
        // Which of the three calls tells of which value is open; by now each has been told of.
        cache.put("a", 4);
        cache.remove(&"b");
        cache.put_with_ttl("c", 5, Duration::ZERO);
        let expired = [("a", 1), ("b", 2), ("c", 3)].map(|(key, n)| (key, n, Cause::Expired));
        assert_eq!(
            heard.news(),
            expired,
            "dead values leave as expired, once each"
        );
        assert_eq!(cache.len(), 1);
        cache.get(&"b");
        assert_eq!(heard.news(), [], "a departure was told twice");
    });
}

#[test]
fn a_dead_value_that_made_room_has_expired() {
    check(|| {
        let cache = LruTtlCache::new(1, HOUR);
        let heard = Heard::default();
        heard.listen_to(&cache);
        cache.put_with_ttl("a", 1, SECOND);
        clock::advance(SECOND);
        cache.put("b", 2);
        cache.put("c", 3);
        cache.remove(&"a");
        let events = heard.news();
        let expected = [("a", 1, Cause::Expired), ("b", 2, Cause::Capacity)];
        assert_eq!(events, expected, "a had expired, b was evicted");
    });
}

#[test]
fn a_refused_value_was_never_inside() {
    check(|| {
        let cache = LruTtlCache::new(2, HOUR);
        let heard = Heard::default();
        heard.listen_to(&cache);
        cache.put_with_ttl("a", 1, Duration::ZERO);
        assert_eq!(heard.news(), [], "a value refused at once has not left");
        cache.put("a", 2);
        cache.put_with_ttl("a", 3, Duration::ZERO);
        assert_eq!(
            heard.news(),
            [("a", 2, Cause::Removed)],
            "a put with no time to live removes"
        );

        let nothing = LruTtlCache::new(0, HOUR);
        heard.listen_to(&nothing);
        nothing.put("a", 4);
        nothing.put("a", 5);
        assert_eq!(
            heard.news(),
            [],
            "a cache without capacity never held anything"
        );
    });
}

/// Whatever foreign code is called under a lock can come back for that lock.
#[test]
fn the_listener_may_use_the_cache() {
    check(|| {
        let cache = Arc::new(LruTtlCache::new(2, HOUR));
        let heard = Heard::default();
        let inner: Weak<LruTtlCache<&str, u32>> = Arc::downgrade(&cache);
        let log = heard.clone();
        cache.set_listener(move |key, value, cause| {
            let cache = inner.upgrade().expect("the cache is in use");
            log.add((*key, *value, cause));
            match cause {
                Cause::Capacity => {
                    assert_eq!(cache.get(key), None, "the evicted key is still found");
                    assert_eq!(cache.get(&"c"), Some(3), "the newcomer is not there yet");
                    assert_eq!(cache.len(), 2);
                    assert_eq!(cache.put("b", 20), Some(2)); // One more departure, from within.
                }
                Cause::Replaced => assert_eq!(cache.get(key), Some(20), "not replaced yet"),
                Cause::Removed => assert_eq!(cache.get(key), None, "not removed yet"),
                Cause::Expired => assert_eq!(cache.get(key), None, "a dead value is found"),
            }
        });
        cache.put("a", 1);
        cache.put("b", 2);
        cache.put("c", 3);
        let expected = [("a", 1, Cause::Capacity), ("b", 2, Cause::Replaced)];
        assert_eq!(heard.news(), expected);
        cache.remove(&"b");
        assert_eq!(heard.news(), [("b", 20, Cause::Removed)]);
        cache.put_with_ttl("d", 4, SECOND);
        clock::advance(SECOND);
        cache.remove(&"d");
        assert_eq!(heard.news(), [("d", 4, Cause::Expired)]);
    });
}

#[test]
fn a_second_listener_replaces_the_first() {
    check(|| {
        let cache = LruTtlCache::new(2, HOUR);
        let (first, second) = (Heard::default(), Heard::default());
        cache.put("early", 1);
        cache.remove(&"early"); // Nobody listens yet.
        first.listen_to(&cache);
        cache.put("a", 2);
        cache.remove(&"a");
        second.listen_to(&cache);
        cache.put("b", 3);
        cache.remove(&"b");
        assert_eq!(first.news(), [("a", 2, Cause::Removed)]);
        assert_eq!(second.news(), [("b", 3, Cause::Removed)]);
    });
}

/// "No lock" includes the one around the listener itself.
#[test]
fn a_listener_can_be_replaced_while_it_is_at_work() {
    check(|| {
        let cache = LruTtlCache::new(2, HOUR);
        cache.put("a", 1);
        cache.put("b", 2);
        let gate = Gate::new();
        let inside = gate.clone();
        cache.set_listener(move |_, _, _| inside.wait());
        let heard = Heard::default();
        thread::scope(|scope| {
            scope.spawn(|| cache.remove(&"a"));
            settle();
            assert_eq!(gate.waiting(), 1, "listeners at work");
            heard.listen_to(&cache);
            gate.open();
        });
        cache.remove(&"b");
        assert_eq!(heard.news(), [("b", 2, Cause::Removed)]);
    });
}

/// Who is to be told is settled when the value leaves, not when the call begins.
#[test]
fn a_listener_hears_of_whatever_leaves_after_it_was_set() {
    explore(|| {
        let cache = LruTtlCache::new(2, HOUR);
        cache.put("a", 1);
        let heard = Heard::default();
        let still_there = thread::scope(|scope| {
            scope.spawn(|| cache.remove(&"a"));
            heard.listen_to(&cache);
            cache.get(&"a").is_some()
        });
        if still_there {
            assert_eq!(
                heard.news(),
                [("a", 1, Cause::Removed)],
                "a was still there after the listener was set, and has left since"
            );
        }
    });
}

#[test]
fn each_thread_hears_of_its_own_departures() {
    explore(|| {
        let cache = LruTtlCache::new(4, HOUR);
        let heard: Arc<Mutex<Vec<(u32, ThreadId)>>> = Arc::default();
        cache.put("a", 1);
        cache.put("b", 2);
        let log = Arc::clone(&heard);
        cache.set_listener(move |_, value, _| {
            log.lock().unwrap().push((*value, thread::current().id()));
        });
        let told_here = |value| {
            let here = thread::current().id();
            let told = heard.lock().unwrap().clone();
            told.iter().filter(|event| **event == (value, here)).count()
        };
        thread::scope(|scope| {
            scope.spawn(|| {
                assert_eq!(cache.remove(&"a"), Some(1));
                assert_eq!(
                    told_here(1),
                    1,
                    "remove returned before its listener was called"
                );
            });
            scope.spawn(|| {
                assert_eq!(cache.put("b", 3), Some(2));
                assert_eq!(
                    told_here(2),
                    1,
                    "put returned before its listener was called"
                );
            });
        });
        assert_eq!(heard.lock().unwrap().len(), 2, "two values left");
    });
}
