//! Several threads that push, flush and look.

use event_window_processor::{Counters, Event, WindowProcessor, WindowResult};
use judge_kit::{Explore, History, explore};
use std::collections::{BTreeMap, BTreeSet};
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

/// Each thread pushes a list of (id, time); then the rest is flushed.
fn every_event_has_one_fate<const THREADS: usize>(threads: [&[(u64, u64)]; THREADS]) {
    let stream = processor(100, 0);
    let mut emitted = Vec::new();
    thread::scope(|scope| {
        let pushers = threads.map(|events| {
            let stream = &stream;
            scope.spawn(move || {
                let mut closed = Vec::new();
                for &(id, ts_ms) in events {
                    closed.extend(rows(stream.push(event(id, "k", ts_ms, 1))));
                }
                closed
            })
        });
        for pusher in pushers {
            emitted.extend(pusher.join().expect("push panicked"));
        }
    });
    emitted.extend(rows(stream.flush()));
    let pushed: usize = threads.iter().map(|events| events.len()).sum();
    let (accepted, duplicates, late) = counters(&stream);
    assert_eq!(
        accepted + duplicates + late,
        pushed as u64,
        "each event is accepted, a duplicate or late"
    );
    let counted: u64 = emitted.iter().map(|row| row.2).sum();
    assert_eq!(counted, accepted, "what was accepted, and what was emitted");
    let mut seen = BTreeSet::new();
    for (start, key, ..) in &emitted {
        let new = seen.insert((*start, key));
        assert!(new, "the window at {start} of {key:?} was emitted twice");
    }
}

#[test]
fn each_event_is_counted_once_and_each_window_emitted_once() {
    explore(|| {
        every_event_has_one_fate([
            &[(1, 50), (4, 150)],
            &[(2, 60), (5, 250)],
            &[(1, 50), (3, 99)],
        ]);
    });
}

#[test]
fn a_crowd_loses_nothing() {
    Explore::new().schedules(0).random(150).run(|| {
        every_event_has_one_fate([
            &[(1, 50), (2, 150), (3, 250), (4, 350)],
            &[(5, 60), (2, 150), (6, 90), (7, 340)],
            &[(8, 170), (9, 180), (3, 250), (5, 60)],
            &[(10, 20), (11, 370), (12, 250), (13, 30)],
        ]);
    });
}

#[derive(Debug, Clone, Copy)]
enum Op {
    /// Id and time.
    Push(u64, u64),
    Flush,
    Watermark,
    Counters,
    Open,
}

#[derive(Debug, Clone, PartialEq)]
enum Ret {
    /// Start, count.
    Closed(Vec<(u64, u64)>),
    Number(u64),
    Counters((u64, u64, u64)),
}

/// Windows of 100 without a delay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Model {
    watermark: u64,
    /// The ids in each open window.
    open: BTreeMap<u64, BTreeSet<u64>>,
    counters: (u64, u64, u64),
}

impl Model {
    fn close(&mut self) -> Ret {
        let left = self.open.split_off(&(self.watermark / 100 * 100));
        let closed = std::mem::replace(&mut self.open, left);
        let closed = closed.into_iter();
        Ret::Closed(
            closed
                .map(|(start, ids)| (start, ids.len() as u64))
                .collect(),
        )
    }
}

/// The rules of the statement, one call after the other.
fn step(before: &Model, op: &Op, ret: &Ret) -> Option<Model> {
    let mut after = before.clone();
    let expected = match *op {
        Op::Push(id, ts_ms) => {
            let start = ts_ms / 100 * 100;
            if before.open.values().any(|ids| ids.contains(&id)) {
                after.counters.1 += 1;
            } else if start + 100 <= before.watermark {
                after.counters.2 += 1;
            } else {
                after.counters.0 += 1;
                after.open.entry(start).or_default().insert(id);
                after.watermark = before.watermark.max(ts_ms);
            }
            after.close()
        }
        Op::Flush => {
            if let Some((last, _)) = before.open.last_key_value() {
                after.watermark = last + 100;
            }
            after.close()
        }
        Op::Watermark => Ret::Number(before.watermark),
        Op::Counters => Ret::Counters(before.counters),
        Op::Open => Ret::Number(before.open.len() as u64),
    };
    (expected == *ret).then_some(after)
}

fn make(stream: &WindowProcessor, op: Op) -> Ret {
    let closed = |results: Vec<WindowResult>| {
        let closed = results.into_iter();
        Ret::Closed(closed.map(|one| (one.start, one.count)).collect())
    };
    match op {
        Op::Push(id, ts_ms) => closed(stream.push(event(id, "k", ts_ms, 1))),
        Op::Flush => closed(stream.flush()),
        Op::Watermark => Ret::Number(stream.watermark()),
        Op::Counters => Ret::Counters(counters(stream)),
        Op::Open => Ret::Number(stream.open_windows() as u64),
    }
}

/// Each list of calls on a thread of its own; then the rest is flushed.
fn explained_by_one_order<const THREADS: usize>(threads: [&[Op]; THREADS]) {
    let stream = processor(100, 0);
    let history = History::new();
    let call = |op| history.call(op, || make(&stream, op));
    thread::scope(|scope| {
        for ops in threads {
            scope.spawn(move || {
                for &op in ops {
                    call(op);
                }
            });
        }
    });
    for op in [Op::Flush, Op::Counters, Op::Watermark] {
        call(op);
    }
    history.linearizable(Model::default(), step);
}

/// Study: the id, the window and the watermark must be looked at and changed in one step.
#[test]
fn a_result_holds_all_that_was_pushed_before_and_nothing_later() {
    Explore::new().schedules(3_000).random(250).run(|| {
        explained_by_one_order([
            &[Op::Push(1, 50), Op::Push(2, 120)],
            &[Op::Push(3, 210), Op::Push(1, 50)],
            &[Op::Push(1, 50), Op::Push(4, 130)],
        ]);
    });
}

#[test]
fn a_flush_takes_effect_at_one_moment() {
    Explore::new().schedules(3_000).random(250).run(|| {
        explained_by_one_order([
            &[Op::Push(1, 50), Op::Push(2, 160)],
            &[Op::Push(3, 60), Op::Push(4, 70)],
            &[Op::Flush, Op::Watermark],
        ]);
    });
}

/// Study: three numbers of one moment need one lock around all three.
#[test]
fn counters_and_watermark_show_one_moment() {
    Explore::new().schedules(3_000).random(250).run(|| {
        explained_by_one_order([
            &[Op::Push(1, 50), Op::Push(2, 120)],
            &[Op::Push(1, 50), Op::Push(3, 70)],
            &[Op::Counters, Op::Open, Op::Watermark],
        ]);
    });
}
