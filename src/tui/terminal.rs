//! The terminal: taken over at the start, given back whatever happens.
//!
//! A panic of the drawing thread unwinds through [`Screen`], whose drop restores the terminal before anybody prints. Nothing
//! here asks the terminal a question (a cursor query blocks while another thread waits for keys), so a full repaint is a
//! resize to the same size.

use std::io::{self, Stdout, Write, stdin, stdout};

use crossterm::{
    clipboard::CopyToClipboard,
    cursor,
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    execute,
    style::force_color_output,
    terminal::{
        EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
    },
};
use nix::{
    sys::{
        signal::{Signal, kill},
        termios::{FlushArg, tcflush},
    },
    unistd::Pid,
};
use ratatui::{Terminal, backend::CrosstermBackend, layout::Rect};

/// What effects want of a terminal, be it drawn on or written to line by line.
pub trait Surface {
    /// Repaints everything at the next frame.
    fn repaint(&mut self) -> io::Result<()>;
    /// Gives the terminal to an editor until [`Surface::take_back`].
    fn lend(&mut self) -> io::Result<()>;
    /// Takes the terminal back.
    fn take_back(&mut self) -> io::Result<()>;
    /// Whether an editor has the terminal.
    fn is_lent(&self) -> bool;
    /// To the shell; returns when `fg` wakes us.
    fn suspend(&mut self) -> io::Result<()>;
    /// Sets the terminal's title.
    fn title(&mut self, text: &str) -> io::Result<()>;
    /// Rings the bell once.
    fn bell(&mut self) -> io::Result<()>;
    /// Sends a note to the desktop, where the terminal can.
    fn notify(&mut self, text: &str) -> io::Result<()>;
    /// Puts a text on the clipboard, where the terminal can.
    fn copy(&mut self, text: &str) -> io::Result<()>;
    /// Takes the mouse, or gives it back to the terminal.
    fn mouse(&mut self, ours: bool) -> io::Result<()>;
}

/// The screen while it is ours.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    /// An editor has the terminal.
    lent: bool,
    /// The mouse is ours.
    mouse: bool,
}

impl Screen {
    /// Takes the terminal over: raw mode, alternate screen, bracketed paste.
    ///
    /// Colour output is forced on because crossterm 0.29 wipes bold and reverse together with colours when `NO_COLOR` is set;
    /// the mono theme has no colours to begin with.
    pub fn take() -> io::Result<Self> {
        force_color_output(true);
        let screen = Self {
            terminal: Terminal::new(CrosstermBackend::new(stdout()))?,
            lent: false,
            mouse: false,
        };
        enter()?;
        Ok(screen)
    }

    /// Draws one frame; nothing while the terminal is lent.
    pub fn draw(&mut self, view: impl FnOnce(&mut ratatui::Frame<'_>)) -> io::Result<()> {
        if self.lent {
            return Ok(());
        }
        self.terminal.draw(view).map(|_| ())
    }

    fn enter(&self) -> io::Result<()> {
        enter()?;
        if self.mouse {
            execute!(stdout(), EnableMouseCapture)?;
        }
        Ok(())
    }

    fn leave(&self) -> io::Result<()> {
        if self.mouse {
            execute!(stdout(), DisableMouseCapture)?;
        }
        leave()
    }
}

impl Surface for Screen {
    fn repaint(&mut self) -> io::Result<()> {
        let (width, height) = crossterm::terminal::size()?;
        self.terminal.resize(Rect::new(0, 0, width, height))
    }

    fn lend(&mut self) -> io::Result<()> {
        self.lent = true;
        self.leave()
    }

    /// Repaints too. What was typed for the editor and not read by it is dropped; from the moment in which our screen is
    /// back, no key is lost.
    fn take_back(&mut self) -> io::Result<()> {
        self.lent = false;
        tcflush(stdin(), FlushArg::TCIFLUSH)?;
        self.enter()?;
        self.repaint()
    }

    fn is_lent(&self) -> bool {
        self.lent
    }

    fn suspend(&mut self) -> io::Result<()> {
        let ours = !self.lent;
        if ours {
            self.leave()?;
        }
        stop()?;
        if ours {
            self.enter()?;
            self.repaint()?;
        }
        Ok(())
    }

    fn title(&mut self, text: &str) -> io::Result<()> {
        if self.lent {
            return Ok(());
        }
        execute!(stdout(), SetTitle(text))
    }

    fn bell(&mut self) -> io::Result<()> {
        let mut out = stdout();
        out.write_all(b"\x07")?;
        out.flush()
    }

    fn notify(&mut self, text: &str) -> io::Result<()> {
        if self.lent {
            return Ok(());
        }
        let term = std::env::var("TERM").unwrap_or_default();
        let Some(note) = note(text, &term, std::env::var_os("TMUX").is_some()) else {
            return Ok(());
        };
        let mut out = stdout();
        out.write_all(note.as_bytes())?;
        out.flush()
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        // OSC 52: works through ssh, and in tmux with `set-clipboard on`.
        execute!(stdout(), CopyToClipboard::to_clipboard_from(text))
    }

    fn mouse(&mut self, ours: bool) -> io::Result<()> {
        match ours {
            true => execute!(stdout(), EnableMouseCapture)?,
            false if self.mouse => execute!(stdout(), DisableMouseCapture)?,
            false => {}
        }
        self.mouse = ours;
        Ok(())
    }
}

/// The bytes of a desktop note: OSC 777 for those who know only that, OSC 9 for the rest, wrapped where tmux would drop it;
/// none for the Linux console, which would print it.
pub fn note(text: &str, term: &str, tmux: bool) -> Option<String> {
    if term == "linux" {
        return None;
    }
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    let note = match term.starts_with("rxvt") || term.starts_with("foot") {
        true => format!("\x1b]777;notify;fiftyten;{}\x07", text.replace(';', ",")),
        false => format!("\x1b]9;{text}\x07"),
    };
    Some(match tmux {
        true => format!("\x1bPtmux;{}\x1b\\", note.replace('\x1b', "\x1b\x1b")),
        false => note,
    })
}

impl Drop for Screen {
    fn drop(&mut self) {
        // The terminal may be gone (a closed window); there is nobody left to tell.
        let _ = self.leave();
    }
}

/// Stops the whole process group, so that a wrapper such as cargo stops too; returns when somebody wakes it.
///
/// SIGSTOP and not SIGTSTP: the latter arrives as a wish (see `input`) and would come back to us.
pub fn stop() -> io::Result<()> {
    Ok(kill(Pid::from_raw(0), Signal::SIGSTOP)?)
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(
        stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        cursor::Hide
    )
}

fn leave() -> io::Result<()> {
    execute!(
        stdout(),
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    )?;
    disable_raw_mode()
}
