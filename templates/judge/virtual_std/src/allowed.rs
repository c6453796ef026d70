//! The parts of std that are taken over as they are.

pub use std::{
    any, array, ascii, borrow, boxed, cell, char, clone, cmp, collections, convert, default, error,
    f32, f64, fmt, future, hash, iter, marker, mem, num, ops, option, pin, primitive, rc, result,
    slice, str, string, task, vec,
};
#[expect(
    clippy::legacy_numeric_constants,
    reason = "std still has the modules of the integer types"
)]
pub use std::{i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize};

/// `Layout`; there are no allocators.
pub mod alloc {
    pub use std::alloc::{Layout, LayoutError};
}

/// Traits, errors and buffers; nothing that reaches the outside.
pub mod io {
    pub use std::io::{
        BufRead, BufReader, BufWriter, Bytes, Chain, Cursor, Empty, Error, ErrorKind,
        IntoInnerError, LineWriter, Lines, Read, Repeat, Result, Seek, SeekFrom, Sink, Split, Take,
        Write, copy, empty, read_to_string, repeat, sink,
    };

    /// The traits of this module.
    pub mod prelude {
        pub use std::io::prelude::*;
    }
}

/// Addresses; no sockets.
pub mod net {
    pub use std::net::{
        AddrParseError, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6,
    };
}

/// What safe code does with pointers.
pub mod ptr {
    pub use std::ptr::{
        NonNull, addr_eq, addr_of, addr_of_mut, dangling, dangling_mut, eq, fn_addr_eq, from_mut,
        from_ref, hash, null, null_mut, slice_from_raw_parts, slice_from_raw_parts_mut,
        without_provenance, without_provenance_mut,
    };
}
