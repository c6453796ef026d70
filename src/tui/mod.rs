//! The room `tui`.

pub mod highlight;
pub mod markdown;
pub mod terminal;
pub mod theme;
