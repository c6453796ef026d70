//! minimise
