//! What must hold in whatever order the threads run.

use judge_kit::{Explore, History, clock, explore};
use priority_task_queue::Priority::{High, Low, Normal};
use priority_task_queue::{Closed, PopError, Priority, PriorityTaskQueue, TaskId};
use std::thread;
use std::time::Duration;

/// Closes the queue when an assertion fails, so that sleeping workers do not hide its message.
struct Released<'a, T: Send>(&'a PriorityTaskQueue<T>);

impl<T: Send> Drop for Released<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
        }
    }
}

/// Works until the queue says why it does not give any more tasks.
fn work(queue: &PriorityTaskQueue<u32>) -> (Vec<u32>, PopError) {
    let mut mine = Vec::new();
    loop {
        match queue.pop_timeout(Duration::MAX) {
            Ok(task) => mine.push(task.item),
            Err(error) => return (mine, error),
        }
    }
}

/// Two producers, two workers, and somebody who cancels: where does each task end up?
fn every_task_goes_one_way(each: u32) {
    let queue = PriorityTaskQueue::new(Some(Duration::from_secs(1)));
    let mut all = thread::scope(|scope| {
        let _released = Released(&queue);
        let workers = [(); 2].map(|()| scope.spawn(|| work(&queue)));
        let canceller = scope.spawn(|| [1, 2].map(|id| queue.cancel(TaskId(id))));
        let producers = [(10, Low), (20, High)].map(|(base, priority)| {
            let queue = &queue;
            scope.spawn(move || (0..each).all(|number| queue.push(priority, base + number).is_ok()))
        });
        for producer in producers {
            let accepted = producer.join().expect("push panicked");
            assert!(accepted, "a push into an open queue was refused");
        }
        queue.close();
        let cancelled = canceller.join().expect("cancel panicked");
        let mut all: Vec<u32> = cancelled.into_iter().flatten().collect();
        for worker in workers {
            let (mine, end) = worker.join().expect("pop_timeout panicked");
            assert_eq!(end, PopError::Closed, "why an endless pop ended");
            all.extend(mine);
        }
        all
    });
    all.sort_unstable();
    let pushed: Vec<u32> = (10..10 + each).chain(20..20 + each).collect();
    assert_eq!(all, pushed, "handed out or cancelled, of what was pushed");
    assert_eq!(queue.len(), 0, "tasks that wait in a drained queue");
}

/// Study: the task a worker was woken for may be gone by the time it is awake.
#[test]
fn each_task_is_handed_out_or_cancelled_exactly_once() {
    Explore::new()
        .schedules(2_500)
        .random(250)
        .run(|| every_task_goes_one_way(1));
}

#[test]
fn a_crowd_loses_nothing() {
    Explore::new()
        .schedules(0)
        .random(200)
        .run(|| every_task_goes_one_way(3));
}

/// Study: a second task needs a second wake-up, even if the queue was not empty before it.
#[test]
fn two_pushes_in_a_row_wake_two_sleeping_workers() {
    explore(|| {
        let queue = PriorityTaskQueue::new(None);
        thread::scope(|scope| {
            let _released = Released(&queue);
            let workers = [(); 2].map(|()| scope.spawn(|| queue.pop_timeout(Duration::MAX)));
            for item in [1, 2] {
                assert!(queue.push(Normal, item).is_ok(), "the queue is open");
            }
            let mut got = workers.map(|worker| {
                let answer = worker.join().expect("pop_timeout panicked");
                answer.map(|task| task.item).ok()
            });
            got.sort();
            assert_eq!(got, [Some(1), Some(2)], "one task for each worker");
        });
    });
}

#[test]
fn closing_wakes_every_waiting_worker() {
    explore(|| {
        let queue = PriorityTaskQueue::<u32>::new(None);
        thread::scope(|scope| {
            let _released = Released(&queue);
            let workers = [(); 2].map(|()| scope.spawn(|| queue.pop_timeout(Duration::MAX)));
            queue.close();
            for worker in workers {
                let answer = worker.join().expect("pop_timeout panicked");
                assert_eq!(answer, Err(PopError::Closed), "nothing will come");
            }
        });
    });
}

#[test]
fn nothing_is_lost_between_a_push_and_the_closing() {
    explore(|| {
        let queue = PriorityTaskQueue::new(None);
        thread::scope(|scope| {
            let _released = Released(&queue);
            let producer = scope.spawn(|| queue.push(Low, 1));
            let worker = scope.spawn(|| queue.pop_timeout(Duration::MAX));
            queue.close();
            let answer = worker.join().expect("pop_timeout panicked");
            let answer = answer.map(|task| task.item);
            match producer.join().expect("push panicked") {
                Ok(_) => assert_eq!(answer, Ok(1), "the push came before the closing"),
                Err(refused) => {
                    assert_eq!(refused, Closed(1), "a refused item");
                    assert_eq!(answer, Err(PopError::Closed), "the push was refused");
                }
            }
        });
    });
}

/// Study: a worker whose time is over may just have used up the notification for somebody else.
#[test]
fn a_task_that_comes_as_a_peer_times_out_is_not_forgotten() {
    explore(|| {
        let queue = PriorityTaskQueue::new(None);
        thread::scope(|scope| {
            let _released = Released(&queue);
            let hasty = scope.spawn(|| queue.pop_timeout(Duration::from_millis(10)));
            let patient = scope.spawn(|| queue.pop_timeout(Duration::MAX));
            thread::sleep(Duration::from_millis(10));
            assert!(queue.push(High, 7).is_ok(), "the queue is open");
            let hasty = hasty.join().expect("pop_timeout panicked");
            if hasty.is_ok() {
                queue.close();
            }
            let patient = patient.join().expect("pop_timeout panicked");
            let got = [hasty, patient].map(|answer| answer.map(|task| task.item));
            assert!(
                got == [Ok(7), Err(PopError::Closed)] || got == [Err(PopError::TimedOut), Ok(7)],
                "one task for a hasty and a patient worker, but they got {got:?}"
            );
        });
    });
}

/// Study: is the clock read at the same moment at which the id is given?
#[test]
fn an_earlier_id_has_no_later_time() {
    explore(|| {
        let queue = PriorityTaskQueue::new(Some(Duration::from_secs(60)));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| queue.push(Normal, ()));
            }
            clock::jump(Duration::from_secs(1));
        });
        let ids = [(); 2].map(|()| queue.try_pop().map(|task| task.id.0));
        assert_eq!(
            ids,
            [Some(1), Some(2)],
            "tasks of equal priority leave in the order of their ids"
        );
    });
}

#[derive(Debug, Clone, Copy)]
enum Op {
    Push(Priority),
    Pop,
    Cancel(u64),
    Len,
    Close,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ret {
    /// The id, if the queue was open.
    Pushed(Option<u64>),
    Popped(Result<u64, PopError>),
    Cancelled(bool),
    Len(usize),
    Done,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Model {
    waiting: Vec<(Priority, u64)>,
    last_id: u64,
    closed: bool,
}

/// The rules of the statement, one call after the other, without ageing.
fn step(before: &Model, op: &Op, ret: &Ret) -> Option<Model> {
    let mut after = before.clone();
    let expected = match *op {
        Op::Push(_) if before.closed => Ret::Pushed(None),
        Op::Push(priority) => {
            after.last_id += 1;
            after.waiting.push((priority, after.last_id));
            // Most important first; the sort keeps the order of equals.
            after.waiting.sort_by(|a, b| b.0.cmp(&a.0));
            Ret::Pushed(Some(after.last_id))
        }
        Op::Pop if !before.waiting.is_empty() => Ret::Popped(Ok(after.waiting.remove(0).1)),
        Op::Pop if before.closed => Ret::Popped(Err(PopError::Closed)),
        Op::Pop => Ret::Popped(Err(PopError::TimedOut)),
        Op::Cancel(id) => {
            after.waiting.retain(|&(_, waiting)| waiting != id);
            Ret::Cancelled(after.waiting.len() < before.waiting.len())
        }
        Op::Len => Ret::Len(before.waiting.len()),
        Op::Close => {
            after.closed = true;
            Ret::Done
        }
    };
    (expected == *ret).then_some(after)
}

/// Makes one call that does not wait.
fn make(queue: &PriorityTaskQueue<()>, op: Op) -> Ret {
    match op {
        Op::Push(priority) => Ret::Pushed(queue.push(priority, ()).ok().map(|id| id.0)),
        Op::Pop => Ret::Popped(queue.pop_timeout(Duration::ZERO).map(|task| task.id.0)),
        Op::Cancel(id) => Ret::Cancelled(queue.cancel(TaskId(id)).is_some()),
        Op::Len => Ret::Len(queue.len()),
        Op::Close => {
            queue.close();
            Ret::Done
        }
    }
}

/// Each list of calls on a thread of its own; then the rest is taken out.
fn explained_by_one_order<const THREADS: usize>(threads: [&[Op]; THREADS]) {
    let queue = PriorityTaskQueue::new(None);
    let history = History::new();
    let call = |op| history.call(op, || make(&queue, op));
    thread::scope(|scope| {
        for ops in threads {
            scope.spawn(move || {
                for &op in ops {
                    call(op);
                }
            });
        }
    });
    while matches!(call(Op::Pop), Ret::Popped(Ok(_))) {}
    history.linearizable(Model::default(), step);
}

/// Study: finding a task and taking it must happen under one and the same lock.
#[test]
fn pushes_pops_and_cancels_take_effect_at_one_moment_each() {
    Explore::new().schedules(4_000).random(250).run(|| {
        explained_by_one_order([
            &[Op::Push(Normal), Op::Cancel(2)],
            &[Op::Push(High), Op::Len],
            &[Op::Pop, Op::Cancel(1), Op::Len],
        ]);
    });
}

/// Study: is anything about the closing decided outside of the lock?
#[test]
fn the_closing_takes_effect_at_one_moment() {
    Explore::new().schedules(4_000).random(250).run(|| {
        explained_by_one_order([
            &[Op::Push(Low), Op::Close],
            &[Op::Push(High), Op::Len],
            &[Op::Pop, Op::Pop],
        ]);
    });
}
