//! What a push costs among many open windows, what closing costs, and what is left in memory.

use judge_kit::{Growth, allocated_bytes, at_most_bytes, growth, race_reference};

judge_kit::both_sides! {
    use std::thread;
    use subject::{Event, WindowProcessor};

    /// Keys are few, so that the processor's caches favour neither size.
    const KEYS: [&str; 4] = ["home", "help", "shop", "cart"];

    pub fn event(id: u64, ts_ms: u64) -> Event {
        Event {
            id,
            key: KEYS[id as usize % 4].to_owned(),
            ts_ms,
            value: 1,
        }
    }

    pub fn processor(size_ms: u64, max_delay_ms: u64) -> WindowProcessor {
        match WindowProcessor::new(size_ms, max_delay_ms) {
            Ok(stream) => stream,
            Err(_) => panic!("a size of {size_ms} was refused"),
        }
    }

    /// Each event opens one window and closes one, so many ones stay open.
    pub fn one_in_one_out(open: usize) -> impl FnMut() {
        let stream = processor(1, open as u64);
        let mut now = 0;
        for _ in 0..=open {
            now += 1;
            assert!(stream.push(event(now, now)).is_empty());
        }
        move || {
            now += 1;
            assert_eq!(stream.push(event(now, now)).len(), 1);
        }
    }

    /// Opens so many windows and closes them all with one event.
    pub fn fill_and_close(windows: usize) -> impl FnMut() {
        let delay = windows as u64;
        let stream = processor(1, delay);
        let mut now = 0;
        let mut left = 0;
        move || {
            for _ in 0..delay {
                now += 1;
                left -= stream.push(event(now, now)).len() as i64;
            }
            now += 2 * delay;
            left += delay as i64 - stream.push(event(now, now)).len() as i64;
            // The event that closed the others is left for the next round.
            left += 1;
            assert_eq!(left, 1);
        }
    }

    /// So many threads push so many events each, all into open windows; then everything closes.
    pub fn crowd(threads: u64, each: u64) {
        let stream = processor(10, threads * each);
        thread::scope(|scope| {
            for thread in 0..threads {
                let stream = &stream;
                scope.spawn(move || {
                    for number in 0..each {
                        let id = number * threads + thread;
                        assert!(stream.push(event(id, id)).is_empty());
                    }
                });
            }
        });
        let emitted: u64 = stream.flush().into_iter().map(|one| one.count).sum();
        assert_eq!(emitted, threads * each);
    }
}

// A wider limit than for other logarithmic costs: maps leave the processor's caches early. A search of all windows
// measures 14 and more.
/// Study: which window is the next to close, and how do you find it without looking at the others?
#[test]
fn a_push_hardly_costs_more_among_many_open_windows() {
    growth(
        submission::one_in_one_out,
        reference::one_in_one_out,
        [500, 8_000],
        Growth::at_most(6.0).of("open windows"),
    );
}

/// Study: what does each closed window cost, and each id that is forgotten with it?
#[test]
fn closing_many_windows_costs_little_more_for_each() {
    growth(
        submission::fill_and_close,
        reference::fill_and_close,
        [200, 3_200],
        Growth::at_most(50.0).of("windows to close"),
    );
}

#[test]
fn four_threads_keep_up_with_the_reference() {
    race_reference(
        || submission::crowd(4, 2_000),
        || reference::crowd(4, 2_000),
    );
}

/// Study: how long does an id have to be remembered?
#[test]
fn what_is_closed_takes_up_no_memory() {
    let _ = (reference::event, reference::processor);
    let stream = submission::processor(1_000, 0);
    let round = |window: u64| {
        for number in 0..1_000 {
            let id = window * 1_000 + number;
            let closed = stream.push(submission::event(id, id));
            assert_eq!(closed.is_empty(), number > 0 || window == 0);
        }
    };
    (0..4).for_each(round);
    let before = allocated_bytes();
    (4..104).for_each(round);
    let grown = allocated_bytes().saturating_sub(before);
    at_most_bytes("what is left of 100,000 events", grown, 200_000);
}
