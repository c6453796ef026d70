//! Throughput, the cost of a full buffer, and how many threads a push wakes.

use judge_kit::{Growth, growth, race_reference};

judge_kit::both_sides! {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use subject::BoundedBuffer;

    /// One push and one pop in a buffer that is as good as full.
    pub fn push_and_pop(capacity: usize) -> impl FnMut() {
        let buffer = BoundedBuffer::new(capacity);
        for item in 1..capacity as u64 {
            assert!(buffer.push(item).is_ok());
        }
        move || {
            assert!(buffer.push(0).is_ok());
            assert!(buffer.pop().is_some());
        }
    }

    /// So many producers hand `items` numbers each to as many consumers.
    pub fn handed_over(pairs: usize, items: u64) {
        let buffer = BoundedBuffer::new(64);
        thread::scope(|scope| {
            for _ in 0..pairs {
                scope.spawn(|| {
                    for item in 0..items {
                        assert!(buffer.push(item).is_ok());
                    }
                });
                scope.spawn(|| {
                    for _ in 0..items {
                        assert!(buffer.pop().is_some());
                    }
                });
            }
        });
    }

    /// Each item is pushed only when the one before has been fetched; the other consumers sleep.
    pub fn paced_among_sleepers(sleepers: usize, items: usize) {
        let buffer = BoundedBuffer::new(64);
        let fetched = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..sleepers {
                scope.spawn(|| {
                    while buffer.pop().is_some() {
                        fetched.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
            for item in 0..items {
                assert!(buffer.push(item).is_ok());
                while fetched.load(Ordering::SeqCst) <= item {
                    thread::yield_now();
                }
            }
            buffer.close();
        });
    }
}

/// Study: a ring takes from the front without moving the rest.
#[test]
fn a_push_and_a_pop_cost_the_same_in_a_large_buffer() {
    growth(
        submission::push_and_pop,
        reference::push_and_pop,
        [2_000, 32_000],
        Growth::CONSTANT,
    );
}

#[test]
fn one_producer_and_one_consumer_keep_up_with_the_reference() {
    race_reference(
        || submission::handed_over(1, 20_000),
        || reference::handed_over(1, 20_000),
    );
}

#[test]
fn four_producers_and_four_consumers_keep_up_with_the_reference() {
    race_reference(
        || submission::handed_over(4, 5_000),
        || reference::handed_over(4, 5_000),
    );
}

/// Study: one item is of use to one consumer; waking all of them is work for nothing.
#[test]
fn a_push_does_not_wake_every_sleeping_consumer() {
    race_reference(
        || submission::paced_among_sleepers(64, 2_000),
        || reference::paced_among_sleepers(64, 2_000),
    );
}
