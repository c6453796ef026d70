//! `LazyLock`: a value that is made at its first use.

use super::once::Once;
use crate::operation::op;
use crate::statics;
use engine::Effect;
use std::cell::UnsafeCell;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::{Location, RefUnwindSafe, UnwindSafe};

enum Content<T, F> {
    Recipe(F),
    Value(T),
    /// The recipe is at work, or has panicked.
    Taken,
}

/// A value that is made at its first use, with std's interface.
pub struct LazyLock<T, F = fn() -> T> {
    once: Once,
    content: UnsafeCell<Content<T, F>>,
}

// SAFETY: the content is changed by the one task that the gate lets through, and shared only after that.
unsafe impl<T: Sync + Send, F: Send> Sync for LazyLock<T, F> {}
impl<T: RefUnwindSafe + UnwindSafe, F: UnwindSafe> RefUnwindSafe for LazyLock<T, F> {}
impl<T: UnwindSafe, F: UnwindSafe> UnwindSafe for LazyLock<T, F> {}

impl<T, F> LazyLock<T, F> {
    /// The value, if it has been made.
    #[track_caller]
    pub fn get(this: &Self) -> Option<&T> {
        statics::refresh(this);
        engine::point(op("LazyLock::get", this, Location::caller()));
        engine::progress(Effect::Look);
        this.peek()
    }

    /// The value, mutably, if it has been made.
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        statics::refresh(this);
        match this.content.get_mut() {
            Content::Value(value) => Some(value),
            _ => None,
        }
    }

    fn peek(&self) -> Option<&T> {
        if !self.once.is_done() {
            return None;
        }
        // SAFETY: once the gate is complete, nobody changes the content any more.
        match unsafe { &*self.content.get() } {
            Content::Value(value) => Some(value),
            _ => None,
        }
    }
}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    /// A value that `f` will make.
    pub const fn new(f: F) -> Self {
        Self {
            once: Once::new(),
            content: UnsafeCell::new(Content::Recipe(f)),
        }
    }

    /// The value, which is made now if nobody has used it yet.
    ///
    /// # Panics
    /// If making it panicked before.
    #[track_caller]
    pub fn force(this: &Self) -> &T {
        // The whole first: its gate is a part of it and must not be restored by itself.
        statics::refresh(this);
        let op = op("LazyLock::force", this, Location::caller());
        engine::point(op);
        if this.once.is_poisoned_now() {
            poisoned();
        }
        this.once.call(op, false, |_| {
            // SAFETY: the gate lets one closure through, and nobody reads before it has finished. The borrow ends before
            // the recipe runs.
            let content = std::mem::replace(unsafe { &mut *this.content.get() }, Content::Taken);
            let Content::Recipe(recipe) = content else {
                unreachable!("the gate runs its closure one time")
            };
            let value = recipe();
            // SAFETY: as above.
            unsafe { *this.content.get() = Content::Value(value) };
        });
        this.peek()
            .expect("the gate is complete, so the value is there")
    }

    /// The value, mutably, which is made now if nobody has used it yet.
    ///
    /// # Panics
    /// If making it panicked before.
    #[track_caller]
    pub fn force_mut(this: &mut Self) -> &mut T {
        Self::force(this);
        Self::get_mut(this).expect("the value was made above")
    }
}

#[track_caller]
fn poisoned() -> ! {
    panic!("LazyLock instance has previously been poisoned")
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[track_caller]
    fn deref(&self) -> &T {
        Self::force(self)
    }
}

impl<T, F: FnOnce() -> T> DerefMut for LazyLock<T, F> {
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        Self::force_mut(self)
    }
}

impl<T: Default> Default for LazyLock<T> {
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("LazyLock");
        match self.peek() {
            Some(value) => tuple.field(value),
            None => tuple.field(&format_args!("<uninit>")),
        };
        tuple.finish()
    }
}
