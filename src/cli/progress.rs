//! Progress on stderr: one line that moves on a terminal, counted lines elsewhere, nothing if nobody wants it.

use std::{
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::output::Output;
use crate::{judge::JudgeEvent, wording};

/// Without a terminal, a word at most so often.
const PAUSE: Duration = Duration::from_secs(2);

/// Tells what the judge does.
pub(super) struct Progress {
    output: Output,
    bar: Option<ProgressBar>,
    done: usize,
    failed: usize,
    spoken: Instant,
    prefix: String,
    begun: Instant,
}

impl Progress {
    /// A bar on a terminal; lines otherwise.
    pub fn new(output: Output) -> Progress {
        let bar = (!output.quiet && !output.plain && stderr().is_terminal()).then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
            let bar = ProgressBar::new_spinner().with_style(style);
            bar.enable_steady_tick(Duration::from_millis(250));
            bar
        });
        Progress {
            output,
            bar,
            done: 0,
            failed: 0,
            spoken: Instant::now(),
            prefix: String::new(),
            begun: Instant::now(),
        }
    }

    /// The next submission of several.
    pub fn began(&mut self, path: &str, number: usize, of: usize) {
        (self.done, self.failed) = (0, 0);
        if of > 1 {
            self.prefix = format!("[{number}/{of}] {path}: ");
            let text = format!("{number} of {of}{}: {path}", self.time_left(number - 1, of));
            if self.bar.is_none() {
                self.output.remark(&text);
            }
        }
    }

    /// How long the rest will take if it goes on like this; nothing before the first is done.
    fn time_left(&self, done: usize, of: usize) -> String {
        if done == 0 {
            return String::new();
        }
        let each = self.begun.elapsed().as_secs_f64() / done as f64;
        format!(
            ", {each:.1} s each, about {:.0} s left",
            each * (of - done) as f64
        )
    }

    /// Word from the judge.
    pub fn tell(&mut self, event: &JudgeEvent) {
        match event {
            JudgeEvent::BenchStarted { estimate_seconds } => {
                let estimate = estimate_seconds
                    .map(|seconds| format!(", about {seconds:.0} s"))
                    .unwrap_or_default();
                self.say(
                    &format!("building the judge's bench, once per toolchain{estimate}"),
                    true,
                );
            }
            JudgeEvent::BenchBuilding {
                crate_name,
                done,
                of,
            } => {
                self.say(&format!("bench {done}/{of}: {crate_name}"), done == of);
            }
            JudgeEvent::BenchWaiting { path } => {
                self.say(
                    &format!(
                        "waiting for another run that builds the bench ({})",
                        path.display()
                    ),
                    true,
                );
            }
            JudgeEvent::BenchReady {
                seconds,
                built: true,
            } => self.say(&format!("bench ready after {seconds:.1} s"), true),
            JudgeEvent::BenchReady { built: false, .. } => {}
            JudgeEvent::Building { what } => self.say(&format!("compiling {what}"), false),
            JudgeEvent::Built { .. } => {}
            JudgeEvent::CheckStarted { category, name } => {
                let failed = if self.failed > 0 {
                    format!(", {} failed", self.failed)
                } else {
                    String::new()
                };
                let text = format!(
                    "{} checks done{failed}; {}: {}",
                    self.done,
                    category.word(),
                    wording::sentence(name)
                );
                self.say(&text, false);
            }
            JudgeEvent::CheckEnded(check) => {
                self.done += 1;
                self.failed += usize::from(!check.passed());
            }
        }
    }

    /// What is being worked on, in words.
    pub fn working(&mut self, text: &str) {
        self.say(text, false);
    }

    fn say(&mut self, text: &str, important: bool) {
        match &self.bar {
            Some(bar) => bar.set_message(format!("{}{text}", self.prefix)),
            None if important || self.spoken.elapsed() >= PAUSE => {
                self.spoken = Instant::now();
                self.output.remark(&format!("{}{text}", self.prefix));
            }
            None => {}
        }
    }

    /// Takes the bar away, so that an answer can be printed.
    pub fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
