//! Progress on stderr: one line that moves on a terminal, counted lines elsewhere, nothing if nobody wants it.

use std::{
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::output::{Output, harmless};
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
    batch: Option<Batch>,
}

/// Several submissions on their way.
struct Batch {
    of: usize,
    done: usize,
    begun: Option<Instant>,
    /// What is being judged right now, in the order in which it was begun.
    running: Vec<String>,
}

impl Progress {
    /// A bar on a terminal; lines otherwise.
    pub fn new(output: Output) -> Progress {
        let bar = (!output.quiet && !output.plain && stderr().is_terminal()).then(|| {
            let style = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed:.dim}")
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
            batch: None,
        }
    }

    /// So many submissions will be judged; identical ones only once.
    pub fn found(&mut self, of: usize, distinct: usize) {
        if of < 2 {
            return;
        }
        let same = match of - distinct {
            0 => String::new(),
            _ => format!(", {distinct} of them different"),
        };
        self.aside(|| self.output.remark(&format!("{of} submissions{same}")));
        self.batch = Some(Batch {
            of,
            done: 0,
            begun: None,
            running: Vec::new(),
        });
    }

    /// Somebody begins with a submission.
    pub fn began(&mut self, path: &str) {
        if let Some(batch) = &mut self.batch {
            batch.begun.get_or_insert_with(Instant::now);
            batch.running.push(harmless(path));
            let text = batch.text();
            self.say(&text, false);
        }
    }

    /// A submission is done.
    pub fn ended(&mut self, path: &str) {
        if let Some(batch) = &mut self.batch {
            let path = harmless(path);
            if let Some(at) = batch.running.iter().position(|running| *running == path) {
                batch.running.remove(at);
            }
            batch.done += 1;
            // The first tells that it works, the last that it is done; between them a pause is kept.
            let telling = batch.done == 1 || batch.done == batch.of;
            let text = batch.text();
            self.say(&text, telling);
        }
    }

    /// Does something that prints, while the bar is out of the way.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
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
            Some(bar) => bar.set_message(text.to_owned()),
            None if important || self.spoken.elapsed() >= PAUSE => {
                self.spoken = Instant::now();
                self.output.remark(text);
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

impl Batch {
    /// How many are done, how fast, how long the rest will take if it goes on like this, and what is at work.
    fn text(&self) -> String {
        let seconds = self
            .begun
            .map_or(0.0, |begun| begun.elapsed().as_secs_f64());
        // What is refused at once says nothing about the rest.
        let pace = if self.done == 0 || seconds < 2.0 {
            String::new()
        } else {
            let each = seconds / self.done as f64;
            let left = Duration::from_secs_f64(each * (self.of - self.done) as f64);
            let rate = if each <= 1.0 {
                format!("{:.1} a second", 1.0 / each)
            } else {
                format!("{each:.1} s each")
            };
            format!(", {rate}, {} left", minutes(left))
        };
        let running = match self.running.as_slice() {
            [] => String::new(),
            [one] => format!("; {one}"),
            [first, rest @ ..] => format!("; {first} and {} more", rest.len()),
        };
        format!("{} of {} scored{pace}{running}", self.done, self.of)
    }
}

/// `1:05` for 65 seconds.
fn minutes(time: Duration) -> String {
    let seconds = time.as_secs_f64().ceil() as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
