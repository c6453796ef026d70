//! Keys and signals → messages. Polls, so that it can be held while an editor has the terminal, and never blocks in a read.

use std::{
    io,
    os::fd::AsFd,
    sync::{Arc, Condvar, Mutex, PoisonError, mpsc::Sender},
    thread,
    time::Duration,
};

use crossterm::event::{
    self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEventKind,
};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP},
    iterator::Signals,
};

use super::message::Message;

/// How long a poll waits; a wish to hold is heard that late at most.
const POLL: Duration = Duration::from_millis(50);

/// Where the reading thread stands.
#[derive(Debug, Default)]
struct Gate {
    wanted: bool,
    held: bool,
}

/// The thread that reads keys.
#[derive(Clone)]
pub struct Input {
    gate: Arc<(Mutex<Gate>, Condvar)>,
}

impl Input {
    /// Starts the thread, and one for signals. They end when nobody listens any more.
    ///
    /// Signals have a thread of their own because reading keys may get stuck when the terminal goes away.
    /// Fails if the signals cannot be caught.
    pub fn start(messages: Sender<Message>) -> io::Result<Input> {
        hear(&[SIGTERM, SIGHUP, SIGTSTP], messages.clone())?;
        // In raw mode Ctrl+C is a key; while an editor has the terminal it is the editor's.
        signal_hook::flag::register(SIGINT, Arc::default())?;
        let input = Input {
            gate: Arc::default(),
        };
        let reader = input.clone();
        thread::Builder::new()
            .name("input".to_owned())
            .spawn(move || reader.read(&messages))?;
        Ok(input)
    }

    /// Stops reading; returns once nothing is read any more.
    pub fn hold(&self) {
        let (gate, turn) = &*self.gate;
        let mut gate = gate.lock().unwrap_or_else(PoisonError::into_inner);
        gate.wanted = true;
        while !gate.held {
            gate = turn.wait(gate).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Reads again.
    pub fn release(&self) {
        let (gate, turn) = &*self.gate;
        gate.lock().unwrap_or_else(PoisonError::into_inner).wanted = false;
        turn.notify_all();
    }

    fn read(&self, messages: &Sender<Message>) {
        let mut size = None;
        loop {
            // Crossterm hears of a new size only from its first poll on, and a resize may come before that.
            let now = crossterm::terminal::size().ok();
            if let Some((columns, rows)) = now.filter(|_| now != size) {
                size = now;
                if messages.send(Message::Resize(columns, rows)).is_err() {
                    return;
                }
            }
            if self.is_held() {
                continue;
            }
            let message = if terminal_is_gone() {
                Some(Message::Terminated)
            } else {
                next()
            };
            let end = matches!(message, Some(Message::Terminated));
            if message.is_some_and(|message| messages.send(message).is_err()) || end {
                return;
            }
        }
    }

    /// Waits a moment if somebody wants the terminal.
    fn is_held(&self) -> bool {
        let (gate, turn) = &*self.gate;
        let mut gate = gate.lock().unwrap_or_else(PoisonError::into_inner);
        if !gate.wanted {
            gate.held = false;
            return false;
        }
        gate.held = true;
        turn.notify_all();
        let _ = turn
            .wait_timeout(gate, POLL)
            .unwrap_or_else(PoisonError::into_inner);
        true
    }
}

/// Signals where lines are read and not keys: there Ctrl+C and Ctrl+Z are signals as well.
///
/// Fails if the signals cannot be caught.
pub fn signals(messages: Sender<Message>) -> io::Result<()> {
    hear(&[SIGTERM, SIGHUP, SIGTSTP, SIGINT], messages)
}

fn hear(wanted: &[i32], messages: Sender<Message>) -> io::Result<()> {
    let mut signals = Signals::new(wanted)?;
    let forward = move || {
        signals
            .forever()
            .all(|signal| messages.send(of_signal(signal)).is_ok())
    };
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(forward).map(|_| ())
}

/// Waits a moment for input and tells whether the other end was closed.
///
/// Asked before crossterm is, because crossterm 0.29 reads an ended terminal again and again without coming back.
fn terminal_is_gone() -> bool {
    let stdin = io::stdin();
    let mut watched = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
    let timeout = PollTimeout::try_from(POLL).unwrap_or(PollTimeout::ZERO);
    match poll(&mut watched, timeout) {
        Ok(_) => watched[0].revents().is_some_and(|seen| {
            seen.intersects(PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL)
        }),
        // A signal cut the wait short.
        Err(_) => false,
    }
}

/// What there is to read now; a changed size is found out here too.
fn next() -> Option<Message> {
    match event::poll(Duration::ZERO) {
        Ok(true) => event::read().ok().and_then(message),
        Ok(false) => None,
        Err(_) => Some(Message::Terminated),
    }
}

fn of_signal(signal: i32) -> Message {
    match signal {
        SIGTSTP => Message::Key(KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL)),
        SIGINT => Message::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)),
        _ => Message::Terminated,
    }
}

fn message(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Message::Key(key)),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(columns, rows) => Some(Message::Resize(columns, rows)),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::ScrollUp => Some(Message::Wheel(-1)),
            MouseEventKind::ScrollDown => Some(Message::Wheel(1)),
            _ => None,
        },
        Event::Key(_) | Event::FocusGained | Event::FocusLost => None,
    }
}
