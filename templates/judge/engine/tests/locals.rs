//! Thread-locals of tasks.

mod support;

use std::cell::RefCell;
use std::rc::Rc;

use engine::{local_slot, run_once, spawn, wait_finished};
use support::{together, yield_now};

#[test]
fn each_thread_has_its_own_and_loses_it_last_made_first() {
    struct Noisy(usize, Rc<RefCell<Vec<usize>>>);
    impl Drop for Noisy {
        fn drop(&mut self) {
            yield_now();
            assert!(
                local_slot(self.0, || 0).is_none(),
                "it is gone while it is dropped"
            );
            self.1.borrow_mut().push(self.0);
        }
    }
    let dropped = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&dropped);
    run_once(Box::new(move || {
        let task = spawn(
            None,
            Box::new(move || {
                for key in [1, 2, 3, 2] {
                    local_slot(key, || Noisy(key, Rc::clone(&dropped)));
                }
            }),
        );
        wait_finished(task, engine::Op::new("JoinHandle::join", 0));
    }))
    .unwrap();
    assert_eq!(*seen.borrow(), [3, 2, 1]);
}

#[test]
fn the_same_key_means_another_value_in_another_thread() {
    run_once(Box::new(|| {
        let bodies = (0..3_u32).map(|number| {
            Box::new(move || {
                let first = local_slot(7, || number).unwrap();
                yield_now();
                let second = local_slot(7, || 99).unwrap();
                assert_eq!(first, second);
                // SAFETY: this task has not ended.
                assert_eq!(unsafe { *first }, number);
            }) as Box<dyn FnOnce()>
        });
        together(bodies.collect());
    }))
    .unwrap();
}
