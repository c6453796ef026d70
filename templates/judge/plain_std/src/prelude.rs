//! The names that are in scope everywhere: those of `virtual_std`, and nothing that reads files or the environment
//! at compile time.

/// The names of all editions.
pub mod v1 {
    pub use crate::macros::*;
    pub use crate::thread_local;
    pub use std::prelude::v1::test;
    pub use std::prelude::v1::{
        AsMut, AsRef, AsyncFn, AsyncFnMut, AsyncFnOnce, Box, Clone, Copy, Default,
        DoubleEndedIterator, Drop, Eq, Err, ExactSizeIterator, Extend, Fn, FnMut, FnOnce, From,
        Into, IntoIterator, Iterator, None, Ok, Option, Ord, PartialEq, PartialOrd, Result, Send,
        Sized, Some, String, Sync, ToOwned, ToString, Unpin, Vec, align_of, align_of_val, drop,
        size_of, size_of_val,
    };
    pub use std::prelude::v1::{Debug, Hash, derive};
}

/// The prelude of edition 2015.
pub mod rust_2015 {
    pub use super::v1::*;
}

/// The prelude of edition 2018.
pub mod rust_2018 {
    pub use super::v1::*;
}

/// The prelude of edition 2021.
pub mod rust_2021 {
    pub use super::v1::*;
    pub use std::prelude::rust_2021::{FromIterator, TryFrom, TryInto};
}

/// The prelude of edition 2024.
pub mod rust_2024 {
    pub use super::rust_2021::*;
    pub use std::prelude::rust_2024::{Future, IntoFuture};
}
