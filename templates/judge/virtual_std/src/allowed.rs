//! The parts of std that are taken over as they are.

#![expect(
    clippy::legacy_numeric_constants,
    reason = "std still has the modules of the integer types"
)]

pub use std::{
    any, array, ascii, borrow, boxed, cell, char, clone, cmp, collections, convert, default, error,
    f32, f64, fmt, future, hash, iter, marker, mem, num, ops, option, pin, primitive, rc, result,
    slice, str, string, task, vec,
};
pub use std::{i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize};
