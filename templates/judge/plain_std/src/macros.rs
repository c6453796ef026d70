//! The macros of std, without the modules that share their names, and without those that read files or the environment
//! at compile time.

pub use std::prelude::v1::{
    assert, assert_eq, assert_ne, cfg, cfg_select, column, compile_error, concat, dbg,
    debug_assert, debug_assert_eq, debug_assert_ne, eprint, eprintln, file, format, format_args,
    line, matches, module_path, panic, print, println, stringify, todo, unimplemented, unreachable,
    vec, write, writeln,
};
