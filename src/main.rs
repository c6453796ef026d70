//! Parses, runs, prints one error, returns the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    fiftyten::cli::main(std::env::args_os())
}
