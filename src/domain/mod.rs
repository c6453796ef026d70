//! Floor 0 · values and pure functions.
//!
//! Nothing here reads a clock, a file, a screen or a process: time comes in as a value, randomness as a seed.
//! Serialisation is allowed only where the type *is* a line of a journal or of a report.

pub mod attempt;
pub mod clarify;
pub mod figures;
pub mod own_rating;
pub mod picker;
pub mod plan;
pub mod playback;
pub mod problem;
pub mod progress;
pub mod report;
pub mod score;
pub mod session;
pub mod timeline;
pub mod verdict;
