//! One line for each thing that candidates can name. The same file is compiled, and run, against the real std by
//! `test_attribute` and against this library by `surface.rs`: both must agree on every line.

mod atomics;
mod channels;
mod language;
mod locks;
mod once;
mod threads;
mod time;

/// Everything, by area.
pub const AREAS: [(&str, fn()); 7] = [
    ("atomics", atomics::lines),
    ("channels", channels::lines),
    ("language", language::lines),
    ("locks", locks::lines),
    ("once", once::lines),
    ("threads", threads::lines),
    ("time", time::lines),
];
