//! What an argument can be, where it is one of a few words.

use clap::ValueEnum;

/// How to write a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// One object; an array of objects for several submissions
    Json,
    /// One object a line, as soon as it is known
    Ndjson,
    /// For CI systems
    Junit,
}

/// How to write the report of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// For people
    Text,
    /// One object
    Json,
    /// One object on one line
    Ndjson,
    /// For CI systems
    Junit,
    /// One page for a browser or a printer, with charts; needs nothing from elsewhere
    Html,
}

/// How an attempt is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ModeName {
    /// The hour: clarify 5, implement 30, optimise 10, validate 5, discuss 10
    Mock,
    /// The short form: 2 minutes to clarify, the rest to implement
    Drill,
    /// Ten to fifteen minutes, no questions
    Warmup,
    /// No clock
    Untimed,
}

/// How good the cage has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SandboxLevel {
    /// Every layer, or nothing is run: for strangers' code
    Full,
    /// Landlock and seccomp at least
    Fallback,
    /// Whatever holds here: for code that you trust
    None,
}

/// How a schedule is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReplayFormat {
    /// For people
    Text,
    /// One object: the check, the reason, every step with where all threads are
    Json,
}
