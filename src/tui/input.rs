//! Keys and signals → messages. Polls, so that it can be held while an editor has the terminal, and never blocks in a read.

use std::{
    io,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    thread,
    time::Duration,
};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};

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

/// Signals that arrived.
struct Signals {
    end: Arc<AtomicBool>,
    suspend: Arc<AtomicBool>,
}

impl Input {
    /// Starts the thread. It ends when nobody listens any more.
    ///
    /// Fails if the signals cannot be caught.
    pub fn start(messages: Sender<Message>) -> io::Result<Input> {
        let signals = Signals {
            end: Arc::default(),
            suspend: Arc::default(),
        };
        for signal in [SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&signals.end))?;
        }
        signal_hook::flag::register(SIGTSTP, Arc::clone(&signals.suspend))?;
        // In raw mode Ctrl+C is a key; while an editor has the terminal it is the editor's.
        signal_hook::flag::register(SIGINT, Arc::default())?;
        let input = Input { gate: Arc::default() };
        let reader = input.clone();
        thread::Builder::new()
            .name("input".to_owned())
            .spawn(move || reader.read(&messages, &signals))?;
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

    /// Reads again. Keys that were meant for somebody else are left out.
    pub fn release(&self) {
        let (gate, turn) = &*self.gate;
        gate.lock().unwrap_or_else(PoisonError::into_inner).wanted = false;
        turn.notify_all();
    }

    fn read(&self, messages: &Sender<Message>, signals: &Signals) {
        loop {
            if signals.end.swap(false, Ordering::Relaxed) && messages.send(Message::Terminated).is_err() {
                return;
            }
            if signals.suspend.swap(false, Ordering::Relaxed) {
                let key = KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL);
                if messages.send(Message::Key(key)).is_err() {
                    return;
                }
            }
            if self.is_held() {
                continue;
            }
            let message = match event::poll(POLL) {
                Ok(true) => event::read().ok().and_then(message),
                Ok(false) => None,
                // The terminal is gone.
                Err(_) => Some(Message::Terminated),
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
            if std::mem::take(&mut gate.held) {
                while event::poll(Duration::ZERO).unwrap_or(false) && event::read().is_ok() {}
            }
            return false;
        }
        gate.held = true;
        turn.notify_all();
        let _ = turn.wait_timeout(gate, POLL).unwrap_or_else(PoisonError::into_inner);
        true
    }
}

fn message(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Message::Key(key)),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(columns, rows) => Some(Message::Resize(columns, rows)),
        Event::Key(_) | Event::Mouse(_) | Event::FocusGained | Event::FocusLost => None,
    }
}
