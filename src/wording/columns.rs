//! Text that fills a column exactly, whatever its letters' widths.

/// Text of exactly so many columns, with a space at the end; cut with a dot dot dot.
pub(super) fn fitted(text: &str, width: usize) -> String {
    let mut fitted = String::new();
    let mut used = 0;
    let room = width.saturating_sub(1);
    let whole: usize = text.chars().map(columns).sum();
    for letter in text.chars() {
        let limit = if whole > room {
            room.saturating_sub(1)
        } else {
            room
        };
        if used + columns(letter) > limit {
            break;
        }
        used += columns(letter);
        fitted.push(letter);
    }
    if whole > room {
        fitted.push('…');
        used += 1;
    }
    fitted + &" ".repeat(width.saturating_sub(used))
}

/// Breaks a text at its spaces into lines of at most so many columns; a longer word is broken.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for word in text.split(' ') {
        let wide: usize = word.chars().map(columns).sum();
        if used > 0 && used + 1 + wide > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        for letter in word.chars() {
            if used + columns(letter) > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(letter);
            used += columns(letter);
        }
    }
    lines.push(line);
    lines
}

fn columns(letter: char) -> usize {
    unicode_width::UnicodeWidthChar::width(letter).unwrap_or(0)
}
