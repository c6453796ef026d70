//! # Fiftyten, floor by floor
//!
//! A room uses only floors below its own; rooms on one floor do not know each other (`tests/it/architecture.rs` holds it).
//!
//! | floor | room | chore |
//! |---|---|---|
//! | 0 | [`domain`] | values and pure functions: problem, attempt, session, clarify, verdict, score |
//! | 0 | [`assets`] | `problems/` and `templates/` baked into the binary, or a folder instead |
//! | 1 | [`catalog`] | a problem folder → [`domain::problem::Problem`], or every offence in it |
//! | 1 | [`workspace`] | lays out the candidate's package and opens the editor |
//! | 1 | [`settings`] | what a person has chosen, and where each choice came from |
//! | 1 | [`judge`] | submission + problem → one outcome per check |
//! | 1 | [`history`] | append-only journals, snapshots and reports on disk |
//! | 2 | [`actions`] | one file per thing a person can ask for; the only place where floor-1 rooms meet |
//! | 3 | [`wording`] | the only place where a verdict becomes English |
//! | 4 | [`cli`] | text, JSON, JUnit on stdout; progress on stderr |
//! | 4 | [`tui`] | the screens |
//!
//! One submission takes one straight path: key or command → [`actions`] → [`judge`] → [`domain::verdict`] →
//! [`domain::score`] → [`history`] → report.
//!
//! The library exists for the binary and its tests; it is not a stable interface.

pub mod domain;

pub mod assets;

pub mod catalog;
pub mod history;
pub mod judge;
pub mod settings;
pub mod workspace;

pub mod actions;

pub mod wording;

pub mod cli;
pub mod tui;
