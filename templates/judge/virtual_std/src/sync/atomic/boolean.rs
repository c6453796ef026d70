//! `AtomicBool`.

use super::Ordering;
use super::cell::{AtomicCell, common_methods, common_traits};

/// An atomic `bool`, with std's interface.
#[repr(transparent)]
pub struct AtomicBool {
    cell: AtomicCell<bool>,
}

impl AtomicBool {
    common_methods!("AtomicBool", bool);

    /// Logical and; returns the old value.
    #[track_caller]
    pub fn fetch_and(&self, value: bool, _order: Ordering) -> bool {
        self.cell.modify("AtomicBool::fetch_and", |old| old & value)
    }

    /// Logical not-and; returns the old value.
    #[track_caller]
    pub fn fetch_nand(&self, value: bool, _order: Ordering) -> bool {
        self.cell
            .modify("AtomicBool::fetch_nand", |old| !(old & value))
    }

    /// Logical or; returns the old value.
    #[track_caller]
    pub fn fetch_or(&self, value: bool, _order: Ordering) -> bool {
        self.cell.modify("AtomicBool::fetch_or", |old| old | value)
    }

    /// Logical exclusive or; returns the old value.
    #[track_caller]
    pub fn fetch_xor(&self, value: bool, _order: Ordering) -> bool {
        self.cell.modify("AtomicBool::fetch_xor", |old| old ^ value)
    }

    /// Turns the value around; returns the old one.
    #[track_caller]
    pub fn fetch_not(&self, _order: Ordering) -> bool {
        self.cell.modify("AtomicBool::fetch_not", |old| !old)
    }
}

common_traits!(AtomicBool, bool);

impl Default for AtomicBool {
    fn default() -> Self {
        Self::new(false)
    }
}
