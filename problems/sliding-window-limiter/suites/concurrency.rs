//! Many handlers, one limiter: every order of their steps must keep the promise.

use judge_kit::{Explore, History, assert_send_sync, clock, explore};
use sliding_window_limiter::{Decision, SlidingWindowLimiter};
use std::thread;
use std::time::Duration;

const WINDOW: Duration = Duration::from_secs(10);

fn limiter(limit: u32) -> SlidingWindowLimiter {
    SlidingWindowLimiter::new(limit, WINDOW).expect("these are valid settings")
}

/// The values of `remaining` in ascending order, and the number of denials.
fn tally(decisions: &[Decision]) -> (Vec<u32>, usize) {
    let mut remaining: Vec<u32> = decisions
        .iter()
        .filter_map(|decision| match decision {
            Decision::Allowed { remaining } => Some(*remaining),
            Decision::Denied { .. } => None,
        })
        .collect();
    remaining.sort_unstable();
    let denials = decisions.len() - remaining.len();
    (remaining, denials)
}

/// Study: counting and recording are one step, or two threads take the last slot.
#[test]
fn three_threads_share_two_slots() {
    assert_send_sync::<SlidingWindowLimiter>();
    explore(|| {
        let limiter = limiter(2);
        let decisions = thread::scope(|scope| {
            let handlers = [(); 3].map(|()| scope.spawn(|| limiter.check("ann")));
            handlers.map(|handler| handler.join().expect("a handler panicked"))
        });
        let (remaining, denials) = tally(&decisions);
        assert_eq!(
            (remaining, denials),
            (vec![0, 1], 1),
            "left: remaining of the admitted requests and number of denials; \
             three requests at the same moment, the limit is 2"
        );
        for decision in decisions {
            if let Decision::Denied { retry_after } = decision {
                assert_eq!(retry_after, WINDOW, "both slots were taken just now");
            }
        }
    });
}

#[test]
fn overlapping_checks_of_a_key_take_effect_one_after_the_other() {
    explore(|| {
        let limiter = limiter(3);
        let history = History::new();
        let knock = || {
            for _ in 0..2 {
                history.call("check", || limiter.check("ann"));
            }
        };
        thread::scope(|scope| {
            scope.spawn(knock);
            scope.spawn(knock);
        });
        history.linearizable(0, |&used: &u32, _, decision| {
            let (expected, used) = if used < 3 {
                let remaining = 2 - used;
                (Decision::Allowed { remaining }, used + 1)
            } else {
                let retry_after = WINDOW;
                (Decision::Denied { retry_after }, used)
            };
            (*decision == expected).then_some(used)
        });
    });
}

/// Study: between "this key is idle" and "remove it", the key may wake up.
#[test]
fn eviction_loses_no_request_of_a_key_that_comes_back() {
    explore(|| {
        let limiter = limiter(2);
        limiter.check("ann");
        limiter.check("ann");
        clock::advance(WINDOW);
        let decisions = thread::scope(|scope| {
            let handlers = [(); 2].map(|()| scope.spawn(|| limiter.check("ann")));
            limiter.evict_idle();
            handlers.map(|handler| handler.join().expect("a handler panicked"))
        });
        assert_eq!(
            tally(&decisions),
            (vec![0, 1], 0),
            "left: remaining of the admitted requests and number of denials; \
             two requests on an idle key, the limit is 2"
        );
        assert!(
            matches!(limiter.check("ann"), Decision::Denied { .. }),
            "a third request in the same moment was admitted: eviction lost one of the first two"
        );
        assert_eq!(
            limiter.tracked_keys(),
            1,
            "the key has requests in its window"
        );
    });
}

#[test]
fn a_key_that_turns_idle_while_it_is_evicted_and_asked_for_never_exceeds_its_limit() {
    explore(|| {
        let limiter = limiter(1);
        limiter.check("ann");
        let moment = Duration::from_millis(1);
        clock::advance(WINDOW - moment);
        let during = thread::scope(|scope| {
            let handler = scope.spawn(|| limiter.check("ann"));
            let timer = scope.spawn(|| limiter.evict_idle());
            clock::jump(moment);
            timer.join().expect("the evicting thread panicked");
            handler.join().expect("a handler panicked")
        });
        let after = limiter.check("ann");
        let (remaining, denials) = tally(&[during, after]);
        assert_eq!(
            (remaining, denials),
            (vec![0], 1),
            "left: remaining of the admitted requests and number of denials; \
             the only slot came free, and two requests asked for it"
        );
    });
}

/// Study: the order in which locks are taken must be the same everywhere.
#[test]
fn checking_counting_and_evicting_never_block_each_other_for_ever() {
    explore(|| {
        let limiter = limiter(1);
        limiter.check("ann");
        limiter.check("bob");
        clock::advance(WINDOW);
        thread::scope(|scope| {
            scope.spawn(|| limiter.check("ann"));
            scope.spawn(|| limiter.evict_idle());
            let tracked = limiter.tracked_keys();
            assert!(tracked <= 2, "{tracked} keys are tracked, only 2 were used");
        });
        limiter.evict_idle();
        assert_eq!(limiter.tracked_keys(), 1, "ann is alive, bob is idle");
    });
}

#[test]
fn a_crowd_on_three_keys_gets_exactly_the_limit_of_each() {
    const KEYS: [&str; 3] = ["ann", "bob", "cyd"];
    Explore::new().schedules(0).random(100).run(|| {
        let limiter = limiter(3);
        let crowd: Vec<Vec<Decision>> = thread::scope(|scope| {
            let handlers = [0, 1, 2, 0, 1, 2].map(|first| {
                let limiter = &limiter;
                scope.spawn(move || {
                    (0..3)
                        .map(|step| limiter.check(KEYS[(first + step) % 3]))
                        .collect()
                })
            });
            limiter.evict_idle();
            handlers
                .map(|handler| handler.join().expect("a handler panicked"))
                .into()
        });
        for key in 0..3 {
            let of_key: Vec<Decision> = [0, 1, 2, 0, 1, 2]
                .into_iter()
                .zip(&crowd)
                .map(|(first, decisions)| decisions[(key + 3 - first) % 3])
                .collect();
            assert_eq!(
                tally(&of_key),
                (vec![0, 1, 2], 3),
                "left: remaining of the admitted requests and number of denials; \
                 six requests of one key, the limit is 3"
            );
        }
        assert_eq!(limiter.tracked_keys(), 3, "every key has live requests");
    });
}
