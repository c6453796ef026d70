//! The room `tui`.

pub mod highlight;
pub mod markdown;
pub mod theme;
