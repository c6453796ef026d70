//! `Layout`; there are no allocators.

pub use std::alloc::{Layout, LayoutError};
