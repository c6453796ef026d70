//! Extreme ageings and timeouts, ids that name nothing any more, and what is left at the end.

use judge_kit::{DropCounter, check, clock, settle};
use priority_task_queue::Priority::{High, Low, Normal};
use priority_task_queue::{Closed, PopError, Priority, PriorityTaskQueue, TaskId};
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
fn an_ageing_of_zero_is_first_come_first_served() {
    check(|| {
        let queue = PriorityTaskQueue::new(Some(Duration::ZERO));
        for (priority, item) in [(Low, 1), (High, 2), (Normal, 3), (High, 4), (Low, 5)] {
            push(&queue, priority, item);
            clock::advance(millis(item % 2));
        }
        assert_eq!(drain(&queue), [1, 2, 3, 4, 5], "some at the same instant");
    });
}

/// Study: the rank of an important task lies before the queue was made, maybe before time began.
#[test]
fn an_ageing_of_ages_is_strict_priority() {
    check(|| {
        let year = Duration::from_secs(365 * 86_400);
        for ageing in [year, Duration::MAX / 2, Duration::MAX] {
            let queue = PriorityTaskQueue::new(Some(ageing));
            for (priority, item) in [
                (Low, "l1"),
                (Normal, "n1"),
                (High, "h1"),
                (Normal, "n2"),
                (High, "h2"),
                (Low, "l2"),
            ] {
                push(&queue, priority, item);
                clock::advance(Duration::from_secs(3_600));
            }
            assert_eq!(
                drain(&queue),
                ["h1", "h2", "n1", "n2", "l1", "l2"],
                "pushed within hours, with an ageing of {ageing:?}"
            );
        }
    });
}

#[test]
fn ageing_is_exact_to_the_nanosecond() {
    check(|| {
        let ageing = Duration::new(1, 500);
        for (early, expected) in [(1, ["high", "low"]), (0, ["low", "high"])] {
            let queue = PriorityTaskQueue::new(Some(ageing));
            clock::advance(millis(3));
            push(&queue, Low, "low");
            clock::advance(2 * ageing - Duration::from_nanos(early));
            push(&queue, High, "high");
            assert_eq!(
                drain(&queue),
                expected,
                "the High was pushed {early} ns before the Low is as good"
            );
        }
    });
}

#[test]
fn a_long_mixed_day_follows_the_rule() {
    check(|| {
        let ageing = millis(50);
        let queue = PriorityTaskQueue::new(Some(ageing));
        let start = clock::now();
        let mut ranked = Vec::new();
        for number in 0..60_u64 {
            let (priority, steps) = [(Low, 0), (Normal, 1), (High, 2)][(number * 7 % 3) as usize];
            let now = clock::now() - start;
            let TaskId(id) = push(&queue, priority, number);
            ranked.push((now + (2 - steps) * ageing, id, number));
            clock::advance(millis(number * number % 11));
        }
        ranked.sort();
        let expected: Vec<u64> = ranked.iter().map(|&(_, _, number)| number).collect();
        assert_eq!(drain(&queue), expected, "60 tasks by rank, then by id");
    });
}

#[test]
fn cancelling_what_does_not_wait_changes_nothing() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        assert_eq!(queue.cancel(TaskId(1)), None, "an empty queue");
        let first = push(&queue, High, "a");
        let second = push(&queue, Normal, "b");
        push(&queue, Low, "c");
        assert!(queue.try_pop().is_some(), "three tasks wait");
        assert_eq!(queue.cancel(first), None, "a task that was handed out");
        assert_eq!(queue.cancel(second), Some("b"), "a waiting task");
        assert_eq!(queue.cancel(second), None, "a task cancelled before");
        for unknown in [0, 4, u64::MAX] {
            assert_eq!(queue.cancel(TaskId(unknown)), None, "unknown id {unknown}");
        }
        assert_eq!(
            queue.len(),
            1,
            "one task was taken, one cancelled, of three"
        );
        assert_eq!(drain(&queue), ["c"], "what is left");
    });
}

#[test]
fn cancelling_the_next_task_makes_the_one_behind_it_the_next() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        let ids: Vec<_> = (1..=6).map(|item| push(&queue, High, item)).collect();
        for index in [0, 1, 3] {
            assert!(queue.cancel(ids[index]).is_some(), "a waiting task");
        }
        assert_eq!(queue.len(), 3, "cancelled tasks do not wait");
        let next = queue.pop_timeout(Duration::ZERO).map(|task| task.item);
        assert_eq!(next, Ok(3), "1 and 2 were cancelled");
        assert_eq!(queue.cancel(ids[4]), Some(5), "a waiting task");
        assert_eq!(queue.len(), 1, "6 waits");
        assert_eq!(drain(&queue), [6], "4 and 5 were cancelled");
        assert_eq!(queue.len(), 0, "nothing waits");
    });
}

#[test]
fn a_queue_whose_tasks_are_all_cancelled_is_empty() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        let first = push(&queue, High, 1);
        let second = push(&queue, High, 2);
        assert_eq!(queue.cancel(second), Some(2), "a waiting task");
        assert_eq!(queue.cancel(first), Some(1), "a waiting task");
        assert_eq!(queue.try_pop(), None, "all were cancelled");
        let start = clock::now();
        assert_eq!(
            queue.pop_timeout(millis(20)),
            Err(PopError::TimedOut),
            "all were cancelled"
        );
        assert_eq!(clock::now() - start, millis(20), "the time the pop took");
        let third = push(&queue, Low, 3);
        queue.close();
        assert_eq!(queue.cancel(third), Some(3), "a task of a closed queue");
        assert_eq!(
            queue.pop_timeout(millis(20)),
            Err(PopError::Closed),
            "closed, and the last task was cancelled"
        );
        assert_eq!(clock::now() - start, millis(20), "Closed is said at once");
    });
}

#[test]
fn ids_are_never_used_twice() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        for number in 1..=3 {
            let id = push(&queue, Low, number);
            assert_eq!(id, TaskId(2 * number - 1), "ids count up");
            queue.cancel(id);
            let id = push(&queue, High, number);
            assert_eq!(id, TaskId(2 * number), "a cancelled id is not given again");
            queue.try_pop();
        }
        assert_eq!(push(&queue, Low, 4), TaskId(7), "six were given before");
    });
}

#[test]
fn a_timeout_of_zero_takes_what_is_there() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        let start = clock::now();
        assert_eq!(
            queue.pop_timeout(Duration::ZERO),
            Err(PopError::TimedOut),
            "an empty queue"
        );
        push(&queue, Low, 1);
        let task = queue.pop_timeout(Duration::ZERO).map(|task| task.item);
        assert_eq!(task, Ok(1), "a task waits, so no time is needed");
        assert_eq!(clock::now(), start, "no time passes");
    });
}

#[test]
fn the_longest_timeout_waits_as_long_as_it_takes() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        thread::scope(|scope| {
            let _released = Released(&queue);
            let worker = scope.spawn(|| queue.pop_timeout(Duration::MAX));
            clock::advance(Duration::from_secs(86_400));
            assert!(!worker.is_finished(), "there is no task yet");
            push(&queue, Low, 1);
            let task = worker.join().expect("pop_timeout panicked");
            assert_eq!(task.map(|task| task.item), Ok(1), "it waited for a day");
        });
    });
}

/// Study: a wake-up without a task must not start the time again.
#[test]
fn a_task_that_is_gone_again_does_not_prolong_the_wait() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        let start = clock::now();
        thread::scope(|scope| {
            let _released = Released(&queue);
            let worker = scope.spawn(|| (queue.pop_timeout(millis(100)), clock::now() - start));
            clock::advance(millis(60));
            let id = push(&queue, High, 1);
            let cancelled = queue.cancel(id).is_some();
            settle();
            let (answer, took) = worker.join().expect("pop_timeout panicked");
            if cancelled {
                assert_eq!(answer, Err(PopError::TimedOut), "it was cancelled at once");
                assert_eq!(took, millis(100), "the timeout covers the whole call");
            } else {
                assert_eq!(answer.map(|task| task.item), Ok(1), "it was handed out");
                assert_eq!(took, millis(60), "there is nothing more to wait for");
            }
        });
    });
}

#[test]
fn every_push_into_a_closed_queue_returns_its_item() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        push(&queue, Low, 1);
        queue.close();
        assert_eq!(queue.push(High, 2), Err(Closed(2)), "one task waits");
        assert_eq!(drain(&queue), [1], "what was there before");
        queue.close();
        assert_eq!(queue.push(Low, 3), Err(Closed(3)), "closed twice and empty");
        assert_eq!(queue.len(), 0, "nothing was taken in");
    });
}

#[test]
fn each_item_is_given_back_or_dropped_with_the_queue() {
    check(|| {
        let drops = DropCounter::new();
        let queue = PriorityTaskQueue::new(None);
        let ids = [Low, High, Normal, Low].map(|priority| push(&queue, priority, drops.token()));
        drop(queue.try_pop());
        assert_eq!(drops.live(), 3, "one of four was handed out and dropped");
        let cancelled = queue.cancel(ids[0]);
        assert!(cancelled.is_some(), "a waiting task");
        assert_eq!(drops.live(), 3, "the cancelled item is alive and ours");
        drop(cancelled);
        assert_eq!(drops.live(), 2, "two are left in the queue");
        queue.close();
        drop(queue.push(High, drops.token()));
        assert_eq!(drops.live(), 2, "a refused item was dropped by us");
        drop(queue);
        assert_eq!(drops.live(), 0, "the queue is gone and its items with it");
    });
}
