//! Stacks for tasks, mapped lazily with a guard page and used again and again.

use std::cell::RefCell;

use corosensei::stack::{DefaultStack, Stack};

/// Bytes of stack of a spawned task that asks for no more.
const SPAWNED: usize = 2 << 20;
/// Bytes of stack of the body of a check.
pub(crate) const MAIN: usize = 8 << 20;

thread_local! {
    /// Stacks that nothing runs on.
    static POOL: RefCell<Vec<DefaultStack>> = const { RefCell::new(Vec::new()) };
}

/// Bytes from the top of a stack down to its guard page.
fn size(stack: &DefaultStack) -> usize {
    stack.base().get() - stack.limit().get()
}

/// A stack of at least `bytes`, and never less than a thread has.
pub(crate) fn take(bytes: usize) -> DefaultStack {
    let bytes = bytes.max(SPAWNED);
    // A much larger one is left for those who ask for it.
    let fits = |stack: &DefaultStack| (bytes..bytes + SPAWNED).contains(&size(stack));
    let kept = POOL.with_borrow_mut(|pool| {
        let at = pool.iter().rposition(fits)?;
        Some(pool.swap_remove(at))
    });
    kept.unwrap_or_else(|| DefaultStack::new(bytes).expect("no memory for another stack"))
}

/// Gives a stack back that nothing runs on any more.
pub(crate) fn give_back(stack: DefaultStack) {
    POOL.with_borrow_mut(|pool| pool.push(stack));
}
