//! Stacks for tasks, mapped lazily with a guard page and used again and again.

use std::cell::RefCell;

use corosensei::stack::DefaultStack;

/// Bytes of stack of a spawned task.
const SPAWNED: usize = 2 << 20;
/// Bytes of stack of the body of a check.
const MAIN: usize = 8 << 20;

#[derive(Default)]
struct Pool {
    main: Vec<DefaultStack>,
    spawned: Vec<DefaultStack>,
}

thread_local! {
    static POOL: RefCell<Pool> = RefCell::default();
}

/// A stack for the body of a check, or for a task that it spawned.
pub(crate) fn take(main: bool) -> DefaultStack {
    let kept = POOL.with_borrow_mut(|pool| {
        if main {
            pool.main.pop()
        } else {
            pool.spawned.pop()
        }
    });
    kept.unwrap_or_else(|| {
        DefaultStack::new(if main { MAIN } else { SPAWNED }).expect("no memory for another stack")
    })
}

/// Gives a stack back that nothing runs on any more.
pub(crate) fn give_back(main: bool, stack: DefaultStack) {
    POOL.with_borrow_mut(|pool| {
        if main {
            pool.main.push(stack)
        } else {
            pool.spawned.push(stack)
        }
    });
}
