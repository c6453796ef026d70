//! The batches of the follow-up.

use bounded_buffer::BoundedBuffer;
use judge_kit::{check, clock, explore, settle};
use std::thread;
use std::time::Duration;

const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

const AN_HOUR: Duration = Duration::from_secs(3_600);

/// Closes the buffer when an assertion fails, so that sleeping threads do not hide its message.
struct Released<'a, T: Send>(&'a BoundedBuffer<T>);

impl<T: Send> Drop for Released<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
        }
    }
}

/// An open buffer of eight with these items inside.
fn filled(items: &[u32]) -> BoundedBuffer<u32> {
    let buffer = BoundedBuffer::new(8);
    for &item in items {
        buffer.push(item).expect("there is room for eight");
    }
    buffer
}

#[test]
fn a_batch_without_linger_takes_what_is_there_up_to_max() {
    check(|| {
        let buffer = filled(&[1, 2, 3, 4, 5]);
        let start = clock::now();
        assert_eq!(buffer.pop_batch(3, Duration::ZERO), [1, 2, 3], "at most 3");
        assert_eq!(buffer.len(), 2, "the others stay inside");
        assert_eq!(buffer.pop_batch(9, Duration::ZERO), [4, 5], "all there is");
        assert_eq!(clock::now(), start, "no time passes");
    });
}

#[test]
fn a_batch_waits_for_its_first_item_however_short_the_linger() {
    check(|| {
        let buffer = filled(&[]);
        let start = clock::now();
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let consumer =
                scope.spawn(|| (buffer.pop_batch(4, Duration::ZERO), clock::now() - start));
            clock::advance(millis(500));
            assert!(!consumer.is_finished(), "there is nothing to take yet");
            buffer.push(1).expect("there is room");
            let (batch, took) = consumer.join().expect("the consumer panicked");
            assert_eq!(batch, [1], "the first item");
            assert_eq!(took, millis(500), "a linger of zero ends at once");
        });
    });
}

#[test]
fn the_linger_counts_from_the_first_item() {
    check(|| {
        let buffer = filled(&[]);
        let start = clock::now();
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let consumer = scope.spawn(|| (buffer.pop_batch(8, millis(30)), clock::now() - start));
            for item in 1..=3 {
                clock::advance(millis(20));
                buffer.push(item).expect("there is room");
            }
            let (batch, took) = consumer.join().expect("the consumer panicked");
            assert_eq!(batch, [1, 2], "items came at 20, 40 and 60 ms");
            assert_eq!(took, millis(50), "30 ms after the first item");
        });
        assert_eq!(buffer.pop(), Some(3), "it came after the linger");
    });
}

#[test]
fn a_complete_batch_comes_back_before_the_linger_is_over() {
    check(|| {
        let buffer = filled(&[1]);
        let start = clock::now();
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let consumer = scope.spawn(|| (buffer.pop_batch(2, AN_HOUR), clock::now() - start));
            clock::advance(millis(20));
            assert!(!consumer.is_finished(), "one of two items is there");
            buffer.push(2).expect("there is room");
            let (batch, took) = consumer.join().expect("the consumer panicked");
            assert_eq!(batch, [1, 2], "a complete batch");
            assert_eq!(took, millis(20), "it was complete after 20 ms");
        });
    });
}

#[test]
fn closing_ends_the_linger() {
    check(|| {
        let buffer = filled(&[1]);
        let start = clock::now();
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let consumer = scope.spawn(|| (buffer.pop_batch(9, AN_HOUR), clock::now() - start));
            clock::advance(millis(10));
            buffer.push(2).expect("there is room");
            clock::advance(millis(10));
            buffer.close();
            let (batch, took) = consumer.join().expect("the consumer panicked");
            assert_eq!(batch, [1, 2], "what came before the closing");
            assert_eq!(took, millis(20), "the buffer was closed after 20 ms");
        });
    });
}

#[test]
fn a_closed_buffer_is_drained_in_batches_and_then_gives_empty_ones() {
    check(|| {
        let buffer = filled(&[1, 2, 3, 4, 5, 6, 7]);
        buffer.close();
        let start = clock::now();
        assert_eq!(buffer.pop_batch(3, AN_HOUR), [1, 2, 3], "left inside");
        assert_eq!(buffer.pop_batch(9, AN_HOUR), [4, 5, 6, 7], "left inside");
        assert!(
            buffer.pop_batch(2, AN_HOUR).is_empty(),
            "closed and drained"
        );
        assert_eq!(clock::now(), start, "no time passes");
    });
}

#[test]
fn closing_wakes_a_batch_that_waits_for_its_first_item() {
    check(|| {
        let buffer = filled(&[]);
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let consumer = scope.spawn(|| buffer.pop_batch(2, AN_HOUR));
            settle();
            buffer.close();
            let batch = consumer.join().expect("the consumer panicked");
            assert!(batch.is_empty(), "closed and drained");
        });
    });
}

#[test]
fn a_max_of_zero_neither_waits_nor_takes() {
    check(|| {
        let start = clock::now();
        let empty = filled(&[]);
        assert!(empty.pop_batch(0, AN_HOUR).is_empty(), "an empty buffer");
        let buffer = filled(&[1, 2]);
        assert!(buffer.pop_batch(0, AN_HOUR).is_empty(), "two items inside");
        assert_eq!(buffer.len(), 2, "nothing was taken");
        assert_eq!(clock::now(), start, "no time passes");
    });
}

/// Study: how many are still wanted changes with every round of the linger.
#[test]
fn a_lingering_batch_never_takes_more_than_max() {
    explore(|| {
        let buffer = filled(&[1]);
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let consumer = scope.spawn(|| buffer.pop_batch(3, AN_HOUR));
            for item in 2..=5 {
                assert_eq!(buffer.push(item), Ok(()), "there is room for eight");
            }
            let batch = consumer.join().expect("the consumer panicked");
            assert_eq!(batch, [1, 2, 3], "three of the five items that came");
        });
        let rest = buffer.pop_batch(9, Duration::ZERO);
        assert_eq!(rest, [4, 5], "what the full batch has left inside");
    });
}

#[test]
fn an_endless_linger_ends_when_the_batch_is_complete() {
    check(|| {
        let buffer = filled(&[1]);
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let consumer = scope.spawn(|| buffer.pop_batch(2, Duration::MAX));
            clock::advance(AN_HOUR);
            assert!(!consumer.is_finished(), "one of two items is there");
            buffer.push(2).expect("there is room");
            let batch = consumer.join().expect("the consumer panicked");
            assert_eq!(batch, [1, 2], "a complete batch");
        });
    });
}

/// Study: a lingering batch must not sit on the places of the items it has taken.
#[test]
fn a_batch_larger_than_the_buffer_fills_up_while_it_lingers() {
    check(|| {
        let buffer = BoundedBuffer::new(1);
        let start = clock::now();
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let producer = scope.spawn(|| [1, 2, 3, 4].map(|item| buffer.push(item)));
            settle();
            assert_eq!(
                buffer.pop_batch(4, AN_HOUR),
                [1, 2, 3, 4],
                "four items through a buffer of one"
            );
            assert_eq!(
                clock::now(),
                start,
                "no producer had to wait for the linger"
            );
            let answers = producer.join().expect("the producer panicked");
            assert_eq!(answers, [Ok(()); 4], "push into an open buffer");
        });
    });
}

/// Study: as many places as become free, so many producers may go on.
#[test]
fn a_batch_of_two_lets_two_waiting_producers_in() {
    explore(|| {
        let buffer = BoundedBuffer::new(2);
        buffer.push(0).expect("there is room");
        buffer.push(0).expect("there is room");
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let producers = [1, 2].map(|item| {
                let buffer = &buffer;
                scope.spawn(move || buffer.push(item))
            });
            let batch = buffer.pop_batch(2, Duration::ZERO);
            assert_eq!(batch, [0, 0], "the two oldest items");
            for producer in producers {
                let answer = producer.join().expect("the producer panicked");
                assert_eq!(answer, Ok(()), "there are two free places");
            }
        });
    });
}

/// Study: the first item may be gone by the time the consumer is awake.
#[test]
fn a_batch_and_a_pop_share_the_items() {
    explore(|| {
        let buffer = BoundedBuffer::new(2);
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let batch = scope.spawn(|| buffer.pop_batch(2, Duration::ZERO));
            let single = scope.spawn(|| buffer.pop());
            assert_eq!(buffer.push(1), Ok(()), "there is room");
            assert_eq!(buffer.push(2), Ok(()), "there is room");
            buffer.close();
            let batch = batch.join().expect("pop_batch panicked");
            let single = single.join().expect("pop panicked");
            let mut all: Vec<u32> = batch.iter().copied().chain(single).collect();
            all.sort_unstable();
            assert_eq!(
                all,
                [1, 2],
                "the batch took {batch:?} and the single pop {single:?}"
            );
        });
    });
}
