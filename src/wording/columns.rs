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

fn columns(letter: char) -> usize {
    unicode_width::UnicodeWidthChar::width(letter).unwrap_or(0)
}
