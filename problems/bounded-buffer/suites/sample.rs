//! Sample tests: the same rules as in the hidden suites, with other numbers.

use bounded_buffer::{BoundedBuffer, PushError};
use std::thread;
use std::time::Duration;

#[test]
fn items_come_out_in_the_order_they_went_in() {
    let buffer = BoundedBuffer::new(3);
    for item in ["first", "second", "third"] {
        buffer.push(item).expect("there is room for three");
    }
    assert_eq!(buffer.pop(), Some("first"));
    assert_eq!(buffer.pop(), Some("second"));
    assert_eq!(buffer.pop(), Some("third"));
}

#[test]
fn a_full_buffer_hands_the_item_back() {
    let buffer = BoundedBuffer::new(2);
    assert_eq!(buffer.try_push(1), Ok(()));
    assert_eq!(buffer.try_push(2), Ok(()));
    assert_eq!(buffer.try_push(3), Err(PushError::Full(3)));
    assert_eq!(buffer.len(), 2);
}

#[test]
fn a_waiting_consumer_gets_what_is_pushed_later() {
    let buffer = BoundedBuffer::new(1);
    thread::scope(|scope| {
        let consumer = scope.spawn(|| buffer.pop());
        thread::sleep(Duration::from_millis(10));
        buffer.push(42).expect("the buffer is open");
        assert_eq!(consumer.join().expect("the consumer panicked"), Some(42));
    });
}
