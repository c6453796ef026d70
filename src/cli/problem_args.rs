//! The arguments of `fiftyten problem`, for authors.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum ProblemCommand {
    /// Make the skeleton of a problem
    #[command(after_help = "Example:\n  fiftyten problem new leaky-bucket --library .")]
    New {
        /// Its id: lower-case words joined by hyphens
        id: String,
    },
    /// Prove problems sound: starter, solutions, every mutant, every check
    #[command(
        after_help = "Examples:\n  fiftyten problem check lru-ttl-cache --library .\n  fiftyten problem check --all"
    )]
    Check {
        /// The problems; all if nothing is said
        ids: Vec<String>,
        /// All problems of the library
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
    /// Change the reference a little, many times: does a hidden check notice each change?
    #[command(
        after_help = "Needs cargo-mutants: `cargo install cargo-mutants --locked`.\nWhat nobody can notice is explained in the problem's solutions/survivors.toml.\n\nExamples:\n  fiftyten problem mutate lru-ttl-cache --library .\n  fiftyten problem mutate --all > docs/mutation-testing.md"
    )]
    Mutate {
        /// The problems; all if nothing is said
        ids: Vec<String>,
        /// All problems of the library
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
}
