//! The timed run of an attempt as a pure machine: (journal, now, command) → (entries, effects).
//!
//! Time comes in as unix milliseconds and goes out as entries; deadlines are absolute, counted from the journal's first
//! line. Nothing here sleeps, reads a clock or writes a file, so an hour is tested in a microsecond.

mod clock;
pub mod command;
pub mod entry;
pub mod facts;
pub mod machine;
pub mod nudges;
pub mod phases;
pub mod state;

pub use command::{Command, Effect, Refused, Step};
pub use entry::{Entry, Event, Question};
pub use facts::SessionFacts;
pub use machine::handle;
pub use phases::{MINUTE, Phase, Plan};
pub use state::{SessionState, replay};
