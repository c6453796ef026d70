//! The room `tui`.

pub mod highlight;
pub mod keys;
pub mod markdown;
pub mod terminal;
pub mod theme;
