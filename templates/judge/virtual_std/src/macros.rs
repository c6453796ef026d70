//! The macros at the root of std.
//!
//! Some share their name with a module. Through the glob import in `lib.rs` the macro gets in, while a module of this
//! crate's own with that name hides std's.

pub use std::{
    assert, assert_eq, assert_ne, cfg, column, compile_error, concat, dbg, debug_assert, debug_assert_eq,
    debug_assert_ne, eprint, eprintln, file, format, format_args, line, matches, module_path, panic, print, println,
    stringify, todo, unimplemented, unreachable, vec, write, writeln,
};
