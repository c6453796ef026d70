//! What all atomics have in common.

use super::Ordering;
use crate::operation::op;
use crate::statics;
use engine::Effect;
use std::cell::UnsafeCell;
use std::panic::Location;

/// The names of an atomic type's operations in traces.
pub(super) struct Names {
    pub(super) load: &'static str,
    pub(super) store: &'static str,
    pub(super) swap: &'static str,
    pub(super) exchange: &'static str,
    pub(super) exchange_weak: &'static str,
}

/// A value whose every access is one scheduling point.
#[repr(transparent)]
pub(super) struct AtomicCell<T>(UnsafeCell<T>);

// SAFETY: no access spans a switch, and one OS thread runs all tasks.
unsafe impl<T> Sync for AtomicCell<T> {}

impl<T: Copy + PartialEq> AtomicCell<T> {
    pub(super) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// The value, without a scheduling point.
    pub(super) fn peek(&self) -> T {
        statics::refresh(self);
        // SAFETY: references into the cell exist only while it is borrowed mutably.
        unsafe { *self.0.get() }
    }

    pub(super) fn get_mut(&mut self) -> &mut T {
        statics::refresh(self);
        self.0.get_mut()
    }

    pub(super) fn into_inner(self) -> T {
        self.peek()
    }

    pub(super) const fn as_ptr(&self) -> *mut T {
        self.0.get()
    }

    #[track_caller]
    pub(super) fn load(&self, name: &'static str, order: Ordering) -> T {
        match order {
            Ordering::Release => panic!("there is no such thing as a release load"),
            Ordering::AcqRel => panic!("there is no such thing as an acquire-release load"),
            _ => {}
        }
        engine::point(op(name, self, Location::caller()));
        engine::progress(Effect::Look);
        self.peek()
    }

    #[track_caller]
    pub(super) fn store(&self, name: &'static str, value: T, order: Ordering) {
        match order {
            Ordering::Acquire => panic!("there is no such thing as an acquire store"),
            Ordering::AcqRel => panic!("there is no such thing as an acquire-release store"),
            _ => {}
        }
        self.modify(name, |_| value);
    }

    /// Replaces the value by a function of it, in one step; returns the old one.
    #[track_caller]
    pub(super) fn modify(&self, name: &'static str, f: impl FnOnce(T) -> T) -> T {
        engine::point(op(name, self, Location::caller()));
        let old = self.peek();
        self.replace(old, f(old));
        old
    }

    /// `compare_exchange`, and the weak form, which may fail for no reason where the search asks for it.
    #[track_caller]
    pub(super) fn exchange(
        &self,
        name: &'static str,
        (current, new): (T, T),
        failure: Ordering,
        weak: bool,
    ) -> Result<T, T> {
        match failure {
            Ordering::Release => panic!("there is no such thing as a release failure ordering"),
            Ordering::AcqRel => {
                panic!("there is no such thing as an acquire-release failure ordering")
            }
            _ => {}
        }
        engine::point(op(name, self, Location::caller()));
        let old = self.peek();
        if old != current {
            engine::note("failed");
        } else if weak && engine::may_fail_spuriously() {
            engine::note("failed for no reason, as the weak form may");
        } else {
            self.replace(old, new);
            return Ok(old);
        }
        engine::progress(Effect::Wait);
        Err(old)
    }

    /// Writing what is there already changes nothing: a spin lock's `swap(true)` is waiting.
    fn replace(&self, old: T, new: T) {
        // SAFETY: as in `peek`.
        unsafe { *self.0.get() = new };
        engine::progress(if old == new {
            Effect::Wait
        } else {
            Effect::Change
        });
    }
}

/// The methods that all atomics share.
macro_rules! common_methods {
    ($name:literal, $value:ty) => {
        const NAMES: $crate::sync::atomic::cell::Names = $crate::sync::atomic::cell::Names {
            load: concat!($name, "::load"),
            store: concat!($name, "::store"),
            swap: concat!($name, "::swap"),
            exchange: concat!($name, "::compare_exchange"),
            exchange_weak: concat!($name, "::compare_exchange_weak"),
        };

        /// An atomic that holds `value`.
        #[must_use]
        pub const fn new(value: $value) -> Self {
            Self {
                cell: AtomicCell::new(value),
            }
        }

        /// The value, mutably: the borrow proves that nobody else uses it.
        pub fn get_mut(&mut self) -> &mut $value {
            self.cell.get_mut()
        }

        /// The value.
        pub fn into_inner(self) -> $value {
            self.cell.into_inner()
        }

        /// Where the value lies.
        pub const fn as_ptr(&self) -> *mut $value {
            self.cell.as_ptr()
        }

        /// Reads the value.
        ///
        /// # Panics
        /// If `order` is `Release` or `AcqRel`.
        #[track_caller]
        pub fn load(&self, order: Ordering) -> $value {
            self.cell.load(Self::NAMES.load, order)
        }

        /// Writes the value.
        ///
        /// # Panics
        /// If `order` is `Acquire` or `AcqRel`.
        #[track_caller]
        pub fn store(&self, value: $value, order: Ordering) {
            self.cell.store(Self::NAMES.store, value, order);
        }

        /// Writes the value and returns the old one.
        #[track_caller]
        pub fn swap(&self, value: $value, _order: Ordering) -> $value {
            self.cell.modify(Self::NAMES.swap, |_| value)
        }

        /// Writes `new` if the value is `current`; returns the value from before.
        #[deprecated(
            since = "1.50.0",
            note = "Use `compare_exchange` or `compare_exchange_weak` instead"
        )]
        #[track_caller]
        pub fn compare_and_swap(&self, current: $value, new: $value, _order: Ordering) -> $value {
            match self.cell.exchange(
                Self::NAMES.exchange,
                (current, new),
                Ordering::SeqCst,
                false,
            ) {
                Ok(old) | Err(old) => old,
            }
        }

        /// Writes `new` if the value is `current`.
        ///
        /// # Errors
        /// The value, if it was another one.
        ///
        /// # Panics
        /// If `failure` is `Release` or `AcqRel`.
        #[track_caller]
        pub fn compare_exchange(
            &self,
            current: $value,
            new: $value,
            _success: Ordering,
            failure: Ordering,
        ) -> Result<$value, $value> {
            self.cell
                .exchange(Self::NAMES.exchange, (current, new), failure, false)
        }

        /// Like `compare_exchange`, but may fail although the value is `current`.
        ///
        /// # Errors
        /// The value, if it was another one or for no reason.
        ///
        /// # Panics
        /// If `failure` is `Release` or `AcqRel`.
        #[track_caller]
        pub fn compare_exchange_weak(
            &self,
            current: $value,
            new: $value,
            _success: Ordering,
            failure: Ordering,
        ) -> Result<$value, $value> {
            self.cell
                .exchange(Self::NAMES.exchange_weak, (current, new), failure, true)
        }

        /// Replaces the value by `f` of it, trying again when somebody else was quicker.
        ///
        /// # Errors
        /// The value for which `f` returned `None`.
        #[track_caller]
        pub fn fetch_update<F>(
            &self,
            set: Ordering,
            fetch: Ordering,
            mut f: F,
        ) -> Result<$value, $value>
        where
            F: FnMut($value) -> Option<$value>,
        {
            let mut old = self.load(fetch);
            while let Some(new) = f(old) {
                match self.compare_exchange_weak(old, new, set, fetch) {
                    Ok(old) => return Ok(old),
                    Err(now) => old = now,
                }
            }
            Err(old)
        }

        /// `fetch_update` under its newer name.
        ///
        /// # Errors
        /// The value for which `f` returned `None`.
        #[track_caller]
        pub fn try_update(
            &self,
            set: Ordering,
            fetch: Ordering,
            f: impl FnMut($value) -> Option<$value>,
        ) -> Result<$value, $value> {
            self.fetch_update(set, fetch, f)
        }

        /// Replaces the value by `f` of it, trying again when somebody else was quicker; returns the old one.
        #[track_caller]
        pub fn update(
            &self,
            set: Ordering,
            fetch: Ordering,
            mut f: impl FnMut($value) -> $value,
        ) -> $value {
            match self.fetch_update(set, fetch, |value| Some(f(value))) {
                Ok(old) | Err(old) => old,
            }
        }
    };
}

/// The traits that all atomics share.
macro_rules! common_traits {
    ($atomic:ty, $value:ty $(, $parameter:ident)?) => {
        impl $(<$parameter>)? std::panic::UnwindSafe for $atomic {}
        impl $(<$parameter>)? std::panic::RefUnwindSafe for $atomic {}

        impl $(<$parameter>)? From<$value> for $atomic {
            fn from(value: $value) -> Self {
                Self::new(value)
            }
        }

        impl $(<$parameter>)? std::fmt::Debug for $atomic {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.cell.peek(), f)
            }
        }
    };
}

pub(super) use {common_methods, common_traits};
