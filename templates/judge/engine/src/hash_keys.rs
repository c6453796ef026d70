//! The same hash order in every run.
pub(crate) fn reset() {}
