//! The arguments, with help that teaches.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub(super) use super::choices::{Format, ModeName, ReplayFormat, ReportFormat, SandboxLevel};
use super::config::ConfigCommand;
pub(super) use super::global::{Color, Global};
use super::problem_args::ProblemCommand;
use super::talk::Given;
use crate::actions;

/// Shown under the help of the whole program.
const FIRST_STEPS: &str = "\
First steps:
  fiftyten                                the screens
  fiftyten list                           what there is to train
  fiftyten start lru-ttl-cache            a full mock interview; the clock runs at once
  fiftyten start lru-ttl-cache --mode drill
  fiftyten test                           samples and your own tests, in the attempt's folder or anywhere
  fiftyten submit                         hidden suites, score, report

Exit codes: 0 accepted or done, 1 not accepted, 2 usage, 3 a broken problem, 4 the machine, 70 a bug.";

/// Fifty minutes of code, ten minutes of talk: a trainer for senior backend interviews.
#[derive(Debug, Parser)]
#[command(name = "fiftyten", version, after_help = FIRST_STEPS, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Name the problems, with your best result in each
    #[command(after_help = "Examples:\n  fiftyten list --tier 1\n  fiftyten list --tag caching")]
    List {
        /// Only this tier: 1, 2 or 3
        #[arg(long, value_name = "N")]
        tier: Option<u8>,
        /// Only problems with this tag
        #[arg(long)]
        tag: Option<String>,
    },
    /// Read a problem's statement; nothing is timed yet
    #[command(after_help = "Example:\n  fiftyten show lru-ttl-cache")]
    Show {
        /// The problem, as `fiftyten list` names it
        id: String,
    },
    /// Begin an attempt: lays out a cargo package and starts the clock
    #[command(
        after_help = "Examples:\n  fiftyten start token-bucket\n  fiftyten start token-bucket --mode drill --dir ~/train/bucket"
    )]
    Start {
        /// The problem, as `fiftyten list` names it
        id: String,
        /// How the attempt is made; a mock unless you chose another in the settings
        #[arg(long)]
        mode: Option<ModeName>,
        /// Lay the package out here instead of inside the data folder; must be empty or new
        #[arg(long, value_name = "PATH")]
        dir: Option<PathBuf>,
        /// Seed of the judge's search; 0 is the normal verdict
        #[arg(long, value_name = "N", default_value_t = 0)]
        seed: u64,
    },
    /// Tell where the session stands
    #[command(
        after_help = "Examples:\n  fiftyten status\n  fiftyten status --format '{left} {phase} {tests}'    for tmux and shell prompts"
    )]
    Status {
        /// The attempt; the one of this folder or the latest open one if nothing is said
        attempt: Option<String>,
        /// One line with {left} {phase} {elapsed} {tests} {problem} {mode}
        #[arg(long)]
        format: Option<String>,
        /// Say it again whenever it changes, until Ctrl-C or the end of the session
        #[arg(long)]
        watch: bool,
    },
    /// Name the file that you edit
    #[command(after_help = "Example:\n  vim $(fiftyten path)")]
    Path {
        /// The attempt; the one of this folder or the latest open one if nothing is said
        attempt: Option<String>,
    },
    /// Open your code in your editor: --editor, then the settings, then VISUAL, then EDITOR
    Edit {
        /// The attempt; the one of this folder or the latest open one if nothing is said
        attempt: Option<String>,
    },
    /// Ask the interviewer; the answers matter to hidden checks
    #[command(
        after_help = "All after the first word is text, so --attempt goes before it.\n\nExample:\n  fiftyten ask does a read extend the life of an entry"
    )]
    Ask {
        /// The question, in your words
        #[arg(required = true, num_args = 1.., value_name = "TEXT", trailing_var_arg = true, allow_hyphen_values = true)]
        text: Vec<String>,
        #[command(flatten)]
        which: Which,
    },
    /// Say something about your work: a plan, a trade-off, a doubt
    #[command(
        after_help = "All after the first word is text, so --attempt goes before it.\n\nExamples:\n  fiftyten note plan: map plus index list, O(1) each\n  fiftyten note one lock, because the critical section is short"
    )]
    Note {
        /// What you would say aloud
        #[arg(required = true, num_args = 1.., value_name = "TEXT", trailing_var_arg = true, allow_hyphen_values = true)]
        text: Vec<String>,
        #[command(flatten)]
        which: Which,
    },
    /// Buy the next hint; it costs points
    Hint {
        #[command(flatten)]
        which: Which,
    },
    /// Start coding before the clarify phase is over
    Code {
        #[command(flatten)]
        which: Which,
    },
    /// Take the stub of the follow-up into your code (from minute 35 of a mock)
    Followup {
        #[command(flatten)]
        which: Which,
    },
    /// Stop the clock; marks a mock
    Pause {
        /// Yes, mark this mock
        #[arg(long, short)]
        yes: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Let the clock go on, after a pause or after nobody was there
    Resume {
        /// Count the time in which nobody was there
        #[arg(long)]
        count: bool,
        #[command(flatten)]
        which: Which,
    },
    /// The questions of the last ten minutes: answer them, then tick what you said
    #[command(
        after_help = "Examples:\n  fiftyten discuss                                 the questions\n  fiftyten discuss 4                               one of them, with your code\n  fiftyten discuss 2 a map of indices and a slab   answers, and lists the points\n  fiftyten discuss 2 --said 1,3                    ticks two of them"
    )]
    Discuss {
        /// Which question
        number: Option<usize>,
        #[command(flatten)]
        given: Given,
        /// Your answer
        #[arg(value_name = "TEXT", trailing_var_arg = true)]
        text: Vec<String>,
        #[command(flatten)]
        which: Which,
    },
    /// Rate your own work part by part, best before you look at the result; the report shows how far off you were
    #[command(
        after_help = "Examples:\n  fiftyten rate                               the parts and what was said so far\n  fiftyten rate core=4 edge=2 concurrency=3   0 nothing of it, 4 all of it\n  fiftyten rate --skip                        do not ask again"
    )]
    Rate {
        /// A part and your figure for it, 0 to 4
        #[arg(value_name = "PART=0-4")]
        ratings: Vec<String>,
        /// You do not want to
        #[arg(long, conflicts_with = "ratings")]
        skip: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Run the samples and your own tests
    #[command(
        after_help = "Example:\n  fiftyten test        as often as you like; each run keeps a snapshot"
    )]
    Test {
        /// The attempt; the one of this folder or the latest open one if nothing is said
        attempt: Option<String>,
    },
    /// Try your own tests on the reference and on flawed solutions (from minute 45 of a mock)
    Validate {
        /// The attempt; the one of this folder or the latest open one if nothing is said
        attempt: Option<String>,
    },
    /// Hand the code in: hidden suites, score, report
    #[command(after_help = "After 50:00 of a mock, what was there at 50:00 is judged.")]
    Submit {
        /// The attempt; the one of this folder or the latest open one if nothing is said
        attempt: Option<String>,
    },
    /// Judge code without a session: attempts, cargo packages, .rs files, or folders of these
    #[command(
        after_help = "Examples:\n  fiftyten score solution.rs --problem lru-ttl-cache\n  fiftyten score candidates/ --problem token-bucket --sandbox full\n  fiftyten score candidates/ --format ndjson > results.ndjson\n  fiftyten score candidates/ --format ndjson --resume results.ndjson >> results.ndjson\n\nResults come in the order of the paths, folders in the order of names. What is no submission is named and\nskipped. Ctrl-C keeps what is done; a second one ends at once."
    )]
    Score {
        /// An attempt, a cargo package, a .rs file, or a folder that holds some
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// The problem, where attempt, package or name do not tell it
        #[arg(long, value_name = "ID")]
        problem: Option<String>,
        /// How to write the result
        #[arg(long, default_value = "text")]
        format: Format,
        /// Submissions judged side by side; as many as cores and memory allow if nothing is said
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
        jobs: Option<u16>,
        /// Run nothing on less than this
        #[arg(long, value_name = "LEVEL", default_value = "none")]
        sandbox: SandboxLevel,
        /// Leave out what this file of an earlier --format ndjson has, unless the code has changed
        #[arg(long, value_name = "FILE")]
        resume: Option<PathBuf>,
    },
    /// Show the report of a judged attempt
    #[command(
        after_help = "Examples:\n  fiftyten report\n  fiftyten report lru-ttl-cache --format json\n  fiftyten report --format html -o report.html    charts and code, for a browser or a printer"
    )]
    Report {
        /// The attempt; the latest judged one if nothing is said
        attempt: Option<String>,
        /// How to write it
        #[arg(long, default_value = "text")]
        format: ReportFormat,
        /// Write it into this file instead of showing it
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// The reference and other designs, once an attempt is over
    #[command(
        after_help = "Examples:\n  fiftyten designs lru-ttl-cache                      their names\n  fiftyten designs lru-ttl-cache reference\n  fiftyten designs lru-ttl-cache reference --beside   next to your own code"
    )]
    Designs {
        /// The attempt
        attempt: String,
        /// The design; their names if nothing is said
        design: Option<String>,
        /// Your own code on the left
        #[arg(long, requires = "design")]
        beside: bool,
    },
    /// A course of study: what is done, what is due, what comes next
    #[command(after_help = "Examples:\n  fiftyten plan\n  fiftyten plan six-weeks")]
    Plan {
        /// three-days or six-weeks
        #[arg(default_value = actions::FIRST_PLAN)]
        plan: String,
    },
    /// Start a mock on a problem that the trainer picks: likely ones, not recent ones, weak spots
    #[command(after_help = "Examples:\n  fiftyten mock\n  fiftyten mock --tier 1 --dry-run")]
    Mock {
        /// Only problems of this tier
        #[arg(long, value_name = "1-3", value_parser = clap::value_parser!(u8).range(1..=3))]
        tier: Option<u8>,
        /// The same seed and history pick the same problem; the clock decides if nothing is said
        #[arg(long, value_name = "N")]
        seed: Option<u64>,
        /// Where the package goes; inside the attempt if nothing is said
        #[arg(long, value_name = "PATH")]
        dir: Option<PathBuf>,
        /// Only tell which problem it would be
        #[arg(long)]
        dry_run: bool,
    },
    /// What the code was worth at each save of an attempt that is over: first green, peak, what broke when
    #[command(
        after_help = "Each save is judged once and remembered; Ctrl-C keeps what is done, and the next call goes on there."
    )]
    Timeline {
        /// The attempt
        attempt: String,
        /// As an object for programs
        #[arg(long)]
        json: bool,
    },
    /// All attempts, what is weak, and what to drill next
    History {
        /// As an object for programs
        #[arg(long)]
        json: bool,
    },
    /// Step through the failing schedule of a check; without a terminal, tell it
    #[command(
        after_help = "Example:\n  fiftyten replay lru-ttl-cache two_readers_do_not_lose_an_update"
    )]
    Replay {
        /// The attempt
        attempt: String,
        /// The check, or an unmistakable part of its name
        check: String,
        /// Run the schedule again, on the code as it is now
        #[arg(long)]
        again: bool,
        /// How to write it; JSON is always printed
        #[arg(long, default_value = "text")]
        format: ReplayFormat,
    },
    /// For authors of problems
    #[command(subcommand)]
    Problem(ProblemCommand),
    /// Build the judge's bench, so that the first run does not have to
    Setup,
    /// Tell what this machine can do, and what it lacks
    Doctor,
    /// Name every key of the screens, from the table they use themselves
    Keys,
    /// What you chose, where each choice came from, and how to change it
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Write completions for a shell
    #[command(
        after_help = "Example:\n  fiftyten completions bash > ~/.local/share/bash-completion/completions/fiftyten"
    )]
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// Which attempt is meant.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The attempt; the one of this folder or the latest open one if nothing is said
    #[arg(long, value_name = "ATTEMPT")]
    pub attempt: Option<String>,
}
