//! Boundaries, repeats, late events, the end of time and the end of the input.

use event_window_processor::{ConfigError, Counters, Event, WindowProcessor, WindowResult};
use judge_kit::check;

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
fn an_event_on_a_boundary_begins_the_next_window() {
    check(|| {
        let stream = processor(100, 1_000);
        push(&stream, (1, "k", 0, 1), &[]);
        push(&stream, (2, "k", 99, 2), &[]);
        push(&stream, (3, "k", 100, 4), &[]);
        push(&stream, (4, "k", 200, 8), &[]);
        let expected = [row(0, "k", 2, 3), row(100, "k", 1, 4), row(200, "k", 1, 8)];
        assert_eq!(rows(stream.flush()), expected, "events at 0, 99, 100, 200");
    });
}

/// Study: is a window that ends at the watermark complete?
#[test]
fn a_window_closes_when_the_watermark_is_exactly_at_its_end() {
    check(|| {
        let stream = processor(100, 50);
        push(&stream, (1, "k", 20, 1), &[]);
        push(&stream, (2, "k", 149, 1), &[]);
        assert_eq!(stream.open_windows(), 2, "the watermark is at 99");
        push(&stream, (3, "k", 150, 1), &[row(0, "k", 1, 1)]);
        push(&stream, (4, "k", 99, 1), &[]);
        assert_eq!(
            counters(&stream),
            (3, 0, 1),
            "late at its window's very end"
        );
    });
}

#[test]
fn a_stream_younger_than_the_delay_is_at_zero() {
    check(|| {
        for delay in [1_000, u64::MAX] {
            let stream = processor(10, delay);
            push(&stream, (1, "k", 0, 1), &[]);
            push(&stream, (2, "k", 999, 1), &[]);
            push(&stream, (3, "k", 5, 1), &[]);
            assert_eq!(stream.watermark(), 0, "the delay is {delay}");
            assert_eq!(counters(&stream), (3, 0, 0), "nothing can be late at 0");
        }
    });
}

#[test]
fn the_last_window_of_all_ends_at_the_largest_time() {
    check(|| {
        let stream = processor(1_000, 5_000);
        let last = u64::MAX - u64::MAX % 1_000;
        push(&stream, (1, "k", u64::MAX, 1), &[]);
        push(&stream, (2, "k", last - 1, 2), &[]);
        push(&stream, (3, "k", u64::MAX - 5_000, 4), &[]);
        assert_eq!(stream.watermark(), u64::MAX - 5_000, "less the delay");
        assert_eq!(stream.open_windows(), 3, "none of the ends is reached");
        let closed = rows(stream.flush());
        let first = (u64::MAX - 5_000) / 1_000 * 1_000;
        let expected = [
            row(first, "k", 1, 4),
            row(last - 1_000, "k", 1, 2),
            row(last, "k", 1, 1),
        ];
        assert_eq!(closed, expected, "closed by the flush");
        assert_eq!(stream.watermark(), u64::MAX, "the end of the last window");
        push(&stream, (4, "k", u64::MAX, 1), &[]);
        assert_eq!(counters(&stream), (3, 0, 1), "its window is closed");
    });
}

/// Study: what makes two deliveries the same event?
#[test]
fn a_repeated_id_is_a_duplicate_whatever_else_it_says() {
    check(|| {
        let stream = processor(100, 100);
        push(&stream, (7, "a", 150, 5), &[]);
        push(&stream, (7, "a", 150, 5), &[]);
        push(&stream, (7, "b", 150, 5), &[]);
        push(&stream, (7, "a", 160, 6), &[]);
        assert_eq!(counters(&stream), (1, 3, 0), "one event, four times");
        push(&stream, (7, "a", 900, 5), &[]);
        assert_eq!(counters(&stream), (1, 4, 0), "it says another minute now");
        assert_eq!(stream.watermark(), 50, "a duplicate moves nothing");
        push(&stream, (8, "a", 299, 1), &[]);
        push(&stream, (7, "a", 150, 5), &[]);
        assert_eq!(counters(&stream), (2, 5, 0), "its window is still open");
        assert_eq!(
            rows(stream.flush()),
            [row(100, "a", 1, 5), row(200, "a", 1, 1)],
            "each event once"
        );
    });
}

#[test]
fn a_repeat_after_the_window_closed_is_late_and_emits_nothing() {
    check(|| {
        let stream = processor(100, 0);
        push(&stream, (1, "a", 50, 5), &[]);
        push(&stream, (2, "b", 120, 1), &[row(0, "a", 1, 5)]);
        push(&stream, (1, "a", 50, 5), &[]);
        push(&stream, (3, "a", 99, 5), &[]);
        assert_eq!(counters(&stream), (2, 0, 2), "both are late");
        assert_eq!(stream.open_windows(), 1, "the closed window stays closed");
        push(&stream, (4, "b", 300, 1), &[row(100, "b", 1, 1)]);
        assert_eq!(rows(stream.flush()), [row(300, "b", 1, 1)], "what is left");
    });
}

/// Study: what exactly decides that an event is late: its own time, or its window?
#[test]
fn an_event_below_the_watermark_is_welcome_in_an_open_window() {
    check(|| {
        let stream = processor(100, 0);
        push(&stream, (1, "k", 180, 1), &[]);
        push(&stream, (2, "k", 110, 2), &[]);
        push(&stream, (3, "other", 101, 4), &[]);
        assert_eq!(counters(&stream), (3, 0, 0), "the window ends at 200");
        assert_eq!(stream.watermark(), 180, "it does not go back");
        push(
            &stream,
            (4, "k", 200, 1),
            &[row(100, "k", 2, 3), row(100, "other", 1, 4)],
        );
    });
}

#[test]
fn the_id_of_a_late_event_is_not_remembered() {
    check(|| {
        let stream = processor(100, 0);
        push(&stream, (1, "k", 250, 1), &[]);
        push(&stream, (2, "k", 50, 1), &[]);
        push(&stream, (2, "k", 50, 1), &[]);
        assert_eq!(counters(&stream), (1, 0, 2), "late twice");
        push(&stream, (2, "k", 260, 1), &[]);
        assert_eq!(
            counters(&stream),
            (2, 0, 2),
            "no event of this id was accepted before"
        );
    });
}

#[test]
fn a_duplicate_with_a_late_time_is_a_duplicate() {
    check(|| {
        let stream = processor(100, 0);
        push(&stream, (1, "k", 250, 1), &[]);
        push(&stream, (1, "k", 50, 1), &[]);
        assert_eq!(counters(&stream), (1, 1, 0), "its id is in an open window");
    });
}

#[test]
fn a_far_jump_closes_what_was_open_and_nothing_else() {
    check(|| {
        let stream = processor(10, 500);
        for (id, ts_ms) in [(1, 120), (2, 5), (3, 480), (4, 121)] {
            push(&stream, (id, "k", ts_ms, 1), &[]);
        }
        push(
            &stream,
            (5, "k", 1_000_000_000_000, 1),
            &[row(0, "k", 1, 1), row(120, "k", 2, 2), row(480, "k", 1, 1)],
        );
        assert_eq!(stream.open_windows(), 1, "the window of the jump itself");
    });
}

#[test]
fn a_flush_moves_the_watermark_and_the_stream_goes_on() {
    check(|| {
        let stream = processor(100, 1_000);
        assert_eq!(rows(stream.flush()), [], "nothing has come yet");
        assert_eq!(stream.watermark(), 0, "an empty flush moves nothing");
        push(&stream, (1, "k", 130, 1), &[]);
        push(&stream, (2, "k", 20, 1), &[]);
        assert_eq!(
            rows(stream.flush()),
            [row(0, "k", 1, 1), row(100, "k", 1, 1)],
            "all open windows"
        );
        assert_eq!(stream.watermark(), 200, "the end of the last window");
        push(&stream, (3, "k", 199, 1), &[]);
        push(&stream, (4, "other", 0, 1), &[]);
        assert_eq!(counters(&stream), (2, 0, 2), "before the watermark");
        push(&stream, (5, "k", 200, 1), &[]);
        push(&stream, (6, "k", 1_250, 1), &[]);
        assert_eq!(counters(&stream), (4, 0, 2), "the stream goes on");
        assert_eq!(stream.watermark(), 250, "further than the flush");
        push(&stream, (7, "k", 1_300, 1), &[row(200, "k", 1, 1)]);
        assert_eq!(
            rows(stream.flush()),
            [row(1_200, "k", 1, 1), row(1_300, "k", 1, 1)],
            "a second flush"
        );
        assert_eq!(rows(stream.flush()), [], "nothing is open");
        assert_eq!(stream.watermark(), 1_400, "where the second flush left it");
    });
}

#[test]
fn sums_saturate_at_both_ends() {
    check(|| {
        let stream = processor(100, 0);
        push(&stream, (1, "high", 1, i64::MAX - 1), &[]);
        push(&stream, (2, "high", 2, 5), &[]);
        push(&stream, (3, "low", 3, i64::MIN), &[]);
        push(&stream, (4, "low", 4, -1), &[]);
        push(&stream, (5, "minus", 5, -7), &[]);
        push(&stream, (6, "minus", 6, 4), &[]);
        push(
            &stream,
            (7, "k", 100, 0),
            &[
                row(0, "high", 2, i64::MAX),
                row(0, "low", 2, i64::MIN),
                row(0, "minus", 2, -3),
            ],
        );
    });
}

#[test]
fn a_size_of_zero_is_refused() {
    check(|| {
        for delay in [0, 10] {
            let refused = WindowProcessor::new(0, delay).err();
            assert_eq!(refused, Some(ConfigError::ZeroSize), "a size of zero");
        }
        let stream = processor(1, 0);
        push(&stream, (1, "k", 7, 1), &[]);
        push(&stream, (2, "k", 8, 1), &[row(7, "k", 1, 1)]);
    });
}
