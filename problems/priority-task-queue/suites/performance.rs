//! What a call costs among many waiting tasks, and how many workers a push wakes.

use judge_kit::{Growth, growth, race_reference};

judge_kit::both_sides! {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;
    use subject::{Priority, PriorityTaskQueue, TaskId};

    const HOUR: Duration = Duration::from_secs(3_600);

    fn push(queue: &PriorityTaskQueue<u64>, priority: Priority, item: u64) -> TaskId {
        match queue.push(priority, item) {
            Ok(id) => id,
            Err(_) => panic!("a push into an open queue was refused"),
        }
    }

    /// So many Low tasks that wait.
    fn filled(size: usize, ageing: Option<Duration>) -> PriorityTaskQueue<u64> {
        let queue = PriorityTaskQueue::new(ageing);
        for item in 0..size as u64 {
            push(&queue, Priority::Low, item);
        }
        queue
    }

    /// A High and a Normal task come and go among those that wait.
    fn push_and_pop_with(size: usize, ageing: Option<Duration>) -> impl FnMut() -> u64 {
        let queue = filled(size, ageing);
        move || {
            push(&queue, Priority::Normal, 1);
            push(&queue, Priority::High, 2);
            let tasks = [queue.try_pop(), queue.try_pop()];
            tasks.into_iter().flatten().map(|task| task.item).sum()
        }
    }

    pub fn push_and_pop(size: usize) -> impl FnMut() -> u64 {
        push_and_pop_with(size, None)
    }

    pub fn push_and_pop_with_ageing(size: usize) -> impl FnMut() -> u64 {
        push_and_pop_with(size, Some(HOUR))
    }

    /// A High task is cancelled, and a later one goes its way past whatever is left of it.
    pub fn push_and_cancel(size: usize) -> impl FnMut() -> Option<u64> {
        let queue = filled(size, None);
        move || {
            let id = push(&queue, Priority::High, 1);
            push(&queue, Priority::High, 2);
            let cancelled = queue.cancel(id);
            assert!(queue.try_pop().is_some());
            cancelled
        }
    }

    /// Many tasks are pushed, most of them cancelled here and there, and the rest taken.
    pub fn mass_cancellation(tasks: u64) {
        let queue = filled(tasks as usize, None);
        for number in 0..tasks {
            // 7,919 is prime to every size, so each id comes up once.
            let id = 1 + number * 7_919 % tasks;
            if id % 16 != 0 {
                assert!(queue.cancel(TaskId(id)).is_some());
            }
        }
        for _ in 0..tasks / 16 {
            assert!(queue.try_pop().is_some());
        }
        assert!(queue.try_pop().is_none());
    }

    /// Each task is pushed only when the one before has been fetched; the other workers sleep.
    pub fn paced_among_sleepers(sleepers: usize, tasks: usize) {
        let queue = PriorityTaskQueue::new(None);
        let fetched = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..sleepers {
                scope.spawn(|| {
                    while queue.pop_timeout(HOUR).is_ok() {
                        fetched.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
            for number in 0..tasks {
                push(&queue, Priority::Normal, 1);
                while fetched.load(Ordering::SeqCst) <= number {
                    thread::yield_now();
                }
            }
            queue.close();
        });
    }
}

// Smaller sizes and a wider limit than for other logarithmic costs, here and below: two maps beside each other leave
// the processor's caches early. Correct designs measure up to 2.5, a search 10 and more.
/// Study: which structure keeps a set in order while tasks come and go?
#[test]
fn a_push_and_a_pop_hardly_cost_more_among_many_tasks() {
    growth(
        submission::push_and_pop,
        reference::push_and_pop,
        [500, 8_000],
        Growth::at_most(6.0),
    );
}

/// Study: all tasks age at the same speed; what does that say about their order?
#[test]
fn ageing_does_not_sort_the_waiting_tasks_again() {
    growth(
        submission::push_and_pop_with_ageing,
        reference::push_and_pop_with_ageing,
        [500, 8_000],
        Growth::at_most(6.0),
    );
}

#[test]
fn a_cancel_hardly_costs_more_among_many_tasks() {
    growth(
        submission::push_and_cancel,
        reference::push_and_cancel,
        [500, 8_000],
        Growth::at_most(6.0),
    );
}

/// Study: whatever remains of a cancelled task must not be searched by each pop.
#[test]
fn many_cancelled_tasks_do_not_slow_the_others_down() {
    race_reference(
        || submission::mass_cancellation(48_000),
        || reference::mass_cancellation(48_000),
    );
}

/// Study: one task is of use to one worker; waking all of them is work for nothing.
#[test]
fn a_push_does_not_wake_every_sleeping_worker() {
    race_reference(
        || submission::paced_among_sleepers(64, 2_000),
        || reference::paced_among_sleepers(64, 2_000),
    );
}
