//! The integer atomics.

use super::Ordering;
use super::cell::{AtomicCell, common_methods, common_traits};

macro_rules! integer {
    ($atomic:ident, $value:ty, $name:literal, $align:literal) => {
        #[doc = concat!("An atomic `", stringify!($value), "`, with std's interface.")]
        #[repr(C, align($align))]
        pub struct $atomic {
            cell: AtomicCell<$value>,
        }

        impl $atomic {
            common_methods!($name, $value);

            /// Adds, wrapping around; returns the old value.
            #[track_caller]
            pub fn fetch_add(&self, value: $value, _order: Ordering) -> $value {
                self.cell
                    .modify(concat!($name, "::fetch_add"), |old| old.wrapping_add(value))
            }

            /// Subtracts, wrapping around; returns the old value.
            #[track_caller]
            pub fn fetch_sub(&self, value: $value, _order: Ordering) -> $value {
                self.cell
                    .modify(concat!($name, "::fetch_sub"), |old| old.wrapping_sub(value))
            }

            /// Bitwise and; returns the old value.
            #[track_caller]
            pub fn fetch_and(&self, value: $value, _order: Ordering) -> $value {
                self.cell
                    .modify(concat!($name, "::fetch_and"), |old| old & value)
            }

            /// Bitwise not-and; returns the old value.
            #[track_caller]
            pub fn fetch_nand(&self, value: $value, _order: Ordering) -> $value {
                self.cell
                    .modify(concat!($name, "::fetch_nand"), |old| !(old & value))
            }

            /// Bitwise or; returns the old value.
            #[track_caller]
            pub fn fetch_or(&self, value: $value, _order: Ordering) -> $value {
                self.cell
                    .modify(concat!($name, "::fetch_or"), |old| old | value)
            }

            /// Bitwise exclusive or; returns the old value.
            #[track_caller]
            pub fn fetch_xor(&self, value: $value, _order: Ordering) -> $value {
                self.cell
                    .modify(concat!($name, "::fetch_xor"), |old| old ^ value)
            }

            /// The larger one stays; returns the old value.
            #[track_caller]
            pub fn fetch_max(&self, value: $value, _order: Ordering) -> $value {
                self.cell
                    .modify(concat!($name, "::fetch_max"), |old| old.max(value))
            }

            /// The smaller one stays; returns the old value.
            #[track_caller]
            pub fn fetch_min(&self, value: $value, _order: Ordering) -> $value {
                self.cell
                    .modify(concat!($name, "::fetch_min"), |old| old.min(value))
            }
        }

        common_traits!($atomic, $value);

        impl Default for $atomic {
            fn default() -> Self {
                Self::new(0)
            }
        }
    };
}

integer!(AtomicU8, u8, "AtomicU8", 1);
integer!(AtomicI8, i8, "AtomicI8", 1);
integer!(AtomicU16, u16, "AtomicU16", 2);
integer!(AtomicI16, i16, "AtomicI16", 2);
integer!(AtomicU32, u32, "AtomicU32", 4);
integer!(AtomicI32, i32, "AtomicI32", 4);
integer!(AtomicU64, u64, "AtomicU64", 8);
integer!(AtomicI64, i64, "AtomicI64", 8);
integer!(AtomicUsize, usize, "AtomicUsize", 8);
integer!(AtomicIsize, isize, "AtomicIsize", 8);
