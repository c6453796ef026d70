//! Lines of words → lines of the screen: wrapped with their indent kept, styled by their tone, cut where they must not wrap.

use ratatui::{
    style::Style,
    text::{Line, Span},
};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::theme::{Role, Theme};
use crate::wording::{self, Tone};

/// The role of a tone.
pub fn role(tone: Tone) -> Role {
    match tone {
        Tone::Plain => Role::Text,
        Tone::Heading => Role::Heading,
        Tone::Good => Role::Good,
        Tone::Bad => Role::Bad,
        Tone::Warning => Role::Warning,
        Tone::Quiet => Role::Faint,
    }
}

/// Words wrapped to a column.
pub fn wrapped(lines: &[wording::Line], width: u16, theme: Theme) -> Vec<Line<'static>> {
    lines
        .iter()
        .flat_map(|line| styled(&line.text, width, theme, role(line.tone)))
        .collect()
}

/// Words that keep their columns: a lane, compiler output. Cut at the edge with a mark.
pub fn kept(lines: &[wording::Line], width: u16, theme: Theme) -> Vec<Line<'static>> {
    lines
        .iter()
        .map(|line| {
            Line::from(Span::styled(
                cut(&line.text, width),
                theme.style(role(line.tone)),
            ))
        })
        .collect()
}

/// Words of both kinds: what begins a line is prose and wraps, what is set in keeps its columns.
pub fn mixed(lines: &[wording::Line], width: u16, theme: Theme) -> Vec<Line<'static>> {
    let prose =
        |text: &str| !text.starts_with(' ') || (text.starts_with("  t") && !text.contains('['));
    lines
        .iter()
        .flat_map(|line| match prose(&line.text) {
            true => wrapped(std::slice::from_ref(line), width, theme),
            false => kept(std::slice::from_ref(line), width, theme),
        })
        .collect()
}

/// One text in one role, wrapped; what is wrapped hangs below the first word.
pub fn styled(text: &str, width: u16, theme: Theme, role: Role) -> Vec<Line<'static>> {
    wrap(text, width)
        .into_iter()
        .map(|line| Line::from(Span::styled(line, theme.style(role))))
        .collect()
}

/// Breaks a text into lines of at most `width` columns; the indent of each line break is kept.
pub fn wrap(text: &str, width: u16) -> Vec<String> {
    let width = usize::from(width.max(8));
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let letters = paragraph.trim_start();
        let indent = (paragraph.len() - letters.len()).min(width / 2);
        let mut line = " ".repeat(indent);
        let mut empty = true;
        for word in letters.split_whitespace() {
            if !empty && line.width() + 1 + word.width() > width {
                lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            empty = false;
            for letter in word.chars() {
                if line.width() + letter.width().unwrap_or(0) > width {
                    lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
                }
                line.push(letter);
            }
        }
        lines.push(line);
    }
    lines
}

/// A line of code in as many lines as it takes; what goes on stands further in than where it began.
pub fn folded(line: Line<'static>, width: usize) -> Vec<Line<'static>> {
    if line.width() <= width {
        return vec![line];
    }
    let letters: Vec<(char, Style)> = line
        .spans
        .iter()
        .flat_map(|span| span.content.chars().map(|letter| (letter, span.style)))
        .collect();
    let indent = letters
        .iter()
        .take_while(|(letter, _)| *letter == ' ')
        .count();
    let hang = (indent + 4).min(width / 2);
    let (mut lines, mut from) = (Vec::new(), 0);
    while from < letters.len() {
        let room = if from == 0 { width } else { width - hang };
        let mut to = from;
        let mut used = 0;
        while to < letters.len() && used + letters[to].0.width().unwrap_or(0) <= room {
            used += letters[to].0.width().unwrap_or(0);
            to += 1;
        }
        let space = letters[from..to]
            .iter()
            .rposition(|(letter, _)| *letter == ' ');
        if let Some(space) = space.filter(|space| to < letters.len() && *space > room / 2) {
            to = from + space + 1;
        }
        // A letter wider than the room would never fit.
        to = to.max(from + 1);
        let mut spans = vec![Span::raw(if from == 0 {
            String::new()
        } else {
            " ".repeat(hang)
        })];
        let end = if to < letters.len() && letters[to - 1].0 == ' ' {
            to - 1
        } else {
            to
        };
        spans.extend(
            letters[from..end]
                .iter()
                .map(|(letter, style)| Span::styled(letter.to_string(), *style)),
        );
        lines.push(Line::from(spans));
        from = to;
    }
    lines
}

/// A text of at most `width` columns; what is cut is marked.
pub fn cut(text: &str, width: u16) -> String {
    let width = usize::from(width);
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for letter in text.chars() {
        let columns = letter.width().unwrap_or(0);
        if used + columns + 1 > width {
            break;
        }
        used += columns;
        kept.push(letter);
    }
    if width > 0 {
        kept.push('…');
    }
    kept
}

/// A text of exactly `width` columns.
pub fn fitted(text: &str, width: u16) -> String {
    let text = cut(text, width);
    let space = usize::from(width).saturating_sub(text.width());
    text + &" ".repeat(space)
}

/// A bar of `width` columns for a share from 0.0 to 1.0. Full only if all of it is there.
pub fn bar(share: f64, width: u16) -> String {
    let width = usize::from(width);
    let filled = ((share.clamp(0.0, 1.0) * width as f64) as usize).min(width);
    "#".repeat(filled) + &"-".repeat(width - filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrapped_keeps_its_indent() {
        assert_eq!(
            wrap("  one two three\nfour", 10),
            ["  one two", "  three", "four"]
        );
    }

    #[test]
    fn a_word_wider_than_the_column_is_broken_and_nothing_is_lost() {
        let lines = wrap("a veryverylongword b", 8);
        assert!(lines.iter().all(|line| line.width() <= 8), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), "averyverylongwordb");
    }

    #[test]
    fn cutting_says_so_and_never_exceeds_the_width() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("漢字漢字", 4), "漢…");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(fitted("ab", 4), "ab  ");
    }

    #[test]
    fn a_bar_is_full_only_if_nothing_is_missing() {
        assert_eq!(bar(0.999, 4), "###-");
        assert_eq!(bar(1.0, 4), "####");
        assert_eq!(bar(f64::NAN, 2), "--");
    }
}
