//! In which order tasks leave, and what each method does when nobody interferes.

use judge_kit::{assert_send_sync, check, clock, settle};
use priority_task_queue::Priority::{High, Low, Normal};
use priority_task_queue::{Closed, PopError, Priority, PriorityTaskQueue, Task, TaskId};
use std::thread;
use std::time::Duration;

const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Closes the queue when an assertion fails, so that sleeping workers do not hide its message.
struct Released<'a, T: Send>(&'a PriorityTaskQueue<T>);

impl<T: Send> Drop for Released<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// Pushes into an open queue.
fn push<T: Send>(queue: &PriorityTaskQueue<T>, priority: Priority, item: T) -> TaskId {
    match queue.push(priority, item) {
        Ok(id) => id,
        Err(_) => panic!("a push into an open queue was refused"),
    }
}

/// Takes all items in the order in which they leave.
fn drain<T: Send>(queue: &PriorityTaskQueue<T>) -> Vec<T> {
    std::iter::from_fn(|| queue.try_pop().map(|task| task.item)).collect()
}

#[test]
fn without_ageing_the_most_important_task_leaves_first() {
    assert_send_sync::<PriorityTaskQueue<u64>>();
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        for (priority, item) in [
            (Normal, "n1"),
            (Low, "l1"),
            (High, "h1"),
            (Low, "l2"),
            (High, "h2"),
            (Normal, "n2"),
        ] {
            push(&queue, priority, item);
            clock::advance(Duration::from_secs(3_600));
        }
        assert_eq!(
            drain(&queue),
            ["h1", "h2", "n1", "n2", "l1", "l2"],
            "an hour between any two pushes does not matter without ageing"
        );
        assert_eq!(queue.try_pop(), None, "nothing is left");
    });
}

#[test]
fn tasks_of_equal_priority_leave_in_the_order_of_their_pushes() {
    check(|| {
        for ageing in [None, Some(SECOND)] {
            let queue = PriorityTaskQueue::new(ageing);
            for item in 1..=12 {
                push(&queue, Normal, item);
            }
            assert_eq!(queue.try_pop().map(|task| task.item), Some(1), "the oldest");
            push(&queue, Normal, 13);
            assert_eq!(
                drain(&queue),
                (2..=13).collect::<Vec<_>>(),
                "all of them at one instant, with ageing {ageing:?}"
            );
        }
    });
}

#[test]
fn a_task_carries_its_id_its_priority_and_its_item() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        for (number, priority) in [(1, Low), (2, High), (3, Normal)] {
            let id = push(&queue, priority, 10 * number);
            assert_eq!(id, TaskId(number), "ids count 1, 2, 3");
        }
        for (number, priority) in [(2, High), (3, Normal), (1, Low)] {
            let task = Task {
                id: TaskId(number),
                priority,
                item: 10 * number,
            };
            assert_eq!(queue.try_pop(), Some(task), "push {number} of 3");
        }
    });
}

#[test]
fn a_high_task_beats_a_low_one_that_is_less_than_two_ageings_older() {
    check(|| {
        for (wait, expected) in [
            (1_900, ["high", "low"]),
            (2_000, ["low", "high"]),
            (2_100, ["low", "high"]),
        ] {
            let queue = PriorityTaskQueue::new(Some(SECOND));
            push(&queue, Low, "low");
            clock::advance(millis(wait));
            push(&queue, High, "high");
            clock::advance(millis(700));
            assert_eq!(
                drain(&queue),
                expected,
                "the Low was pushed {wait} ms before the High, one step is worth 1000 ms"
            );
        }
    });
}

#[test]
fn each_single_step_is_worth_one_ageing() {
    check(|| {
        for (lower, upper) in [(Low, Normal), (Normal, High)] {
            for (wait, expected) in [(900, ["upper", "lower"]), (1_100, ["lower", "upper"])] {
                let queue = PriorityTaskQueue::new(Some(SECOND));
                push(&queue, lower, "lower");
                clock::advance(millis(wait));
                push(&queue, upper, "upper");
                assert_eq!(
                    drain(&queue),
                    expected,
                    "{lower:?}, then {upper:?} {wait} ms later, one step is worth 1000 ms"
                );
            }
        }
    });
}

/// Study: what bounds the waiting time of the least important task?
#[test]
fn a_low_task_gets_its_turn_in_a_steady_stream_of_high_ones() {
    check(|| {
        let queue = PriorityTaskQueue::new(Some(SECOND));
        push(&queue, High, 100);
        push(&queue, Low, 0);
        let mut served = Vec::new();
        for round in 1..=5 {
            clock::advance(millis(700));
            push(&queue, High, 100 + round);
            served.extend(queue.try_pop().map(|task| task.item));
        }
        assert_eq!(
            served,
            [100, 101, 102, 0, 103],
            "a High every 700 ms, one pop after each; the Low (0) is due before the one of 2.1 s"
        );
    });
}

#[test]
fn a_cancelled_task_comes_back_and_is_not_handed_out() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        push(&queue, Low, "a");
        let second = push(&queue, Low, "b");
        push(&queue, High, "c");
        let fourth = push(&queue, High, "d");
        assert_eq!(queue.cancel(second), Some("b"), "a waiting Low task");
        assert_eq!(queue.cancel(fourth), Some("d"), "a waiting High task");
        assert_eq!(drain(&queue), ["c", "a"], "the tasks that are left");
    });
}

#[test]
fn a_closed_queue_is_drained_before_it_says_closed() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        push(&queue, Low, 1);
        push(&queue, High, 2);
        queue.close();
        assert_eq!(queue.push(High, 3), Err(Closed(3)), "a push after close");
        let start = clock::now();
        let pop = || queue.pop_timeout(SECOND).map(|task| task.item);
        assert_eq!(pop(), Ok(2), "the High that waited");
        assert_eq!(pop(), Ok(1), "the Low that waited");
        assert_eq!(pop(), Err(PopError::Closed), "closed and empty");
        assert_eq!(queue.try_pop(), None, "closed and empty");
        assert_eq!(clock::now(), start, "no time passes");
    });
}

#[test]
fn a_pop_gives_up_exactly_when_its_time_is_over() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        let start = clock::now();
        assert_eq!(
            queue.pop_timeout(millis(40)),
            Err(PopError::TimedOut),
            "no task comes within 40 ms"
        );
        assert_eq!(clock::now() - start, millis(40), "the time the pop took");
        push(&queue, Low, 1);
        let task = queue.pop_timeout(millis(40)).map(|task| task.item);
        assert_eq!(task, Ok(1), "a task waits");
        assert_eq!(clock::now() - start, millis(40), "it takes no time");
    });
}

#[test]
fn a_waiting_worker_is_served_the_moment_a_task_comes() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        let start = clock::now();
        thread::scope(|scope| {
            let _released = Released(&queue);
            let worker = scope.spawn(|| (queue.pop_timeout(millis(100)), clock::now() - start));
            clock::advance(millis(30));
            assert!(!worker.is_finished(), "there is no task yet");
            push(&queue, Normal, 7);
            let (task, took) = worker.join().expect("pop_timeout panicked");
            assert_eq!(task.map(|task| task.item), Ok(7), "a task came after 30 ms");
            assert_eq!(took, millis(30), "the time the worker waited");
        });
    });
}

#[test]
fn closing_tells_waiting_workers_at_once() {
    check(|| {
        let queue = PriorityTaskQueue::<u64>::new(None);
        let start = clock::now();
        thread::scope(|scope| {
            let _released = Released(&queue);
            let workers = [SECOND, Duration::MAX].map(|timeout| {
                let queue = &queue;
                scope.spawn(move || queue.pop_timeout(timeout))
            });
            settle();
            queue.close();
            for worker in workers {
                let answer = worker.join().expect("pop_timeout panicked");
                assert_eq!(answer, Err(PopError::Closed), "nothing will come");
            }
            assert_eq!(clock::now(), start, "both hear it at once");
        });
    });
}

#[test]
fn len_counts_the_tasks_that_wait() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        assert_eq!(queue.len(), 0, "a new queue");
        push(&queue, Low, 'a');
        push(&queue, High, 'b');
        let third = push(&queue, Normal, 'c');
        assert_eq!(queue.len(), 3, "after three pushes");
        queue.try_pop();
        assert_eq!(queue.len(), 2, "after one pop");
        queue.cancel(third);
        assert_eq!(queue.len(), 1, "after one cancel");
        queue.close();
        assert_eq!(queue.push(High, 'd'), Err(Closed('d')), "it is closed");
        assert_eq!(queue.len(), 1, "closing keeps what waits");
        queue.try_pop();
        assert_eq!(queue.len(), 0, "after the last pop");
    });
}
