//! Windows, the watermark and the counters, one call after the other.

use event_window_processor::{Counters, Event, WindowProcessor, WindowResult};
use judge_kit::{assert_send_sync, check};

/// A result, field by field: start, key, count, sum.
type Row = (u64, String, u64, i64);

fn row(start: u64, key: &str, count: u64, sum: i64) -> Row {
    (start, key.to_owned(), count, sum)
}

fn rows(results: Vec<WindowResult>) -> Vec<Row> {
    let rows = results.into_iter();
    rows.map(|one| (one.start, one.key, one.count, one.sum))
        .collect()
}

fn event(id: u64, key: &str, ts_ms: u64, value: i64) -> Event {
    Event {
        id,
        key: key.to_owned(),
        ts_ms,
        value,
    }
}

fn processor(size_ms: u64, max_delay_ms: u64) -> WindowProcessor {
    match WindowProcessor::new(size_ms, max_delay_ms) {
        Ok(processor) => processor,
        Err(error) => panic!("a size of {size_ms} was refused: {error:?}"),
    }
}

/// Pushes, and expects these results.
fn push(stream: &WindowProcessor, (id, key, ts_ms, value): (u64, &str, u64, i64), closes: &[Row]) {
    assert_eq!(
        rows(stream.push(event(id, key, ts_ms, value))),
        closes,
        "closed by event {id} at {ts_ms}"
    );
}

/// Accepted, duplicates, late.
fn counters(stream: &WindowProcessor) -> (u64, u64, u64) {
    let Counters {
        accepted,
        duplicates,
        late,
    } = stream.counters();
    (accepted, duplicates, late)
}

#[test]
fn counts_and_sums_come_by_key_and_minute() {
    assert_send_sync::<WindowProcessor>();
    check(|| {
        let stream = processor(60_000, 0);
        push(&stream, (1, "home", 1_000, 4), &[]);
        push(&stream, (2, "help", 20_000, 9), &[]);
        push(&stream, (3, "home", 30_000, 5), &[]);
        push(&stream, (4, "home", 59_999, -1), &[]);
        push(
            &stream,
            (5, "help", 60_500, 2),
            &[row(0, "help", 1, 9), row(0, "home", 3, 8)],
        );
        push(&stream, (6, "help", 119_000, 3), &[]);
        push(
            &stream,
            (7, "home", 120_000, 1),
            &[row(60_000, "help", 2, 5)],
        );
    });
}

#[test]
fn events_out_of_order_are_counted_where_they_belong() {
    check(|| {
        let stream = processor(60_000, 10_000);
        push(&stream, (1, "k", 59_000, 1), &[]);
        push(&stream, (2, "k", 65_000, 10), &[]);
        push(&stream, (3, "k", 58_000, 2), &[]);
        push(&stream, (4, "k", 69_999, 20), &[]);
        push(&stream, (5, "k", 60_000, 40), &[]);
        push(&stream, (6, "k", 0, 4), &[]);
        push(&stream, (7, "k", 70_000, 80), &[row(0, "k", 3, 7)]);
        push(&stream, (8, "k", 130_000, 1), &[row(60_000, "k", 4, 150)]);
    });
}

/// Study: how far is the stream, and how far is one key? Only one of the two closes a silent key.
#[test]
fn an_event_of_any_key_closes_the_windows_of_all() {
    check(|| {
        let stream = processor(1_000, 100);
        push(&stream, (1, "silent", 500, 3), &[]);
        push(&stream, (2, "busy", 1_050, 1), &[]);
        push(&stream, (3, "busy", 1_100, 1), &[row(0, "silent", 1, 3)]);
        push(&stream, (4, "silent", 900, 1), &[]);
        assert_eq!(
            counters(&stream),
            (3, 0, 1),
            "the window of the last event is closed, although its key was behind"
        );
    });
}

#[test]
fn flush_closes_all_that_is_open() {
    check(|| {
        let stream = processor(1_000, 5_000);
        push(&stream, (1, "b", 2_500, 1), &[]);
        push(&stream, (2, "a", 2_600, 2), &[]);
        push(&stream, (3, "c", 500, 4), &[]);
        assert_eq!(
            rows(stream.flush()),
            [
                row(0, "c", 1, 4),
                row(2_000, "a", 1, 2),
                row(2_000, "b", 1, 1)
            ],
            "all open windows"
        );
        assert_eq!(stream.open_windows(), 0, "open windows after a flush");
        assert_eq!(rows(stream.flush()), [], "nothing is emitted twice");
    });
}

#[test]
fn the_counters_say_what_became_of_each_event() {
    check(|| {
        let stream = processor(1_000, 0);
        assert_eq!(counters(&stream), (0, 0, 0), "nothing has come yet");
        push(&stream, (1, "a", 100, 1), &[]);
        push(&stream, (2, "b", 200, 1), &[]);
        push(&stream, (1, "a", 100, 1), &[]);
        assert_eq!(counters(&stream), (2, 1, 0), "one of three was a repeat");
        push(
            &stream,
            (3, "a", 1_000, 1),
            &[row(0, "a", 1, 1), row(0, "b", 1, 1)],
        );
        push(&stream, (4, "a", 300, 1), &[]);
        push(&stream, (5, "b", 999, 1), &[]);
        push(&stream, (3, "a", 1_000, 1), &[]);
        assert_eq!(counters(&stream), (3, 2, 2), "two more were late");
    });
}

#[test]
fn results_are_ordered_by_start_then_key() {
    check(|| {
        let stream = processor(10, 1_000);
        for (id, key, ts_ms) in [
            (1, "m", 25),
            (2, "z", 5),
            (3, "a", 35),
            (4, "m", 6),
            (5, "b", 22),
            (6, "a", 101),
            (7, "k", 7),
        ] {
            push(&stream, (id, key, ts_ms, 1), &[]);
        }
        push(
            &stream,
            (8, "q", 1_100, 1),
            &[
                row(0, "k", 1, 1),
                row(0, "m", 1, 1),
                row(0, "z", 1, 1),
                row(20, "b", 1, 1),
                row(20, "m", 1, 1),
                row(30, "a", 1, 1),
            ],
        );
    });
}

#[test]
fn the_watermark_is_the_largest_time_less_the_delay() {
    check(|| {
        let stream = processor(1_000, 300);
        assert_eq!(stream.watermark(), 0, "before the first event");
        for (id, ts_ms, expected) in [(1, 700, 400), (2, 650, 400), (3, 1_250, 950), (4, 10, 950)] {
            push(&stream, (id, "k", ts_ms, 1), &[]);
            assert_eq!(stream.watermark(), expected, "after an event at {ts_ms}");
        }
        push(
            &stream,
            (5, "k", 5_000, 1),
            &[row(0, "k", 3, 3), row(1_000, "k", 1, 1)],
        );
        assert_eq!(stream.watermark(), 4_700, "after an event at 5000");
    });
}

#[test]
fn open_windows_counts_pairs_of_start_and_key() {
    check(|| {
        let stream = processor(100, 150);
        assert_eq!(stream.open_windows(), 0, "nothing has come yet");
        push(&stream, (1, "a", 10, 1), &[]);
        push(&stream, (2, "a", 20, 1), &[]);
        push(&stream, (3, "b", 30, 1), &[]);
        push(&stream, (4, "a", 110, 1), &[]);
        assert_eq!(stream.open_windows(), 3, "two keys at 0 and one at 100");
        push(
            &stream,
            (5, "b", 250, 1),
            &[row(0, "a", 2, 2), row(0, "b", 1, 1)],
        );
        assert_eq!(stream.open_windows(), 2, "one at 100 and one at 200");
    });
}
