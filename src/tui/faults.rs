//! Faults that tests plant through `FIFTYTEN_FAULT`: what a panic or a stuck worker does to a terminal is only seen from
//! outside.

use std::thread;

/// What can be planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The drawing thread panics once a session is open.
    Screen,
    /// A worker panics.
    Worker,
    /// A worker never comes back.
    Stuck,
}

/// The fault that was planted; none outside of tests.
pub fn planted() -> Option<Fault> {
    match std::env::var("FIFTYTEN_FAULT").ok()?.as_str() {
        "screen" => Some(Fault::Screen),
        "worker" => Some(Fault::Worker),
        "stuck" => Some(Fault::Stuck),
        _ => None,
    }
}

/// A worker meets its fault.
pub fn strike() {
    match planted() {
        Some(Fault::Worker) => panic!("a fault was planted"),
        Some(Fault::Stuck) => loop {
            thread::park();
        },
        Some(Fault::Screen) | None => {}
    }
}
