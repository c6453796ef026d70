//! Works on several things at once, and brings what happens to whoever watches.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};

use super::JudgeEvent;

/// Tells events from any thread.
#[derive(Debug, Clone)]
pub struct Events(Sender<JudgeEvent>);

impl Events {
    pub fn tell(&self, event: JudgeEvent) {
        // The receiver lives as long as the work does; see `with_events`.
        let _ = self.0.send(event);
    }
}

/// Does `work` on a thread of its own and hands its events to `watch` on this one.
pub fn with_events<T: Send>(
    watch: &mut dyn FnMut(JudgeEvent),
    work: impl FnOnce(&Events) -> T + Send,
) -> T {
    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || work(&Events(sender)));
        for event in receiver {
            watch(event);
        }
        worker
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Applies `work` to each item, `jobs` at a time, and answers in the order of the items.
///
/// Items are begun in order. Once `is_last` holds for an answer, no further item is begun, and what comes after the first
/// such item is left out: the answers do not depend on who was faster.
pub fn in_order<T: Sync, R: Send>(
    jobs: usize,
    items: &[T],
    is_last: impl Fn(&R) -> bool + Sync,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<Option<R>> {
    let next = AtomicUsize::new(0);
    let end = AtomicUsize::new(items.len());
    let answers: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::SeqCst);
                    if index >= end.load(Ordering::SeqCst) {
                        return;
                    }
                    let answer = work(&items[index]);
                    if is_last(&answer) {
                        end.fetch_min(index + 1, Ordering::SeqCst);
                    }
                    *answers[index]
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner) = Some(answer);
                }
            });
        }
    });
    let end = end.into_inner();
    let answers = answers
        .into_iter()
        .map(|answer| answer.into_inner().unwrap_or_else(PoisonError::into_inner));
    answers
        .enumerate()
        .map(|(index, answer)| answer.filter(|_| index < end))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn answers_come_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..100).collect();
        let answers = in_order(4, &items, |_| false, |item| item * 2);
        assert!(
            answers
                .iter()
                .zip(&items)
                .all(|(answer, item)| *answer == Some(item * 2))
        );
    }

    #[test]
    fn what_comes_after_the_first_last_item_is_left_out() {
        let items: Vec<u32> = (0..100).collect();
        let answers = in_order(4, &items, |answer| answer % 10 == 7, |item| *item);
        assert_eq!(answers.iter().flatten().count(), 8);
        assert!(answers[..8].iter().all(Option::is_some));
    }
}
