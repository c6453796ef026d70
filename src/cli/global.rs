//! The arguments that every command understands.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What every command understands.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// Read problems from this folder instead of the built-in bank
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "FIFTYTEN_LIBRARY",
        help_heading = "Global options"
    )]
    pub library: Option<PathBuf>,
    /// Keep attempts (and the bench, in its folder `cache`) here
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "FIFTYTEN_DATA",
        help_heading = "Global options"
    )]
    pub data: Option<PathBuf>,
    /// Colour on terminals, always or never; NO_COLOR is understood
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Global options"
    )]
    pub color: Color,
    /// Read and keep settings in this file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "FIFTYTEN_CONFIG",
        help_heading = "Global options"
    )]
    pub config: Option<PathBuf>,
    /// Choose something for this run only, as `fiftyten config list` names it
    #[arg(
        long,
        global = true,
        value_name = "NAME=VALUE",
        help_heading = "Global options"
    )]
    pub set: Vec<String>,
    /// Open code with this command
    #[arg(
        long,
        global = true,
        value_name = "COMMAND",
        help_heading = "Global options"
    )]
    pub editor: Option<String>,
    /// No screen and no colour: sentences line by line and numbered menus, for screen readers and pipes
    #[arg(long, global = true, help_heading = "Global options")]
    pub plain: bool,
    /// No progress and no remarks
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub quiet: bool,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On terminals.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}
