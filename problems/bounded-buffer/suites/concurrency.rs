//! What must hold in whatever order the threads run.

use bounded_buffer::{BoundedBuffer, PopError, PushError};
use judge_kit::{Explore, History, explore, settle};
use std::collections::VecDeque;
use std::thread;
use std::time::Duration;

/// Closes the buffer when an assertion fails, so that sleeping threads do not hide its message.
struct Released<'a, T: Send>(&'a BoundedBuffer<T>);

impl<T: Send> Drop for Released<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
        }
    }
}

/// Two producers push two items each, two consumers fetch two each.
fn two_by_two(capacity: usize) {
    let buffer = BoundedBuffer::new(capacity);
    let (pushed, fetched) = thread::scope(|scope| {
        let _released = Released(&buffer);
        let producers = [0, 1].map(|producer| {
            let buffer = &buffer;
            scope
                .spawn(move || [0, 1].map(|number| (buffer.push((producer, number)), buffer.len())))
        });
        let consumers = [(); 2].map(|()| scope.spawn(|| [buffer.pop(), buffer.pop()]));
        (
            producers.map(|producer| producer.join().expect("push or len panicked")),
            consumers.map(|consumer| consumer.join().expect("pop panicked")),
        )
    });
    for (answer, len) in pushed.concat() {
        assert_eq!(answer, Ok(()), "push into an open buffer");
        assert!(len <= capacity, "{len} items in a buffer of {capacity}");
    }
    for mine in fetched {
        let [Some((a, first)), Some((b, second))] = mine else {
            panic!("pop of an open buffer said None");
        };
        assert!(
            a != b || first < second,
            "one consumer got number {first} of a producer before its number {second}"
        );
    }
    let mut all = fetched.concat();
    all.sort();
    assert_eq!(
        all,
        [(0, 0), (0, 1), (1, 0), (1, 1)].map(Some),
        "each item (producer, number) arrives exactly once"
    );
}

/// Study: the condition must be looked at again after each wake-up, and each wake-up must reach
/// a thread that can use it.
#[test]
fn two_producers_and_two_consumers_share_one_place() {
    Explore::new()
        .schedules(6_000)
        .random(400)
        .run(|| two_by_two(1));
}

/// Study: what a notification means while another one is still on its way.
#[test]
fn two_producers_and_two_consumers_share_two_places() {
    Explore::new()
        .schedules(6_000)
        .random(400)
        .run(|| two_by_two(2));
}

/// Study: a second item needs a second wake-up, even if the buffer was not empty before it.
#[test]
fn two_pushes_in_a_row_wake_two_sleeping_consumers() {
    explore(|| {
        let buffer = BoundedBuffer::new(2);
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let consumers = [(); 2].map(|()| scope.spawn(|| buffer.pop()));
            assert_eq!(buffer.push(1), Ok(()), "there is room");
            assert_eq!(buffer.push(2), Ok(()), "there is room");
            let mut fetched =
                consumers.map(|consumer| consumer.join().expect("the thread panicked"));
            fetched.sort();
            assert_eq!(fetched, [Some(1), Some(2)], "one item for each consumer");
        });
    });
}

/// Study: a second free place needs a second wake-up, even if the buffer was not full before.
#[test]
fn two_pops_in_a_row_wake_two_sleeping_producers() {
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
            assert_eq!(buffer.pop(), Some(0), "the oldest item");
            assert_eq!(buffer.pop(), Some(0), "the second oldest item");
            for producer in producers {
                assert_eq!(
                    producer.join().expect("the thread panicked"),
                    Ok(()),
                    "room was made"
                );
            }
        });
        let mut rest = [buffer.pop(), buffer.pop()];
        rest.sort();
        assert_eq!(rest, [Some(1), Some(2)], "what the producers brought");
    });
}

#[test]
fn closing_wakes_every_waiting_consumer() {
    explore(|| {
        let buffer = BoundedBuffer::<u64>::new(1);
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let consumers = [(); 2].map(|()| scope.spawn(|| buffer.pop()));
            buffer.close();
            for consumer in consumers {
                assert_eq!(
                    consumer.join().expect("the thread panicked"),
                    None,
                    "nothing is left"
                );
            }
        });
    });
}

#[test]
fn closing_wakes_every_waiting_producer() {
    explore(|| {
        let buffer = BoundedBuffer::new(1);
        buffer.push(0).expect("there is room");
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let producers = [1, 2].map(|item| {
                let buffer = &buffer;
                (item, scope.spawn(move || buffer.push(item)))
            });
            buffer.close();
            for (item, producer) in producers {
                assert_eq!(
                    producer.join().expect("the thread panicked"),
                    Err(PushError::Closed(item)),
                    "each producer gets its own item back"
                );
            }
        });
        assert_eq!(buffer.pop(), Some(0), "what was inside before");
        assert_eq!(buffer.pop(), None, "closed and drained");
    });
}

#[test]
fn nothing_is_lost_between_a_push_and_the_closing() {
    explore(|| {
        let buffer = BoundedBuffer::new(1);
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let producer = scope.spawn(|| buffer.push(1));
            let consumer = scope.spawn(|| buffer.pop());
            buffer.close();
            let accepted = producer.join().expect("the thread panicked");
            let fetched = consumer.join().expect("the thread panicked");
            match accepted {
                Ok(()) => {
                    assert_eq!(fetched, Some(1), "the push was accepted before the closing");
                }
                refused => {
                    assert_eq!(refused, Err(PushError::Closed(1)), "a refused item");
                    assert_eq!(fetched, None, "a refused item is not handed out");
                }
            }
        });
    });
}

#[derive(Debug, Clone, Copy)]
enum Op {
    Push(u8),
    Pop,
    Close,
    Len,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ret {
    Pushed(Result<(), PushError<u8>>),
    Popped(Result<u8, PopError>),
    Done,
    Len(usize),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Model {
    items: VecDeque<u8>,
    closed: bool,
}

/// The rules of the statement, one call after the other, for a buffer of one.
fn step(before: &Model, op: &Op, ret: &Ret) -> Option<Model> {
    let mut after = before.clone();
    let expected = match *op {
        Op::Push(item) if before.closed => Ret::Pushed(Err(PushError::Closed(item))),
        Op::Push(item) if !before.items.is_empty() => Ret::Pushed(Err(PushError::Full(item))),
        Op::Push(item) => {
            after.items.push_back(item);
            Ret::Pushed(Ok(()))
        }
        Op::Pop => Ret::Popped(after.items.pop_front().ok_or(if before.closed {
            PopError::Closed
        } else {
            PopError::TimedOut
        })),
        Op::Close => {
            after.closed = true;
            Ret::Done
        }
        Op::Len => Ret::Len(before.items.len()),
    };
    (expected == *ret).then_some(after)
}

/// Study: looking and acting must happen under one and the same lock.
#[test]
fn calls_that_do_not_wait_take_effect_at_one_moment_each() {
    Explore::new().schedules(6_000).random(400).run(|| {
        let buffer = BoundedBuffer::new(1);
        let history = History::new();
        let push = |item| {
            history.call(Op::Push(item), || Ret::Pushed(buffer.try_push(item)));
        };
        let pop = || {
            history.call(Op::Pop, || Ret::Popped(buffer.pop_timeout(Duration::ZERO)));
        };
        thread::scope(|scope| {
            let _released = Released(&buffer);
            scope.spawn(|| {
                push(1);
                pop();
            });
            scope.spawn(|| {
                push(2);
                history.call(Op::Len, || Ret::Len(buffer.len()));
            });
            scope.spawn(|| {
                pop();
                history.call(Op::Close, || {
                    buffer.close();
                    Ret::Done
                });
                pop();
            });
        });
        let start = Model {
            items: VecDeque::new(),
            closed: false,
        };
        history.linearizable(start, step);
    });
}

/// Study: a waiter whose time is over may just have used up the notification for somebody else.
#[test]
fn an_item_that_arrives_as_a_peer_times_out_is_not_forgotten() {
    explore(|| {
        let buffer = BoundedBuffer::new(1);
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let timed = scope.spawn(|| buffer.pop_timeout(Duration::from_millis(10)));
            let patient = scope.spawn(|| buffer.pop());
            thread::sleep(Duration::from_millis(10));
            assert_eq!(buffer.push(7), Ok(()), "the buffer is empty");
            match timed.join().expect("the thread panicked") {
                Ok(item) => {
                    assert_eq!(item, 7, "the only item");
                    buffer.close();
                    assert_eq!(
                        patient.join().expect("the thread panicked"),
                        None,
                        "nothing is left"
                    );
                }
                Err(error) => {
                    assert_eq!(error, PopError::TimedOut, "the buffer is open");
                    let item = patient.join().expect("the thread panicked");
                    assert_eq!(item, Some(7), "the item its peer did not take");
                }
            }
        });
    });
}

/// Study: a waiter whose time is over may just have used up the notification for somebody else.
#[test]
fn a_place_that_comes_free_as_a_peer_times_out_is_not_forgotten() {
    explore(|| {
        let buffer = BoundedBuffer::new(1);
        buffer.push(0).expect("there is room");
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let timed = scope.spawn(|| buffer.push_timeout(1, Duration::from_millis(10)));
            let patient = scope.spawn(|| buffer.push(2));
            thread::sleep(Duration::from_millis(10));
            assert_eq!(buffer.pop(), Some(0), "the oldest item");
            match timed.join().expect("the thread panicked") {
                Ok(()) => {
                    buffer.close();
                    let answer = patient.join().expect("the thread panicked");
                    assert_eq!(answer, Err(PushError::Closed(2)), "there is no room");
                    assert_eq!(buffer.pop(), Some(1), "what the timed producer brought");
                }
                Err(refused) => {
                    assert_eq!(refused, PushError::Full(1), "the buffer is open");
                    let answer = patient.join().expect("the thread panicked");
                    assert_eq!(answer, Ok(()), "the place its peer did not take");
                    assert_eq!(buffer.pop(), Some(2), "what the patient producer brought");
                }
            }
        });
    });
}

#[test]
fn a_timed_pop_and_a_patient_one_are_both_served() {
    explore(|| {
        let buffer = BoundedBuffer::new(2);
        thread::scope(|scope| {
            let _released = Released(&buffer);
            let timed = scope.spawn(|| buffer.pop_timeout(Duration::MAX));
            let patient = scope.spawn(|| buffer.pop());
            settle();
            assert_eq!(buffer.push(1), Ok(()), "there is room");
            assert_eq!(buffer.push(2), Ok(()), "there is room");
            let first = timed.join().expect("the thread panicked");
            let second = patient.join().expect("the thread panicked");
            let mut fetched = [first.ok(), second];
            fetched.sort();
            assert_eq!(fetched, [Some(1), Some(2)], "one item for each consumer");
        });
    });
}

#[test]
fn a_crowd_of_producers_and_consumers_loses_nothing() {
    Explore::new().schedules(0).random(300).run(|| {
        let buffer = BoundedBuffer::new(2);
        let mut all: Vec<u32> = thread::scope(|scope| {
            let _released = Released(&buffer);
            let consumers = [(); 3].map(|()| {
                scope.spawn(|| {
                    let mut mine = Vec::new();
                    while let Some(item) = buffer.pop() {
                        mine.push(item);
                    }
                    mine
                })
            });
            let producers = [10, 20, 30].map(|base| {
                let buffer = &buffer;
                scope.spawn(move || [base, base + 1, base + 2].map(|item| buffer.push(item)))
            });
            for producer in producers {
                let answers = producer.join().expect("push panicked");
                assert_eq!(answers, [Ok(()); 3], "pushes into an open buffer");
            }
            buffer.close();
            consumers
                .map(|consumer| consumer.join().expect("pop panicked"))
                .concat()
        });
        all.sort_unstable();
        assert_eq!(
            all,
            [10, 11, 12, 20, 21, 22, 30, 31, 32],
            "each item arrives exactly once"
        );
    });
}
