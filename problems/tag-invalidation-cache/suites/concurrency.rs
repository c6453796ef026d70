//! Fills and invalidations at the same time.

use judge_kit::{Explore, History, explore};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use tag_invalidation_cache::{FillTicket, TagCache};

/// Begins a fill, reads the source, and completes the fill.
fn fill_from(cache: &TagCache, source: &AtomicU32, key: &str, tags: &[&str]) -> bool {
    let ticket = cache.begin_fill(key);
    let value = source.load(Ordering::SeqCst);
    cache.complete_fill(ticket, value.to_string(), tags)
}

/// Study: to look whether a fill is stale and to store it must be one step.
#[test]
fn after_invalidate_tag_nobody_finds_what_was_read_before() {
    explore(|| {
        let (cache, source) = (TagCache::new(), AtomicU32::new(1));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| fill_from(&cache, &source, "a", &["t"]));
            }
            source.store(2, Ordering::SeqCst);
            cache.invalidate_tag("t");
            let found = cache.get("a");
            assert_ne!(
                found.as_deref(),
                Some("1"),
                "found after invalidate_tag had returned"
            );
        });
        let found = cache.get("a");
        assert_ne!(found.as_deref(), Some("1"), "found at the end");
    });
}

#[test]
fn after_invalidate_key_nobody_finds_what_was_read_before() {
    explore(|| {
        let (cache, source) = (TagCache::new(), AtomicU32::new(1));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| fill_from(&cache, &source, "a", &["t"]));
            }
            source.store(2, Ordering::SeqCst);
            cache.invalidate_key("a");
            let found = cache.get("a");
            assert_ne!(
                found.as_deref(),
                Some("1"),
                "found after invalidate_key had returned"
            );
        });
        let found = cache.get("a");
        assert_ne!(found.as_deref(), Some("1"), "found at the end");
    });
}

#[test]
fn an_invalidation_reaches_all_entries_of_its_tag() {
    explore(|| {
        let (cache, source) = (TagCache::new(), AtomicU32::new(1));
        fill_from(&cache, &source, "b", &["t"]);
        thread::scope(|scope| {
            scope.spawn(|| fill_from(&cache, &source, "a", &["s", "t"]));
            scope.spawn(|| fill_from(&cache, &source, "b", &["t", "u"]));
            source.store(2, Ordering::SeqCst);
            cache.invalidate_tag("t");
        });
        for key in ["a", "b"] {
            let found = cache.get(key);
            assert_ne!(found.as_deref(), Some("1"), "{key} at the end");
        }
    });
}

/// Study: an entry and the lists of its tags must change together.
#[test]
fn a_stored_entry_can_be_found_by_its_tags() {
    explore(|| {
        let cache = TagCache::new();
        let source = AtomicU32::new(1);
        thread::scope(|scope| {
            scope.spawn(|| fill_from(&cache, &source, "a", &["t"]));
            scope.spawn(|| fill_from(&cache, &source, "a", &["t"]));
            scope.spawn(|| cache.invalidate_key("a"));
        });
        cache.invalidate_tag("t");
        let found = cache.get("a");
        assert_eq!(found, None, "after the last invalidation of its tag");
        assert_eq!(cache.len(), 0, "after the last invalidation of its tag");
    });
}

#[test]
fn a_refill_moves_its_key_from_tag_to_tag_in_one_step() {
    explore(|| {
        let cache = TagCache::new();
        let source = AtomicU32::new(1);
        let stored = thread::scope(|scope| {
            let one = scope.spawn(|| fill_from(&cache, &source, "a", &["t"]));
            let other = scope.spawn(|| fill_from(&cache, &source, "a", &["u"]));
            [one, other].map(|filler| filler.join().expect("a fill panicked"))
        });
        assert!(stored.contains(&true), "of two fills one is stored");
        assert_eq!(cache.len(), 1, "one key was filled");
        cache.invalidate_tag("t");
        let after_t = cache.len();
        cache.invalidate_tag("u");
        assert_eq!(cache.len(), 0, "both tags were invalidated");
        if stored == [true, false] {
            assert_eq!(after_t, 0, "only the fill with the tag t was stored");
        }
        if stored == [false, true] {
            assert_eq!(after_t, 1, "only the fill with the tag u was stored");
        }
    });
}

#[derive(Clone, Debug)]
enum Op {
    Begin(u32),
    Complete(u32),
    Invalidate,
    Get,
}

#[derive(Clone, Debug, PartialEq)]
enum Ret {
    Done,
    Stored(bool),
    Found(Option<u32>),
}

/// The rules for one key without tags.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Model {
    clock: u32,
    begun: BTreeMap<u32, u32>,
    invalidated: u32,
    stored: u32,
    value: Option<u32>,
}

fn step(model: &Model, op: &Op) -> (Model, Ret) {
    let mut next = model.clone();
    let ret = match op {
        Op::Begin(fill) => {
            next.clock += 1;
            next.begun.insert(*fill, next.clock);
            Ret::Done
        }
        Op::Complete(fill) => {
            let begun = model.begun[fill];
            let stored = begun > model.invalidated && begun > model.stored;
            if stored {
                next.stored = begun;
                next.value = Some(*fill);
            }
            Ret::Stored(stored)
        }
        Op::Invalidate => {
            next.clock += 1;
            next.invalidated = next.clock;
            next.value = None;
            Ret::Done
        }
        Op::Get => Ret::Found(model.value),
    };
    (next, ret)
}

#[test]
fn all_calls_for_one_key_have_an_order_that_explains_them() {
    Explore::new().random(400).run(|| {
        let (cache, history) = (TagCache::new(), History::new());
        let fill = |number: u32| {
            let mut ticket = None;
            history.call(Op::Begin(number), || {
                ticket = Some(cache.begin_fill("a"));
                Ret::Done
            });
            let Some(ticket) = ticket else { return };
            history.call(Op::Complete(number), || {
                Ret::Stored(cache.complete_fill(ticket, number.to_string(), &[]))
            });
        };
        let get = || {
            history.call(Op::Get, || {
                Ret::Found(cache.get("a").and_then(|value| value.parse().ok()))
            })
        };
        thread::scope(|scope| {
            scope.spawn(|| fill(1));
            scope.spawn(|| {
                fill(2);
                get();
            });
            history.call(Op::Invalidate, || {
                cache.invalidate_key("a");
                Ret::Done
            });
            get();
        });
        get();
        history.linearizable(Model::default(), |model, op, ret| {
            let (next, expected) = step(model, op);
            (*ret == expected).then_some(next)
        });
    });
}

#[test]
fn a_ticket_dropped_meanwhile_takes_nothing_from_the_others() {
    explore(|| {
        let (cache, source) = (TagCache::new(), AtomicU32::new(1));
        let abandoned: Mutex<Option<FillTicket>> = Mutex::new(Some(cache.begin_fill("b")));
        thread::scope(|scope| {
            scope.spawn(|| fill_from(&cache, &source, "a", &["t"]));
            scope.spawn(|| drop(abandoned.lock().unwrap().take()));
            source.store(2, Ordering::SeqCst);
            cache.invalidate_tag("t");
        });
        let found = cache.get("a");
        assert_ne!(found.as_deref(), Some("1"), "found at the end");
    });
}

/// Study: whoever takes several locks takes them in one order.
#[test]
fn fills_and_invalidations_of_all_kinds_get_through() {
    explore(|| {
        let (cache, source) = (TagCache::new(), AtomicU32::new(1));
        fill_from(&cache, &source, "a", &["t"]);
        thread::scope(|scope| {
            scope.spawn(|| fill_from(&cache, &source, "a", &["t", "u"]));
            scope.spawn(|| {
                cache.invalidate_tag("t");
                cache.len()
            });
            cache.invalidate_key("a");
            cache.get("a");
        });
        cache.invalidate_tag("u");
        assert_eq!(cache.len(), 0, "everything was invalidated");
    });
}

#[test]
fn a_crowd_of_fillers_leaves_nothing_stale() {
    Explore::new().schedules(0).random(60).run(|| {
        let (cache, source) = (TagCache::new(), AtomicU32::new(0));
        thread::scope(|scope| {
            for number in 0..4 {
                let (cache, source) = (&cache, &source);
                let key = ["a", "b"][number % 2];
                scope.spawn(move || {
                    for _ in 0..2 {
                        fill_from(cache, source, key, &["t", key]);
                    }
                });
            }
            for key in ["a", "b"] {
                let (cache, source) = (&cache, &source);
                scope.spawn(move || {
                    let changed = source.fetch_add(1, Ordering::SeqCst) + 1;
                    cache.invalidate_tag("t");
                    let found = cache.get(key).and_then(|value| value.parse().ok());
                    assert!(
                        found.is_none_or(|found: u32| found >= changed),
                        "{key} is older than the invalidation"
                    );
                });
            }
        });
        cache.invalidate_tag("a");
        assert_eq!(cache.get("a"), None, "a had the tag a");
        cache.invalidate_tag("t");
        assert_eq!(cache.len(), 0, "all had the tag t");
    });
}
