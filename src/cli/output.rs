//! Where text goes: answers to stdout, remarks to stderr; colour only where it is wanted; a closed pipe ends quietly.

use std::{
    env,
    io::{self, ErrorKind, IsTerminal, Write},
};

use super::args::Color;
use crate::{
    actions::Failure,
    wording::{Line, Tone},
};

/// Why a command ends before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Somebody's turn.
    Failure(Failure),
    /// Nobody reads any more.
    PipeClosed,
}

impl<E: Into<Failure>> From<E> for Stop {
    fn from(error: E) -> Stop {
        Stop::Failure(error.into())
    }
}

/// Standard output and error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// Whether what goes to stdout is coloured.
    pub answers_in_colour: bool,
    remarks_in_colour: bool,
    /// Whether nothing may move or be coloured.
    pub plain: bool,
    /// Whether progress and remarks are kept to oneself.
    pub quiet: bool,
}

impl Output {
    /// `auto` means: a terminal that is not dumb, and no `NO_COLOR`.
    pub fn new(color: Color, quiet: bool, plain: bool) -> Output {
        let allowed = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && env::var_os("TERM").is_none_or(|term| term != "dumb");
        let wanted = |terminal: bool| match color {
            Color::Always => !plain,
            Color::Never => false,
            Color::Auto => allowed && terminal && !plain,
        };
        Output {
            answers_in_colour: wanted(io::stdout().is_terminal()),
            remarks_in_colour: wanted(io::stderr().is_terminal()),
            plain,
            quiet,
        }
    }

    /// Prints an answer.
    pub fn lines(&self, lines: &[Line]) -> Result<(), Stop> {
        let text: String = lines
            .iter()
            .map(|line| painted(line, self.answers_in_colour) + "\n")
            .collect();
        self.raw(&text)
    }

    /// Prints text as it is.
    pub fn raw(&self, text: &str) -> Result<(), Stop> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Stop::PipeClosed),
            Err(error) => Err(Stop::Failure(Failure::machine(
                format!("cannot write the answer: {error}"),
                "",
            ))),
        }
    }

    /// Says something beside the answer.
    pub fn remark(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(
                io::stderr(),
                "{}",
                painted(&Line::new(Tone::Quiet, text), self.remarks_in_colour)
            );
        }
    }

    /// Says what went wrong and what to do about it.
    pub fn error(&self, what: &str, remedy: &str) {
        let mut err = io::stderr().lock();
        let head = painted(&Line::new(Tone::Bad, "fiftyten:"), self.remarks_in_colour);
        let _ = writeln!(err, "{head} {}", harmless(what));
        if !remedy.is_empty() {
            let _ = writeln!(err, "  {}", harmless(remedy));
        }
    }

    /// Columns of the terminal, or a hundred.
    pub fn width(&self) -> usize {
        let told = env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        let measured = || terminal_size::terminal_size_of(io::stdout());
        told.or_else(|| measured().map(|(columns, _)| columns.0.into()))
            .unwrap_or(100)
            .clamp(20, 240)
    }
}

/// Names of files are chosen by strangers: nothing in them may steer the terminal.
pub(super) fn harmless(text: &str) -> String {
    let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    text.replace(steers, "\u{fffd}")
}

fn painted(line: &Line, colour: bool) -> String {
    let text = harmless(&line.text);
    let code = match line.tone {
        Tone::Heading => "1",
        Tone::Good => "32",
        Tone::Bad => "31",
        Tone::Warning => "33",
        Tone::Quiet => "2",
        Tone::Plain => return text,
    };
    if colour && !text.is_empty() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text
    }
}
