//! Bumping a waiting task, the follow-up.

use judge_kit::{Explore, History, check, clock, settle};
use priority_task_queue::Priority::{High, Low, Normal};
use priority_task_queue::{Priority, PriorityTaskQueue, TaskId};
use std::thread;
use std::time::Duration;

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
fn a_bumped_task_is_the_next() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        push(&queue, Normal, "normal");
        push(&queue, Low, "low");
        let id = push(&queue, Low, "bumped");
        assert!(queue.set_priority(id, High), "a waiting task");
        assert_eq!(queue.len(), 3, "no task more or less");
        assert_eq!(drain(&queue), ["bumped", "normal", "low"], "by priority");
    });
}

#[test]
fn a_bumped_task_keeps_its_id_and_shows_its_new_priority() {
    check(|| {
        let queue = PriorityTaskQueue::new(Some(SECOND));
        let id = push(&queue, Low, 'a');
        clock::advance(SECOND);
        assert!(queue.set_priority(id, Normal), "a waiting task");
        let task = queue.try_pop().expect("one task waits");
        assert_eq!((task.id, task.priority, task.item), (id, Normal, 'a'));
        assert_eq!(push(&queue, Low, 'b'), TaskId(2), "one id was given before");
    });
}

/// Study: what decides among tasks of equal priority, and what makes a task age?
#[test]
fn a_bumped_task_keeps_the_time_of_its_push() {
    check(|| {
        for ageing in [None, Some(SECOND)] {
            let queue = PriorityTaskQueue::new(ageing);
            push(&queue, High, 1);
            clock::advance(SECOND);
            let id = push(&queue, Low, 2);
            clock::advance(SECOND);
            push(&queue, High, 3);
            clock::advance(SECOND);
            assert!(queue.set_priority(id, High), "a waiting task");
            push(&queue, High, 4);
            assert_eq!(
                drain(&queue),
                [1, 2, 3, 4],
                "all High at last, in the order of their pushes, with ageing {ageing:?}"
            );
        }
    });
}

#[test]
fn a_bumped_task_ages_like_any_other() {
    check(|| {
        for (wait, expected) in [(900, ["high", "bumped"]), (1_100, ["bumped", "high"])] {
            let queue = PriorityTaskQueue::new(Some(SECOND));
            let id = push(&queue, Low, "bumped");
            clock::advance(Duration::from_millis(wait));
            push(&queue, High, "high");
            assert!(queue.set_priority(id, Normal), "a waiting task");
            assert_eq!(
                drain(&queue),
                expected,
                "Normal since {wait} ms against a new High, one step is worth 1000 ms"
            );
        }
    });
}

#[test]
fn a_priority_can_be_lowered_and_changed_again() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        let first = push(&queue, High, 1);
        let second = push(&queue, Normal, 2);
        push(&queue, Normal, 3);
        assert!(queue.set_priority(first, Low), "lowered");
        assert!(queue.set_priority(second, Normal), "what it has already");
        assert_eq!(queue.len(), 3, "no task more or less");
        assert_eq!(
            queue.try_pop().map(|task| task.item),
            Some(2),
            "2 and 3 are Normal, 1 is Low"
        );
        push(&queue, Low, 4);
        assert!(queue.set_priority(first, High), "raised again");
        assert!(queue.set_priority(first, Low), "and lowered again");
        assert_eq!(drain(&queue), [3, 1, 4], "1 is the older Low");
    });
}

#[test]
fn what_does_not_wait_cannot_be_bumped() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        let taken = push(&queue, High, 1);
        let cancelled = push(&queue, High, 2);
        push(&queue, Low, 3);
        queue.try_pop();
        queue.cancel(cancelled);
        for (id, why) in [
            (taken, "a task that was handed out"),
            (cancelled, "a cancelled task"),
            (TaskId(0), "no task has id 0"),
            (TaskId(4), "an id that was not given yet"),
        ] {
            assert!(!queue.set_priority(id, High), "{why}");
        }
        assert_eq!(queue.len(), 1, "one task waits");
        assert_eq!(push(&queue, Normal, 4), TaskId(4), "three ids were given");
        assert_eq!(drain(&queue), [4, 3], "by priority");
    });
}

#[test]
fn a_bumped_task_can_be_cancelled_once() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        let id = push(&queue, Low, 1);
        push(&queue, Normal, 2);
        assert!(queue.set_priority(id, High), "a waiting task");
        assert_eq!(queue.cancel(id), Some(1), "it still waits");
        assert_eq!(queue.cancel(id), None, "it does not wait any more");
        assert!(!queue.set_priority(id, Low), "it does not wait any more");
        assert_eq!(queue.len(), 1, "one task waits");
        assert_eq!(drain(&queue), [2], "the other one");
    });
}

#[test]
fn a_closed_queue_still_lets_its_tasks_be_bumped() {
    check(|| {
        let queue = PriorityTaskQueue::new(None);
        push(&queue, Normal, 1);
        let id = push(&queue, Low, 2);
        queue.close();
        assert!(queue.set_priority(id, High), "a task of a closed queue");
        assert_eq!(drain(&queue), [2, 1], "by priority");
    });
}

#[derive(Debug, Clone, Copy)]
enum Op {
    Pop,
    Bump(u64),
    Cancel(u64),
    Len,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ret {
    Popped(Option<u64>),
    Found(bool),
    Len(usize),
}

/// Task 1 is Low and task 2 Normal; bumping makes High. Most important first.
fn step(before: &Vec<(Priority, u64)>, op: &Op, ret: &Ret) -> Option<Vec<(Priority, u64)>> {
    let mut after = before.clone();
    let expected = match *op {
        Op::Pop => Ret::Popped((!after.is_empty()).then(|| after.remove(0).1)),
        Op::Bump(id) => {
            let found = after.iter_mut().find(|task| task.1 == id);
            let answer = found.map(|task| task.0 = High).is_some();
            after.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            Ret::Found(answer)
        }
        Op::Cancel(id) => {
            after.retain(|task| task.1 != id);
            Ret::Found(after.len() < before.len())
        }
        Op::Len => Ret::Len(before.len()),
    };
    (expected == *ret).then_some(after)
}

/// Study: between taking the task out and putting it in again, somebody may look.
#[test]
fn a_bump_takes_effect_at_one_moment() {
    Explore::new().schedules(4_000).random(200).run(|| {
        let queue = PriorityTaskQueue::new(None);
        push(&queue, Low, ());
        push(&queue, Normal, ());
        let history = History::new();
        let call = |op: Op| {
            history.call(op, || match op {
                Op::Pop => Ret::Popped(queue.try_pop().map(|task| task.id.0)),
                Op::Bump(id) => Ret::Found(queue.set_priority(TaskId(id), High)),
                Op::Cancel(id) => Ret::Found(queue.cancel(TaskId(id)).is_some()),
                Op::Len => Ret::Len(queue.len()),
            })
        };
        thread::scope(|scope| {
            for ops in [
                [Op::Bump(1), Op::Bump(2)],
                [Op::Pop, Op::Pop],
                [Op::Len, Op::Cancel(1)],
            ] {
                scope.spawn(move || {
                    for op in ops {
                        call(op);
                    }
                });
            }
        });
        settle();
        call(Op::Pop);
        call(Op::Pop);
        history.linearizable(vec![(Normal, 2), (Low, 1)], step);
    });
}
