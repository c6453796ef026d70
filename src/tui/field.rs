//! A field to type in: one text, a cursor, soft wrapping.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_width::UnicodeWidthChar;

/// Longer texts than this are cut when pasted: a question or an answer, not a novel.
const LONGEST: usize = 4_000;

/// A text with a cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    text: String,
    /// Characters before the cursor.
    cursor: usize,
}

impl Field {
    /// A field with text, the cursor at its end.
    pub fn with(text: &str) -> Field {
        Field {
            text: text.to_owned(),
            cursor: text.chars().count(),
        }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Takes a key; false if the key means nothing here.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let length = self.text.chars().count();
        match key.code {
            KeyCode::Char('a') if control => self.cursor = 0,
            KeyCode::Char('e') if control => self.cursor = length,
            KeyCode::Char('u') if control => self.remove(0, self.cursor),
            KeyCode::Char('w') if control => self.remove(self.word_before(), self.cursor),
            KeyCode::Char('j') if control => self.insert("\n"),
            KeyCode::Enter if key.modifiers.contains(KeyModifiers::ALT) => self.insert("\n"),
            KeyCode::Char(_) if control => return false,
            KeyCode::Char(letter) => self.insert(letter.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => self.remove(self.cursor.saturating_sub(1), self.cursor),
            KeyCode::Delete => self.remove(self.cursor, (self.cursor + 1).min(length)),
            KeyCode::Left => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Right => self.cursor = (self.cursor + 1).min(length),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = length,
            _ => return false,
        }
        true
    }

    /// Puts text at the cursor; control characters other than line breaks are left out.
    pub fn insert(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.text.chars().count());
        let clean: String = text
            .replace("\r\n", "\n")
            .replace(['\r'], "\n")
            .replace('\t', "    ")
            .chars()
            .filter(|letter| *letter == '\n' || !letter.is_control())
            .take(room)
            .collect();
        self.text.insert_str(self.byte(self.cursor), &clean);
        self.cursor += clean.chars().count();
    }

    /// The text in lines of at most `width` columns, and where the cursor is: column and line.
    pub fn wrapped(&self, width: u16) -> (Vec<String>, (u16, u16)) {
        let width = usize::from(width.max(1));
        let (mut lines, mut used) = (vec![String::new()], 0);
        let mut cursor = (0, 0);
        for (at, letter) in self.text.chars().enumerate() {
            let columns = letter.width().unwrap_or(0);
            if letter != '\n' && used + columns > width {
                lines.push(String::new());
                used = 0;
            }
            if at == self.cursor {
                cursor = (used, lines.len() - 1);
            }
            if letter == '\n' {
                lines.push(String::new());
                used = 0;
            } else if let Some(line) = lines.last_mut() {
                line.push(letter);
                used += columns;
            }
        }
        if self.cursor == self.text.chars().count() {
            if used >= width {
                lines.push(String::new());
                used = 0;
            }
            cursor = (used, lines.len() - 1);
        }
        let narrow = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        (lines, (narrow(cursor.0), narrow(cursor.1)))
    }

    fn remove(&mut self, from: usize, to: usize) {
        self.text.replace_range(self.byte(from)..self.byte(to), "");
        self.cursor = from;
    }

    fn word_before(&self) -> usize {
        let before: Vec<char> = self.text.chars().take(self.cursor).collect();
        let end = before
            .iter()
            .rposition(|c| !c.is_whitespace())
            .map_or(0, |at| at + 1);
        before[..end]
            .iter()
            .rposition(|c| c.is_whitespace())
            .map_or(0, |at| at + 1)
    }

    fn byte(&self, characters: usize) -> usize {
        self.text
            .char_indices()
            .nth(characters)
            .map_or(self.text.len(), |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(letter: char) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)
    }

    #[test]
    fn editing_works_on_characters_and_not_on_bytes() {
        let mut field = Field::with("fünf Öre");
        field.key(KeyCode::Left.into());
        field.key(KeyCode::Backspace.into());
        assert_eq!(field.text(), "fünf Öe");
        field.key(control('w'));
        assert_eq!(field.text(), "fünf e");
        field.key(control('u'));
        field.insert("a\r\nb\u{1b}[31m\tc");
        assert_eq!(field.text(), "a\nb[31m    ce");
    }

    #[test]
    fn the_cursor_is_where_the_next_letter_goes() {
        let field = Field::with("abcdef");
        assert_eq!(
            field.wrapped(3),
            (vec!["abc".into(), "def".into(), String::new()], (0, 2))
        );
        assert_eq!(field.wrapped(4), (vec!["abcd".into(), "ef".into()], (2, 1)));
        assert_eq!(
            Field::with("a\n").wrapped(4),
            (vec!["a".into(), String::new()], (0, 1))
        );
        assert_eq!(Field::default().wrapped(4), (vec![String::new()], (0, 0)));
    }
}
