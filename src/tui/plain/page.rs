//! The paper that the plain mode writes on.

use std::io::{self, IsTerminal, Write, stdout};

use crate::tui::terminal::{Surface, stop};

/// Standard output, line after line.
#[derive(Debug, Default)]
pub struct Page {
    lent: bool,
}

impl Page {
    /// Writes lines. Fails if nobody reads any more.
    pub fn tell(&mut self, lines: Vec<String>) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut out = stdout().lock();
        for line in lines {
            writeln!(out, "{}", linear(&line))?;
        }
        out.flush()
    }
}

impl Surface for Page {
    fn repaint(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn lend(&mut self) -> io::Result<()> {
        self.lent = true;
        Ok(())
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.lent = false;
        Ok(())
    }

    fn is_lent(&self) -> bool {
        self.lent
    }

    fn suspend(&mut self) -> io::Result<()> {
        stop()
    }

    fn title(&mut self, _text: &str) -> io::Result<()> {
        Ok(())
    }

    fn bell(&mut self) -> io::Result<()> {
        let mut out = stdout();
        if out.is_terminal() {
            out.write_all(b"\x07")?;
            out.flush()?;
        }
        Ok(())
    }

    fn notify(&mut self, _text: &str) -> io::Result<()> {
        Ok(())
    }

    fn copy(&mut self, _text: &str) -> io::Result<()> {
        Ok(())
    }

    fn mouse(&mut self, _ours: bool) -> io::Result<()> {
        Ok(())
    }
}

/// A line as it can be read aloud: no control characters, no line drawing, no marks that have no word.
pub fn linear(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.trim_end().chars() {
        match letter {
            '\t' => plain.push_str("    "),
            '…' => plain.push_str("..."),
            '·' => plain.push(','),
            '\u{2500}'..='\u{257f}' => plain.push(' '),
            '\u{2580}'..='\u{259f}' => plain.push('#'),
            letter if letter.is_control() => {}
            letter => plain.push(letter),
        }
    }
    plain.replace(" ,", ",").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_letters_and_loses_what_cannot_be_read_aloud() {
        assert_eq!(linear("a\u{1b}[31m b · c…"), "a[31m b, c...");
        assert_eq!(linear("│ 漢字 │"), "  漢字");
    }
}
