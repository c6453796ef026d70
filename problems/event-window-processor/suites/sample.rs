//! Sample tests: the same rules as in the hidden suites, with other numbers.

use event_window_processor::{ConfigError, Event, WindowProcessor, WindowResult};

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

#[test]
fn counts_and_sums_come_by_key_and_window() {
    let stream = processor(1_000, 0);
    assert!(stream.push(event(1, "a", 100, 5)).is_empty());
    assert!(stream.push(event(2, "b", 200, 7)).is_empty());
    assert!(stream.push(event(3, "a", 900, -2)).is_empty());
    let closed = rows(stream.push(event(4, "a", 1_000, 1)));
    assert_eq!(closed, [row(0, "a", 2, 3), row(0, "b", 1, 7)]);
    assert_eq!(rows(stream.flush()), [row(1_000, "a", 1, 1)]);
}

#[test]
fn stragglers_are_waited_for() {
    let stream = processor(1_000, 500);
    stream.push(event(1, "a", 800, 1));
    assert!(stream.push(event(2, "a", 1_400, 1)).is_empty());
    assert_eq!(stream.watermark(), 900);
    assert!(stream.push(event(3, "a", 700, 1)).is_empty());
    let closed = rows(stream.push(event(4, "a", 1_500, 1)));
    assert_eq!(closed, [row(0, "a", 2, 2)]);
    assert!(stream.push(event(5, "a", 900, 1)).is_empty());
    assert_eq!(stream.counters().late, 1);
}

#[test]
fn a_window_needs_a_size() {
    assert_eq!(
        WindowProcessor::new(0, 10).err(),
        Some(ConfigError::ZeroSize)
    );
}
