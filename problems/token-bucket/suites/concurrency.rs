//! Several threads take from one bucket: no order of their steps may make or lose a token.

use judge_kit::{Explore, History, assert_send_sync, clock, explore};
use std::thread;
use std::time::Duration;
use token_bucket::{AcquireError, TokenBucket};

const SECOND: Duration = Duration::from_secs(1);

/// One token per second.
fn bucket(capacity: u64) -> TokenBucket {
    TokenBucket::new(capacity, 1, SECOND).expect("these are valid settings")
}

/// Takes single tokens until the bucket is empty, and says how many there were.
fn drain(bucket: &TokenBucket) -> u64 {
    (0..).take_while(|_| bucket.try_acquire(1).is_ok()).count() as u64
}

/// Study: looking and taking are one step.
#[test]
fn three_threads_share_two_tokens() {
    assert_send_sync::<TokenBucket>();
    explore(|| {
        let bucket = bucket(2);
        let answers = thread::scope(|scope| {
            let callers = [(); 3].map(|()| scope.spawn(|| bucket.try_acquire(1)));
            callers.map(|caller| caller.join().expect("a caller panicked"))
        });
        let granted = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(granted, 2, "tokens granted from a bucket that held 2");
        assert_eq!(bucket.available(), 0, "both tokens are taken");
    });
}

#[derive(Clone, Copy, Debug)]
enum Call {
    Take(u64),
    Look,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Taken(Result<(), AcquireError>),
    Seen(u64),
}

/// The answer of a bucket of one token per second that holds `level`, while no time passes.
fn expected(level: u64, call: Call) -> (Answer, u64) {
    match call {
        Call::Look => (Answer::Seen(level), level),
        Call::Take(n) if n <= level => (Answer::Taken(Ok(())), level - n),
        Call::Take(n) => {
            let retry_after = Duration::from_secs(n - level);
            let error = AcquireError::Insufficient { retry_after };
            (Answer::Taken(Err(error)), level)
        }
    }
}

fn make(bucket: &TokenBucket, call: Call) -> Answer {
    match call {
        Call::Take(n) => Answer::Taken(bucket.try_acquire(n)),
        Call::Look => Answer::Seen(bucket.available()),
    }
}

/// Lets each thread make its calls on a bucket of capacity 4 that holds `level`.
fn race<const THREADS: usize>(level: u64, threads: [&[Call]; THREADS]) {
    let bucket = bucket(4);
    bucket
        .try_acquire(4 - level)
        .expect("the bucket starts full");
    let history = History::new();
    thread::scope(|scope| {
        for calls in threads {
            let (bucket, history) = (&bucket, &history);
            scope.spawn(move || {
                for &call in calls {
                    history.call(call, || make(bucket, call));
                }
            });
        }
    });
    history.call(Call::Look, || make(&bucket, Call::Look));
    history.linearizable(level, |&level: &u64, &call, answer| {
        let (right, after) = expected(level, call);
        (right == *answer).then_some(after)
    });
}

/// Study: a refused call must not borrow tokens, not even for a moment.
#[test]
fn a_refused_large_call_never_gets_in_the_way_of_a_small_one() {
    explore(|| race(1, [&[Call::Take(2)], &[Call::Take(1)]]));
}

#[test]
fn calls_that_overlap_take_effect_one_after_the_other() {
    explore(|| {
        race(
            3,
            [
                &[Call::Take(2), Call::Look],
                &[Call::Look, Call::Take(1)],
                &[Call::Take(3)],
            ],
        );
    });
}

/// Study: a clock that was read before the lock may be behind the last refill.
#[test]
fn a_caller_that_is_overtaken_by_time_makes_and_loses_no_tokens() {
    explore(|| {
        let bucket = bucket(10);
        bucket.try_acquire(10).expect("the bucket starts full");
        let granted: u64 = thread::scope(|scope| {
            let callers = [(); 2].map(|()| scope.spawn(|| bucket.try_acquire(1)));
            clock::jump(3 * SECOND);
            callers
                .into_iter()
                .map(|caller| u64::from(caller.join().expect("a caller panicked").is_ok()))
                .sum()
        });
        assert_eq!(
            granted + drain(&bucket),
            3,
            "tokens granted in all; the bucket was empty and 3 s brought 3"
        );
        clock::advance(2 * SECOND);
        assert_eq!(drain(&bucket), 2, "tokens granted after 2 s more");
    });
}

#[test]
fn looking_while_others_take_shows_a_level_the_bucket_had() {
    explore(|| {
        let bucket = bucket(3);
        bucket.try_acquire(3).expect("the bucket starts full");
        let seen = thread::scope(|scope| {
            scope.spawn(|| bucket.try_acquire(1));
            let watcher = scope.spawn(|| [bucket.available(), bucket.available()]);
            clock::jump(2 * SECOND);
            watcher.join().expect("the watching thread panicked")
        });
        for level in seen {
            assert!(
                level <= 2,
                "{level} tokens were seen in a bucket that never held more than 2"
            );
        }
    });
}

#[test]
fn a_crowd_gets_exactly_what_the_bucket_held() {
    Explore::new().schedules(0).random(100).run(|| {
        let bucket = bucket(7);
        let granted: u64 = thread::scope(|scope| {
            let callers = [1, 2, 1, 2, 1, 2].map(|n| {
                let bucket = &bucket;
                scope.spawn(move || {
                    (0..2)
                        .map(|_| if bucket.try_acquire(n).is_ok() { n } else { 0 })
                        .sum::<u64>()
                })
            });
            callers
                .into_iter()
                .map(|caller| caller.join().expect("a caller panicked"))
                .sum()
        });
        assert_eq!(
            granted + drain(&bucket),
            7,
            "tokens granted in all, from a bucket that held 7"
        );
    });
}
