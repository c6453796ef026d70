//! Sample tests: the same rules as in the hidden suites, with other numbers.

use priority_task_queue::{PopError, Priority, PriorityTaskQueue};
use std::thread;
use std::time::Duration;

#[test]
fn important_tasks_leave_first() {
    let queue = PriorityTaskQueue::new(None);
    queue.push(Priority::Low, "report").expect("it is open");
    queue.push(Priority::High, "alarm").expect("it is open");
    queue.push(Priority::Normal, "mail").expect("it is open");
    let order: Vec<_> = (0..3).filter_map(|_| queue.try_pop()).collect();
    let items: Vec<_> = order.iter().map(|task| task.item).collect();
    assert_eq!(items, ["alarm", "mail", "report"]);
    assert_eq!(queue.try_pop(), None);
}

#[test]
fn tasks_of_equal_priority_leave_in_the_order_of_their_pushes() {
    let queue = PriorityTaskQueue::new(Some(Duration::from_secs(3_600)));
    for item in 1..=5 {
        let id = queue.push(Priority::Normal, item).expect("it is open");
        assert_eq!(id.0, item);
    }
    for item in 1..=5 {
        assert_eq!(queue.try_pop().map(|task| task.item), Some(item));
    }
}

#[test]
fn an_old_task_overtakes_an_important_one() {
    let queue = PriorityTaskQueue::new(Some(Duration::from_millis(5)));
    queue.push(Priority::Low, "old").expect("it is open");
    thread::sleep(Duration::from_millis(12));
    queue.push(Priority::High, "new").expect("it is open");
    assert_eq!(queue.try_pop().map(|task| task.item), Some("old"));
}

#[test]
fn a_waiting_worker_gets_what_is_pushed_later() {
    let queue = PriorityTaskQueue::new(None);
    thread::scope(|scope| {
        let worker = scope.spawn(|| queue.pop_timeout(Duration::MAX));
        thread::sleep(Duration::from_millis(10));
        queue.push(Priority::Low, 42).expect("it is open");
        let task = worker.join().expect("the worker panicked");
        assert_eq!(task.map(|task| task.item), Ok(42));
    });
    queue.close();
    assert_eq!(queue.pop_timeout(Duration::MAX), Err(PopError::Closed));
}
