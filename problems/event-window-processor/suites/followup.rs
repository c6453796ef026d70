//! Several partitions, some of them slow, some of them silent.

use event_window_processor::{Counters, Event, WindowProcessor, WindowResult};
use judge_kit::{Explore, check};
use std::thread;

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

/// Accepted, duplicates, late.
fn counters(stream: &WindowProcessor) -> (u64, u64, u64) {
    let Counters {
        accepted,
        duplicates,
        late,
    } = stream.counters();
    (accepted, duplicates, late)
}

/// Pushes through a partition, and expects these results.
fn push_from(
    stream: &WindowProcessor,
    partition: u32,
    (id, key, ts_ms): (u64, &str, u64),
    closes: &[Row],
) {
    assert_eq!(
        rows(stream.push_from(partition, event(id, key, ts_ms, 1))),
        closes,
        "closed by event {id} at {ts_ms} of partition {partition}"
    );
}

#[test]
fn the_slowest_partition_sets_the_watermark() {
    check(|| {
        let stream = processor(100, 10);
        push_from(&stream, 3, (1, "k", 50), &[]);
        push_from(&stream, 9, (2, "k", 60), &[]);
        push_from(&stream, 3, (3, "k", 500), &[]);
        assert_eq!(stream.watermark(), 50, "partition 9 is at 60");
        push_from(&stream, 9, (4, "k", 110), &[row(0, "k", 2, 2)]);
        assert_eq!(stream.watermark(), 100, "partition 9 is at 110");
        push_from(&stream, 9, (5, "k", 900), &[row(100, "k", 1, 1)]);
        assert_eq!(stream.watermark(), 490, "partition 3 is at 500");
    });
}

#[test]
fn push_is_partition_zero_and_it_is_not_known_before_its_first_event() {
    check(|| {
        let stream = processor(100, 0);
        push_from(&stream, 1, (1, "k", 50), &[]);
        push_from(&stream, 1, (2, "k", 150), &[row(0, "k", 1, 1)]);
        let closed = rows(stream.push(event(3, "k", 160, 1)));
        assert_eq!(closed, [], "closed by a first push");
        push_from(&stream, 1, (4, "k", 400), &[]);
        assert_eq!(stream.watermark(), 160, "partition 0 is at 160");
        push_from(&stream, 0, (5, "k", 300), &[row(100, "k", 2, 2)]);
        assert_eq!(stream.watermark(), 300, "push is partition 0");
    });
}

/// Study: a promise once made is kept, whoever joins later.
#[test]
fn the_watermark_stays_when_a_slower_partition_joins() {
    check(|| {
        let stream = processor(100, 0);
        push_from(&stream, 1, (1, "k", 250), &[]);
        push_from(&stream, 2, (2, "k", 210), &[]);
        assert_eq!(stream.watermark(), 250, "it never goes back");
        push_from(&stream, 3, (3, "k", 20), &[]);
        assert_eq!(stream.watermark(), 250, "it never goes back");
        assert_eq!(counters(&stream), (2, 0, 1), "the last one is late");
        push_from(&stream, 1, (4, "k", 400), &[]);
        push_from(&stream, 2, (5, "k", 400), &[]);
        assert_eq!(
            stream.watermark(),
            250,
            "partition 3, known by a late event, is at 20"
        );
        push_from(&stream, 3, (6, "k", 320), &[row(200, "k", 2, 2)]);
        assert_eq!(stream.watermark(), 320, "partition 3 is at 320");
    });
}

#[test]
fn an_idle_partition_holds_nobody_back() {
    check(|| {
        let stream = processor(100, 0);
        push_from(&stream, 1, (1, "a", 50), &[]);
        push_from(&stream, 2, (2, "b", 20), &[]);
        push_from(&stream, 1, (3, "a", 330), &[]);
        assert_eq!(rows(stream.mark_idle(7)), [], "partition 7 is unknown");
        assert_eq!(
            rows(stream.mark_idle(2)),
            [row(0, "a", 1, 1), row(0, "b", 1, 1)],
            "closed when partition 2 is left out"
        );
        assert_eq!(stream.watermark(), 330, "partition 1 is at 330");
        push_from(&stream, 1, (4, "a", 420), &[row(300, "a", 1, 1)]);
        push_from(&stream, 7, (5, "a", 430), &[]);
        push_from(&stream, 1, (6, "a", 600), &[]);
        assert_eq!(
            stream.watermark(),
            430,
            "partition 7 came, and was not idle"
        );
    });
}

#[test]
fn a_partition_comes_back_with_its_next_event() {
    check(|| {
        let stream = processor(100, 0);
        push_from(&stream, 1, (1, "k", 110), &[]);
        push_from(&stream, 2, (2, "k", 120), &[]);
        assert_eq!(
            rows(stream.mark_idle(1)),
            [],
            "110 and 120 are in one window"
        );
        assert_eq!(stream.watermark(), 120, "partition 2 is at 120");
        push_from(&stream, 1, (3, "k", 115), &[]);
        push_from(&stream, 2, (4, "k", 900), &[]);
        assert_eq!(stream.watermark(), 120, "partition 1 is back, at 115");
        push_from(&stream, 1, (5, "k", 205), &[row(100, "k", 3, 3)]);
        assert_eq!(
            rows(stream.mark_idle(1)),
            [row(200, "k", 1, 1)],
            "left out again"
        );
        push_from(&stream, 1, (6, "k", 50), &[]);
        push_from(&stream, 2, (7, "k", 2_000), &[]);
        assert_eq!(stream.watermark(), 900, "a late event brings it back, too");
    });
}

#[test]
fn a_partition_keeps_its_largest_time_while_it_is_idle() {
    check(|| {
        let stream = processor(100, 0);
        push_from(&stream, 1, (1, "k", 500), &[]);
        push_from(&stream, 2, (2, "k", 520), &[]);
        push_from(&stream, 1, (3, "k", 800), &[]);
        assert_eq!(stream.watermark(), 520, "partition 2 is at 520");
        assert_eq!(rows(stream.mark_idle(1)), [], "the slower one stays");
        push_from(&stream, 1, (4, "k", 540), &[]);
        push_from(&stream, 2, (5, "k", 1_000), &[row(500, "k", 3, 3)]);
        assert_eq!(
            stream.watermark(),
            800,
            "partition 1 was at 800 before it was idle"
        );
    });
}

#[test]
fn the_watermark_stays_while_all_are_idle() {
    check(|| {
        let stream = processor(100, 0);
        push_from(&stream, 1, (1, "k", 50), &[]);
        push_from(&stream, 2, (2, "k", 180), &[]);
        assert_eq!(rows(stream.mark_idle(2)), [], "partition 1 is at 50");
        assert_eq!(rows(stream.mark_idle(1)), [], "all are idle");
        assert_eq!(stream.watermark(), 50, "it stays where it was");
        assert_eq!(stream.open_windows(), 2, "what is open stays open");
        push_from(&stream, 2, (3, "k", 190), &[row(0, "k", 1, 1)]);
        assert_eq!(stream.watermark(), 190, "partition 2 is back");
    });
}

#[test]
fn a_duplicate_is_no_sign_of_life() {
    check(|| {
        let stream = processor(100, 0);
        push_from(&stream, 1, (1, "k", 310), &[]);
        push_from(&stream, 2, (2, "k", 320), &[]);
        push_from(&stream, 3, (1, "k", 310), &[]);
        push_from(&stream, 1, (3, "k", 500), &[]);
        assert_eq!(stream.watermark(), 320, "partition 3 is still unknown");
        push_from(&stream, 2, (3, "k", 700), &[]);
        assert_eq!(stream.watermark(), 320, "ids are shared by all partitions");
        assert_eq!(
            rows(stream.mark_idle(2)),
            [row(300, "k", 2, 2)],
            "partition 1 is at 500"
        );
        push_from(&stream, 2, (3, "k", 500), &[]);
        push_from(&stream, 1, (4, "k", 600), &[row(500, "k", 1, 1)]);
        assert_eq!(stream.watermark(), 600, "partition 2 is still idle");
        assert_eq!(counters(&stream), (4, 3, 0), "three duplicates");
    });
}

#[test]
fn a_flush_counts_for_all_partitions() {
    check(|| {
        let stream = processor(100, 0);
        push_from(&stream, 1, (1, "k", 150), &[]);
        push_from(&stream, 2, (2, "k", 950), &[]);
        let closed = rows(stream.flush());
        assert_eq!(closed, [row(100, "k", 1, 1), row(900, "k", 1, 1)], "all");
        assert_eq!(stream.watermark(), 1_000, "the end of the last window");
        push_from(&stream, 1, (3, "k", 999), &[]);
        assert_eq!(stream.watermark(), 1_000, "it never goes back");
        assert_eq!(counters(&stream), (2, 0, 1), "late after the flush");
        assert_eq!(rows(stream.mark_idle(2)), [], "nothing is open");
        push_from(&stream, 1, (4, "k", 1_050), &[]);
        push_from(&stream, 1, (5, "k", 1_100), &[row(1_000, "k", 1, 1)]);
    });
}

#[test]
fn partitions_that_push_at_once_lose_nothing() {
    Explore::new().schedules(2_500).random(200).run(|| {
        let stream = processor(100, 0);
        let mut emitted = Vec::new();
        thread::scope(|scope| {
            let pushers = [1, 2].map(|partition| {
                let stream = &stream;
                scope.spawn(move || {
                    let id = u64::from(partition) * 10;
                    let mut closed = rows(stream.push_from(partition, event(id, "k", 50, 1)));
                    closed.extend(rows(
                        stream.push_from(partition, event(id + 1, "k", 150, 1)),
                    ));
                    closed
                })
            });
            emitted.extend(rows(stream.mark_idle(1)));
            for pusher in pushers {
                emitted.extend(pusher.join().expect("push_from panicked"));
            }
        });
        emitted.extend(rows(stream.flush()));
        let (accepted, _, late) = counters(&stream);
        assert_eq!(accepted + late, 4, "each event is accepted or late");
        let counted: u64 = emitted.iter().map(|row| row.2).sum();
        assert_eq!(counted, accepted, "what was accepted, and what was emitted");
        let mut starts: Vec<u64> = emitted.iter().map(|row| row.0).collect();
        starts.sort_unstable();
        starts.dedup();
        assert_eq!(starts.len(), emitted.len(), "a window was emitted twice");
    });
}
