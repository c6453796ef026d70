//! The terminal: taken over at the start, given back whatever happens.
//!
//! Three ways lead out and all restore it: the guard's drop, a panic of the UI thread, and Ctrl+Z. Nothing here asks the terminal
//! a question (a cursor query blocks while another thread waits for keys), so a full repaint is a resize to the same size.

use std::{
    io::{self, Stdout, Write, stdout},
    panic,
    sync::{Mutex, PoisonError},
    thread::{self, ThreadId},
};

use crossterm::{
    cursor,
    event::{DisableBracketedPaste, EnableBracketedPaste},
    execute,
    style::force_color_output,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode},
};
use ratatui::{Terminal, backend::CrosstermBackend, layout::Rect};

/// The thread that draws; only its panic tears the screen down. None while no screen is up.
static DRAWING: Mutex<Option<ThreadId>> = Mutex::new(None);

/// The screen while it is ours.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Takes the terminal over: raw mode, alternate screen, bracketed paste.
    ///
    /// Colour output is forced on because crossterm 0.29 wipes bold and reverse together with colours when `NO_COLOR` is set;
    /// the mono theme has no colours to begin with.
    pub fn take() -> io::Result<Self> {
        force_color_output(true);
        enter()?;
        *drawing() = Some(thread::current().id());
        let terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        Ok(Self { terminal })
    }

    /// Draws one frame.
    pub fn draw(&mut self, view: impl FnOnce(&mut ratatui::Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(view).map(|_| ())
    }

    /// Repaints everything at the next frame.
    pub fn repaint(&mut self) -> io::Result<()> {
        let (width, height) = crossterm::terminal::size()?;
        self.terminal.resize(Rect::new(0, 0, width, height))
    }

    /// Gives the terminal to someone else (an editor, the shell after Ctrl+Z) and takes it back when `meanwhile` returns.
    pub fn lend<T>(&mut self, meanwhile: impl FnOnce() -> T) -> io::Result<T> {
        leave()?;
        let result = meanwhile();
        enter()?;
        self.repaint()?;
        Ok(result)
    }

    /// Sets the terminal's title.
    pub fn title(&mut self, text: &str) -> io::Result<()> {
        execute!(stdout(), SetTitle(text))
    }

    /// Rings the bell once.
    pub fn bell(&mut self) -> io::Result<()> {
        let mut out = stdout();
        out.write_all(b"\x07")?;
        out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // The terminal may be gone (a closed window); there is nobody left to tell.
        let _ = restore();
    }
}

/// Restores the terminal if this thread is the one that draws; the panic hook of `main` calls it before it prints.
pub fn restore_if_drawing() {
    if *drawing() == Some(thread::current().id()) {
        // We are already reporting a panic; a second failure adds nothing.
        let _ = restore();
    }
}

/// Whether a screen is up on any thread: then nothing may be printed over it.
pub fn is_up() -> bool {
    drawing().is_some()
}

/// Installs the panic hook of the program: restores the screen when the UI thread dies, stays silent for workers while a screen
/// is up (they report through their channel), and otherwise does what the hook before it did.
#[expect(clippy::disallowed_methods, reason = "this is the one hook; main installs it once")]
pub fn install_panic_hook() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        restore_if_drawing();
        if !is_up() {
            before(info);
        }
    }));
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)
}

fn leave() -> io::Result<()> {
    execute!(stdout(), DisableBracketedPaste, LeaveAlternateScreen, cursor::Show)?;
    disable_raw_mode()
}

fn restore() -> io::Result<()> {
    *drawing() = None;
    leave()
}

fn drawing() -> std::sync::MutexGuard<'static, Option<ThreadId>> {
    DRAWING.lock().unwrap_or_else(PoisonError::into_inner)
}
