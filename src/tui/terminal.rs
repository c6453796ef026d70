//! The terminal: taken over at the start, given back whatever happens.
//!
//! A panic of the drawing thread unwinds through [`Screen`], whose drop restores the terminal before anybody prints. Nothing
//! here asks the terminal a question (a cursor query blocks while another thread waits for keys), so a full repaint is a
//! resize to the same size.

use std::io::{self, Stdout, Write, stdin, stdout};

use crossterm::{
    cursor,
    event::{DisableBracketedPaste, EnableBracketedPaste},
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

/// The screen while it is ours.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    /// An editor has the terminal.
    lent: bool,
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

    /// Repaints everything at the next frame.
    pub fn repaint(&mut self) -> io::Result<()> {
        let (width, height) = crossterm::terminal::size()?;
        self.terminal.resize(Rect::new(0, 0, width, height))
    }

    /// Gives the terminal to an editor until [`Screen::take_back`].
    pub fn lend(&mut self) -> io::Result<()> {
        self.lent = true;
        leave()
    }

    /// Takes the terminal back and repaints. What was typed for the editor and not read by it is dropped; from the moment
    /// in which our screen is back, no key is lost.
    pub fn take_back(&mut self) -> io::Result<()> {
        self.lent = false;
        tcflush(stdin(), FlushArg::TCIFLUSH)?;
        enter()?;
        self.repaint()
    }

    /// Whether an editor has the terminal.
    pub fn is_lent(&self) -> bool {
        self.lent
    }

    /// To the shell; returns when `fg` wakes us. The whole process group stops, so that a wrapper such as cargo stops too.
    ///
    /// SIGSTOP and not SIGTSTP: the latter arrives as a wish (see `input`) and would come back to us.
    pub fn suspend(&mut self) -> io::Result<()> {
        let ours = !self.lent;
        if ours {
            leave()?;
        }
        kill(Pid::from_raw(0), Signal::SIGSTOP)?;
        if ours {
            enter()?;
            self.repaint()?;
        }
        Ok(())
    }

    /// Sets the terminal's title.
    pub fn title(&mut self, text: &str) -> io::Result<()> {
        if self.lent {
            return Ok(());
        }
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
        let _ = leave();
    }
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
