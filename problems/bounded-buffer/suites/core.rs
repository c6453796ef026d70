//! What each method does when nobody interferes, and that waiting threads are served.

use bounded_buffer::{BoundedBuffer, PopError, PushError};
use judge_kit::{assert_send_sync, check, clock, settle};
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
fn items_leave_in_the_order_of_their_pushes() {
    assert_send_sync::<BoundedBuffer<u64>>();
    check(|| {
        let buffer = BoundedBuffer::new(4);
        for item in 1..=4 {
            assert_eq!(buffer.push(item), Ok(()), "an open buffer with room");
        }
        assert_eq!(buffer.pop(), Some(1), "the oldest of 1, 2, 3, 4");
        assert_eq!(buffer.pop(), Some(2), "the oldest of 2, 3, 4");
        assert_eq!(buffer.push(5), Ok(()), "two places are free again");
        assert_eq!(buffer.try_push(6), Ok(()), "one place is free");
        for item in 3..=6 {
            assert_eq!(buffer.pop(), Some(item), "the oldest item inside");
        }
    });
}

#[test]
fn try_push_on_a_full_buffer_gives_the_item_back_and_keeps_the_others() {
    check(|| {
        let buffer = BoundedBuffer::new(3);
        for item in 1..=3 {
            assert_eq!(buffer.try_push(item), Ok(()), "there is room for three");
        }
        assert_eq!(
            buffer.try_push(4),
            Err(PushError::Full(4)),
            "the fourth item in a buffer of three"
        );
        for item in 1..=3 {
            assert_eq!(buffer.pop(), Some(item), "a refused push changes nothing");
        }
        assert_eq!(buffer.try_push(5), Ok(()), "the buffer is empty again");
    });
}

#[test]
fn a_closed_buffer_is_drained_before_pop_says_none() {
    check(|| {
        let buffer = BoundedBuffer::new(5);
        for item in 1..=3 {
            assert_eq!(buffer.push(item), Ok(()), "an open buffer with room");
        }
        buffer.close();
        for item in 1..=3 {
            assert_eq!(buffer.pop(), Some(item), "what was inside when it closed");
        }
        assert_eq!(buffer.pop(), None, "closed and drained");
        assert_eq!(buffer.pop(), None, "closed and drained, asked again");
    });
}

#[test]
fn a_timed_push_and_a_timed_pop_give_up_exactly_in_time() {
    check(|| {
        let buffer = BoundedBuffer::new(1);
        let start = clock::now();
        assert_eq!(
            buffer.pop_timeout(millis(40)),
            Err(PopError::TimedOut),
            "nothing arrives within 40 ms"
        );
        assert_eq!(clock::now() - start, millis(40), "the time the pop took");

        assert_eq!(
            buffer.push_timeout(1, millis(25)),
            Ok(()),
            "the buffer is empty"
        );
        assert_eq!(clock::now() - start, millis(40), "a push with room is free");
        assert_eq!(
            buffer.push_timeout(2, millis(25)),
            Err(PushError::Full(2)),
            "nobody makes room within 25 ms"
        );
        assert_eq!(clock::now() - start, millis(65), "the time the push took");
        assert_eq!(
            buffer.pop_timeout(millis(25)),
            Ok(1),
            "the item that is inside"
        );
        assert_eq!(clock::now() - start, millis(65), "a pop with items is free");
    });
}

#[test]
fn a_timed_push_and_a_timed_pop_are_served_within_their_time() {
    check(|| {
        let buffer = BoundedBuffer::new(1);
        let start = clock::now();
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let consumer = scope.spawn(|| (buffer.pop_timeout(millis(100)), clock::now() - start));
            clock::advance(millis(30));
            assert_eq!(buffer.push(1), Ok(()), "the buffer is empty");
            let (item, took) = consumer.join().expect("the consumer panicked");
            assert_eq!(item, Ok(1), "an item came after 30 ms of 100");
            assert_eq!(took, millis(30), "the consumer is served at once");
        });
        assert_eq!(buffer.push(2), Ok(()), "the buffer is empty");
        let start = clock::now();
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let producer = scope.spawn(|| {
                let answer = buffer.push_timeout(3, millis(100));
                (answer, clock::now() - start)
            });
            clock::advance(millis(60));
            assert_eq!(buffer.pop(), Some(2), "the oldest item");
            let (answer, took) = producer.join().expect("the producer panicked");
            assert_eq!(answer, Ok(()), "room was made after 60 ms of 100");
            assert_eq!(took, millis(60), "the producer is served at once");
        });
        assert_eq!(buffer.pop(), Some(3), "what the waiting producer brought");
    });
}

#[test]
fn push_waits_for_room_and_pop_waits_for_an_item() {
    check(|| {
        let buffer = BoundedBuffer::new(1);
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let consumer = scope.spawn(|| buffer.pop());
            clock::advance(Duration::from_secs(3_600));
            assert!(!consumer.is_finished(), "there is nothing to pop yet");
            assert_eq!(buffer.push(1), Ok(()), "the buffer is empty");
            let item = consumer.join().expect("the consumer panicked");
            assert_eq!(item, Some(1), "the item the consumer waited for");
        });
        assert_eq!(buffer.push(2), Ok(()), "the buffer is empty");
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let producer = scope.spawn(|| buffer.push(3));
            clock::advance(Duration::from_secs(3_600));
            assert!(!producer.is_finished(), "there is no room yet");
            assert_eq!(buffer.pop(), Some(2), "the oldest item");
            let answer = producer.join().expect("the producer panicked");
            assert_eq!(answer, Ok(()), "room was made");
        });
        assert_eq!(buffer.pop(), Some(3), "what the waiting producer brought");
    });
}

#[test]
fn closing_turns_waiting_producers_away_with_their_items() {
    check(|| {
        let buffer = BoundedBuffer::new(1);
        assert_eq!(buffer.push(1), Ok(()), "the buffer is empty");
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let patient = scope.spawn(|| buffer.push(2));
            let timed = scope.spawn(|| buffer.push_timeout(3, Duration::from_secs(60)));
            settle();
            buffer.close();
            let answer = patient.join().expect("the producer panicked");
            assert_eq!(answer, Err(PushError::Closed(2)), "it waited in push");
            let answer = timed.join().expect("the producer panicked");
            assert_eq!(
                answer,
                Err(PushError::Closed(3)),
                "it waited with a timeout"
            );
        });
        assert_eq!(buffer.pop(), Some(1), "what was inside stays inside");
        assert_eq!(buffer.pop(), None, "the refused items are not inside");
    });
}

#[test]
fn closing_tells_waiting_consumers_that_it_is_over() {
    check(|| {
        let buffer = BoundedBuffer::<u64>::new(1);
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let patient = scope.spawn(|| buffer.pop());
            let timed = scope.spawn(|| buffer.pop_timeout(Duration::from_secs(60)));
            settle();
            let start = clock::now();
            buffer.close();
            let item = patient.join().expect("the consumer panicked");
            assert_eq!(item, None, "it waited in pop");
            let item = timed.join().expect("the consumer panicked");
            assert_eq!(item, Err(PopError::Closed), "it waited with a timeout");
            assert_eq!(clock::now(), start, "both hear it at once");
        });
    });
}

#[test]
fn len_counts_the_items_inside() {
    check(|| {
        let buffer = BoundedBuffer::new(3);
        assert_eq!(buffer.len(), 0, "a new buffer");
        buffer.push('a').expect("there is room");
        buffer.push('b').expect("there is room");
        assert_eq!(buffer.len(), 2, "after two pushes");
        buffer.push('c').expect("there is room");
        let _ = buffer.try_push('d');
        assert_eq!(buffer.len(), 3, "a refused push does not count");
        buffer.pop();
        assert_eq!(buffer.len(), 2, "after one pop");
        buffer.close();
        assert_eq!(buffer.len(), 2, "closing keeps the items");
        buffer.pop();
        buffer.pop();
        assert_eq!(buffer.len(), 0, "after the last pop");
    });
}
