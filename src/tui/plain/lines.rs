//! Lines of input, each read only when it is wanted: an editor in the same terminal gets all the others.

use std::{
    io::{self, BufRead, stdin},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

/// How long the talk may wait elsewhere before it looks for a line.
pub const NAP: Duration = Duration::from_millis(40);

/// What came in.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// A line without its line break.
    Line(String),
    /// There is no more.
    End,
}

/// The thread that reads lines.
pub struct Lines {
    wanted: Sender<()>,
    heard: Receiver<Heard>,
    /// A line was asked for and has not come yet.
    waiting: bool,
}

impl Lines {
    /// Starts the thread. Fails if the system has none left.
    pub fn start() -> io::Result<Lines> {
        let (wanted, wishes) = channel();
        let (answers, heard) = channel();
        thread::Builder::new()
            .name("lines".to_owned())
            .spawn(move || read(&wishes, &answers))?;
        Ok(Lines {
            wanted,
            heard,
            waiting: false,
        })
    }

    /// Asks for a line, unless one is on its way.
    pub fn want(&mut self) {
        if !self.waiting {
            // The thread ends with the input, and then the end was heard.
            self.waiting = self.wanted.send(()).is_ok();
        }
    }

    /// What has come in.
    pub fn heard(&mut self) -> Option<Heard> {
        let heard = self.heard.try_recv().ok()?;
        self.waiting = false;
        Some(heard)
    }
}

fn read(wishes: &Receiver<()>, answers: &Sender<Heard>) {
    while wishes.recv().is_ok() {
        let mut bytes = Vec::new();
        let heard = match stdin().lock().read_until(b'\n', &mut bytes) {
            Ok(1..) => Heard::Line(String::from_utf8_lossy(&bytes).trim().to_owned()),
            Ok(0) | Err(_) => Heard::End,
        };
        let end = heard == Heard::End;
        if answers.send(heard).is_err() || end {
            return;
        }
    }
}
