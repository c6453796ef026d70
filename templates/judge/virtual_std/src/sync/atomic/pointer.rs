//! `AtomicPtr`. Safe code can compare and pass pointers around, so it is here; following one takes `unsafe`.

use super::Ordering;
use super::cell::{AtomicCell, common_methods, common_traits};

/// An atomic pointer, with std's interface.
#[repr(transparent)]
pub struct AtomicPtr<T> {
    cell: AtomicCell<*mut T>,
}

// SAFETY: as for std's: the pointer itself may go anywhere, following it is up to its user.
unsafe impl<T> Send for AtomicPtr<T> {}

impl<T> AtomicPtr<T> {
    common_methods!("AtomicPtr", *mut T);

    /// Moves the pointer on by `count` elements; returns the old one.
    #[track_caller]
    pub fn fetch_ptr_add(&self, count: usize, _order: Ordering) -> *mut T {
        self.cell
            .modify("AtomicPtr::fetch_ptr_add", |old| old.wrapping_add(count))
    }

    /// Moves the pointer back by `count` elements; returns the old one.
    #[track_caller]
    pub fn fetch_ptr_sub(&self, count: usize, _order: Ordering) -> *mut T {
        self.cell
            .modify("AtomicPtr::fetch_ptr_sub", |old| old.wrapping_sub(count))
    }

    /// Moves the pointer on by `count` bytes; returns the old one.
    #[track_caller]
    pub fn fetch_byte_add(&self, count: usize, _order: Ordering) -> *mut T {
        self.cell.modify("AtomicPtr::fetch_byte_add", |old| {
            old.wrapping_byte_add(count)
        })
    }

    /// Moves the pointer back by `count` bytes; returns the old one.
    #[track_caller]
    pub fn fetch_byte_sub(&self, count: usize, _order: Ordering) -> *mut T {
        self.cell.modify("AtomicPtr::fetch_byte_sub", |old| {
            old.wrapping_byte_sub(count)
        })
    }

    /// Sets bits of the address; returns the old pointer.
    #[track_caller]
    pub fn fetch_or(&self, bits: usize, _order: Ordering) -> *mut T {
        self.cell.modify("AtomicPtr::fetch_or", |old| {
            old.map_addr(|address| address | bits)
        })
    }

    /// Keeps bits of the address; returns the old pointer.
    #[track_caller]
    pub fn fetch_and(&self, bits: usize, _order: Ordering) -> *mut T {
        self.cell.modify("AtomicPtr::fetch_and", |old| {
            old.map_addr(|address| address & bits)
        })
    }

    /// Turns bits of the address around; returns the old pointer.
    #[track_caller]
    pub fn fetch_xor(&self, bits: usize, _order: Ordering) -> *mut T {
        self.cell.modify("AtomicPtr::fetch_xor", |old| {
            old.map_addr(|address| address ^ bits)
        })
    }
}

common_traits!(AtomicPtr<T>, *mut T, T);

impl<T> Default for AtomicPtr<T> {
    fn default() -> Self {
        Self::new(std::ptr::null_mut())
    }
}

impl<T> std::fmt::Pointer for AtomicPtr<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Pointer::fmt(&self.cell.peek(), f)
    }
}
