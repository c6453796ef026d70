//! Traits, errors and buffers; nothing that reaches the outside.

pub use std::io::{
    BufRead, BufReader, BufWriter, Bytes, Chain, Cursor, Empty, Error, ErrorKind, IntoInnerError,
    LineWriter, Lines, Read, Repeat, Result, Seek, SeekFrom, Sink, Split, Take, Write, copy, empty,
    read_to_string, repeat, sink,
};

/// The traits of this module.
pub mod prelude {
    pub use std::io::prelude::*;
}
