//! The ends of the ranges: smallest capacity, zero and endless timeouts, closed and full at once.

use bounded_buffer::{BoundedBuffer, PopError, PushError};
use judge_kit::{DropCounter, check, clock, settle};
use std::panic;
use std::thread;
use std::time::Duration;

const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Closes the buffer when an assertion fails, so that sleeping threads do not hide its message.
struct Released<'a, T: Send>(&'a BoundedBuffer<T>);

impl<T: Send> Drop for Released<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
        }
    }
}

#[test]
fn a_capacity_of_zero_panics() {
    check(|| {
        let made = panic::catch_unwind(|| BoundedBuffer::<u64>::new(0));
        assert!(made.is_err(), "new(0) returned a buffer");
    });
}

#[test]
fn a_buffer_of_one_holds_exactly_one() {
    check(|| {
        let buffer = BoundedBuffer::new(1);
        for round in 0..3 {
            assert_eq!(buffer.try_push(round), Ok(()), "an empty buffer of one");
            assert_eq!(
                buffer.try_push(99),
                Err(PushError::Full(99)),
                "a second item in a buffer of one"
            );
            assert_eq!(buffer.len(), 1, "a full buffer of one");
            assert_eq!(buffer.pop(), Some(round), "the only item");
        }
    });
}

#[test]
fn a_timeout_of_zero_tries_once_and_does_not_wait() {
    check(|| {
        let buffer = BoundedBuffer::new(1);
        let start = clock::now();
        assert_eq!(
            buffer.pop_timeout(Duration::ZERO),
            Err(PopError::TimedOut),
            "an empty buffer"
        );
        assert_eq!(
            buffer.push_timeout(1, Duration::ZERO),
            Ok(()),
            "there is room, so no time is needed"
        );
        assert_eq!(
            buffer.push_timeout(2, Duration::ZERO),
            Err(PushError::Full(2)),
            "a full buffer"
        );
        assert_eq!(
            buffer.pop_timeout(Duration::ZERO),
            Ok(1),
            "there is an item, so no time is needed"
        );
        assert_eq!(clock::now(), start, "no time passes");
    });
}

#[test]
fn the_longest_timeout_waits_as_long_as_it_takes() {
    check(|| {
        let buffer = BoundedBuffer::new(1);
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let consumer = scope.spawn(|| buffer.pop_timeout(Duration::MAX));
            clock::advance(Duration::from_secs(86_400));
            assert_eq!(buffer.push(1), Ok(()), "the buffer is empty");
            let item = consumer.join().expect("the consumer panicked");
            assert_eq!(item, Ok(1), "it waited for a day");
        });
        assert_eq!(
            buffer.push_timeout(2, Duration::MAX),
            Ok(()),
            "the buffer is empty"
        );
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let producer = scope.spawn(|| buffer.push_timeout(3, Duration::MAX));
            clock::advance(Duration::from_secs(86_400));
            assert_eq!(buffer.pop(), Some(2), "the oldest item");
            let answer = producer.join().expect("the producer panicked");
            assert_eq!(answer, Ok(()), "it waited for a day");
        });
        assert_eq!(buffer.pop(), Some(3), "what the waiting producer brought");
    });
}

#[test]
fn closing_twice_changes_nothing() {
    check(|| {
        let buffer = BoundedBuffer::new(2);
        buffer.push(1).expect("there is room");
        buffer.close();
        buffer.close();
        assert_eq!(
            buffer.try_push(2),
            Err(PushError::Closed(2)),
            "still closed"
        );
        assert_eq!(buffer.pop(), Some(1), "still inside");
        buffer.close();
        assert_eq!(buffer.pop(), None, "closed and drained");
    });
}

#[test]
fn every_push_into_a_closed_buffer_returns_its_item() {
    check(|| {
        let buffer = BoundedBuffer::new(2);
        buffer.close();
        let start = clock::now();
        assert_eq!(buffer.push(1), Err(PushError::Closed(1)), "push");
        assert_eq!(buffer.try_push(2), Err(PushError::Closed(2)), "try_push");
        assert_eq!(
            buffer.push_timeout(3, millis(50)),
            Err(PushError::Closed(3)),
            "push_timeout"
        );
        assert_eq!(clock::now(), start, "no time passes");
        assert_eq!(buffer.len(), 0, "nothing was taken in");
    });
}

#[test]
fn a_closed_buffer_that_is_full_says_closed() {
    check(|| {
        let buffer = BoundedBuffer::new(1);
        buffer.push(1).expect("there is room");
        buffer.close();
        let start = clock::now();
        assert_eq!(buffer.try_push(2), Err(PushError::Closed(2)), "try_push");
        assert_eq!(
            buffer.push_timeout(3, Duration::ZERO),
            Err(PushError::Closed(3)),
            "push_timeout of zero"
        );
        assert_eq!(
            buffer.push_timeout(4, millis(50)),
            Err(PushError::Closed(4)),
            "push_timeout"
        );
        assert_eq!(
            clock::now(),
            start,
            "waiting is pointless when it is closed"
        );
    });
}

#[test]
fn a_timed_pop_drains_a_closed_buffer_first() {
    check(|| {
        let buffer = BoundedBuffer::new(2);
        buffer.push(1).expect("there is room");
        buffer.push(2).expect("there is room");
        buffer.close();
        let start = clock::now();
        assert_eq!(buffer.pop_timeout(millis(50)), Ok(1), "left inside");
        assert_eq!(buffer.pop_timeout(Duration::ZERO), Ok(2), "left inside");
        assert_eq!(
            buffer.pop_timeout(millis(50)),
            Err(PopError::Closed),
            "closed and drained"
        );
        assert_eq!(
            buffer.pop_timeout(Duration::ZERO),
            Err(PopError::Closed),
            "closed and drained, even without patience"
        );
        assert_eq!(clock::now(), start, "no time passes");
    });
}

#[test]
fn items_left_inside_are_dropped_with_the_buffer() {
    check(|| {
        let drops = DropCounter::new();
        let buffer = BoundedBuffer::new(4);
        for _ in 0..4 {
            assert!(buffer.push(drops.token()).is_ok(), "there is room for four");
        }
        drop(buffer.try_push(drops.token()));
        assert_eq!(drops.live(), 4, "a refused item is the caller's to drop");
        drop(buffer.pop());
        assert_eq!(drops.live(), 3, "a popped item is the caller's to drop");
        drop(buffer);
        assert_eq!(drops.live(), 0, "no item outlives the buffer");
    });
}

/// Study: turn a timeout into a deadline once, and wait for the rest of it after a wake-up.
#[test]
fn a_timed_push_that_loses_the_place_waits_only_for_the_rest() {
    check(|| {
        let buffer = BoundedBuffer::new(1);
        buffer.push(1).expect("there is room");
        let start = clock::now();
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let slow = scope.spawn(|| {
                let answer = buffer.push_timeout(2, millis(100));
                (answer, clock::now() - start)
            });
            clock::advance(millis(60));
            assert_eq!(buffer.pop(), Some(1), "the only item");
            let stolen = buffer.try_push(3).is_ok();
            let (answer, took) = slow.join().expect("the producer panicked");
            if stolen {
                assert_eq!(answer, Err(PushError::Full(2)), "the place was taken again");
                assert_eq!(took, millis(100), "the timeout covers the whole call");
            } else {
                assert_eq!(answer, Ok(()), "the free place went to the one who waited");
                assert_eq!(took, millis(60), "it has no reason to wait any longer");
            }
        });
    });
}

/// Study: turn a timeout into a deadline once, and wait for the rest of it after a wake-up.
#[test]
fn a_timed_pop_that_loses_the_item_waits_only_for_the_rest() {
    check(|| {
        let buffer = BoundedBuffer::new(1);
        let start = clock::now();
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let slow = scope.spawn(|| {
                let answer = buffer.pop_timeout(millis(100));
                (answer, clock::now() - start)
            });
            clock::advance(millis(60));
            assert_eq!(buffer.push(1), Ok(()), "the buffer is empty");
            let stolen = buffer.pop_timeout(Duration::ZERO) == Ok(1);
            settle();
            let (answer, took) = slow.join().expect("the consumer panicked");
            if stolen {
                assert_eq!(answer, Err(PopError::TimedOut), "the item was gone again");
                assert_eq!(took, millis(100), "the timeout covers the whole call");
            } else {
                assert_eq!(answer, Ok(1), "the item went to the one who waited");
                assert_eq!(took, millis(60), "it has no reason to wait any longer");
            }
        });
    });
}
