//! The command line: text, JSON and JUnit on stdout; progress and remarks on stderr.
//!
//! Exit codes tell whose turn it is: 0 accepted, 1 the candidate's, 2 the user's, 3 a problem's author's, 4 the machine's,
//! 70 ours; 130 after Ctrl-C. Without a terminal there is no screen and no question.

mod answer;
mod args;
mod authoring;
mod bug;
mod choices;
mod clock;
mod commands;
mod config;
mod debrief;
mod desk;
mod formats;
mod global;
mod json;
mod manual;
mod mutation;
mod output;
mod past;
mod problem_args;
mod progress;
mod replays;
mod resume;
mod scoring;
mod sessions;
mod study;
mod table;
mod talk;

use std::{
    ffi::OsString,
    io::{IsTerminal, stdin, stdout},
    process::ExitCode,
    sync::{Arc, atomic::AtomicBool},
};

use clap::{CommandFactory, Parser};
use etcetera::BaseStrategy;

use self::{
    args::{Arguments, Global},
    output::{Output, Stop},
};
use crate::{
    actions::{Failure, House},
    assets::Library,
    history,
    settings::{Key, Settings},
    tui,
};

/// Exit code after a verdict that is not "accepted".
const REJECTED: u8 = 1;
/// The user's turn.
const USAGE: u8 = 2;
/// The author's turn.
const AUTHOR: u8 = 3;
/// The machine's turn.
const MACHINE: u8 = 4;
/// Our turn.
const BUG: u8 = 70;
/// Ctrl-C.
const INTERRUPTED: u8 = 130;

/// What every command gets.
pub(crate) struct Context {
    house: House,
    output: Output,
    settings: Settings,
    cancel: Arc<AtomicBool>,
}

/// Parses the arguments, does what they say and returns the exit code. Never panics: a bug is told and ends with 70.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers and go to stdout; the rest is usage.
            let _ = error.print();
            return if error.use_stderr() {
                USAGE.into()
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    bug::catch(move || run(arguments)).into()
}

fn run(arguments: Arguments) -> u8 {
    let Global { color, quiet, .. } = arguments.global;
    let settings = match config::settings(&arguments.global) {
        Ok(settings) => settings,
        Err(failure) => return report_failure(&Output::new(color, quiet, false), &failure),
    };
    let output = Output::new(color, quiet, settings.on(Key::Plain));
    let house = match house(&arguments.global) {
        Ok(house) => house,
        Err(failure) => return report_failure(&output, &failure),
    };
    let Some(command) = arguments.command else {
        return open_screen(&house, &output, settings);
    };
    settings
        .remarks
        .iter()
        .for_each(|remark| output.remark(remark));
    let cancel = Arc::new(AtomicBool::new(false));
    stop_on_signals(&cancel);
    let mut context = Context {
        house,
        output,
        settings,
        cancel,
    };
    match commands::run(&mut context, command) {
        Ok(code) => code,
        Err(Stop::PipeClosed) => 0,
        Err(Stop::Failure(failure)) => report_failure(&context.output, &failure),
    }
}

/// Whether somebody looks who can also press keys.
fn has_terminal() -> bool {
    stdin().is_terminal() && stdout().is_terminal()
}

/// The screens, where there is somebody to look at them.
fn open_screen(house: &House, output: &Output, settings: Settings) -> u8 {
    if !has_terminal() && !output.plain {
        eprintln!("{}", Arguments::command().render_help());
        eprintln!(
            "fiftyten: the screen needs a terminal; without one, name a command or say --plain"
        );
        return USAGE;
    }
    let ran = match output.plain {
        true => tui::plain::run(house, settings),
        false => tui::run(house, settings),
    };
    match ran {
        Ok(code) => code,
        Err(error) => {
            output.error(
                &format!("{error:#}"),
                "`fiftyten doctor` tells what is missing",
            );
            MACHINE
        }
    }
}

fn report_failure(output: &Output, failure: &Failure) -> u8 {
    match failure {
        Failure::Usage { what, remedy } => {
            output.error(what, remedy);
            USAGE
        }
        Failure::Author { offences, .. } => {
            output.error(
                &failure.to_string(),
                "`fiftyten problem check` proves a problem sound",
            );
            offences.iter().for_each(|offence| eprintln!("{offence}"));
            AUTHOR
        }
        Failure::Machine { what, remedy } => {
            output.error(what, remedy);
            MACHINE
        }
        Failure::Cancelled => {
            output.error("interrupted", "");
            INTERRUPTED
        }
    }
}

/// Where things are: flags before environment before the usual folders.
fn house(global: &Global) -> Result<House, Failure> {
    let lost = || {
        Failure::machine(
            "there is no home folder to keep attempts in",
            "name a folder with --data DIR",
        )
    };
    let cache = match (std::env::var_os("FIFTYTEN_CACHE"), &global.data) {
        (Some(cache), _) => cache.into(),
        (None, Some(data)) => data.join("cache"),
        (None, None) => etcetera::choose_base_strategy()
            .map_err(|_| lost())?
            .cache_dir()
            .join("fiftyten"),
    };
    Ok(House {
        library: global
            .library
            .clone()
            .map_or(Library::Baked, Library::Folder),
        data: global
            .data
            .clone()
            .or_else(history::data_dir)
            .ok_or_else(lost)?,
        cache,
        clock: clock::clock()?,
    })
}

/// The first Ctrl-C raises the flag, and the judge ends its processes; the second one ends us.
fn stop_on_signals(cancel: &Arc<AtomicBool>) {
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        let second = signal_hook::flag::register_conditional_shutdown(
            signal,
            INTERRUPTED.into(),
            Arc::clone(cancel),
        );
        let first = signal_hook::flag::register(signal, Arc::clone(cancel));
        if second.is_err() || first.is_err() {
            eprintln!("fiftyten: Ctrl-C will end this run at once");
        }
    }
}
