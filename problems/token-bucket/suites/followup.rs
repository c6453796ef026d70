//! Waiting for tokens, in line.

use judge_kit::{Explore, check, clock, explore, settle};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use token_bucket::{AcquireError, TokenBucket};

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);
const NS: Duration = Duration::from_nanos(1);

type Answer = Result<(), AcquireError>;

/// An empty bucket that gains one token per second.
fn empty_bucket(capacity: u64) -> Arc<TokenBucket> {
    let bucket = TokenBucket::new(capacity, 1, SECOND).expect("these are valid settings");
    bucket
        .try_acquire(capacity)
        .expect("the bucket starts full");
    Arc::new(bucket)
}

/// A thread that acquires, and tells its answer and the time of it.
fn acquirer(
    bucket: &Arc<TokenBucket>,
    n: u64,
    timeout: Duration,
) -> JoinHandle<(Answer, Duration)> {
    let bucket = Arc::clone(bucket);
    thread::spawn(move || (bucket.acquire(n, timeout), clock::now()))
}

/// The same, and the thread is in line when this returns.
fn waiter(bucket: &Arc<TokenBucket>, n: u64, timeout: Duration) -> JoinHandle<(Answer, Duration)> {
    let waiter = acquirer(bucket, n, timeout);
    settle();
    waiter
}

fn end(waiter: JoinHandle<(Answer, Duration)>) -> (Answer, Duration) {
    waiter.join().expect("a waiter panicked")
}

fn is_insufficient(answer: Answer) -> bool {
    matches!(answer, Err(AcquireError::Insufficient { .. }))
}

/// Study: sleep for the exact time until the tokens exist, not in fixed steps.
#[test]
fn a_waiter_gets_its_tokens_in_the_instant_in_which_they_exist() {
    check(|| {
        let bucket = TokenBucket::new(5, 3, 7 * NS).expect("these are valid settings");
        assert_eq!(
            bucket.acquire(5, Duration::ZERO),
            Ok(()),
            "the bucket is full"
        );
        assert_eq!(
            clock::now(),
            Duration::ZERO,
            "there was nothing to wait for"
        );
        assert_eq!(bucket.acquire(1, SECOND), Ok(()));
        assert_eq!(clock::now(), 3 * NS, "one token at 3 per 7 ns");
        assert_eq!(bucket.acquire(4, Duration::MAX), Ok(()));
        assert_eq!(clock::now(), 12 * NS, "five tokens in all at 3 per 7 ns");
    });
}

#[test]
fn a_wait_that_is_too_short_ends_exactly_at_its_timeout_and_takes_nothing() {
    check(|| {
        let bucket = empty_bucket(10);
        assert!(
            is_insufficient(bucket.acquire(1, Duration::ZERO)),
            "no time to wait"
        );
        assert_eq!(
            clock::now(),
            Duration::ZERO,
            "a timeout of zero does not wait"
        );
        assert!(
            is_insufficient(bucket.acquire(10, 2500 * MS)),
            "2.5 of 10 tokens"
        );
        assert_eq!(
            clock::now(),
            2500 * MS,
            "the wait lasts as long as its timeout"
        );
        assert_eq!(bucket.available(), 2, "the wait that failed took nothing");
        assert_eq!(bucket.try_acquire(2), Ok(()), "nobody waits any more");
        assert_eq!(bucket.acquire(1, 501 * MS), Ok(()), "the fraction was kept");
        assert_eq!(clock::now(), 3000 * MS, "the third token");
    });
}

/// Study: strict order costs throughput and saves the large requests.
#[test]
fn a_large_request_is_not_overtaken_by_small_ones() {
    check(|| {
        let bucket = empty_bucket(10);
        let large = waiter(&bucket, 3, 60 * SECOND);
        let small = waiter(&bucket, 1, 60 * SECOND);
        clock::advance(1500 * MS);
        let late = waiter(&bucket, 1, 60 * SECOND);
        assert_eq!(
            end(large),
            (Ok(()), 3 * SECOND),
            "first in line, for 3 tokens"
        );
        assert_eq!(
            end(small),
            (Ok(()), 4 * SECOND),
            "second in line, for 1 token"
        );
        assert_eq!(
            end(late),
            (Ok(()), 5 * SECOND),
            "third in line, for 1 token"
        );
    });
}

#[test]
fn nobody_barges_while_somebody_waits() {
    check(|| {
        let bucket = empty_bucket(10);
        let first = waiter(&bucket, 3, Duration::MAX);
        clock::advance(2 * SECOND);
        assert!(
            is_insufficient(bucket.try_acquire(1)),
            "try_acquire took a token from under the one who waits"
        );
        assert!(
            is_insufficient(bucket.acquire(1, 500 * MS)),
            "a later call was served before the one who waits"
        );
        assert_eq!(
            clock::now(),
            2500 * MS,
            "the later call waited for its timeout"
        );
        assert_eq!(
            end(first),
            (Ok(()), 3 * SECOND),
            "first in line, for 3 tokens"
        );
        clock::advance(SECOND);
        assert_eq!(bucket.try_acquire(1), Ok(()), "nobody waits any more");
    });
}

#[test]
fn hopeless_sizes_and_zero_are_answered_at_once_whoever_waits() {
    check(|| {
        let bucket = empty_bucket(3);
        let too_large = Err(AcquireError::TooLarge { capacity: 3 });
        assert_eq!(bucket.acquire(4, SECOND), too_large, "4 of 3");
        let first = waiter(&bucket, 3, Duration::MAX);
        assert_eq!(
            bucket.acquire(4, SECOND),
            too_large,
            "4 of 3, behind a waiter"
        );
        assert_eq!(bucket.try_acquire(4), too_large, "4 of 3, tried");
        assert_eq!(
            bucket.acquire(0, SECOND),
            Ok(()),
            "nothing, behind a waiter"
        );
        assert_eq!(bucket.try_acquire(0), Ok(()), "nothing, tried");
        assert_eq!(clock::now(), Duration::ZERO, "none of these waits");
        assert_eq!(end(first), (Ok(()), 3 * SECOND), "the waiter");
    });
}

/// Study: who leaves the line has to wake the next.
#[test]
fn when_the_first_in_line_gives_up_the_next_is_served_at_once() {
    check(|| {
        let bucket = empty_bucket(10);
        let hopeless = waiter(&bucket, 9, 2500 * MS);
        let second = waiter(&bucket, 1, Duration::MAX);
        let third = waiter(&bucket, 2, Duration::MAX);
        let (answer, time) = end(hopeless);
        assert!(is_insufficient(answer), "9 tokens cannot come in 2.5 s");
        assert_eq!(time, 2500 * MS, "the first waits out its timeout");
        assert_eq!(
            end(second),
            (Ok(()), 2500 * MS),
            "its token has long been there"
        );
        assert_eq!(
            end(third),
            (Ok(()), 3 * SECOND),
            "its second token comes at 3 s"
        );
    });
}

#[test]
fn one_who_gives_up_in_the_middle_leaves_no_gap() {
    check(|| {
        let bucket = empty_bucket(10);
        let first = waiter(&bucket, 2, Duration::MAX);
        let impatient = waiter(&bucket, 1, SECOND / 2);
        let last = waiter(&bucket, 1, Duration::MAX);
        let (answer, time) = end(impatient);
        assert!(
            is_insufficient(answer),
            "second in line, gone before its turn"
        );
        assert_eq!(time, SECOND / 2, "the timeout of the second");
        assert_eq!(
            end(first),
            (Ok(()), 2 * SECOND),
            "first in line, for 2 tokens"
        );
        assert_eq!(end(last), (Ok(()), 3 * SECOND), "last in line, for 1 token");
    });
}

/// Study: compute the deadline once; a wake-up must not start the timeout anew.
#[test]
fn timeouts_are_counted_from_the_call() {
    check(|| {
        let bucket = empty_bucket(10);
        let first = waiter(&bucket, 1, Duration::MAX);
        let second = waiter(&bucket, 1, Duration::MAX);
        let third = waiter(&bucket, 9, 3500 * MS);
        assert_eq!(end(first), (Ok(()), SECOND), "first in line");
        assert_eq!(end(second), (Ok(()), 2 * SECOND), "second in line");
        let (answer, time) = end(third);
        assert!(is_insufficient(answer), "9 tokens cannot come in time");
        assert_eq!(
            time,
            3500 * MS,
            "the others' grants do not lengthen its timeout"
        );
    });
}

#[test]
fn every_waiter_is_served_and_none_too_early() {
    explore(|| {
        let bucket = empty_bucket(10);
        let waiters = [(); 3].map(|()| acquirer(&bucket, 1, Duration::MAX));
        let mut times = waiters.map(|waiter| {
            let (answer, time) = end(waiter);
            assert_eq!(answer, Ok(()), "a wait without an end was given up");
            time
        });
        times.sort();
        for (token, time) in (1..).zip(times) {
            assert!(
                time >= token * SECOND,
                "token {token} was granted after {time:?}, one comes per second"
            );
        }
        assert_eq!(
            3 + bucket.available(),
            clock::now().as_secs(),
            "tokens granted and left; one comes per second"
        );
    });
}

/// Study: a wait may end without a reason; look again before you take.
#[test]
fn a_wake_up_for_no_reason_grants_nothing() {
    Explore::new().spurious().schedules(1_000).run(|| {
        let bucket = empty_bucket(10);
        let waiter = acquirer(&bucket, 2, Duration::MAX);
        let (answer, time) = end(waiter);
        assert_eq!(answer, Ok(()), "a wait without an end was given up");
        assert!(time >= 2 * SECOND, "2 tokens were granted after {time:?}");
    });
}

#[test]
fn tokens_that_come_with_the_timeout_are_either_taken_or_left() {
    explore(|| {
        let bucket = empty_bucket(10);
        let waiters = [SECOND, 2 * SECOND].map(|timeout| acquirer(&bucket, 1, timeout));
        let answers = waiters.map(|waiter| end(waiter).0);
        let granted = answers.iter().filter(|answer| answer.is_ok()).count() as u64;
        assert_eq!(
            granted + bucket.available(),
            clock::now().as_secs(),
            "tokens granted and left; one comes per second"
        );
    });
}

#[test]
fn nobody_overtakes_the_first_in_line_whatever_the_schedule() {
    explore(|| {
        let bucket = empty_bucket(10);
        clock::advance(SECOND);
        let first = waiter(&bucket, 2, Duration::MAX);
        let later = acquirer(&bucket, 1, SECOND / 2);
        assert!(
            is_insufficient(bucket.try_acquire(1)),
            "try_acquire took a token from under the one who waits"
        );
        let (answer, _) = end(later);
        assert!(
            is_insufficient(answer),
            "a later call was served before the one who waits"
        );
        let (answer, time) = end(first);
        assert_eq!(answer, Ok(()), "a wait without an end was given up");
        assert!(time >= 2 * SECOND, "2 tokens were granted after {time:?}");
    });
}
