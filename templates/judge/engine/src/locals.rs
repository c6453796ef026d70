//! Thread-locals of tasks.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::execution::{is_active, with};

struct Slot {
    key: usize,
    value: *mut u8,
    /// Drops and frees the value.
    drop: unsafe fn(*mut u8),
}

/// The thread-locals of one task, in order of initialisation.
#[derive(Default)]
pub(crate) struct Slots {
    living: Vec<Slot>,
    /// Keys whose destructor runs or has run.
    gone: Vec<usize>,
}

impl Slots {
    fn find(&self, key: usize) -> Option<*mut u8> {
        self.living
            .iter()
            .find(|slot| slot.key == key)
            .map(|slot| slot.value)
    }
}

thread_local! {
    /// What code outside any execution sees. Never destroyed, because nothing there may run at the end of a thread.
    static OUTSIDE: RefCell<Slots> = RefCell::default();
}

fn with_slots<R>(f: impl FnOnce(&mut Slots) -> R) -> R {
    if is_active() {
        let mut f = Some(f);
        let result = with(|execution| {
            let current = execution.current;
            f.take().map(|f| f(&mut execution.tasks[current].locals))
        });
        result
            .flatten()
            .expect("an active execution has a current task")
    } else {
        OUTSIDE.with_borrow_mut(f)
    }
}

/// The current task's value under `key`, made by `init` at the first call.
///
/// The pointer is good until the task ends. None while or after the value's destructor runs. Destructors run at the
/// end of the task, last initialised first.
pub fn local_slot<T: 'static>(key: usize, init: impl FnOnce() -> T) -> Option<*const T> {
    unsafe fn destroy<T>(value: *mut u8) {
        // SAFETY: the pointer came out of `Box::<T>::into_raw` below and is given up here, once.
        drop(unsafe { Box::from_raw(value.cast::<T>()) });
    }
    let (found, gone) = with_slots(|slots| (slots.find(key), slots.gone.contains(&key)));
    if let Some(value) = found {
        return Some(value.cast());
    }
    if gone {
        return None;
    }
    // May switch tasks and may come back here for other keys, so nothing is borrowed.
    let value = Box::into_raw(Box::new(init())).cast::<u8>();
    with_slots(|slots| {
        slots.living.push(Slot {
            key,
            value,
            drop: destroy::<T>,
        })
    });
    Some(value.cast())
}

/// Runs the destructors of the current task's thread-locals.
pub(crate) fn destroy() {
    while let Some(slot) = with_slots(|slots| {
        let slot = slots.living.pop()?;
        slots.gone.push(slot.key);
        Some(slot)
    }) {
        // SAFETY: the slot was taken out of the list, so its value is dropped once. A panic in the destructor must
        // not cross the root of the coroutine.
        let dropped = catch_unwind(AssertUnwindSafe(|| unsafe { (slot.drop)(slot.value) }));
        if let Err(payload) = dropped {
            std::mem::forget(payload);
            crate::panics::panic_caught();
        }
    }
}
